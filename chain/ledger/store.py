"""SQL of the ledger: append entries, read them in the order of commit, page through their history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, Table, func, insert, or_, select
from sqlmodel import SQLModel

from chain.ledger.kinds import IMPORT, WITHDRAW
from chain.ledger.models import Entry
from chain.ledger.tables import LedgerEntry

entry: Table = SQLModel.metadata.tables[LedgerEntry.__tablename__]
_decode = msgspec.json.Decoder().decode
_COLUMNS = (
    entry.c.seq, entry.c.id, entry.c.no, entry.c.kind, entry.c.body, entry.c.data_date, entry.c.source, entry.c.origin,
    entry.c.recorded_at, entry.c.recorded_by, entry.c.organisation, entry.c.withdraws,
)  # fmt: skip


def last_seq(conn: Connection) -> int:
    """The place of the newest entry; 0 in an empty ledger."""
    return int(conn.execute(select(func.coalesce(func.max(entry.c.seq), 0))).scalar_one())


def append(conn: Connection, rows: list[Mapping[str, Any]]) -> None:
    """Write entries in their order; ``seq`` is given here. A rival transaction makes one of the two run again."""
    if rows:
        first = last_seq(conn) + 1
        conn.execute(insert(entry), [dict(row) | {"seq": first + at} for at, row in enumerate(rows)])


def read_entry(row: Any) -> Entry:
    """A stored row as an entry."""
    seq, made, no, kind, body, day, source, origin, at, by, organisation, withdraws = row[:12]
    return Entry(
        seq, made, no, kind, _decode(body), date.fromisoformat(day), source, origin, at, by, organisation, withdraws
    )


def after(conn: Connection, seq: int) -> Iterator[Entry]:
    """Entries committed after ``seq``, in order."""
    query = select(*_COLUMNS).where(entry.c.seq > seq).order_by(entry.c.seq)
    return (read_entry(row) for row in conn.execute(query))


def _with_end() -> Select[Any]:
    gone = entry.alias("gone")
    ended = select(func.min(gone.c.id)).where(gone.c.withdraws == entry.c.id).scalar_subquery()
    return select(*_COLUMNS, ended.label("withdrawn_by"), entry.c.digest)


def get_entry(conn: Connection, entry_id: int) -> Row[Any] | None:
    """One entry with the id of what withdrew it."""
    return conn.execute(_with_end().where(entry.c.id == entry_id)).first()


def history(
    conn: Connection,
    *,
    no: int | None = None,
    kinds: tuple[str, ...] = (),
    before_seq: int | None = None,
    recorded_before: int | None = None,
    origins: tuple[str, ...] = (),
    limit: int = 50,
) -> list[Row[Any]]:
    """Entries, the newest first, each with the id of what withdrew it; withdrawals and imports are left out."""
    query = _with_end().where(entry.c.kind.not_in((WITHDRAW, IMPORT)))
    if no is not None:
        query = query.where(entry.c.no == no)
    if kinds:
        query = query.where(or_(*(entry.c.kind == kind for kind in kinds)))
    if before_seq is not None:
        query = query.where(entry.c.seq < before_seq)
    if recorded_before is not None:
        query = query.where(entry.c.recorded_at < recorded_before)
    if origins:
        query = query.where(entry.c.origin.in_(origins))
    return list(conn.execute(query.order_by(entry.c.seq.desc()).limit(limit)))


def imports(conn: Connection, before_seq: int | None, limit: int) -> list[Row[Any]]:
    """Imports of files, the newest first, each with the id of what undid it."""
    query = _with_end().where(entry.c.kind == IMPORT)
    if before_seq is not None:
        query = query.where(entry.c.seq < before_seq)
    return list(conn.execute(query.order_by(entry.c.seq.desc()).limit(limit)))


def of_import(conn: Connection, seq: int, taken: int) -> list[Row[Any]]:
    """Entries of the import at ``seq``: (id, no, kind) of those that nobody has withdrawn."""
    gone = entry.alias("gone")
    query = (
        select(entry.c.id, entry.c.no, entry.c.kind)
        .where(entry.c.seq > seq, entry.c.seq <= seq + taken)
        .where(~select(gone.c.id).where(gone.c.withdraws == entry.c.id).exists())
    )
    return list(conn.execute(query.order_by(entry.c.seq)))


def steps_of(conn: Connection, no: int, half: str) -> frozenset[str]:
    """Steps of a row's half-year report that are recorded and not withdrawn."""
    gone = entry.alias("gone")
    query = select(entry.c.body).where(
        entry.c.no == no,
        entry.c.kind == "report",
        ~select(gone.c.id).where(gone.c.withdraws == entry.c.id).exists(),
    )
    bodies = [_decode(row.body) for row in conn.execute(query)]
    return frozenset(body["step"] for body in bodies if body["half"] == half)
