"""Labels by the edition they declare (GB 7718): fields, dates, allergens, claims, and agreement with the batch.

The edition is never inferred: a label that does not declare one is missing evidence. An edition that is
published but not yet in force may be followed from its ``voluntary_from``.
"""

from __future__ import annotations

import re
from datetime import date

from trace.standards.checks.answers import Answer, Answers, after_months, gaps, one
from trace.standards.checks.supplied import Label
from trace.standards.clauses import Clause
from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts
from trace.standards.vocabulary.text import fold, name_key, without_brackets

EDITIONS = ("2011", "2025")
AUDIENCES = ("消费者", "非直接提供")
_DATE_2025 = re.compile(r"^(\d{4})(?:年(\d\d)月(\d\d)日|-(\d\d)-(\d\d)|(\d\d)(\d\d))$")
_DATE_LOOSE = re.compile(r"^(\d{4})[年\-./]?(\d{1,2})[月\-./]?(\d{1,2})日?$")
_SPAN = re.compile(r"^(\d{1,4})(天|日|个月|月|年)$")


def declared(label: Label, standard: str) -> str:
    """The edition that the label says it follows, of the labelling or of the nutrition standard."""
    return label.nutrition_edition if standard.startswith("GB 28050") else label.edition


def label_edition(clause: Clause, facts: BatchFacts) -> Answers:
    """The label declares its edition, and that edition may be followed on the production date."""
    label = facts.label
    assert label is not None
    edition = declared(label, clause.standard)
    number = clause.standard.rsplit("-", 1)[0]
    if not edition:
        return one(INSUFFICIENT, "未声明", f"标签没有声明采用 {number} 的哪一版；不得推断，请企业声明")
    on = facts.produced_on.isoformat()
    usable = [name for name, (first, last) in clause.terms.groups if first <= on <= last]
    if edition in usable:
        return one(PASS, edition, f"标签声明采用 {number}-{edition}，生产日可以采用")
    if all(edition > name for name in usable):
        return one(REVIEW, edition, f"标签声明采用 {number}-{edition}，生产日该版尚不可采用，须核实")
    return one(FAIL, edition, f"标签采用 {number}-{edition}，生产日 {on} 只能用 {'、'.join(usable)} 版")


def read_date(text: str, *, strict: bool) -> date | None:
    """A printed date; ``strict`` allows only the three forms of GB 7718-2025 4.7."""
    found = (_DATE_2025 if strict else _DATE_LOOSE).match(fold(text))
    if found is None:
        return None
    year, month, day = (part for part in found.groups() if part)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _said(label: Label, field: str) -> str:
    own = {
        "生产日期": label.produced_on,
        "保质期到期日": label.expires_on,
        "保质期": label.shelf_life,
        "批号": label.lot,
    }
    return own.get(field) or label.get(field)


def label_fields(clause: Clause, facts: BatchFacts) -> Answers:
    """Every mandatory field of the clause's audience stands on the label."""
    label = facts.label
    assert label is not None
    if label.fields is None or (clause.terms.audience and clause.terms.audience != label.audience):
        return []
    empty = gaps(clause.fields, lambda name: _said(label, name) or ("有" if name in _seen(label) else ""))
    if _may_leave_out_made_on(clause, label, facts):
        empty = [field for field in empty if field != "生产日期"]
        empty += [] if label.lot else ["批号（只标保质期到期日时须标）"]
    if empty:
        return one(INSUFFICIENT, f"缺 {len(empty)} 项", f"标签缺必标内容：{'、'.join(empty)}")
    return one(PASS, f"{len(clause.fields)} 项", "必标内容齐全")


def _seen(label: Label) -> set[str]:
    return {"致敏物质"} if label.allergens is not None else set()


def _may_leave_out_made_on(clause: Clause, label: Label, facts: BatchFacts) -> bool:
    """GB 7718-2025 4.7: from six months' shelf life on, or on faces up to 20 cm², the end date may stand alone."""
    if clause.edition != "2025" or label.produced_on or not label.expires_on:
        return False
    small = label.area_cm2 is not None and label.area_cm2 <= 20
    days = facts.product.shelf_life_days
    return small or (days is not None and days >= 183)


def label_dates(clause: Clause, facts: BatchFacts) -> Answers:
    """Printed dates are written as the edition demands and are real days."""
    label = facts.label
    assert label is not None
    printed = [
        (name, text) for name, text in (("生产日期", label.produced_on), ("保质期到期日", label.expires_on)) if text
    ]
    if not printed:
        return []
    strict = clause.edition == "2025"
    wrong = [f"{name}“{text}”" for name, text in printed if read_date(text, strict=strict) is None]
    value = "；".join(text for _, text in printed)
    if wrong:
        how = "YYYY年MM月DD日、YYYY-MM-DD 或 YYYYMMDD" if strict else "能辨认的年、月、日"
        return one(FAIL, value, f"{'、'.join(wrong)} 应写成{how}")
    return one(PASS, value, "日期标示方式符合")


def label_allergens(clause: Clause, facts: BatchFacts) -> Answers:
    """Every allergen that the recipe names is on the label; a mere mention goes to a person (exemptions exist)."""
    label = facts.label
    assert label is not None
    if label.allergens is None:
        return one(INSUFFICIENT, "未提供", "没有标签的致敏物质信息")
    if facts.product.ingredients is None:
        return one(INSUFFICIENT, "、".join(label.allergens), "没有配料信息，不能核对致敏物质是否标全")
    shown = "、".join(label.allergens)
    sure: list[str] = []
    perhaps: list[str] = []
    for group, words in clause.terms.groups:
        if any(group in text or any(word in text for word in words) for text in label.allergens):
            continue
        for ingredient in facts.product.ingredients:
            plain = without_brackets(name_key(ingredient))[0]
            if plain in words:
                sure.append(f"{ingredient}（{group}）")
            elif any(word in plain for word in words):
                perhaps.append(f"{ingredient}（{group}）")
    if sure:
        return one(FAIL, shown, f"配料 {'、'.join(sure)} 的致敏物质没有标示")
    if perhaps:
        return one(REVIEW, shown, f"配料 {'、'.join(perhaps)} 可能含致敏物质而没有标示，须核对是否在免标清单内")
    return one(PASS, shown, "配料中的致敏物质都已标示")


def label_claims(clause: Clause, facts: BatchFacts) -> Answers:
    """Forbidden claims (不添加, 零添加 …) fail; 无/不含 claims go to a person."""
    label = facts.label
    assert label is not None
    if label.claims is None:
        return []
    groups = dict(clause.terms.groups)
    answers: list[Answer] = []
    for claim in label.claims:
        text = name_key(claim)
        bad = next((word for word in groups.get("禁用", ()) if word in text), "")
        if bad:
            answers.append((FAIL, claim, f"声称“{claim}”使用了禁用语“{bad}”"))
        elif any(word in text for word in groups.get("须核实", ())):
            answers.append((REVIEW, claim, f"声称“{claim}”须核实含量为 0，且该物质不属于禁止使用的物质"))
    return answers or one(PASS, f"{len(label.claims)} 条声称", "声称中没有禁用语")


def label_storage(clause: Clause, facts: BatchFacts) -> Answers:
    """Chilled and frozen food names its temperature."""
    label = facts.label
    assert label is not None
    text = label.get("贮存条件")
    if facts.product.storage not in ("冷藏", "冷冻") or not text:
        return []
    if re.search(r"\d\s*(?:℃|°C|摄氏度|度)", fold(text)):
        return one(PASS, text, "贮存条件标了温度")
    return one(FAIL, text, f"{facts.product.storage}食品的贮存条件“{text}”没有标温度")


def label_words(clause: Clause, facts: BatchFacts) -> Answers:
    """A product of which something is true (irradiated) says so in the edition's words somewhere on the label."""
    label = facts.label
    assert label is not None
    product = facts.product
    about = name_key(f"{product.name} {product.processing or ''} {' '.join(product.ingredients or ())}")
    groups = dict(clause.terms.groups)
    if label.fields is None or not any(word in about for word in groups["产品"]):
        return []
    shown = name_key(" ".join(text for _, text in label.fields))
    if any(word in shown for word in groups["标示"]):
        return one(PASS, "已标示", f"标签已标示“{'”或“'.join(groups['标示'])}”")
    return one(FAIL, "未标示", f"标签没有标示“{'”或“'.join(groups['标示'])}”")


def label_quantity(clause: Clause, facts: BatchFacts) -> Answers:
    """An ingredient that the food's name mentions has its amount on the label."""
    label = facts.label
    assert label is not None
    name, listed = label.get("食品名称"), label.get("配料表")
    mentioned = [one for one in facts.product.ingredients or () if len(one) > 1 and one in name]
    if not mentioned or not listed:
        return []
    if "%" in fold(listed) or label.get("配料定量"):
        return one(PASS, "、".join(mentioned), f"名称提及的 {'、'.join(mentioned)} 已定量标示")
    return one(REVIEW, "、".join(mentioned), f"名称提及 {'、'.join(mentioned)}，标签没有看到定量标示，须核对")


def label_pattern(clause: Clause, facts: BatchFacts) -> Answers:
    """A number on the label has its form."""
    label = facts.label
    assert label is not None
    texts = [(field, label.get(field)) for field in clause.fields if label.get(field)]
    wrong = [f"{field}“{text}”" for field, text in texts if not re.fullmatch(clause.terms.pattern, fold(text))]
    if wrong:
        return one(FAIL, "、".join(wrong), f"{'、'.join(wrong)} 的格式不对")
    return one(PASS, "、".join(text for _, text in texts), "格式正确") if texts else []


def label_hint(clause: Clause, facts: BatchFacts) -> Answers:
    """What a machine cannot see on a label and a person should look at; lowers nothing."""
    return one(ADVISORY, "", clause.note or clause.title)


def label_agrees(clause: Clause, facts: BatchFacts) -> Answers:
    """Lot and production date on the label are those of the batch."""
    label = facts.label
    assert label is not None
    wrong: list[str] = []
    right: list[str] = []
    if label.lot and facts.lot:
        (right if label.lot == facts.lot else wrong).append(f"标签批号 {label.lot}、批次记录 {facts.lot}")
    if label.produced_on:
        printed = read_date(label.produced_on, strict=False)
        if printed is None:
            return one(INSUFFICIENT, label.produced_on, f"标签生产日期“{label.produced_on}”看不出年月日，不能核对")
        (right if printed == facts.produced_on else wrong).append(
            f"标签生产日期 {printed}、批次记录 {facts.produced_on}"
        )
    if wrong:
        return one(FAIL, "、".join(wrong), f"{'；'.join(wrong)}，不一致")
    return one(PASS, "、".join(right), f"{'；'.join(right)}，一致") if right else []


def label_shelf_life(clause: Clause, facts: BatchFacts) -> Answers:
    """Shelf life = end date − production date."""
    label = facts.label
    assert label is not None
    if not label.expires_on:
        return []
    ends = read_date(label.expires_on, strict=False)
    made = read_date(label.produced_on, strict=False) if label.produced_on else facts.produced_on
    if ends is None or made is None:
        return one(INSUFFICIENT, label.expires_on, "标签日期看不出年月日，不能核对保质期")
    should = _ends(label, facts, made)
    if should is None:
        return one(INSUFFICIENT, label.expires_on, "没有保质期天数或月数，不能核对到期日")
    off = (ends - should).days
    told = f"生产日期 {made}，按保质期应到 {should}，标签到期日 {ends}"
    if off == 0:
        return one(PASS, label.expires_on, told)
    if abs(off) == 1:
        return one(REVIEW, label.expires_on, f"{told}，相差 1 天，须核实首日是否计入")
    return one(FAIL, label.expires_on, f"{told}，不一致")


def _ends(label: Label, facts: BatchFacts, made: date) -> date | None:
    found = _SPAN.match(fold(label.shelf_life or ""))
    if found and found[2] not in ("天", "日"):
        return after_months(made, int(found[1]) * (12 if found[2] == "年" else 1))
    days = int(found[1]) if found else facts.product.shelf_life_days
    if days is None:
        return None
    return date.fromordinal(min(made.toordinal() + days, date.max.toordinal()))
