"""Projections of recalls out of their acts, and the one-time links (a secret's hash: no projection, never in the journal)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


class Recall(SQLModel, table=True):
    """A recall or drill (``mock``) of one organisation. Projection; ``id`` is the acts' subject. Times µs UTC.

    ``scoped_at`` − ``begun_at`` is the time from the first click to the complete scope, ``told_at`` − ``begun_at``
    to every holder having its task. ``notice_at`` is the address of the notice on the statutory platform.
    """

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("state IN ('draft','announced','closed','dropped')", name="state"),
        CheckConstraint("level IN ('','一级','二级','三级')", name="level"),
        Index("ix_recall_tenant_id", "tenant_id", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    mock: bool = Field(sa_column=Column(Boolean, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    suspects: str = Field(sa_column=Column(Text, nullable=False))
    level: str = Field(sa_column=Column(Text, nullable=False))
    level_reason: str = Field(sa_column=Column(Text, nullable=False))
    known_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    known_source: str = Field(sa_column=Column(Text, nullable=False))
    begun_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    scoped_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    announced_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    told_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    respond_by: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    returns: str = Field(sa_column=Column(Text, nullable=False))
    advice: str = Field(sa_column=Column(Text, nullable=False))
    public_reason: str = Field(sa_column=Column(Text, nullable=False))
    brand: str = Field(sa_column=Column(Text, nullable=False))
    contact: str = Field(sa_column=Column(Text, nullable=False))
    notice_at: str = Field(sa_column=Column(Text, nullable=False))
    notice_on: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    closed_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    closed_reason: str = Field(sa_column=Column(Text, nullable=False))
    still_open: str = Field(sa_column=Column(Text, nullable=False))


class RecallLot(SQLModel, table=True):
    """One lot of the scope. ``path`` is a JSON list of lot ids from the suspect; ``share`` in millionths. Projection."""

    __tablename__ = "recall_lot"
    __table_args__ = (
        CheckConstraint("role IN ('own','notify')", name="role"),
        CheckConstraint("state IN ('in','out')", name="state"),
        Index("ix_recall_lot_lot_id", "lot_id"),
        Index("ix_recall_lot_maker_id", "maker_id", "recall_id"),
    )

    recall_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    maker_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    path: str = Field(sa_column=Column(Text, nullable=False))
    share: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    share_why: str = Field(sa_column=Column(Text, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    used: int = Field(sa_column=Column(BigInteger, nullable=False))
    unit: str = Field(sa_column=Column(Text, nullable=False))
    remark: str = Field(sa_column=Column(Text, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class RecallLine(SQLModel, table=True):
    """How much of a lot a holder must account for, and what it reported of it. Projection.

    ``holder`` is the organisation id as text, else ``~`` and the name of a party without an account. ``step`` counts
    hand-overs from the maker, ``giver`` is who delivered it. Quantities in millionths of the lot's unit; the reported ones null until reported.
    """

    __tablename__ = "recall_line"
    __table_args__ = (Index("ix_recall_line_holder", "holder", "recall_id"),)

    recall_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    holder: str = Field(sa_column=Column(Text, primary_key=True))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    transit: int = Field(sa_column=Column(BigInteger, nullable=False))
    book_sold: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))
    giver: str = Field(sa_column=Column(Text, nullable=False))
    controlled: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    returned: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    destroyed: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    sold: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    recovered: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    lost: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class RecallTask(SQLModel, table=True):
    """What a holder (``kind`` holder) must answer, or a maker downstream (maker) must know. Projection.

    ``signed_by`` is the opaque number of a person; the answer's photos are attachments (JSON list of ids).
    """

    __tablename__ = "recall_task"
    __table_args__ = (
        CheckConstraint("kind IN ('holder','maker')", name="kind"),
        Index("ix_recall_task_recall_id", "recall_id", "id"),
        Index("ix_recall_task_organisation_id", "organisation_id", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    recall_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    holder: str = Field(sa_column=Column(Text, nullable=False))
    organisation_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    told_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    answered_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    via: str = Field(sa_column=Column(Text, nullable=False))
    signed_by: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    remark: str = Field(sa_column=Column(Text, nullable=False))
    photos: str = Field(sa_column=Column(Text, nullable=False))


class RecallDestruction(SQLModel, table=True):
    """Announced before (date, place, method), witnessed after. Projection; ``id`` is the announcing act's."""

    __tablename__ = "recall_destruction"
    __table_args__ = (
        CheckConstraint("source IN ('controlled','returned')", name="source"),
        Index("ix_recall_destruction_recall_id", "recall_id", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    recall_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    lot_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    source: str = Field(sa_column=Column(Text, nullable=False))
    planned_on: str = Field(sa_column=Column(Text, nullable=False))
    place: str = Field(sa_column=Column(Text, nullable=False))
    method: str = Field(sa_column=Column(Text, nullable=False))
    announced_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    witnessed_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    witness_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class RecallLink(SQLModel, table=True):
    """A one-time link to a task for a holder without an account: only the token's SHA-256 is kept."""

    __tablename__ = "recall_link"
    __table_args__ = (Index("ix_recall_link_task_id", "task_id"),)

    token_hash: str = Field(sa_column=Column(Text, primary_key=True))
    task_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    used_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
