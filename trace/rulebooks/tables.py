"""Published rulebooks, what each changed, and the sign-offs that stand."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class PublishedBook(SQLModel, table=True):
    """A published rulebook: the files' texts (zlib-compressed JSON) and the sign-offs laid over them. A fact.

    ``number`` is what people say (v12); ``digest`` names texts and sign-offs together; ``concerned`` is how many
    batches were to be judged again.
    """

    __tablename__ = "rulebook"
    __table_args__ = (UniqueConstraint("number"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, nullable=False))
    version: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    texts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signoffs: str = Field(sa_column=Column(Text, nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))
    concerned: int = Field(sa_column=Column(Integer, nullable=False))


class RulebookChange(SQLModel, table=True):
    """A batch whose verdict a published rulebook changed, and the clauses responsible (JSON). A fact."""

    __tablename__ = "rulebook_change"
    __table_args__ = (Index("ix_rulebook_change_tenant_id", "tenant_id", "rulebook_id"),)

    rulebook_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    batch_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    before: str = Field(sa_column=Column(Text, nullable=False))
    after: str = Field(sa_column=Column(Text, nullable=False))
    clauses: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class ClauseSignoff(SQLModel, table=True):
    """An expert's sign-off of a clause that stands now. Projection of ``clause.signed`` acts.

    ``digest`` is of the clause's content when it was signed: a clause that changed since is not signed.
    """

    __tablename__ = "clause_signoff"

    clause_id: str = Field(sa_column=Column(Text, primary_key=True))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    page: str = Field(sa_column=Column(Text, nullable=False))
    remark: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
