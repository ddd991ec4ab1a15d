"""SQL behind the receipt form's defaults."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.items.tables import TradeItem

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]


def recent_receipts(conn: Connection, tenant_id: int, limit: int = 60) -> list[Row[Any]]:
    """The raw lots an organisation took in last, newest first, with the material's name."""
    return list(
        conn.execute(
            select(
                _batch.c.id,
                _batch.c.lot,
                _batch.c.quantity,
                _batch.c.unit,
                _batch.c.origins,
                _batch.c.receipt,
                _batch.c.registered_at,
                _item.c.name.label("item_name"),
            )
            .join(_item, _item.c.id == _batch.c.item_id)
            .where(_batch.c.tenant_id == tenant_id, _batch.c.kind == "raw", _batch.c.state != "voided")
            .order_by(_batch.c.id.desc())
            .limit(limit)
        )
    )
