"""The journal (append-only) and the integer surrogates of every URI (design section 4)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
"""The id of a table that grows with every batch: 64 bits everywhere, and on SQLite the row's own number, found in one
look-up, where a BIGINT key is an index beside the table."""


class Event(SQLModel, table=True):
    """An EPCIS 2.0 event: the document verbatim under its context, plus the columns that are queried. Never edited.

    ``event_type`` is one of the standard's five or the URI of an extension; ``biz_step`` and ``disposition`` are
    bare words where the vocabulary has one. ``id`` grows with the record time.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("tenant_id", "event_id", "declaration_time"),
        Index("ix_event_event_time", "event_time", "id"),
        Index("ix_event_event_id", "event_id"),
    )

    id: int = Field(sa_column=Column(ROW_ID, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    event_id: str = Field(sa_column=Column(Text, nullable=False))
    declaration_time: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    event_type: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    biz_step: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    disposition: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    event_time: int = Field(sa_column=Column(BigInteger, nullable=False))
    record_time: int = Field(sa_column=Column(BigInteger, nullable=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    digest_algorithm: str = Field(sa_column=Column(Text, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))


class Act(SQLModel, table=True):
    """What a person decided or filed: who, when, why, under which request. Never edited.

    ``subject_id`` is a lot, item or organisation id by ``subject_type``; ``body`` is canonical JSON.
    """

    __tablename__ = "act"
    __table_args__ = (Index("ix_act_subject_id", "subject_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    subject_type: str = Field(sa_column=Column(Text, nullable=False))
    subject_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    body: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    digest_algorithm: str = Field(sa_column=Column(Text, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))


class Identifier(SQLModel, table=True):
    """The integer surrogate of a URI. Facts: never deleted, so that a printed code never dies.

    ``uri`` is canonical; private keys are stored without host (``/id/{key}/10/{lot}``) so that the
    record survives a change of LIANGPIN_PUBLIC_URL. ``short_code`` is what is printed to be typed.
    """

    __tablename__ = "identifier"

    id: int = Field(sa_column=Column(ROW_ID, primary_key=True, autoincrement=False))
    uri: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    short_code: str | None = Field(default=None, sa_column=Column(Text, nullable=True, unique=True))
    alias_of: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True, index=True))


class EventIdentifier(SQLModel, table=True):
    """Which identifiers an event names, in which role. Projection of ``event``."""

    __tablename__ = "event_identifier"
    __table_args__ = (Index("ix_event_identifier_identifier_id", "identifier_id", "event_id"),)

    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    role: str = Field(sa_column=Column(Text, primary_key=True))
    line: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    identifier_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    unit: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    by_class: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class EventField(SQLModel, table=True):
    """What else an event says, as queries ask for it: places, parties, transactions, sensors, extensions. Projection.

    ``name`` is as ``trace.epcis.fields`` gives it; ``number`` in millionths where the value is one.
    """

    __tablename__ = "event_field"
    __table_args__ = (Index("ix_event_field_name", "name", "value", "event_id"),)

    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    line: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    value: str = Field(sa_column=Column(Text, nullable=False))
    number: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class Namespace(SQLModel, table=True):
    """A prefix and what it stands for in an organisation's documents. Projection of ``event``."""

    __tablename__ = "namespace"

    tenant_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    prefix: str = Field(sa_column=Column(Text, primary_key=True))
    uri: str = Field(sa_column=Column(Text, primary_key=True))


class Alias(SQLModel, table=True):
    """A foreign or factory code that also names a lot. Projection of ``alias`` acts."""

    __tablename__ = "alias"
    __table_args__ = (Index("ix_alias_lot_id", "lot_id"),)

    scheme: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Text, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
