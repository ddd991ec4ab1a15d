"""Narrowing a trace by product, place, holder and time; and its moments in order. Pure, over what the actor sees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from service.batches.words import EVENTS
from trace.context import SHANGHAI, local_datetime
from trace.genealogy.models import Node, Trace
from trace.quantity import show

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENTS = 300
"""Lines of the timeline at most."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen; '' for anything. Days are ISO dates, both included."""

    item: str = ""
    place: str = ""
    holder: str = ""
    since: str = ""
    until: str = ""

    @property
    def any(self) -> bool:
        return bool(self.item or self.place or self.holder or self.since or self.until)


def read_filters(query: Mapping[str, str]) -> tuple[Filters, list[str]]:
    """Filters of a GET form, and what of it could not be read, in Chinese."""
    wrong = []
    days = {}
    for name, label in (("since", "起始日期"), ("until", "截止日期")):
        text = query.get(name, "").strip()
        try:
            days[name] = date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else ""
        except ValueError:
            days[name] = ""
        if text and not days[name]:
            wrong.append(f"{label}“{text[:20]}”不是日期，请写成 2026-11-24 的样子；已按不限处理")
    if days["since"] and days["until"] and days["since"] > days["until"]:
        wrong.append(f"起始日期 {days['since']} 晚于截止日期 {days['until']}，没有批次会符合，请对调")
    kept = {name: query.get(name, "").strip()[:80] for name in ("item", "place", "holder")}
    return Filters(**kept, **days), wrong


def day_of(node: Node) -> str:
    """The day a lot is placed at: made, else registered; '' where the actor knows neither."""
    if node.produced_on:
        return node.produced_on
    return local_datetime(node.registered_at).date().isoformat() if node.registered_at else ""


def narrowed(found: Trace, wanted: Filters) -> Trace:
    """The trace with only the lots that fit, and the root. A hidden lot fits no filter."""
    if not wanted.any:
        return found
    nodes = [n for n in found.nodes if n.id == found.root or _fits(n, wanted)]
    kept = {n.id for n in nodes}
    edges = [e for e in found.edges if e.input in kept and e.output in kept]
    return replace(found, nodes=nodes, edges=edges, breaks=[b for b in found.breaks if b.lot in kept])


def _fits(node: Node, wanted: Filters) -> bool:
    if node.hidden:
        return False
    day = day_of(node)
    places = {node.place, *(h.place for h in node.holders)}
    holders = {h.holder for h in node.holders}
    return (
        (not wanted.item or wanted.item in (str(node.item_id), node.name))
        and (not wanted.place or wanted.place in places)
        and (not wanted.holder or wanted.holder in holders)
        and (not wanted.since or day >= wanted.since)
        and (not wanted.until or "" < day <= wanted.until)
    )


def offered(found: Trace) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from, as (value, text), among the lots the actor sees."""
    seen = [n for n in found.nodes if not n.hidden and n.registered]
    items = {str(n.item_id): f"{n.name}（{n.maker}）" for n in seen}
    places = {p for n in seen for p in (n.place, *(h.place for h in n.holders)) if p}
    holders = {h.holder for n in seen for h in n.holders if h.holder}
    return {
        "item": sorted(items.items(), key=lambda pair: pair[1]),
        "place": [(p, p) for p in sorted(places)],
        "holder": [(h, h) for h in sorted(holders)],
    }


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a lot; ``at`` µs UTC, ``day`` its date; a bare date has no time of day."""

    at: int
    day: str
    timed: bool
    text: str
    node: Node


def timeline(found: Trace) -> tuple[list[Moment], int]:
    """The moments of all lots in full, oldest first, and how many more there are than shown."""
    told = [moment for node in found.nodes if not node.hidden and node.registered for moment in _moments(node)]
    told.sort(key=lambda m: (m.day, m.timed, m.at, m.node.id))
    return told[:MOMENTS], max(0, len(told) - MOMENTS)


def _moments(node: Node) -> Sequence[Moment]:
    found = []
    if node.produced_on:
        made = datetime.combine(date.fromisoformat(node.produced_on), time(), SHANGHAI)
        found.append(_moment(node, int(made.timestamp()) * 1_000_000, "生产", timed=False))
    if node.registered_at is not None:
        found.append(_moment(node, node.registered_at, "收货登记" if node.kind == "raw" else "登记"))
    if node.released_at is not None and node.kind == "product":
        found.append(_moment(node, node.released_at, "放行"))
    for passed in node.passings:
        sides = {"both": "双方已登记", "shipped": "仅发方登记", "received": "仅收方登记"}[passed.reported]
        sides = sides if passed.both_here or passed.reported == "both" else "对方没有账号"
        text = f"{passed.giver or '个人或未登记'} → {passed.taker or '未登记'} {show(passed.quantity, passed.unit)}（{sides}）"
        found.append(_moment(node, passed.at, text))
    for seen in node.sightings:
        where = f"，在 {seen.place.rsplit('/', 1)[-1]}" if seen.place else ""
        step = EVENTS.get(("ObjectEvent", seen.step.rsplit("-", 1)[-1]), "登记")
        found.append(_moment(node, seen.at, f"随箱 {seen.container.rsplit('/', 1)[-1]}：{seen.holder}{step}{where}"))
    for packed in node.packed:
        found.append(_moment(node, packed.since, f"装入 {packed.uri.rsplit('/', 1)[-1]}"))
        if packed.until is not None:
            found.append(_moment(node, packed.until, f"从 {packed.uri.rsplit('/', 1)[-1]} 取出"))
    return found


def _moment(node: Node, at: int, text: str, *, timed: bool = True) -> Moment:
    return Moment(at, local_datetime(at).date().isoformat(), timed, text, node)
