"""How often a code was scanned: by day and coarse kind, without a word about who scanned it."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlmodel import Field, SQLModel


class ScanCount(SQLModel, table=True):
    """Scans of one lot or trade item on one day (Asia/Shanghai).

    ``subject_id`` is a lot's identifier id or, for ``product`` and ``unknown_lot``, the trade item's
    id. A code that names nothing of ours is not kept: it is a stranger's text.
    """

    __tablename__ = "scan_count"
    __table_args__ = (
        CheckConstraint("kind IN ('public','staff','product','unknown_lot')", name="kind"),
        CheckConstraint("count > 0", name="count"),
    )

    tenant_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    subject_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    day: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    count: int = Field(sa_type=BigInteger)
