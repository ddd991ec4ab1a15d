"""JSON API of the genealogy: up, down or both, cut to the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from service.accounts.dependencies import require
from service.accounts.permissions import Actor, View, visibility
from service.batches.schemas import (
    Json,
)
from service.context import question
from trace.batches import store as batches
from trace.batches.lots import absolute, find_lots
from trace.context import Context, local_datetime
from trace.errors import NotFound
from trace.genealogy import store as genealogy
from trace.genealogy.commands import trace
from trace.genealogy.models import Trace
from trace.quantity import show

router = APIRouter(prefix="/api/v1", tags=["谱系 trace"])


def sees_for(conn: Connection, actor: Actor) -> Callable[[int, int], bool]:
    """Whether the actor sees a lot in full: its own, one it handed over or received, or all for a regulator.

    Being a partner is not enough: a supplier's other lots, and what they were made from, stay its secret.
    """
    partners = genealogy.partners_of(conn, actor.org_id) if actor.org_id else set()
    known: dict[int, bool] = {}

    def exchanged(lot: int) -> bool:
        if lot not in known:
            known[lot] = bool(genealogy.lots_exchanged(conn, actor.org_id, [lot]))
        return known[lot]

    def sees(lot: int, owner: int) -> bool:
        both = {owner, actor.org_id} if owner in partners and exchanged(lot) else set()
        return visibility(actor, owner, both) is not View.PUBLIC

    return sees


def judges_for(actor: Actor) -> Callable[[int, int], bool]:
    """Whether the actor reads a lot's verdict: of its own lots, and a regulator of all."""
    return lambda _lot, owner: visibility(actor, owner) in (View.OWN, View.REGULATOR)


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
    direction: Annotated[str, Query(pattern="^(up|down|both)$")] = "both",
    actor: Actor = require("batch.read"),
) -> Json:
    """Genealogy of a lot: our batch id or any identifier URI, as it stands or percent-encoded. Cut to the caller."""
    raw = request.scope.get("raw_path", b"").decode("latin-1").split("?")[0].rsplit("/api/v1/trace/", 1)[-1]
    public = request.app.state.settings.public_url

    def follow(ctx: Context) -> Trace:
        lots = _lots(ctx, raw) or _lots(ctx, unquote(raw)) or _lots(ctx, identifier)
        sees = sees_for(ctx.conn, actor)
        known = batches.batches_by_id(ctx.conn, lots)
        # a certificate may name several lots, of which some are the caller's
        root = next((lot for lot in lots if lot not in known or sees(lot, known[lot].tenant_id)), None)
        if root is None:
            raise NotFound(
                "没有找到这个编码对应的批次，或不属于本企业的上下游", "No lot of yours is known under this identifier"
            )
        return trace(ctx.conn, root, direction, sees, judges=judges_for(actor))

    found = question(request, follow)
    names = {n.id: (absolute(n.uri, public) if n.uri else None) for n in found.nodes}
    amounts = actor.org_kind != "regulator"
    return {
        "root": names.get(found.root),
        "nodes": [
            {"uri": None, "stage": n.stage, "state": n.state, "hidden": True}
            if n.hidden
            else {
                "id": str(n.id),
                "uri": names[n.id],
                "name": n.name,
                "lot": n.lot,
                "maker": n.maker,
                "stage": n.stage,
                "state": n.state,
                "halt": n.halt,
                "verdict": n.verdict,
                "produced_on": n.produced_on,
                "best_before": n.best_before,
                "origins": list(n.origins),
                "registered": n.registered,
                "depth": n.depth,
            }
            for n in found.nodes
        ],
        "edges": [
            {
                "from": names.get(e.input),
                "to": names.get(e.output),
                "event": str(e.event),
                "quantity": show(e.quantity, e.unit) if amounts and e.quantity is not None and not e.hidden else None,
                "share": e.share if amounts else None,
                "basis": e.basis,
            }
            for e in found.edges
        ],
        "breaks": [{"uri": names.get(b.lot), "code": b.code, "detail": b.detail} for b in found.breaks],
        "truncated": found.truncated,
        "notice": "系统比对，不是检验结论",
        "as_of": f"{local_datetime(request.app.state.db.now()).isoformat(timespec='seconds')}",
    }
