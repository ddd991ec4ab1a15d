"""Capture jobs (facts, never edited), and the personal data that captured events brought (correctable, deletable)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


class CaptureJob(SQLModel, table=True):
    """One capture. ``errors`` and ``warnings`` are JSON lists of problem details, each with the event's index.

    Capturing is synchronous: a job is written with its events, in one transaction, and never runs on.
    """

    __tablename__ = "capture_job"
    __table_args__ = (Index("ix_capture_job_tenant_id", "tenant_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    finished_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    behaviour: str = Field(sa_column=Column(Text, nullable=False))
    success: bool = Field(sa_column=Column(Boolean, nullable=False))
    received: int = Field(sa_column=Column(Integer, nullable=False))
    captured: int = Field(sa_column=Column(Integer, nullable=False))
    errors: str = Field(sa_column=Column(Text, nullable=False))
    warnings: str = Field(sa_column=Column(Text, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))


class PersonalValue(SQLModel, table=True):
    """A personal value of a captured event (PIPL). The journal knows only ``id``; deleting the row changes no proof."""

    __tablename__ = "personal_value"
    __table_args__ = (Index("ix_personal_value_tenant_id", "tenant_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    value: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
