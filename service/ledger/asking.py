"""What pages and API ask of the ledger alike: rows by filter, a register, a half-year report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from sqlalchemy import Connection

from chain.flows import reporting_devices
from chain.ledger.commands import record
from chain.ledger.counting import reporting_points
from chain.ledger.folding import Ledger
from chain.ledger.halves import begin_of, end_of_half, half_of, read_half
from chain.ledger.history import merged
from chain.ledger.ladder import standings
from chain.ledger.loading import load_ladder
from chain.ledger.models import LISTS, Entry, Facts, Half, RowState
from chain.ledger.rules import NewEntry
from chain.ledger.whole import Whole
from chain.register import store as register
from chain.register.folding import end_of
from service.context import today_of
from service.ledger import reading
from service.ledger.views import Json, entry_json, known_json
from service.panorama.reading import Chain
from trace.context import Context, local_datetime
from trace.errors import InvalidInput, NotFound
from trace.journal.canonical import loads
from trace.parties.commands import file_person


def write_entry(request: Request, ctx: Context, new: NewEntry) -> int:
    """Record one entry as this request's actor; a person's name is filed apart."""
    return record(ctx, new, reading.origin_of(request), lambda c, name: file_person(c, name, ""))


def wanted(
    whole: Whole,
    q: str = "",
    type: str = "",
    owner: str = "",
    state: str = "",
    numbers: bool = False,
    chapter: str = "",
) -> list[RowState]:
    """Rows that a list asks for, in the plan's order."""
    return [
        one
        for one in whole.rows
        if (not type or one.row.item.type == type)
        and (not owner or one.owner == owner)
        and (not state or one.state == state)
        and (not chapter or one.row.chapter == chapter)
        and (not numbers or one.row.item.targets)
        and all(word in _words(one) for word in q.casefold().split())
    ]


def _words(state: RowState) -> str:
    item = state.row.item
    names = (one.measure.name for one in state.presents)
    return " ".join((item.name, item.target, item.section, state.owner, *item.quote, *names)).casefold()


def read_as_of(request: Request, half: str) -> tuple[str, date, date]:
    """(half-year, day its figures are of, today): the running half-year by default. Raises InvalidInput."""
    today = today_of(request.app.state.db)
    if not half:
        return half_of(today), today, today
    known = read_half(half)
    if known is None or begin_of(known) > today:
        why = f"“{half[:20]}”不是已经开始的半年，请写成 2026H1（上半年）或 2026H2（下半年）"
        raise InvalidInput.of("/half", "not_a_half", why, "like 2026H2, begun already")
    return known, min(end_of_half(known), today), today


def past_json(request: Request, state: RowState, day: date, *, costly: bool = False) -> dict[str, list[Json]]:
    """Measure → every figure of it up to ``day``, the newest first, with how each is known."""
    counts = reading.counts_of(request, state.row, day, costly=costly)
    return {
        one.measure.key: [known_json(each, one.measure) for each in merged(one, counts.get(one.measure.key, ()))]
        for one in state.presents
    }


@dataclass(frozen=True, slots=True)
class Report:
    """The half-year report: figures as of the half's end, steps of the reports as known today."""

    half: str
    day: date
    chain: Chain
    whole: Whole
    halves: dict[int, Half | None]
    voices: tuple[Entry, ...]

    @property
    def done(self) -> int:
        return sum(1 for one in self.halves.values() if one is not None and one.done)


def report_of(request: Request, half: str) -> Report:
    """Everything that goes up for a half-year."""
    known, day, _ = read_as_of(request, half)
    chain, then = reading.current(request, day)
    _, now = reading.current(request)
    halves = {state.row.no: next((h for h in state.halves if h.half == known), None) for state in now.rows}
    begin, end = begin_of(known), end_of_half(known)
    voices = tuple(one for one in now.ledger.of("voice") if begin <= one.data_date <= end)
    return Report(known, day, chain, then, halves, voices)


def plants_json(request: Request, conn: Connection, ledger: Ledger, *, staff: bool) -> list[Json]:
    """Smart factories and workshops with how many of their data points report; in a demonstration simulated ones too."""
    db = request.app.state.db
    end = end_of(ledger.day)
    points = reading.points_of(ledger)
    devices = reporting_devices(conn, points, min(db.now(), end - 1), include_demo=db.settings.demo)
    found = []
    for one in ledger.of("plant"):
        alive, total, last = reporting_points(one, Facts(devices=devices), end)
        moment = local_datetime(last).date().isoformat() if last is not None else None
        found.append(
            entry_json(one, staff=staff)
            | {"points_reporting": alive, "points": total, "last_report": moment, "counts": alive > 0}
        )
    return found


def ladder_json(conn: Connection, ledger: Ledger) -> list[Json]:
    """Every enterprise on the ladder with what it lacks for the next rung; for staff."""
    found = standings(ledger.of("ladder"), load_ladder())
    names = subject_names(conn, [one.subject for one in found])
    return [
        {
            "subject": one.subject,
            "name": names.get(one.subject),
            "rung": one.rung.name if one.rung is not None else None,
            "next": one.next.name if one.next is not None else None,
            "lacking": [c.name for c in one.lacking],
            "unknown": [c.name for c in one.unknown],
            "entries": [entry_json(entry, staff=True) for entry in one.facts.values()],
        }
        for one in found
    ]


def ladder_counts(ledger: Ledger) -> list[tuple[str, int]]:
    """How many enterprises stand on each rung; those below the first as 未到第一级."""
    ladder = load_ladder()
    found = standings(ledger.of("ladder"), ladder)
    rungs: list[tuple[str, int]] = [("未到第一级", sum(one.rung is None for one in found))]
    return rungs + [(rung.name, sum(one.rung is rung for one in found)) for rung in ladder.rungs]


def subject_names(conn: Connection, keys: Iterable[str]) -> dict[str, str]:
    return {key: str(loads(row.body)["name"]) for key, row in register.descriptions(conn, keys).items()}


def listed(ledger: Ledger, kind: str, year: str = "") -> list[Entry]:
    """Matters of one yearly list, the newest year first."""
    name = list_name(kind)
    found = [one for one in ledger.of("listed") if one.body["list"] == name and (not year or one.body["year"] == year)]
    return sorted(found, key=lambda one: (one.body["year"], one.seq), reverse=True)


def list_name(kind: str) -> str:
    """项目, 政策, 改革, 平台. Raises NotFound."""
    if kind not in LISTS:
        raise NotFound(f"没有“{kind[:20]}”这张清单，可用：{'、'.join(LISTS)}", "No such list")
    return LISTS[kind]


def chart_points(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entered figures as points of a small chart, 0…100 wide and high; nothing for fewer than two."""
    if len(entries) < 2:
        return []
    days = [one.data_date.toordinal() for one in entries]
    values = [float(one.body["value"]) for one in entries]
    top, first, span = max(values) or 1.0, days[0], max(days[-1] - days[0], 1)
    return [
        {
            "x": round(4 + 92 * (day - first) / span, 1),
            "y": round(44 - 36 * value / top, 1),
            "day": one.data_date.isoformat(),
            "value": one.body["value"],
        }
        for day, value, one in zip(days, values, entries, strict=True)
    ]
