"""Licences and records: what the batch form can answer about the maker, the inputs and the release report.

Each check is one small pure function; clauses name it in ``check``. Facts that were not supplied at all
(None) are not asked; supplied and empty is evidence missing.
"""

from __future__ import annotations

from datetime import date

from trace.standards.checks.answers import Answer
from trace.standards.clauses import MAKERS, Clause
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts, Finding, Licence
from trace.standards.vocabulary.text import name_key

_RECORD_FIELDS = {
    "name": "名称",
    "quantity": "数量",
    "lot_or_date": "批号或生产日期",
    "received_on": "进货日期",
    "supplier": "供货者",
}


def maker_kinds(facts: BatchFacts) -> frozenset[str]:
    """The Chinese names of the credentials the maker holds, valid or not; empty when none were supplied."""
    return frozenset(MAKERS[licence.kind] for licence in facts.maker or ())


def applies_to_maker(makers: tuple[str, ...], facts: BatchFacts) -> bool:
    """Whether a clause or duty for certain makers binds this one; an unknown maker is taken as bound."""
    return not makers or facts.maker is None or bool(maker_kinds(facts) & set(makers))


def valid_on(licence: Licence, on: date) -> bool:
    """Whether a credential covers a day; a missing end date means none was written."""
    return (licence.valid_from is None or licence.valid_from <= on) and (
        licence.valid_to is None or on <= licence.valid_to
    )


def maker_licence(clause: Clause, facts: BatchFacts) -> Answer | None:
    """The maker held a valid credential on the production date."""
    if facts.maker is None:
        return None
    on = facts.produced_on
    fitting = [one for one in facts.maker if MAKERS[one.kind] in clause.documents]
    if not fitting and facts.maker and all(one.kind == "farm" for one in facts.maker):
        return None
    if not fitting:
        if any(one.kind == "filing" for one in facts.maker):
            return FAIL, "仅销售预包装食品备案", "生产者只有“仅销售预包装食品”备案，不能从事生产"
        return INSUFFICIENT, "无", f"没有登记生产者的证照（{'、'.join(clause.documents)}之一）"
    good = [one for one in fitting if valid_on(one, on)]
    if good:
        one = good[0]
        undated = one.valid_to is None or not one.number
        if undated:
            return INSUFFICIENT, one.number, f"{MAKERS[one.kind]}缺少编号或有效期，不能确认生产日 {on} 是否有效"
        return PASS, one.number, f"{MAKERS[one.kind]} {one.number} 在生产日 {on} 有效"
    last = max(fitting, key=lambda one: one.valid_to or date.min)
    return FAIL, last.number, f"{MAKERS[last.kind]} {last.number} 有效期至 {last.valid_to}，生产日 {on} 不在有效期内"


def sc_category(clause: Clause, facts: BatchFacts) -> Answer | None:
    """The product's licence category stands on the licence."""
    wanted = facts.product.sc_category
    held = [one for one in facts.maker or () if MAKERS[one.kind] in clause.documents and one.sc_categories]
    if not wanted or not held:
        return None
    if any(wanted[:2] == category[:2] for one in held for category in one.sc_categories):
        return PASS, wanted, f"产品类别 {wanted} 在食品生产许可证上"
    listed = "、".join(category for one in held for category in one.sc_categories)
    return REVIEW, wanted, f"产品类别 {wanted} 不在食品生产许可证的类别（{listed}）之内，须核对许可品种明细"


def input_documents(clause: Clause, facts: BatchFacts) -> Answer | None:
    """Every input came with a paper that was valid on receipt."""
    if facts.inputs is None:
        return None
    if not facts.inputs:
        return INSUFFICIENT, "无", "没有登记原料，不能核对合格证明"
    missing, expired = [], []
    for lot in facts.inputs:
        papers = [paper for paper in lot.documents if paper.kind in clause.documents]
        on = lot.received_on or facts.produced_on
        good = [
            paper
            for paper in papers
            if (paper.valid_from is None or paper.valid_from <= on) and (paper.valid_to is None or on <= paper.valid_to)
        ]
        if not papers:
            missing.append(lot.name)
        elif not good:
            expired.append(lot.name)
    if expired:
        return FAIL, "、".join(expired), f"原料 {'、'.join(expired)} 的证明在进货时不在有效期内"
    if missing:
        return INSUFFICIENT, "、".join(missing), f"原料 {'、'.join(missing)} 没有合格证明或凭证"
    return PASS, f"{len(facts.inputs)} 种原料", f"{len(facts.inputs)} 种原料都有进货时有效的合格证明或凭证"


def input_records(clause: Clause, facts: BatchFacts) -> Answer | None:
    """The incoming-inspection record of every input is complete."""
    if facts.inputs is None:
        return None
    if not facts.inputs:
        return INSUFFICIENT, "无", "没有原料进货查验记录"
    gaps = []
    for lot in facts.inputs:
        empty = [_RECORD_FIELDS[field] for field in clause.fields if not getattr(lot, field)]
        if empty:
            gaps.append(f"{lot.name or '（未写名称）'}缺{'、'.join(empty)}")
    if gaps:
        return INSUFFICIENT, f"{len(gaps)} 种原料", f"进货查验记录不全：{'；'.join(gaps)}"
    return PASS, f"{len(facts.inputs)} 种原料", f"{len(facts.inputs)} 种原料的进货查验记录齐全"


_ADVERSE = ("不", "阳性", "超标", "未通过", "fail")
_GOOD = ("合格", "符合", "阴性", "通过", "准予", "放行", "pass", "conform")


def conforms(conclusion: str) -> bool | None:
    """What a printed conclusion says; None when it says neither (空白, 未检)."""
    key = name_key(conclusion)
    if any(word in key for word in _ADVERSE):
        return False
    return True if any(word in key for word in _GOOD) else None


def adverse_reports(facts: BatchFacts) -> list[Finding]:
    """Other reports on this batch that speak against it (监督抽检 不合格, 快检 阳性): a person must look."""
    return [
        Finding(
            REVIEW, "", "", "", "", "", one.number, "", "", "", "", ("E1",),
            f"本批{one.kind}报告 {one.number} 的结论是“{one.conclusion}”，须核对不合格项目、复检和处置",
        )
        for one in facts.reports or ()
        if one.kind not in ("型式", "出厂自检")
        and (not one.lot or not facts.lot or one.lot == facts.lot)
        and conforms(one.conclusion) is False
    ]  # fmt: skip


def release_report(clause: Clause, facts: BatchFacts) -> Answer | None:
    """The batch has a release report of its own, issued after production, that says it conforms.

    A report without a conclusion stands by its results, which are judged one by one; with neither it proves nothing.
    """
    if facts.reports is None:
        return None
    reports = [one for one in facts.reports if one.kind in clause.documents]
    if not reports:
        return INSUFFICIENT, "无", "没有本批的出厂检验报告"
    why = ""
    good = None
    for one in reports:
        if not one.number:
            why = "出厂检验报告没有编号"
        elif one.lot and facts.lot and one.lot != facts.lot:
            why = f"报告 {one.number} 属于批次 {one.lot}，不是本批 {facts.lot}"
        elif not one.lot and facts.lot:
            why = f"报告 {one.number} 没有写明批次"
        elif one.issued_on is None:
            why = f"报告 {one.number} 没有签发日期"
        elif one.issued_on < facts.produced_on:
            why = f"报告 {one.number} 的签发日期 {one.issued_on} 早于生产日 {facts.produced_on}"
        elif conforms(one.conclusion) is False:
            return FAIL, one.number, f"出厂检验报告 {one.number} 的结论是“{one.conclusion}”"
        elif one.product and name_key(one.product) != name_key(facts.product.name):
            why = f"报告 {one.number} 检验的是“{one.product}”，不是“{facts.product.name}”"
        elif conforms(one.conclusion) is None and (one.conclusion or not one.parameters):
            why = (
                f"报告 {one.number} 的结论“{one.conclusion}”没有说合格"
                if one.conclusion
                else f"报告 {one.number} 没有写结论"
            )
        else:
            good = good or one
    if good:
        silent = "" if good.conclusion else "，没有写结论，以其检验结果的逐项比对为准"
        return PASS, good.number, f"出厂检验报告 {good.number}（{good.issued_on}）属于本批{silent}"
    return INSUFFICIENT, "、".join(one.number for one in reports), why


THIRD_PARTY = ("委托", "型式", "监督抽检")
"""Reports of a laboratory that needs a CMA number."""


def third_party(clause: Clause, facts: BatchFacts) -> list[Answer]:
    """A third party's report without the laboratory or its CMA number proves nothing. Silent when all have both."""
    answers: list[Answer] = []
    for one in facts.reports or ():
        if one.kind not in clause.documents or (one.cma and one.laboratory):
            continue
        lacking = (
            "资质认定（CMA）编号" if one.laboratory else "检验机构" if one.cma else "检验机构和资质认定（CMA）编号"
        )
        answers.append((INSUFFICIENT, one.number, f"{one.kind}检验报告 {one.number} 没有写{lacking}"))
    return answers


def report_dates(clause: Clause, facts: BatchFacts) -> list[Answer]:
    """Reports whose dates cannot be: sampled before production, issued before sampling. Silent otherwise."""
    answers: list[Answer] = []
    for one in facts.reports or ():
        if one.sampled_on is None:
            continue
        name = f"{one.kind}报告 {one.number}"
        if one.issued_on is not None and one.issued_on < one.sampled_on:
            why = f"{name} 的签发日期 {one.issued_on} 早于抽样日期 {one.sampled_on}"
            answers.append((INSUFFICIENT, one.number, why))
        own = not one.lot or not facts.lot or one.lot == facts.lot
        if one.kind != "型式" and own and one.sampled_on < facts.produced_on:
            why = f"{name} 的抽样日期 {one.sampled_on} 早于生产日 {facts.produced_on}，不是本批的样品"
            answers.append((INSUFFICIENT, one.number, why))
    return answers
