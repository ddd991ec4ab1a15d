"""SQL of the record checks: what does not add up, found in the database, one statement a check.

``org_id`` keeps what concerns one organisation; None takes all. ``first`` is the lowest id looked at (ids are ordered by
time): lots or events made since. Every statement gives at most ``limit`` rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, case, exists, func, literal, or_, select, union_all
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.genealogy.store import edge, handover, stock
from trace.items.tables import TradeItem
from trace.journal.tables import Event, EventIdentifier, Identifier
from trace.parties.tables import Credential

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_event: Table = SQLModel.metadata.tables[Event.__tablename__]
_named: Table = SQLModel.metadata.tables[EventIdentifier.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
_credential: Table = SQLModel.metadata.tables[Credential.__tablename__]

_IN_BASE = {"GRM": ("KGM", 1_000), "MGM": ("KGM", 1_000_000), "MLT": ("LTR", 1_000), "C62": ("H87", 1)}
_TONNE = 1_000


def _base(unit: Any) -> Any:
    """The base unit of a unit column: stock is kept in it, edges and hand-overs are as written."""
    return case(
        *((unit == code, base) for code, (base, _) in _IN_BASE.items()), (unit == "TNE", "KGM"), else_=unit
    )  # fmt: skip


def _in_base(quantity: Any, unit: Any) -> Any:
    return case(
        *((unit == code, quantity / by) for code, (_, by) in _IN_BASE.items()),
        (unit == "TNE", quantity * _TONNE),
        else_=quantity,
    )


def over_used(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Stock below zero: (lot, holder, unit, quantity)."""
    query: Select[Any] = select(stock.c.lot_id, stock.c.holder_id, stock.c.unit, stock.c.quantity)
    query = query.where(stock.c.quantity < 0, stock.c.lot_id >= first).order_by(stock.c.lot_id.desc()).limit(limit)
    if org_id is not None:
        query = query.where(stock.c.holder_id == org_id)
    return list(conn.execute(query))


def unbalanced(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Lots of which more is about than was ever made or received: (lot, maker, unit, made, on hand, used, on the way).

    On hand with everybody, put into other lots, and shipped but not yet received, each in the base unit.
    """
    used = (
        select(edge.c.input_id, edge.c.event_id, edge.c.unit, func.max(edge.c.quantity).label("quantity"))
        .where(edge.c.quantity.is_not(None), edge.c.input_id >= first)
        .group_by(edge.c.input_id, edge.c.event_id, edge.c.unit)
        .subquery("used")
    )  # an event with two outputs has one edge to each, but used its input once
    nothing = literal(0)
    parts = union_all(
        select(stock.c.lot_id, stock.c.unit.label("unit"), stock.c.quantity.label("held"), nothing.label("used"), nothing.label("way"))
        .where(stock.c.quantity > 0, stock.c.lot_id >= first),
        select(used.c.input_id, _base(used.c.unit), nothing, _in_base(used.c.quantity, used.c.unit), nothing),
        select(handover.c.lot_id, _base(handover.c.unit), nothing, nothing, _in_base(handover.c.quantity, handover.c.unit))
        .where(handover.c.received_event.is_(None), handover.c.to_id.is_not(None), handover.c.lot_id >= first),
    ).subquery("parts")  # fmt: skip
    held, spent, way = func.sum(parts.c.held), func.sum(parts.c.used), func.sum(parts.c.way)
    made = _in_base(_batch.c.quantity, _batch.c.unit)
    query: Select[Any] = (
        select(
            _batch.c.id.label("lot_id"),
            _batch.c.tenant_id,
            parts.c.unit,
            made.label("made"),
            held.label("held"),
            spent.label("used"),
            way.label("way"),
        )
        .join(parts, and_(parts.c.lot_id == _batch.c.id, parts.c.unit == _base(_batch.c.unit)))
        .where(_batch.c.quantity.is_not(None), _batch.c.state != "voided", _batch.c.id >= first)
        .group_by(_batch.c.id, parts.c.unit, _batch.c.quantity, _batch.c.unit)
        .having(held + spent + way > made)
        .order_by(_batch.c.id.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(_batch.c.tenant_id == org_id)
    return list(conn.execute(query))


def oversold(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Lots of which the maker handed over more than was made: (lot, maker, unit, made, sold)."""
    made = _in_base(_batch.c.quantity, _batch.c.unit)
    sold = func.sum(_in_base(handover.c.quantity, handover.c.unit))
    query: Select[Any] = (
        select(
            _batch.c.id.label("lot_id"),
            _batch.c.tenant_id,
            _base(_batch.c.unit).label("unit"),
            made.label("made"),
            sold.label("sold"),
        )
        .join(handover, and_(handover.c.lot_id == _batch.c.id, handover.c.from_id == _batch.c.tenant_id))
        .where(_batch.c.quantity.is_not(None), _base(handover.c.unit) == _base(_batch.c.unit), _batch.c.id >= first)
        .group_by(_batch.c.id, _batch.c.quantity, _batch.c.unit)
        .having(sold > made)
        .order_by(_batch.c.id.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(_batch.c.tenant_id == org_id)
    return list(conn.execute(query))


def made_before_inputs(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Lots made before an input of theirs was made: (lot, input, made on, input made on, maker)."""
    made, source = _batch.alias("made"), _batch.alias("source")
    query: Select[Any] = (
        select(made.c.id.label("lot_id"), source.c.id.label("input_id"), made.c.produced_on, source.c.produced_on.label("input_on"), made.c.tenant_id)
        .select_from(edge)
        .join(made, made.c.id == edge.c.output_id)
        .join(source, source.c.id == edge.c.input_id)
        .where(made.c.produced_on < source.c.produced_on, made.c.state != "voided", edge.c.output_id >= first)
        .distinct()
        .order_by(made.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    if org_id is not None:
        query = query.where(made.c.tenant_id == org_id)
    return list(conn.execute(query))


def made_before_receipt(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Lots made before the maker had received an input: (lot, input, made on, received on, maker)."""
    day = _day(conn, func.min(_event.c.event_time))
    made = _batch.alias("made")
    query: Select[Any] = (
        select(
            made.c.id.label("lot_id"), edge.c.input_id, made.c.produced_on, day.label("received_on"), made.c.tenant_id
        )
        .select_from(edge)
        .join(made, made.c.id == edge.c.output_id)
        .join(handover, and_(handover.c.lot_id == edge.c.input_id, handover.c.to_id == made.c.tenant_id))
        .join(_event, _event.c.id == handover.c.received_event)
        .where(made.c.produced_on.is_not(None), made.c.state != "voided", edge.c.output_id >= first)
        .group_by(made.c.id, edge.c.input_id, made.c.produced_on)
        .having(day > made.c.produced_on)
        .order_by(made.c.id.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(made.c.tenant_id == org_id)
    return list(conn.execute(query))


def _day(conn: Connection, micros: Any) -> Any:
    """The date in Asia/Shanghai of a column of µs UTC, as ISO text."""
    seconds = micros / 1_000_000 + 8 * 3600
    if conn.dialect.name == "sqlite":
        return func.date(seconds, "unixepoch")
    return func.to_char(func.timezone("UTC", func.to_timestamp(seconds)), "YYYY-MM-DD")


def without_licence(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Products whose maker had no licence on file that was valid on the day: (lot, maker, made on)."""
    valid = exists().where(
        _credential.c.organisation_id == _batch.c.tenant_id,
        _credential.c.kind != "prepackaged_filing",
        _credential.c.valid_from <= _batch.c.produced_on,
        or_(_credential.c.valid_to.is_(None), _credential.c.valid_to >= _batch.c.produced_on),
    )
    query: Select[Any] = (
        select(_batch.c.id.label("lot_id"), _batch.c.tenant_id, _batch.c.produced_on)
        .where(_batch.c.kind == "product", _batch.c.produced_on.is_not(None), ~valid)
        .where(_batch.c.state.not_in(("voided", "reserved")), _batch.c.id >= first)
        .order_by(_batch.c.id.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(_batch.c.tenant_id == org_id)
    return list(conn.execute(query))


def unconfirmed(conn: Connection, org_id: int | None, first: int, before: int, limit: int) -> list[Row[Any]]:
    """Hand-overs between two organisations of before ``before`` (µs UTC) that only one has reported."""
    query: Select[Any] = (
        select(handover)
        .where(handover.c.from_id.is_not(None), handover.c.to_id.is_not(None), handover.c.at < before)
        .where(handover.c.id >= first)
        .where(or_(handover.c.shipped_event.is_(None), handover.c.received_event.is_(None)))
        .order_by(handover.c.at.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(or_(handover.c.from_id == org_id, handover.c.to_id == org_id))
    return list(conn.execute(query))


def instance_moves(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Events that move serials and SSCC, the newest thing first and each by time: (identifier, uri, tenant, action, step,
    event, at)."""
    instance = or_(_identifier.c.uri.like("%/21/%"), _identifier.c.uri.like("https://id.gs1.org/00/%"))
    query: Select[Any] = (
        select(
            _named.c.identifier_id,
            _identifier.c.uri,
            _event.c.tenant_id,
            _event.c.action,
            _event.c.biz_step,
            _event.c.id,
            _event.c.event_id,
            _event.c.declaration_time,
            _event.c.event_time,
        )
        .join(_identifier, _identifier.c.id == _named.c.identifier_id)
        .join(_event, _event.c.id == _named.c.event_id)
        .where(_named.c.role == "epc", _event.c.event_type == "ObjectEvent", _event.c.id >= first, instance)
        .order_by(_named.c.identifier_id.desc(), _event.c.event_time, _event.c.id)
        .limit(limit)
    )
    if org_id is not None:
        mine = (
            select(_named.c.identifier_id)
            .join(_event, _event.c.id == _named.c.event_id)
            .where(_event.c.tenant_id == org_id, _named.c.role == "epc")
        )
        query = query.where(_named.c.identifier_id.in_(mine))
    return list(conn.execute(query))


def tenants_of(conn: Connection, identifier_ids: Sequence[int]) -> dict[int, list[int]]:
    """Who has an event about each of the things: those whom ``instance_moves`` tells of it."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(identifier_ids), 500):
        some = identifier_ids[start : start + 500]
        query = (
            select(_named.c.identifier_id, _event.c.tenant_id)
            .join(_event, _event.c.id == _named.c.event_id)
            .where(_named.c.role == "epc", _named.c.identifier_id.in_(some))
            .distinct()
            .order_by(_named.c.identifier_id, _event.c.tenant_id)
        )
        for thing, tenant in conn.execute(query):
            found.setdefault(thing, []).append(tenant)
    return found


def off_yield(conn: Connection, org_id: int | None, first: int, limit: int) -> list[Row[Any]]:
    """Newest products with inputs and a usual yield, for the balance of masses: (lot, maker, made, unit, net, usual yield)."""
    fed = exists().where(edge.c.output_id == _batch.c.id)
    query: Select[Any] = (
        select(
            _batch.c.id.label("lot_id"),
            _batch.c.tenant_id,
            _batch.c.quantity,
            _batch.c.unit,
            _item.c.net_content,
            _item.c.net_unit,
            _item.c.usual_yield,
        )
        .join(_item, _item.c.id == _batch.c.item_id)
        .where(_batch.c.kind == "product", _batch.c.quantity.is_not(None), _item.c.usual_yield.is_not(None), fed)
        .where(_batch.c.state != "voided", _batch.c.id >= first)
        .order_by(_batch.c.id.desc())
        .limit(limit)
    )
    if org_id is not None:
        query = query.where(_batch.c.tenant_id == org_id)
    return list(conn.execute(query))
