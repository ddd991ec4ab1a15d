"""Append to the journal and project at once, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from trace.context import Context
from trace.errors import Conflict
from trace.journal import store
from trace.journal.canonical import ALGORITHM, digest, dumps
from trace.journal.projection import project_act, project_event


def record_event(ctx: Context, document: dict[str, Any]) -> int:
    """Record one EPCIS event for the actor's organisation; gives the row id. 409 where it is recorded already."""
    declaration = document.get("errorDeclaration") or {}
    declaration_time = str(declaration.get("declarationTime", ""))
    if store.event_exists(ctx.conn, ctx.tenant_id, document["eventID"], declaration_time):
        raise Conflict("同一事件已登记，未重复写入", "This event is recorded already", code="duplicate_event")
    at = datetime.fromisoformat(document["eventTime"])
    row = {
        "id": ctx.new_id(),
        "tenant_id": ctx.tenant_id,
        "event_id": document["eventID"],
        "declaration_time": declaration_time,
        "event_type": document["type"],
        "action": document.get("action", ""),
        "biz_step": document.get("bizStep", ""),
        "disposition": document.get("disposition", ""),
        "event_time": int(at.timestamp()) * 1_000_000 + at.microsecond,
        "record_time": ctx.now,
        "document": dumps(document),
        "digest": digest(document),
        "digest_algorithm": ALGORITHM,
        "actor_id": ctx.actor_id,
        "request_id": ctx.request_id,
    }
    store.insert_event(ctx.conn, row)
    project_event(ctx.conn, row, document, ctx.public_url, ctx.new_id)
    return int(row["id"])


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
    project_act(ctx.conn, row, facts)
    return int(row["id"])
