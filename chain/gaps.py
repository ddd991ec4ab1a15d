"""Where the chain is broken: one grade per link, with flags and the reason in numbers.

The iron rule: what is not known is 未知, never 缺. A link is missing only on evidence of absence (a survey
that looked and found nobody); short of demand only when every capacity is known; stopped only when those
who would have reported were reporting. The first that holds, from the worst:

=============  ==================================================================================
missing        a survey found nobody inside, and no outside supplier is known either
single         one controller holds every operator inside
weak           capacity inside, fully known, is below demand
external       a survey found nobody inside but outside suppliers are known, or more than half of
               the known supply comes from outside
concentrated   several controllers, one above 70 % of capacity
strong         coverage ≥ 120 %, at least three controllers, none above 50 %, batches flowing
stable         coverage ≥ 100 %, several controllers, none above 70 %
unknown        everything else
=============  ==================================================================================

Where it is not known who counts (a licence that ran out, two names that may be one enterprise), the supply is judged in
every way it can be read; where they do not all come to the same grade, it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from chain.models import (
    FLAG_PLANNED,
    FLAG_STOPPED,
    GRADE_NAMES,
    Demand,
    Evidence,
    Flow,
    Gap,
    Grade,
    Link,
    Presence,
    Survey,
    Thresholds,
)
from chain.register.likeness import count_text
from chain.secrecy import may_show, top_share
from chain.supply import FlowState, Operator, Supply, as_one, by_link, firms_least, supply_of

KIND_MISSING, KIND_WEAK, KIND_SINGLE = "缺", "弱", "单点"
AMOUNTS = frozenset({"capacity_inside", "coverage", "top_share", "external_share"})
"""Inputs that tell how much the enterprises of a link can make."""
OF_NOBODY = frozenset({"capacity_inside", "coverage"})
"""Those of them that are 0 where a survey found nobody inside: they give nobody away."""


def find_gaps(
    links: Iterable[Link],
    presences: Sequence[Presence],
    demands: Sequence[Demand],
    flows: Sequence[Flow],
    as_of: date,
    *,
    surveys: Sequence[Survey] = (),
    thresholds: Thresholds | None = None,
    public: bool = False,
) -> list[Gap]:
    """Judge every link on ``as_of``: one Gap each (strong ones too), in the order of the links.

    The order of the other inputs never changes the answer. Filter on ``kinds`` for the list of gaps alone. ``public``
    withholds capacities that would give away a single enterprise's (same rule as for flows); the grade and the
    counts stay the same.
    """
    limits = thresholds or Thresholds()
    present, needed, seen, looked = by_link(presences), by_link(demands), by_link(flows), by_link(surveys)
    gaps = []
    for link in links:
        known = (present.get(link.id, ()), needed.get(link.id, ()), seen.get(link.id, ()), looked.get(link.id, ()))
        gaps.append(judge(supply_of(link, *known, as_of), as_of, limits, public))
    return gaps


def grade_of(supply: Supply, state: FlowState, limits: Thresholds) -> Grade:
    """The grade alone (table in the module's docstring)."""
    found = grades_of(supply, state, limits)
    return found[0] if len(found) == 1 else "unknown"


def grades_of(supply: Supply, state: FlowState, limits: Thresholds) -> list[Grade]:
    """The grades that the readings of a supply come to, each once, in the order of the readings."""
    return list(dict.fromkeys(_grade(one, state, limits) for one in supply.readings()))


def _grade(supply: Supply, state: FlowState, limits: Thresholds) -> Grade:
    if not supply.inside:
        if supply.survey is None:
            return "unknown"
        return "external" if supply.outside else "missing"
    if len(supply.controllers) == 1:
        return "single"
    if _is_short(supply, limits):
        return "weak"
    if supply.external_share is not None and supply.external_share > limits.external_share:
        return "external"
    share = supply.top_share
    if share is None:
        return "unknown"
    if share > limits.concentrated_share:
        return "concentrated"
    coverage = supply.coverage
    if coverage is None or coverage < limits.coverage_enough:
        return "unknown"
    strong = coverage >= limits.coverage_strong and len(supply.controllers) >= limits.strong_controllers
    return "strong" if strong and share <= limits.strong_share and state == "running" else "stable"


def _is_short(supply: Supply, limits: Thresholds) -> bool:
    """Below demand, and surely so: every operator inside gave its capacity, and whoever may count is counted."""
    for one in supply.readings():
        if not one.capacity_complete or one.coverage is None or one.coverage >= limits.coverage_enough:
            return False
    return True


def judge(supply: Supply, as_of: date, limits: Thresholds, public: bool = False) -> Gap:
    """One link's gap out of its supply; ``public`` as in ``find_gaps``."""
    computed = supply.demand is not None and supply.demand.computed
    withheld = public and is_withheld(supply, limits)
    state = supply.flow_state(as_of, limits.stop_days)
    grade = grade_of(supply, state, limits)
    flags = []
    if state == "stopped":
        flags.append(FLAG_STOPPED)
    if supply.planned and not supply.inside and not supply.lapsed:
        flags.append(FLAG_PLANNED)
    kinds = []
    if supply.nobody is not None:
        kinds.append(KIND_MISSING)
    if supply.inside and _is_short(supply, limits):
        kinds.append(KIND_WEAK)
    if grade == "single":
        kinds.append(KIND_SINGLE)
    kinds.extend(flags)
    inputs = _inputs(supply, state, as_of, limits)
    dates = [evidence.data_date for _, evidence in inputs if evidence.data_date is not None]
    if withheld:
        kept = AMOUNTS - OF_NOBODY if supply.nobody is not None else AMOUNTS
        if computed:
            kept |= {"demand", *OF_NOBODY}  # made of volumes, each of which is that of those who make it
        inputs = tuple((key, _withheld(evidence) if key in kept else evidence) for key, evidence in inputs)
    link = supply.link
    return Gap(
        link=link.id,
        name=link.name,
        layer=link.layer,
        weight=link.weight,
        grade=grade,
        flags=tuple(flags),
        kinds=tuple(kinds),
        reason=_reason(supply, grade, state, limits, withheld),
        inputs=inputs,
        data_date=min(dates) if dates else None,
        thresholds=limits,
    )


def may_show_flow(flow: Flow, limits: Thresholds) -> bool:
    """Whether a flow's numbers may leave the enterprises they belong to."""
    return may_show(flow.enterprises, flow.top_share, limits)


def may_show_capacity(supply: Supply, limits: Thresholds) -> bool:
    """Whether sums of capacity may be public: at least three controllers on every side that is summed, none above 70 %.

    Two firms of one owner count once: of two owners each would know the other's capacity. In doubt who counts, the
    reading with the fewest decides.
    """
    inside = all(may_show(len(one.controllers), one.top_share, limits) for one in supply.readings())
    if not supply.outside:
        return inside
    others = supply.by_controller(as_one(supply.outside) or supply.outside)
    return inside and may_show(len(others), top_share(others.values()), limits)


def is_withheld(supply: Supply, limits: Thresholds) -> bool:
    """Whether amounts of the link are kept from the public: they would tell what one enterprise can make, or makes.

    A computed need is the volume of a family that is made at the link, and follows the same rule; made of the volumes of
    other links it is never told, since it is not known here who makes them.
    """
    need = supply.demand
    if need is not None and need.computed and (need.elsewhere or not may_show_capacity(supply, limits)):
        return True
    return somebody(supply) and not may_show_capacity(supply, limits)


def somebody(supply: Supply) -> bool:
    """Whether anybody stands behind a figure of the link."""
    return bool(supply.inside or supply.lapsed or supply.outside)


def _withheld(evidence: Evidence) -> Evidence:
    if evidence.value is None:
        return evidence
    return replace(evidence, value=None, note="不足 3 家或一家超过 70%，数量保密")


def _inputs(supply: Supply, state: FlowState, as_of: date, limits: Thresholds) -> tuple[tuple[str, Evidence], ...]:
    inside, outside, demand = supply.inside, supply.outside, supply.demand
    survey_note = ""
    if supply.lapsed:
        survey_note = _lapsed_text(supply)
    elif not inside:
        survey_note = "有调查记录" if supply.survey else "没有调查记录，不能当作没有"
    rows: list[tuple[str, Evidence]] = [
        ("operators_inside", _count(inside, "家", supply.nobody, survey_note, least=supply.operators_least)),
        ("controllers_inside", _controllers(supply)),
        ("operators_outside", _count(outside, "家", least=firms_least(outside))),
        ("planned", _planned(supply)),
        ("capacity_inside", _capacity(supply)),
        (
            "demand",
            Evidence(_plain(demand.quantity), demand.unit, demand.source, demand.data_date)
            if demand
            else Evidence(None, note="需求未知"),
        ),
        ("coverage", _coverage(supply)),
        ("top_share", Evidence(_hundredths(supply.top_share), "%", note="最大控制方产能占比")),
        ("external_share", Evidence(_hundredths(supply.external_share), "%", note="区外供给 ÷ 已知供给")),
        ("flow", _flow_evidence(supply, state, as_of, limits)),
    ]
    return tuple(rows)


def _lapsed_text(supply: Supply) -> str:
    return f"另有 {len(supply.lapsed)} 家应有的证照已过有效期，是否在产未知"


def _count(
    operators: Sequence[Operator], unit: str, survey: Survey | None = None, note: str = "", least: int | None = None
) -> Evidence:
    if operators:
        sources = sorted({source for operator in operators for source in operator.sources})
        told = count_text(len(operators) if least is None else least, len(operators))
        return Evidence(told, unit, "；".join(sources), min(o.data_date for o in operators), note)
    if survey is not None:
        return Evidence("0", unit, survey.source, survey.data_date, note)
    return Evidence(None, unit, note=note or "没有记录")


def _controllers(supply: Supply) -> Evidence:
    if not supply.inside:
        return _nobody(supply, "个") or Evidence(None, "个", note="没有记录")
    told = count_text(len(supply.controllers_least), len(supply.controllers_most))
    return Evidence(
        told, "个", note="控制关系未知的主体按自身计" + (f"；{_lapsed_text(supply)}" if supply.lapsed else "")
    )


def _coverage(supply: Supply) -> Evidence:
    nobody = None if supply.inside else _nobody(supply, "%")
    return nobody or Evidence(_covered(supply), "%", note="已知产能 ÷ 年需求")


def _covered(supply: Supply) -> str | None:
    """How much of the need known capacity covers, as a number of per cent; from without to with those that may not count."""
    if supply.coverage is None:
        return None
    most = max(one.coverage or supply.coverage for one in supply.readings())
    return "～".join(dict.fromkeys(str(_hundredths(end)) for end in (supply.coverage, most)))


def _nobody(supply: Supply, unit: str) -> Evidence | None:
    """Nothing, where a survey found nobody inside; None without a survey."""
    survey = supply.nobody
    return None if survey is None else Evidence("0", unit, survey.source, survey.data_date, "调查区内没有在产主体")


def _planned(supply: Supply) -> Evidence:
    plans = supply.planned
    if not plans:
        return Evidence(None, "家", note="没有记录")
    sources = sorted({plan.source for plan in plans})
    told = count_text(firms_least(plans), supply.plans)
    return Evidence(told, "家", "；".join(sources), min(plan.data_date for plan in plans))


def _capacity(supply: Supply) -> Evidence:
    floor = supply.capacity_floor
    if floor is None:
        nobody = None if supply.inside else _nobody(supply, supply.unit or "")
        unknown = "产能未知或计量单位不同，不能相加" if supply.inside else "没有登记在产主体"
        if supply.lapsed:
            unknown = _lapsed_text(supply)
        return nobody or Evidence(None, note=unknown)
    known = [
        operator
        for operator, capacity in zip(supply.inside, supply.capacities(supply.inside), strict=True)
        if capacity is not None
    ]
    sources = sorted({source for operator in known for source in operator.sources})
    silent = len(supply.inside) - len(known)
    reasons = [f"{silent} 家产能未知"] if silent else ["有的产能是一个范围"]
    reasons = [*(reasons if silent or not supply.lapsed else ()), *([_lapsed_text(supply)] if supply.lapsed else ())]
    note = "" if supply.capacity_complete else f"{'；'.join(reasons)}，此数为下限"
    return Evidence(_plain(floor), supply.unit or "", "；".join(sources), min(o.data_date for o in known), note)


def _flow_evidence(supply: Supply, state: FlowState, as_of: date, limits: Thresholds) -> Evidence:
    flow = supply.flow
    if flow is None or state == "unknown":
        why = "批次流未知：本环节企业未接入或接入不满 90 天"
        return Evidence(None, "批/90天", note=why if supply.link.expects_batches else "本环节不产生食品批次")
    if state == "stopped":
        return Evidence("0", "批/90天", flow.source, as_of, f"{limits.stop_days} 天内没有批次")
    if not may_show_flow(flow, limits):
        return Evidence(None, "批/90天", flow.source, as_of, "有批次流；不足 3 家或一家超过 70%，数量保密")
    return Evidence(str(flow.batches_90d), "批/90天", flow.source, as_of)


def _reason(supply: Supply, grade: Grade, state: FlowState, limits: Thresholds, withheld: bool = False) -> str:
    amounts = _withheld_sentences(supply, grade, limits) if withheld else _amount_sentences(supply, grade, limits)
    parts = [_operators_sentence(supply, grade), *amounts]
    possible = grades_of(supply, state, limits)
    if supply.lapsed:
        parts.append(_lapsed_text(supply))
    if len(possible) > 1:
        told = "、".join(GRADE_NAMES[one] for one in possible)
        parts.append(f"谁计入尚有疑，计法不同分别为{told}，故为未知")
    if supply.planned and not supply.inside:
        plans = count_text(firms_least(supply.planned), supply.plans)
        parts.append(f"另有 {plans} 个主体计划进入，尚未投产")
    if state == "stopped":
        seen = supply.flow is not None and supply.flow.last_flow_date is not None
        parts.append(
            f"断流：近 {limits.stop_days} 天没有批次"
            + ("（此前有过）" if seen else "（企业在产且已接入，应有批次而未见）")
        )
    elif state == "running" and supply.flow is not None:
        shown = f" {supply.flow.batches_90d} 批" if may_show_flow(supply.flow, limits) else "有批次（数量保密）"
        parts.append(f"近 {limits.stop_days} 天{shown}")
    elif supply.link.expects_batches:
        parts.append("批次流未知")
    return f"{supply.link.name}（{GRADE_NAMES[grade]}）：" + "；".join(parts) + "。"


def _operators_sentence(supply: Supply, grade: Grade) -> str:
    if supply.inside:
        firms = count_text(supply.operators_least, len(supply.inside))
        inside = (
            f"区内登记 {firms} 家在产，{count_text(len(supply.controllers_least), len(supply.controllers))} 个控制方"
        )
        return inside + ("，只靠一方" if grade == "single" else "")
    others = count_text(firms_least(supply.outside), len(supply.outside))
    outside = f"已知区外供给 {others} 家" if supply.outside else "也没有已知的区外供给"
    if supply.nobody is not None:
        return f"{supply.nobody.data_date.isoformat()} 调查区内 0 家在产，{outside}"
    if supply.lapsed:
        return outside
    return (f"{outside}；" if supply.outside else "没有登记主体；") + "区内是否有主体未调查，不能判为缺"


def _amount_sentences(supply: Supply, grade: Grade, limits: Thresholds) -> list[str]:
    parts = []
    floor, demand, covered = supply.capacity_floor, supply.demand, _covered(supply)
    known = supply.capacities(supply.inside)
    if supply.inside:
        silent = "" if supply.capacity_complete else "以上" if None not in known else "以上（部分企业产能未知）"
        capacity = "年产能未知" if floor is None else f"年产能 {number(floor)} {supply.unit}{silent}"
        need = "年需求未知" if demand is None else f"年需求 {number(demand.quantity)} {demand.unit}"
        parts.append(f"{capacity}，{need}" + (f"，覆盖 {covered}%" if covered is not None else ""))
        if _is_short(supply, limits) and demand is not None:
            lacks = sorted({demand.quantity - (one.capacity_floor or Decimal(0)) for one in supply.readings()})
            parts.append(f"缺 {'～'.join(number(end) for end in dict.fromkeys((lacks[0], lacks[-1])))} {demand.unit}")
    elif demand is not None:
        parts.append(f"年需求 {number(demand.quantity)} {demand.unit}")
    if grade == "concentrated":
        parts.append(f"最大控制方占 {percent(supply.top_share)}，高于 {percent(limits.concentrated_share)}")
    if supply.inside and supply.outside and supply.external_share is not None:
        parts.append(f"区外供给占 {percent(supply.external_share)}")
    if grade == "unknown" and supply.inside:
        parts.append("数据不足以判断强弱")
    return parts


def _withheld_sentences(supply: Supply, grade: Grade, limits: Thresholds) -> list[str]:
    """The same conclusions without the amounts that would give one enterprise away."""
    parts = []
    if supply.demand is not None and not supply.demand.computed:
        parts.append(f"年需求 {number(supply.demand.quantity)} {supply.demand.unit}")
    if supply.inside and _is_short(supply, limits):
        parts.append("区内产能低于需求")
    if grade == "concentrated":
        parts.append(f"最大控制方占比高于 {percent(limits.concentrated_share)}")
    if grade == "external" and supply.inside:
        parts.append(f"已知供给 {percent(limits.external_share)} 以上来自区外")
    if grade == "unknown" and supply.inside:
        parts.append("数据不足以判断强弱")
    if any(operator.capacity is not None for operator in (*supply.inside, *supply.lapsed, *supply.outside)):
        parts.append("产能数量保密")
    return parts


def _plain(value: Decimal) -> str:
    return number(value).replace(",", "")


def _hundredths(value: Decimal | None) -> str | None:
    text = percent(value)
    return None if text is None else text.rstrip("%").replace(",", "")


def number(value: Decimal) -> str:
    """A quantity with thousands separators and no trailing zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(value: Decimal | None) -> str | None:
    """A ratio as a percentage with one decimal; None stays None."""
    if value is None:
        return None
    return f"{number((value * 100).quantize(Decimal('0.1'), ROUND_HALF_UP))}%"
