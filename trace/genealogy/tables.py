"""Projections of the genealogy: transformation edges, containment, stock, hand-overs. And the kept reports of the checks."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel


class Edge(SQLModel, table=True):
    """One row per output × input of a transformation. Quantity is of the input, in millionths of ``unit``."""

    __tablename__ = "edge"
    __table_args__ = (Index("ix_edge_input_id", "input_id", "output_id"),)

    output_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    input_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    event_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    unit: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    basis: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))


class Containment(SQLModel, table=True):
    """Which lot or case is in which case or pallet, from when to when. Never passes a fault to case-mates."""

    __tablename__ = "containment"
    __table_args__ = (Index("ix_containment_child_id", "child_id", "from_time"),)

    parent_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    child_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    from_time: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    to_time: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class Stock(SQLModel, table=True):
    """How much of a lot a holder has on hand, in millionths of ``unit``; negative is over-use, shown as such.

    ``material_id`` is the holder's own material that a supplier's lot serves as, where it was named on receipt.
    """

    __tablename__ = "stock"
    __table_args__ = (Index("ix_stock_holder_id", "holder_id", "lot_id"), {"sqlite_with_rowid": False})

    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    holder_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    unit: str = Field(sa_column=Column(Text, primary_key=True))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    material_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class Handover(SQLModel, table=True):
    """A lot passing from one party to another, as either side reported it.

    ``shipped_event`` or ``received_event`` is null while only the other side has reported.
    A party without an account has a name only.
    """

    __tablename__ = "handover"
    __table_args__ = (
        Index("ix_handover_lot_id", "lot_id"),
        Index("ix_handover_from_id", "from_id"),
        Index("ix_handover_to_id", "to_id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    lot_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    from_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    from_person: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    from_name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    to_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    to_name: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    quantity: int = Field(sa_column=Column(BigInteger, nullable=False))
    unit: str = Field(sa_column=Column(Text, nullable=False))
    shipped_event: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    received_event: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class RecordCheck(SQLModel, table=True):
    """A finished report of all checks over the whole record, written once its findings are. Never changed.

    ``night`` is the day (ISO) it is counted to, ``at`` as of when, ``since`` the report of an earlier night it was
    compared with, ``counts``, ``cut`` and ``uncompared`` JSON: findings by check, checks cut at the limit, checks whose
    changes cannot be told because one of the two reports was cut.
    """

    __tablename__ = "record_check"
    __table_args__ = (
        CheckConstraint("made IN ('night','late','first','command')", name="made"),
        Index(
            "uq_record_check_night",
            "night",
            unique=True,
            sqlite_where=text("made <> 'command'"),
            postgresql_where=text("made <> 'command'"),
        ),
        Index("ix_record_check_night", "night", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    night: str = Field(sa_column=Column(Text, nullable=False))
    made: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    finished_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    since: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    counts: str = Field(sa_column=Column(Text, nullable=False))
    cut: str = Field(sa_column=Column(Text, nullable=False))
    uncompared: str = Field(sa_column=Column(Text, nullable=False))


class CheckFinding(SQLModel, table=True):
    """One finding of a report: ``new`` since the earlier night, still ``open``, or ``settled``: of that night and no more."""

    __tablename__ = "check_finding"
    __table_args__ = (CheckConstraint("state IN ('new','open','settled')", name="state"),)

    check_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    nr: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    code: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    lots: str = Field(sa_column=Column(Text, nullable=False))
    detail: str = Field(sa_column=Column(Text, nullable=False))
    fix: str = Field(sa_column=Column(Text, nullable=False))
    fix_text: str = Field(sa_column=Column(Text, nullable=False))


class CheckConcern(SQLModel, table=True):
    """Whom a finding concerns: an enterprise is told of its own."""

    __tablename__ = "check_concern"

    org_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    check_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    nr: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
