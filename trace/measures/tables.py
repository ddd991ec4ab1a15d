"""The projection of official measures out of their acts."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


class Measure(SQLModel, table=True):
    """One measure, or the lifting of one (``ends`` names it). Projection; ``id`` is the drafting act's.

    Times are µs UTC, ``until`` an ISO date. ``officers`` is a JSON list of certificate numbers with the opaque
    number of a person; ``approver_id`` is such a number. ``taken_at`` is when an urgent measure was taken first,
    ``approval_noted_at`` when its approval was recorded. ``effective_at`` is when the platform put it into effect.
    """

    __tablename__ = "measure"
    __table_args__ = (
        CheckConstraint("measure IN ('stop','seal','detain','recall','lift')", name="measure"),
        CheckConstraint("state IN ('draft','taken','served','lapsed','lifted','withdrawn')", name="state"),
        Index("ix_measure_batch_id", "batch_id", "id"),
        Index("ix_measure_tenant_id", "tenant_id", "id"),
        Index("ix_measure_state", "state", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    measure: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    ends: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    ground: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    unit: str = Field(sa_column=Column(Text, nullable=False))
    place: str = Field(sa_column=Column(Text, nullable=False))
    returns: str = Field(sa_column=Column(Text, nullable=False))
    drafted_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    drafted_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    taken_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    officers: str = Field(sa_column=Column(Text, nullable=False))
    approver_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    position: str = Field(sa_column=Column(Text, nullable=False))
    approved_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    approval_noted_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    document_kind: str = Field(sa_column=Column(Text, nullable=False))
    document_no: str = Field(sa_column=Column(Text, nullable=False))
    served_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    service: str = Field(sa_column=Column(Text, nullable=False))
    confirmed_by: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    effective_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    until: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    extended_days: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    extension_no: str = Field(sa_column=Column(Text, nullable=False))
    extension_reason: str = Field(sa_column=Column(Text, nullable=False))
    ended_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    ended_by: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
