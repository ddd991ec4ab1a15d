"""The link graph: what lies up and down the stream of a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from chain.models import Link, LinkEdge


@dataclass(frozen=True, slots=True)
class Highlight:
    """A chosen link and its streams, ready to be drawn."""

    selected: str
    upstream: frozenset[str]
    downstream: frozenset[str]


class ChainGraph:
    """Links and what they hand to each other.

    A walk follows 物料 edges, along which batches travel, to the end; 配套 (equipment, packaging, services) counts
    one step from the link asked for, and 回流 not at all: a by-product fed to pigs would otherwise make every
    link an ancestor of every other.
    """

    def __init__(self, links: Iterable[Link], edges: Iterable[LinkEdge]) -> None:
        self.edges = tuple(edges)
        self._material: nx.DiGraph[str] = nx.DiGraph()
        self._support: nx.DiGraph[str] = nx.DiGraph()
        ids = [link.id for link in links]
        for graph in (self._material, self._support):
            graph.add_nodes_from(ids)
        for edge in self.edges:
            if edge.kind == "物料":
                self._material.add_edge(edge.from_link, edge.to_link)
            elif edge.kind == "配套":
                self._support.add_edge(edge.from_link, edge.to_link)

    @property
    def material(self) -> nx.DiGraph[str]:
        """The graph along which batches travel, without 回流."""
        return self._material

    def upstream(self, link_id: str) -> frozenset[str]:
        """All links whose output ends up in this one, and those that serve it directly. Empty for an unknown link."""
        if link_id not in self._material:
            return frozenset()
        found = set(nx.ancestors(self._material, link_id)) | set(self._support.predecessors(link_id))
        return frozenset(found - {link_id})

    def downstream(self, link_id: str) -> frozenset[str]:
        """All links this one's output reaches, and those it serves directly. Empty for an unknown link."""
        if link_id not in self._material:
            return frozenset()
        found = set(nx.descendants(self._material, link_id)) | set(self._support.successors(link_id))
        return frozenset(found - {link_id})

    def highlight(self, link_id: str) -> Highlight | None:
        """The streams of ``link_id``; None for an unknown link."""
        if link_id not in self._material:
            return None
        return Highlight(link_id, self.upstream(link_id), self.downstream(link_id))
