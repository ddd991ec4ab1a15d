"""SQL of consents, map files and downloads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, insert, select
from sqlmodel import SQLModel

from chain.staffview.tables import ChainConsent, ChainDownload, ChainMap

consent: Table = SQLModel.metadata.tables[ChainConsent.__tablename__]
map_file: Table = SQLModel.metadata.tables[ChainMap.__tablename__]
download: Table = SQLModel.metadata.tables[ChainDownload.__tablename__]


def insert_consent(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(consent), row)


def consents(conn: Connection, codes: Collection[str]) -> list[Row[Any]]:
    """Every consent of an enterprise under its ``codes``, the newest first, each with what withdrew it (``ended_at``, ``ended_why``)."""
    end = consent.alias("end")
    query = (
        select(consent, end.c.recorded_at.label("ended_at"), end.c.reason.label("ended_why"))
        .select_from(consent.outerjoin(end, end.c.withdraws == consent.c.id))
        .where(consent.c.code.in_(codes), consent.c.withdraws.is_(None))
        .order_by(consent.c.id.desc())
    )
    return list(conn.execute(query))


def standing_consents(conn: Connection, before: int) -> list[Row[Any]]:
    """Every consent recorded before a moment (µs UTC) and not withdrawn by then."""
    end = consent.alias("end")
    query = (
        select(consent.c.code, consent.c.number, consent.c.dated, consent.c.until)
        .select_from(consent.outerjoin(end, and_(end.c.withdraws == consent.c.id, end.c.recorded_at < before)))
        .where(consent.c.withdraws.is_(None), consent.c.recorded_at < before, end.c.id.is_(None))
        .order_by(consent.c.id)
    )
    return list(conn.execute(query))


def get_consent(conn: Connection, consent_id: int) -> Row[Any] | None:
    """A consent with what withdrew it."""
    end = consent.alias("end")
    query = (
        select(consent, end.c.recorded_at.label("ended_at"))
        .select_from(consent.outerjoin(end, end.c.withdraws == consent.c.id))
        .where(consent.c.id == consent_id, consent.c.withdraws.is_(None))
    )
    return conn.execute(query).first()


def insert_map(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(map_file), row)


def newest_map(conn: Connection) -> Row[Any] | None:
    return conn.execute(select(map_file).order_by(map_file.c.id.desc()).limit(1)).first()


def insert_download(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(download), row)


def downloads(conn: Connection, limit: int = 50) -> list[Row[Any]]:
    """The newest first."""
    return list(conn.execute(select(download).order_by(download.c.id.desc()).limit(limit)))
