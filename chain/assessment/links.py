"""Figures of one link out of its supply. Pure.

cover   = min(1, capacity inside / need): an interval while a capacity or the need is not known
HHI     over the controllers' capacities inside, N_eff = 1/HHI
outside = supply from outside / all known supply
age     = days from the oldest datum used to the day looked at
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from chain.assessment.models import LinkFigures, Locality, State
from chain.gaps import is_withheld, judge
from chain.measures import UNKNOWN, Interval, cover, effective_number, hhi
from chain.models import Reference, Thresholds
from chain.supply import Supply

ENDLESS = float("inf")


def state_of(supply: Supply) -> State:
    """An operator inside is evidence of presence, a survey that found nobody of absence; nothing else is either, and
    neither is one whose licence ran out."""
    if supply.inside:
        return "present"
    return "absent" if supply.nobody is not None else "unknown"


def capacity_of(supply: Supply) -> Interval:
    """Capacity inside in the supply's unit: what is known at least, and no upper end while somebody is silent."""
    if not supply.inside and not supply.lapsed:
        return Interval(0, 0) if supply.survey is not None else Interval(0, ENDLESS)
    low = high = 0.0
    for operator in (*supply.inside, *supply.lapsed):
        known = operator.capacity is not None and operator.unit == supply.unit
        low += float(operator.capacity or 0) if known and not operator.lapsed else 0.0
        high += float(operator.capacity_high or operator.capacity or 0) if known else ENDLESS
    return Interval(low, high)


def cover_of(supply: Supply) -> Interval:
    """How much of the need is covered from inside; unknown without a need, 0 where a survey found nobody."""
    state = state_of(supply)
    if state == "absent":
        return Interval(0, 0)
    if (state == "unknown" and not supply.lapsed) or supply.demand is None:
        return UNKNOWN
    need = float(supply.demand.quantity)
    return cover(Interval(need, need), capacity_of(supply))


def figures_of(
    supply: Supply,
    locality: Locality,
    as_of: date,
    limits: Thresholds,
    reference: Reference | None = None,
    public: bool = False,
) -> LinkFigures:
    """Everything that is said of a link. ``public`` leaves out what would give an enterprise's capacity away."""
    gap = judge(supply, as_of, limits, public)
    shown = not public or not is_withheld(supply, limits)
    concentration = _hhi(supply) if shown else None
    outside = supply.external_share if shown else None
    return LinkFigures(
        link=supply.link,
        supply=supply,
        gap=gap,
        state=state_of(supply),
        cover=cover_of(supply) if shown else UNKNOWN,
        hhi=concentration,
        effective=None if concentration is None else effective_number(concentration),
        outside=None if outside is None else float(outside),
        age=None if gap.data_date is None else (as_of - gap.data_date).days,
        reference=reference if shown else None,
        locality=locality,
    )


def _hhi(supply: Supply) -> float | None:
    if not supply.capacity_complete or not supply.capacity_floor:
        return None
    held: dict[str, Decimal] = {}
    for operator in supply.inside:
        held[operator.controller] = held.get(operator.controller, Decimal(0)) + (operator.capacity or Decimal(0))
    return hhi(held.values())
