"""The chain as it stands now, for pages and API: dictionary, register and record put together, at most 1 s old."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from weakref import WeakKeyDictionary

from fastapi import Request

from chain.assessment.families import shown_volumes
from chain.assessment.keeping import Keeper, LinkRows
from chain.assessment.loading import frame
from chain.assessment.models import Assessment, Clustering, LinkFigures
from chain.assessment.questions import Question, questions
from chain.assessment.whole import Rows
from chain.demo import load_demo
from chain.flows import ChainRecord, read_record, reporting_enterprises, with_samples
from chain.graph import ChainGraph
from chain.layout import Layout, compact_layout, wide_layout
from chain.models import (
    DemoChain,
    Flow,
    Gap,
    Grade,
    Link,
    LinkEdge,
    PlanEntity,
    PlanItem,
    PlanTag,
    Presence,
)
from chain.needs.models import Volume
from chain.plan import Figure, PlanRow, plan_rows
from chain.register.folding import end_of
from chain.register.likeness import count_text, initials
from chain.register.marking import Marker, Marks
from chain.register.owning import Ownership
from chain.register.possessing import Holdings
from chain.register.yielding import View
from chain.seedrows import parse, read_text
from chain.seeds import PLAN, load_edges, load_entities, load_links, load_plan, load_tags
from chain.svg import LEGEND_ORDER
from service.accounts.permissions import Actor, decide
from service.database import Database
from service.panorama.wording import kinds_of
from service.register.current import desk_of
from trace.context import local_datetime
from trace.errors import InvalidInput

MAX_AGE = 1_000_000
"""µs that an answer may be reused (design section 4: a cached page is never older than 1 s)."""
PAST_AGE = 60 * MAX_AGE
"""µs that an earlier day may be reused: the past changes only where a record of it is withdrawn."""
HOME = "梁平"
"""An organisation whose district does not contain this is outside (in the demo: the demo district's name)."""
CLOUD = "cloud_enterprises"
NOTICE = "由登记与批次记录推算，供招商研判；未知不等于没有"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Book:
    """What ships with the platform and does not change while it runs."""

    links: tuple[Link, ...]
    by_id: dict[str, Link]
    edges: tuple[LinkEdge, ...]
    graph: ChainGraph
    wide: Layout
    compact: Layout
    plan: tuple[PlanItem, ...]
    entities: tuple[PlanEntity, ...]
    tags: tuple[PlanTag, ...]
    document: str
    issued: str
    issuer: str
    words: dict[str, str]


@cache
def book() -> Book:
    """Links, edges, layouts and plan, read once."""
    links = load_links()
    edges = load_edges(links)
    graph = ChainGraph(links, edges)
    top = parse(PLAN, read_text(PLAN))
    return Book(
        links=links,
        by_id={link.id: link for link in links},
        edges=edges,
        graph=graph,
        wide=wide_layout(links, graph),
        compact=compact_layout(links, graph),
        plan=load_plan(),
        entities=load_entities(),
        tags=load_tags(),
        document=top.text("document"),
        issued=top.text("issued"),
        issuer=top.text("issuer"),
        words={link.id: _words(link) for link in links},
    )


def _words(link: Link) -> str:
    """What a link is found by: number, names, outputs, and the pinyin initials of these."""
    called = (link.name, link.short, link.group, *link.outputs)
    return " ".join((link.id, *called, *dict.fromkeys(initials(name) for name in called)))


@lru_cache(maxsize=2)
def _demo(as_of: date) -> DemoChain:
    return load_demo(book().links, as_of)


def known_codes(database: Database, as_of: date) -> dict[str, str]:
    """Platform code → credit code of the demo's organisations that registered without one."""
    return {o.key: o.org_code for o in _demo(as_of).organisations} if database.settings.demo else {}


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain on a day: every figure, in full for staff and cut for everybody else."""

    at: int
    as_of: date
    demo: bool
    district: str
    notice: str
    known: Rows
    by_link: Mapping[str, LinkRows]
    held: Holdings
    owned: Ownership
    staff: Assessment
    public: Assessment
    rows: tuple[PlanRow, ...]
    demo_figures: tuple[tuple[str, str, str], ...]

    def figures(self, actor: Actor) -> Assessment:
        """What the actor may see of every figure."""
        return self.staff if sees_names(actor) else self.public

    def gaps(self, actor: Actor) -> tuple[Gap, ...]:
        """One a link, the most pressing first."""
        return tuple(one.figures.gap for one in self.figures(actor).ranked)

    def gap(self, actor: Actor, link_id: str) -> Gap:
        return self.figures(actor).links[link_id].gap

    def volumes(self, actor: Actor) -> Mapping[str, Volume]:
        """The families' yearly volumes, without those that would tell what one enterprise makes."""
        if sees_names(actor):
            return self.known.volumes
        return shown_volumes(frame().graph.families, self.staff.links, self.known.volumes, frame().limits)

    def questions(self, actor: Actor) -> list[Question]:
        """先问这 10 个数; of a link that may hang on one controller without names for those not authorised."""
        found = questions(frame(), self.known, self.as_of, self.staff)
        return [one if names_shown(actor, self.staff.links[one.link]) else one.unnamed for one in found]

    def counts(self) -> list[tuple[Grade, int]]:
        """How many links have which grade, worst first."""
        found = Counter(one.gap.grade for one in self.staff.links.values())
        return [(grade, found[grade]) for grade in LEGEND_ORDER]

    def operators(self, link_id: str) -> list[Presence]:
        """Who operates a link or plans to: one line per organisation, inside before outside, planned last."""
        latest: dict[tuple[str, str], Presence] = {}
        here = self.by_link[link_id].all if link_id in self.by_link else ()
        for record in sorted(here, key=lambda p: (p.capacity is not None, p.data_date)):
            latest[record.org_code, "planned" if record.basis == "planned" else ""] = record
        return sorted(
            latest.values(), key=lambda p: (p.basis == "planned", not p.inside_district, -(p.capacity or 0), p.name)
        )


def sees_names(actor: Actor) -> bool:
    """Whether the actor may learn which enterprises stand behind a link."""
    return decide(actor, "chain.flows").allowed


def names_shown(actor: Actor, one: LinkFigures) -> bool:
    """Whether the actor may learn which enterprises stand behind this link: a single point by name is for those authorised."""
    return sees_names(actor) and (not single(one) or decide(actor, "chain.named").allowed)


def single(one: LinkFigures) -> bool:
    """Whether a link may hang on one controller alone, in whatever way it is read."""
    return any(len(reading.controllers) == 1 for reading in one.supply.readings())


def mark(request: Request, actor: Actor) -> str:
    """Who reads and when, as it stands across what is for those authorised."""
    return f"{actor.login} {local_datetime(request.app.state.db.now()):%Y-%m-%d %H:%M}"


def current(request: Request, day: date | None = None) -> Chain:
    """The chain now, or as of an earlier day.

    Computed by one request at a time and shared by all of this process for a second. Raises InvalidInput for a day
    in the future.
    """
    database: Database = request.app.state.db
    now = database.now()
    today = local_datetime(now).date()
    if day is not None and day > today:
        raise InvalidInput.of(
            "/as_of", "future", f"截至日 {day.isoformat()} 在今天之后，请改为今天或更早", "in the future"
        )
    past = day if day is not None and day < today else None
    kept = _fresh(request, now).get(past)
    if kept is None:
        with _lock:
            kept = _fresh(request, now).get(past)
            if kept is None:
                kept = read(database, now, past)
                request.app.state.chains = {past: kept} | _fresh(request, now)
    return kept


def _fresh(request: Request, now: int) -> dict[date | None, Chain]:
    """What is kept and still good: the present one for a second, two earlier days for a minute."""
    kept: dict[date | None, Chain] = getattr(request.app.state, "chains", {})
    good = {day: chain for day, chain in kept.items() if 0 <= now - chain.at < (MAX_AGE if day is None else PAST_AGE)}
    return dict(list(good.items())[:3])


def read(database: Database, now: int, day: date | None = None) -> Chain:
    """Read register and record and judge every link as of ``day``, or the calendar day of ``now`` (µs UTC)."""
    demo = database.settings.demo
    as_of = day or local_datetime(now).date()
    invented = _demo(as_of) if demo else None
    home = invented.district.removesuffix("（演示）") if invented else HOME
    codes = known_codes(database, as_of)
    desk = desk_of(database)
    with database.read() as conn:
        view = desk.view(conn, as_of)
        parks = desk.parks(conn, as_of)
        held = desk.holdings(conn, as_of)
        record = read_record(conn, as_of, include_demo=demo, home=home, known_codes=codes, owners=view.owned.owners)
        marks = desk.marks(conn, view, record)
        reporting = reporting_enterprises(conn, min(now, end_of(as_of) - 1), include_demo=demo)
    flows = with_samples(record.flows, view.flows.values()) if invented else record.flows
    keeper, marker = (Keeper(frame()), Marker()) if day is not None else _keepers_of(database)
    at = _at(view, record, flows, marks, marker)
    kept = keeper.assess(at, parks, as_of, view.volumes)
    source = f"本平台批次记录，近 30 天有批次登记的企业数，截至 {as_of.isoformat()}"
    figures = {} if invented else {CLOUD: Figure(Decimal(reporting), source, as_of)}
    return Chain(
        at=now,
        as_of=as_of,
        demo=invented is not None,
        district=invented.district if invented else "",
        notice=f"{invented.notice}（{invented.district.removesuffix('（演示）')}）" if invented else NOTICE,
        known=kept.rows,
        by_link=kept.at,
        held=held,
        owned=marks.likes.owned,
        staff=kept.staff,
        public=kept.public,
        rows=tuple(plan_rows(book().plan, figures)),
        demo_figures=_demo_figures(kept.staff.clustering, flows, reporting) if invented else (),
    )


def _at(view: View, record: ChainRecord, flows: Iterable[Flow], marks: Marks, marker: Marker) -> dict[str, LinkRows]:
    """What register and record say of each link."""
    seen: dict[str, list[Presence]] = {}
    for one in record.presences:
        seen.setdefault(one.link_id, []).append(one)
    running = {one.link_id: one for one in flows}
    links = {*view.presences, *view.demands, *view.surveys, *view.references, *seen, *running}
    return {
        link: LinkRows(
            *marker.mark(marks, link, view.presences.get(link, ()), tuple(seen.get(link, ()))),
            view.demands.get(link),
            view.surveys.get(link),
            running.get(link),
            view.references.get(link),
        )
        for link in sorted(links)
    }


_keepers: WeakKeyDictionary[Database, tuple[Keeper, Marker]] = WeakKeyDictionary()


def _keepers_of(database: Database) -> tuple[Keeper, Marker]:
    """What keeps the present day of a database; asked by one request at a time (``current``)."""
    return _keepers.setdefault(database, (Keeper(frame()), Marker()))


def _demo_figures(working: Clustering, flows: Iterable[Flow], reporting: int) -> tuple[tuple[str, str, str], ...]:
    """What the demo platform itself counts, never beside a target of the plan: (name, value, how counted)."""
    running = sum(1 for flow in flows if flow.batches_90d)
    return (
        ("近 30 天有批次登记的企业", f"{reporting} 家", "由演示库中的批次登记数得"),
        ("登记在产主体", f"{count_text(working.least, working.enterprises)} 家", "演示县虚构的主体与演示账号所属单位"),
        ("近 90 天有批次的环节", f"{running} 个", "演示样例与演示库中的批次登记"),
    )


def filtered(
    gaps: Iterable[Gap], *, layer: str = "", weight: str = "", kind: str = "", grade: str = "", everything: bool = False
) -> list[Gap]:
    """The gaps a list asks for; without ``everything`` only links that show some kind of gap."""
    return [
        gap
        for gap in gaps
        if (not layer or gap.layer == layer)
        and (not weight or gap.weight == weight)
        and (not kind or kind in kinds_of(gap))
        and (not grade or gap.grade == grade)
        and (everything or grade or kinds_of(gap))
    ]


def matching(query: str) -> list[Link]:
    """Links whose number, name, group, output or the pinyin initials of these contain every word of ``query``."""
    words = query.casefold().split()
    if not words:
        return []
    return [link for link in book().links if all(word in book().words[link.id].casefold() for word in words)]
