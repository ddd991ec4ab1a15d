"""What a register says of each link, in the shape that gaps and pages read. Pure.

``View`` is immutable: a page works on one while the next is being made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from chain.models import Demand, Flow, Presence, Reference, Survey
from chain.needs.graph import computed
from chain.needs.loading import bills, known_volume
from chain.needs.models import Family, Volume
from chain.register.folding import Register
from chain.register.models import YEAR, Operates, SubjectFact
from chain.register.owning import Owners, Ownership, org_code, ownership
from chain.units import convert

T = TypeVar("T")
SAMPLE = "批次流样例（演示）"


def presences(register: Register, link: str, need: Demand | None, owners: Owners) -> tuple[Presence, ...]:
    """Who operates a link or plans to, each under who finally controls it. Capacities stand in the unit of the link's need
    where they convert to it. Who may be one with whom is not told here: the record has names of its own (``marking``)."""
    unit = need.unit if need is not None else ""
    found = []
    for fact in register.operates(link):
        own = register.subject(fact.subject)
        assert own is not None
        root, code = register.root(fact.subject), org_code(register, fact.subject)
        doubt = register.lapsed(root, link) if own.inside else ""
        found.append(_presence(fact, own, (register.subject(root) or own).name, code, unit, owners.get(code), doubt))
    return tuple(found)


def _presence(
    fact: Operates, own: SubjectFact, name: str, code: str, unit: str, controller: str | None, lapsed: str
) -> Presence:
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
        name=name,
        link_id=fact.at,
        capacity=low,
        unit=written,
        data_date=fact.data_date,
        source=fact.source,
        inside_district=own.inside,
        demo=own.demo,
        controller=controller,
        basis=fact.basis,
        capacity_high=None if high == low else high,
        lapsed=lapsed,
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

    ``volumes`` are the yearly ones of every product family, by family id. ``owned`` says who controls whom, as of the
    descriptions' state ``described``; it stays the same object until one of them changes.
    """

    day: date
    seq: int
    presences: Mapping[str, tuple[Presence, ...]] = field(default_factory=dict)
    demands: Mapping[str, Demand] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    owned: Ownership = field(default_factory=Ownership)
    described: int = field(default=-1, compare=False)


def view_of(register: Register) -> View:
    """Everything anew."""
    return renewed(View(register.day, 0), register, register.links.union(bills().lines))


def renewed(view: View, register: Register, links: Iterable[str]) -> View:
    """The view with ``links`` read again, and those where somebody works whose owner has changed; everything else is
    shared with the one before."""
    present, needed = dict(view.presences), dict(view.demands)
    looked, flows, referred = dict(view.surveys), dict(view.flows), dict(view.references)
    made = volumes(register)
    owned = view.owned if view.described == register.described else ownership(register)
    for link in {*links, *_owned_anew(view, owned)}:
        need = demand(register, link, made)
        _set(present, link, presences(register, link, need, owned.owners) or None)
        _set(needed, link, need)
        _set(looked, link, survey(register, link))
        _set(flows, link, sample_flow(register, link))
        _set(referred, link, reference(register, link))
    return View(register.day, register.seq, present, needed, looked, flows, referred, made, owned, register.described)


def _owned_anew(view: View, owned: Ownership) -> set[str]:
    moved = view.owned.moved(owned)
    if not moved:
        return set()
    return {link for link, several in view.presences.items() if any(one.org_code in moved for one in several)}


def _set(found: dict[str, T], link: str, value: T | None) -> None:
    if value is None:
        found.pop(link, None)
    else:
        found[link] = value
