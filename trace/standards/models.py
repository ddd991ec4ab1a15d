"""What an evaluation reads and what it answers, as plain frozen data (design section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trace.standards.checks.supplied import Document, Happenings, Label, Link, Recall, Record, Series
from trace.standards.vocabulary.readings import Reading
from trace.standards.vocabulary.units import Unit

PASS = "pass"  # noqa: S105 - a status, not a password
FAIL = "fail"
INSUFFICIENT = "insufficient_evidence"
REVIEW = "needs_review"
NOT_APPLICABLE = "not_applicable"
ADVISORY = "advisory"

STATUS_TEXT = {
    PASS: "比对符合",
    FAIL: "比对不符合",
    INSUFFICIENT: "证据不足",
    REVIEW: "需人工核对",
    NOT_APPLICABLE: "不适用",
    ADVISORY: "提示",
}
VERDICT_ORDER = (FAIL, REVIEW, INSUFFICIENT, PASS)
NOTICE = "系统比对，不是检验结论"


@dataclass(frozen=True, slots=True)
class Product:
    """What is known of the product; None means nobody said, which is never the same as no.

    ``category`` is an announcement's category or a path of the GB 2762 tree; ``storage`` 常温/冷藏/冷冻;
    ``shelf_life_days`` in days; ``ingredients`` names from the recipe, additives included; ``heating`` the
    label's heating text; ``concentration`` how many parts of fresh food made one part of the dried food, by
    mass.
    """

    name: str
    category: str | None = None
    processing: str | None = None
    ready_to_eat: bool | None = None
    storage: str | None = None
    prepackaged: bool | None = None
    sc_category: str | None = None
    executed_standard: str | None = None
    shelf_life_days: int | None = None
    ingredients: tuple[str, ...] | None = None
    central_kitchen: bool | None = None
    heating: str | None = None
    concentration: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One test result: ``values`` as written, ``readings`` the same understood, one per sample unit.

    ``unit`` belongs to every reading without its own unit and to ``lod`` (limit of detection).
    """

    parameter: str
    values: tuple[str, ...]
    readings: tuple[Reading, ...]
    reading_units: tuple[Unit | None, ...]
    unit_text: str = ""
    unit: Unit | None = None
    lod: Decimal | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """A maker's credential. ``kind`` is a key of clauses.MAKERS; dates inclusive, None when not written."""

    kind: str
    number: str
    valid_from: date | None = None
    valid_to: date | None = None
    sc_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that came with an input lot (检验报告, 承诺达标合格证, 购货凭证…)."""

    kind: str
    number: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class InputLot:
    """One input of the batch, as the incoming-inspection record has it."""

    name: str
    quantity: str = ""
    lot_or_date: str = ""
    supplier: str = ""
    received_on: date | None = None
    documents: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A test report. ``kind`` 出厂自检/委托/型式/监督抽检/快检; ``lot`` "" when it names none; ``conclusion`` as printed."""

    kind: str
    number: str
    laboratory: str = ""
    cma: str = ""
    issued_on: date | None = None
    valid_to: date | None = None
    lot: str = ""
    executed_standard: str = ""
    conclusion: str = ""
    parameters: tuple[str, ...] = ()
    sampled_on: date | None = None
    product: str = ""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """Everything an evaluation may look at. A member from ``maker`` on that is None was not supplied: not asked.

    ``stage`` is where the batch was made and what it owes; with ``any_stage`` records, documents, temperatures and
    events that were taken elsewhere (on the lorry) are judged by the clauses of their own stage, which then owe nothing.
    """

    product: Product
    produced_on: date
    measurements: tuple[Measurement, ...] = ()
    stage: str | None = None
    lot: str = ""
    maker: tuple[Licence, ...] | None = None
    inputs: tuple[InputLot, ...] | None = None
    reports: tuple[Report, ...] | None = None
    records: tuple[Record, ...] | None = None
    documents: tuple[Document, ...] | None = None
    label: Label | None = None
    temperatures: tuple[Series, ...] | None = None
    events: Happenings | None = None
    recall: Recall | None = None
    lineage: tuple[Link, ...] | None = None
    any_stage: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause's answer. ``clause`` is how a person cites it, ``clause_id`` how the book names it.

    ``value`` is as written; ``measurement`` the index of the judged measurement; ``reason`` one sentence.
    """

    status: str
    standard: str
    edition: str
    clause: str
    clause_id: str
    parameter: str
    value: str
    limit: str
    unit: str
    source: str
    confidence: str
    evidence: tuple[str, ...]
    reason: str
    measurement: int | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """One answer of the scope rules: ``answer`` 是/否/不确定, ``rule`` the clause id, ``why`` one sentence."""

    label: str
    answer: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole answer. ``notes`` are lines that lower nothing (本批未测；最近型式检验…)."""

    verdict: str
    rulebook: str
    name: str
    category: str
    category_why: str
    types: tuple[str, ...]
    classification: tuple[Classification, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = field(default=())
