"""Verdicts, the inputs they were judged on, and the batches that a change leaves to be judged again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel


class Verdict(SQLModel, table=True):
    """What the rulebook said of a batch at a time; a fact, never edited. ``findings`` is JSON, ``product`` where the product
    was placed and why (category, types, classification).

    ``facts_digest`` names the inputs it was judged on (``verdict_facts``); '' in rows from before they were kept.
    """

    __tablename__ = "verdict"
    __table_args__ = (Index("ix_verdict_batch_id", "batch_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    rulebook: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    findings: str = Field(sa_column=Column(Text, nullable=False))
    notes: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    cause: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    request_id: str = Field(sa_column=Column(Text, nullable=False))
    product: str = Field(default="{}", sa_column=Column(Text, nullable=False, server_default="{}"))
    facts_digest: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))


class VerdictFacts(SQLModel, table=True):
    """The inputs of one or more verdicts of a batch, kept once: canonical JSON and its SHA-256. A fact."""

    __tablename__ = "verdict_facts"

    batch_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: str = Field(sa_column=Column(Text, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    facts: str = Field(sa_column=Column(Text, nullable=False))


class VerdictClause(SQLModel, table=True):
    """A clause whose finding decided a batch's newest verdict (the findings as grave as the verdict, passes aside). Projection."""

    __tablename__ = "verdict_clause"
    __table_args__ = (Index("ix_verdict_clause_batch_id", "batch_id"),)

    clause_id: str = Field(sa_column=Column(Text, primary_key=True))
    batch_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))


class Rejudge(SQLModel, table=True):
    """A batch that a change concerns and that is still to be judged again. Work to do, no fact: rows go when done.

    ``rulebook_id`` is the published rulebook that asked for it, 0 for any other cause.
    """

    __tablename__ = "rejudge"

    rulebook_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    batch_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    cause: str = Field(sa_column=Column(Text, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))
    asked_at: int = Field(sa_column=Column(BigInteger, nullable=False))
