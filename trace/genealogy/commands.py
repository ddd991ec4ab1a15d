"""Trace a lot up, down or both ways, cut to what the actor may see; and the same grouped, without building nodes."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.batches.models import HALTS, STATES
from trace.genealogy import rules, store, tracestore
from trace.genealogy.models import (
    UNREGISTERED,
    Group,
    Grouped,
    Holding,
    Node,
    Packing,
    Passing,
    Share,
    Sight,
    Sighting,
    Trace,
    TraceEdge,
)
from trace.genealogy.shares import TOO_LARGE, Flow, mass_of, pieces, shares
from trace.journal import store as journal

LIMIT = 5000
"""Lots answered at once; a longer trace says ``truncated``, and is streamed or grouped instead."""


@dataclass(frozen=True, slots=True)
class _Read:
    """Everything read of the lots of a trace, before any cut.

    ``into`` has every edge into a lot of the trace, ``edges`` those from another lot of it. A trace down leaves out what
    else went in, but a share is of all that went in.
    """

    rows: Mapping[int, Row[Any]]
    edges: Sequence[Row[Any]]
    into: Sequence[Row[Any]]
    pieces: Mapping[int, Row[Any]]
    exchanged: set[int]
    used_here: set[int]
    fed: set[int]
    used: set[int]
    uris: Mapping[int, str]
    stocks: Mapping[int, Sequence[Row[Any]]] = field(default_factory=dict)
    passings: Mapping[int, Sequence[Row[Any]]] = field(default_factory=dict)
    packings: Mapping[int, Sequence[Row[Any]]] = field(default_factory=dict)
    sightings: Mapping[int, Sequence[Row[Any]]] = field(default_factory=dict)
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)


def trace(
    conn: Connection, root: int, direction: str, sight: Sight, limit: int = LIMIT, *, with_shares: bool = False
) -> Trace:
    """Walk from ``root``; ``direction`` is up, down or both. Amounts and names of hidden lots are left out.

    ``with_shares`` adds to every lot below the root how much of it is the root. What permission hides is no break.
    """
    lots, truncated = lots_of(conn, root, direction, limit)
    return _among(conn, root, lots, direction, sight, truncated, with_shares)


def related(conn: Connection, root: int, sight: Sight, limit: int = LIMIT) -> Trace:
    """同料还做了什么: what went into ``root`` directly, and what else was made of the same directly."""
    inputs = list(dict.fromkeys(e.input_id for e in store.inputs_of(conn, root)))
    lots = list(dict.fromkeys([root, *inputs, *store.made_from(conn, inputs)]))
    return _among(conn, root, lots[:limit], "down", sight, len(lots) > limit, False)


def _among(
    conn: Connection, root: int, lots: Sequence[int], direction: str, sight: Sight, truncated: bool, with_shares: bool
) -> Trace:
    read = _read(conn, lots, sight)
    shown = {lot: full(read, lot, sight) for lot in lots}
    depth = _depths(root, read.edges)
    parts = _root_shares(root, read, truncated) if with_shares else {}
    nodes = [_node(read, lot, shown[lot], depth.get(lot, 0), sight, parts.get(lot)) for lot in lots]
    totals = _input_masses(read, sight)
    drawn = [_edge(e, read, shown, totals, sight) for e in read.edges]
    seen = [lot for lot in lots if shown[lot]]
    told = rules.breaks(seen, read.rows, read.fed, direction, _told_passings(read, seen, sight), read.names)
    return Trace(root, nodes, drawn, told, truncated)


def lots_of(conn: Connection, root: int, direction: str, limit: int = LIMIT) -> tuple[list[int], bool]:
    """Up to ``limit`` lots of a trace, the root first and the nearest before the farther, and whether there are more."""
    lots: list[int] = [root]
    truncated = False
    for way in ("up", "down"):
        if direction in (way, "both"):
            found, cut = store.walk(conn, root, way, limit)
            lots += [lot for lot in found if lot != root]
            truncated = truncated or cut
    every = list(dict.fromkeys(lots))
    return every[:limit], truncated or len(every) > limit


def _read(conn: Connection, lots: Sequence[int], sight: Sight) -> _Read:
    rows = batches.batches_by_id(conn, lots)
    into = store.edges_into(conn, lots)
    inside = set(lots)
    others = {e.input_id for e in into if e.input_id not in inside and pieces(e.unit)}
    unregistered = [lot for lot in lots if lot not in rows]
    used = {e.input_id for e in into if e.input_id in inside}
    used |= tracestore.used_anywhere(conn, sorted(inside - used))
    stocks = tracestore.stocks(conn, lots)
    passings = tracestore.passings(conn, lots)
    packings = tracestore.packings(conn, lots)
    sightings = _sightings_of(conn, sorted(packings))
    parties = {s.holder_id for held in stocks.values() for s in held}
    parties |= {event.tenant_id for several in sightings.values() for event in several}
    parties |= {p for passed in passings.values() for h in passed for p in (h.from_id, h.to_id) if p is not None}
    parties |= {row.tenant_id for row in rows.values()}
    return _Read(
        rows=rows,
        edges=[e for e in into if e.input_id in inside],
        into=into,
        pieces=rows | batches.batches_by_id(conn, sorted(others)),
        exchanged=set() if sight.every else store.lots_exchanged(conn, sight.org_id, lots),
        used_here=set() if sight.every else tracestore.used_by(conn, sight.org_id, unregistered),
        fed={e.output_id for e in into},
        used=used,
        uris=journal.uris_of(conn, unregistered),
        stocks=stocks,
        passings=passings,
        packings=packings,
        sightings=sightings,
        names=tracestore.party_names(conn, sorted(parties)),
    )


def _sightings_of(conn: Connection, lots: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What was reported of the containers of lots while these were in them, oldest first. One way only: case-mates never
    meet here, since nothing is asked of a container but where it was.
    """
    carried = tracestore.carried(conn, lots) if lots else []
    events = tracestore.carrier_events(conn, sorted({row.thing_id for row in carried}))
    found: dict[int, list[Row[Any]]] = {}
    for row in carried:
        inside = [e for e in events.get(row.thing_id, ()) if row.since <= e.at < row.until]
        found.setdefault(row.lot_id, []).extend(inside)
    return {lot: sorted(several, key=lambda e: e.at) for lot, several in found.items()}


def full(read: _Read, lot: int, sight: Sight) -> bool:
    """Whether the actor sees a lot in full. One that was only named is seen by who named it as an input."""
    if sight.every:
        return True
    row = read.rows.get(lot)
    return lot in read.used_here if row is None else sight.full(row.tenant_id, lot in read.exchanged)


def _node(read: _Read, lot: int, shown: bool, depth: int, sight: Sight, share: Share | None) -> Node:
    row = read.rows.get(lot)
    if row is None:
        uri = read.uris.get(lot) if shown else None
        name = uri.rsplit("/", 1)[-1] if uri else ""
        end = "start" if shown and lot not in read.fed else ""
        return Node(lot, uri, not shown, depth, lot=name, state=UNREGISTERED, registered=False, end=end)
    if not shown:
        return Node(lot, None, True, depth, stage=row.link_code, state=row.halt or row.state)
    near = sight.judges(row.tenant_id)
    return Node(
        lot,
        row.uri,
        False,
        depth,
        name=row.item_name,
        lot=row.lot,
        kind=row.kind,
        maker=row.maker_name,
        place=read.names.get(row.tenant_id, ("", ""))[1],
        stage=row.link_code,
        state=row.state,
        halt=row.halt,
        halt_text=row.halt_text,
        verdict=row.verdict if near else "",
        produced_on=row.produced_on,
        best_before=row.best_before,
        registered_at=row.registered_at if near else None,
        released_at=row.released_at,
        quantity=row.quantity if near else None,
        unit=row.unit if near else "",
        origins=tuple(json.loads(row.origins)),
        item_id=row.item_id,
        holders=tuple(_holdings(read, lot, sight)),
        passings=tuple(_passings(read, lot, sight)),
        packed=tuple(Packing(p.parent_id, p.uri, p.from_time, p.to_time) for p in read.packings.get(lot, ()) if near),
        sightings=tuple(
            Sighting(e.uri, read.names.get(e.tenant_id, ("", ""))[0], e.biz_step, e.at, e.place)
            for e in read.sightings.get(lot, ())
            if near and (sight.every or e.tenant_id == sight.org_id)
        ),
        end=rules.end_of(row, lot in read.fed, lot in read.used, read.stocks.get(lot, ()), read.passings.get(lot, ()))
        if near
        else "",
        share=share if near else None,
    )


def _holdings(read: _Read, lot: int, sight: Sight) -> list[Holding]:
    """Who has it on hand: all for who sees all; else the actor itself, and by name whom it supplied itself."""
    supplied = {h.to_id for h in read.passings.get(lot, ()) if h.from_id == sight.org_id and h.to_id is not None}
    found = []
    for held in read.stocks.get(lot, ()):
        name, place = read.names.get(held.holder_id, ("", ""))
        if sight.every or held.holder_id == sight.org_id:
            found.append(Holding(held.holder_id, name, place, held.quantity, held.unit))
        elif held.holder_id in supplied:
            found.append(Holding(held.holder_id, name, place, None, ""))
        else:
            found.append(Holding(0, "", "", None, ""))
    return found


def _passings(read: _Read, lot: int, sight: Sight) -> list[Passing]:
    found = []
    for passed in read.passings.get(lot, ()):
        if sight.every or (sight.org_id and sight.org_id in (passed.from_id, passed.to_id)):
            giver = read.names.get(passed.from_id or 0, ("", ""))[0] or passed.from_name
            taker = read.names.get(passed.to_id or 0, ("", ""))[0] or passed.to_name
            both = passed.from_id is not None and passed.to_id is not None
            found.append(Passing(giver, taker, passed.at, passed.quantity, passed.unit, rules.reported(passed), both))
    return found


def _told_passings(read: _Read, lots: Sequence[int], sight: Sight) -> Mapping[int, Sequence[Row[Any]]]:
    """Hand-overs whose being reported by one side only may be told: to its two parties, and to who sees all."""
    if sight.every:
        return read.passings
    return {lot: [h for h in read.passings.get(lot, ()) if sight.org_id in (h.from_id, h.to_id)] for lot in lots}


def _depths(root: int, edges: Sequence[Row[Any]]) -> dict[int, int]:
    """Steps from the root: negative upstream, positive downstream."""
    up, down = defaultdict(list), defaultdict(list)
    for e in edges:
        up[e.output_id].append(e.input_id)
        down[e.input_id].append(e.output_id)
    depth = {root: 0}
    for neighbours, step in ((up, -1), (down, 1)):
        queue = deque([root])
        seen = {root}
        while queue:
            here = queue.popleft()
            for lot in neighbours[here]:
                if lot not in seen:
                    seen.add(lot)
                    depth.setdefault(lot, depth[here] + step)
                    queue.append(lot)
    return depth


def _root_shares(root: int, read: _Read, truncated: bool) -> dict[int, Share]:
    """Shares need every input of every lot below; a cut trace, or one that leaves inputs out, does not have them."""
    if truncated:
        return {lot: Share(None, TOO_LARGE) for lot in read.rows}
    flows = [Flow(e.input_id, e.output_id, mass_of(e, read.pieces.get(e.input_id))) for e in read.into]
    return shares(flows, root)


def _input_masses(read: _Read, sight: Sight) -> dict[int, int | None]:
    """Per output whose amounts the actor may read, the mass of all its inputs; None where one has no mass."""
    totals: dict[int, int | None] = {}
    for e in read.into:
        if sight.amounts(e.tenant_id):
            mass = mass_of(e, read.pieces.get(e.input_id))
            before = totals.get(e.output_id, 0)
            totals[e.output_id] = None if mass is None or before is None else before + mass
    return totals


def _edge(
    e: Row[Any], read: _Read, shown: Mapping[int, bool], totals: Mapping[int, int | None], sight: Sight
) -> TraceEdge:
    hidden = not (shown.get(e.input_id, False) and shown.get(e.output_id, False))
    if hidden or e.output_id not in totals:
        return TraceEdge(e.input_id, e.output_id, e.event_id, None, "", "" if hidden else e.basis, None, hidden)
    total, mass = totals[e.output_id], mass_of(e, read.pieces.get(e.input_id))
    share = mass / total if total and mass is not None else None
    return TraceEdge(e.input_id, e.output_id, e.event_id, e.quantity, e.unit, e.basis, share, False)


def group(conn: Connection, root: int, direction: str, by: str, sight: Sight) -> Grouped:
    """The lots of a trace counted by holder, place, item or state, in the database; no node is built."""
    rows = tracestore.grouped(conn, root, direction, by, None if sight.every else sight.org_id)
    counted: dict[str, int] = {}
    amounts: dict[str, dict[str, int]] = {}
    kept: dict[str, Any] = {}
    several = False
    for row in rows:
        seen = sight.every or sight.full(sight.org_id if row.own else 0, bool(row.exchanged))
        named = by == "state" or (seen and _named(row, by, sight))
        key = "hidden" if not named else ("" if row.key is None else f"{row.key}{'/' + row.halt if row.halt else ''}")
        several = several or (key in amounts and by in ("holder", "place") and row.unit not in (None, *amounts[key]))
        kept[key] = row.key if named else None
        counted[key] = counted.get(key, 0) + row.lots
        held = amounts.setdefault(key, {})
        if named and row.unit and row.quantity is not None and _amount_told(row, by, sight):
            held[row.unit] = held.get(row.unit, 0) + int(row.quantity)
    if sight.every and (several or by == "place"):
        different = {"" if k is None else str(k): n for k, n in tracestore.lots_at(conn, root, direction, by).items()}
        counted |= {key: different[key] for key in counted if key in different}
    names = _group_names(conn, by, [k for k in kept.values() if k is not None])
    groups = [
        Group(
            "" if key == "hidden" else key,
            "" if key in ("hidden", "") else _group_name(key, kept[key], by, names),
            counted[key],
            tuple((quantity, unit) for unit, quantity in sorted(amounts[key].items())),
            key == "hidden",
        )
        for key in sorted(counted, key=lambda k: (k == "hidden", k == "", -counted[k], k))
    ]
    return Grouped(root, by, groups, int(rows[0].total))


def _named(row: Row[Any], by: str, sight: Sight) -> bool:
    if sight.every or by == "item" or row.key is None:
        return True
    return by == "holder" and bool(row.supplied)


def _amount_told(row: Row[Any], by: str, sight: Sight) -> bool:
    if sight.every:
        return True
    return row.key == sight.org_id if by == "holder" else bool(row.own)


def _group_name(key: str, kept: Any, by: str, names: Mapping[Any, str]) -> str:
    if by == "state":
        return "，".join([STATES.get(kept, kept), *(HALTS.get(h, h) for h in key.split("/")[1:])])
    return names.get(kept, str(kept))


def _group_names(conn: Connection, by: str, keys: Sequence[Any]) -> dict[Any, str]:
    if by == "holder":
        return {key: name for key, (name, _) in tracestore.party_names(conn, keys).items()}
    if by == "item":
        return {key: f"{row.name}（{row.maker}）" for key, row in tracestore.item_names(conn, keys).items()}
    return {}
