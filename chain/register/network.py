"""The enterprise network of declared and observed supplies, made ready for shocks. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from chain.esri import prepare, shocks
from chain.models import LinkEdge, ObservedSupply
from chain.register.folding import Register
from chain.register.observed import Edge, edge_of
from chain.register.yielding import org_code
from chain.units import convert

MOST_SHOCKS = 200
REC20 = {"KGM": "kg", "TNE": "吨", "GRM": "g"}
UNKNOWN = "未知环节"


@dataclass(frozen=True, slots=True)
class Network:
    """Supplies in tonnes a year by (giver, taker); ``left_out`` have no known weight. ``sector`` gives each firm's link."""

    flows: Mapping[tuple[str, str], float]
    sector: Mapping[str, str]
    names: Mapping[str, str]
    left_out: int
    declared: int
    observed: int


@dataclass(frozen=True, slots=True)
class Risk:
    """A firm's share of all output that is lost when it stops, and what it delivers in tonnes a year."""

    code: str
    name: str
    link: str
    value: float
    out: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """``ms`` is the time of one shock; ``settled`` False where a shock did not converge; ``firms`` in the network."""

    rows: tuple[Risk, ...]
    firms: int
    shocked: int
    ms: float
    settled: bool


def network_of(register: Register, seen: Iterable[ObservedSupply]) -> Network:
    """What was observed stands for what was declared of the same supply; an amount that is no weight is left out."""
    amounts: dict[Edge, Decimal | None] = {}
    names: dict[str, str] = {}
    for fact in register.supplies:
        if fact.basis == "planned":
            continue
        edge = edge_of(register, fact)
        amounts[edge] = None if fact.low is None else convert(fact.low, fact.unit, "吨")
        for subject, code in ((fact.subject, edge[0]), (fact.to, edge[1])):
            known = register.subject(register.root(subject)) or register.subject(subject)
            names[code] = known.name if known is not None else code
    declared = len(amounts)
    observed: dict[Edge, Decimal | None] = {}
    for one in seen:
        edge = (one.giver, one.taker, one.link_id)
        weight = convert(one.volume, REC20.get(one.unit, one.unit), "吨")
        before = observed.get(edge, Decimal(0))
        observed[edge] = None if weight is None or before is None else before + weight
        names.setdefault(one.giver, one.giver_name)
        names.setdefault(one.taker, one.taker_name)
    amounts |= {edge: weight for edge, weight in observed.items() if weight is not None or edge not in amounts}
    flows: dict[tuple[str, str], float] = {}
    sector: dict[str, str] = {}
    left_out = 0
    for (giver, taker, link), amount in sorted(amounts.items(), key=lambda pair: pair[0]):
        sector.setdefault(giver, link)
        if amount is None or not amount or giver == taker:
            left_out += 1
        else:
            flows[giver, taker] = flows.get((giver, taker), 0.0) + float(amount)
    works: dict[str, str] = {}
    for link in sorted(register.links):
        for at in register.operates(link):
            works.setdefault(org_code(register, at.subject), link)
    for pair in flows:
        for firm in pair:
            if firm not in sector:
                sector[firm] = works.get(firm, UNKNOWN)
    return Network(flows, sector, names, left_out, declared, len(observed))


def rank(network: Network, edges: Iterable[LinkEdge], most: int = MOST_SHOCKS) -> Ranking:
    """The firms that deliver most, by the loss when each stops: 物料 inputs are essential, everything else is not."""
    kind = {(edge.from_link, edge.to_link): edge.kind == "物料" for edge in edges}
    out: dict[str, float] = {}
    for (giver, _), amount in network.flows.items():
        out[giver] = out.get(giver, 0.0) + amount
    firms = {firm for pair in network.flows for firm in pair}
    if not firms:
        return Ranking((), 0, 0, 0.0, True)
    first = sorted(out, key=lambda firm: (-out[firm], firm))[:most]
    began = time.perf_counter()
    ready = prepare(
        [(giver, taker, amount) for (giver, taker), amount in network.flows.items()],
        {firm: network.sector[firm] for firm in sorted(firms)},
        lambda supplier, buyer: kind.get((supplier, buyer), False),
    )
    values, settled = shocks(ready, first)
    ms = (time.perf_counter() - began) * 1000 / max(1, len(first))
    rows = [Risk(firm, network.names.get(firm, firm), network.sector[firm], values[firm], out[firm]) for firm in first]
    return Ranking(tuple(sorted(rows, key=lambda r: (-r.value, r.code))), len(firms), len(first), ms, settled)
