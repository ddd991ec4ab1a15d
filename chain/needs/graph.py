"""The requirement graph and what follows from it: needs of a family, need per link, what a dish still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

import networkx as nx

from chain.needs.models import Amount, Family, Need, Volume, groups

ZERO = Decimal(0)


@dataclass(frozen=True)
class RequirementGraph:
    """All families with their needs. An AND graph: five of six ingredients make no dish."""

    families: tuple[Family, ...]

    def family(self, family_id: str) -> Family:
        """Raises KeyError."""
        for family in self.families:
            if family.id == family_id:
                return family
        raise KeyError(family_id)

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(need for family in self.families for need in family.needs)

    @property
    def links(self) -> tuple[str, ...]:
        """Every link that some family needs or is made at, in order."""
        return tuple(sorted({n.link for n in self.needs} | {f.makes for f in self.families}))

    @property
    def digraph(self) -> nx.DiGraph[tuple[str, str]]:
        """Nodes (kind, id) of kinds family, need, link; edges run from what is given to what takes it.

        link → need → family for an input, family → need for an input that is itself a family, link → family
        (``makes=True``) for where a family is made.
        """
        graph: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
        for family in self.families:
            graph.add_node(("family", family.id), name=family.name)
            graph.add_edge(("link", family.makes), ("family", family.id), makes=True)
            for need in family.needs:
                graph.add_node(("need", need.id), role=need.role, group=need.group, kind=need.kind)
                given = ("family", need.family) if need.family else ("link", need.link)
                graph.add_edge(given, ("need", need.id))
                graph.add_edge(("need", need.id), ("family", family.id))
        return graph

    def needs_of(self, family_id: str, *, nested: bool = True) -> tuple[Need, ...]:
        """A family's needs, those of the families it takes in after its own, each once. Raises KeyError."""
        found: dict[str, Need] = {}
        waiting = [family_id]
        while waiting:
            for need in self.family(waiting.pop(0)).needs:
                if need.id not in found:
                    found[need.id] = need
                    if need.family and nested:
                        waiting.append(need.family)
        return tuple(found.values())

    def missing(self, family_id: str, present: AbstractSet[str]) -> tuple[tuple[Need, ...], ...]:
        """What a dish lacks when only the links ``present`` operate; empty when it can be made.

        Each entry is a need, or a group none of whose needs is met. A need met by another family is met when its
        link is present and that family lacks nothing. Where the family itself is made is always needed.
        """
        lacking = []
        for group in groups(self.family(family_id).needs):
            if not any(self._met(need, present) for need in group):
                lacking.append(group)
        return tuple(lacking)

    def possible(self, family_id: str, present: AbstractSet[str]) -> bool:
        """Whether everything that must be had is there, the place where it is made included."""
        return self.family(family_id).makes in present and not self.missing(family_id, present)

    def _met(self, need: Need, present: AbstractSet[str]) -> bool:
        if need.link not in present:
            return False
        return not need.family or self.possible(need.family, present)


def requirements(families: Iterable[Family]) -> RequirementGraph:
    """The graph of families that ``chain.needs.loading`` has checked."""
    return RequirementGraph(tuple(families))


def need_per_link(families: Iterable[Family], volumes: Mapping[str, Volume] | None = None) -> dict[str, Amount | None]:
    """What a year's volumes need of each link, multiplied along the bills of material; None is 未知.

    ``volumes`` by family id replaces what the families say. A volume is what leaves as that family; what another
    family takes in comes on top. One unknown amount or volume makes the sum of its links unknown. Alternatives of a
    group count from 0 to their full amount, because another may be used; so do negligible needs. Process steps,
    cold chain and tests have no amount and do not appear, unless they are where a family is made.
    """
    graph = requirements(families)
    totals: dict[str, Amount | None] = {}
    for family in graph.families:
        volume = (volumes or {}).get(family.id, family.volume)
        _spread(graph, family, volume.amount, totals)
    return totals


def _spread(graph: RequirementGraph, family: Family, made: Amount | None, totals: dict[str, Amount | None]) -> None:
    _add(totals, family.makes, made)
    for need in family.needs:
        if not need.measured:
            continue
        amount = None if made is None or need.per_kg is None else made.times(need.per_kg, need.per_kg.unit)
        if amount is not None and need.role != "essential":
            amount = Amount(ZERO, amount.high, amount.unit)
        if need.family:
            _spread(graph, graph.family(need.family), amount, totals)
        else:
            _add(totals, need.link, amount)


def _add(totals: dict[str, Amount | None], link: str, amount: Amount | None) -> None:
    before = totals.get(link, amount)
    if link not in totals:
        totals[link] = amount
    else:
        totals[link] = None if before is None or amount is None else before.plus(amount)
