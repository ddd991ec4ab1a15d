"""SQL of whole traces: everything reached from one lot, joined and grouped in the database, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Connection,
    Row,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.chunking import chunks
from trace.genealogy.store import containment, edge, handover, stock
from trace.items.tables import TradeItem
from trace.journal.tables import Event, EventField, EventIdentifier, Identifier
from trace.parties.tables import Organisation

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_event: Table = SQLModel.metadata.tables[Event.__tablename__]
_named: Table = SQLModel.metadata.tables[EventIdentifier.__tablename__]
_field: Table = SQLModel.metadata.tables[EventField.__tablename__]

NodeRow = tuple[Any, ...]
"""lot, tenant, item, lot number, state, halt, verdict, produced on, best before, uri, holder, quantity, unit; about an
organisation also exchanged, used, supplied. What comes from the batch is None for a lot that was only named, what comes from
the stock for one nobody has."""
EdgeRow = tuple[int, int, int, int | None, str, int]
PART = 1000
"""Rows fetched at a time while streaming."""


def reached(root: int, direction: str, *, twice: bool = False) -> CTE:
    """Every lot connected to ``root`` up, down or both, once, itself included.

    ``UNION``, never ``UNION ALL``: each lot once, and rework loops end. No depth limit. ``twice``: held as a table while
    the statement runs, for one that uses it twice.
    """
    if direction == "both":
        up, down = _way(root, "up"), _way(root, "down")
        lots = select(up.c.lot_id).union(select(down.c.lot_id)).cte("reached")
    else:
        lots = _way(root, direction)
    return lots.prefix_with("MATERIALIZED") if twice else lots


def _way(root: int, direction: str) -> CTE:
    start, end = (edge.c.output_id, edge.c.input_id) if direction == "up" else (edge.c.input_id, edge.c.output_id)
    here = select(literal(root, BigInteger).label("lot_id")).cte(direction, recursive=True)
    return here.union(select(end).join(here, start == here.c.lot_id))


def _exchanged(lots: CTE, org_id: int) -> Any:
    """Whether an organisation itself handed the lot over or received it. One set, made once in a statement."""
    given = select(handover.c.lot_id).where(handover.c.from_id == org_id)
    taken = select(handover.c.lot_id).where(handover.c.to_id == org_id)
    return lots.c.lot_id.in_(given.union(taken))


def _used(lots: CTE, org_id: int) -> Any:
    """Whether an organisation put the lot into something it made."""
    return lots.c.lot_id.in_(select(edge.c.input_id).where(edge.c.tenant_id == org_id))


def _supplied(org_id: int) -> Any:
    """Whether an organisation itself handed the lot to whoever has it on hand, or has it itself."""
    given = select(handover.c.lot_id, handover.c.to_id).where(
        handover.c.from_id == org_id, handover.c.to_id.is_not(None)
    )
    return or_(stock.c.holder_id == org_id, tuple_(stock.c.lot_id, stock.c.holder_id).in_(given))


def node_rows(conn: Connection, root: int, direction: str, org_id: int | None) -> Iterator[Sequence[NodeRow]]:
    """All lots of a trace with state and stock, ``PART`` rows at a time; a lot with several stocks comes several times
    in a row. With ``org_id`` also whether that organisation exchanged the lot, or used it.
    """
    lots = reached(root, direction)
    query: Select[Any] = (
        select(
            lots.c.lot_id,
            _batch.c.tenant_id,
            _batch.c.item_id,
            _batch.c.lot,
            _batch.c.state,
            _batch.c.halt,
            _batch.c.verdict,
            _batch.c.produced_on,
            _batch.c.best_before,
            _identifier.c.uri,
            stock.c.holder_id,
            stock.c.quantity,
            stock.c.unit,
        )
        .select_from(lots)
        .outerjoin(_batch, _batch.c.id == lots.c.lot_id)
        .outerjoin(_identifier, _identifier.c.id == lots.c.lot_id)
        .outerjoin(stock, and_(stock.c.lot_id == lots.c.lot_id, stock.c.quantity > 0))
    )
    if org_id is not None:
        query = query.add_columns(_exchanged(lots, org_id), _used(lots, org_id), _supplied(org_id))
    if conn.dialect.name != "sqlite":  # SQLite joins lot by lot in the order of the walk; a hash join does not
        query = query.order_by(lots.c.lot_id)
    yield from _parts(conn, query)


def edge_rows(conn: Connection, root: int, direction: str) -> Iterator[Sequence[EdgeRow]]:
    """All transformations between lots of a trace, ``PART`` at a time: input, output, event, quantity, unit, tenant."""
    lots = reached(root, direction, twice=True)
    ends = lots.alias("ends")
    query = (
        select(edge.c.input_id, edge.c.output_id, edge.c.event_id, edge.c.quantity, edge.c.unit, edge.c.tenant_id)
        .select_from(lots)
        .join(edge, edge.c.output_id == lots.c.lot_id)
        .join(ends, ends.c.lot_id == edge.c.input_id)
    )
    yield from _parts(conn, query)


def _parts(conn: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The answer piece by piece, never whole in memory.

    SQLite's cursor steps as it is read, and gives plain tuples: integers and texts need no conversion, and making a row
    object of each costs as much as a node may.
    """
    if conn.dialect.name == "sqlite":
        with conn.execute(query) as found:
            while rows := found.cursor.fetchmany(PART):
                yield rows
    else:
        with conn.execution_options(stream_results=True, max_row_buffer=PART).execute(query) as found:
            yield from found.partitions(PART)


def grouped(conn: Connection, root: int, direction: str, by: str, org_id: int | None) -> list[Row[Any]]:
    """Lots counted by holder, place, item or state: (key, halt, unit, own, exchanged, supplied, lots,
    quantity, total).

    ``own``, ``exchanged`` and ``supplied`` (by holder) are about ``org_id``, and always false without it. In groups by holder and place the
    quantities are those on hand, and a lot held by two is counted at both; by item they are those made; by state
    there are none. ``total`` counts every lot once.
    """
    lots = reached(root, direction, twice=True)
    source, columns, quantity = _dimension(lots, by)
    own: Any = false()
    exchanged: Any = false()
    supplied: Any = false()
    grouping = [column for column in columns.values() if column is not None]
    if org_id is not None:
        if by in ("holder", "place"):
            source = source.outerjoin(_batch, _batch.c.id == lots.c.lot_id)
        own = func.coalesce(_batch.c.tenant_id == org_id, false())
        exchanged = _exchanged(lots, org_id)
        supplied = func.coalesce(_supplied(org_id), false()) if by == "holder" else false()
    shown = [(literal("") if column is None else column).label(name) for name, column in columns.items()]
    query = select(
        *shown,
        own := own.label("own"),
        exchanged := exchanged.label("exchanged"),
        supplied := supplied.label("supplied"),
        func.count().label("lots"),
        (literal(0) if quantity is None else func.sum(quantity)).label("quantity"),
        select(func.count()).select_from(lots).scalar_subquery().label("total"),
    )
    if org_id is not None:
        grouping += [own, exchanged, *([supplied] if by == "holder" else [])]
    return list(conn.execute(query.select_from(source).group_by(*grouping)))


def lots_at(conn: Connection, root: int, direction: str, by: str) -> dict[Any, int]:
    """How many different lots are at each holder or place, where one may be there in several units."""
    lots = reached(root, direction)
    source, columns, _ = _dimension(lots, by)
    query = select(columns["key"].label("key"), func.count(lots.c.lot_id.distinct()).label("lots"))
    return {row.key: row.lots for row in conn.execute(query.select_from(source).group_by(columns["key"]))}


def _dimension(lots: CTE, by: str) -> tuple[Any, dict[str, Any], Any]:
    """The join behind one way of grouping, its columns (None: it has none), and the quantity to add up."""
    if by in ("holder", "place"):
        source = lots.outerjoin(stock, and_(stock.c.lot_id == lots.c.lot_id, stock.c.quantity > 0))
        if by == "holder":
            return source, {"key": stock.c.holder_id, "halt": None, "unit": stock.c.unit}, stock.c.quantity
        source = source.outerjoin(_org, _org.c.id == stock.c.holder_id)
        return source, {"key": _org.c.district, "halt": None, "unit": stock.c.unit}, stock.c.quantity
    source = lots.outerjoin(_batch, _batch.c.id == lots.c.lot_id)
    if by == "item":
        return source, {"key": _batch.c.item_id, "halt": None, "unit": _batch.c.unit}, _batch.c.quantity
    return source, {"key": _batch.c.state, "halt": _batch.c.halt, "unit": None}, None


def item_names(conn: Connection, item_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Name, stage, maker and the maker's place of many trade items."""
    found: dict[int, Row[Any]] = {}
    for part in chunks(item_ids):
        query = select(_item.c.id, _item.c.name, _item.c.link_code, _org.c.name.label("maker"), _org.c.district)
        rows = conn.execute(query.join(_org, _org.c.id == _item.c.organisation_id).where(_item.c.id.in_(part)))
        found |= {row.id: row for row in rows}
    return found


def party_names(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(name, place) of many organisations."""
    found: dict[int, tuple[str, str]] = {}
    for part in chunks(ids):
        rows = conn.execute(select(_org.c.id, _org.c.name, _org.c.district).where(_org.c.id.in_(part)))
        found |= {row.id: (row.name, row.district) for row in rows}
    return found


def used_by(conn: Connection, org_id: int, lot_ids: Sequence[int]) -> set[int]:
    """Which of ``lot_ids`` an organisation put into something it made."""
    found: set[int] = set()
    for part in chunks(lot_ids):
        query = select(edge.c.input_id).where(edge.c.input_id.in_(part), edge.c.tenant_id == org_id).distinct()
        found |= {row.input_id for row in conn.execute(query)}
    return found


def used_anywhere(conn: Connection, lot_ids: Sequence[int]) -> set[int]:
    """Which of ``lot_ids`` went into something."""
    used: set[int] = set()
    for part in chunks(lot_ids):
        used |= set(conn.execute(select(edge.c.input_id).where(edge.c.input_id.in_(part)).distinct()).scalars())
    return used


def stocks(conn: Connection, lot_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What anybody has on hand of many lots."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lot_ids):
        query: Select[Any] = select(stock.c.lot_id, stock.c.holder_id, stock.c.quantity, stock.c.unit)
        rows = conn.execute(query.where(stock.c.lot_id.in_(part), stock.c.quantity > 0).order_by(stock.c.holder_id))
        for row in rows.all():
            found.setdefault(row.lot_id, []).append(row)
    return found


def passings(conn: Connection, lot_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The hand-overs of many lots, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lot_ids):
        rows = conn.execute(select(handover).where(handover.c.lot_id.in_(part)).order_by(handover.c.at, handover.c.id))
        for row in rows.all():
            found.setdefault(row.lot_id, []).append(row)
    return found


def packings(conn: Connection, lot_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Which containers many lots are or were in directly, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lot_ids):
        query: Select[Any] = select(containment, _identifier.c.uri)
        query = query.join(_identifier, _identifier.c.id == containment.c.parent_id)
        for row in conn.execute(query.where(containment.c.child_id.in_(part)).order_by(containment.c.from_time)):
            found.setdefault(row.child_id, []).append(row)
    return found


FOREVER = 2**62
"""Later than any time: where a lot still is in its container."""


def carried(conn: Connection, lot_ids: Sequence[int]) -> list[Row[Any]]:
    """What carried many lots, at any depth (case, pallet, container), and when: (lot, thing, since, until, in µs UTC)."""
    found: list[Row[Any]] = []
    until = func.coalesce(containment.c.to_time, FOREVER)
    for part in chunks(lot_ids):
        start = select(
            containment.c.child_id.label("lot_id"),
            containment.c.parent_id.label("thing_id"),
            containment.c.from_time.label("since"),
            until.label("until"),
        )
        held = start.where(containment.c.child_id.in_(part)).cte("held", recursive=True)
        later = case((containment.c.from_time > held.c.since, containment.c.from_time), else_=held.c.since)
        sooner = case((until < held.c.until, until), else_=held.c.until)
        step = (
            select(held.c.lot_id, containment.c.parent_id, later, sooner)
            .join(held, held.c.thing_id == containment.c.child_id)
            .where(containment.c.from_time < held.c.until, until > held.c.since)
        )
        held = held.union(step)
        found += conn.execute(select(held).order_by(held.c.lot_id, held.c.since, held.c.thing_id))
    return found


def carrier_events(conn: Connection, thing_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What was reported of containers, by thing, oldest first: (thing, uri, tenant, step, at, place). Withdrawn ones not."""
    found: dict[int, list[Row[Any]]] = {}
    wrong = _event.alias("wrong")
    taken_back = exists().where(
        wrong.c.tenant_id == _event.c.tenant_id,
        wrong.c.event_id == _event.c.event_id,
        wrong.c.declaration_time != "",
    )
    place = func.coalesce(_place("bizLocation"), _place("readPoint"), "")
    for part in chunks(thing_ids):
        query: Select[Any] = (
            select(
                _named.c.identifier_id.label("thing_id"),
                _identifier.c.uri,
                _event.c.tenant_id,
                _event.c.biz_step,
                _event.c.event_time.label("at"),
                place.label("place"),
            )
            .join(_event, _event.c.id == _named.c.event_id)
            .join(_identifier, _identifier.c.id == _named.c.identifier_id)
            .where(_named.c.identifier_id.in_(part), _named.c.role == "epc", ~taken_back)
            .order_by(_event.c.event_time, _event.c.id)
        )
        for row in conn.execute(query):
            found.setdefault(row.thing_id, []).append(row)
    return found


def _place(name: str) -> Any:
    """The value of a field of an event that it has once at most."""
    value = select(func.min(_field.c.value)).where(_field.c.event_id == _event.c.id, _field.c.name == name)
    return value.correlate(_event).scalar_subquery()
