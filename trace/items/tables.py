"""Tables of trade items, recipes and the pack of each small ingredient in use."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Text
from sqlmodel import Field, SQLModel


class TradeItem(SQLModel, table=True):
    """A product or raw material of one organisation, known by GTIN or by a private key of this host.

    ``key`` is the canonical key path without lot: ``01/{GTIN-14}`` or ``id/{private key}``.
    ``net_content`` is millionths of ``net_unit`` (KGM or LTR) per unit; null means unknown, and
    balance and share then say 无法计算（缺净含量）. ``usual_yield`` is output mass per input mass in
    millionths.
    """

    __tablename__ = "trade_item"
    __table_args__ = (
        CheckConstraint("kind IN ('product','material')", name="kind"),
        CheckConstraint("net_content IS NULL OR net_content > 0", name="net_content"),
        CheckConstraint("(net_content IS NULL) = (net_unit IS NULL)", name="net_unit"),
        CheckConstraint("shelf_life_days IS NULL OR shelf_life_days > 0", name="shelf_life"),
        Index("ix_trade_item_organisation_id", "organisation_id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation_id: int = Field(sa_column=Column(BigInteger, ForeignKey("organisation.id"), nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    key: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    gtin: str | None = Field(default=None, sa_column=Column(Text, nullable=True, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    spec: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    net_content: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    net_unit: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    base_unit: str = Field(sa_column=Column(Text, nullable=False))
    shelf_life_days: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    storage: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    processing: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    ready_to_eat: bool | None = Field(default=None, nullable=True)
    prepackaged: bool = Field(default=True, nullable=False)
    sc_category: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    food_category: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    executed_standard: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    heating: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    ingredients: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    allergens: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    link_code: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    usual_yield: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    is_demo: bool = Field(default=False, nullable=False)
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class RecipeLine(SQLModel, table=True):
    """One ingredient of a recipe version: how much of a material one unit of the product takes.

    ``per_unit`` is millionths of ``unit`` per product unit. The highest ``version`` is in force.
    """

    __tablename__ = "recipe_line"
    __table_args__ = (CheckConstraint("per_unit > 0", name="per_unit"),)

    item_id: int = Field(sa_column=Column(BigInteger, ForeignKey("trade_item.id"), primary_key=True))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    line: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    material_id: int = Field(sa_column=Column(BigInteger, ForeignKey("trade_item.id"), nullable=False))
    per_unit: int = Field(sa_column=Column(BigInteger, nullable=False))
    unit: str = Field(sa_column=Column(Text, nullable=False))
    small: bool = Field(default=False, nullable=False)


class OpenPack(SQLModel, table=True):
    """The opened pack of a small ingredient now in use in a workshop. Projection of ``pack.opened`` acts."""

    __tablename__ = "open_pack"

    tenant_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    material_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    lot_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))
