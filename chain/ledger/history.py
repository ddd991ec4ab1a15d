"""The history of a measure: what was entered, and what the count was on each earlier day, worked out again. Pure.

A count is not stored: entries are append-only, so the count of a past day follows from what was recorded by its end.
Counts from the ledger's registers are worked out on every day on which one could have changed; counts of what others
hold (the batch record, the register of subjects …) on the last days of months.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chain.ledger.counting import expires
from chain.ledger.folding import Ledger, fold
from chain.ledger.kinds import WITHDRAW
from chain.ledger.models import Entry, Facts, Measure, Present, Row
from chain.ledger.ruling import Part, counted, rule_of
from trace.context import local_datetime

MOST_DAYS = 40
MONTHS = 12
AGAIN = "按这一天已登记的内容重新算出"


@dataclass(frozen=True, slots=True)
class Known:
    """A figure on a day. ``value`` None: the count had become 未知 again; ``most``: see ``Counted``. ``mode``: 自动 or
    录入; ``trial``: rests on what was typed in on a demonstration."""

    day: date
    value: Decimal | None
    mode: str
    source: str
    trial: bool
    most: Decimal | None = None


def month_ends(today: date, months: int = MONTHS) -> list[date]:
    """The last days of the months before ``today``'s, the oldest first."""
    found, first = [], today.replace(day=1)
    for _ in range(months):
        end = first - timedelta(days=1)
        found.append(end)
        first = end.replace(day=1)
    return found[::-1]


def days_of(measure: Measure, entries: Iterable[Entry], today: date) -> list[date]:
    """Days up to ``today`` on which the count may have changed, the oldest first, the latest MOST_DAYS of them."""
    rule = rule_of(measure.count)
    found = set(month_ends(today)) if rule.facts and not rule.costly else set()
    if rule.costly:
        found |= {day for day in month_ends(today) if day.month in (6, 12)}
    years = set()
    for one in entries:
        if one.kind not in rule.kinds and one.kind != WITHDRAW:
            continue
        day = max(local_datetime(one.recorded_at).date(), one.data_date)
        found.add(day)
        years.add(day.year)
        end = expires(one)
        if end is not None:
            found.add(end + timedelta(days=1))
    found |= {date(year + 1, 1, 1) for year in years} | {date(year, 7, 1) for year in years}
    return sorted(day for day in found if day <= today)[-MOST_DAYS:]


class Past:
    """Entries folded by day, each day once for all measures that read the same kinds."""

    def __init__(self, entries: Iterable[Entry], *, demo: bool) -> None:
        self._entries, self._demo = list(entries), demo
        self._of: dict[tuple[str, ...], list[Entry]] = {}
        self._ledgers: dict[tuple[tuple[str, ...], date], Ledger] = {}

    def entries(self, kinds: tuple[str, ...]) -> list[Entry]:
        """Those of some kinds, and withdrawals."""
        if kinds not in self._of:
            self._of[kinds] = [one for one in self._entries if one.kind in kinds or one.kind == WITHDRAW]
        return self._of[kinds]

    def ledger(self, kinds: tuple[str, ...], day: date) -> Ledger:
        if (kinds, day) not in self._ledgers:
            self._ledgers[kinds, day] = fold(self.entries(kinds), day, demo=self._demo)
        return self._ledgers[kinds, day]


def counts(row: Row, measure: Measure, past: Past, today: date, facts_on: Callable[[date, Part], Facts]) -> list[Known]:
    """What the count was, one for each time it changed, the oldest first; nothing before it was first known."""
    rule = rule_of(measure.count)
    found: list[Known] = []
    for day in days_of(measure, past.entries(rule.kinds), today):
        facts = facts_on(day, rule.facts) if rule.facts else Facts()
        told = counted(measure.count, row, past.ledger(rule.kinds, day), facts)
        if (told.value, told.most) == ((found[-1].value, found[-1].most) if found else (None, None)):
            continue
        trial = any(one.origin == "trial" for one in told.rows)
        found.append(Known(day, told.value, "自动", AGAIN, trial, told.most))
    return found


def merged(present: Present, counts: Iterable[Known]) -> list[Known]:
    """Counts and entered figures together, the newest first."""
    entered = [
        Known(one.data_date, Decimal(one.body["value"]), "录入", one.source, one.origin == "trial")
        for one in present.entered
    ]
    return sorted([*counts, *entered], key=lambda one: (one.day, one.mode), reverse=True)
