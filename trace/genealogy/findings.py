"""What the record checks conclude from plain rows: a code, the lots, a Chinese sentence, the way to put it right. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from trace.batches.rules import mass_balance
from trace.context import local_datetime
from trace.genealogy.rules import reported
from trace.genealogy.shares import in_mass
from trace.quantity import show

CODES = {
    "over_used": "用出多于现有",
    "unbalanced": "物料不平",
    "oversold": "交出多于产出",
    "yield_off": "出品率异常",
    "time_order": "时间倒置",
    "before_receipt": "先用后收",
    "licence": "无有效证照",
    "two_holders": "同时在两处",
    "one_sided": "交接只有一方登记",
}
"""Checks in the order of the report."""
DAYS = 3
"""After how many days a hand-over should have been reported by both sides; a first choice of ours (团队拟定)."""
MARGIN = Fraction(5, 1000)
"""How much more of a lot than was made may be about before it is a finding: rounding and weighing (团队拟定)."""


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """One thing that does not add up. ``fix`` is an address on this host, ``fix_text`` what is done there.

    ``key`` names it among those of its check whenever it is found again; ``orgs`` are the organisations it concerns.
    """

    code: str
    lots: Sequence[int]
    detail: str
    fix: str
    fix_text: str
    key: str
    orgs: Sequence[int]


def over_used(
    rows: Iterable[Any], label: Mapping[int, str], names: Mapping[int, str], registered: Container[int]
) -> list[RecordFinding]:
    found = []
    for r in rows:
        text = f"{names.get(r.holder_id, '')}的{label[r.lot_id]}用出比现有多 {show(-r.quantity, r.unit)}：核对用量，或补登收货"
        known = r.lot_id in registered
        fix = (f"/batches/{r.lot_id}", "核对这批的用量") if known else ("/receive", "补登收货")
        found.append(
            RecordFinding("over_used", (r.lot_id,), text, *fix, f"{r.lot_id}:{r.holder_id}:{r.unit}", (r.holder_id,))
        )
    return found


def unbalanced(rows: Iterable[Any], label: Mapping[int, str]) -> list[RecordFinding]:
    found = []
    for r in rows:
        held, used, way, made = int(r.held), int(r.used), int(r.way), int(r.made)
        if held + used + way <= made * (1 + MARGIN):
            continue
        parts = [f"现有 {show(held, r.unit)}", f"已投料 {show(used, r.unit)}", f"在途 {show(way, r.unit)}"]
        text = f"{label[r.lot_id]}登记 {show(made, r.unit)}，而{'、'.join(parts)}，多出 {show(held + used + way - made, r.unit)}"
        fix = (f"/batches/{r.lot_id}", "核对数量与交接")
        found.append(RecordFinding("unbalanced", (r.lot_id,), text, *fix, f"{r.lot_id}:{r.unit}", (r.tenant_id,)))
    return found


def oversold(rows: Iterable[Any], label: Mapping[int, str]) -> list[RecordFinding]:
    return [
        RecordFinding(
            "oversold",
            (r.lot_id,),
            f"{label[r.lot_id]}产出 {show(int(r.made), r.unit)}，却交出了 {show(int(r.sold), r.unit)}：核对产量或发货数量",
            f"/batches/{r.lot_id}",
            "核对产量与发货",
            f"{r.lot_id}:{r.unit}",
            (r.tenant_id,),
        )
        for r in rows
    ]


def time_order(rows: Iterable[Any], label: Mapping[int, str]) -> list[RecordFinding]:
    return [
        RecordFinding(
            "time_order",
            (r.lot_id, r.input_id),
            f"{label[r.lot_id]} {r.produced_on} 生产，所用{label[r.input_id]}却在 {r.input_on} 才生产：核对日期或投料批号",
            f"/batches/{r.lot_id}#correct",
            "更正投料",
            f"{r.lot_id}:{r.input_id}",
            (r.tenant_id,),
        )
        for r in rows
    ]


def before_receipt(rows: Iterable[Any], label: Mapping[int, str]) -> list[RecordFinding]:
    return [
        RecordFinding(
            "before_receipt",
            (r.lot_id, r.input_id),
            f"{label[r.lot_id]} {r.produced_on} 生产，所用{label[r.input_id]}却在 {r.received_on} 才收货：核对日期或投料批号",
            f"/batches/{r.lot_id}#correct",
            "更正投料",
            f"{r.lot_id}:{r.input_id}",
            (r.tenant_id,),
        )
        for r in rows
    ]


def licence(rows: Iterable[Any], label: Mapping[int, str], names: Mapping[int, str]) -> list[RecordFinding]:
    """One finding a maker, with its lots."""
    by_maker: dict[int, list[Any]] = {}
    for r in rows:
        by_maker.setdefault(r.tenant_id, []).append(r)
    found = []
    for maker, lots in by_maker.items():
        days = sorted(r.produced_on for r in lots)
        when = days[0] if days[0] == days[-1] else f"{days[0]} 至 {days[-1]}"
        text = (
            f"{names.get(maker, '')} {when} 生产的 {len(lots)} 批（如{label[lots[0].lot_id]}），当日没有有效的证照登记"
        )
        fix = ("/credentials", "补登证照或延续情况")
        found.append(RecordFinding("licence", tuple(r.lot_id for r in lots), text, *fix, str(maker), (maker,)))
    return found


def one_sided(rows: Iterable[Any], label: Mapping[int, str], names: Mapping[int, str]) -> list[RecordFinding]:
    found = []
    for h in rows:
        giver, taker = names.get(h.from_id, ""), names.get(h.to_id, "")
        day, amount = local_datetime(h.at).date(), show(h.quantity, h.unit)
        if reported(h) == "shipped":
            text = f"{giver} {day} 发给 {taker} 的{label[h.lot_id]} {amount}，收方超过 {DAYS} 天没有登记收货"
            fix = ("/receive", "收方登记收货，或由发方更正发货")
        else:
            text = f"{taker} {day} 从 {giver} 收到的{label[h.lot_id]} {amount}，发方超过 {DAYS} 天没有登记发货"
            fix = (f"/batches/{h.lot_id}", "发方登记发货，或由收方更正收货")
        whose = tuple(sorted({h.from_id, h.to_id}))
        found.append(RecordFinding("one_sided", (h.lot_id,), text, *fix, f"{h.id}:{h.lot_id}", whose))
    return found


_TAKES = ("receiving", "commissioning", "arriving", "accepting")
_GIVES = ("shipping", "departing", "destroying", "decommissioning", "retail_selling", "dispensing")


def two_holders(
    moves: Iterable[Any], names: Mapping[int, str], tenants: Mapping[int, Sequence[int]]
) -> list[RecordFinding]:
    """Serials and SSCC that two organisations have at once, from their events by thing and time. A lot may be at many.

    ``tenants``: by thing, everybody with an event about it.
    """
    found = []
    for thing, events in groupby(moves, key=lambda m: (m.identifier_id, m.uri)):
        told = list(events)
        wrong = {(m.tenant_id, m.event_id) for m in told if m.declaration_time}
        holders: dict[int, None] = {}
        for m in told:
            if (m.tenant_id, m.event_id) in wrong:
                continue
            step = m.biz_step.rsplit(":", 1)[-1].rsplit("-", 1)[-1]
            if m.action == "DELETE" or step in _GIVES:
                holders.pop(m.tenant_id, None)
            elif m.action == "ADD" or step in _TAKES:
                holders[m.tenant_id] = None
        if len(holders) > 1:
            who = "、".join(names.get(h, str(h)) for h in holders)
            text = f"{thing[1].rsplit('/', 1)[-1]} 同时登记在 {who}：一件东西只能在一处，前手须登记发货或更正"
            fix = ("/docs", "用 EPCIS 补报发货或作更正声明")
            whose = tenants.get(thing[0], tuple(holders))
            found.append(RecordFinding("two_holders", (thing[0],), text, *fix, str(thing[0]), whose))
    return found


def yield_off(
    rows: Iterable[Any], inputs: Mapping[int, Sequence[Any]], lots: Mapping[int, Any], label: Mapping[int, str]
) -> list[RecordFinding]:
    """Products whose mass differs from inputs × usual yield by more than the tolerance; unknown masses give none."""
    found = []
    for r in rows:
        edges = inputs.get(r.lot_id, ())
        masses = [None if e.quantity is None else in_mass(e.quantity, e.unit, lots.get(e.input_id)) for e in edges]
        if not masses or None in masses:
            continue
        litres = any(e.unit in ("LTR", "MLT") for e in edges)
        given = [(m, "LTR" if litres and i == 0 else "KGM") for i, m in enumerate(masses) if m is not None]
        told = mass_balance(given, _mass(r), r.usual_yield)
        if told is not None and told.code == "balance_off":
            text = f"{label[r.lot_id]}{told.detail.removeprefix('物料平衡偏差').lstrip('：')}"
            fix = (f"/batches/{r.lot_id}#correct", "更正投料或数量")
            found.append(RecordFinding("yield_off", (r.lot_id,), text, *fix, str(r.lot_id), (r.tenant_id,)))
    return found


def _mass(r: Any) -> int | None:
    return in_mass(r.quantity, r.unit, r)
