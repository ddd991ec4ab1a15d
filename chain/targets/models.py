"""Targets and what would change if they came, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.assessment.models import FamilyFigures, LinkFigures
from chain.measures import Interval
from chain.sites import Amount, Check

ASSUMED = "假设"


@dataclass(frozen=True, slots=True)
class Wish:
    """A link for which a target is a candidate. ``low``, ``high`` the yearly capacity somebody assumes, None: 未知."""

    link: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    note: str
    source: str
    data_date: date
    statement: int
    imported: bool


@dataclass(frozen=True, slots=True)
class Target:
    """An enterprise that might be won. ``id`` its subject, ``org_code`` how records know it, ``requires`` by constraint,
    ``named`` the plan's section and words where the plan names it, else ''."""

    id: str
    name: str
    org_code: str
    code: str
    controller: str | None
    inside: bool
    place: str
    demo: bool
    named: str
    source: str
    data_date: date
    wishes: tuple[Wish, ...]
    requires: Mapping[str, Amount]

    def wish(self, link: str) -> Wish | None:
        return next((wish for wish in self.wishes if wish.link == link), None)


@dataclass(frozen=True, slots=True)
class Site:
    """A park or a plot with what it offers by constraint."""

    id: str
    name: str
    kind: str
    place: str
    demo: bool
    offers: Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class LinkChange:
    """One link before and after; ``place`` is its place in the gap list, ``score`` the score of its rank."""

    before: LinkFigures
    after: LinkFigures
    risk: float
    places: tuple[int, int]
    scores: tuple[Interval, Interval]


@dataclass(frozen=True, slots=True)
class FamilyChange:
    before: FamilyFigures
    after: FamilyFigures


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the figures would be. ``families`` are those whose figures the links have a part in."""

    whole: tuple[Interval | None, Interval | None]
    links: tuple[LinkChange, ...]
    families: tuple[FamilyChange, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A target at some of its links: the outcome, what speaks for and against, and links it works at already."""

    target: Target
    wishes: tuple[Wish, ...]
    already: tuple[str, ...]
    outcome: Outcome
    why: tuple[str, ...]
    why_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A target at a site: the five constraints in order."""

    site: Site
    checks: tuple[Check, ...]

    def count(self, met: str) -> int:
        return sum(one.met == met for one in self.checks)
