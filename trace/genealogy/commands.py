"""Trace a lot up, down or both ways, cut to what the actor may see."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.genealogy import store
from trace.genealogy.models import Break, Node, Trace, TraceEdge
from trace.journal import store as journal
from trace.quantity import convert, family

LIMIT = 5000
"""Lots answered at once; a longer trace says ``truncated``."""

Sees = Callable[[int, int], bool]
"""(lot id, owner's organisation id) → whether the actor sees that lot in full."""


def trace(
    conn: Connection, root: int, direction: str, sees: Sees, limit: int = LIMIT, *, judges: Sees | None = None
) -> Trace:
    """Walk from ``root``; ``direction`` is up, down or both. Amounts and names of hidden lots are left out.

    Findings are for the owner and those with the duty to supervise: ``judges`` says of which lots the
    actor may read the verdict (all it sees, unless given).
    """
    lots: list[int] = [root]
    truncated = False
    for way in ("up", "down"):
        if direction in (way, "both"):
            found, cut = store.walk(conn, root, way, limit)
            lots += [lot for lot in found if lot != root]
            truncated = truncated or cut
    every = list(dict.fromkeys(lots))
    truncated = truncated or len(every) > limit
    lots = every[:limit]
    rows = batches.batches_by_id(conn, lots)
    edges = store.edges_among(conn, lots)
    depth = _depths(root, edges)
    shown = {lot: _may_see(rows.get(lot), lot, root, edges, rows, sees) for lot in lots}
    nodes = [_node(conn, lot, rows.get(lot), shown[lot], depth.get(lot, 0), judges or sees) for lot in lots]
    totals = _input_masses(edges)
    drawn = [_edge(e, shown, totals) for e in edges]
    return Trace(root, nodes, drawn, _breaks(lots, rows, store.fed(conn, lots), direction), truncated)


def _may_see(
    row: Row[Any] | None,
    lot: int,
    root: int,
    edges: Sequence[Row[Any]],
    rows: Mapping[int, Row[Any]],
    sees: Sees,
) -> bool:
    """An unregistered lot is seen by whoever sees a lot made from it."""
    if row is not None:
        return sees(lot, row.tenant_id)
    users = [rows[e.output_id] for e in edges if e.input_id == lot and e.output_id in rows]
    return any(sees(u.id, u.tenant_id) for u in users)


def _node(conn: Connection, lot: int, row: Row[Any] | None, shown: bool, depth: int, judges: Sees) -> Node:
    if row is None:
        uri = journal.uri_of(conn, lot) if shown else None
        name = uri.rsplit("/", 1)[-1] if uri else ""
        return Node(lot, uri, not shown, depth, lot=name, state="unregistered", registered=False)
    if not shown:
        return Node(lot, None, True, depth, stage=row.link_code, state=row.halt or row.state)
    return Node(
        lot,
        row.uri,
        False,
        depth,
        name=row.item_name,
        lot=row.lot,
        maker=row.maker_name,
        stage=row.link_code,
        state=row.state,
        halt=row.halt,
        verdict=row.verdict if judges(lot, row.tenant_id) else "",
        produced_on=row.produced_on,
        best_before=row.best_before,
        origins=tuple(json.loads(row.origins)),
    )


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


def _input_masses(edges: Sequence[Row[Any]]) -> dict[int, int | None]:
    """Per output, the sum of its inputs (litres as kilograms) in millionths; None where one has no mass."""
    totals: dict[int, int | None] = {}
    for e in edges:
        mass = _mass(e)
        before = totals.get(e.output_id, 0)
        totals[e.output_id] = None if mass is None or before is None else before + mass
    return totals


def _mass(edge: Row[Any]) -> int | None:
    if edge.quantity is None or edge.unit == "":
        return None
    try:
        base = family(edge.unit)
    except ValueError:
        return None
    return None if base == "H87" else convert(edge.quantity, edge.unit, base)


def _edge(e: Row[Any], shown: Mapping[int, bool], totals: Mapping[int, int | None]) -> TraceEdge:
    hidden = not (shown.get(e.input_id, False) and shown.get(e.output_id, False))
    if hidden:
        return TraceEdge(e.input_id, e.output_id, e.event_id, None, "", "", None, True)
    total, mass = totals.get(e.output_id), _mass(e)
    share = mass / total if total and mass is not None else None
    return TraceEdge(e.input_id, e.output_id, e.event_id, e.quantity, e.unit, e.basis, share, False)


def _breaks(lots: Sequence[int], rows: Mapping[int, Row[Any]], fed: set[int], direction: str) -> list[Break]:
    """An input nobody registered, and a product whose inputs are not known. Hidden or cut off is not broken."""
    found = []
    for lot in lots:
        row = rows.get(lot)
        if row is None:
            found.append(Break(lot, "unregistered", "这批投料没有登记收货，来源从这里断开"))
        elif direction in ("up", "both") and row.kind == "product" and lot not in fed and row.state != "reserved":
            found.append(Break(lot, "no_inputs", "这批产品没有登记投料，来源从这里断开"))
    return found
