"""Files handed in as evidence. Facts: never edited; the same bytes are kept once per organisation."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Attachment(SQLModel, table=True):
    """A PDF or photo: bytes, media type as recognised from them, and SHA-256."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_tenant_id_sha256", "tenant_id", "sha256"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    media_type: str = Field(sa_column=Column(Text, nullable=False))
    size: int = Field(sa_column=Column(Integer, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
