"""SQL of the genealogy: edges, stock, hand-overs, and the recursive walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlmodel import SQLModel

from trace.errors import InvalidInput
from trace.genealogy.tables import Containment, Edge, Handover, Stock
from trace.journal.tables import Event
from trace.suspicion import store as suspicion

edge: Table = SQLModel.metadata.tables[Edge.__tablename__]
stock: Table = SQLModel.metadata.tables[Stock.__tablename__]
handover: Table = SQLModel.metadata.tables[Handover.__tablename__]
containment: Table = SQLModel.metadata.tables[Containment.__tablename__]
_event: Table = SQLModel.metadata.tables[Event.__tablename__]

MOST_STOCK = 9 * 10**18
"""Millionths that a row of stock holds, either way."""
PROJECTIONS = (edge, stock, handover, containment)


def insert_edges(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(edge), list(rows))
        suspicion.follow(conn, ((row["input_id"], row["output_id"]) for row in rows))


def void_edges(conn: Connection, event_row_ids: Sequence[int]) -> None:
    suspicion.unfollow(conn, event_row_ids)
    conn.execute(delete(edge).where(edge.c.event_id.in_(event_row_ids)))


def add_stocks(conn: Connection, moves: Mapping[tuple[int, int, str], Sequence[int | None]]) -> None:
    """Add many amounts in a few statements: (lot, holder, unit) → (delta in millionths, material or None)."""
    lots = sorted({lot_id for lot_id, _, _ in moves})
    there: dict[tuple[int, int, str], int] = {}
    for start in range(0, len(lots), 500):
        rows = conn.execute(
            select(stock.c.lot_id, stock.c.holder_id, stock.c.unit, stock.c.quantity).where(
                stock.c.lot_id.in_(lots[start : start + 500])
            )
        )
        there |= {(row.lot_id, row.holder_id, row.unit): row.quantity for row in rows}
    for key, (delta, _) in moves.items():
        if abs(there.get(key, 0) + (delta or 0)) > MOST_STOCK:
            raise InvalidInput.of(
                "/quantity", "stock_too_large", "登记后这一批的库存数量超出可记录的范围，请核对数量和单位",
                "the stock of this lot would be beyond what can be recorded",
            )  # fmt: skip
    changed = [(key, delta, material) for key, (delta, material) in moves.items() if key in there]
    if changed:
        here = and_(
            stock.c.lot_id == bindparam("b_lot"),
            stock.c.holder_id == bindparam("b_holder"),
            stock.c.unit == bindparam("b_unit"),
        )
        values = {
            "quantity": stock.c.quantity + bindparam("b_delta"),
            "material_id": func.coalesce(bindparam("b_material", type_=BigInteger), stock.c.material_id),
        }
        conn.execute(
            update(stock).where(here).values(values),
            [
                {"b_lot": lot, "b_holder": holder, "b_unit": unit, "b_delta": delta, "b_material": material}
                for (lot, holder, unit), delta, material in changed
            ],
        )
    new = [
        {"lot_id": lot, "holder_id": holder, "unit": unit, "quantity": delta, "material_id": material}
        for (lot, holder, unit), (delta, material) in moves.items()
        if (lot, holder, unit) not in there
    ]
    if new:
        conn.execute(insert(stock), new)


def set_containment(conn: Connection, parent_ids: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """What parents held and hold, instead of what was projected before."""
    for start in range(0, len(parent_ids), 500):
        conn.execute(delete(containment).where(containment.c.parent_id.in_(parent_ids[start : start + 500])))
    if rows:
        conn.execute(insert(containment), list(rows))


def stock_of(conn: Connection, lot_ids: Sequence[int], holder_id: int) -> dict[int, list[tuple[int, str]]]:
    """What a holder has of each lot: lot id → [(millionths, unit)]."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = conn.execute(
        select(stock.c.lot_id, stock.c.quantity, stock.c.unit).where(
            stock.c.lot_id.in_(lot_ids), stock.c.holder_id == holder_id
        )
    )
    for row in rows:
        found.setdefault(row.lot_id, []).append((row.quantity, row.unit))
    return found


def holders_of(conn: Connection, lot_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(stock).where(stock.c.lot_id == lot_id).order_by(stock.c.holder_id)))


def inputs_of(conn: Connection, lot_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(edge).where(edge.c.output_id == lot_id).order_by(edge.c.event_id, edge.c.input_id)))


def outputs_of(conn: Connection, lot_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(edge).where(edge.c.input_id == lot_id).order_by(edge.c.event_id, edge.c.output_id)))


def inputs_of_many(conn: Connection, lot_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """Edges into many lots: lot id → edges, in the order of ``inputs_of``."""
    found: dict[int, list[Row[Any]]] = {}
    ids = list(dict.fromkeys(lot_ids))
    for start in range(0, len(ids), 500):
        rows = conn.execute(
            select(edge)
            .where(edge.c.output_id.in_(ids[start : start + 500]))
            .order_by(edge.c.output_id, edge.c.event_id, edge.c.input_id)
        ).all()
        for row in rows:
            found.setdefault(row.output_id, []).append(row)
    return found


def made_from(conn: Connection, lot_ids: Iterable[int]) -> list[int]:
    """Lots that any of ``lot_ids`` went into directly, each once."""
    found: dict[int, None] = {}
    ids = list(dict.fromkeys(lot_ids))
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows = conn.execute(select(edge.c.output_id).where(edge.c.input_id.in_(part)).distinct())
        found |= dict.fromkeys(row.output_id for row in rows)
    return sorted(found)


def made_from_counts(conn: Connection, lot_ids: Sequence[int]) -> dict[int, int]:
    """How many lots each of ``lot_ids`` went into directly."""
    found: dict[int, int] = {}
    for start in range(0, len(lot_ids), 500):
        part = lot_ids[start : start + 500]
        counted = func.count(edge.c.output_id.distinct()).label("n")
        rows = conn.execute(select(edge.c.input_id, counted).where(edge.c.input_id.in_(part)).group_by(edge.c.input_id))
        found |= {row.input_id: row.n for row in rows}
    return found


def holder_counts(conn: Connection, lot_ids: Sequence[int]) -> dict[int, int]:
    """How many organisations have each lot on hand."""
    found: dict[int, int] = {}
    for start in range(0, len(lot_ids), 500):
        part = lot_ids[start : start + 500]
        counted = func.count(stock.c.holder_id.distinct()).label("n")
        held = select(stock.c.lot_id, counted).where(stock.c.lot_id.in_(part), stock.c.quantity > 0)
        found |= {row.lot_id: row.n for row in conn.execute(held.group_by(stock.c.lot_id))}
    return found


def open_handover(conn: Connection, lot_id: int, from_id: int | None, to_id: int | None, side: str) -> Row[Any] | None:
    """The oldest hand-over between two parties that only the other side has reported."""
    missing = handover.c.received_event if side == "received" else handover.c.shipped_event
    return conn.execute(
        select(handover)
        .where(handover.c.lot_id == lot_id, handover.c.from_id == from_id, handover.c.to_id == to_id, missing.is_(None))
        .order_by(handover.c.id)
        .limit(1)
    ).first()


def insert_handover(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(handover), row)


def confirm_handover(conn: Connection, handover_id: int, lot_id: int, side: str, event_row_id: int) -> None:
    column = "received_event" if side == "received" else "shipped_event"
    conn.execute(
        update(handover).where(handover.c.id == handover_id, handover.c.lot_id == lot_id).values({column: event_row_id})
    )


def void_handovers(conn: Connection, event_row_ids: Sequence[int]) -> None:
    """Take back what a wrong event reported; the other side's report stays."""
    for mine, other in (("shipped_event", "received_event"), ("received_event", "shipped_event")):
        named = handover.c[mine].in_(event_row_ids)
        conn.execute(delete(handover).where(named, handover.c[other].is_(None)))
        conn.execute(update(handover).where(named).values({mine: None}))


def handovers_of(conn: Connection, lot_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(handover).where(handover.c.lot_id == lot_id).order_by(handover.c.at)))


def first_received(conn: Connection, lot_ids: Sequence[int], holder_id: int) -> dict[int, int]:
    """When a holder first took over each lot, as it reported itself: lot id → µs UTC.

    The time is the receipt's own: a hand-over that the supplier reported first carries the shipment's.
    """
    rows = conn.execute(
        select(handover.c.lot_id, func.min(_event.c.event_time).label("at"))
        .join(_event, _event.c.id == handover.c.received_event)
        .where(handover.c.lot_id.in_(lot_ids), handover.c.to_id == holder_id)
        .group_by(handover.c.lot_id)
    )
    return {row.lot_id: row.at for row in rows}


def first_received_by(conn: Connection, lot_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """The same for many lots and whoever received them: (lot id, holder id) → µs UTC."""
    found: dict[tuple[int, int], int] = {}
    ids = list(dict.fromkeys(lot_ids))
    for start in range(0, len(ids), 500):
        rows = conn.execute(
            select(handover.c.lot_id, handover.c.to_id, func.min(_event.c.event_time).label("at"))
            .join(_event, _event.c.id == handover.c.received_event)
            .where(handover.c.lot_id.in_(ids[start : start + 500]), handover.c.to_id.is_not(None))
            .group_by(handover.c.lot_id, handover.c.to_id)
        )
        found |= {(row.lot_id, row.to_id): row.at for row in rows}
    return found


def lots_exchanged(conn: Connection, organisation_id: int, lot_ids: Sequence[int]) -> set[int]:
    """Which of ``lot_ids`` an organisation itself handed over or received: what it sees of others' lots."""
    found: set[int] = set()
    for start in range(0, len(lot_ids), 500):
        rows = conn.execute(
            select(handover.c.lot_id)
            .where(
                handover.c.lot_id.in_(lot_ids[start : start + 500]),
                or_(handover.c.from_id == organisation_id, handover.c.to_id == organisation_id),
            )
            .distinct()
        )
        found |= {row.lot_id for row in rows}
    return found


def walk(conn: Connection, root: int, direction: str, limit: int) -> tuple[list[int], bool]:
    """Lots reachable from ``root`` (root included) and whether the walk was cut at ``limit`` lots.

    ``direction`` is ``up`` (what went in) or ``down`` (what was made). UNION, never UNION ALL: each
    lot once, and rework loops end. No depth limit.
    """
    start, end = (edge.c.output_id, edge.c.input_id) if direction == "up" else (edge.c.input_id, edge.c.output_id)
    reached = select(end.label("lot_id")).where(start == root).cte("reached", recursive=True)
    reached = reached.union(select(end).join(reached, start == reached.c.lot_id))
    lots = [row.lot_id for row in conn.execute(select(reached.c.lot_id).limit(limit + 1))]
    truncated = len(lots) > limit
    return [root, *(lot for lot in lots[:limit] if lot != root)], truncated


def edges_into(conn: Connection, lots: Sequence[int]) -> list[Row[Any]]:
    """Every edge into any of ``lots``, also from lots outside, in a stable order."""
    rows: list[Row[Any]] = []
    ordered = sorted(set(lots))
    for start in range(0, len(ordered), 500):
        rows += conn.execute(select(edge).where(edge.c.output_id.in_(ordered[start : start + 500]))).all()
    return sorted(rows, key=lambda row: (row.output_id, row.input_id, row.event_id))


def edges_among(conn: Connection, lots: Sequence[int]) -> list[Row[Any]]:
    """Edges whose both ends are in ``lots``, in a stable order."""
    inside = set(lots)
    return [row for row in edges_into(conn, lots) if row.input_id in inside]
