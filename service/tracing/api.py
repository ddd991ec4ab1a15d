"""JSON API of the genealogy: up, down or both, cut to the caller; whole, grouped or as a stream."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.reading import iso
from service.context import question
from service.epcis.showing import organisation_of, shown
from service.routing import Router
from service.tracing import streaming
from service.tracing.sight import sight_of
from trace.batches import store as batches
from trace.batches.lots import absolute, find_lots
from trace.context import Context, local_datetime
from trace.epcis import store as epcis
from trace.epcis.documents import query_document
from trace.epcis.values import written
from trace.errors import NotFound, Refusal
from trace.genealogy import store as genealogy
from trace.genealogy.commands import LIMIT, group, trace
from trace.genealogy.models import ASSUMPTION, Grouped, Node, Share, Sight, Trace, TraceEdge
from trace.genealogy.shares import share_text
from trace.journal.canonical import dumps
from trace.quantity import show

router = Router(prefix="/api/v1", tags=["谱系 trace"])
JSON = "application/json"
MOST_EVENTS = 5000
NOTICE = "系统比对，不是检验结论"
Direction = Annotated[str, Query(pattern="^(up|down|both)$", description="up 来源，down 去向，both 两头")]
By = Annotated[str, Query(alias="group", pattern="^(holder|place|item|state)?$", description="只要分组数量，不列各批")]
Format = Annotated[
    str,
    Query(
        pattern="^(json|ndjson|csv|epcis)?$", description="ndjson、csv 为流式，不限批数；epcis 为 EPCISQueryDocument"
    ),
]


class TooLarge(Refusal):
    status = 413
    code = "trace_too_large"
    title = "谱系过大，一份文档放不下"
    title_en = "The trace is too large for one document"


def root_of(ctx: Context, texts: list[str], sight: Sight) -> int:
    """The lot that our batch id or any code names, of several the first that the actor may see."""
    lots = next((found for text in texts if (found := _lots(ctx, text))), [])
    known = batches.get_batches(ctx.conn, lots)
    exchanged = set() if sight.every else genealogy.lots_exchanged(ctx.conn, sight.org_id, lots)
    for lot in lots:  # a certificate may name several lots, of which some are the caller's
        if sight.every or lot not in known or sight.full(known[lot].tenant_id, lot in exchanged):
            return lot
    raise NotFound(
        "没有找到这个编码对应的批次，或不属于本企业的上下游", "No lot of yours is known under this identifier"
    )


def _lots(ctx: Context, text: str) -> list[int]:
    """Our batch id, or whatever code names a lot."""
    if text.isascii() and text.isdigit() and 18 <= len(text) <= 19 and int(text) < 2**63:
        row = batches.get_batch(ctx.conn, int(text))
        if row is not None:
            return [int(row.id)]
    return find_lots(ctx, text)


@router.get("/trace/{identifier:path}", summary="上溯与下追")
def get_trace(
    request: Request,
    identifier: str,
    direction: Direction = "both",
    by: By = "",
    form: Annotated[Format, Query(alias="format")] = "",
    shares: Annotated[bool, Query(description="算出本批在各下游批次中的占比（5,000 批以内）")] = False,
    edges: Annotated[bool, Query(description="ndjson 中也列出投料关系")] = False,
    actor: Actor = require("batch.read"),
) -> Response:
    """Genealogy of a lot: our batch id or any identifier URI, as it stands or percent-encoded. Cut to the caller.

    JSON holds up to 5,000 lots and says ``truncated`` beyond; ``Accept: application/x-ndjson`` (or ``?format=ndjson``)
    and ``?format=csv`` stream all of them, ``?group=holder|place|item|state`` counts all of them.
    """
    raw = request.scope.get("raw_path", b"").decode("latin-1").split("?")[0].rsplit("/api/v1/trace/", 1)[-1]
    public = request.app.state.settings.public_url
    sight = sight_of(actor)
    texts = list(dict.fromkeys([raw, unquote(raw), identifier]))
    stream = form or ("ndjson" if streaming.NDJSON in request.headers.get("accept", "") else "")
    if by:
        return JSONResponse(
            _grouped_json(question(request, lambda c: _grouped(c, texts, direction, by, sight)), request, public)
        )
    if stream in ("ndjson", "csv"):
        root = question(request, lambda c: root_of(c, texts, sight))
        if stream == "csv":
            lines = streaming.csv(request.app.state.db, root, direction, sight, public)
            headers = {"Content-Disposition": f'attachment; filename="trace-{root}-{direction}.csv"'}
            return StreamingResponse(lines, media_type=streaming.CSV, headers=headers)
        lines = streaming.ndjson(request.app.state.db, root, direction, sight, public, edges=edges)
        return StreamingResponse(lines, media_type=streaming.NDJSON)
    if stream == "epcis":
        return Response(dumps(question(request, lambda c: _events(c, actor, texts, direction, sight))), media_type=JSON)
    found = question(request, lambda c: trace(c.conn, root_of(c, texts, sight), direction, sight, with_shares=shares))
    return JSONResponse(trace_json(found, public, shares=shares) | {"as_of": _now(request)})


def _events(ctx: Context, actor: Actor, texts: list[str], direction: str, sight: Sight) -> dict[str, Any]:
    """The events behind a trace that the actor gets, whole, as one EPCISQueryDocument."""
    found = trace(ctx.conn, root_of(ctx, texts, sight), direction, sight)
    seen = [node.id for node in found.nodes if not node.hidden]
    rows = epcis.naming(ctx.conn, seen, organisation_of(ctx, actor), MOST_EVENTS + 1)
    if found.truncated or len(rows) > MOST_EVENTS:
        raise TooLarge(
            f"谱系超过 {LIMIT} 批或 {MOST_EVENTS} 个事件，请只取一个方向（direction=up 或 down），或用 format=ndjson。",
            "Too large for one document: take one direction, or format=ndjson.",
        )
    return query_document(shown(ctx, rows, "Always_GS1_Digital_Link"), written(ctx.now))


def _now(request: Request) -> str:
    return local_datetime(request.app.state.db.now()).isoformat(timespec="seconds")


def _grouped(ctx: Context, texts: list[str], direction: str, by: str, sight: Sight) -> tuple[Grouped, str | None]:
    root = root_of(ctx, texts, sight)
    row = batches.batches_by_id(ctx.conn, [root]).get(root)
    return group(ctx.conn, root, direction, by, sight), None if row is None else row.uri


def _grouped_json(told: tuple[Grouped, str | None], request: Request, public: str) -> dict[str, Any]:
    found, uri = told
    return {
        "root": absolute(uri, public) if uri else None,
        "group": found.by,
        "groups": [
            {
                "key": g.key or None,
                "name": g.name or None,
                "lots": g.lots,
                "quantities": [
                    {"quantity": show(q, unit), "millionths": str(q), "unit": unit} for q, unit in g.quantities
                ],
            }
            | ({"hidden": True} if g.hidden else {})
            for g in found.groups
        ],
        "lots": found.lots,
        "truncated": False,
        "notice": NOTICE,
        "as_of": _now(request),
    }


def trace_json(found: Trace, public: str, *, shares: bool = False) -> dict[str, Any]:
    """The trace as the API gives it. ``from_node`` and ``to_node`` are positions in ``nodes``, also of hidden ones."""
    names = {n.id: (absolute(n.uri, public) if n.uri else None) for n in found.nodes}
    at = {n.id: index for index, n in enumerate(found.nodes)}
    told: dict[str, Any] = {
        "root": names.get(found.root),
        "nodes": [_node_json(n, names[n.id], shares=shares) for n in found.nodes],
        "edges": [_edge_json(e, names, at) for e in found.edges],
        "breaks": [{"uri": names.get(b.lot), "code": b.code, "detail": b.detail} for b in found.breaks],
        "truncated": found.truncated,
        "limit": LIMIT,
        "notice": NOTICE,
    }
    return told | ({"assumption": ASSUMPTION} if shares else {})


def _node_json(n: Node, uri: str | None, *, shares: bool) -> dict[str, Any]:
    if n.hidden:
        return {"uri": None, "stage": n.stage, "state": n.state, "hidden": True}
    told: dict[str, Any] = {
        "id": str(n.id),
        "uri": uri,
        "name": n.name,
        "lot": n.lot,
        "kind": n.kind,
        "maker": n.maker,
        "place": n.place,
        "stage": n.stage,
        "state": n.state,
        "halt": n.halt,
        "halt_text": n.halt_text,
        "verdict": n.verdict,
        "produced_on": n.produced_on,
        "best_before": n.best_before,
        "registered_at": iso(n.registered_at),
        "released_at": iso(n.released_at),
        "quantity": show(n.quantity, n.unit) if n.quantity is not None else None,
        "origins": list(n.origins),
        "registered": n.registered,
        "depth": n.depth,
        "end": n.end,
        "holders": [
            {"name": h.holder, "place": h.place, "quantity": None if h.quantity is None else show(h.quantity, h.unit)}
            if h.holder_id
            else {"name": None, "hidden": True}
            for h in n.holders
        ],
        "handovers": [
            {
                "from": p.giver,
                "to": p.taker,
                "at": iso(p.at),
                "quantity": show(p.quantity, p.unit),
                "reported": p.reported,
            }
            for p in n.passings
        ],
        "whereabouts": [
            {"container": p.container, "holder": p.holder, "step": p.step, "at": iso(p.at), "place": p.place or None}
            for p in n.sightings
        ],
        "containers": [{"uri": p.uri, "since": iso(p.since), "until": iso(p.until)} for p in n.packed],
    }
    if shares and n.share is not None:
        told["share"] = _share_json(n.share)
    return told


def _share_json(share: Share) -> dict[str, Any]:
    part = None if share.part is None else float(share.part)
    return {"part": part, "text": share_text(share.part, share.why)}


def _edge_json(e: TraceEdge, names: dict[int, str | None], at: dict[int, int]) -> dict[str, Any]:
    return {
        "from": names.get(e.input),
        "to": names.get(e.output),
        "from_node": at.get(e.input),
        "to_node": at.get(e.output),
        "event": str(e.event),
        "quantity": show(e.quantity, e.unit) if e.quantity is not None else None,
        "share": e.share,
        "basis": e.basis,
    }
