"""The batch state row (projection)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from trace.journal.tables import ROW_ID


class Batch(SQLModel, table=True):
    """One lot of a trade item: where it stands now. Projection; ``id`` is the lot's identifier id.

    ``state`` is the life of a batch (在制 → 待检 → 已放行 / 扣留 → 已出厂; 已作废 after a voiding declaration);
    ``halt`` is '' or why it may not be sold now. Dates are ISO text, quantities millionths of ``unit``.
    ``pending`` is a JSON list of what is still 待补录; ``was_pending`` stays true after completion.
    """

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("kind IN ('product','raw')", name="kind"),
        CheckConstraint("state IN ('reserved','awaiting','released','held','shipped','voided')", name="state"),
        CheckConstraint("halt IN ('','own_stop','ordered_stop','seized','recall','failed_sampling')", name="halt"),
        Index("ix_batch_tenant_id", "tenant_id", "id"),
        Index("ix_batch_item_id", "item_id", "best_before"),
        UniqueConstraint("tenant_id", "item_id", "lot"),
    )

    id: int = Field(sa_column=Column(ROW_ID, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    item_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    lot: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    halt: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    halt_text: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    produced_on: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    best_before: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    unit: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    origins: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    receipt: str = Field(default="{}", sa_column=Column(Text, nullable=False, server_default="{}"))
    pending: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    warnings: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    was_pending: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    verdict: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    verdict_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    released_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    registered_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    event_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    last_event_at: int = Field(sa_column=Column(BigInteger, nullable=False))
