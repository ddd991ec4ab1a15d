"""The genealogy as a page: graph, timeline and table of one trace, narrowed by links and a plain form."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.pages import read_sheet
from service.batches.words import STATE_BADGES, VERDICTS
from service.params import IdPath
from service.routing import Router
from service.tracing.drawing import svg
from service.tracing.filtering import narrowed, offered, read_filters, timeline
from service.tracing.layout import MOST, Box, Picture, lay_out, stage_of
from service.tracing.sight import sight_of
from service.web.render import page
from trace.batches.models import HALTS, STATES
from trace.genealogy.commands import LIMIT, group, related, trace
from trace.genealogy.models import ASSUMPTION, Trace
from trace.genealogy.shares import share_text
from trace.quantity import show

router = Router(include_in_schema=False)
WAYS = {"both": "来源与去向", "up": "只看来源", "down": "只看去向", "same": "同料还做了什么"}
ENDS = {"start": "链条起点", "stock": "终点：有库存", "out": "终点：已交出", "gone": "终点：没有库存"}
ROWS = 500
"""Rows of the table at most; filters or the download show the rest."""


@router.get("/batches/{batch_id}/trace")
def genealogy(
    request: Request, batch_id: IdPath, direction: str = "both", each: str = "", actor: Actor = require("batch.read")
) -> Response:
    """Everything the lot was made of and everything made of it: picture, timeline and table, all the same data."""
    way = direction if direction in WAYS else "both"
    wanted, wrong = read_filters(request.query_params)
    sight = sight_of(actor)
    db = request.app.state.db
    with db.read() as conn:
        sheet, _ = read_sheet(conn, actor, batch_id, db.now())
        whole = (
            related(conn, batch_id, sight)
            if way == "same"
            else trace(conn, batch_id, way, sight, with_shares=way in ("down", "both"))
        )
        holders = group(conn, batch_id, way, "holder", sight) if whole.truncated and way != "same" else None
    found = narrowed(whole, wanted)
    picture = lay_out(found, singly=each == "1")
    moments, more = timeline(found)
    gaps = frozenset(b.lot for b in found.breaks)
    numbers = {node.id: index for index, node in enumerate(_ordered(found), 1)}
    rows = trace_rows(found, numbers)
    base = {"direction": way} | {k: v for k, v in asdict(wanted).items() if v}
    drawn = svg(found, picture, _href(found, picture, base, batch_id), gaps)
    return page(
        request,
        "tracing/trace.html",
        sheet=sheet,
        found=found,
        whole=len(whole.nodes),
        picture=picture,
        drawing=Markup(drawn),  # noqa: S704 - drawn here, every text escaped
        rows=rows[:ROWS],
        left_off=max(0, len(rows) - ROWS),
        breaks={b.lot: [one.detail for one in found.breaks if one.lot == b.lot] for b in found.breaks},
        numbers=numbers,
        hidden=sum(1 for n in found.nodes if n.hidden),
        moments=moments,
        more_moments=more,
        direction=way,
        ways=WAYS,
        ends=ENDS,
        wanted=wanted,
        wrong=wrong,
        offered=offered(whole),
        query=urlencode(base),
        each_query=urlencode(base | {"each": "1"}),
        can_each=picture.grouped and len(found.nodes) <= MOST,
        holders=holders,
        limit=LIMIT,
        assumption=ASSUMPTION,
        share_text=share_text,
        show=show,
        verdicts=VERDICTS,
        state_badges=STATE_BADGES,
        states=STATES,
        halts=HALTS,
    )


def _href(found: Trace, picture: Picture, base: dict[str, str], batch_id: int) -> Any:
    """A single lot leads to its row's own trace, a group to the lots in it."""

    def href(box: Box) -> str:
        first = found.nodes[box.lots[0]]
        if first.hidden or not first.registered:
            return ""
        if len(box.lots) == 1:
            return f"/batches/{first.id}/trace?direction={base['direction']}"
        chosen = base | {"item": str(first.item_id)}
        held = {h.holder for h in first.holders if h.holder}
        if len(held) == 1:
            chosen["holder"] = held.pop()
        return f"/batches/{batch_id}/trace?{urlencode(chosen)}"

    return href


def trace_rows(found: Trace, numbers: dict[int, int]) -> list[dict[str, Any]]:
    """The nodes in order from the farthest origin to the farthest product, each with what it gave to its users."""
    given: dict[int, list[dict[str, Any]]] = {}
    for edge in found.edges:
        told = {"to": numbers.get(edge.output, 0), "quantity": "", "share": "", "hidden": edge.hidden}
        if edge.quantity is not None:
            told["quantity"] = show(edge.quantity, edge.unit)
            told["share"] = f"{edge.share:.1%}" if edge.share is not None else "无法计算"
        given.setdefault(edge.input, []).append(told)
    return [
        {"number": numbers[node.id], "node": node, "gives": sorted(given.get(node.id, []), key=lambda g: g["to"])}
        for node in _ordered(found)
    ]


def _ordered(found: Trace) -> list[Any]:
    return sorted(found.nodes, key=lambda n: (n.depth, stage_of(n), n.hidden, n.name, n.id))
