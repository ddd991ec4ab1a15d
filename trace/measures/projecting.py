"""Projects the acts of measures, and the orders of before this room was, into one table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.measures import store
from trace.measures.models import DRAFT, LAPSED, LIFT, LIFTED, SERVED, TAKEN, WITHDRAWN

Apply = Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]


def _number(value: object) -> int | None:
    return None if value in (None, "") else int(str(value))


def _drafted(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.insert_measure(
        conn,
        {
            "id": row["id"],
            "tenant_id": row["tenant_id"],
            "batch_id": row["subject_id"],
            "measure": body["measure"],
            "state": DRAFT,
            "ends": _number(body.get("ends")),
            "reason": row["reason"],
            "ground": body.get("ground", ""),
            "source": body.get("source", ""),
            "quantity": _number(body.get("quantity")),
            "unit": body.get("unit", ""),
            "place": body.get("place", ""),
            "returns": body.get("returns", ""),
            "drafted_at": row["at"],
            "drafted_by": row["actor_id"],
            "officers": "[]",
            "position": "",
            "document_kind": "",
            "document_no": body.get("document_no", ""),
            "service": "",
            "extension_no": "",
            "extension_reason": "",
        },
    )


def _taken(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = {
        "state": TAKEN,
        "taken_at": row["at"],
        "effective_at": row["at"],
        "officers": json.dumps(body["officers"]),
        "until": body.get("until"),
    }
    if "quantity" in body:
        values |= {"quantity": int(body["quantity"]), "unit": body["unit"], "place": body["place"]}
    store.update_measure(conn, int(body["measure_id"]), values)


def _approval(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "approver_id": _number(body["approver_id"]),
        "position": body["position"],
        "approved_at": _number(body["approved_at"]),
    }


def _approved(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = _approval(body) | {"approval_noted_at": row["at"], "confirmed_by": row["actor_id"]}
    values |= {"document_kind": body["document_kind"], "document_no": body["document_no"]}
    store.update_measure(conn, int(body["measure_id"]), values)


def _served(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    measure_id = int(body["measure_id"])
    values = _approval(body) | {
        "state": SERVED,
        "document_kind": body["document_kind"],
        "document_no": body["document_no"],
        "officers": json.dumps(body["officers"]),
        "served_at": _number(body["served_at"]),
        "service": body["service"],
        "confirmed_by": row["actor_id"],
        "quantity": _number(body.get("quantity")),
        "unit": body.get("unit", ""),
        "place": body.get("place", ""),
        "returns": body.get("returns", ""),
        "until": body.get("until"),
    }
    if not body["taken"]:
        values |= {"effective_at": row["at"]}
    if body["noted"]:
        values |= {"approval_noted_at": row["at"]}
    store.update_measure(conn, measure_id, values)
    if body["measure"] == LIFT:
        ended = {"state": LIFTED, "ended_at": row["at"], "ended_by": measure_id}
        store.update_measure(conn, int(body["ends"]), ended)


def _lapsed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_measure(conn, int(body["measure_id"]), {"state": LAPSED, "ended_at": int(body["due"])})


def _extended(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = {
        "until": body["until"],
        "extended_days": int(body["days"]),
        "extension_no": body["document_no"],
        "extension_reason": row["reason"],
    }
    store.update_measure(conn, int(body["measure_id"]), values)


def _withdrawn(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_measure(conn, int(body["measure_id"]), {"state": WITHDRAWN, "ended_at": row["at"]})


# what was proposed and confirmed before this room was ------------------------------------------------


def _proposed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    what = body.get("measure", "stop")
    _drafted(conn, row, {"measure": what, "document_no": body["document_no"], "returns": body.get("returns", "")})


def _confirmed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    proposal = _number(body.get("proposal_id"))
    if proposal is not None:
        values = {"state": SERVED, "effective_at": row["at"], "confirmed_by": row["actor_id"]}
        store.update_measure(conn, proposal, values)


def _order_lifted(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    _confirmed(conn, row, body)
    ended = {"state": LIFTED, "ended_at": row["at"], "ended_by": _number(body.get("proposal_id"))}
    store.end_legacy_orders(conn, row["subject_id"], ended)


ACTS: dict[str, Apply] = {
    "measure.drafted": _drafted,
    "measure.taken": _taken,
    "measure.approved": _approved,
    "measure.served": _served,
    "measure.lapsed": _lapsed,
    "measure.extended": _extended,
    "measure.withdrawn": _withdrawn,
    "order.proposed": _proposed,
    "order.confirmed": _confirmed,
    "order.lifted": _order_lifted,
    "recall.announced": _confirmed,
}
