"""SQL of evidence files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select
from sqlmodel import SQLModel

from trace.evidence.tables import Attachment

attachment: Table = SQLModel.metadata.tables[Attachment.__tablename__]


def insert_attachment(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(attachment), row)


def same_bytes(conn: Connection, tenant_id: int, sha256: str) -> int | None:
    found = conn.execute(
        select(attachment.c.id).where(attachment.c.tenant_id == tenant_id, attachment.c.sha256 == sha256)
    ).first()
    return None if found is None else int(found.id)


def get_attachment(conn: Connection, attachment_id: int) -> Row[Any] | None:
    return conn.execute(select(attachment).where(attachment.c.id == attachment_id)).first()


def owner_of(conn: Connection, attachment_id: int) -> int | None:
    found = conn.execute(select(attachment.c.tenant_id).where(attachment.c.id == attachment_id)).first()
    return None if found is None else int(found.tenant_id)
