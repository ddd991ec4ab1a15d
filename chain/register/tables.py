"""The register's facts: statements and imports, append-only; subjects are no more than numbers given out."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


class ChainStatement(SQLModel, table=True):
    """One statement. Never edited, never deleted.

    ``seq`` is 1, 2, 3 … in the order of commit, so that whoever has seen n asks for what is above n and misses
    nothing; ``id`` is the time-ordered id. ``body`` is canonical JSON; ``link`` and ``code`` repeat what is asked
    for. ``withdraws`` is a statement or an import.
    """

    __tablename__ = "chain_statement"
    __table_args__ = (
        CheckConstraint("basis IN ('declared','observed','planned')", name="basis"),
        CheckConstraint("(kind = 'withdraw') = (withdraws IS NOT NULL)", name="withdraws"),
        UniqueConstraint("seq"),
        Index("ix_chain_statement_subject", "subject_key", "seq"),
        Index("ix_chain_statement_link", "link", "seq"),
        Index("ix_chain_statement_code", "code"),
        Index("ix_chain_statement_import_id", "import_id"),
        Index("ix_chain_statement_withdraws", "withdraws"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    subject_kind: str = Field(sa_column=Column(Text, nullable=False))
    subject_key: str = Field(sa_column=Column(Text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    link: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    code: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    body: str = Field(sa_column=Column(Text, nullable=False))
    data_date: str = Field(sa_column=Column(Text, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    basis: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
    import_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    withdraws: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    digest_algorithm: str = Field(sa_column=Column(Text, nullable=False))


class ChainSubject(SQLModel, table=True):
    """The identity of an enterprise, base, park …: what is known of it stands in statements."""

    __tablename__ = "chain_subject"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))


class ChainImport(SQLModel, table=True):
    """A file whose rows became statements, all in one transaction. It is undone by a statement, never here."""

    __tablename__ = "chain_import"

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    mapping: str = Field(sa_column=Column(Text, nullable=False))
    rows: int = Field(sa_column=Column(Integer, nullable=False))
    taken: int = Field(sa_column=Column(Integer, nullable=False))
    refused: int = Field(sa_column=Column(Integer, nullable=False))
    statements: int = Field(sa_column=Column(Integer, nullable=False))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    organisation: int = Field(sa_column=Column(BigInteger, nullable=False))
