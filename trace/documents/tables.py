"""Which template an office uses for a kind of document (projection of its acts); the file is an attachment."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel


class DocumentTemplate(SQLModel, table=True):
    """The template in force of one regulator and kind. Projection; ``at`` µs UTC."""

    __tablename__ = "document_template"

    tenant_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    attachment_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
