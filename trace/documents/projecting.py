"""Projects the acts of document templates; the same code when something is done and in a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.documents import store


def _set(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.set_template(
        conn,
        {
            "tenant_id": row["tenant_id"],
            "kind": body["kind"],
            "attachment_id": int(body["attachment_id"]),
            "name": body["name"],
            "sha256": body["sha256"],
            "at": row["at"],
            "act_id": row["id"],
        },
    )


def _dropped(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.drop_template(conn, row["tenant_id"], body["kind"])


ACTS: dict[str, Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]] = {
    "document.template_set": _set,
    "document.template_dropped": _dropped,
}
