"""The page of claims: what others say our lots were made from, each with two buttons."""

from __future__ import annotations

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject
from service.batches.failing import Failed, failed
from service.claims.views import listed
from service.context import command, question
from service.params import Cursor, IdPath, cursor_id
from service.routing import Router
from service.web.render import page
from trace.claims.commands import answer
from trace.context import Context
from trace.errors import Refusal

router = Router(include_in_schema=False)
Form = Depends(form_data)
PAGE = 50


@router.get("/claims")
def claims(request: Request, before: Cursor = "", actor: Actor = require("claim.confirm")) -> Response:
    """Newest first, open ones with their form."""
    return _page(request, actor, before)


def _page(request: Request, actor: Actor, before: str = "", problem: Failed | None = None) -> Response:
    items, following = question(request, lambda ctx: listed(ctx, actor.org_id, cursor_id(before), PAGE))
    return page(
        request,
        "claims/list.html",
        claims=items,
        next=following,
        first=not before,
        failed=problem,
        status_code=problem.status if problem is not None else 200,
    )


@router.post("/batches/{batch_id}/claims/{claim_id}")
def add_answer(
    request: Request,
    batch_id: IdPath,
    claim_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("claim.confirm"),
) -> Response:
    """Confirm or reject."""

    def run(ctx: Context) -> None:
        check(actor, "claim.confirm", Subject(owner_id=ctx.tenant_id))
        answer(ctx, batch_id, claim_id, text(form, "answer") == "confirmed", text(form, "reason"))

    try:
        command(request, run)
    except Refusal as refusal:
        return _page(request, actor, problem=failed(str(claim_id), refusal, form))
    return RedirectResponse("/claims", 303)
