"""SQL of suspicion: which lots are in doubt now, and what lies above and below them. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, or_, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.genealogy.tables import Edge, Stock
from trace.journal.tables import Identifier
from trace.verdicts.store import chunks, verdict

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
_edge: Table = SQLModel.metadata.tables[Edge.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]

_DOUBTED = or_(_batch.c.verdict == "fail", _batch.c.halt != "", _batch.c.state == "held")


def doubted_above(conn: Connection, lot_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(lot, lot in doubt now that it is or was made from), for a handful of lots, in one statement."""
    if not lot_ids:
        return []
    begin = select(_identifier.c.id.label("root"), _identifier.c.id.label("lot_id"))
    up = begin.where(_identifier.c.id.in_(lot_ids)).cte("up", recursive=True)
    up = up.union(select(up.c.root, _edge.c.input_id).join(_edge, _edge.c.output_id == up.c.lot_id))
    found = conn.execute(
        select(up.c.root, _batch.c.id).join(_batch, _batch.c.id == up.c.lot_id).where(_DOUBTED).order_by(up.c.root)
    )
    return [(row.root, row.id) for row in found]


def doubted(conn: Connection, limit: int) -> list[int]:
    """Lots in doubt now, newest first."""
    query = select(_batch.c.id).where(_DOUBTED, _batch.c.state != "voided").order_by(_batch.c.id.desc()).limit(limit)
    return [row.id for row in conn.execute(query)]


def made_below(conn: Connection, lot_ids: Sequence[int], limit: int, before: int | None = None) -> list[int]:
    """Everything made from any of the lots, at any depth, newest first; with ``before`` only older lots than it."""
    if not lot_ids:
        return []
    down = select(_edge.c.output_id.label("lot_id")).where(_edge.c.input_id.in_(lot_ids)).cte("down", recursive=True)
    down = down.union(select(_edge.c.output_id).join(down, _edge.c.input_id == down.c.lot_id))
    query = select(down.c.lot_id).order_by(down.c.lot_id.desc()).limit(limit)
    if before is not None:
        query = query.where(down.c.lot_id < before)
    return [row.lot_id for row in conn.execute(query)]


def statuses(conn: Connection, lot_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """(id, at, status) of every verdict of many lots, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lot_ids):
        query: Select[Any] = select(verdict.c.batch_id, verdict.c.id, verdict.c.at, verdict.c.status)
        for row in conn.execute(query.where(verdict.c.batch_id.in_(part)).order_by(verdict.c.id)):
            found.setdefault(row.batch_id, []).append(row)
    return found


def held_among(conn: Connection, lot_ids: Iterable[int], holder_id: int) -> set[int]:
    """Which lots a holder has on hand."""
    found: set[int] = set()
    for part in chunks(lot_ids):
        query = select(_stock.c.lot_id).where(
            _stock.c.lot_id.in_(part), _stock.c.holder_id == holder_id, _stock.c.quantity > 0
        )
        found |= {row.lot_id for row in conn.execute(query)}
    return found
