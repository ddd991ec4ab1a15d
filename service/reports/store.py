"""SQL of the log of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select
from sqlmodel import SQLModel

from service.reports.tables import ChainReportTaken

taken: Table = SQLModel.metadata.tables[ChainReportTaken.__tablename__]


def insert_taken(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(taken), row)


def reports_taken(conn: Connection, before_id: int | None, limit: int, organisation: int | None) -> list[Row[Any]]:
    """The log of reports, the newest first; of one organisation where it is given."""
    query = select(taken)
    if before_id is not None:
        query = query.where(taken.c.id < before_id)
    if organisation is not None:
        query = query.where(taken.c.organisation == organisation)
    return list(conn.execute(query.order_by(taken.c.id.desc()).limit(limit)))
