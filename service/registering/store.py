"""SQL behind the forms' defaults: what the organisation did last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, func, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.items.tables import TradeItem

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]


def products_by_use(conn: Connection, tenant_id: int) -> list[Row[Any]]:
    """The organisation's products, last registered first, never registered last; with ``last`` batch id."""
    last = (
        select(_batch.c.item_id, func.max(_batch.c.id).label("last"))
        .where(
            _batch.c.tenant_id == tenant_id, _batch.c.kind == "product", _batch.c.state.not_in(("reserved", "voided"))
        )
        .group_by(_batch.c.item_id)
        .subquery()
    )
    return list(
        conn.execute(
            select(_item, last.c.last)
            .outerjoin(last, last.c.item_id == _item.c.id)
            .where(_item.c.organisation_id == tenant_id, _item.c.kind == "product")
            .order_by(func.coalesce(last.c.last, 0).desc(), _item.c.id.desc())
        )
    )


def reserved_lots(conn: Connection, tenant_id: int, item_id: int) -> list[Row[Any]]:
    """Lots reserved for a product and not yet made, newest first."""
    return list(
        conn.execute(
            select(_batch.c.id, _batch.c.lot)
            .where(_batch.c.tenant_id == tenant_id, _batch.c.item_id == item_id, _batch.c.state == "reserved")
            .order_by(_batch.c.id.desc())
            .limit(20)
        )
    )
