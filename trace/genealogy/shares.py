"""How much of one lot is in each lot made from it, by mass, in topological order. Pure.

Assumes even mixing: every part of a batch holds the same proportion of each input, so the proportion in a batch is
the mean of its inputs' proportions, weighted by their masses.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

from trace.genealogy.models import Share
from trace.quantity import MICRO, convert, family

UNKNOWN_AMOUNT = "无法计算（有投料没有质量：未记录用量，或按件计量而没有净含量）"
IN_A_CIRCLE = "无法计算（返工循环：批次互为投料）"
TOO_LARGE = "无法计算（谱系过大，没有全部列出）"
_LONG = 10**30
_FINE = 10**24
"""Fractions stay exact until their denominators pass 10^30, then are rounded to multiples of 10^-24."""


@dataclass(frozen=True, slots=True)
class Flow:
    """``input`` went into ``output``; ``mass`` in millionths of a kilogram (litres count as kilograms), None unknown."""

    input: int
    output: int
    mass: int | None


class Amounted(Protocol):
    """An edge as the store gives it."""

    quantity: int | None
    unit: str


class Netted(Protocol):
    """A lot with its trade item's net content."""

    net_content: int | None
    net_unit: str | None


def mass_of(edge: Amounted, lot: Netted | None) -> int | None:
    """Mass of an input in millionths of a kilogram; pieces by the net content of what they are pieces of."""
    return None if edge.quantity is None else in_mass(edge.quantity, edge.unit, lot)


def pieces(unit: str) -> bool:
    """Whether an amount in ``unit`` has a mass only through a net content."""
    return unit not in ("", "KGM", "LTR") and _family(unit) == "H87"


@lru_cache(maxsize=200)
def _family(unit: str) -> str:
    try:
        return family(unit)
    except ValueError:
        return ""


def in_mass(quantity: int, unit: str, lot: Netted | None) -> int | None:
    """An amount of a lot as millionths of a kilogram (litres count as kilograms); None where it has no mass."""
    base = _family(unit)
    amount = quantity if unit == base else convert(quantity, unit, base)
    if base != "H87" or amount is None:
        return amount
    if lot is None or lot.net_content is None or not lot.net_unit:
        return None
    each = convert(lot.net_content, lot.net_unit, family(lot.net_unit))
    return None if each is None else amount * each // MICRO


def shares(flows: Sequence[Flow], suspect: int) -> dict[int, Share]:
    """What part of each lot made from ``suspect``, at any depth, is ``suspect``; itself 1.

    ``flows`` must hold every input of every lot below. A lot in a rework loop, or below one, has no share but the
    reason; so has a lot with an input of unknown mass, and everything below it.
    """
    into: dict[int, list[Flow]] = defaultdict(list)
    down: dict[int, list[int]] = defaultdict(list)
    for flow in flows:
        into[flow.output].append(flow)
        down[flow.input].append(flow.output)
    touched, queue = {suspect}, deque([suspect])
    while queue:
        for lot in down[queue.popleft()]:
            if lot not in touched:
                touched.add(lot)
                queue.append(lot)
    waiting = {lot: sum(1 for flow in into[lot] if flow.input in touched) for lot in touched}
    found = {lot: Share(None, IN_A_CIRCLE) for lot in touched}
    ready = deque([suspect] if waiting[suspect] == 0 else [])
    while ready:
        here = ready.popleft()
        found[here] = Share(Fraction(1)) if here == suspect else _mixed(into[here], found)
        for lot in down[here]:
            waiting[lot] -= 1
            if waiting[lot] == 0:
                ready.append(lot)
    return found


def _mixed(inputs: Sequence[Flow], found: dict[int, Share]) -> Share:
    total, of_it = 0, Fraction(0)
    for flow in inputs:
        above = found.get(flow.input)
        if flow.mass is None or (above is not None and above.part is None):
            return Share(None, UNKNOWN_AMOUNT)
        total += flow.mass
        if above is not None and above.part is not None:
            of_it += flow.mass * above.part
    if total == 0:
        return Share(None, UNKNOWN_AMOUNT)
    part = of_it / total
    if part.denominator > _LONG:
        part = Fraction(round(part * _FINE), _FINE)
    return Share(part)


def share_of(flows: Sequence[Flow], suspect: int, product: int) -> tuple[Fraction | None, str]:
    """The same for one product, for whose sake ``flows`` need hold only what lies above it; 0 where it has none of it."""
    found = shares(flows, suspect).get(product)
    return (Fraction(0), "") if found is None else (found.part, found.why)


def share_text(share: Fraction | None, why: str) -> str:
    """The share as people read it."""
    if share is None:
        return why
    percent = float(share * 100)
    return f"{percent:.1f}%" if percent >= 0.1 else "不足 0.1%"
