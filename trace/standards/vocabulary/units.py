"""Unit conversion for measured values: exact, by data, and only inside one dimension."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from trace.standards.vocabulary.text import fold

EXACT = Context(prec=100)
"""Wide enough that no product of a written number and a conversion factor is ever rounded (SEM-4)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """``size`` is how many base units of its dimension one of this unit is."""

    name: str
    dimension: str
    size: Decimal
    ucum: str
    rec20: str


@dataclass(frozen=True, slots=True)
class Units:
    """The dictionary of ``units.yaml``: spelling → unit, and which dimensions a dimension accepts."""

    by_key: dict[str, Unit]
    accepts: dict[str, frozenset[str]]

    def find(self, text: str) -> Unit | None:
        """The unit a spelling means; None when the dictionary has no such unit."""
        return self.by_key.get(unit_key(text))

    def convert(self, value: Decimal, given: Unit, wanted: Unit) -> Decimal | None:
        """A value in another unit, exactly; None when the two do not measure the same thing."""
        if given is wanted:
            return value
        if given.dimension != wanted.dimension and given.dimension not in self.accepts[wanted.dimension]:
            return None
        if given.size == wanted.size:
            return value
        return EXACT.divide(EXACT.multiply(value, given.size), wanted.size)


def unit_key(text: str) -> str:
    """The spelling under which a unit is looked up: micro sign, width, superscripts and case settled."""
    return fold(text).replace("^", "").lower()


def build_units(data: dict[str, Any]) -> Units:
    """Compile ``units.yaml``."""
    by_key: dict[str, Unit] = {}
    accepts: dict[str, frozenset[str]] = {}
    for dimension in data["dimensions"]:
        accepts[dimension["name"]] = frozenset(dimension.get("accepts", ()))
        for row in dimension["units"]:
            unit = Unit(row["unit"], dimension["name"], Decimal(row["size"]), row.get("ucum", ""), row.get("rec20", ""))
            for spelling in (row["unit"], *row.get("also", ())):
                by_key[unit_key(spelling)] = unit
    return Units(by_key, accepts)
