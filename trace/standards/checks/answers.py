"""What a check of a record, label, document, temperature, time or line of descent answers."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

from trace.standards.clauses import Clause
from trace.standards.models import FAIL, INSUFFICIENT, PASS, VERDICT_ORDER

Answer = tuple[str, str, str]
"""status, value, reason (without the clause in front)."""
Answers = Sequence[Answer]


def one(status: str, value: str, why: str) -> list[Answer]:
    """A single answer."""
    return [(status, value, why)]


def missing(clause: Clause, what: str) -> list[Answer]:
    """The answer when nothing of a kind was supplied: evidence missing where it must be there, else silence."""
    return one(INSUFFICIENT, "无", f"没有{what}") if clause.required else []


def gaps(fields: Sequence[str], get: object) -> list[str]:
    """The fields of a form that are empty. ``甲|乙`` wants one of several. ``get`` is a mapping's lookup."""
    assert callable(get)
    return [field.replace("|", "或") for field in fields if not any(get(name).strip() for name in field.split("|"))]


def worst(answers: Answers) -> Answer:
    """The heaviest of several answers; the first of equals. Raises ValueError for none."""
    return min(answers, key=lambda answer: VERDICT_ORDER.index(answer[0]))


def at_most(value: float, limit: float) -> str:
    """``pass`` or ``fail``."""
    return PASS if value <= limit else FAIL


def after_months(day: date, months: int) -> date:
    """The same day so many months on; the month's last day where it has no such day. 9999 is the end of time."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
