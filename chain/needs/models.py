"""Families, their needs and amounts as plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from chain.units import UNITS

Kind = Literal["物料", "包装", "工序", "冷链", "检验"]
Role = Literal["essential", "replaceable", "negligible"]

KINDS: tuple[Kind, ...] = ("物料", "包装", "工序", "冷链", "检验")
MEASURED: frozenset[Kind] = frozenset({"物料", "包装"})
"""Kinds whose needs have an amount per kg of product; of the others only the link is needed."""
ROLE_NAMES: dict[Role, str] = {"essential": "必需", "replaceable": "可替代", "negligible": "可忽略"}


@dataclass(frozen=True, slots=True)
class Amount:
    """Between ``low`` and ``high`` (inclusive) of ``unit``; equal where one number is known."""

    low: Decimal
    high: Decimal
    unit: str

    def times(self, other: Amount, unit: str) -> Amount:
        """The product of two ranges of numbers that are not negative, in ``unit``."""
        return Amount(self.low * other.low, self.high * other.high, unit)

    def plus(self, other: Amount) -> Amount:
        """Raises ValueError for another unit."""
        if other.unit != self.unit:
            raise ValueError(f"{self.unit} 与 {other.unit} 不能相加")
        return Amount(self.low + other.low, self.high + other.high, self.unit)


@dataclass(frozen=True, slots=True)
class Volume:
    """What is made of a family in a year, sold as such; ``amount`` None is 未知, or ``withheld`` from who asks."""

    amount: Amount | None
    data_date: date | None = None
    source: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """One line of a bill of material.

    ``family`` is set where the input is another family (``link`` is then where that one is made). ``per_kg`` is per
    kg of product: None is 未知 for a measured kind and has no meaning for the others. Needs of one ``group`` stand
    for each other (OR); everything else is needed together (AND).
    """

    id: str
    name: str
    kind: Kind
    link: str
    family: str
    role: Role
    group: str
    per_kg: Amount | None
    basis: str

    @property
    def measured(self) -> bool:
        return self.kind in MEASURED

    @property
    def used_per_kg(self) -> Amount | None:
        """``per_kg`` as it is counted: alternatives and negligible needs from 0, because another may be used."""
        amount = self.per_kg
        return amount if amount is None or self.role == "essential" else Amount(Decimal(0), amount.high, amount.unit)


@dataclass(frozen=True, slots=True)
class Family:
    """A product family. ``makes`` is the link where it is made; ``confidence`` H, M or L."""

    id: str
    name: str
    makes: str
    basis: str
    confidence: str
    note: str
    volume: Volume
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class PlanName:
    """A product or raw material the plan names, with its section and words; none of our own choices."""

    name: str
    section: str
    quote: str


def base_amount(low: Decimal, high: Decimal, unit: str) -> Amount:
    """In the base unit. Raises KeyError for a unit that is not in UNITS."""
    base, factor = UNITS[unit]
    return Amount(low * factor, high * factor, base)


def groups(needs: Iterable[Need]) -> list[tuple[Need, ...]]:
    """What must all be had, each entry with the needs that stand for each other; negligible ones are left out."""
    single: list[tuple[Need, ...]] = []
    either: dict[str, list[Need]] = {}
    for need in needs:
        if need.role == "essential":
            single.append((need,))
        elif need.role == "replaceable":
            either.setdefault(need.group, []).append(need)
    return [*single, *(tuple(group) for group in either.values())]
