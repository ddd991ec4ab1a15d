"""What a clause about records, labels, documents, temperatures, times or lineage asks, as plain data.

Each clause names one check in ``check``; :data:`CHECKS` says which fact member that check reads (a clause
whose member was not supplied is not asked) and which clause kinds may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PAPER_KINDS = ("record", "document", "label", "temperature", "time", "lineage", "advisory")
"""Kinds that are asked by a check instead of judging a measurement."""

CHECKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "maker_licence": ("maker", ("document",)),
    "sc_category": ("maker", ("document",)),
    "input_documents": ("inputs", ("document",)),
    "input_records": ("inputs", ("record",)),
    "release_report": ("reports", ("record",)),
    "third_party": ("reports", ("document",)),
    "report_dates": ("reports", ("document",)),
    "kept_record": ("records", ("record", "advisory")),
    "recorded_minimum": ("records", ("record",)),
    "valid_document": ("documents", ("document", "advisory")),
    "label_edition": ("label", ("label",)),
    "label_fields": ("label", ("label",)),
    "label_dates": ("label", ("label",)),
    "label_allergens": ("label", ("label", "advisory")),
    "label_claims": ("label", ("label",)),
    "label_storage": ("label", ("label",)),
    "label_words": ("label", ("label",)),
    "label_quantity": ("label", ("label",)),
    "label_pattern": ("label", ("label",)),
    "label_hint": ("label", ("advisory",)),
    "label_agrees": ("label", ("label",)),
    "label_shelf_life": ("label", ("label",)),
    "nutrition_panel": ("label", ("label",)),
    "nutrition_tolerance": ("label", ("label",)),
    "nutrition_reference": ("label", ("label",)),
    "nutrition_energy": ("label", ("label",)),
    "nutrition_exempt": ("label", ("label", "advisory")),
    "temperature_range": ("temperatures", ("temperature", "advisory")),
    "temperature_reached": ("temperatures", ("temperature",)),
    "temperature_rise": ("temperatures", ("temperature",)),
    "declared_margin": ("temperatures", ("temperature",)),
    "danger_zone": ("temperatures", ("temperature",)),
    "declared_range": ("temperatures", ("temperature",)),
    "excursion": ("temperatures", ("temperature",)),
    "logging_interval": ("temperatures", ("temperature",)),
    "calibration": ("temperatures", ("temperature",)),
    "between": ("events", ("time", "advisory")),
    "waiting": ("events", ("time",)),
    "in_order": ("events", ("time",)),
    "recall_start": ("recall", ("time",)),
    "recall_finish": ("recall", ("time",)),
    "recall_notice": ("recall", ("record",)),
    "recall_hint": ("recall", ("advisory",)),
    "traceable": ("lineage", ("lineage",)),
    "own_evidence": ("lineage", ("lineage",)),
}
"""check → (the member of BatchFacts it reads, the clause kinds it may stand in)."""

MEMBERS = tuple(dict.fromkeys(member for member, _ in CHECKS.values()))
"""The members that checks read, in the order in which their findings are told."""

EDITION_BY_LABEL = frozenset(name for name in CHECKS if name.startswith(("label_", "nutrition_"))) - {
    "label_edition",
    "label_agrees",
    "label_shelf_life",
}
"""Checks of clauses whose edition is the one the label states, not the one of the production date."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long a record is kept: so many months after the shelf life, or years where there is none.

    With ``months_after_shelf_life`` 0 the time counts from the record itself: ``years`` or ``months``.
    """

    months_after_shelf_life: int = 0
    years: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Nutrient:
    """A reference value (NRV) of one nutrient."""

    name: str
    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The measures of one clause; a check reads those it needs, the rest stay empty.

    ``record`` is a record type; ``keep`` its retention; ``every`` asks for all of the clause's documents
    instead of one; ``dated`` wants an end of validity. ``places`` say where a temperature was taken;
    ``lowest``/``highest`` are inclusive degrees Celsius, ``brief`` the highest that a short excursion may
    reach, ``over_review`` turns an excursion below ``brief`` into a matter for a person. ``begins``/``ends``
    are event names, ``within``/``at_least`` minutes, ``interval`` the name of an interval that must be
    supplied (安全间隔期). ``level`` and ``workdays`` are for recalls. ``audience`` is whom a label addresses;
    ``groups`` words by meaning (allergens); ``pattern`` a regular expression; ``reference`` the NRVs;
    ``tolerance`` numbers by name (a share of the labelled amount, a least amount).
    """

    record: str = ""
    keep: Keeping | None = None
    every: bool = False
    dated: bool = False
    places: tuple[str, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    brief: Decimal | None = None
    over_review: bool = False
    every_minutes: int = 0
    begins: str = ""
    ends: str = ""
    order: tuple[str, ...] = ()
    within: int = 0
    at_least: int = 0
    interval: str = ""
    level: str = ""
    workdays: int = 0
    audience: str = ""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pattern: str = ""
    reference: tuple[Nutrient, ...] = ()
    tolerance: tuple[tuple[str, Decimal], ...] = ()


NO_TERMS = Terms()
