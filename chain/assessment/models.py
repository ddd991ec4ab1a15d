"""Figures of the chain as plain frozen data. Shares and scores are 0 to 1; an Interval says what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chain.completeness import Completeness
from chain.measures import UNKNOWN, Interval, location_quotient
from chain.models import Gap, Link, Reference
from chain.resilience import Fragility, LinkCuts
from chain.supply import Supply

State = Literal["present", "absent", "unknown"]
Advice = Literal["本地补", "周边协同", "外采即可"]
LOCALISABLE: Mapping[Advice, float] = {"本地补": 1.0, "周边协同": 0.5, "外采即可": 0.1}
"""How far a gap is for this district to close; a first choice (团队拟定), printed beside every rank."""
DIRECTIONS: Mapping[str, str] = {"head": "预制菜头部", "equipment": "食品装备", "packaging": "包装设计"}
"""The three directions of the plan for attracting enterprises."""


_EXISTS: Mapping[State, Interval] = {"present": Interval(1, 1), "absent": Interval(0, 0), "unknown": UNKNOWN}


@dataclass(frozen=True, slots=True)
class Locality:
    """Whether a link is to be closed here, in the region or bought, why, and the plan's direction it belongs to."""

    link: str
    advice: Advice
    reason: str
    direction: str


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """One link. ``hhi``, ``effective`` and ``outside`` are None where a capacity is missing; ``age`` is the days since
    the oldest datum; ``reference`` is None without a reference region's table, or where
    it is not for the public."""

    link: Link
    supply: Supply
    gap: Gap
    state: State
    cover: Interval
    hhi: float | None
    effective: float | None
    outside: float | None
    age: int | None
    reference: Reference | None
    locality: Locality

    @property
    def controllers(self) -> int:
        return len(self.supply.controllers)

    @property
    def controllers_least(self) -> int:
        """How many they are where those that may be one are one."""
        return len(self.supply.controllers_least)

    @property
    def controllers_most(self) -> int:
        """How many they are with those whose licence ran out."""
        return len(self.supply.controllers_most)

    @property
    def quotient(self) -> float | None:
        """The location quotient of the link's industry here."""
        one = self.reference
        return None if one is None else location_quotient(one.here, one.here_all, one.there, one.there_all)

    @property
    def exists(self) -> Interval:
        """Whether anybody is there, whatever the amount."""
        return _EXISTS[self.state]


@dataclass(frozen=True, slots=True)
class FamilyFigures:
    """One product family: the three completenesses, and the controllers and links it hangs on."""

    id: str
    name: str
    made_at: str
    note: str
    figures: Completeness
    fragility: Fragility
    cuts: LinkCuts


@dataclass(frozen=True, slots=True)
class Weights:
    """Exponents of the three factors of a rank, 0 to 3: 0 leaves a factor out, 2 counts it twice."""

    risk: float = 1.0
    lack: float = 1.0
    local: float = 1.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A gap with its factors: ``risk`` if the link stops, ``lack`` = 1 − cover, ``local``; ``score`` their product."""

    figures: LinkFigures
    risk: float
    lack: Interval
    local: float
    score: Interval


@dataclass(frozen=True, slots=True)
class Clustering:
    """集聚度: share of the enterprises inside that are in a park, and HHI over the parks; None where there is none.

    ``least`` is how many enterprises surely are in business as different ones, ``enterprises`` how many may be;
    ``parks`` and ``unplaced`` (park not recorded) count those that surely are in business; ``lapsed`` those with a licence
    run out: in a park, in none, unknown; ``spare`` those that may be another's second name and are in a park (left out of the
    lower end), and in none (left out of the upper).
    """

    enterprises: int
    least: int
    in_parks: Interval
    parks: Mapping[str, int]
    unplaced: int
    lapsed: tuple[int, int, int]
    spare: tuple[int, int]
    hhi: float | None

    @property
    def sure(self) -> int:
        """Organisations that surely are in business, each of several names counted."""
        return self.enterprises - sum(self.lapsed)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The chain on a day. ``ranked`` in the order asked for; ``settled`` False where the risk did not converge."""

    as_of: date
    links: Mapping[str, LinkFigures]
    families: tuple[FamilyFigures, ...]
    whole: Interval | None
    clustering: Clustering
    ranked: tuple[Ranked, ...]
    weights: Weights
    settled: bool
