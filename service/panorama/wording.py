"""How grades, numbers and thresholds of the chain are said in Chinese. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from chain.gaps import KIND_MISSING, number, percent
from chain.models import GRADE_NAMES, Evidence, Gap, Grade, Thresholds

INPUT_NAMES: dict[str, str] = {
    "operators_inside": "区内在产主体",
    "controllers_inside": "区内控制方",
    "operators_outside": "区外供给主体",
    "planned": "计划进入的主体",
    "capacity_inside": "区内年产能",
    "demand": "区内年需求",
    "coverage": "覆盖率",
    "top_share": "最大控制方占比",
    "external_share": "区外供给占比",
    "flow": "近 90 天批次",
}
BASIS_NAMES = {"declared": "申报", "observed": "批次流观察", "planned": "计划中"}
CONFIDENCE_NAMES = {"H": "高", "M": "中", "L": "低"}
LINK_SOURCES = {
    "P": "方案原文",
    "S": "二手公开材料，核到代码表",
    "B": "行业公开材料",
    "K": "行业知识，未核原文",
}
KINDS = ("缺", "单点", "弱", "断流", "依赖外部", "集中", "计划中")
"""Kinds of gap the list can be narrowed to: those of gaps.py, and the two grades that are gaps by themselves."""
GAP_NOTE = "未知不等于没有：没有调查记录的环节记「未知」，不记「缺」。"


def kinds_of(gap: Gap) -> tuple[str, ...]:
    """Every kind of gap a link shows, for filters and counts; none means nothing is known to be wrong."""
    more = {"external": ("依赖外部",), "concentrated": ("集中",)}.get(gap.grade, ())
    return gap.kinds + more


def missing_note(gaps: Iterable[Gap]) -> str:
    """Why more links are counted as 缺 than have that grade, with both numbers; '' where as many are and have."""
    several = list(gaps)
    graded = sum(gap.grade == "missing" for gap in several)
    lacking = [gap for gap in several if KIND_MISSING in gap.kinds]
    if len(lacking) == graded:
        return ""
    names = Counter(GRADE_NAMES[gap.grade] for gap in lacking if gap.grade != "missing")
    rest = "、".join(f"{count} 个等级是“{name}”" for name, count in names.items())
    return (
        f"“缺”有两个数：等级为“缺”的 {graded} 个（区内无人在产，也没有已知的区外供给）；"
        f"缺口“缺”的 {len(lacking)} 个（区内无人在产的都算），多出的 {rest}（由区外供给）。"
    )


def grade_rules(limits: Thresholds) -> dict[Grade, str]:
    """When a link gets which grade, worst first, as gaps.py applies them."""
    shared, outside = percent(limits.concentrated_share), percent(limits.external_share)
    enough, strong = percent(limits.coverage_enough), percent(limits.coverage_strong)
    return {
        "missing": "有调查记录：区内无人在产，也没有已知的区外供给",
        "single": "区内在产主体同属一个控制方",
        "weak": f"区内产能全部已知，且低于需求的 {enough}",
        "external": f"有调查记录：区内无人在产，由区外供给；或已知供给 {outside} 以上来自区外",
        "concentrated": f"有多个控制方，其中一个占产能 {shared} 以上",
        "strong": f"产能不低于需求的 {strong}，至少 {limits.strong_controllers} 个控制方，"
        f"最大的不超过 {percent(limits.strong_share)}，且有批次流",
        "stable": f"产能不低于需求的 {enough}，有多个控制方，最大的不超过 {shared}",
        "unknown": "数据不足，不下结论",
    }


def flag_rules(limits: Thresholds) -> list[tuple[str, str]]:
    """When a flag is set and when a number is withheld."""
    return [
        ("断流", f"曾有批次、已 {limits.stop_days} 天没有；或企业在产且接入满 {limits.stop_days} 天而从未有批次"),
        ("计划中", "区内无人在产，但有主体计划进入"),
        (
            "保密",
            f"批次数只在不少于 {limits.shown_enterprises} 家企业、且最大一家不超过 {percent(limits.shown_share)} 时给出；"
            "公开页面的产能合计同此",
        ),
    ]


def evidence_rows(inputs: Sequence[tuple[str, Evidence]]) -> list[dict[str, str]]:
    """The inputs of a conclusion as table rows; what is not known says 未知, what is withheld 保密."""
    return [
        {
            "name": INPUT_NAMES.get(key, key),
            "value": _value(evidence),
            "source": evidence.source or "—",
            "date": evidence.data_date.isoformat() if evidence.data_date else "—",
            "note": evidence.note,
        }
        for key, evidence in inputs
    ]


def _value(evidence: Evidence) -> str:
    if evidence.value is None:
        return "保密" if "保密" in evidence.note else "未知"
    value = "～".join(number(Decimal(end)) for end in evidence.value.split("～"))
    return f"{value}{'' if evidence.unit == '%' else ' '}{evidence.unit}".strip()
