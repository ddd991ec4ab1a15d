"""SQL of official measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, insert, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.chunking import chunks
from trace.items.tables import TradeItem
from trace.measures.models import DRAFT, LAPSED, SERVED, TAKEN
from trace.measures.tables import Measure
from trace.parties.tables import Organisation
from trace.recalls.tables import Recall, RecallLot

measure: Table = SQLModel.metadata.tables[Measure.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_recall: Table = SQLModel.metadata.tables[Recall.__tablename__]
_recall_lot: Table = SQLModel.metadata.tables[RecallLot.__tablename__]

PROJECTIONS: tuple[Table, ...] = (measure,)


def insert_measure(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(measure), row)


def update_measure(conn: Connection, measure_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(measure).where(measure.c.id == measure_id).values(dict(values)))


def end_legacy_orders(conn: Connection, batch_id: int, values: Mapping[str, Any]) -> None:
    """Orders to stop that were confirmed before this room was: one ``order.lifted`` ended all of a batch."""
    here = (measure.c.batch_id == batch_id, measure.c.measure == "stop", measure.c.state == SERVED)
    conn.execute(update(measure).where(*here, measure.c.served_at.is_(None)).values(dict(values)))


def _joined() -> Select[Any]:
    """A measure with its batch, product, maker and office."""
    office = _org.alias("office")
    return (
        select(
            measure,
            _batch.c.lot,
            _batch.c.tenant_id.label("maker_id"),
            _item.c.name.label("item_name"),
            _item.c.link_code,
            _org.c.name.label("maker_name"),
            _org.c.address.label("maker_address"),
            office.c.name.label("office_name"),
        )
        .join(_batch, _batch.c.id == measure.c.batch_id)
        .join(_item, _item.c.id == _batch.c.item_id)
        .join(_org, _org.c.id == _batch.c.tenant_id)
        .join(office, office.c.id == measure.c.tenant_id)
    )


def get_measure(conn: Connection, measure_id: int) -> Row[Any] | None:
    return conn.execute(_joined().where(measure.c.id == measure_id)).first()


def lock(conn: Connection, measure_id: int) -> None:
    """Nobody else changes this measure until the transaction ends (SQLite has one writer anyway)."""
    conn.execute(select(measure.c.id).where(measure.c.id == measure_id).with_for_update())


def of_batch(conn: Connection, batch_id: int) -> list[Row[Any]]:
    """Everything about one batch, newest first."""
    return list(conn.execute(_joined().where(measure.c.batch_id == batch_id).order_by(measure.c.id.desc())))


def list_measures(
    conn: Connection,
    *,
    office_id: int | None = None,
    maker_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[Row[Any]]:
    """Newest first, of an office, of a maker's batches, or all; the asker decides who asks so."""
    query = _joined().order_by(measure.c.id.desc()).limit(limit)
    if office_id is not None:
        query = query.where(measure.c.tenant_id == office_id)
    if maker_id is not None:
        query = query.where(_batch.c.tenant_id == maker_id)
    if before is not None:
        query = query.where(measure.c.id < before)
    return list(conn.execute(query))


def to_do_of_office(conn: Connection, office_id: int, until: str, lapsed_since: int, limit: int) -> list[Row[Any]]:
    """What an office has to go on with, oldest first: drafts, urgent measures, seizures that end by ``until`` (ISO date),
    orders to recall, and what lapsed since (µs UTC)."""
    waits = or_(
        measure.c.state.in_((DRAFT, TAKEN)),
        and_(measure.c.state == SERVED, or_(measure.c.until <= until, measure.c.measure == "recall")),
        and_(measure.c.state == LAPSED, measure.c.ended_at >= lapsed_since),
    )
    query = _joined().where(measure.c.tenant_id == office_id, waits).order_by(measure.c.id).limit(limit)
    return list(conn.execute(query))


def to_do_of_maker(conn: Connection, maker_id: int, lapsed_since: int, limit: int) -> list[Row[Any]]:
    """What concerns a maker now, newest first: alerts, measures in effect, and what lapsed since (µs UTC)."""
    waits = or_(
        measure.c.state.in_((DRAFT, TAKEN, SERVED)),
        and_(measure.c.state == LAPSED, measure.c.ended_at >= lapsed_since),
    )
    query = _joined().where(_batch.c.tenant_id == maker_id, measure.c.measure != "lift", waits)
    return list(conn.execute(query.order_by(measure.c.id.desc()).limit(limit)))


def unapproved(conn: Connection, taken_before: int, limit: int) -> list[Row[Any]]:
    """Urgent measures taken at or before a moment (µs UTC) whose approval nobody has recorded, the oldest first."""
    here = (measure.c.state == TAKEN, measure.c.approval_noted_at.is_(None), measure.c.taken_at <= taken_before)
    return list(conn.execute(select(measure).where(*here).order_by(measure.c.id).limit(limit)))


def recalls_covering(conn: Connection, lots: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """Lot → announced or ended recalls (no drills) of its maker that have it in scope, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks(lots):
        query = (
            select(_recall.c.id, _recall.c.announced_at, _recall.c.level, _recall.c.state, _recall_lot.c.lot_id)
            .join(_recall_lot, _recall_lot.c.recall_id == _recall.c.id)
            .where(
                _recall_lot.c.lot_id.in_(part),
                _recall_lot.c.state == "in",
                _recall_lot.c.role == "own",
                _recall.c.mock.is_(False),
                _recall.c.state.in_(("announced", "closed")),
            )
            .order_by(_recall.c.id)
        )
        rows: list[Row[Any]] = list(conn.execute(query))
        for row in rows:
            found.setdefault(row.lot_id, []).append(row)
    return found
