"""What others than the maker are told of a recall: holders their task, the public the notice."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row

from service.batches.reading import iso
from trace.errors import NotFound
from trace.quantity import show
from trace.recalls import store
from trace.recalls.commands import recall_of
from trace.recalls.models import DRAFT, DROPPED, IN, OWN
from trace.recalls.rules import LEVELS

Json = dict[str, Any]


def task_lines(conn: Connection, task: Row[Any]) -> list[Json]:
    """The lots a holder answers for, with what it reported before."""
    lots = {one.lot_id: one for one in store.lots_of(conn, task.recall_id)}
    found = []
    for one in store.lines_of(conn, task.recall_id, task.holder):
        lot = lots[one.lot_id]
        if one.quantity <= 0:
            continue
        fields = ("controlled", "returned", "destroyed", "sold", "recovered", "lost")
        said = {name: "" if getattr(one, name) is None else show(getattr(one, name)) for name in fields}
        found.append(
            {
                "lot_id": str(one.lot_id),
                "product": lot.item_name,
                "lot": lot.number,
                "spec": lot.spec,
                "produced_on": lot.produced_on,
                "quantity": show(one.quantity, lot.unit),
                "number": show(one.quantity),
                "unit": show(1, lot.unit).split(" ")[-1],
                "transit": show(one.transit, lot.unit) if one.transit else "",
                "reported": one.controlled is not None,
                "said": said,
            }
        )
    return found


def listed_task(row: Row[Any]) -> Json:
    """A task in a list."""
    return {
        "id": str(row.id),
        "recall_id": str(row.recall_id),
        "kind": row.kind,
        "mock": bool(row.mock),
        "state": row.state,
        "level": row.level,
        "maker": row.maker_name,
        "respond_by": row.respond_by,
        "answered_at": iso(row.answered_at),
    }


def task_json(task: Row[Any], conn: Connection) -> Json:
    """A task for whoever it was given to."""
    row = recall_of(conn, task.recall_id)
    return {
        "id": str(task.id),
        "recall_id": str(task.recall_id),
        "kind": task.kind,
        "mock": bool(row.mock),
        "state": row.state,
        "level": row.level,
        "maker": row.maker_name,
        "reason": row.public_reason,
        "advice": row.advice,
        "returns": row.returns,
        "contact": row.contact,
        "respond_by": row.respond_by,
        "answered_at": iso(task.answered_at),
        "lines": task_lines(conn, task) if task.kind == "holder" else [],
        "suspects": json.loads(row.suspects) if task.kind == "maker" else [],
    }


def public_notice(conn: Connection, recall_id: int) -> Json:
    """What the public notice says. NotFound for a proposal, a drill and one that was dropped."""
    row = store.get_recall(conn, recall_id)
    if row is None or row.mock or row.state in (DRAFT, DROPPED):
        raise NotFound("没有这个召回公告", "No such recall notice")
    lots = [one for one in store.lots_of(conn, recall_id) if one.state == IN and one.role == OWN]
    return {
        "id": str(row.id),
        "state": row.state,
        "maker": row.maker_name,
        "level": row.level,
        "what": LEVELS[row.level].what,
        "reason": row.public_reason,
        "advice": row.advice,
        "returns": row.returns,
        "contact": row.contact,
        "brand": row.brand,
        "announced_at": row.announced_at,
        "closed_at": row.closed_at,
        "statutory_notice": row.notice_at,
        "statutory_notice_on": row.notice_on,
        "lots": [
            {
                "product": one.item_name,
                "spec": one.spec,
                "lot": one.number,
                "produced_on": one.produced_on,
                "best_before": one.best_before,
            }
            for one in lots
        ],
    }
