"""Consents, map files and downloads: append-only; what ends a consent is a row of its own."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


class ChainConsent(SQLModel, table=True):
    """An enterprise's written consent that staff see its batches, or (``withdraws``) its end.

    ``code`` is how the enterprise is known across sources (its credit code). Never edited, never deleted.
    """

    __tablename__ = "chain_consent"
    __table_args__ = (
        CheckConstraint("(withdraws IS NULL) = (number <> '')", name="kind"),
        Index("ix_chain_consent_code", "code", "id"),
        Index("ix_chain_consent_withdraws", "withdraws"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    code: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False))
    dated: str = Field(sa_column=Column(Text, nullable=False))
    until: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    withdraws: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))


class ChainMap(SQLModel, table=True):
    """A boundary file of the office, as checked; the newest is shown. ``approval`` is its 审图号, '' without one."""

    __tablename__ = "chain_map"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    points: int = Field(sa_column=Column(Integer, nullable=False))
    approval: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))


class ChainDownload(SQLModel, table=True):
    """Who took a file that names enterprises out of the platform, and when."""

    __tablename__ = "chain_download"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(Text, nullable=False))
    rows: int = Field(sa_column=Column(Integer, nullable=False))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))
