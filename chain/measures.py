"""The indices of the chain, each a pure function of the rows it is made from.

Sources: location quotient after Florence (1939) as the U.S. Bureau of Labor Statistics computes it;
Herfindahl–Hirschman index as the U.S. Department of Justice computes it (Merger Guidelines 2023, 0 to 10,000);
effective number after Laakso and Taagepera (1979), 1 over HHI on the scale 0 to 1; ESRI see chain/esri.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Final

__all__ = ["HHI_WHOLE", "Interval", "cover", "effective_number", "hhi", "location_quotient", "share"]

HHI_WHOLE: Final = 10_000
"""HHI of a single holder."""
Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Interval:
    """What a figure is at least and at most, while something is unknown. ``low`` ≤ ``high``."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"下限 {self.low} 大于上限 {self.high}")

    @property
    def known(self) -> bool:
        return self.low == self.high


UNKNOWN: Final = Interval(0.0, 1.0)
"""A share of which nothing is known."""


def location_quotient(e_ij: Number, e_j: Number, E_i: Number, E: Number) -> float:
    """(e_ij / e_j) / (E_i / E): an industry's share here over its share in the reference region.

    ``e_ij`` the industry here, ``e_j`` everything here, ``E_i`` the industry in the reference region, ``E`` everything
    there; persons, yuan or firms, each pair in one unit. Raises ValueError where a share is not defined.
    """
    part, here, there, whole = (_number(v, name) for v, name in ((e_ij, "e_ij"), (e_j, "e_j"), (E_i, "E_i"), (E, "E")))
    if part > here or there > whole:
        raise ValueError("一个行业不能大于全部行业之和")
    if not here or not there or not whole:
        raise ValueError("区位商没有定义：本地合计、参照区该行业、参照区合计都须大于 0")
    return (part / here) / (there / whole)


def hhi(shares: Iterable[Number]) -> float:
    """Sum of the squared percentage shares, 0 to 10,000.

    ``shares`` may be fractions, percentages or amounts in one unit: they are taken as parts of their sum.
    Raises ValueError where there is none, one is below zero, or all are zero.
    """
    amounts = [_number(share, "份额") for share in shares]
    total = sum(amounts)
    if not total:
        raise ValueError("没有份额，集中度没有定义")
    return sum((amount / total * 100) ** 2 for amount in amounts)


def effective_number(index: float) -> float:
    """N_eff = 1 / HHI: how many equal holders would be as concentrated. ``index`` on the scale 0 to 10,000."""
    if not 0 < index <= HHI_WHOLE * (1 + 1e-9):
        raise ValueError(f"HHI {index} 不在 0（不含）到 10000 之间")
    return HHI_WHOLE / index


def cover(need: Interval, capacity: Interval) -> Interval:
    """min(1, capacity / need), both amounts in one unit over one year; a need of 0 is covered."""
    return Interval(_covered(need.high, capacity.low), _covered(need.low, capacity.high))


def share(part: Number, whole: Number) -> float:
    """``part`` of ``whole``, 0 to 1. Raises ValueError where ``whole`` is 0 or smaller than ``part``."""
    a, b = _number(part, "部分"), _number(whole, "合计")
    if not b or a > b:
        raise ValueError(f"占比没有定义：部分 {part}，合计 {whole}")
    return a / b


def _covered(need: float, capacity: float) -> float:
    if need < 0 or capacity < 0:
        raise ValueError("需求和产能不能小于 0")
    return 1.0 if capacity >= need else capacity / need


def _number(value: Number, name: str) -> float:
    number = float(value)
    if not isfinite(number) or number < 0:
        raise ValueError(f"{name} {value} 不是有限的非负数")
    return number
