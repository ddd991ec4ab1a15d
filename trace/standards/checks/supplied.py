"""Facts about records, labels, documents, temperatures, times and lineage, as they were supplied.

All plain frozen data. Times are aware datetimes, dates inclusive, degrees Celsius and amounts Decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Record:
    """One kept record. ``fields`` maps field names to what was written; an empty text is a gap."""

    kind: str
    fields: tuple[tuple[str, str], ...] = ()
    made_on: date | None = None
    kept_until: date | None = None

    def get(self, field: str) -> str:
        """What was written in a field; "" when nothing was."""
        return next((text for name, text in self.fields if name == field), "")


@dataclass(frozen=True, slots=True)
class Document:
    """A licence or certificate with the day on which it was relied upon (None: the production date)."""

    kind: str
    number: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    used_on: date | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, field: str) -> str:
        """What the document says in a field; "" when nothing."""
        return next((text for name, text in self.fields if name == field), "")


@dataclass(frozen=True, slots=True)
class NutritionRow:
    """One row of the nutrition panel per 100 g (mL); ``measured`` a laboratory's value in the same unit."""

    nutrient: str
    amount: Decimal
    unit: str
    nrv: Decimal | None = None
    measured: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What the label shows. ``edition`` and ``nutrition_edition`` are what its maker declares it follows.

    ``fields`` are the label's fields by name; ``produced_on``/``expires_on`` the dates as printed;
    ``allergens``, ``claims`` and ``nutrition`` None when nobody looked; ``area_cm2`` the largest face.
    """

    edition: str = ""
    nutrition_edition: str = ""
    audience: str = "消费者"
    fields: tuple[tuple[str, str], ...] | None = None
    produced_on: str | None = None
    expires_on: str | None = None
    shelf_life: str | None = None
    lot: str | None = None
    allergens: tuple[str, ...] | None = None
    claims: tuple[str, ...] | None = None
    nutrition: tuple[NutritionRow, ...] | None = None
    nutrition_exempt: str = ""
    area_cm2: Decimal | None = None

    def get(self, field: str) -> str:
        """What the label shows in a field; "" when nothing."""
        return next((text for name, text in self.fields or () if name == field), "")


@dataclass(frozen=True, slots=True)
class Sample:
    """One temperature reading."""

    at: datetime
    celsius: Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """A temperature series of one place, readings in the order of time.

    ``lowest``/``highest`` are the range that the label or the product's own procedure states.
    """

    what: str
    readings: tuple[Sample, ...]
    interval_minutes: int | None = None
    calibration_due: date | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``of`` tells several apart (a dish, a pesticide)."""

    what: str
    at: datetime
    of: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A waiting time that a label or catalogue prescribes, in days (安全间隔期, 休药期)."""

    what: str
    days: int
    of: str = ""


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events and the intervals that were supplied with them."""

    events: tuple[Event, ...] = ()
    intervals: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall. ``holidays``/``workdays`` are the State Council's calendar; None when not supplied."""

    level: str
    known_at: datetime
    started_at: datetime | None = None
    announced_on: date | None = None
    finished_on: date | None = None
    scope: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    holidays: tuple[date, ...] | None = None
    workdays: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One lot in the line of descent: what went into it, where it first entered, which papers are its own."""

    lot: str
    inputs: tuple[str, ...] = ()
    origin: str = ""
    documents: tuple[str, ...] = ()
