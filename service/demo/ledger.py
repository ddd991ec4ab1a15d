"""The demo's entries in the ledger of the plan (模拟): marked as the demo's own, none of them counts beside a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from chain.ledger.commands import record
from chain.ledger.halves import begin_of, half_of
from chain.ledger.models import STEPS
from chain.ledger.rules import NewEntry
from service.database import Database
from service.demo.people import context
from trace.context import SHANGHAI, local_datetime
from trace.parties.commands import file_person

Told = Mapping[str, Any]


def tell_ledger(db: Database, told: Told, keys: Mapping[str, str], *, organisation: int, account: int) -> None:
    """Record what ``ledger`` of the demo's seed file says, each at noon of its day. ``keys``: subject of each seed key."""
    now = db.now()
    today = local_datetime(now).date()

    def write(conn: Any) -> None:
        for day, new in sorted(_entries(told, keys, today), key=lambda pair: pair[0]):
            noon = int(datetime.combine(day, time(12), SHANGHAI).timestamp()) * 1_000_000
            ctx = context(db, conn, organisation, min(now, noon), account)
            record(ctx, new, "seed", lambda c, name: file_person(c, name, ""))

    db.write(write)


def _entries(told: Told, keys: Mapping[str, str], today: date) -> Iterator[tuple[date, NewEntry]]:
    for one in told["entries"]:
        day = today - timedelta(days=one["ago"])
        body = {name: _dated(name, value, day, today) for name, value in one["body"].items()}
        if "subject" in body:
            body["subject"] = keys[body["subject"]]
        yield day, NewEntry(one["kind"], body, day.isoformat(), one["source"], one.get("row"))
    for one in told["reports"]:
        here = half_of(today)
        before = half_of(begin_of(here) - timedelta(days=1))
        for half, steps in ((before, STEPS), (here, STEPS[: one["reached"]])):
            for step, text, offset in zip(steps, one["texts"], told["step_days"], strict=False):
                day = begin_of(half) + timedelta(days=offset)
                if day <= today:
                    body = {"half": half, "step": step, "text": text}
                    yield day, NewEntry("report", body, day.isoformat(), one["source"], one["row"])


def _dated(name: str, value: Any, day: date, today: date) -> Any:
    """Dates are told as days from today, a year as years from that of the entry's own day."""
    if name in ("valid_from", "valid_to"):
        return (today + timedelta(days=value)).isoformat()
    return str(day.year + value) if name == "year" else value
