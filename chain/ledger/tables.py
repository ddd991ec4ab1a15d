"""The ledger's facts: one append-only table of entries."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class LedgerEntry(SQLModel, table=True):
    """One entry. Never edited, never deleted; a correction is a later one, a mistake is withdrawn by one.

    ``seq`` is 1, 2, 3 … in the order of commit. ``no`` is the row of the plan, null for a register that several rows
    count from. ``body`` is canonical JSON without personal data; ``origin`` says who made the figure up, if anybody:
    ``entered`` on a real platform, ``trial`` on a demonstration, ``seed`` by the demo's own seeds.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("origin IN ('entered','trial','seed')", name="origin"),
        CheckConstraint("(kind = 'withdraw') = (withdraws IS NOT NULL)", name="withdraws"),
        UniqueConstraint("seq"),
        Index("ix_ledger_entry_no", "no", "seq"),
        Index("ix_ledger_entry_kind", "kind", "seq"),
        Index("ix_ledger_entry_withdraws", "withdraws"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    no: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    data_date: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    origin: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
    withdraws: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    digest_algorithm: str = Field(sa_column=Column(Text, nullable=False))
