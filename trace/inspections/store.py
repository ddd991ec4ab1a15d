"""SQL of inspections: projections, lists, what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, bindparam, func, insert, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.inspections.models import OPEN, VIOLATES
from trace.inspections.tables import (
    Inspection,
    InspectionCustody,
    InspectionItem,
    InspectionNote,
    InspectionOrder,
    InspectionOrderItem,
    InspectionPhoto,
    InspectionSample,
)
from trace.items.tables import TradeItem
from trace.parties.tables import Organisation

inspection: Table = SQLModel.metadata.tables[Inspection.__tablename__]
item: Table = SQLModel.metadata.tables[InspectionItem.__tablename__]
photo: Table = SQLModel.metadata.tables[InspectionPhoto.__tablename__]
sample: Table = SQLModel.metadata.tables[InspectionSample.__tablename__]
custody: Table = SQLModel.metadata.tables[InspectionCustody.__tablename__]
order: Table = SQLModel.metadata.tables[InspectionOrder.__tablename__]
order_item: Table = SQLModel.metadata.tables[InspectionOrderItem.__tablename__]
note: Table = SQLModel.metadata.tables[InspectionNote.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_party = _org.alias("party")

PROJECTIONS: tuple[Table, ...] = (inspection, item, photo, sample, custody, order, order_item, note)


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(table), list(rows))


def update_inspection(conn: Connection, inspection_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(inspection).where(inspection.c.id == inspection_id).values(dict(values)))


def share(conn: Connection, inspection_id: int, at: int) -> None:
    """From now on the party sees it; the first time stands."""
    here = and_(inspection.c.id == inspection_id, inspection.c.shared_at.is_(None))
    conn.execute(update(inspection).where(here).values(shared_at=at))


def update_order(conn: Connection, order_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(order).where(order.c.id == order_id).values(dict(values)))


def update_sample(conn: Connection, sample_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(sample).where(sample.c.id == sample_id).values(dict(values)))


def set_answers(conn: Connection, inspection_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """``rows`` of key, answer, remark."""
    here = and_(item.c.inspection_id == inspection_id, item.c.key == bindparam("b_key"))
    conn.execute(
        update(item).where(here).values(answer=bindparam("b_answer"), remark=bindparam("b_remark")),
        [{"b_key": one["key"], "b_answer": one["answer"], "b_remark": one["remark"]} for one in rows],
    )


def set_results(conn: Connection, order_id: int, results: Mapping[str, str]) -> None:
    here = and_(order_item.c.order_id == order_id, order_item.c.key == bindparam("b_key"))
    conn.execute(
        update(order_item).where(here).values(result=bindparam("b_result")),
        [{"b_key": key, "b_result": result} for key, result in results.items()],
    )


def _listed() -> Select[Any]:
    """Inspections with the names of party, office and lot, and how many items are answered 不符合."""
    violating = (
        select(func.count())
        .where(item.c.inspection_id == inspection.c.id, item.c.answer == VIOLATES)
        .scalar_subquery()
        .label("violating")
    )
    return (
        select(
            inspection,
            _party.c.name.label("party_name"),
            _party.c.uscc.label("party_code"),
            _party.c.address.label("party_address"),
            _party.c.stages.label("party_stages"),
            _org.c.name.label("office_name"),
            _org.c.is_demo,
            _batch.c.lot.label("lot_number"),
            _batch.c.produced_on,
            _batch.c.best_before,
            _item.c.name.label("item_name"),
            _item.c.spec,
            _item.c.link_code,
            violating,
        )
        .join(_party, _party.c.id == inspection.c.party_id)
        .join(_org, _org.c.id == inspection.c.tenant_id)
        .outerjoin(_batch, _batch.c.id == inspection.c.lot_id)
        .outerjoin(_item, _item.c.id == _batch.c.item_id)
    )


def get_inspection(conn: Connection, inspection_id: int) -> Row[Any] | None:
    return conn.execute(_listed().where(inspection.c.id == inspection_id)).first()


def list_inspections(
    conn: Connection, *, seen_by: int | None, before: int | None = None, limit: int, lot_id: int | None = None
) -> list[Row[Any]]:
    """Newest first. ``seen_by`` an organisation: what it is party to or made, once shared; None: all, for supervisors."""
    query = _listed().order_by(inspection.c.id.desc()).limit(limit)
    if seen_by is not None:
        mine = or_(inspection.c.party_id == seen_by, inspection.c.owner_id == seen_by)
        query = query.where(mine, inspection.c.shared_at.is_not(None))
    if before is not None:
        query = query.where(inspection.c.id < before)
    if lot_id is not None:
        query = query.where(inspection.c.lot_id == lot_id)
    return list(conn.execute(query))


def items_of(conn: Connection, inspection_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(item).where(item.c.inspection_id == inspection_id).order_by(item.c.position)))


def violations_of(conn: Connection, inspection_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Inspection id → items answered 不符合."""
    found: dict[int, list[Row[Any]]] = {}
    query = select(item).where(item.c.inspection_id.in_(inspection_ids), item.c.answer == VIOLATES)
    for row in conn.execute(query.order_by(item.c.inspection_id, item.c.position)):
        found.setdefault(row.inspection_id, []).append(row)
    return found


def photos_of(conn: Connection, inspection_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(photo).where(photo.c.inspection_id == inspection_id).order_by(photo.c.id)))


def get_photo(conn: Connection, photo_id: int) -> Row[Any] | None:
    return conn.execute(select(photo).where(photo.c.id == photo_id)).first()


def samples_of(conn: Connection, inspection_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(sample).where(sample.c.inspection_id == inspection_id).order_by(sample.c.id)))


def get_sample(conn: Connection, sample_id: int) -> Row[Any] | None:
    return conn.execute(select(sample).where(sample.c.id == sample_id)).first()


def number_taken(conn: Connection, tenant_id: int, number: str) -> bool:
    """Whether the office has a sample of this number."""
    query = select(sample.c.id).where(sample.c.tenant_id == tenant_id, sample.c.number == number)
    return conn.execute(query).first() is not None


def custody_of(conn: Connection, sample_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Sample id → steps in the order of recording."""
    found: dict[int, list[Row[Any]]] = {}
    query = select(custody).where(custody.c.sample_id.in_(sample_ids)).order_by(custody.c.id)
    for row in conn.execute(query):
        found.setdefault(row.sample_id, []).append(row)
    return found


def orders_of(conn: Connection, inspection_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(order).where(order.c.inspection_id == inspection_id).order_by(order.c.id)))


def get_order(conn: Connection, order_id: int) -> Row[Any] | None:
    return conn.execute(select(order).where(order.c.id == order_id)).first()


def order_items(conn: Connection, order_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Order id → what must be corrected."""
    found: dict[int, list[Row[Any]]] = {}
    query = select(order_item).where(order_item.c.order_id.in_(order_ids))
    for row in conn.execute(query.order_by(order_item.c.order_id, order_item.c.key)):
        found.setdefault(row.order_id, []).append(row)
    return found


def ordered_keys(conn: Connection, inspection_id: int) -> set[str]:
    """Items that an order of the inspection names already."""
    query = select(order_item.c.key).join(order, order.c.id == order_item.c.order_id)
    return {row.key for row in conn.execute(query.where(order.c.inspection_id == inspection_id))}


def notes_of(conn: Connection, inspection_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(note).where(note.c.inspection_id == inspection_id).order_by(note.c.id)))


def open_orders(
    conn: Connection, *, tenant_id: int | None = None, party_id: int | None = None, limit: int = 50
) -> list[Row[Any]]:
    """Orders that are not closed, the earliest re-check first, with party, lot and product."""
    query = (
        select(
            order,
            _party.c.name.label("party_name"),
            _org.c.name.label("office_name"),
            _batch.c.lot.label("lot_number"),
            _item.c.name.label("item_name"),
        )
        .join(inspection, inspection.c.id == order.c.inspection_id)
        .join(_party, _party.c.id == order.c.party_id)
        .join(_org, _org.c.id == order.c.tenant_id)
        .outerjoin(_batch, _batch.c.id == inspection.c.lot_id)
        .outerjoin(_item, _item.c.id == _batch.c.item_id)
        .where(order.c.state == OPEN)
        .order_by(order.c.recheck_on, order.c.id)
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(order.c.tenant_id == tenant_id)
    if party_id is not None:
        query = query.where(order.c.party_id == party_id)
    return list(conn.execute(query))
