"""Completeness and fragility of the product families, from what is known of the links they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chain.assessment.models import FamilyFigures, LinkFigures
from chain.completeness import Need, completeness, whole
from chain.gaps import may_show_capacity
from chain.measures import Interval
from chain.models import LinkEdge, Thresholds
from chain.needs.graph import RequirementGraph
from chain.needs.models import Family, Volume, groups
from chain.resilience import Doubts, LinkCuts, fragility
from chain.supply import Supply, ties_of


def needs_of(graph: RequirementGraph, family: Family, seen: frozenset[str] = frozenset()) -> list[Need]:
    """What must be had, one entry a need with the links at which it can be met; a family taken in brings its own.

    Alternatives of a group are one need with several links. Where the family is made is a need of its own unless a
    step already stands there.
    """
    found: list[Need] = []
    for group in groups(family.needs):
        links = tuple(dict.fromkeys(need.link for need in group))
        found.append(Need("或".join(dict.fromkeys(n.name for n in group)), links, group[0].role))
        inner = group[0].family
        if len(group) == 1 and inner and inner not in seen:
            found += needs_of(graph, graph.family(inner), seen | {family.id, inner})
    if not any(family.makes in need.links for need in found):
        found.insert(0, Need(f"{family.name}加工", (family.makes,), "essential"))
    return found


def ways_of(edges: Iterable[LinkEdge]) -> dict[str, list[str]]:
    """For each link those it takes material from; by-products that run backwards are no way."""
    ways: dict[str, list[str]] = {}
    for edge in edges:
        if edge.kind == "物料":
            ways.setdefault(edge.to_link, []).append(edge.from_link)
    return ways


@dataclass(frozen=True, slots=True)
class Standing:
    """What every family asks of the links, worked out once for all: who holds them, of which something is known, and who
    may not count."""

    operators: Mapping[str, frozenset[str]]
    known: frozenset[str]
    doubts: Doubts | None


def standing_of(links: Mapping[str, LinkFigures]) -> Standing:
    return Standing(
        {link: figures.supply.controllers for link, figures in links.items()},
        frozenset(link for link, figures in links.items() if figures.state != "unknown"),
        doubts_of(links.values()),
    )


def states_of(family: Family, links: Mapping[str, LinkFigures]) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """Of every link: whether anybody is there, and how far it counts in the weighted completeness of the family."""
    measured = {need.link for need in family.needs if need.measured}
    exists = {link: figures.exists for link, figures in links.items()}
    return exists, {link: figures.cover if link in measured else figures.exists for link, figures in links.items()}


def assess_family(
    needs: Sequence[Need],
    family: Family,
    links: Mapping[str, LinkFigures],
    ways: Mapping[str, Sequence[str]],
    cuts: LinkCuts,
    standing: Standing,
) -> FamilyFigures:
    """The weighted completeness counts how far needs are covered where they have an amount; the others, the dish and
    the ways count whether anybody is there. ``cuts`` is what the family hangs on by its links alone."""
    exists, amounts = states_of(family, links)
    found = completeness(needs, exists, ways, amounts)
    return FamilyFigures(
        id=family.id,
        name=family.name,
        made_at=family.makes,
        note=family.note,
        figures=found,
        fragility=fragility(needs, standing.operators, standing.known, doubts=standing.doubts),
        cuts=cuts,
    )


def doubts_of(links: Iterable[LinkFigures]) -> Doubts | None:
    """Who may count and may not at some links; None where nothing is in doubt. Two that may be one need not work at one
    link."""
    supplies = [one.supply for one in links]
    lapsed = {one.link.id: frozenset(o.controller for o in one.lapsed) for one in supplies if one.lapsed}
    ties = tuple(sorted(tied(supplies)))
    looked = frozenset(one.link.id for one in supplies if one.lapsed and one.survey is not None)
    return Doubts(lapsed, ties, looked) if lapsed or ties else None


def tied(supplies: Iterable[Supply]) -> set[tuple[str, str]]:
    """Pairs of controllers of some links that may be one, at the same link or at different ones.

    The groups of one link (``perhaps``) say nothing of another's: across links only who is alike counts.
    """
    several = list(supplies)
    across = ties_of(replace(operator, perhaps="") for one in several for operator in one.alike)
    return {pair for one in several for pair in one.ties} | set(across)


def shown_volumes(
    families: Iterable[Family], links: Mapping[str, LinkFigures], volumes: Mapping[str, Volume], limits: Thresholds
) -> dict[str, Volume]:
    """The yearly volumes that may be public: a family's is what those who make it make, and follows their capacities.

    With one of them withheld the others do not weigh the whole either, from which it could be worked out.
    """
    return {
        one.id: Volume(None, withheld=True)
        if (told := volumes.get(one.id, one.volume)).amount is not None
        and not may_show_capacity(links[one.makes].supply, limits)
        else told
        for one in families
    }


def whole_chain(
    families: Iterable[tuple[FamilyFigures, Family]], volumes: Mapping[str, Volume] | None = None
) -> Interval | None:
    """Of all families, by their yearly volume where every one is known, else each the same. ``volumes`` by family id
    replaces what the families say."""
    rows = []
    for figures, family in families:
        amount = (volumes or {}).get(family.id, family.volume).amount
        rows.append((figures.figures.weighted, None if amount is None else float(amount.low + amount.high) / 2))
    return whole(rows) if rows else None
