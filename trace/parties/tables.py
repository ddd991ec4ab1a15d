"""Tables of parties. Reference data: written once by accounts or seeds, read by everyone."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel


class Organisation(SQLModel, table=True):
    """An enterprise, supply base, regulator, investment office, operator or technical body."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("kind IN ('enterprise','base','regulator','investment','operator','technical')", name="kind"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    code: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    short_name: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    uscc: str | None = Field(default=None, sa_column=Column(Text, nullable=True, unique=True))
    district: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    address: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    level: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    stages: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    link_codes: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    is_demo: bool = Field(default=False, nullable=False)
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class Credential(SQLModel, table=True):
    """A licence or filing with its validity; a renewal is a new row, the old one stays."""

    __tablename__ = "credential"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('sc','small_workshop','food_business_central_kitchen','food_business_group_catering',"
            "'food_business','prepackaged_filing','farm')",
            name="kind",
        ),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="validity"),
        Index("ix_credential_organisation_id", "organisation_id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation_id: int = Field(sa_column=Column(BigInteger, ForeignKey("organisation.id"), nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False))
    scope: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    valid_from: str = Field(sa_column=Column(Text, nullable=False))
    valid_to: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class Person(SQLModel, table=True):
    """Personal data (PIPL): a smallholder's or collector's name and phone, correctable and deletable.

    The journal carries only ``id``; deleting the row leaves every proof and every rebuild intact.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_tenant_id", "tenant_id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    phone: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
