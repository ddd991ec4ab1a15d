"""What a register says of each link, in the shape that gaps and pages read. Pure.

``View`` is immutable: a page works on one while the next is being made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeVar

import networkx as nx

from chain.models import Demand, Flow, Presence, Reference, Survey
from chain.needs.graph import computed
from chain.needs.loading import bills, known_volume
from chain.needs.models import Family, Volume
from chain.register.folding import Register
from chain.register.likeness import suspects
from chain.register.models import YEAR, Operates, SubjectFact
from chain.units import convert

T = TypeVar("T")
SAMPLE = "批次流样例（演示）"


def org_code(register: Register, subject: str) -> str:
    """How an organisation is known across sources: the credit code of whoever it counts as, else its own number."""
    root = register.root(subject)
    known = register.subject(root)
    return known.code if known is not None and known.code else f"subject:{root}"


def presences(register: Register, link: str, need: Demand | None) -> tuple[Presence, ...]:
    """Who operates a link or plans to. Capacities stand in the unit of the link's need where they convert to it."""
    unit = need.unit if need is not None else ""
    facts = register.operates(link)
    perhaps = _perhaps(register, facts)
    found = []
    for fact in facts:
        own = register.subject(fact.subject)
        assert own is not None
        root = register.root(fact.subject)
        doubt = register.lapsed(root, link) if own.inside else ""
        shown = register.subject(root) or own
        one = _presence(fact, own, shown, org_code(register, fact.subject), unit)
        found.append(replace(one, lapsed=doubt, perhaps=perhaps.get(root, "")) if doubt or root in perhaps else one)
    return tuple(found)


def _perhaps(register: Register, facts: Iterable[Operates]) -> dict[str, str]:
    """Of those working at one link the ones that may be one (疑为同一), by root: the code of the first of each group."""
    roots = dict.fromkeys(register.root(fact.subject) for fact in facts)
    pairs = _suspects(tuple(known for root in roots if (known := register.subject(root)) is not None))
    if not pairs:
        return {}
    ties = nx.Graph((one.one, one.other) for one in pairs)
    return {root: org_code(register, min(group, key=_age)) for group in nx.connected_components(ties) for root in group}


_suspects = lru_cache(maxsize=512)(suspects)
"""A capacity that moves leaves the names as they are."""


def _age(subject: str) -> tuple[int, str]:
    return (len(subject), subject)


def _presence(fact: Operates, own: SubjectFact, shown: SubjectFact, code: str, unit: str) -> Presence:
    """Needs are of a year: a capacity recorded of any other period is unknown here, not a yearly one."""
    low, high, written = fact.low, fact.high, fact.unit
    if fact.period != YEAR:
        low = high = None
    if unit and low is not None and high is not None and written != unit:
        ends = convert(low, written, unit), convert(high, written, unit)
        if ends[0] is not None and ends[1] is not None:
            (low, high), written = ends, unit
    return Presence(
        org_code=code,
        name=shown.name,
        link_id=fact.at,
        capacity=low,
        unit=written,
        data_date=fact.data_date,
        source=fact.source,
        inside_district=own.inside,
        demo=own.demo,
        controller=shown.controller or own.controller,
        basis=fact.basis,
        capacity_high=None if high == low else high,
    )


def volumes(register: Register) -> dict[str, Volume]:
    """The yearly volume of every family: what is on record, else what its bill of material says by then."""
    return {family.id: _volume(register, family) for family in bills().families}


def _volume(register: Register, family: Family) -> Volume:
    fact = register.volume(family.id)
    if fact is None:
        dated = family.volume.data_date
        return family.volume if dated is not None and dated <= register.day else Volume(None)
    if fact.low is None:
        return Volume(None, fact.data_date, fact.source)
    return known_volume(fact.low, fact.unit, fact.data_date, fact.source, fact.high)


def demand(register: Register, link: str, made: Mapping[str, Volume]) -> Demand | None:
    """The need of a link that was entered; without one what the volumes ``made`` need, where that is one number."""
    need = register.need(link)
    if need is not None and need.low is not None:
        return Demand(link, need.low, need.unit, need.data_date, need.source)
    if link not in bills().lines:
        return None
    counted = (fact.unit for fact in register.operates(link) if fact.low is not None and fact.period == YEAR)
    return computed(bills(), link, made).demand(counted)


def reference(register: Register, link: str) -> Reference | None:
    known = register.reference(link)
    if known is None:
        return None
    return Reference(
        link, known.here, known.here_all, known.there, known.there_all, known.unit, known.region, known.year,
        known.data_date, known.source,
    )  # fmt: skip


def survey(register: Register, link: str) -> Survey | None:
    known = register.survey(link)
    return None if known is None else Survey(link, known.data_date, known.source)


def sample_flow(register: Register, link: str) -> Flow | None:
    """The demo's invented flow, dated back from the register's day."""
    known = register.sample(link)
    if known is None:
        return None
    seen = known.last_days_ago
    return Flow(
        link_id=link,
        last_flow_date=None if seen is None else register.day - timedelta(days=seen),
        batches_90d=known.batches,
        observed_since=register.day - timedelta(days=known.observed_days),
        enterprises=known.enterprises,
        top_share=known.top_share,
        source=SAMPLE,
    )


def parks_of(register: Register) -> dict[str, str]:
    """The park of each organisation by its code, where somebody recorded one."""
    found = {}
    for tie in register.placements:
        park = register.subject(tie.other)
        found[org_code(register, tie.subject)] = park.name if park is not None else tie.other
    return found


@dataclass(frozen=True, slots=True)
class View:
    """A register's links as of ``day`` after statement ``seq``, by link id; links nothing is known of are absent.

    ``volumes`` are the yearly ones of every product family, by family id.
    """

    day: date
    seq: int
    presences: Mapping[str, tuple[Presence, ...]] = field(default_factory=dict)
    demands: Mapping[str, Demand] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)


def view_of(register: Register) -> View:
    """Everything anew."""
    return renewed(View(register.day, 0), register, register.links.union(bills().lines))


def renewed(view: View, register: Register, links: Iterable[str]) -> View:
    """The view with ``links`` read again; everything else is shared with the one before."""
    present, needed = dict(view.presences), dict(view.demands)
    looked, flows, referred = dict(view.surveys), dict(view.flows), dict(view.references)
    made = volumes(register)
    for link in links:
        need = demand(register, link, made)
        _set(present, link, presences(register, link, need) or None)
        _set(needed, link, need)
        _set(looked, link, survey(register, link))
        _set(flows, link, sample_flow(register, link))
        _set(referred, link, reference(register, link))
    return View(register.day, register.seq, present, needed, looked, flows, referred, made)


def _set(found: dict[str, T], link: str, value: T | None) -> None:
    if value is None:
        found.pop(link, None)
    else:
        found[link] = value
