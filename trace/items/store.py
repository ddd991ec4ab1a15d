"""SQL of trade items, recipes and packs in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, func, insert, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.genealogy.tables import Stock
from trace.items.tables import OpenPack, RecipeLine, TradeItem

trade_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
recipe_line: Table = SQLModel.metadata.tables[RecipeLine.__tablename__]
open_pack: Table = SQLModel.metadata.tables[OpenPack.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]


def insert_item(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(trade_item), row)


def update_item(conn: Connection, item_id: int, values: Mapping[str, Any]) -> None:
    """The row is the newest state; each change is an ``item.changed`` act with before and after."""
    conn.execute(update(trade_item).where(trade_item.c.id == item_id).values(dict(values)))


def get_item(conn: Connection, item_id: int) -> Row[Any] | None:
    return conn.execute(select(trade_item).where(trade_item.c.id == item_id)).first()


def items_by_key(conn: Connection, keys: Sequence[str]) -> dict[str, Row[Any]]:
    return {row.key: row for row in conn.execute(select(trade_item).where(trade_item.c.key.in_(keys)))}


def items_by_id(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in conn.execute(select(trade_item).where(trade_item.c.id.in_(ids)))}


def items_of(conn: Connection, organisation_id: int, kind: str = "") -> list[Row[Any]]:
    query = select(trade_item).where(trade_item.c.organisation_id == organisation_id).order_by(trade_item.c.id.desc())
    if kind:
        query = query.where(trade_item.c.kind == kind)
    return list(conn.execute(query))


def item_named(conn: Connection, organisation_id: int, kind: str, name: str) -> Row[Any] | None:
    return conn.execute(
        select(trade_item).where(
            trade_item.c.organisation_id == organisation_id, trade_item.c.kind == kind, trade_item.c.name == name
        )
    ).first()


def recipe_of(conn: Connection, item_id: int) -> list[Row[Any]]:
    """The lines of the recipe version in force, with each material's name and base unit."""
    newest = select(func.max(recipe_line.c.version)).where(recipe_line.c.item_id == item_id).scalar_subquery()
    return list(
        conn.execute(
            select(recipe_line, trade_item.c.name.label("material_name"), trade_item.c.base_unit)
            .join(trade_item, trade_item.c.id == recipe_line.c.material_id)
            .where(recipe_line.c.item_id == item_id, recipe_line.c.version == newest)
            .order_by(recipe_line.c.line)
        )
    )


def insert_recipe(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    conn.execute(insert(recipe_line), list(rows))


def recipe_version(conn: Connection, item_id: int) -> int:
    return int(
        conn.execute(
            select(func.coalesce(func.max(recipe_line.c.version), 0)).where(recipe_line.c.item_id == item_id)
        ).scalar_one()
    )


def set_open_pack(conn: Connection, tenant_id: int, material_id: int, lot_id: int, act_id: int) -> None:
    here = and_(open_pack.c.tenant_id == tenant_id, open_pack.c.material_id == material_id)
    if conn.execute(update(open_pack).where(here).values(lot_id=lot_id, act_id=act_id)).rowcount == 0:
        conn.execute(
            insert(open_pack).values(tenant_id=tenant_id, material_id=material_id, lot_id=lot_id, act_id=act_id)
        )


def open_packs(conn: Connection, tenant_id: int) -> dict[int, int]:
    """Material id → lot id of the pack in use."""
    rows = conn.execute(select(open_pack.c.material_id, open_pack.c.lot_id).where(open_pack.c.tenant_id == tenant_id))
    return {row.material_id: row.lot_id for row in rows}


def lots_on_hand(conn: Connection, holder_id: int, material_ids: Sequence[int]) -> list[Row[Any]]:
    """Lots a holder has of some materials, first expired first; a supplier's lot counts as what it serves as.

    Columns: lot_id, material_id, quantity (millionths), unit, best_before, lot, state, halt, name.
    """
    material = func.coalesce(_stock.c.material_id, _batch.c.item_id)
    return list(
        conn.execute(
            select(
                _stock.c.lot_id,
                material.label("material_id"),
                _stock.c.quantity,
                _stock.c.unit,
                _batch.c.best_before,
                _batch.c.lot,
                _batch.c.state,
                _batch.c.halt,
                trade_item.c.name,
            )
            .join(_batch, _batch.c.id == _stock.c.lot_id)
            .join(trade_item, trade_item.c.id == _batch.c.item_id)
            .where(
                _stock.c.holder_id == holder_id,
                or_(_stock.c.material_id.in_(material_ids), _batch.c.item_id.in_(material_ids)),
                _stock.c.quantity > 0,
            )
            .order_by(func.coalesce(_batch.c.best_before, "9999-12-31"), _batch.c.id)
        )
    )
