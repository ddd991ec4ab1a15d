"""Ranks, completeness and questions as JSON and as rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chain.assessment.models import DIRECTIONS, Assessment, FamilyFigures, LinkFigures, Ranked
from chain.assessment.questions import Question
from chain.completeness import FORMULA as COMPLETENESS
from chain.gaps import number
from chain.measures import UNKNOWN, Interval
from chain.models import GRADE_NAMES, Gap, Reference
from chain.register.likeness import count_text
from chain.resilience import MOST
from service.panorama.wording import kinds_of

Json = dict[str, Any]
CUTS: Mapping[str, str] = {
    "支配环节": "从原料到成品的每一条路径都要经过的环节（环节图上的支配点，只走物料关系）",
    "最小割（路径）": "加工环节之前最少停掉哪几个环节，就没有一条路径能从原料到成品；有几组时取离成品最近的一组（最大流最小割）",
    "最小割（必需项）": "最少停掉哪几个环节，就有一项必需投入没有任何环节能供；一样大的各组都列出",
    "k": "最少失去几个控制方，就有一项必需投入在区内没有人做：各必需项的控制方个数取最小；"
    f"环节情况未知的项不计入；精确到 {MOST}，0 为现在就做不成",
}
FIGURES: dict[str, str] = {
    "完备度": COMPLETENESS + "；一项需求的满足程度取其各环节的最大值，有用量的看覆盖，其余看有无",
    "成品完备": "各项需求“有无”的最小值：六样料有五样也做不成一道菜",
    "路径覆盖": "从每项需求的每个环节沿物料关系上溯到没有来处的环节，逐条数：每个环节都有人的路径 ÷ 全部路径；未知的环节按没有人、有人各数一次",
    "全链完备度": "各产品族的完备度按全年产量（区间取中值）加权；有一族产量未知，各族就同等",
    "集聚度": "在园区的在产主体 ÷ 区内在产主体；所在园区未登记的按不在、在各计一次，证照已到期的、疑为同一的按对下限和上限不利、有利各计一次",
    "园区集中度 HHI": "Σ（各园区主体数 ÷ 在园区的主体数 × 100）²；有证照到期或疑为同一的主体时未知",
}
"""How the figures of the completeness page are worked out."""
QUOTIENT = "（本区该行业 ÷ 本区合计）÷（参照区该行业 ÷ 参照区合计）"


def percent(value: float) -> str:
    """0.4567 → 45.7%"""
    return f"{value * 100:.1f}".rstrip("0").rstrip(".") + "%"


def span(value: Interval) -> str:
    """An interval in words; 未知 where it says nothing."""
    if value == UNKNOWN:
        return "未知（0%–100%）"
    return percent(value.low) if value.known else f"{percent(value.low)}–{percent(value.high)}"


def interval(value: Interval) -> list[float]:
    return [round(value.low, 6), round(value.high, 6)]


def gap_json(gap: Gap) -> Json:
    return gap.as_json() | {"grade_name": GRADE_NAMES[gap.grade], "kinds": list(kinds_of(gap))}


def ranked_json(one: Ranked, place: int) -> Json:
    """A link with its grade, its figures and the factors of its rank."""
    return (
        gap_json(one.figures.gap)
        | figures_json(one.figures)
        | {
            "rank": place,
            "score": interval(one.score),
            "factors": {"risk": round(one.risk, 6), "lack": interval(one.lack), "local": one.local},
        }
    )


def held(one: LinkFigures) -> str:
    """How many controllers a link has, as people read it: nobody on record is 未知 and not 0."""
    return "未知" if one.state == "unknown" else count_text(one.controllers_least, one.controllers_most)


def figures_json(one: LinkFigures) -> Json:
    """The measures of a link; null is 未知 or withheld."""
    return {
        "state": one.state,
        "cover": interval(one.cover),
        "controllers": None if one.state == "unknown" else one.controllers,
        "controllers_text": held(one),
        "hhi": None if one.hhi is None else round(one.hhi, 1),
        "effective_number": None if one.effective is None else round(one.effective, 3),
        "outside_share": None if one.outside is None else round(one.outside, 6),
        "evidence_age_days": one.age,
        "location_quotient": None if one.quotient is None else round(one.quotient, 6),
        "reference": None if one.reference is None else reference_json(one.reference),
        "advice": one.locality.advice,
        "advice_reason": one.locality.reason,
        "direction": DIRECTIONS.get(one.locality.direction, ""),
    }


def reference_json(one: Reference) -> Json:
    numbers = {name: format(getattr(one, name), "f") for name in ("here", "here_all", "there", "there_all")}
    told = {"unit": one.unit, "region": one.region, "year": one.year, "source": one.source}
    return numbers | told | {"data_date": one.data_date.isoformat(), "formula": QUOTIENT}


def family_json(one: FamilyFigures, named: bool = False) -> Json:
    """``k_named`` gives the sets of controllers to those authorised, null to all others."""
    fragile = one.fragility
    return {
        "id": one.id,
        "name": one.name,
        "made_at": one.made_at,
        "basis": "团队拟定",
        "note": one.note,
        "completeness": interval(one.figures.weighted),
        "dish": interval(one.figures.dish),
        "paths": interval(one.figures.paths),
        "missing": list(one.figures.missing),
        "unknown": list(one.figures.unknown),
        "k": fragile.k,
        "k_text": fragile.text,
        "k_sets": len(fragile.sets),
        "uncounted": list(fragile.uncounted),
        "k_named": [sorted(group) for group in fragile.sets] if named else None,
        "dominators": sorted(one.cuts.dominators),
        "smallest_cut": sorted(one.cuts.cut),
        "smallest_stops": [sorted(group) for group in one.cuts.stops],
    }


def clustering_json(found: Assessment) -> Json:
    one = found.clustering
    return {
        "enterprises": one.enterprises,
        "enterprises_least": one.least,
        "in_parks": interval(one.in_parks),
        "parks": dict(sorted(one.parks.items())),
        "hhi": None if one.hhi is None else round(one.hhi, 1),
    }


def question_json(one: Question) -> Json:
    return {
        "kind": one.kind,
        "link": one.link,
        "link_name": one.link_name,
        "organisation": one.org_code or None,
        "text": one.text,
        "whom": one.whom,
        "unit": one.unit,
        "why": one.why,
        "grades": [GRADE_NAMES[grade] for grade in one.grades],
        "ranks": list(one.ranks),
        "spread": round(one.spread, 6),
    }


def measure_rows(one: LinkFigures, withheld: bool) -> list[tuple[str, str, str]]:
    """(name, value, formula) of every measure of a link, for its page."""
    hidden = "保密" if withheld else "未知"
    return [
        ("覆盖", span(one.cover) if not withheld else hidden, "min(1, 区内年产能 ÷ 年需求)；有未知时为区间"),
        ("控制方数 k", held(one), "同一实际控制方的主体算一个；控制方未知按主体自身计"),
        ("集中度 HHI", hidden if one.hhi is None else f"{one.hhi:,.0f}", "Σ（各控制方产能占比 × 100）²，0–10000；产能不全时未知"),
        ("有效控制方数", hidden if one.effective is None else f"{one.effective:.2f}", "10000 ÷ HHI"),
        ("区外占比", hidden if one.outside is None else percent(one.outside), "区外供给 ÷ 已知供给合计"),
        ("证据年龄", "未知" if one.age is None else f"{one.age} 天", "截至日 − 所用最早数据的日期"),
        ("区位商", hidden if withheld else "未载入参照区数据" if one.quotient is None else f"{one.quotient:.2f}", QUOTIENT + referred(one.reference)),
        ("怎么补", one.locality.advice, f"{one.locality.reason}（团队拟定）"),
    ]  # fmt: skip


def referred(one: Reference | None) -> str:
    """The inputs of a location quotient, their unit, region, year, source and date."""
    if one is None:
        return ""
    here, there = f"{number(one.here)} ÷ {number(one.here_all)}", f"{number(one.there)} ÷ {number(one.there_all)}"
    return f"；（{here}）÷（{there}），单位 {one.unit}，参照区 {one.region} {one.year} 年；{one.source}，{one.data_date.isoformat()}"


def chosen(ranked: Iterable[Ranked], **wanted: str) -> list[Ranked]:
    """Those of a layer, weight, kind, grade and direction; without grade, kind or ``show`` only links with a gap."""
    layer, weight = wanted.get("layer", ""), wanted.get("weight", "")
    kind, grade, direction = wanted.get("kind", ""), wanted.get("grade", ""), wanted.get("direction", "")
    found = []
    for one in ranked:
        gap = one.figures.gap
        if (layer and gap.layer != layer) or (weight and gap.weight != weight):
            continue
        if (kind and kind not in kinds_of(gap)) or (grade and gap.grade != grade):
            continue
        if direction and one.figures.locality.direction != direction:
            continue
        if wanted.get("show") or grade or kinds_of(gap):
            found.append(one)
    return found
