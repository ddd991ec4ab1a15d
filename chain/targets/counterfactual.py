"""What the chain's figures would be with further enterprises, worked out again for every question. Pure.

Nothing here is stored: the same functions that judge the chain as it is judge it as it would be. Only the links
that are added to, and the families these have a part in, are worked out again; the rest cannot change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from chain.assessment.families import doubts_of, needs_of, whole_chain
from chain.assessment.models import Assessment, FamilyFigures, LinkFigures
from chain.assessment.ranking import order, scored
from chain.assessment.whole import Frame, Rows, links_of
from chain.completeness import Completeness, completeness, weighted
from chain.measures import Interval
from chain.models import Presence
from chain.needs.models import Family
from chain.resilience import fragility
from chain.supply import by_link
from chain.targets.models import ASSUMED, FamilyChange, LinkChange, Outcome, Target, Wish
from chain.units import convert


class Scenario:
    """The chain of a day, ready to be asked what further enterprises would change."""

    def __init__(self, frame: Frame, rows: Rows, base: Assessment, owners: Mapping[str, str] | None = None) -> None:
        """``owners``: code → who controls it (``Ownership.owners``); who is not in there goes by what the target says."""
        self.frame, self.rows, self.base, self._owners = frame, rows, base, owners or {}
        self._present = by_link(rows.presences)
        self._needed, self._looked, self._seen = by_link(rows.demands), by_link(rows.surveys), by_link(rows.flows)
        self._needs = {family.id: needs_of(frame.graph, family) for family in frame.graph.families}
        self._reach = {family.id: self._reached(family) for family in frame.graph.families}
        self._places = {one.figures.link.id: place for place, one in enumerate(base.ranked, 1)}
        self._scores = {one.figures.link.id: one.score for one in base.ranked}
        self._orders = {one.figures.link.id: order(one) for one in base.ranked}
        self._measured = {f.id: frozenset(n.link for n in f.needs if n.measured) for f in frame.graph.families}
        self._exists = {link: one.exists for link, one in base.links.items()}
        self._covers = {link: one.cover for link, one in base.links.items()}
        self._operators = {link: one.supply.controllers for link, one in base.links.items()}
        self._known = frozenset(link for link, one in base.links.items() if one.state != "unknown")
        self._doubted = doubts_of(base.links.values()) is not None
        self._figures: dict[tuple[object, ...], Completeness] = {}
        """Completeness by family and by who is there at the links added to: only its 完备度 asks how much."""

    def _reached(self, family: Family) -> frozenset[str]:
        """Every link that has a part in a family's figures: those of its needs and all that lead to them."""
        waiting = [link for need in self._needs[family.id] for link in need.links]
        found: set[str] = set()
        while waiting:
            link = waiting.pop()
            if link not in found:
                found.add(link)
                waiting += self.frame.ways.get(link, ())
        return frozenset(found)

    def works_at(self, target: Target, link: str) -> bool:
        """Whether the target is on record as in business inside the district at the link."""
        return any(one.org_code == target.org_code for one in self.base.links[link].supply.inside)

    def presence(self, target: Target, wish: Wish) -> Presence:
        """The target as if it stood here, with the capacity assumed, in the unit in which the link is counted."""
        low, high, unit = wish.low, wish.high, wish.unit
        counted = self.base.links[wish.link].supply.unit
        if counted and low is not None and high is not None and unit != counted:
            ends = convert(low, unit, counted), convert(high, unit, counted)
            if ends[0] is not None and ends[1] is not None:
                (low, high), unit = ends, counted
        return Presence(
            org_code=target.org_code,
            name=target.name,
            link_id=wish.link,
            capacity=low,
            unit=unit,
            data_date=self.base.as_of,
            source=ASSUMED,
            inside_district=True,
            demo=target.demo,
            controller=self._owners.get(target.org_code, target.controller),
            basis="declared",
            capacity_high=None if high == low else high,
        )

    def after(self, added: Iterable[Presence]) -> Outcome:
        """The figures with ``added``. What one of them supplies from outside now counts no more at that link."""
        by_place = by_link(added)
        links = dict(self.base.links)
        for link, several in by_place.items():
            coming = {one.org_code for one in several}
            stay = [one for one in self._present.get(link, ()) if one.org_code not in coming or one.inside_district]
            rows = replace(
                self.rows,
                presences=(*stay, *several),
                demands=tuple(self._needed.get(link, ())),
                surveys=tuple(self._looked.get(link, ())),
                flows=tuple(self._seen.get(link, ())),
            )
            links |= links_of(self.frame, rows, self.base.as_of, [link])
        return self._outcome(links, set(by_place))

    def _outcome(self, links: Mapping[str, LinkFigures], touched: set[str]) -> Outcome:
        base = self.base
        now = self._ranked(links, touched)
        families, changed = [], []
        for before, family in zip(base.families, self.frame.graph.families, strict=True):
            concerned = touched & self._reach[family.id]
            after = self._family(before, family, links, concerned) if concerned else before
            families.append((after, family))
            if after is not before:
                changed.append(FamilyChange(before, after))
        return Outcome(
            whole=(base.whole, whole_chain(families, self.rows.volumes)),
            links=tuple(
                LinkChange(
                    before=base.links[link],
                    after=links[link],
                    risk=self.frame.risk.get(link, 0.0),
                    places=(self._places[link], now[link][0]),
                    scores=(self._scores[link], now[link][1]),
                )
                for link in sorted(touched)
            ),
            families=tuple(changed),
        )

    def _ranked(self, links: Mapping[str, LinkFigures], touched: set[str]) -> dict[str, tuple[int, Interval]]:
        """(place, score) of the links added to: those of the others stay, and so does their order."""
        rows = {link: scored(links[link], self.frame.risk.get(link, 0.0), self.base.weights) for link in touched}
        orders = [one for link, one in self._orders.items() if link not in touched]
        orders += [order(one) for one in rows.values()]
        return {
            link: (1 + sum(other < mine for other in orders), row.score)
            for link, row in rows.items()
            for mine in (order(row),)
        }

    def _family(
        self, before: FamilyFigures, family: Family, links: Mapping[str, LinkFigures], touched: set[str]
    ) -> FamilyFigures:
        """As ``assess_family`` does it; the cuts rest on the links' relations alone and stay."""
        needs, measured = self._needs[family.id], self._measured[family.id]
        there = {link: links[link].exists for link in touched}
        key = (family.id, *sorted(there.items()))
        exists = {**self._exists, **there}
        amounts = exists | {link: links[link].cover if link in touched else self._covers[link] for link in measured}
        figures = self._figures.get(key)
        if figures is None:
            figures = self._figures[key] = completeness(needs, exists, self.frame.ways, amounts)
        operators = self._operators | {link: links[link].supply.controllers for link in touched}
        known = (self._known - touched) | {link for link in touched if links[link].state != "unknown"}
        return replace(
            before,
            figures=replace(figures, weighted=weighted(needs, amounts)),
            fragility=fragility(needs, operators, known, doubts=doubts_of(links.values()) if self._doubted else None),
        )
