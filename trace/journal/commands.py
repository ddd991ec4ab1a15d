"""Append to the journal and project at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trace.batches import store as batches
from trace.context import Context
from trace.epcis.values import micros
from trace.epcis.vocabulary import bare
from trace.errors import Conflict
from trace.journal import halts, store
from trace.journal.act_projection import project_act
from trace.journal.canonical import ALGORITHM, digest, dumps
from trace.journal.event_projection import project_events
from trace.notices.commands import announce_halt


def record_event(ctx: Context, document: dict[str, Any]) -> int:
    """Record one EPCIS event for the actor's organisation; gives the row id. 409 where it is recorded already."""
    event_id, declared = document["eventID"], declaration_time(document)
    if declared in store.events_known(ctx.conn, ctx.tenant_id, [event_id]).get(event_id, ()):
        raise Conflict("同一事件已登记，未重复写入", "This event is recorded already", code="duplicate_event")
    return record_events(ctx, [document])[0]


def record_events(ctx: Context, documents: Sequence[dict[str, Any]]) -> list[int]:
    """Record events that nobody has recorded for the actor's organisation, in their order; gives the row ids.

    Each is a valid event with an eventID and stands under its own ``@context``.
    """
    rows = [_row(ctx, document) for document in documents]
    store.insert_events(ctx.conn, rows)
    project_events(ctx.conn, list(zip(rows, documents, strict=True)), ctx.public_url, ctx.new_id)
    return [int(row["id"]) for row in rows]


def declaration_time(document: Mapping[str, Any]) -> str:
    """When an event was declared wrong, as written; '' for the event itself."""
    return str((document.get("errorDeclaration") or {}).get("declarationTime", ""))


def _row(ctx: Context, document: dict[str, Any]) -> dict[str, Any]:
    at = micros(document["eventTime"])
    assert at is not None
    return {
        "id": ctx.new_id(),
        "tenant_id": ctx.tenant_id,
        "event_id": document["eventID"],
        "declaration_time": declaration_time(document),
        "event_type": document["type"],
        "action": document.get("action", ""),
        "biz_step": bare(document.get("bizStep", "")),
        "disposition": bare(document.get("disposition", "")),
        "event_time": at,
        "record_time": ctx.now,
        "document": dumps(document),
        "digest": digest(document),
        "digest_algorithm": ALGORITHM,
        "actor_id": ctx.actor_id,
        "request_id": ctx.request_id,
    }


def record_act(
    ctx: Context, kind: str, subject_type: str, subject_id: int, body: Mapping[str, Any], reason: str = ""
) -> int:
    """Record what a person decided or filed; gives the row id. Ids in ``body`` are strings."""
    facts = dict(body)
    row: dict[str, Any] = {
        "id": ctx.new_id(),
        "tenant_id": ctx.tenant_id,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "at": ctx.now,
        "reason": reason,
        "body": dumps(facts),
        "actor_id": ctx.actor_id,
        "request_id": ctx.request_id,
    }
    signed = {k: str(v) for k, v in row.items() if k != "body"} | {"body": facts}
    row |= {"digest": digest(signed), "digest_algorithm": ALGORITHM}
    store.insert_act(ctx.conn, row)
    before = batches.halt_of(ctx.conn, subject_id) if kind in halts.KINDS else ("", "")
    project_act(ctx.conn, row, facts)
    if kind in halts.KINDS:
        after, text = batches.halt_of(ctx.conn, subject_id)
        announce_halt(ctx, subject_id, before[0], after, text)
    return int(row["id"])
