"""The enterprise network of declared and observed supplies, made ready for shocks. Pure.

Tonnes, litres and pieces are never added. Every link has one unit, the one in which most of its supplies are given,
and a supply weighs its share of all that its link supplies in that unit, times the link's importance:

    w = importance of the link × amount / Σ amounts of the link's supplies

So a link weighs the same however its goods are counted. Supplies in another unit, or of unknown amount, are left out
and counted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chain.models import LinkEdge, ObservedSupply
from chain.register.folding import Register
from chain.register.observed import Edge, edge_of
from chain.register.owning import org_code
from chain.units import UNITS

MOST_FIRMS: Final = 5_000
"""Up to so many firms every one is shocked."""
MOST_SHOCKS: Final = 200
"""In a larger network only those that deliver most."""
TOGETHER: Final = 2_500_000
"""Firms × shocks between two reports of progress."""
REC20: Mapping[str, tuple[str, Decimal]] = {
    "KGM": ("kg", Decimal(1)), "TNE": ("kg", Decimal(1000)), "GRM": ("kg", Decimal("0.001")),
    "MGM": ("kg", Decimal("0.000001")), "LTR": ("L", Decimal(1)), "MLT": ("L", Decimal("0.001")),
    "H87": ("件", Decimal(1)), "C62": ("件", Decimal(1)),
}  # fmt: skip
"""Unit of the record → the base it is counted in here, and how many of it one is."""
UNKNOWN: Final = "未知环节"
NO_AMOUNT, OTHER_UNIT, ITSELF = "数量未知", "单位与本环节其他供给不同", "供给方就是收货方"
Amounts = dict[str, Decimal]
"""Base unit → amount of one supply."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one supply weighs: ``amount`` in the link's ``unit``, ``weight`` its share times the link's importance."""

    giver: str
    taker: str
    link: str
    amount: Decimal
    unit: str
    weight: float


@dataclass(frozen=True, slots=True)
class Network:
    """The supplies that count, and how many were ``left_out`` for which reason. ``sector`` gives each firm's link."""

    deliveries: tuple[Delivery, ...]
    sector: Mapping[str, str]
    names: Mapping[str, str]
    left_out: Mapping[str, int]
    declared: int
    observed: int

    @property
    def firms(self) -> list[str]:
        return sorted({firm for one in self.deliveries for firm in (one.giver, one.taker)})


@dataclass(frozen=True, slots=True)
class Risk:
    """A firm's share of all output that is lost when it stops; what it delivers by (link, unit); ``settled`` or 未收敛."""

    code: str
    name: str
    link: str
    value: float
    supplies: Mapping[tuple[str, str], Decimal]
    settled: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """``firms`` in the network, ``shocked`` of them; ``ms`` is the time of one shock; ``unsettled`` did not converge."""

    rows: tuple[Risk, ...]
    firms: int
    shocked: int
    ms: float
    unsettled: int


def network_of(
    register: Register, seen: Iterable[ObservedSupply], importance: Mapping[str, float] | None = None
) -> Network:
    """What was observed stands for what was declared of the same supply. ``importance`` of links, 1 by default."""
    names: dict[str, str] = {}
    declared: dict[Edge, Amounts] = {}
    for fact in register.supplies:
        if fact.basis == "planned":
            continue
        edge = edge_of(register, fact)
        base, size = UNITS.get(fact.unit, (fact.unit, Decimal(1)))
        declared[edge] = {} if not fact.low else {base: fact.low * size}
        for subject, code in ((fact.subject, edge[0]), (fact.to, edge[1])):
            known = register.subject(register.root(subject)) or register.subject(subject)
            names[code] = known.name if known is not None else code
    observed: dict[Edge, Amounts] = {}
    for one in seen:
        base, size = REC20.get(one.unit, (one.unit, Decimal(1)))
        amounts = observed.setdefault((one.giver, one.taker, one.link_id), {})
        if one.volume:
            amounts[base] = amounts.get(base, Decimal(0)) + one.volume * size
        names.setdefault(one.giver, one.giver_name)
        names.setdefault(one.taker, one.taker_name)
    deliveries, left_out = _weighed(declared, observed, importance or {})
    sector: dict[str, str] = {}
    for giver, _, link in sorted({*declared, *observed}):
        sector.setdefault(giver, link)
    works: dict[str, str] = {}
    for link in sorted(register.links):
        for at in register.operates(link):
            works.setdefault(org_code(register, at.subject), link)
    for one_ in deliveries:
        sector.setdefault(one_.taker, works.get(one_.taker, UNKNOWN))
    return Network(deliveries, sector, names, left_out, len(declared), len(observed))


def _weighed(
    declared: Mapping[Edge, Amounts], observed: Mapping[Edge, Amounts], importance: Mapping[str, float]
) -> tuple[tuple[Delivery, ...], dict[str, int]]:
    """Every supply with an amount in its link's unit, and the number of the others by reason."""
    edges = sorted({*declared, *observed})
    bases: dict[str, Counter[str]] = {}
    for edge in edges:
        bases.setdefault(edge[2], Counter()).update({*declared.get(edge, ()), *observed.get(edge, ())})
    units = {link: unit_of(count) for link, count in bases.items()}
    left_out: Counter[str] = Counter()
    counted: list[tuple[Edge, Decimal]] = []
    totals: dict[str, Decimal] = {}
    for edge in edges:
        unit = units[edge[2]]
        told = [said[edge] for said in (observed, declared) if said.get(edge)]
        amount = next((amounts[unit] for amounts in told if unit in amounts), None)
        if amount is None:
            left_out[OTHER_UNIT if told else NO_AMOUNT] += 1
        elif edge[0] == edge[1]:
            left_out[ITSELF] += 1
        else:
            counted.append((edge, amount))
            totals[edge[2]] = totals.get(edge[2], Decimal(0)) + amount
    return (
        tuple(
            Delivery(*edge, amount, units[edge[2]], importance.get(edge[2], 1.0) * float(amount / totals[edge[2]]))
            for edge, amount in counted
        ),
        dict(left_out),
    )


def unit_of(given: Mapping[str, int]) -> str:
    """The base unit given most often; of several the first of kg, L, 件, then by name. '' where none is given."""
    usual = ("kg", "L", "件")
    return min(
        given, key=lambda unit: (-given[unit], usual.index(unit) if unit in usual else len(usual), unit), default=""
    )


def rank(
    network: Network, edges: Iterable[LinkEdge], going_on: Callable[[int, int], bool] = lambda done, of: True
) -> Ranking | None:
    """Firms by the loss when each stops: 物料 inputs are essential, everything else is not.

    All firms up to ``MOST_FIRMS``, else the ``MOST_SHOCKS`` that deliver most. ``going_on`` is told how many shocks of
    how many are done, and ends the work by False: None.
    """
    kind = {(edge.from_link, edge.to_link): edge.kind == "物料" for edge in edges}
    supplied: dict[str, dict[tuple[str, str], Decimal]] = {}
    out = dict.fromkeys(network.firms, 0.0)
    for one in network.deliveries:
        out[one.giver] += one.weight
        mine = supplied.setdefault(one.giver, {})
        mine[one.link, one.unit] = mine.get((one.link, one.unit), Decimal(0)) + one.amount
    firms = network.firms
    chosen = sorted(firms, key=lambda firm: (-out[firm], firm))
    if len(firms) > MOST_FIRMS:
        chosen = chosen[:MOST_SHOCKS]
    if not going_on(0, len(chosen)):
        return None
    from chain.esri import prepare, shocks  # scipy takes a second to load: not at the server's start

    began = time.perf_counter()
    ready = prepare(
        [(one.giver, one.taker, one.weight) for one in network.deliveries],
        {firm: network.sector[firm] for firm in firms},
        lambda supplier, buyer: kind.get((supplier, buyer), False),
    )
    values: dict[str, float] = {}
    unsettled: set[str] = set()
    together = max(1, TOGETHER // max(1, len(firms)))
    for begin in range(0, len(chosen), together):
        part, moving = shocks(ready, chosen[begin : begin + together])
        values |= part
        unsettled |= moving
        if not going_on(len(values), len(chosen)):
            return None
    ms = (time.perf_counter() - began) * 1000 / max(1, len(chosen))
    rows = [
        Risk(
            firm, network.names.get(firm, firm), network.sector[firm], values[firm], supplied.get(firm, {}),
            firm not in unsettled,
        )
        for firm in chosen
    ]  # fmt: skip
    return Ranking(tuple(sorted(rows, key=lambda r: (-r.value, r.code))), len(firms), len(chosen), ms, len(unsettled))
