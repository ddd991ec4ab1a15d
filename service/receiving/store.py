"""SQL behind the receipt form's defaults."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Table, select
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.genealogy.tables import Stock
from trace.items.tables import TradeItem

_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]
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


def served_as(conn: Connection, holder_id: int, item_id: int) -> str:
    """The name of the own material that a supplier's product was last taken in as; '' for the first time."""
    name = conn.execute(
        select(_item.c.name)
        .join(_stock, _stock.c.material_id == _item.c.id)
        .join(_batch, _batch.c.id == _stock.c.lot_id)
        .where(_stock.c.holder_id == holder_id, _batch.c.item_id == item_id)
        .order_by(_batch.c.id.desc())
        .limit(1)
    ).scalar()
    return str(name or "")
