"""SQL of the funnel: append acts, read them, the city's index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select
from sqlmodel import SQLModel

from chain.projects.models import Act
from chain.projects.tables import ChainIndexEntry, ChainProjectAct
from trace.journal.canonical import loads

act: Table = SQLModel.metadata.tables[ChainProjectAct.__tablename__]
index: Table = SQLModel.metadata.tables[ChainIndexEntry.__tablename__]


def append(conn: Connection, row: Mapping[str, Any]) -> None:
    """Write one act; a rival one of the same number makes one of the two run again."""
    conn.execute(insert(act), row)


def _act(row: Row[Any]) -> Act:
    return Act(row.id, row.project_id, row.number, row.kind, loads(row.body), row.at, row.recorded_by, row.organisation)


def acts_of(conn: Connection, project: int, before: int | None = None) -> list[Act]:
    """Acts of one project in their order, recorded before a moment where one is given."""
    query = select(act).where(act.c.project_id == project)
    if before is not None:
        query = query.where(act.c.at < before)
    return [_act(row) for row in conn.execute(query.order_by(act.c.number))]


def all_acts(conn: Connection, before: int | None = None) -> list[Act]:
    """Acts of every project, recorded before a moment where one is given."""
    query = select(act)
    if before is not None:
        query = query.where(act.c.at < before)
    return [_act(row) for row in conn.execute(query.order_by(act.c.project_id, act.c.number))]


def insert_index(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(index), row)


def index_entries(conn: Connection, before: int | None = None) -> list[Row[Any]]:
    """Entered values of the city's index, the newest first."""
    query = select(index)
    if before is not None:
        query = query.where(index.c.at < before)
    return list(conn.execute(query.order_by(index.c.id.desc()).limit(200)))
