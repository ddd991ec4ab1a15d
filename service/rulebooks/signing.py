"""Experts sign clauses off, over the API and from a clause's page; who signed what, and what waits to be published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.batches.schemas import IdOut
from service.context import command, question
from service.idempotency import create
from service.routing import Router
from service.rulebooks.signoffs import states
from service.standards.pages import clause_page
from trace.errors import Refusal
from trace.rulebooks import signing
from trace.rulebooks.books import current_book

router = Router()
ClauseId = Annotated[str, Path(max_length=60)]
Text = Annotated[str, Field(max_length=2000)]


class SignIn(BaseModel):
    """``digest`` is the ``content_digest`` of the clause that was compared; empty for as it stands."""

    model_config = ConfigDict(extra="forbid")
    document: Text
    page: Text
    remark: Text
    digest: Text = ""


class WithdrawIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Text


@router.get("/api/v1/standards/signoffs", summary="已审签的条款", tags=["标准 standards"])
def list_signoffs(request: Request, actor: Actor = require("public.read")) -> dict[str, Any]:
    """Clauses that an expert compared with the standard's text, and whether that is in effect yet."""
    found = question(request, lambda ctx: states(ctx.conn, current_book(ctx.conn), actor))
    return {"items": list(found.values())}


@router.post(
    "/api/v1/standards/clauses/{clause_id}/signoff", summary="审签条款", tags=["标准 standards"], status_code=201
)
def sign(request: Request, clause_id: ClauseId, body: SignIn, actor: Actor = require("clause.sign")) -> Response:
    """Record that the clause was compared with the standard's own text; in effect with the next published rulebook."""
    return create(
        request,
        body,
        lambda ctx: IdOut(id=str(signing.sign(ctx, clause_id, body.document, body.page, body.remark, body.digest))),
    )


@router.post(
    "/api/v1/standards/clauses/{clause_id}/signoff/withdrawal",
    summary="撤回审签",
    tags=["标准 standards"],
    status_code=201,
)
def withdraw(
    request: Request, clause_id: ClauseId, body: WithdrawIn, actor: Actor = require("clause.sign")
) -> Response:
    """Take a sign-off back by a new act; the first one stays on record."""
    return create(request, body, lambda ctx: IdOut(id=str(signing.withdraw(ctx, clause_id, body.reason))))


@router.post("/standards/clauses/{clause_id}/signoff", include_in_schema=False)
def sign_from_page(
    request: Request, clause_id: ClauseId, form: FormData = Depends(form_data), actor: Actor = require("clause.sign")
) -> Response:
    """The expert's form on a clause's page."""
    values = [text(form, name) for name in ("document", "page", "remark", "digest")]
    try:
        command(request, lambda ctx: signing.sign(ctx, clause_id, *values))
    except Refusal as refusal:
        return clause_page(request, actor, clause_id, failed("sign", refusal, form))
    return RedirectResponse(f"/standards/clauses/{clause_id}#signoff", 303)


@router.post("/standards/clauses/{clause_id}/signoff/withdraw", include_in_schema=False)
def withdraw_from_page(
    request: Request, clause_id: ClauseId, form: FormData = Depends(form_data), actor: Actor = require("clause.sign")
) -> Response:
    """Take a sign-off back from the clause's page."""
    try:
        command(request, lambda ctx: signing.withdraw(ctx, clause_id, text(form, "reason")))
    except Refusal as refusal:
        return clause_page(request, actor, clause_id, failed("withdraw", refusal, form))
    return RedirectResponse(f"/standards/clauses/{clause_id}#signoff", 303)
