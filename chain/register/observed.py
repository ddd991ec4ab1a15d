"""Declared supplies beside those the batch record has seen, and what may be told of the seen ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from chain.models import ObservedSupply, Thresholds
from chain.register.folding import Register
from chain.register.models import Supplies
from chain.register.owning import org_code
from chain.secrecy import may_sum

Edge = tuple[str, str, str]
"""(giver, taker, link), organisations by credit code or platform code."""


def summed_until(day: date, today: date) -> date:
    """The last day of sums over deliveries as of ``day``: the end of a month, that is over ``today``, on or before it.

    Sums over a year up to any day would give the one delivery of a day away as the difference of two neighbours.
    """
    until = min(day, today - timedelta(days=1))
    after = until + timedelta(days=1)
    return until if after.day == 1 else until.replace(day=1) - timedelta(days=1)


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
    """Deliveries of a link in one unit, summed over enterprises. ``volume`` and ``deliveries`` None: 保密.

    Every delivery is in one cell, and nothing is summed over cells: what is withheld is no difference of what is shown.
    """

    link_id: str
    unit: str
    enterprises: int
    volume: Decimal | None
    deliveries: int | None
    last: date


def cells(seen: Iterable[ObservedSupply], owners: Mapping[str, str], limits: Thresholds | None = None) -> list[Cell]:
    """What investment staff may see: a sum shows only over at least three givers and three takers, none above 70 %.

    ``owners``: code → who controls it (``Ownership.owners``): firms of one owner are one giver, or one taker.
    """
    by_cell: dict[tuple[str, str], list[ObservedSupply]] = {}
    for one in seen:
        by_cell.setdefault((one.link_id, one.unit), []).append(one)
    found = []
    for (link, unit), several in sorted(by_cell.items()):
        shown = may_sum([((one.giver, one.taker), one.volume) for one in several], owners, limits)
        found.append(
            Cell(
                link_id=link,
                unit=unit,
                enterprises=len({one.giver for one in several}),
                volume=sum((one.volume for one in several), Decimal(0)) if shown else None,
                deliveries=sum(one.deliveries for one in several) if shown else None,
                last=max(one.last for one in several),
            )
        )
    return found


def undeclared(register: Register, seen: Iterable[ObservedSupply], owners: Mapping[str, str]) -> dict[str, int | None]:
    """Link → how many pairs deliver that no declaration names; None: 保密, by the same rule over the pairs."""
    pairs: dict[str, set[tuple[str, str]]] = {}
    for one in observed_never_declared(register, seen):
        pairs.setdefault(one.link_id, set()).add((one.giver, one.taker))
    return {
        link: len(several) if may_sum([(pair, Decimal(1)) for pair in several], owners) else None
        for link, several in sorted(pairs.items())
    }
