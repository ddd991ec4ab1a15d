"""Who took which report: append-only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlmodel import Field, SQLModel


class ChainReportTaken(SQLModel, table=True):
    """Who took which report when. ``names`` is how many single points it named, ``sha256`` that of the file."""

    __tablename__ = "chain_report_taken"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    as_of: str = Field(sa_column=Column(Text, nullable=False))
    names: int = Field(sa_column=Column(Integer, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
