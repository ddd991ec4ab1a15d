"""Projects the acts about samples and cases; the same code when something is done and in a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.bulletins import store

Apply = Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]
_STATE = ("status", "result", "pending", "ground", "doubted", "final")


def _matched(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    batch_id = body.get("batch_id")
    values = {"matched": "confirmed" if batch_id else "none", "batch_id": int(batch_id) if batch_id else None}
    store.put_state(conn, row["subject_id"], values | {"act_id": row["id"]})


def _changed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    state = body["state"]
    store.put_state(conn, row["subject_id"], {key: state[key] for key in _STATE} | {"act_id": row["id"]})


def opened(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """``sampling.failed``: the case, whose id is the act's."""
    store.insert_case(
        conn,
        {
            "id": row["id"],
            "tenant_id": row["tenant_id"],
            "sample_id": int(body["sample_id"]),
            "batch_id": row["subject_id"],
            "state": "open",
            "cleared": False,
            "opened_at": row["at"],
            "opened_by": row["actor_id"],
            "reason": row["reason"],
            "closed_at": None,
        },
    )


def cleared(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """``sampling.cleared``: the result behind the case fell."""
    store.update_case(conn, int(body["case_id"]), {"cleared": True})


def _stepped(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    case_id = int(body["case_id"])
    store.insert_step(
        conn,
        {
            "id": row["id"],
            "case_id": case_id,
            "tenant_id": row["tenant_id"],
            "actor_id": row["actor_id"],
            "step": body["step"],
            "state": body["state"],
            "level": body.get("level", ""),
            "at": row["at"],
            "reason": row["reason"],
        },
    )
    if body["step"] == "closed":
        store.update_case(conn, case_id, {"state": "closed", "closed_at": row["at"]})


ACTS: dict[str, Apply] = {
    "sample.matched": _matched,
    "sample.status": _changed,
    "case.step": _stepped,
}
