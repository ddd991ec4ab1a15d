"""SQL of published rulebooks, of what they changed, and of sign-offs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, delete, func, insert, select
from sqlmodel import SQLModel

from trace.rulebooks.tables import ClauseSignoff, PublishedBook, RulebookChange

rulebook: Table = SQLModel.metadata.tables[PublishedBook.__tablename__]
change: Table = SQLModel.metadata.tables[RulebookChange.__tablename__]
signoff: Table = SQLModel.metadata.tables[ClauseSignoff.__tablename__]

_NAMES = [c for c in rulebook.c if c.name != "texts"]


# ---- published books ------------------------------------------------------------------------------


def newest(conn: Connection) -> Row[Any] | None:
    """Id, number, version and digest of the newest published rulebook."""
    query: Select[Any] = select(rulebook.c.id, rulebook.c.number, rulebook.c.version, rulebook.c.digest)
    return conn.execute(query.order_by(rulebook.c.id.desc()).limit(1)).first()


def before(conn: Connection, book_id: int) -> Row[Any] | None:
    """The same of the one published before a rulebook."""
    query: Select[Any] = select(rulebook.c.id, rulebook.c.number, rulebook.c.version, rulebook.c.digest)
    return conn.execute(query.where(rulebook.c.id < book_id).order_by(rulebook.c.id.desc()).limit(1)).first()


def by_version(conn: Connection, version: str) -> Row[Any] | None:
    return conn.execute(select(*_NAMES).where(rulebook.c.version == version)).first()


def get(conn: Connection, book_id: int) -> Row[Any] | None:
    return conn.execute(select(rulebook).where(rulebook.c.id == book_id)).first()


def published(conn: Connection, limit: int = 100) -> list[Row[Any]]:
    """Published rulebooks without their texts, newest first."""
    return list(conn.execute(select(*_NAMES).order_by(rulebook.c.id.desc()).limit(limit)))


def insert_book(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(rulebook), row)


# ---- what a book changed --------------------------------------------------------------------------


def insert_changes(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(change), list(rows))


def changes_of(
    conn: Connection, book_id: int, tenant_id: int | None, limit: int = 2000, after: int = 0
) -> list[Row[Any]]:
    """Batches a rulebook changed, by id above ``after``; of one organisation, or of all with None."""
    query = (
        select(change)
        .where(change.c.rulebook_id == book_id, change.c.batch_id > after)
        .order_by(change.c.batch_id)
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(change.c.tenant_id == tenant_id)
    return list(conn.execute(query))


def change_counts(conn: Connection, tenant_id: int | None) -> dict[int, list[Row[Any]]]:
    """How many batches went from which status to which: rulebook id → rows (before, after, count)."""
    query = select(change.c.rulebook_id, change.c.before, change.c.after, func.count().label("batches"))
    if tenant_id is not None:
        query = query.where(change.c.tenant_id == tenant_id)
    found: dict[int, list[Row[Any]]] = {}
    grouped = query.group_by(change.c.rulebook_id, change.c.before, change.c.after)
    for row in conn.execute(grouped.order_by(change.c.rulebook_id, change.c.before, change.c.after)):
        found.setdefault(row.rulebook_id, []).append(row)
    return found


# ---- sign-offs (projection) -----------------------------------------------------------------------


def signoffs(conn: Connection) -> list[Row[Any]]:
    return list(conn.execute(select(signoff).order_by(signoff.c.clause_id)))


def get_signoff(conn: Connection, clause_id: str) -> Row[Any] | None:
    return conn.execute(select(signoff).where(signoff.c.clause_id == clause_id)).first()


def set_signoff(conn: Connection, row: Mapping[str, Any]) -> None:
    drop_signoff(conn, row["clause_id"])
    conn.execute(insert(signoff), row)


def drop_signoff(conn: Connection, clause_id: str) -> None:
    conn.execute(delete(signoff).where(signoff.c.clause_id == clause_id))
