"""Projections of the genealogy: transformation edges, containment, stock and hand-overs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text
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
