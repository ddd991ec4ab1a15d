"""SQL of the scan counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.scan.tables import ScanCount

_counts: Any = ScanCount.__table__  # type: ignore[attr-defined]

Counted = tuple[int, int, str, str]
"""Owner's organisation, lot or item, ISO day, kind."""


def add_counts(conn: Connection, counts: Mapping[Counted, int]) -> None:
    """Add sums to what the table has."""
    if not counts:
        return
    dialect: Any = postgresql if conn.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(_counts)
    statement = statement.on_conflict_do_update(
        index_elements=[_counts.c.tenant_id, _counts.c.subject_id, _counts.c.day, _counts.c.kind],
        set_={"count": _counts.c.count + statement.excluded.count},
    )
    rows = [
        {"tenant_id": tenant, "subject_id": subject, "day": day, "kind": kind, "count": count}
        for (tenant, subject, day, kind), count in sorted(counts.items())
    ]
    conn.execute(statement, rows)


def scans_of(conn: Connection, tenant_id: int, subject_id: int) -> dict[str, int]:
    """All scans of a lot or item by kind."""
    rows = conn.execute(
        select(_counts.c.kind, func.sum(_counts.c.count).label("total"))
        .where(_counts.c.tenant_id == tenant_id, _counts.c.subject_id == subject_id)
        .group_by(_counts.c.kind)
    )
    return {row.kind: int(row.total) for row in rows}
