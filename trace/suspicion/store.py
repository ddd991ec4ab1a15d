"""SQL of suspicion: which lots are in doubt now, what lies above and below them, and what is due to be spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CTE, Connection, Row, Select, Table, func, insert, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.chunking import chunks
from trace.genealogy.tables import Edge, Stock
from trace.journal.tables import Identifier
from trace.suspicion.tables import Risk, Spread
from trace.verdicts.tables import Verdict

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
_edge: Table = SQLModel.metadata.tables[Edge.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]

_verdict: Table = SQLModel.metadata.tables[Verdict.__tablename__]
risk: Table = SQLModel.metadata.tables[Risk.__tablename__]
spread: Table = SQLModel.metadata.tables[Spread.__tablename__]
DERIVED = (risk, spread)
"""Written by the spreading job from the other projections, in its own time."""

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
    down = descendants(lot_ids)
    query = select(down.c.lot_id).order_by(down.c.lot_id.desc()).limit(limit)
    if before is not None:
        query = query.where(down.c.lot_id < before)
    return [row.lot_id for row in conn.execute(query)]


def descendants(lot_ids: Sequence[int]) -> CTE:
    """Everything made from any of the lots, at any depth, as a table with the column ``lot_id``."""
    down = select(_edge.c.output_id.label("lot_id")).where(_edge.c.input_id.in_(lot_ids)).cte("down", recursive=True)
    return down.union(select(_edge.c.output_id).join(down, _edge.c.input_id == down.c.lot_id))


def doubted_now(conn: Connection, lot_id: int) -> bool:
    return conn.execute(select(_batch.c.id).where(_batch.c.id == lot_id, _DOUBTED)).first() is not None


def begin(conn: Connection, lot_ids: Iterable[int]) -> None:
    """A doubt about the lots began: what was made from them is to be marked."""
    for part in chunks(lot_ids):
        there = {row.cause_id for row in conn.execute(select(spread.c.cause_id).where(spread.c.cause_id.in_(part)))}
        new = [{"cause_id": one, "state": "due", "total": 0, "done": 0, "after": 0} for one in part if one not in there]
        if new:
            conn.execute(insert(spread), new)
        again(conn, there)


def again(conn: Connection, lot_ids: Iterable[int]) -> None:
    """Something about the lots changed: where a doubt about them was spread, look at it again."""
    for part in chunks(lot_ids):
        conn.execute(update(spread).where(spread.c.cause_id.in_(part), spread.c.state != "due").values(state="due"))


def follow(conn: Connection, edges: Iterable[tuple[int, int]]) -> None:
    """New edges (input, output): what is made from a lot in doubt, or from what was made from one, is marked at once."""
    made: dict[int, set[int]] = {}
    for source, output in edges:
        made.setdefault(source, set()).add(output)
    pairs: set[tuple[int, int]] = set()
    for part in chunks(made):
        touched = select(risk.c.lot_id, risk.c.cause_id).where(risk.c.lot_id.in_(part))
        itself = select(spread.c.cause_id.label("lot_id"), spread.c.cause_id).where(spread.c.cause_id.in_(part))
        for row in conn.execute(touched.union_all(itself)):
            pairs |= {(output, row.cause_id) for output in made[row.lot_id]}
    if not pairs:
        return
    outputs = {output for output, _ in pairs}
    there: set[tuple[int, int]] = set()
    used: set[int] = set()
    for part in chunks(outputs):
        query = select(risk.c.lot_id, risk.c.cause_id).where(risk.c.lot_id.in_(part))
        there |= {(row.lot_id, row.cause_id) for row in conn.execute(query)}
        used |= set(conn.execute(select(_edge.c.input_id).where(_edge.c.input_id.in_(part))).scalars())
    new = [{"lot_id": lot, "cause_id": cause} for lot, cause in sorted(pairs - there)]
    if new:
        conn.execute(insert(risk), new)
    again(conn, {cause for output, cause in pairs if output in used})


def unfollow(conn: Connection, event_ids: Sequence[int]) -> None:
    """Edges of these events are taken back: the doubts that came over them are looked at again."""
    voided = select(_edge.c.output_id).where(_edge.c.event_id.in_(event_ids))
    again(conn, set(conn.execute(select(risk.c.cause_id).where(risk.c.lot_id.in_(voided))).scalars()))


def waiting(conn: Connection) -> bool:
    """Whether a doubt is still to be spread or taken away."""
    return conn.execute(select(spread.c.cause_id).where(spread.c.state != "settled").limit(1)).first() is not None


def progress(conn: Connection, lot_id: int) -> Row[Any] | None:
    """(state, done, total) of spreading the doubt about a lot; None where there is none to spread."""
    query: Select[Any] = select(spread.c.state, spread.c.done, spread.c.total)
    return conn.execute(query.where(spread.c.cause_id == lot_id)).first()


def risks_of(lot_id: Any) -> Any:
    """How many lots in doubt a lot was made from, as a column of a statement that has ``lot_id``."""
    return select(func.count()).where(risk.c.lot_id == lot_id).scalar_subquery().label("risks")


def at_risk(lot_id: Any) -> Any:
    """Whether a lot was made from one in doubt, as a condition."""
    return select(risk.c.cause_id).where(risk.c.lot_id == lot_id).exists()


def statuses(conn: Connection, lot_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """(id, at, status) of every verdict of many lots, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lot_ids):
        query: Select[Any] = select(_verdict.c.batch_id, _verdict.c.id, _verdict.c.at, _verdict.c.status)
        for row in conn.execute(query.where(_verdict.c.batch_id.in_(part)).order_by(_verdict.c.id)):
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
