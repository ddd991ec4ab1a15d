"""SQL of document templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select
from sqlmodel import SQLModel

from trace.documents.tables import DocumentTemplate
from trace.evidence.store import attachment

template: Table = SQLModel.metadata.tables[DocumentTemplate.__tablename__]

PROJECTIONS: tuple[Table, ...] = (template,)


def set_template(conn: Connection, row: Mapping[str, Any]) -> None:
    drop_template(conn, row["tenant_id"], row["kind"])
    conn.execute(insert(template), row)


def drop_template(conn: Connection, tenant_id: int, kind: str) -> None:
    conn.execute(delete(template).where(template.c.tenant_id == tenant_id, template.c.kind == kind))


def templates_of(conn: Connection, tenant_id: int) -> dict[str, Row[Any]]:
    """Kind → the office's own template."""
    rows = conn.execute(select(template).where(template.c.tenant_id == tenant_id))
    return {row.kind: row for row in rows}


def template_bytes(conn: Connection, tenant_id: int, kind: str) -> bytes | None:
    """The file to fill, in one statement; None where the office uses the built-in one."""
    found = conn.execute(
        select(attachment.c.content)
        .join(template, template.c.attachment_id == attachment.c.id)
        .where(template.c.tenant_id == tenant_id, template.c.kind == kind)
    ).first()
    return None if found is None else bytes(found.content)
