"""Capture events for the actor's organisation: all or none, or the good ones; the job says what became of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trace.context import Context
from trace.epcis import store
from trace.epcis.personal import take_out
from trace.epcis.validating import faults_of
from trace.epcis.warning import UNKNOWN_ORIGINAL, warnings_of
from trace.errors import FieldError
from trace.journal import store as journal
from trace.journal.canonical import dumps
from trace.journal.commands import declaration_time, record_events
from trace.verdicts import store as verdicts
from trace.verdicts.commands import judge_many

BEHAVIOURS = ("rollback", "proceed")
AT_ONCE = 20
"""Batches of a capture that are judged in it; more are put on the list that is worked off at once after."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event was not captured, or what was noticed about it: its index and the fault inside it."""

    index: int
    error: FieldError
    exception: str = "ValidationException"


@dataclass(frozen=True, slots=True)
class Checked:
    """Events of one document, each with its faults and warnings; made before the transaction begins."""

    events: Sequence[Any]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    personal: Sequence[Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Captured:
    """What a capture did: what was wrong, what was noticed, and the event rows that were recorded."""

    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    rows: Sequence[int]


def check(events: Sequence[Any], now: int, new_id: Callable[[], int]) -> Checked:
    """Validate events, give an eventID to those without, take personal values out. Touches no database."""
    ready: list[Any] = []
    personal: list[Mapping[int, str]] = []
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for index, event in enumerate(events):
        found = faults_of(event, now)
        faults += [Fault(index, one) for one in found]
        if found:
            ready.append(None)
            personal.append({})
            continue
        if "eventID" not in event:
            event = event | {"eventID": f"urn:uuid:{uuid.uuid4()}"}
        event, taken = take_out(event, new_id)
        ready.append(event)
        personal.append(taken)
        warnings += [Fault(index, one) for one in warnings_of(event)]
    return Checked(ready, faults, warnings, personal)


def record(ctx: Context, checked: Checked, behaviour: str) -> Captured:
    """Record checked events in the caller's transaction.

    ``rollback`` records nothing where anything is wrong, ``proceed`` what is right. A duplicate is wrong.
    """
    faults = [*checked.faults, *_duplicates(ctx, checked.events)]
    bad = {one.index for one in faults}
    good = [] if faults and behaviour == "rollback" else [i for i in range(len(checked.events)) if i not in bad]
    warnings = [one for one in (*checked.warnings, *_unknown_originals(ctx, checked.events)) if one.index in set(good)]
    rows = record_events(ctx, [checked.events[index] for index in good])
    store.keep_personal(
        ctx.conn,
        [
            {"id": number, "tenant_id": ctx.tenant_id, "value": value, "created_at": ctx.now}
            for index in good
            for number, value in checked.personal[index].items()
        ],
    )
    _judge(ctx, rows)
    faults.sort(key=lambda one: one.index)
    return Captured(faults, warnings, rows)


def capture(ctx: Context, checked: Checked, behaviour: str) -> int:
    """Record the events of a document and, in the same transaction, the job that tells what became of them."""
    done = record(ctx, checked, behaviour)
    job_id = ctx.new_id()
    store.insert_job(
        ctx.conn,
        {
            "id": job_id,
            "tenant_id": ctx.tenant_id,
            "created_at": ctx.now,
            "finished_at": ctx.now,
            "behaviour": behaviour,
            "success": not done.faults,
            "received": len(checked.events),
            "captured": len(done.rows),
            "errors": dumps([problem_of(one) for one in done.faults]),
            "warnings": dumps([problem_of(one) for one in done.warnings]),
            "actor_id": ctx.actor_id,
            "request_id": ctx.request_id,
        },
    )
    return job_id


def problem_of(fault: Fault) -> dict[str, Any]:
    """A fault in the shape of the EPCIS exceptions; ``index`` is the event's place in its list, from 0."""
    return {
        "type": f"epcisException:{fault.exception}",
        "title": fault.exception,
        "status": 409 if fault.exception == "ResourceAlreadyExistsException" else 400,
        "index": fault.index,
        "pointer": fault.error.pointer,
        "code": fault.error.code,
        "detail": fault.error.detail,
        "detail_en": fault.error.detail_en,
    }


def _duplicates(ctx: Context, events: Sequence[Any]) -> list[Fault]:
    known = journal.events_known(ctx.conn, ctx.tenant_id, [one["eventID"] for one in events if one is not None])
    found: list[Fault] = []
    for index, event in enumerate(events):
        if event is None:
            continue
        there = known.setdefault(event["eventID"], set())
        declared = declaration_time(event)
        if declared in there:
            what = "这份更正声明" if declared else "这个事件"
            why = f"{what}（eventID {event['eventID'][:80]}）已经登记过，没有重复写入；要更正请另发 errorDeclaration"
            error = FieldError("/eventID", "duplicate_event", why, "this event is recorded already")
            found.append(Fault(index, error, "ResourceAlreadyExistsException"))
        there.add(declared)
    return found


def _unknown_originals(ctx: Context, events: Sequence[Any]) -> list[Fault]:
    declared = [(i, one) for i, one in enumerate(events) if one is not None and "errorDeclaration" in one]
    if not declared:
        return []
    known = journal.events_known(ctx.conn, ctx.tenant_id, [one["eventID"] for _, one in declared])
    here: dict[str, int] = {}
    for index, one in enumerate(events):
        if one is not None and "errorDeclaration" not in one:
            here.setdefault(one["eventID"], index)
    return [
        Fault(index, UNKNOWN_ORIGINAL)
        for index, one in declared
        if "" not in known.get(one["eventID"], ()) and here.get(one["eventID"], index) >= index
    ]


def _judge(ctx: Context, rows: Sequence[int]) -> None:
    """Judge the product batches that captured events made or changed: a few at once, more soon after."""
    made = verdicts.live_among(ctx.conn, journal.lots_made_by(ctx.conn, rows))
    judge_many(ctx, made[:AT_ONCE], "captured")
    if made[AT_ONCE:]:
        verdicts.ask(ctx.conn, made[AT_ONCE:], "captured", ctx.request_id, ctx.now)
