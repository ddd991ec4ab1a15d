"""What a chain depends on: links that everything passes, and the fewest links or controllers whose loss stops a family.

Links: immediate dominators and minimum node cuts of the link graph (networkx; Menger). Controllers: a family needs all of its
needs, and each is met as long as one of those who operate a link of it is left; so it stops exactly when all of one
need's are lost, and the smallest such group is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

import networkx as nx

from chain.completeness import Need

MOST: Final = 3
"""Sets of controllers are looked for up to this size."""
_SOURCE, _DISH = "source", "dish"


@dataclass(frozen=True, slots=True)
class Fragility:
    """``k`` the size of the smallest set of controllers whose loss stops the family; None if it is more than ``MOST``.

    ``sets`` all the smallest ones; k = 0 and no set where a need surely has nobody here. ``uncounted`` names the needs
    that nobody is known to meet here, and of one of whose links nothing is known: they are neither met nor missing.
    ``least`` and ``most`` are the ends of k where it is not known who counts (``Doubts``); both k where nothing is in doubt.
    """

    k: int | None
    sets: tuple[frozenset[str], ...]
    uncounted: tuple[str, ...]
    least: int | None
    most: int | None

    @property
    def text(self) -> str:
        """k as people read it: 「1」, 「1～2」, 「大于 3」."""
        ends = [f"大于 {MOST}" if k is None else str(k) for k in (self.least, self.most)]
        return ends[0] if ends[0] == ends[1] else "～".join(ends)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Who may count and may not: ``lapsed`` the controllers at a link whose licence ran out, ``ties`` those of two who may
    be one; ``looked`` are links where a survey found nobody, which holds if the lapsed do not count."""

    lapsed: Mapping[str, frozenset[str]]
    ties: tuple[tuple[str, str], ...]
    looked: frozenset[str] = frozenset()
    tied: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tied", frozenset(one for pair in self.ties for one in pair))


@dataclass(frozen=True, slots=True)
class LinkCuts:
    """What a family hangs on by its links alone, whoever operates them.

    ``dominators`` are the links that every way from raw material to the dish passes. ``cut`` is a smallest set of links
    before the one where the dish is made without which no way is left; of several the one nearest to the dish.
    ``stops`` are all the smallest sets of links whose loss leaves one of the needs without any link.
    """

    dominators: frozenset[str]
    cut: frozenset[str]
    stops: tuple[frozenset[str], ...]


def link_cuts(needs: Sequence[Need], makes: str, ways: Mapping[str, Sequence[str]]) -> LinkCuts:
    """Of one family that is made at the link ``makes``."""
    alone = {link: (link,) for need in needs for link in need.links}
    return LinkCuts(
        dominators=bottlenecks(ways, [makes]),
        cut=smallest_cut(ways, ways.get(makes, ())),
        stops=fragility(needs, alone, alone, most=len(alone)).sets,
    )


def fragility(
    needs: Sequence[Need],
    operators: Mapping[str, Iterable[str]],
    known: Iterable[str],
    most: int = MOST,
    doubts: Doubts | None = None,
) -> Fragility:
    """Of one family. ``operators`` gives the controllers at each link; ``known`` the links of which something is known."""
    sure = set(known)
    found = _fragility(needs, operators, sure, most)
    if doubts is None:
        return found
    ends = [_ends(need, operators, sure, doubts) for need in needs if need.necessity != "negligible"]
    least, greatest = (
        min((end for pair in ends if (end := pair[side]) is not None), default=most + 1) for side in (0, 1)
    )
    return replace(found, least=None if least > most else least, most=None if greatest > most else greatest)


def _ends(
    need: Need, operators: Mapping[str, Iterable[str]], sure: AbstractSet[str], doubts: Doubts
) -> tuple[int | None, int | None]:
    """How few and how many controllers may stand behind a need; None where it may not be counted at all."""
    held = {c for link in need.links for c in operators.get(link, ())}
    more = {c for link in need.links for c in doubts.lapsed.get(link, ())}
    known = bool(held) or sure | doubts.looked >= set(need.links)
    fewest = _fewest(held, doubts)
    most = len(held | more)
    if held or not more:
        return (fewest, most) if known else (None, None)
    return (0, most) if known else (1, None)


def _fewest(held: AbstractSet[str], doubts: Doubts) -> int:
    """How many controllers there are if those of them that may be one are: what both might be one with elsewhere joins
    no two."""
    if len(held & doubts.tied) < 2:
        return len(held)
    ties = nx.Graph(pair for pair in doubts.ties if held >= set(pair))
    return len(held) - len(ties) + nx.number_connected_components(ties)


def _fragility(
    needs: Sequence[Need], operators: Mapping[str, Iterable[str]], sure: AbstractSet[str], most: int
) -> Fragility:
    holders: list[frozenset[str]] = []
    open_: list[str] = []
    for need in needs:
        if need.necessity == "negligible":
            continue
        group = frozenset(c for link in need.links for c in operators.get(link, ()))
        if group or sure >= set(need.links):
            holders.append(group)
        else:
            open_.append(need.name)
    uncounted = tuple(open_)
    if any(not group for group in holders):
        return Fragility(0, (), uncounted, 0, 0)
    smallest = min((len(group) for group in holders), default=most + 1)
    if smallest > most:
        return Fragility(None, (), uncounted, None, None)
    sets = {group for group in holders if len(group) == smallest}
    return Fragility(smallest, tuple(sorted(sets, key=sorted)), uncounted, smallest, smallest)


def bottlenecks(ways: Mapping[str, Sequence[str]], ends: Iterable[str]) -> frozenset[str]:
    """Links that every way from any source to one of ``ends`` passes: the dominators of the dish."""
    graph = _graph(ways, ends)
    if _DISH not in nx.descendants(graph, _SOURCE):
        return frozenset()
    above = nx.immediate_dominators(graph, _SOURCE)
    found: set[str] = set()
    link = above[_DISH]
    while link is not None and link != _SOURCE:
        found.add(link)
        link = above[link]
    return frozenset(found)


def smallest_cut(ways: Mapping[str, Sequence[str]], ends: Iterable[str]) -> frozenset[str]:
    """A smallest set of links without which no way leads from a source to ``ends``: of several that nearest to them.

    Each link is an edge of capacity 1 from where goods enter to where they leave it; all else is unlimited, so that a
    minimum cut of the flow cuts links alone.
    """
    graph = _graph(ways, ends)
    if _DISH not in nx.descendants(graph, _SOURCE):
        return frozenset()
    split: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    split.add_edges_from((("out", a), ("in", b)) for a, b in graph.edges)
    split.add_edges_from((("in", n), ("out", n), {"capacity": 1}) for n in graph if n not in (_SOURCE, _DISH))
    _, (before, after) = nx.minimum_cut(split, ("out", _SOURCE), ("in", _DISH))
    return frozenset(link for side, link in before if side == "in" and ("out", link) in after)


def _graph(ways: Mapping[str, Sequence[str]], ends: Iterable[str]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node(_SOURCE)
    left = list(ends)
    graph.add_edges_from((end, _DISH) for end in left)
    seen = set(left)
    while left:
        link = left.pop()
        sources = ways.get(link, ())
        if not sources:
            graph.add_edge(_SOURCE, link)
        for source in sources:
            graph.add_edge(source, link)
            if source not in seen:
                seen.add(source)
                left.append(source)
    return graph
