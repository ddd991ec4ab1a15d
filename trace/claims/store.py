"""SQL of claims: other organisations' transformations whose output is a lot of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.items.tables import TradeItem
from trace.journal.store import event, event_identifier, identifier
from trace.parties.tables import Organisation

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]


def _claims() -> Select[Any]:
    withdrawn = event.alias("withdrawn")
    declared = select(withdrawn.c.id).where(
        withdrawn.c.tenant_id == event.c.tenant_id,
        withdrawn.c.event_id == event.c.event_id,
        withdrawn.c.declaration_time != "",
    )
    return (
        select(
            event.c.id,
            event.c.event_id,
            event.c.event_time,
            event.c.record_time,
            _org.c.name.label("claimant"),
            _batch.c.id.label("batch_id"),
            _batch.c.lot,
            _item.c.name.label("product"),
        )
        .join(event_identifier, event_identifier.c.event_id == event.c.id)
        .join(_batch, _batch.c.id == event_identifier.c.identifier_id)
        .join(_item, _item.c.id == _batch.c.item_id)
        .join(_org, _org.c.id == event.c.tenant_id)
        .where(
            event_identifier.c.role == "output",
            event.c.event_type == "TransformationEvent",
            event.c.declaration_time == "",
            event.c.tenant_id != _batch.c.tenant_id,
            ~declared.exists(),
        )
    )


def claims_on(conn: Connection, owner_id: int, before: int | None, limit: int) -> list[Row[Any]]:
    """Claims on an organisation's lots that their makers have not withdrawn, newest first."""
    query = _claims().where(_batch.c.tenant_id == owner_id).order_by(event.c.id.desc(), _batch.c.id).limit(limit)
    return list(conn.execute(query if before is None else query.where(event.c.id < before)))


def claim_on(conn: Connection, batch_id: int, event_row: int) -> Row[Any] | None:
    """One of them; None where the event says nothing of the lot or was withdrawn."""
    return conn.execute(_claims().where(_batch.c.id == batch_id, event.c.id == event_row)).first()


def inputs_of(conn: Connection, event_rows: Sequence[int]) -> dict[int, list[Any]]:
    """What each event names as inputs: URI, quantity in millionths, unit."""
    found: dict[int, list[Any]] = {}
    query = (
        select(event_identifier.c.event_id, identifier.c.uri, event_identifier.c.quantity, event_identifier.c.unit)
        .join(identifier, identifier.c.id == event_identifier.c.identifier_id)
        .where(event_identifier.c.event_id.in_(event_rows), event_identifier.c.role == "input")
        .order_by(event_identifier.c.event_id, event_identifier.c.line)
    )
    for row in conn.execute(query):
        found.setdefault(row.event_id, []).append(row)
    return found
