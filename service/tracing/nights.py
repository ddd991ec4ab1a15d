"""The kept reports of the nightly check as one viewer may see them: an enterprise its own findings, a regulator all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.batches.reading import iso
from trace.context import Context
from trace.errors import InvalidInput, NotFound
from trace.genealogy import nightstore
from trace.genealogy.findings import CODES
from trace.genealogy.nightly import MADE, NIGHTS, night_of

MOST = 1_000
"""Findings of one night that are shown at most."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report cut to one viewer. ``counts`` by check without the settled ones; times in µs UTC."""

    night: date
    made: str
    at: int
    finished_at: int
    counts: dict[str, int]
    new: int
    settled: int
    first: bool
    """There is no earlier night to compare with."""
    cut: Sequence[str]
    uncompared: Sequence[str]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def made_text(self) -> str:
        return MADE[self.made]

    @property
    def counts_text(self) -> str:
        """Every check that found something, and how much."""
        return "、".join(f"{CODES[code]} {n}" for code, n in self.counts.items() if n) or "没有对不上的地方"

    @property
    def unsaid(self) -> str:
        """The checks of which nothing can be said about changes."""
        return "、".join(CODES[code] for code in self.uncompared)


@dataclass(frozen=True, slots=True)
class OneNight:
    """A night of the history; ``told`` None: nothing was checked."""

    day: date
    told: Told | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest report, whether it is of the night that ended last, and at which hour reports are made (None: never)."""

    told: Told | None
    is_last: bool
    hour: int | None


def standing(ctx: Context, hour: int | None, org_id: int | None) -> Standing:
    """What the page says of last night."""
    row = nightstore.newest(ctx.conn)
    told = _told(ctx, [row], org_id)[0] if row is not None else None
    return Standing(told, told is not None and told.night >= night_of(ctx.now, hour or 0), hour)


def history(ctx: Context, hour: int | None, org_id: int | None) -> list[OneNight]:
    """The last nights, newest first, from the first report on; a night without a report is among them."""
    last = night_of(ctx.now, hour or 0)
    begun = nightstore.first_night(ctx.conn)
    if begun is None:
        return []
    rows = nightstore.nights(ctx.conn, (last - timedelta(days=NIGHTS - 1)).isoformat())
    by_day = {told.night: told for told in _told(ctx, rows, org_id)}
    days = [last - timedelta(days=n) for n in range(NIGHTS)]
    return [OneNight(day, by_day.get(day)) for day in days if day.isoformat() >= begun]


def one(ctx: Context, night: str, org_id: int | None) -> tuple[Told, list[Any], bool]:
    """A night's newest report, its findings and whether there are more. Raises InvalidInput and NotFound."""
    try:
        day = date.fromisoformat(night)
    except ValueError:
        raise InvalidInput.of(
            "/night", "date", f"日期「{night}」应写成 2026-11-24 的样子", "A day as YYYY-MM-DD."
        ) from None
    row = nightstore.of_night(ctx.conn, day.isoformat())
    if row is None:
        raise NotFound(f"{day} 夜间没有核对记录，请从“每晚核对”里选一晚。", detail_en="No report of that night.")
    rows = nightstore.findings_of(ctx.conn, row.id, org_id, MOST + 1)
    return _told(ctx, [row], org_id)[0], rows[:MOST], len(rows) > MOST


def _told(ctx: Context, rows: Sequence[Any], org_id: int | None) -> list[Told]:
    tallies: dict[int, dict[str, dict[str, int]]] = {}
    for row in nightstore.tallies(ctx.conn, [r.id for r in rows], org_id):
        tallies.setdefault(row.check_id, {}).setdefault(row.state, {})[row.code] = row.n
    found = []
    for r in rows:
        mine = tallies.get(r.id, {})
        new, still, settled = mine.get("new", {}), mine.get("open", {}), mine.get("settled", {})
        found.append(
            Told(
                date.fromisoformat(r.night),
                r.made,
                r.at,
                r.finished_at,
                {code: new.get(code, 0) + still.get(code, 0) for code in CODES},
                sum(new.values()),
                sum(settled.values()),
                r.since is None,
                json.loads(r.cut),
                json.loads(r.uncompared),
            )
        )
    return found


def night_json(told: Told) -> dict[str, Any]:
    """``new`` and ``settled`` are null where there is no earlier night."""
    return {
        "night": told.night.isoformat(),
        "made": told.made,
        "made_name": told.made_text,
        "at": iso(told.at),
        "finished_at": iso(told.finished_at),
        "counts": told.counts,
        "new": None if told.first else told.new,
        "settled": None if told.first else told.settled,
        "cut": list(told.cut),
        "uncompared": list(told.uncompared),
    }


def finding_json(row: Any) -> dict[str, Any]:
    """A kept finding, in the words of ``/record-checks``, and its state: new, settled or open."""
    return {
        "code": row.code,
        "name": CODES[row.code],
        "state": row.state,
        "lots": [str(lot) for lot in json.loads(row.lots)],
        "detail": row.detail,
        "fix": row.fix,
        "fix_text": row.fix_text,
    }
