"""Half-years: 2026H1 ends on 30 June, 2026H2 on 31 December. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from chain.ledger.models import DUE_DAYS

_HALF = re.compile(r"(20\d\d)[Hh]([12])")


def read_half(text: str) -> str | None:
    """「2026h2」 as 「2026H2」; None for what is no half-year."""
    found = _HALF.fullmatch(text.strip())
    return f"{found.group(1)}H{found.group(2)}" if found else None


def half_of(day: date) -> str:
    return f"{day.year}H{1 if day.month <= 6 else 2}"


def begin_of(half: str) -> date:
    return date(int(half[:4]), 1 if half[-1] == "1" else 7, 1)


def end_of_half(half: str) -> date:
    year = int(half[:4])
    return date(year, 6, 30) if half[-1] == "1" else date(year, 12, 31)


def due_of(half: str) -> date:
    """The last day on which the report of a half-year is in time."""
    return end_of_half(half) + timedelta(days=DUE_DAYS)


def next_half(half: str) -> str:
    year = int(half[:4])
    return f"{year}H2" if half[-1] == "1" else f"{year + 1}H1"


def halves_between(first: str, last: str) -> Iterator[str]:
    """From ``first`` to ``last``, both included; nothing when ``first`` is later."""
    while first <= last:
        yield first
        first = next_half(first)


def half_text(half: str) -> str:
    """「2026 年下半年」."""
    return f"{half[:4]} 年{'上' if half[-1] == '1' else '下'}半年"
