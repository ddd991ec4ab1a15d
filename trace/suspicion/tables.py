"""Who is touched by a lot in doubt (projection), and how far a doubt has been spread."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, text
from sqlmodel import Field, SQLModel


class Risk(SQLModel, table=True):
    """``lot_id`` was made, at any depth, from ``cause_id``, which is in doubt. Written by the spreading job."""

    __tablename__ = "risk"
    __table_args__ = (Index("ix_risk_cause_id", "cause_id", "lot_id"),)

    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    cause_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class Spread(SQLModel, table=True):
    """How far the doubt about ``cause_id`` has been written to what was made from it.

    ``due``: to be begun, or begun again; ``running``: lots up to ``after`` are written, ``done`` of ``total``;
    ``settled``: all are. The row goes when the doubt is over and its risks are taken away.
    """

    __tablename__ = "spread"
    __table_args__ = (
        CheckConstraint("state IN ('due','running','settled')", name="state"),
        Index(
            "ix_spread_open",
            "cause_id",
            sqlite_where=text("state <> 'settled'"),
            postgresql_where=text("state <> 'settled'"),
        ),
    )

    cause_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    done: int = Field(sa_column=Column(BigInteger, nullable=False))
    after: int = Field(sa_column=Column(BigInteger, nullable=False))
