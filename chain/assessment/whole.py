"""The chain as a whole on a day, from plain rows to every figure. Pure; the same rows give the same figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from chain.assessment.clusters import clustered, working
from chain.assessment.families import assess_family, needs_of, shown_volumes, standing_of, ways_of, whole_chain
from chain.assessment.links import figures_of
from chain.assessment.models import Assessment, Clustering, LinkFigures, Locality, Weights
from chain.assessment.ranking import link_risk, ranked
from chain.completeness import Need
from chain.models import Demand, Flow, Link, LinkEdge, Presence, Reference, Survey, Thresholds
from chain.needs.graph import RequirementGraph
from chain.needs.models import Volume
from chain.resilience import LinkCuts, link_cuts
from chain.supply import by_link, supply_of

Known = tuple[Iterable[Presence], Iterable[Demand], Iterable[Flow], Iterable[Survey]]
"""What is known of one link."""


@dataclass(frozen=True)
class Frame:
    """What does not change with the register: links, their relations, families, localities, and the risks of links."""

    links: tuple[Link, ...]
    edges: tuple[LinkEdge, ...]
    graph: RequirementGraph
    localities: Mapping[str, Locality]
    limits: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        risk, settled = link_risk({link.id: link.weight for link in self.links}, self.edges)
        object.__setattr__(self, "risk", risk)
        object.__setattr__(self, "settled", settled)
        object.__setattr__(self, "ways", ways_of(self.edges))
        object.__setattr__(self, "needs", {one.id: needs_of(self.graph, one) for one in self.graph.families})
        cuts = {one.id: link_cuts(self.needs[one.id], one.makes, self.ways) for one in self.graph.families}
        object.__setattr__(self, "cuts", cuts)

    risk: Mapping[str, float] = field(init=False)
    settled: bool = field(init=False)
    ways: Mapping[str, list[str]] = field(init=False)
    needs: Mapping[str, list[Need]] = field(init=False)
    cuts: Mapping[str, LinkCuts] = field(init=False)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the register and the record say. ``parks`` gives the park of an organisation, '' for none, by its code;
    organisations it does not name are unknown. ``volumes`` are the families' yearly ones by their ids."""

    presences: tuple[Presence, ...] = ()
    demands: tuple[Demand, ...] = ()
    surveys: tuple[Survey, ...] = ()
    flows: tuple[Flow, ...] = ()
    parks: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)


def assess(
    frame: Frame, rows: Rows, as_of: date, weights: Weights | None = None, *, public: bool = False
) -> Assessment:
    """Every figure on ``as_of``; ``public`` without what would give an enterprise away."""
    links = links_of(frame, rows, as_of, public=public)
    volumes = shown_volumes(frame.graph.families, links, rows.volumes, frame.limits) if public else rows.volumes
    return combined(frame, links, as_of, clustering(rows, as_of), weights, volumes)


def links_of(
    frame: Frame, rows: Rows, as_of: date, only: Iterable[str] | None = None, *, public: bool = False
) -> dict[str, LinkFigures]:
    """Figures of the links, or of some of them."""
    wanted = None if only is None else set(only)
    present, needed = by_link(rows.presences), by_link(rows.demands)
    looked, seen = by_link(rows.surveys), by_link(rows.flows)
    found = {}
    for link in frame.links:
        if wanted is not None and link.id not in wanted:
            continue
        known = (present.get(link.id, ()), needed.get(link.id, ()), seen.get(link.id, ()), looked.get(link.id, ()))
        supply = supply_of(link, *known, as_of)
        found[link.id] = figures_of(
            supply, frame.localities[link.id], as_of, frame.limits, rows.references.get(link.id), public
        )
    return found


def link_figures(
    frame: Frame, link: Link, known: Known, as_of: date, reference: Reference | None = None
) -> tuple[LinkFigures, LinkFigures]:
    """A link's figures in full and as the public may see them."""
    supply, locality = supply_of(link, *known, as_of), frame.localities[link.id]
    staff = figures_of(supply, locality, as_of, frame.limits, reference)
    return staff, figures_of(supply, locality, as_of, frame.limits, reference, public=True)


def combined(
    frame: Frame,
    links: Mapping[str, LinkFigures],
    as_of: date,
    grouped: Clustering,
    weights: Weights | None = None,
    volumes: Mapping[str, Volume] | None = None,
) -> Assessment:
    """Families, whole and ranks out of the links' figures; ``volumes`` of the families by their ids."""
    used, standing = weights or Weights(), standing_of(links)
    families = [
        (assess_family(frame.needs[one.id], one, links, frame.ways, frame.cuts[one.id], standing), one)
        for one in frame.graph.families
    ]
    return Assessment(
        as_of=as_of,
        links=links,
        families=tuple(figures for figures, _ in families),
        whole=whole_chain(families, volumes),
        clustering=grouped,
        ranked=ranked(links.values(), frame.risk, used),
        weights=used,
        settled=frame.settled,
    )


def flows_suffice(found: Assessment, stop_days: int, least: float = 0.5) -> bool:
    """Whether batches tell enough to begin with the panorama: of the links that are operated here and should show
    batches, at least half do or surely do not."""
    expected = [one.supply for one in found.links.values() if one.link.expects_batches and one.supply.inside]
    known = sum(supply.flow_state(found.as_of, stop_days) != "unknown" for supply in expected)
    return bool(expected) and known >= least * len(expected)


def clustering(rows: Rows, as_of: date) -> Clustering:
    """集聚度 of the organisations in business inside."""
    return clustered(working(rows.presences, as_of), rows.parks)


def without(rows: Rows, org_codes: Iterable[str]) -> Rows:
    """The rows as they would be without some organisations."""
    gone = set(org_codes)
    return replace(rows, presences=tuple(p for p in rows.presences if p.org_code not in gone))


def with_added(rows: Rows, presences: Iterable[Presence]) -> Rows:
    """The rows with further presences: an assumed enterprise, or one that starts producing."""
    return replace(rows, presences=(*rows.presences, *presences))
