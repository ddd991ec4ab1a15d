"""SQL of batches: the state row, lists by keyset, and the one statement behind the scan page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    Row,
    Select,
    Table,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.genealogy.tables import Handover, Stock
from trace.items.tables import TradeItem
from trace.journal.tables import Alias, Identifier
from trace.parties.tables import Organisation
from trace.suspicion import store as suspicion

batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
_alias: Table = SQLModel.metadata.tables[Alias.__tablename__]
_stock: Table = SQLModel.metadata.tables[Stock.__tablename__]
_handover: Table = SQLModel.metadata.tables[Handover.__tablename__]


def insert_batch(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(batch), row)


def update_batch(conn: Connection, batch_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(batch).where(batch.c.id == batch_id).values(dict(values)))
    if values.get("halt") or values.get("state") == "held":
        suspicion.begin(conn, [batch_id])
    elif "halt" in values or "state" in values:
        suspicion.again(conn, [batch_id])


def touch(conn: Connection, batch_id: int, tenant_id: int, at: int) -> None:
    """Note the time of its owner's newest event; others' events, and late reports, do not move it."""
    here = (batch.c.id == batch_id, batch.c.tenant_id == tenant_id, batch.c.last_event_at < at)
    conn.execute(update(batch).where(*here).values(last_event_at=at))


def lots_named(conn: Connection, tenant_id: int, item_id: int, names: Sequence[str]) -> set[str]:
    """Which of the names batches of an article have."""
    here = (batch.c.tenant_id == tenant_id, batch.c.item_id == item_id, batch.c.lot.in_(names))
    return {row.lot for row in conn.execute(select(batch.c.lot).where(*here))}


def mark_shipped(conn: Connection, batch_id: int, tenant_id: int) -> None:
    """The maker's own shipment of a released batch makes it 已出厂; a dealer's shipment changes no state."""
    conn.execute(
        update(batch)
        .where(batch.c.id == batch_id, batch.c.tenant_id == tenant_id, batch.c.state == "released")
        .values(state="shipped")
    )


def get_batch(conn: Connection, batch_id: int) -> Row[Any] | None:
    return conn.execute(select(batch).where(batch.c.id == batch_id)).first()


def halt_of(conn: Connection, batch_id: int) -> tuple[str, str]:
    """The measure a batch stands under and its public text; ('', '') where none does."""
    found = conn.execute(select(batch.c.halt, batch.c.halt_text).where(batch.c.id == batch_id)).first()
    return (found.halt, found.halt_text) if found is not None else ("", "")


def batches_by_id(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """State rows with item and maker names, for many lots at once."""
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(ids), 500):
        rows = conn.execute(_listed().where(batch.c.id.in_(ids[start : start + 500]))).all()
        found |= {row.id: row for row in rows}
    return found


def get_batches(conn: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Bare state rows of many lots."""
    found: dict[int, Row[Any]] = {}
    known = list(dict.fromkeys(ids))
    for start in range(0, len(known), 500):
        rows = conn.execute(select(batch).where(batch.c.id.in_(known[start : start + 500])))
        found |= {row.id: row for row in rows}
    return found


def _listed() -> Select[Any]:
    return (
        select(
            batch,
            _item.c.name.label("item_name"),
            _item.c.link_code,
            _item.c.net_content,
            _item.c.net_unit,
            _item.c.base_unit,
            _org.c.name.label("maker_name"),
            _org.c.code.label("maker_code"),
            _org.c.kind.label("maker_kind"),
            _org.c.is_demo,
            _identifier.c.uri,
            _identifier.c.short_code,
            suspicion.risks_of(batch.c.id),
        )
        .join(_item, _item.c.id == batch.c.item_id)
        .join(_org, _org.c.id == batch.c.tenant_id)
        .join(_identifier, _identifier.c.id == batch.c.id)
    )


def list_batches(
    conn: Connection,
    *,
    tenant_id: int | None,
    before: int | None,
    limit: int,
    kind: str = "",
    state: str = "",
    text: str = "",
    attention: bool = False,
    held_by: int | None = None,
) -> list[Row[Any]]:
    """Newest first by keyset; ``text`` is looked for in lot, product and maker; ``attention`` keeps the doubtful."""
    query = _listed().order_by(batch.c.id.desc()).limit(limit)
    if tenant_id is not None:
        query = query.where(batch.c.tenant_id == tenant_id)
    if held_by is not None:
        holding = select(_stock.c.lot_id).where(_stock.c.holder_id == held_by, _stock.c.quantity != 0)
        query = query.where(batch.c.id.in_(holding))
    if before is not None:
        query = query.where(batch.c.id < before)
    if kind:
        query = query.where(batch.c.kind == kind)
    if state:
        query = query.where(batch.c.state == state)
    if attention:
        query = query.where(
            or_(
                batch.c.verdict.in_(("fail", "needs_review")),
                batch.c.pending != "[]",
                batch.c.halt != "",
                suspicion.at_risk(batch.c.id),
            )
        )
    if text:
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(
                batch.c.lot.ilike(pattern, escape="\\"),
                _item.c.name.ilike(pattern, escape="\\"),
                _org.c.name.ilike(pattern, escape="\\"),
                _identifier.c.short_code == text.upper(),
            )
        )
    return list(conn.execute(query))


def lot_of(conn: Connection, lot_id: int) -> Row[Any] | None:
    """The trade item and lot number behind a lot id."""
    query: Select[Any] = select(batch.c.item_id, batch.c.lot, batch.c.tenant_id)
    return conn.execute(query.where(batch.c.id == lot_id)).first()


def lot_taken(conn: Connection, tenant_id: int, item_id: int, lot: str) -> Row[Any] | None:
    return conn.execute(
        select(batch).where(batch.c.tenant_id == tenant_id, batch.c.item_id == item_id, batch.c.lot == lot)
    ).first()


def count_lots_like(conn: Connection, tenant_id: int, prefix: str) -> int:
    """How many lots of an organisation begin with ``prefix``: the next serial of an issued lot."""
    return int(
        conn.execute(
            select(func.count()).where(batch.c.tenant_id == tenant_id, batch.c.lot.startswith(prefix, autoescape=True))
        ).scalar_one()
    )


def scan_row(
    conn: Connection, uri: str, item_key: str, short_code: str = "", factory_code: str = ""
) -> Row[Any] | None:
    """All that the public page shows, in one statement.

    Finds the lot by stored URI (an alias leads to its lot), by the short code typed from a label, or
    by the maker's own code on an item that it cannot carry in GS1 characters; where no such lot is
    registered, walks up to the trade item (``lot_id`` is then null). None when the item is unknown too.
    """
    found_by = []
    if uri or short_code:
        named = _identifier.c.uri == uri if uri else _identifier.c.short_code == short_code
        lot = (
            select(func.coalesce(_identifier.c.alias_of, _identifier.c.id).label("lot_id"), _identifier.c.alias_of)
            .where(named)
            .subquery()
        )
        found_by.append(
            select(batch.c.item_id, lot.c.lot_id, lot.c.alias_of, literal(0).label("rank")).join(
                batch, batch.c.id == lot.c.lot_id
            )
        )
    if factory_code:
        found_by.append(
            select(batch.c.item_id, batch.c.id, sql_cast(null(), BigInteger), literal(0))
            .select_from(_alias)
            .join(batch, and_(batch.c.id == _alias.c.lot_id, batch.c.tenant_id == _alias.c.tenant_id))
            .join(_item, and_(_item.c.id == batch.c.item_id, _item.c.key == item_key))
            .where(_alias.c.scheme == "factory", _alias.c.value == factory_code)
        )
    if item_key:
        no_lot = sql_cast(null(), BigInteger)
        found_by.append(select(_item.c.id, no_lot, no_lot, literal(1)).where(_item.c.key == item_key))
    any_of = union_all(*found_by).subquery("any_of")
    item_id, lot_id, alias_of, rank = any_of.c
    both = (
        select(item_id.label("item_id"), lot_id.label("lot_id"), alias_of.label("alias_of"))
        .order_by(rank, lot_id.desc())
        .limit(1)
        .subquery("both")
    )
    own = _identifier.alias("own")
    found: Any = conn.execute(
        select(
            both.c.lot_id,
            both.c.alias_of,
            _item.c.id.label("item_id"),
            _item.c.key.label("item_key"),
            _item.c.kind.label("item_kind"),
            _item.c.gtin,
            _item.c.name.label("item_name"),
            _item.c.spec,
            _item.c.net_content,
            _item.c.net_unit,
            _item.c.link_code,
            _item.c.storage,
            _item.c.processing,
            _item.c.ready_to_eat,
            _item.c.heating,
            _item.c.ingredients,
            _item.c.allergens,
            _item.c.shelf_life_days,
            _item.c.executed_standard,
            _org.c.id.label("maker_id"),
            _org.c.name.label("maker_name"),
            _org.c.address.label("maker_address"),
            _org.c.district,
            _org.c.is_demo,
            own.c.uri,
            own.c.short_code,
            batch.c.lot,
            batch.c.kind,
            batch.c.state,
            batch.c.halt,
            batch.c.halt_text,
            batch.c.produced_on,
            batch.c.best_before,
            batch.c.origins,
            batch.c.released_at,
            batch.c.registered_at,
            batch.c.last_event_at,
            suspicion.risks_of(both.c.lot_id),
        )
        .select_from(both)
        .join(_item, _item.c.id == both.c.item_id)
        .join(_org, _org.c.id == _item.c.organisation_id)
        .outerjoin(batch, batch.c.id == both.c.lot_id)
        .outerjoin(own, own.c.id == both.c.lot_id)
    ).first()
    return cast("Row[Any] | None", found)


def tallies(conn: Connection, tenant_id: int | None) -> Row[Any]:
    """Counts for a start page: all, awaiting release, pending completion, halted, failing."""

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = select(
        func.count().label("all"),
        count(batch.c.state == "awaiting").label("awaiting"),
        count(batch.c.pending != "[]").label("pending"),
        count(batch.c.halt != "").label("halted"),
        count(batch.c.verdict == "fail").label("failing"),
    ).where(batch.c.kind == "product")
    if tenant_id is not None:
        query = query.where(batch.c.tenant_id == tenant_id)
    return conn.execute(query).one()
