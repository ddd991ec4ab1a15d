"""SQL of drafts, and of deeds already done under a form's key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from service.accounts.tables import Draft, IdempotencyRow

_draft: Any = Draft.__table__  # type: ignore[attr-defined]
_done: Any = IdempotencyRow.__table__  # type: ignore[attr-defined]


def get_draft(conn: Connection, account_id: int, kind: str) -> Row[Any] | None:
    return conn.execute(select(_draft).where(_draft.c.account_id == account_id, _draft.c.kind == kind)).first()


def put_draft(conn: Connection, draft_id: int, account_id: int, kind: str, body: str, now: int) -> None:
    """Save over what was there; ``draft_id`` is used only for the first."""
    here = (_draft.c.account_id == account_id, _draft.c.kind == kind)
    if conn.execute(update(_draft).where(*here).values(body=body, saved_at=now)).rowcount == 0:
        conn.execute(insert(_draft).values(id=draft_id, account_id=account_id, kind=kind, body=body, saved_at=now))


def delete_draft(conn: Connection, account_id: int, kind: str) -> None:
    conn.execute(delete(_draft).where(_draft.c.account_id == account_id, _draft.c.kind == kind))


def done(conn: Connection, account_id: int, key: str) -> str | None:
    """What an earlier submission of the same form gave."""
    row = conn.execute(select(_done.c.body).where(_done.c.account_id == account_id, _done.c.key == key)).first()
    return None if row is None else str(row.body)


def set_done(conn: Connection, account_id: int, key: str, result: str, now: int) -> None:
    conn.execute(
        insert(_done).values(account_id=account_id, key=key, request_hash=key, status=303, body=result, created_at=now)
    )
