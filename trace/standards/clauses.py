"""Standards and clauses as plain data, compiled from ``seeds/standards/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trace.standards.checks.terms import NO_TERMS, Terms
from trace.standards.vocabulary.units import Unit

KINDS = (
    "limit", "prohibited", "sampling", "ratio", "record", "document", "label", "temperature", "time", "lineage", "scope",
    "advisory",
)  # fmt: skip
JUDGING = ("limit", "prohibited", "sampling", "ratio")
"""Kinds that judge a measurement."""
DUTIES = ("逐批出厂检验", "周期型式检验", "原料索证", "监督抽检", "主体证照", "记录", "标签", "温度", "时限", "追溯")
LEVELS = ("required", "if_measured")
SOURCES = {"P": "标准原文", "S": "二手公开材料", "B": "抽检公告实引", "K": "行业知识，待核原文"}
CONFIDENCES = ("H", "M", "L")
STAGES = {
    "田": "田间/养殖",
    "市": "批发零售市场",
    "加": "屠宰与生产加工",
    "配": "仓储冷链配送",
    "餐": "餐饮服务",
    "桌": "餐桌/消费者",
}
EVIDENCE = {
    "E1": "检验报告",
    "E2": "温度时序",
    "E3": "生产、投料、关键控制点记录",
    "E4": "标签",
    "E5": "证照、检疫证、合格证",
    "E6": "进货查验记录",
    "E7": "出厂检验与销售记录",
    "E8": "召回与处置记录",
    "E9": "配方表",
    "E10": "人员与现场查验记录",
}
MAKERS = {
    "sc": "食品生产许可证",
    "workshop": "小作坊登记证",
    "catering": "食品经营许可证",
    "filing": "仅销售预包装食品备案",
    "farm": "种植养殖主体",
}


@dataclass(frozen=True, slots=True)
class Owed:
    """What a clause makes a batch owe. ``makers`` empty means every maker."""

    duty: str
    level: str
    makers: tuple[str, ...] = ()
    source: str = ""
    confidence: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A sampling plan. ``upper`` (M) None is a two-class plan; ``absent`` means m = 0 in a given portion."""

    n: int
    c: int
    m: Decimal
    upper: Decimal | None
    absent: bool
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of one edition. ``foods`` is a set of category bits (None: any food).

    ``types`` are the product types it is for, ``not_types`` those it leaves out.
    ``processing`` are traits the product must have, ``not_processing`` those it must not (placing.yaml, traits).
    ``maximum``/``minimum`` are inclusive unless ``strict``; ``stricter`` names what else may bind more tightly,
    so that keeping the limit is no pass yet; ``absent`` is 不得检出/不得使用; ``unknown`` an explicit unknown.
    ``total`` is the parameter whose result may stand for this species (SEM-5), ``dries`` the conversion of
    dried food (SEM-6); ``parameters`` of a ratio the ids of its group. ``voluntary_from`` is the first day
    on which an edition not yet in force may be followed.
    """

    id: str
    standard: str
    edition: str
    clause: str
    kind: str
    title: str
    foods: int | None
    foods_text: str
    types: tuple[str, ...]
    not_types: tuple[str, ...]
    ready_to_eat: bool | None
    prepackaged: bool | None
    storage: tuple[str, ...]
    processing: tuple[str, ...]
    not_processing: tuple[str, ...]
    stages: tuple[str, ...]
    sc_categories: tuple[str, ...]
    makers: tuple[str, ...]
    parameter: str
    parameter_name: str
    unit: Unit | None
    maximum: Decimal | None
    minimum: Decimal | None
    strict: bool
    stricter: str
    absent: bool
    plan: Plan | None
    unknown: bool
    limit_text: str
    basis: str
    evidence: tuple[str, ...]
    owed: tuple[Owed, ...]
    methods: tuple[str, ...]
    source: str
    confidence: str
    note: str
    to_close: str
    check: str
    rule: str
    documents: tuple[str, ...]
    fields: tuple[str, ...]
    words: tuple[str, ...]
    parameters: tuple[str, ...]
    days: int
    retention: str
    effective_from: date
    effective_to: date | None
    voluntary_from: date | None = None
    total: str = ""
    dries: bool = False
    terms: Terms = NO_TERMS

    @property
    def judged(self) -> bool:
        """Whether the clause judges a measurement."""
        return bool(self.parameter) and self.kind in JUDGING

    @property
    def required(self) -> bool:
        """Whether what the clause asks for must be there, not only be right when it is."""
        return any(owed.level == "required" for owed in self.owed)

    def in_force(self, on: date) -> bool:
        """Whether this edition applies to what was produced on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class Standard:
    """One edition of one standard. ``file`` is the seed file it came from."""

    number: str
    edition: str
    name: str
    effective_from: date
    effective_to: date | None
    issued: date | None
    replaces: str
    source: str
    confidence: str
    note: str
    file: str
    clauses: tuple[Clause, ...]
    voluntary_from: date | None = None

    @property
    def label(self) -> str:
        """How the standard is cited: ``GB 2762-2025``; a law or notice by its number alone."""
        coded = len(self.number) > 2 and self.number[:2].isascii() and self.number[:2].isupper()
        return f"{self.number}-{self.edition}" if coded else self.number

    def in_force(self, on: date) -> bool:
        """Whether this edition applies to what was produced on a day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
