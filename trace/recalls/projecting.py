"""Projects the acts of recalls; the same code when something is done and in a rebuild.

What the scope is, is in the acts: a rebuild never asks the genealogy of another day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.recalls import store
from trace.recalls.models import ANNOUNCED, CLOSED, DRAFT, DROPPED, IN

Apply = Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]
REPORTED = ("controlled", "returned", "destroyed", "sold", "recovered", "lost")


def _proposed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.insert_recall(
        conn,
        {
            "id": row["subject_id"],
            "tenant_id": row["tenant_id"],
            "mock": bool(body["mock"]),
            "state": DRAFT,
            "reason": row["reason"],
            "suspects": json.dumps(body["suspects"]),
            "level": "",
            "level_reason": "",
            "known_at": None if body.get("known_at") is None else int(body["known_at"]),
            "known_source": body.get("known_source", ""),
            "begun_at": int(body["begun_at"]),
            "returns": "",
            "advice": "",
            "public_reason": "",
            "brand": "",
            "contact": "",
            "notice_at": "",
            "closed_reason": "",
            "still_open": "[]",
        },
    )


def _scoped(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    lots, lines = [], []
    for one in body["lots"]:
        lots.append(
            {
                "recall_id": row["subject_id"],
                "lot_id": int(one["lot"]),
                "maker_id": int(one["maker"]),
                "role": one["role"],
                "state": IN,
                "path": json.dumps(one["path"]),
                "share": one["share"],
                "share_why": one["share_why"],
                "quantity": one["quantity"],
                "used": one["used"],
                "unit": one["unit"],
                "remark": row["reason"] if body.get("added") else one["note"],
                "act_id": row["id"],
            }
        )
        lines += [
            {
                "recall_id": row["subject_id"],
                "lot_id": int(one["lot"]),
                "holder": h["holder"],
                "quantity": h["quantity"],
                "transit": h["transit"],
                "book_sold": h["sold"],
                "step": h["step"],
                "giver": h["giver"],
            }
            for h in one["holders"]
        ]
    if body.get("added") or body.get("refreshed"):
        store.drop_lots(conn, row["subject_id"], [lot["lot_id"] for lot in lots])
    store.insert_lots(conn, lots, lines)
    if body.get("scoped_at") is not None:
        store.update_recall(conn, row["subject_id"], {"scoped_at": int(body["scoped_at"])})


def _adjusted(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = {"state": body["state"], "remark": row["reason"], "act_id": row["id"]}
    store.update_lot(conn, row["subject_id"], int(body["lot_id"]), values)


def _known(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_recall(
        conn, row["subject_id"], {"known_at": int(body["known_at"]), "known_source": body["known_source"]}
    )


def _classed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_recall(conn, row["subject_id"], {"level": body["level"], "level_reason": row["reason"]})


def _begun(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    names = ("respond_by", "returns", "advice", "public_reason", "brand", "contact")
    store.update_recall(
        conn, row["subject_id"], {"state": ANNOUNCED, "announced_at": row["at"]} | {n: body[n] for n in names}
    )


def _tasked(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    tasks = [
        {
            "id": int(one["id"]),
            "recall_id": row["subject_id"],
            "tenant_id": row["tenant_id"],
            "kind": one["kind"],
            "holder": one["holder"],
            "organisation_id": None if one["organisation"] is None else int(one["organisation"]),
            "name": one["name"],
            "told_at": row["at"],
            "via": "",
            "remark": "",
            "photos": "[]",
        }
        for one in body["tasks"]
    ]
    store.insert_tasks(conn, tasks)
    if body.get("told_at") is not None:
        store.update_recall(conn, row["subject_id"], {"told_at": int(body["told_at"])})


def _noticed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_recall(conn, row["subject_id"], {"notice_at": body["notice_at"], "notice_on": body["notice_on"]})


def _reported(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    person = body.get("signed_by")
    store.update_task(
        conn,
        int(body["task_id"]),
        {
            "answered_at": row["at"],
            "via": body["via"],
            "signed_by": None if person is None else int(person),
            "remark": row["reason"],
            "photos": json.dumps(body.get("photos", [])),
        },
    )
    store.report_lines(
        conn,
        row["subject_id"],
        body["holder"],
        [{"lot_id": int(one["lot"])} | {name: one[name] for name in REPORTED} for one in body["lines"]],
    )


def _planned(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    names = ("quantity", "source", "planned_on", "place", "method")
    store.insert_destruction(
        conn,
        {"id": row["id"], "recall_id": row["subject_id"], "lot_id": int(body["lot_id"]), "announced_at": row["at"]}
        | {name: body[name] for name in names},
    )


def _witnessed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = {"witnessed_at": int(body["at"]), "witness_id": int(body["witness_id"])}
    store.update_destruction(conn, int(body["destruction_id"]), values)


def _ended(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    open_ = json.dumps(body.get("still_open", []), ensure_ascii=False)
    values = {"closed_at": row["at"], "closed_reason": row["reason"], "still_open": open_}
    store.update_recall(conn, row["subject_id"], values | {"state": DROPPED if body.get("dropped") else CLOSED})


ACTS: dict[str, Apply] = {
    "recall.proposed": _proposed,
    "recall.scoped": _scoped,
    "recall.adjusted": _adjusted,
    "recall.known": _known,
    "recall.classed": _classed,
    "recall.begun": _begun,
    "recall.tasked": _tasked,
    "recall.noticed": _noticed,
    "recall.reported": _reported,
    "recall.destruction_planned": _planned,
    "recall.destruction_witnessed": _witnessed,
    "recall.ended": _ended,
}
