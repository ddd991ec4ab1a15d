"""Figures kept from one reading to the next: only links whose rows changed are worked out again.

The outcome is that of ``assess`` on the same rows; what it costs depends on what changed and not on how many
enterprises are registered. Not for several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from chain.assessment.clusters import Working, clustered, together, working
from chain.assessment.families import shown_volumes
from chain.assessment.models import Assessment, LinkFigures
from chain.assessment.whole import Frame, Rows, combined, link_figures
from chain.models import Demand, Flow, Presence, Reference, Survey
from chain.needs.models import Volume


@dataclass(frozen=True, slots=True)
class LinkRows:
    """Everything known of one link. ``presences`` of the register, ``seen`` of the batch record."""

    presences: tuple[Presence, ...] = ()
    seen: tuple[Presence, ...] = ()
    demand: Demand | None = None
    survey: Survey | None = None
    flow: Flow | None = None
    reference: Reference | None = None

    def same(self, other: LinkRows) -> bool:
        """Whether nothing changed. The register's presences are one tuple for as long as they are the same."""
        return (
            self.presences is other.presences
            and self.demand == other.demand
            and self.survey == other.survey
            and self.flow == other.flow
            and self.reference == other.reference
            and self.seen == other.seen
        )

    @property
    def all(self) -> tuple[Presence, ...]:
        return (*self.presences, *self.seen)


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading: the rows, every figure in full and cut for the public, and the rows of each link."""

    rows: Rows
    staff: Assessment
    public: Assessment
    at: Mapping[str, LinkRows] = field(default_factory=dict)


_NOTHING = LinkRows()


class Keeper:
    """The last reading of one register; ``recomputed`` are the links that it had to work out."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._kept: Kept | None = None
        self._working: dict[str, Working] = {}
        self.recomputed: tuple[str, ...] = ()

    def assess(
        self,
        at: Mapping[str, LinkRows],
        parks: Mapping[str, str],
        as_of: date,
        volumes: Mapping[str, Volume] | None = None,
    ) -> Kept:
        """Every figure on ``as_of`` out of what is known at each link; the same object while nothing changed.

        ``volumes`` are the families' yearly ones by their ids; the needs that follow from them stand in ``at``.
        """
        made = volumes or {}
        before = self._kept
        links = list(self._frame.links)
        if before is None or before.staff.as_of != as_of:
            changed, old = links, None
            self._working = {}
        else:
            old = before
            changed = [one for one in links if not at.get(one.id, _NOTHING).same(old.at.get(one.id, _NOTHING))]
        self.recomputed = tuple(one.id for one in changed)
        if old is not None and not changed and old.rows.volumes == made and old.rows.parks == parks:
            return old
        staff: dict[str, LinkFigures] = {} if old is None else dict(old.staff.links)
        public: dict[str, LinkFigures] = {} if old is None else dict(old.public.links)
        for link in changed:
            known = at.get(link.id, _NOTHING)
            given = (
                known.all,
                () if known.demand is None else (known.demand,),
                () if known.flow is None else (known.flow,),
                () if known.survey is None else (known.survey,),
            )
            staff[link.id], public[link.id] = link_figures(self._frame, link, given, as_of, known.reference)
            self._working[link.id] = working(known.all, as_of)
        order = {link.id: staff[link.id] for link in links}
        rows = Rows(
            presences=tuple(one for known in at.values() for one in known.all),
            demands=tuple(known.demand for known in at.values() if known.demand is not None),
            surveys=tuple(known.survey for known in at.values() if known.survey is not None),
            flows=tuple(known.flow for known in at.values() if known.flow is not None),
            parks=parks,
            references={link: known.reference for link, known in at.items() if known.reference is not None},
            volumes=made,
        )
        grouped = clustered(together(self._working.values()), parks)
        found = combined(self._frame, order, as_of, grouped, volumes=made)
        told = shown_volumes(self._frame.graph.families, order, made, self._frame.limits)
        cut = combined(self._frame, {link.id: public[link.id] for link in links}, as_of, grouped, volumes=told)
        self._kept = Kept(rows, found, cut, at)
        return self._kept
