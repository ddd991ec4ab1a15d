"""Projections of inspections out of their acts. Times µs UTC, dates ISO text; people are opaque numbers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel


def _id() -> Column[int]:
    return Column(BigInteger, primary_key=True, autoincrement=False)


def _big(*, null: bool = False) -> Column[int]:
    return Column(BigInteger, nullable=null)


def _text(*, null: bool = False) -> Column[str]:
    return Column(Text, nullable=null)


class Inspection(SQLModel, table=True):
    """One inspection by a regulator (``tenant_id``) of a party, about a lot or a place. ``id`` is the acts' subject.

    ``owner_id`` made the lot. ``shared_at`` is when the party could see it first: its end or the first order.
    ``officers`` is a JSON list of {person, certificate}.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("state IN ('begun','finished')", name="state"),
        Index("ix_inspection_tenant_id", "tenant_id", "id"),
        Index("ix_inspection_party_id", "party_id", "id"),
        Index("ix_inspection_lot_id", "lot_id"),
    )

    id: int = Field(sa_column=_id())
    tenant_id: int = Field(sa_column=_big())
    party_id: int = Field(sa_column=_big())
    lot_id: int | None = Field(default=None, sa_column=_big(null=True))
    owner_id: int | None = Field(default=None, sa_column=_big(null=True))
    state: str = Field(sa_column=_text())
    place: str = Field(sa_column=_text())
    latitude: str = Field(sa_column=_text())
    longitude: str = Field(sa_column=_text())
    rulebook: str = Field(sa_column=_text())
    begun_at: int = Field(sa_column=_big())
    shared_at: int | None = Field(default=None, sa_column=_big(null=True))
    finished_at: int | None = Field(default=None, sa_column=_big(null=True))
    situation: str = Field(sa_column=_text())
    statement: str = Field(sa_column=_text())
    refused: str = Field(sa_column=_text())
    officers: str = Field(sa_column=_text())
    contact_id: int | None = Field(default=None, sa_column=_big(null=True))
    number: str = Field(sa_column=_text())


class InspectionItem(SQLModel, table=True):
    """One line of the check-list with the officer's answer. Projection."""

    __tablename__ = "inspection_item"
    __table_args__ = (
        CheckConstraint("answer IN ('unchecked','conforms','violates','not_applicable')", name="answer"),
        CheckConstraint("answer <> 'violates' OR remark <> ''", name="remark"),
    )

    inspection_id: int = Field(sa_column=_id())
    key: str = Field(sa_column=Column(Text, primary_key=True))
    position: int = Field(sa_column=Column(Integer, nullable=False))
    kind: str = Field(sa_column=_text())
    clause_id: str = Field(sa_column=_text())
    clause: str = Field(sa_column=_text())
    owed: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    record: str = Field(sa_column=_text())
    answer: str = Field(sa_column=_text())
    remark: str = Field(sa_column=_text())


class InspectionPhoto(SQLModel, table=True):
    """A photo: hash of the bytes, the time it claims (``taken``, from where) and when we received it. Projection.

    ``order_id`` where the party filed it with what it corrected. ``id`` is the act's.
    """

    __tablename__ = "inspection_photo"
    __table_args__ = (Index("ix_inspection_photo_inspection_id", "inspection_id", "id"),)

    id: int = Field(sa_column=_id())
    inspection_id: int = Field(sa_column=_big())
    tenant_id: int = Field(sa_column=_big())
    order_id: int | None = Field(default=None, sa_column=_big(null=True))
    item: str = Field(sa_column=_text())
    attachment_id: int = Field(sa_column=_big())
    sha256: str = Field(sa_column=_text())
    taken: str = Field(sa_column=_text())
    taken_from: str = Field(sa_column=_text())
    received_at: int = Field(sa_column=_big())
    place: str = Field(sa_column=_text())
    latitude: str = Field(sa_column=_text())
    longitude: str = Field(sa_column=_text())
    actor_id: int = Field(sa_column=_big())


class InspectionSample(SQLModel, table=True):
    """A sample taken of the inspected lot. ``quantity`` in millionths of ``unit``, ``written`` as typed. Projection."""

    __tablename__ = "inspection_sample"
    __table_args__ = (
        Index("ix_inspection_sample_inspection_id", "inspection_id", "id"),
        Index("ix_inspection_sample_tenant_id", "tenant_id", "number", unique=True),
    )

    id: int = Field(sa_column=_id())
    inspection_id: int = Field(sa_column=_big())
    tenant_id: int = Field(sa_column=_big())
    lot_id: int = Field(sa_column=_big())
    number: str = Field(sa_column=_text())
    quantity: int = Field(sa_column=_big())
    unit: str = Field(sa_column=_text())
    written: str = Field(sa_column=_text())
    base_quantity: str = Field(sa_column=_text())
    seal: str = Field(sa_column=_text())
    reserve: str = Field(sa_column=_text())
    reserve_seal: str = Field(sa_column=_text())
    reserve_place: str = Field(sa_column=_text())
    storage: str = Field(sa_column=_text())
    laboratory: str = Field(sa_column=_text())
    stage: str = Field(sa_column=_text())
    task: str = Field(sa_column=_text())
    taken_at: int = Field(sa_column=_big())
    form_number: str = Field(sa_column=_text())


class InspectionCustody(SQLModel, table=True):
    """One step of a sample's way to the laboratory. Projection; ``id`` is the act's."""

    __tablename__ = "inspection_custody"
    __table_args__ = (
        CheckConstraint("step IN ('taken','handed','received')", name="step"),
        CheckConstraint("seal IN ('intact','broken','unknown')", name="seal"),
        Index("ix_inspection_custody_sample_id", "sample_id", "id"),
    )

    id: int = Field(sa_column=_id())
    sample_id: int = Field(sa_column=_big())
    step: str = Field(sa_column=_text())
    at: int = Field(sa_column=_big())
    organisation: str = Field(sa_column=_text())
    person_id: int = Field(sa_column=_big())
    condition: str = Field(sa_column=_text())
    seal: str = Field(sa_column=_text())


class InspectionOrder(SQLModel, table=True):
    """责令改正 with its dates, what the party last reported and whether it is closed. Projection."""

    __tablename__ = "inspection_order"
    __table_args__ = (
        CheckConstraint("state IN ('open','closed')", name="state"),
        Index("ix_inspection_order_inspection_id", "inspection_id", "id"),
        Index("ix_inspection_order_tenant_id", "tenant_id", "state", "recheck_on"),
        Index("ix_inspection_order_party_id", "party_id", "state"),
    )

    id: int = Field(sa_column=_id())
    inspection_id: int = Field(sa_column=_big())
    tenant_id: int = Field(sa_column=_big())
    party_id: int = Field(sa_column=_big())
    state: str = Field(sa_column=_text())
    issued_at: int = Field(sa_column=_big())
    deadline: str = Field(sa_column=_text())
    recheck_on: str = Field(sa_column=_text())
    contact_id: int | None = Field(default=None, sa_column=_big(null=True))
    number: str = Field(sa_column=_text())
    reported_at: int | None = Field(default=None, sa_column=_big(null=True))
    rechecked_at: int | None = Field(default=None, sa_column=_big(null=True))


class InspectionOrderItem(SQLModel, table=True):
    """One thing to correct and the last re-check's result ('' before). Projection."""

    __tablename__ = "inspection_order_item"
    __table_args__ = (CheckConstraint("result IN ('','corrected','uncorrected')", name="result"),)

    order_id: int = Field(sa_column=_id())
    key: str = Field(sa_column=Column(Text, primary_key=True))
    clause: str = Field(sa_column=_text())
    problem: str = Field(sa_column=_text())
    demand: str = Field(sa_column=_text())
    result: str = Field(sa_column=_text())


class InspectionNote(SQLModel, table=True):
    """What was said later: the party's report (rectified), a re-check (rechecked), a correction. Projection."""

    __tablename__ = "inspection_note"
    __table_args__ = (
        CheckConstraint("kind IN ('rectified','rechecked','corrected')", name="kind"),
        Index("ix_inspection_note_inspection_id", "inspection_id", "id"),
    )

    id: int = Field(sa_column=_id())
    inspection_id: int = Field(sa_column=_big())
    order_id: int | None = Field(default=None, sa_column=_big(null=True))
    tenant_id: int = Field(sa_column=_big())
    kind: str = Field(sa_column=_text())
    text: str = Field(sa_column=_text())
    at: int = Field(sa_column=_big())
    late: bool = Field(sa_column=Column(Boolean, nullable=False))
