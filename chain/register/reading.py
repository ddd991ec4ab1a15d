"""A statement read as the fact of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chain.register.models import (
    REFERENCE_NAMES,
    BaseSize,
    CandidateFor,
    Equipment,
    Fact,
    Licence,
    LocatedIn,
    Needed,
    Offers,
    Operates,
    Position,
    Referred,
    Requires,
    SameAs,
    SampleFlow,
    ServedBy,
    Statement,
    SubjectFact,
    Supplies,
    Surveyed,
    Volumed,
)

Body = Mapping[str, Any]


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _optional_day(text: str | None) -> date | None:
    return _day(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _range(body: Body) -> tuple[Decimal | None, Decimal | None, str]:
    low = _number(body["low"])
    high = low if body["high"] == body["low"] else _number(body["high"])
    return low, high, body["unit"]


def _subject(s: Statement, b: Body) -> tuple[Any, ...]:
    return (
        s.subject_kind, b["name"], b["code"] or "", b["controller"] or None, b["inside"], b["place"],
        tuple(sorted(b["fields"].items())), bool(b.get("demo")),
    )  # fmt: skip


def _candidate(s: Statement, b: Body) -> tuple[Any, ...]:
    """Statements recorded before capacities could be assumed have none."""
    amount = _range(b) if "low" in b else (None, None, "")
    return (*amount, b["link"], b["note"])


_MORE: Mapping[str, tuple[Callable[..., Fact], Callable[[Statement, Body], tuple[Any, ...]]]] = {
    "subject": (SubjectFact, _subject),
    "operates": (Operates, lambda s, b: (*_range(b), b["link"], b["period"], _optional_day(b["ended"]))),
    "base_size": (BaseSize, lambda s, b: (*_range(b), b["what"])),
    "supplies": (Supplies, lambda s, b: (*_range(b), b["to"], b["link"], b["what"])),
    "located_in": (LocatedIn, lambda s, b: (b["other"], b["what"])),
    "served_by": (ServedBy, lambda s, b: (b["other"], b["what"])),
    "candidate_for": (CandidateFor, _candidate),
    "survey": (Surveyed, lambda s, b: (b["where"],)),
    "need": (Needed, lambda s, b: _range(b)),
    "volume": (Volumed, lambda s, b: _range(b)),
    "reference": (
        Referred,
        lambda s, b: (*(Decimal(b[name]) for name in REFERENCE_NAMES), b["unit"], b["region"], int(b["year"])),
    ),
    "flow": (
        SampleFlow,
        lambda s, b: (b["last_days_ago"], b["batches"], b["enterprises"], _number(b["top_share"]), b["observed_days"]),
    ),
    "licence": (
        Licence,
        lambda s, b: (b["what"], b["number"], _optional_day(b["valid_from"]), _optional_day(b["valid_to"])),
    ),
    "position": (Position, lambda s, b: (Decimal(b["lon"]), Decimal(b["lat"]), b["datum"])),
    "equipment": (Equipment, lambda s, b: (b["what"], b["count"])),
    "requires": (Requires, lambda s, b: (*_range(b), b["what"])),
    "offers": (Offers, lambda s, b: (*_range(b), b["what"])),
    "same_as": (SameAs, lambda s, b: (b["other"], b["code"], b["person"])),
}  # fmt: skip


def fact_of(statement: Statement) -> Fact:
    """The fact that a statement (of any kind but ``withdraw``) amounts to. Raises KeyError for an unknown kind."""
    made, more = _MORE[statement.kind]
    return made(
        statement.id,
        statement.seq,
        statement.subject,
        statement.data_date,
        statement.recorded_at,
        statement.source,
        statement.basis,
        statement.import_id,
        *more(statement, statement.body),
    )
