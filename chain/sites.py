"""What a project asks of a site and what a site offers: five hard constraints, each met, not met or unknown. Pure.

Every constraint is "at least": so much cold store, waste-water, gas, clear height, land. Units of one constraint that
have no fixed relation (a rate per hour and one per day) are never compared: that is 未知, not a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Met = Literal["met", "not_met", "unknown"]
MET_NAMES: Mapping[Met, str] = {"met": "满足", "not_met": "不满足", "unknown": "未知"}

CONSTRAINTS: Mapping[str, tuple[str, Mapping[str, tuple[str, Fraction]]]] = {
    "cold": (
        "冷库",
        {"吨": ("吨", Fraction(1)), "立方米": ("立方米", Fraction(1)), "平方米": ("平方米", Fraction(1))},
    ),
    "sewage": ("排污", {"立方米/日": ("立方米/日", Fraction(1)), "吨/日": ("立方米/日", Fraction(1))}),
    "gas": ("用气", {"立方米/小时": ("立方米/小时", Fraction(1)), "立方米/日": ("立方米/日", Fraction(1))}),
    "height": ("净高", {"米": ("米", Fraction(1))}),
    "land": ("用地", {"亩": ("平方米", Fraction(2000, 3)), "平方米": ("平方米", Fraction(1))}),
}
"""Key → (name, unit → (base, how many of the base one is)). A cubic metre of waste water is counted as a tonne."""
NAMES: dict[str, str] = {key: name for key, (name, _) in CONSTRAINTS.items()}


UNITS: list[tuple[str, str]] = [
    (unit, unit) for unit in dict.fromkeys(unit for _, units in CONSTRAINTS.values() for unit in units)
]
"""Every unit once, to choose from."""


def units_of(what: str) -> tuple[str, ...]:
    """The units a constraint may be given in."""
    return tuple(CONSTRAINTS[what][1])


@dataclass(frozen=True, slots=True)
class Amount:
    """``low`` to ``high`` in ``unit``, both None where it is 未知; where it comes from and of which day."""

    low: Decimal | None
    high: Decimal | None
    unit: str
    source: str
    data_date: date


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint of one target at one site, and why."""

    what: str
    met: Met
    reason: str
    needed: Amount | None
    offered: Amount | None

    @property
    def name(self) -> str:
        return NAMES[self.what]


def check(what: str, needed: Amount | None, offered: Amount | None) -> Check:
    """Whether a site meets what a target asks for. What either does not say is 未知."""
    if needed is None or needed.low is None:
        return Check(what, "unknown", "没有登记目标的要求", needed, offered)
    least, most = _base(what, needed.low, needed.unit), _base(what, needed.high or needed.low, needed.unit)
    if most[1] == 0:
        return Check(what, "met", "目标不需要", needed, offered)
    if offered is None or offered.low is None:
        return Check(what, "unknown", "没有登记该地块的条件", needed, offered)
    low, high = _base(what, offered.low, offered.unit), _base(what, offered.high or offered.low, offered.unit)
    if low[0] != least[0]:
        reason = f"要求按{needed.unit}、地块按{offered.unit}，不能比较"
        return Check(what, "unknown", reason, needed, offered)
    told = f"要求 {_text(needed)}，地块 {_text(offered)}"
    if low[1] >= most[1]:
        return Check(what, "met", told, needed, offered)
    if high[1] < least[1]:
        return Check(what, "not_met", told, needed, offered)
    return Check(what, "unknown", f"{told}，范围交叠，须核实", needed, offered)


def checks(needed: Mapping[str, Amount], offered: Mapping[str, Amount]) -> tuple[Check, ...]:
    """All five, in their order."""
    return tuple(check(what, needed.get(what), offered.get(what)) for what in CONSTRAINTS)


def _base(what: str, value: Decimal, unit: str) -> tuple[str, Fraction]:
    base, factor = CONSTRAINTS[what][1][unit]
    return base, Fraction(value) * factor


def _text(one: Amount) -> str:
    assert one.low is not None
    number = f"{one.low:f}" if one.high is None or one.high == one.low else f"{one.low:f}～{one.high:f}"
    return f"{number} {one.unit}"
