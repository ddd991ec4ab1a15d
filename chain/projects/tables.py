"""The funnel's facts: acts of projects and entered values of the city's index. Append-only."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class ChainProjectAct(SQLModel, table=True):
    """One act of a project, whose id is that of its first act. Never edited, never deleted; ``body`` canonical JSON."""

    __tablename__ = "chain_project_act"
    __table_args__ = (
        CheckConstraint("kind IN ('opened','entered','noted','owner','step','done','ended')", name="kind"),
        CheckConstraint("(kind = 'opened') = (number = 1)", name="first"),
        UniqueConstraint("project_id", "number"),
        Index("ix_chain_project_act_at", "at"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    project_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    digest_algorithm: str = Field(sa_column=Column(Text, nullable=False))


class ChainIndexEntry(SQLModel, table=True):
    """The city's 招商活跃指数 as its document gives it; a later entry for the same period stands for the earlier."""

    __tablename__ = "chain_index_entry"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    period: str = Field(sa_column=Column(Text, nullable=False))
    value: str = Field(sa_column=Column(Text, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
