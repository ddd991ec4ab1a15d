"""The checks of a night: to which night a report is counted, when one is due, what changed since the night before. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from trace.context import SHANGHAI, local_datetime
from trace.genealogy.findings import RecordFinding

MADE = {
    "night": "按时核对",
    "late": "没有按时做成，后来补做",
    "first": "首次核对",
    "command": "人工核对",
}
"""How a report came about."""
STATES = {"new": "新增", "settled": "已消除", "open": "仍在"}
NIGHTS = 30
"""Nights that the history shows."""
NIGHTS_KEPT = 400
"""Nights whose reports are kept. A report is derived from the record, no fact: what is deleted was said of the record as
it then was, and the record itself stays."""
PUNCTUAL = 3_600_000_000
"""µs after the hour within which a report counts as made in time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it is kept with a report, and how it stands to the night before: a key of ``STATES``."""

    found: RecordFinding
    state: str = "open"


def night_of(at: int, hour: int) -> date:
    """The night that a report as of ``at`` (µs UTC) is counted to: the last day whose ``hour`` has struck."""
    local = local_datetime(at)
    return local.date() - timedelta(days=local.hour < hour)


def due(now: int, hour: int, last: str | None, ever: bool) -> tuple[date, str] | None:
    """The night to be checked now and how it is to be called, a key of ``MADE``; None while there is nothing to do.

    ``last`` is the newest night (ISO) that was checked unasked, ``ever`` whether there is any report. Of several nights
    that were missed only the newest can be made up: the record of the earlier ones is gone.
    """
    night = night_of(now, hour)
    if last is not None and last >= night.isoformat():
        return None
    struck = int(datetime(night.year, night.month, night.day, hour, tzinfo=SHANGHAI).timestamp()) * 1_000_000
    if not ever:
        return night, "first"
    return night, "night" if now < struck + PUNCTUAL else "late"


def compared(
    found: Sequence[RecordFinding], before: Sequence[RecordFinding] | None, uncompared: Collection[str]
) -> list[Kept]:
    """Every finding, new or still open, in its order, then those of ``before`` that are found no more.

    ``before`` None: there is no earlier night, all are open. Nothing is said of the checks in ``uncompared``. A finding
    about more lots than before is new.
    """
    if before is None:
        return [Kept(one) for one in found]
    known = {(one.code, one.key): set(one.lots) for one in before}
    kept = []
    for one in found:
        was = known.pop((one.code, one.key), None)
        grown = was is None or not set(one.lots) <= was
        kept.append(Kept(one, "new" if grown and one.code not in uncompared else "open"))
    gone = [one for one in before if (one.code, one.key) in known and one.code not in uncompared]
    return kept + [Kept(one, "settled") for one in gone]
