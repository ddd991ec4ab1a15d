"""Clauses in words: whom a clause is for, what it limits, what it makes a batch owe, how sure we are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trace.standards.checks.temperatures import range_text
from trace.standards.checks.terms import NO_TERMS
from trace.standards.checks.times import span_text
from trace.standards.clauses import EVIDENCE, SOURCES, STAGES, Clause, Owed, Standard
from trace.standards.vocabulary.dictionary import Parameter

CONFIDENCE_NAMES: Mapping[str, str] = {"H": "可信度高", "M": "可信度中，待核原文", "L": "可信度低，不自动判定"}
LEVEL_NAMES: Mapping[str, str] = {"required": "必须有", "if_measured": "测了才比对"}
KIND_NAMES: Mapping[str, str] = {
    "limit": "限量",
    "prohibited": "不得检出或使用",
    "sampling": "采样方案",
    "ratio": "比例之和",
    "record": "记录",
    "document": "证照与凭证",
    "label": "标签",
    "temperature": "温度",
    "time": "时限",
    "lineage": "追溯",
    "scope": "范围规则",
    "advisory": "提示",
}
STATUS_LOOKS: Mapping[str, tuple[str, str, str]] = {
    "pass": ("good", "✓", "比对符合"),
    "fail": ("bad", "✕", "比对不符合"),
    "insufficient_evidence": ("warn", "⚠", "证据不足"),
    "needs_review": ("info", "?", "需人工核对"),
    "not_applicable": ("quiet", "·", "不适用"),
    "advisory": ("quiet", "…", "提示"),
}
"""Status → badge class, sign, text."""
_TOTALS = {"mercury": "总汞", "arsenic": "总砷"}
SIGNER = "技术机构的标准专家，对照标准原文审签"
"""Who closes a clause when the book names nobody."""


def scope_parts(clause: Clause) -> list[str]:
    """Whom a clause is for, one condition a piece; empty means everything."""
    parts = [clause.foods_text] if clause.foods_text else []
    if clause.types:
        parts.append("、".join(clause.types))
    if clause.not_types:
        parts.append(f"不含{'、'.join(clause.not_types)}")
    if clause.ready_to_eat is not None:
        parts.append("限即食" if clause.ready_to_eat else "限非即食")
    if clause.prepackaged is not None:
        parts.append("限预包装" if clause.prepackaged else "限散装")
    if clause.processing:
        parts.append("限" + "、".join(clause.processing))
    if clause.not_processing:
        parts.append("不含" + "、".join(clause.not_processing))
    if clause.storage:
        parts.append("限" + "、".join(clause.storage))
    if clause.makers:
        parts.append("限持" + "、".join(clause.makers))
    if clause.sc_categories:
        parts.append("许可类别 " + "、".join(clause.sc_categories))
    return parts


def scope_text(clause: Clause) -> str:
    """The same in one line."""
    return "；".join(scope_parts(clause)) or ("各类食品" if clause.judged else "不限食品类别")


def stage_text(clause: Clause) -> str:
    """The stages a clause binds, by name."""
    return "、".join(STAGES[stage] for stage in clause.stages) or "各环节"


def limit_words(clause: Clause) -> str:
    """The limit or plan without its unit; a record's or document's requirement by its title."""
    if not clause.judged:
        return clause.title
    if clause.unknown:
        return "未知（待核）"
    if clause.plan is not None:
        plan = clause.plan
        m = "不得检出" if plan.absent else f"m={plain(plan.m)}"
        return f"n={plan.n}，c={plan.c}，{m}" + (f"，M={plain(plan.upper)}" if plan.upper is not None else "")
    if clause.absent:
        return "不得检出"
    lower = f"≥ {plain(clause.minimum)}" if clause.minimum is not None else ""
    upper = f"{'<' if clause.strict else '≤'} {plain(clause.maximum)}" if clause.maximum is not None else ""
    return " 且 ".join(part for part in (lower, upper) if part) + (f"（{clause.basis}）" if clause.basis else "")


def asks(clause: Clause) -> list[tuple[str, str]]:
    """What a clause about records, documents, labels, temperatures, times or species asks, as (label, text)."""
    terms = clause.terms
    parts = [
        ("记录", terms.record),
        (
            "必填字段",
            "、".join(field.replace("|", "或") for field in clause.fields if not clause.check.startswith("input_")),
        ),
        ("测温位置", "、".join(terms.places)),
        ("温度", range_text(terms.lowest, terms.highest) if clause.kind == "temperature" and terms != NO_TERMS else ""),
        ("短时上限或再加热", f"{terms.brief} ℃" if terms.brief is not None else ""),
        ("记录间隔", f"不超过 {terms.every_minutes} 分钟" if terms.every_minutes else ""),
        ("起止", f"{terms.begins} → {terms.ends}" if terms.begins else ""),
        ("不超过", span_text(terms.within) if terms.within else ""),
        ("不少于", span_text(terms.at_least) if terms.at_least else ""),
        ("须提供", terms.interval),
        ("先后", " → ".join(terms.order)),
        ("召回等级", terms.level),
        ("工作日", str(terms.workdays or "")),
        ("标签对象", terms.audience),
        ("词表", "；".join(f"{name}：{'、'.join(words)}" for name, words in terms.groups)),
        ("参考值", "、".join(f"{one.name} {one.amount} {one.unit}" for one in terms.reference)),
        ("可以先测", f"{_TOTALS[clause.total]}，不超过本限量即符合" if clause.total else ""),
        ("干制品", "干制水产品、干制食用菌按鲜品限量和脱水率折算" if clause.dries else ""),
        ("可提前采用", f"{clause.voluntary_from} 起" if clause.voluntary_from else ""),
    ]
    return [(label, text) for label, text in parts if text]


def unit_text(clause: Clause) -> str:
    """The unit of the limit; of a plan that looks for presence the portion."""
    if clause.unit is not None:
        return clause.unit.name
    return clause.plan.text.partition("m=0")[2].split(",")[0].strip() if clause.plan and clause.plan.absent else ""


def plain(value: Decimal | None) -> str:
    """A number without an exponent: 10000, 0.05."""
    return "" if value is None else f"{value:f}"


def owed_text(owed: Owed) -> str:
    """One duty in words: ``逐批出厂检验：必须有（限持食品生产许可证）``."""
    makers = f"（限持{'、'.join(owed.makers)}）" if owed.makers else ""
    return f"{owed.duty}：{LEVEL_NAMES[owed.level]}{makers}"


def closer(clause: Clause) -> str:
    """Who must do what to settle a clause that is not certain."""
    return clause.to_close or SIGNER


def slug(standard: Standard) -> str:
    """The address of a standard over all its editions: its seed file's name without the year."""
    stem = standard.file.removesuffix(".yaml")
    return stem.removesuffix(f"-{standard.edition}")


def searched(standard: Standard, clause: Clause, words: str) -> bool:
    """Whether every word of a search occurs in the clause or its standard."""
    text = " ".join(
        (standard.label, standard.name, clause.id, clause.clause, clause.title, clause.parameter_name, clause.note,
         scope_text(clause), *clause.methods)
    ).casefold()  # fmt: skip
    return all(word in text for word in words.casefold().split())


def standard_json(standard: Standard) -> dict[str, Any]:
    """One edition for programs, without its clauses."""
    return {
        "standard": standard.label,
        "number": standard.number,
        "edition": standard.edition,
        "name": standard.name,
        "issued": standard.issued.isoformat() if standard.issued else None,
        "effective_from": standard.effective_from.isoformat(),
        "effective_to": standard.effective_to.isoformat() if standard.effective_to else None,
        "replaces": standard.replaces,
        "source": standard.source,
        "source_text": SOURCES[standard.source],
        "confidence": standard.confidence,
        "note": standard.note,
        "page": f"/standards/{slug(standard)}",
    }


def clause_json(clause: Clause) -> dict[str, Any]:
    """One clause for programs: limits as decimal text, scope as data and in words."""
    plan = clause.plan
    return {
        "id": clause.id,
        "standard": clause.standard,
        "clause": clause.clause,
        "kind": clause.kind,
        "title": clause.title,
        "parameter": clause.parameter_name,
        "limit": clause.limit_text,
        "max": plain(clause.maximum) or None,
        "min": plain(clause.minimum) or None,
        "strict": clause.strict,
        "stricter": clause.stricter,
        "absent": clause.absent,
        "plan": None
        if plan is None
        else {"n": plan.n, "c": plan.c, "m": plain(plan.m), "M": plain(plan.upper) or None, "absent": plan.absent},
        "unknown": clause.unknown,
        "unit": clause.unit.name if clause.unit else "",
        "basis": clause.basis,
        "scope": {
            "text": scope_text(clause),
            "foods": clause.foods_text,
            "types": list(clause.types),
            "not_types": list(clause.not_types),
            "ready_to_eat": clause.ready_to_eat,
            "prepackaged": clause.prepackaged,
            "storage": list(clause.storage),
            "processing": list(clause.processing),
            "not_processing": list(clause.not_processing),
            "stages": list(clause.stages),
            "makers": list(clause.makers),
            "sc_categories": list(clause.sc_categories),
        },
        "owed": [
            {
                "duty": owed.duty,
                "level": owed.level,
                "makers": list(owed.makers),
                "note": owed.note,
                "text": owed_text(owed),
            }
            for owed in clause.owed
        ],
        "evidence": [{"code": code, "text": EVIDENCE[code]} for code in clause.evidence],
        "methods": list(clause.methods),
        "retention": clause.retention,
        "check": clause.check,
        "asks": [{"label": label, "text": text} for label, text in asks(clause)],
        "source": clause.source,
        "source_text": SOURCES[clause.source],
        "confidence": clause.confidence,
        "confidence_text": CONFIDENCE_NAMES[clause.confidence],
        "note": clause.note,
        "to_close": closer(clause) if clause.unknown or clause.confidence != "H" else "",
    }


def parameter_json(parameter: Parameter) -> dict[str, Any]:
    """One entry of the parameter dictionary for forms."""
    return {
        "id": parameter.id,
        "name": parameter.name,
        "family": parameter.family,
        "units": list(parameter.units),
        "also": list(parameter.also),
        "expressed_as": list(parameter.expressed_as),
        "lowest": plain(parameter.lowest),
        "highest": plain(parameter.highest) or None,
        "samples": parameter.samples,
    }
