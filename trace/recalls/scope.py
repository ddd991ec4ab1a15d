"""The scope of a recall: what was made from the suspect lots, why, and who holds how much of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.genealogy import store as genealogy
from trace.genealogy.shares import Flow, mass_of
from trace.quantity import convert, family
from trace.recalls import scope_store
from trace.recalls.flows import paths, shares
from trace.recalls.holdings import UNKNOWN, Delivery, holdings
from trace.recalls.models import NOTIFY, OWN, ScopeLot

NOT_MADE = ("reserved", "voided")
NO_QUANTITY = "没有登记生产数量，按库存与去向倒推"
NO_AMOUNT = "有投料没有记录用量，去向可能多于所列"


def read_scope(conn: Connection, maker_id: int, suspects: Sequence[int]) -> list[ScopeLot]:
    """Affected lots of ``maker_id`` (role own) and lots others made from these (role notify), by lot id.

    Complete: nothing is cut off. Lots that only others made from others' goods are no affair of this maker.
    """
    below = scope_store.downstream(conn, suspects)
    every = list(dict.fromkeys([*suspects, *below]))
    rows = batches.batches_by_id(conn, every)
    edges = [edge for found in genealogy.inputs_of_many(conn, below).values() for edge in found]
    outside = [edge.input_id for edge in edges if edge.input_id not in rows]
    inputs = rows | batches.batches_by_id(conn, list(dict.fromkeys(outside)))
    flows = [Flow(e.input_id, e.output_id, mass_of(e, inputs.get(e.input_id))) for e in edges]
    way, part = paths(flows, suspects), shares(flows, suspects)
    given = scope_store.given_by(conn, [r.id for r in rows.values() if r.kind == "raw"], maker_id)
    own = [lot for lot in every if _is_own(rows.get(lot), maker_id, given)]
    theirs = set(paths(flows, own)) - set(own)
    held = _held(conn, own, rows, maker_id)
    found = []
    for lot in sorted([*own, *theirs]):
        row = rows.get(lot)
        if row is None or row.state in NOT_MADE:
            continue
        share, why = part.get(lot, (None, ""))
        made, used, holders, note = held.get(lot, (row.quantity or 0, 0, (), ""))
        unit = _unit(row)
        role = OWN if lot in held else NOTIFY
        found.append(ScopeLot(lot, row.tenant_id, role, way[lot], made, unit, share, why, holders, used, note))
    return found


def failed_parameters(conn: Connection, lots: Sequence[int], announced: Sequence[str] = ()) -> list[str]:
    """Names of what failed in the newest verdicts of lots and, given, in announcements."""
    rows = batches.get_batches(conn, lots)
    ids = [r.verdict_id for r in rows.values() if r.verdict_id is not None and r.verdict == "fail"]
    found = [*announced]
    for text in scope_store.findings_of(conn, ids).values():
        found += [str(f.get("parameter") or "") for f in json.loads(text) if f.get("status") == "fail"]
    return [one for one in dict.fromkeys(found) if one]


def _is_own(row: Row[Any] | None, maker_id: int, given: set[int]) -> bool:
    """A maker recalls products it made and raw lots it delivered; a raw lot it only received is its supplier's."""
    if row is None or row.tenant_id != maker_id or row.state in NOT_MADE:
        return False
    return row.kind == "product" or row.id in given


def _unit(row: Row[Any]) -> str:
    try:
        return family(row.unit or row.base_unit)
    except ValueError:
        return str(row.unit or row.base_unit)


def _as(quantity: int, unit: str, to: str) -> int:
    """In the lot's unit; amounts in a unit that does not convert are left out of the sums and show as difference."""
    if unit == to:
        return int(quantity)
    return convert(int(quantity), unit, to) or 0


def _key(organisation_id: int | None, name: str) -> str:
    return str(organisation_id) if organisation_id is not None else f"~{name or '未具名'}"


Held = Mapping[int, tuple[int, int, Sequence[Any], str]]


def _held(conn: Connection, lots: Sequence[int], rows: Mapping[int, Row[Any]], maker_id: int) -> Held:
    units = {lot: _unit(rows[lot]) for lot in lots}
    moved: dict[int, list[Delivery]] = defaultdict(list)
    for d in scope_store.deliveries(conn, lots):
        unit = units[d.lot_id]
        giver = str(d.from_id) if d.from_id is not None else UNKNOWN
        quantity, open_ = _as(d.quantity, d.unit, unit), _as(d.open, d.unit, unit)
        moved[d.lot_id].append(Delivery(giver, _key(d.to_id, d.to_name), quantity, open_))
    used: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    unknown: set[int] = set()
    for u in scope_store.used_up(conn, lots):
        used[u.lot_id][str(u.tenant_id)] += _as(u.quantity, u.unit, units[u.lot_id])
        if u.unknown:
            unknown.add(u.lot_id)
    stock: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for s in scope_store.on_hand(conn, lots):
        stock[s.lot_id][str(s.holder_id)] += _as(s.quantity, s.unit, units[s.lot_id])
    found = {}
    for lot in lots:
        row, maker = rows[lot], str(maker_id)
        note = NO_AMOUNT if lot in unknown else ""
        if row.quantity is not None:
            made = _as(row.quantity, row.unit or row.base_unit, units[lot])
        else:
            given = sum(d.quantity for d in moved[lot] if d.giver == maker)
            made = given + used[lot].get(maker, 0) + max(stock[lot].get(maker, 0), 0)
            note = NO_QUANTITY
        holders, gone = holdings(maker, made, moved[lot], dict(used[lot]), dict(stock[lot]))
        found[lot] = (made, gone, holders, note)
    return found
