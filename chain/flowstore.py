"""SQL of what the record knows of the chain: the only module of ``chain`` that reads ``trace``.

Every statement is grouped by the database, whatever the number of batches. ``include_demo`` False leaves out the
demonstration's organisations.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, case, func, or_, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.context import SHANGHAI
from trace.genealogy.tables import Handover
from trace.items.tables import TradeItem
from trace.journal.tables import Event, EventField
from trace.parties.tables import Organisation

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_handover: Table = SQLModel.metadata.tables[Handover.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_event: Table = SQLModel.metadata.tables[Event.__tablename__]
_field: Table = SQLModel.metadata.tables[EventField.__tablename__]

MAKERS = ("enterprise", "base")
_CHUNK = 500


def organisations(conn: Connection, *, include_demo: bool) -> list[Row[Any]]:
    """Enterprises and bases: (id, code, kind, uscc, name, district, link_codes, is_demo, created_at)."""
    query = select(
        _org.c.id, _org.c.code, _org.c.kind, _org.c.uscc, _org.c.name, _org.c.district, _org.c.link_codes, _org.c.is_demo,
        _org.c.created_at,
    ).where(_org.c.kind.in_(MAKERS))  # fmt: skip
    return list(conn.execute(_real(query, include_demo).order_by(_org.c.id)))


def batches(conn: Connection, as_of: date, stop_days: int) -> list[Row[Any]]:
    """Per organisation and link of the item: last production date, batches in the window, first registration."""
    until, since = as_of.isoformat(), (as_of - timedelta(days=stop_days)).isoformat()
    made = _batch.c.produced_on
    query = (
        select(
            _batch.c.tenant_id,
            _item.c.link_code,
            func.max(case((made <= until, made))).label("last"),
            func.count(case((and_(made > since, made <= until), 1))).label("recent"),
            func.min(_batch.c.registered_at).label("first"),
        )
        .select_from(_batch.join(_item, _item.c.id == _batch.c.item_id))
        .where(_made(), _batch.c.registered_at < _midnight(as_of))
        .group_by(_batch.c.tenant_id, _item.c.link_code)
        .order_by(_batch.c.tenant_id, _item.c.link_code)
    )
    return list(conn.execute(query))


def count_reporting(conn: Connection, since: int, now: int, *, include_demo: bool) -> int:
    """Enterprises that registered a batch after ``since`` and by ``now`` (µs UTC)."""
    query = (
        select(func.count(_batch.c.tenant_id.distinct()))
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(_made(), _org.c.kind == "enterprise", _batch.c.registered_at > since, _batch.c.registered_at <= now)
    )
    return int(conn.execute(_real(query, include_demo)).scalar_one())


def count_batches(conn: Connection, since: int, now: int, *, include_demo: bool) -> int:
    """Batches that enterprises and bases registered after ``since`` and by ``now`` (µs UTC)."""
    query = (
        select(func.count())
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(_made(), _org.c.kind.in_(MAKERS), _batch.c.registered_at > since, _batch.c.registered_at <= now)
    )
    return int(conn.execute(_real(query, include_demo)).scalar_one())


def device_reports(conn: Connection, devices: Sequence[str], now: int, *, include_demo: bool) -> list[Row[Any]]:
    """(device id, µs UTC of the last report taken in by ``now``); an event declared an error is no report."""
    denied = _event.alias("denied")
    found: list[Row[Any]] = []
    for start in range(0, len(devices), _CHUNK):
        query = (
            select(_field.c.value, func.max(_event.c.record_time).label("last"))
            .select_from(
                _field.join(_event, _event.c.id == _field.c.event_id).join(_org, _org.c.id == _event.c.tenant_id)
            )
            .where(
                _field.c.name == "sensor_deviceID",
                _field.c.value.in_(devices[start : start + _CHUNK]),
                _event.c.record_time <= now,
                _event.c.declaration_time == "",
                ~select(denied.c.id)
                .where(
                    denied.c.tenant_id == _event.c.tenant_id,
                    denied.c.event_id == _event.c.event_id,
                    denied.c.declaration_time != "",
                    denied.c.record_time <= now,
                )
                .exists(),
            )
            .group_by(_field.c.value)
        )
        found += conn.execute(_real(query, include_demo))
    return found


def supplies(conn: Connection, as_of: date, days: int, *, include_demo: bool) -> list[Row[Any]]:
    """Deliveries the giver itself recorded in the ``days`` up to ``as_of``, by giver, taker, link of the item and unit.

    (giver, giver_uscc, giver_name, link_codes, taker, taker_uscc, taker_name, link_code, unit, quantity, last, times)
    """
    giver, taker = _org.alias("giver"), _org.alias("taker")
    until = _midnight(as_of)
    query = (
        select(
            giver.c.code.label("giver"), giver.c.uscc.label("giver_uscc"), giver.c.name.label("giver_name"),
            giver.c.link_codes, taker.c.code.label("taker"), taker.c.uscc.label("taker_uscc"),
            taker.c.name.label("taker_name"), _item.c.link_code, _handover.c.unit,
            func.sum(_handover.c.quantity).label("quantity"), func.max(_handover.c.at).label("last"),
            func.count().label("times"),
        )
        .select_from(
            _handover.join(giver, giver.c.id == _handover.c.from_id)
            .join(taker, taker.c.id == _handover.c.to_id)
            .join(_batch, _batch.c.id == _handover.c.lot_id)
            .join(_item, _item.c.id == _batch.c.item_id)
        )
        .where(
            _handover.c.shipped_event.is_not(None),
            _handover.c.from_id != _handover.c.to_id,
            _handover.c.at >= until - days * 86_400_000_000,
            _handover.c.at < until,
        )
        .group_by(
            giver.c.code, giver.c.uscc, giver.c.name, giver.c.link_codes, taker.c.code, taker.c.uscc, taker.c.name,
            _item.c.link_code, _handover.c.unit,
        )
        .order_by(giver.c.code, taker.c.code, _item.c.link_code, _handover.c.unit)
    )  # fmt: skip
    if not include_demo:
        query = query.where(giver.c.is_demo.is_(False), taker.c.is_demo.is_(False))
    return list(conn.execute(query))


def accounts(conn: Connection, usccs: Collection[str], codes: Collection[str], *, include_demo: bool) -> list[Row[Any]]:
    """Enterprises and bases with one of the credit codes or platform codes: (id, code, uscc)."""
    query = select(_org.c.id, _org.c.code, _org.c.uscc).where(
        _org.c.kind.in_(MAKERS), or_(_org.c.uscc.in_(list(usccs)), _org.c.code.in_(list(codes)))
    )
    return list(conn.execute(_real(query, include_demo)))


def newest_batches(conn: Connection, org_ids: Collection[int], as_of: date, limit: int) -> list[Row[Any]]:
    """(organisation, product, link, made on, state) of what was made and registered by ``as_of``, newest first."""
    query = (
        select(_batch.c.tenant_id, _item.c.name, _item.c.link_code, _batch.c.produced_on, _batch.c.state)
        .select_from(_batch.join(_item, _item.c.id == _batch.c.item_id))
        .where(_batch.c.tenant_id.in_(list(org_ids)), _there(as_of))
        .order_by(_batch.c.produced_on.desc(), _batch.c.id.desc())
        .limit(limit)
    )
    return list(conn.execute(query))


def batch_counts(conn: Connection, org_ids: Collection[int], as_of: date, stop_days: int) -> list[Row[Any]]:
    """(organisation, batches by ``as_of``, those of the last ``stop_days``, last production date)."""
    made, since = _batch.c.produced_on, (as_of - timedelta(days=stop_days)).isoformat()
    query = (
        select(
            _batch.c.tenant_id,
            func.count().label("batches"),
            func.count(case((made > since, 1))).label("recent"),
            func.max(made).label("last"),
        )
        .where(_batch.c.tenant_id.in_(list(org_ids)), _there(as_of))
        .group_by(_batch.c.tenant_id)
    )
    return list(conn.execute(query))


def first_released(conn: Connection, uscc: str) -> Row[Any] | None:
    """(lot, released_at) of the first released batch of the enterprise with a credit code."""
    query: Select[Any] = (
        select(_batch.c.lot, _batch.c.released_at)
        .select_from(_batch.join(_org, _org.c.id == _batch.c.tenant_id))
        .where(
            _org.c.uscc == uscc,
            _batch.c.kind == "product",
            _batch.c.state.in_(("released", "shipped")),
            _batch.c.released_at.is_not(None),
        )
        .order_by(_batch.c.released_at, _batch.c.id)
        .limit(1)
    )
    return conn.execute(query).first()


def _real(query: Select[Any], include_demo: bool) -> Select[Any]:
    return query if include_demo else query.where(_org.c.is_demo.is_(False))


def _made() -> ColumnElement[bool]:
    return and_(_batch.c.kind == "product", _batch.c.state != "voided")


def _there(as_of: date) -> ColumnElement[bool]:
    """Batches that were made and registered by the end of ``as_of``."""
    return and_(_made(), _batch.c.produced_on <= as_of.isoformat(), _batch.c.registered_at < _midnight(as_of))


def _midnight(day: date) -> int:
    """µs UTC at which ``day`` ends in the district."""
    return int(datetime.combine(day + timedelta(days=1), time(), SHANGHAI).timestamp()) * 1_000_000
