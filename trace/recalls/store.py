"""SQL of recalls: projections, tasks, links, lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, insert, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.items.tables import TradeItem
from trace.journal.tables import Identifier
from trace.parties.tables import Organisation
from trace.recalls.tables import Recall, RecallDestruction, RecallLine, RecallLink, RecallLot, RecallTask

recall: Table = SQLModel.metadata.tables[Recall.__tablename__]
lot: Table = SQLModel.metadata.tables[RecallLot.__tablename__]
line: Table = SQLModel.metadata.tables[RecallLine.__tablename__]
task: Table = SQLModel.metadata.tables[RecallTask.__tablename__]
destruction: Table = SQLModel.metadata.tables[RecallDestruction.__tablename__]
link: Table = SQLModel.metadata.tables[RecallLink.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]
_item: Table = SQLModel.metadata.tables[TradeItem.__tablename__]
_org: Table = SQLModel.metadata.tables[Organisation.__tablename__]
_identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]

PROJECTIONS: tuple[Table, ...] = (recall, lot, line, task, destruction)


# recalls --------------------------------------------------------------------------------------------


def insert_recall(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(recall), row)


def update_recall(conn: Connection, recall_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(recall).where(recall.c.id == recall_id).values(dict(values)))


def get_recall(conn: Connection, recall_id: int) -> Row[Any] | None:
    """A recall with its maker's name and whether the maker is a demo one."""
    query = select(recall, _org.c.name.label("maker_name"), _org.c.is_demo).join(_org, _org.c.id == recall.c.tenant_id)
    return conn.execute(query.where(recall.c.id == recall_id)).first()


def list_recalls(conn: Connection, *, tenant_id: int | None, before: int | None, limit: int) -> list[Row[Any]]:
    """Newest first; None lists everybody's real ones and the asker decides who asks so."""
    query = (
        select(recall, _org.c.name.label("maker_name"))
        .join(_org, _org.c.id == recall.c.tenant_id)
        .order_by(recall.c.id.desc())
        .limit(limit)
    )
    if tenant_id is not None:
        query = query.where(recall.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(recall.c.id < before)
    return list(conn.execute(query))


# scope ----------------------------------------------------------------------------------------------


def insert_lots(conn: Connection, lots: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> None:
    if lots:
        conn.execute(insert(lot), list(lots))
    if lines:
        conn.execute(insert(line), list(lines))


def drop_lots(conn: Connection, recall_id: int, lot_ids: Sequence[int]) -> None:
    """Before a lot that was taken out is added again with what holds now."""
    for table in (lot, line):
        conn.execute(delete(table).where(table.c.recall_id == recall_id, table.c.lot_id.in_(lot_ids)))


def update_lot(conn: Connection, recall_id: int, lot_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(lot).where(lot.c.recall_id == recall_id, lot.c.lot_id == lot_id).values(dict(values)))


def lots_of(conn: Connection, recall_id: int, *, after: int | None = None, limit: int | None = None) -> list[Row[Any]]:
    """The scope with what each lot is, in the order of lot ids."""
    query = (
        select(
            lot,
            _batch.c.lot.label("number"),
            _batch.c.produced_on,
            _batch.c.best_before,
            _batch.c.halt,
            _batch.c.verdict,
            _item.c.name.label("item_name"),
            _item.c.spec,
            _item.c.link_code,
            _org.c.name.label("maker_name"),
            _identifier.c.uri,
        )
        .outerjoin(_batch, _batch.c.id == lot.c.lot_id)
        .outerjoin(_item, _item.c.id == _batch.c.item_id)
        .outerjoin(_identifier, _identifier.c.id == lot.c.lot_id)
        .outerjoin(_org, _org.c.id == lot.c.maker_id)
        .where(lot.c.recall_id == recall_id)
        .order_by(lot.c.lot_id)
    )
    if after is not None:
        query = query.where(lot.c.lot_id > after)
    if limit is not None:
        query = query.limit(limit)
    return list(conn.execute(query))


def lot_of(conn: Connection, recall_id: int, lot_id: int) -> Row[Any] | None:
    return conn.execute(select(lot).where(lot.c.recall_id == recall_id, lot.c.lot_id == lot_id)).first()


def lines_of(conn: Connection, recall_id: int, holder: str | None = None) -> list[Row[Any]]:
    """Every holder's line of the lots that are in scope."""
    query = (
        select(line)
        .join(lot, and_(lot.c.recall_id == line.c.recall_id, lot.c.lot_id == line.c.lot_id))
        .where(line.c.recall_id == recall_id, lot.c.state == "in")
        .order_by(line.c.lot_id, line.c.step, line.c.holder)
    )
    if holder is not None:
        query = query.where(line.c.holder == holder)
    return list(conn.execute(query))


def report_lines(conn: Connection, recall_id: int, holder: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """What a holder reports of its lots, instead of what it reported before."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "lot_id"]
    here = and_(line.c.recall_id == recall_id, line.c.holder == holder, line.c.lot_id == bindparam("b_lot"))
    conn.execute(
        update(line).where(here).values({name: bindparam(f"b_{name}") for name in names}),
        [{"b_lot": row["lot_id"]} | {f"b_{name}": row[name] for name in names} for row in rows],
    )


# tasks and links ------------------------------------------------------------------------------------


def insert_tasks(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(task), list(rows))


def update_task(conn: Connection, task_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(task).where(task.c.id == task_id).values(dict(values)))


def get_task(conn: Connection, task_id: int) -> Row[Any] | None:
    return conn.execute(select(task).where(task.c.id == task_id)).first()


def tasks_of(conn: Connection, recall_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(task).where(task.c.recall_id == recall_id).order_by(task.c.id)))


def tasks_for(conn: Connection, organisation_id: int, *, before: int | None, limit: int) -> list[Row[Any]]:
    """What an organisation was told, newest first, with the recall it belongs to; its own recalls' tasks included."""
    query = (
        select(
            task, recall.c.mock, recall.c.state, recall.c.level, recall.c.respond_by,
            _org.c.name.label("maker_name"),
        )
        .join(recall, recall.c.id == task.c.recall_id)
        .join(_org, _org.c.id == recall.c.tenant_id)
        .where(task.c.organisation_id == organisation_id)
        .order_by(task.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return list(conn.execute(query if before is None else query.where(task.c.id < before)))


def insert_link(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(link), row)


def link_of(conn: Connection, token_hash: str) -> Row[Any] | None:
    return conn.execute(select(link).where(link.c.token_hash == token_hash)).first()


def end_links(conn: Connection, task_id: int, at: int) -> None:
    """Links of a task that nobody used are worth nothing from now on."""
    conn.execute(update(link).where(link.c.task_id == task_id, link.c.used_at.is_(None)).values(used_at=at))


def linked_tasks(conn: Connection, recall_id: int) -> dict[int, Row[Any]]:
    """Task id → its newest link, of a recall's tasks."""
    rows = conn.execute(
        select(link)
        .join(task, task.c.id == link.c.task_id)
        .where(task.c.recall_id == recall_id)
        .order_by(link.c.created_at)
    )
    return {row.task_id: row for row in rows}


# destruction ----------------------------------------------------------------------------------------


def insert_destruction(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(destruction), row)


def update_destruction(conn: Connection, destruction_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(destruction).where(destruction.c.id == destruction_id).values(dict(values)))


def get_destruction(conn: Connection, destruction_id: int) -> Row[Any] | None:
    return conn.execute(select(destruction).where(destruction.c.id == destruction_id)).first()


def destructions_of(conn: Connection, recall_id: int) -> list[Row[Any]]:
    query = select(destruction).where(destruction.c.recall_id == recall_id)
    return list(conn.execute(query.order_by(destruction.c.id)))


# who is concerned -----------------------------------------------------------------------------------


def organisations(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Names by id."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        rows = conn.execute(select(_org.c.id, _org.c.name).where(_org.c.id.in_(ids[start : start + 500])))
        found |= {row.id: row.name for row in rows}
    return found
