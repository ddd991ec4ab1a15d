"""Declared supplies beside those the batch record has seen, and what may be told of the seen ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.models import ObservedSupply, Thresholds
from chain.register.folding import Register
from chain.register.models import Supplies
from chain.register.yielding import org_code
from chain.secrecy import may_show, top_share

Edge = tuple[str, str, str]
"""(giver, taker, link), organisations by credit code or platform code."""


def edge_of(register: Register, fact: Supplies) -> Edge:
    """A declared supply under the codes the record uses."""
    return (org_code(register, fact.subject), org_code(register, fact.to), fact.at)


def declared_never_observed(register: Register, seen: Iterable[ObservedSupply]) -> list[Supplies]:
    """Supplies that somebody declared and no delivery shows, in the order of link, giver, taker."""
    known = {(one.giver, one.taker, one.link_id) for one in seen}
    found = [fact for fact in register.supplies if fact.basis == "declared" and edge_of(register, fact) not in known]
    return sorted(found, key=lambda fact: (fact.at, len(fact.subject), fact.subject, fact.to))


def observed_never_declared(register: Register, seen: Iterable[ObservedSupply]) -> list[ObservedSupply]:
    """Deliveries that no declaration names, in the order of link, giver, taker."""
    known = {edge_of(register, fact) for fact in register.supplies if fact.basis == "declared"}
    found = [one for one in seen if (one.giver, one.taker, one.link_id) not in known]
    return sorted(found, key=lambda one: (one.link_id, one.giver, one.taker, one.unit))


@dataclass(frozen=True, slots=True)
class Cell:
    """Deliveries of a link in one unit, summed over enterprises. ``volume`` and ``deliveries`` None: 保密."""

    link_id: str
    unit: str
    enterprises: int
    volume: Decimal | None
    deliveries: int | None
    last: date


def cells(seen: Iterable[ObservedSupply], limits: Thresholds | None = None) -> list[Cell]:
    """What investment staff may see: a sum shows only over at least three givers, none above 70 % of it."""
    by_cell: dict[tuple[str, str], list[ObservedSupply]] = {}
    for one in seen:
        by_cell.setdefault((one.link_id, one.unit), []).append(one)
    found = []
    for (link, unit), several in sorted(by_cell.items()):
        by_giver: dict[str, Decimal] = {}
        for one in several:
            by_giver[one.giver] = by_giver.get(one.giver, Decimal(0)) + one.volume
        shown = may_show(len(by_giver), top_share(by_giver.values()), limits)
        found.append(
            Cell(
                link_id=link,
                unit=unit,
                enterprises=len(by_giver),
                volume=sum(by_giver.values(), Decimal(0)) if shown else None,
                deliveries=sum(one.deliveries for one in several) if shown else None,
                last=max(one.last for one in several),
            )
        )
    return found
