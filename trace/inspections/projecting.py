"""Projects the acts of inspections; the same code when something is done and in a rebuild."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.inspections import store
from trace.inspections.models import BEGUN, CLOSED, FINISHED, OPEN, TAKEN, UNCHECKED, UNCORRECTED

Apply = Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def _begun(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.insert_rows(
        conn,
        store.inspection,
        [
            {
                "id": row["subject_id"],
                "tenant_id": row["tenant_id"],
                "party_id": int(body["party_id"]),
                "lot_id": _number(body["lot_id"]),
                "owner_id": _number(body["owner_id"]),
                "state": BEGUN,
                "place": body["place"],
                "latitude": body["latitude"],
                "longitude": body["longitude"],
                "rulebook": body["rulebook"],
                "begun_at": row["at"],
                "situation": "",
                "statement": "",
                "refused": "",
                "officers": "[]",
                "number": "",
            }
        ],
    )
    items = [
        dict(one) | {"inspection_id": row["subject_id"], "position": place, "answer": UNCHECKED, "remark": ""}
        for place, one in enumerate(body["items"])
    ]
    store.insert_rows(conn, store.item, items)


def _answered(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.set_answers(conn, row["subject_id"], body["answers"])


def _photo(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    names = ("item", "sha256", "taken", "taken_from", "place", "latitude", "longitude")
    made = {name: body[name] for name in names} | {
        "id": row["id"],
        "inspection_id": row["subject_id"],
        "tenant_id": row["tenant_id"],
        "order_id": _number(body["order_id"]),
        "attachment_id": int(body["attachment_id"]),
        "received_at": row["at"],
        "actor_id": row["actor_id"],
    }
    store.insert_rows(conn, store.photo, [made])


_SAMPLE = (
    "number", "quantity", "unit", "written", "base_quantity", "seal", "reserve", "reserve_seal", "reserve_place", "storage", "laboratory",
    "stage", "task",
)  # fmt: skip


def _sampled(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    made = {name: body[name] for name in _SAMPLE} | {
        "id": int(body["sample_id"]),
        "inspection_id": row["subject_id"],
        "tenant_id": row["tenant_id"],
        "lot_id": int(body["lot_id"]),
        "taken_at": int(body["taken_at"]),
        "form_number": "",
    }
    store.insert_rows(conn, store.sample, [made])
    first = {"step": TAKEN, "at": body["taken_at"], "seal": "intact"}
    _custody(conn, row, dict(body) | first)


def _custody(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    made = {name: body[name] for name in ("step", "organisation", "condition")} | {
        "id": row["id"],
        "sample_id": int(body["sample_id"]),
        "at": int(body["at"]),
        "person_id": int(body["person_id"]),
        "seal": body["seal"],
    }
    store.insert_rows(conn, store.custody, [made])


def _ordered(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    order_id = int(body["order_id"])
    made = {name: body[name] for name in ("deadline", "recheck_on", "number")} | {
        "id": order_id,
        "inspection_id": row["subject_id"],
        "tenant_id": row["tenant_id"],
        "party_id": int(body["party_id"]),
        "state": OPEN,
        "issued_at": row["at"],
        "contact_id": _number(body["contact_id"]),
    }
    store.insert_rows(conn, store.order, [made])
    store.insert_rows(
        conn, store.order_item, [dict(one) | {"order_id": order_id, "result": ""} for one in body["items"]]
    )
    store.share(conn, row["subject_id"], row["at"])


def _note(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any], kind: str) -> None:
    made = {
        "id": row["id"],
        "inspection_id": row["subject_id"],
        "order_id": _number(body.get("order_id")),
        "tenant_id": row["tenant_id"],
        "kind": kind,
        "text": row["reason"],
        "at": row["at"],
        "late": bool(body.get("late")),
    }
    store.insert_rows(conn, store.note, [made])


def _rectified(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.update_order(conn, int(body["order_id"]), {"reported_at": row["at"]})
    _note(conn, row, body, "rectified")


def _rechecked(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    order_id = int(body["order_id"])
    store.set_results(conn, order_id, body["results"])
    left = UNCORRECTED in body["results"].values()
    values: dict[str, Any] = {"state": OPEN if left else CLOSED, "rechecked_at": row["at"]}
    if left:
        values |= {"deadline": body["deadline"], "recheck_on": body["recheck_on"], "reported_at": None}
    store.update_order(conn, order_id, values)
    _note(conn, row, body, "rechecked")


def _finished(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    values = {name: body[name] for name in ("situation", "statement", "refused", "number")} | {
        "state": FINISHED,
        "finished_at": row["at"],
        "officers": json.dumps(body["officers"]),
        "contact_id": _number(body["contact_id"]),
    }
    store.update_inspection(conn, row["subject_id"], values)
    store.share(conn, row["subject_id"], row["at"])


def _numbered(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    of = int(body["of"])
    if body["document"] == "inspection_record":
        store.update_inspection(conn, of, {"number": body["number"]})
    elif body["document"] == "rectification_order":
        store.update_order(conn, of, {"number": body["number"]})
    else:
        store.update_sample(conn, of, {"form_number": body["number"]})


def _corrected(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    _note(conn, row, body, "corrected")


ACTS: dict[str, Apply] = {
    "inspection.begun": _begun,
    "inspection.answered": _answered,
    "inspection.photo": _photo,
    "inspection.sampled": _sampled,
    "inspection.custody": _custody,
    "inspection.ordered": _ordered,
    "inspection.rectified": _rectified,
    "inspection.rechecked": _rechecked,
    "inspection.finished": _finished,
    "inspection.numbered": _numbered,
    "inspection.corrected": _corrected,
}
