"""Pages of published rulebooks: the list, what each changed, and the operator's dry run with its publish form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.words import VERDICTS
from service.context import command, question
from service.params import Cursor, IdPath, cursor_id
from service.routing import Router
from service.rulebooks import draining, reading
from service.rulebooks.api import AT_ONCE_SECONDS
from service.web import trees
from service.web.render import page
from trace.context import Context
from trace.errors import Refusal
from trace.rulebooks.books import candidate
from trace.rulebooks.commands import preview, publish

router = Router(prefix="/rulebooks", include_in_schema=False)


@router.get("")
def listing(request: Request, actor: Actor = require("rulebook.read")) -> Response:
    """Published rulebooks, newest first, each with its line."""
    found = question(request, lambda ctx: reading.listed(ctx.conn, actor))
    return page(request, "rulebooks/list.html", books=found, scope=reading.scope_of(actor), verdicts=VERDICTS)


@router.get("/candidate")
def try_candidate(request: Request, actor: Actor = require("rulebook.publish")) -> Response:
    """The dry run and, below it, the form that publishes exactly what was tried."""
    return _candidate(request, {}, "", "")


def _candidate(request: Request, errors: Mapping[str, str], refused: str, reason: str, status: int = 200) -> Response:
    def run(ctx: Context) -> dict[str, Any]:
        found = candidate(ctx.conn)
        return reading.previewed(ctx.conn, found, preview(ctx.conn, found))

    return page(
        request,
        "rulebooks/candidate.html",
        status_code=status,
        tried=question(request, run),
        errors=errors,
        refused=refused,
        reason=reason,
        verdicts=VERDICTS,
    )


@router.post("")
def publish_it(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("rulebook.publish")
) -> Response:
    """Publish; live batches are judged again in pieces."""
    reason, digest = text(form, "reason"), text(form, "digest")
    try:
        made = command(request, lambda ctx: publish(ctx, candidate(ctx.conn), reason, digest))
    except Refusal as refusal:
        return _candidate(request, trees.by_name(refusal.errors), refusal.detail, reason, refusal.status)
    draining.drain(request.app.state.db, AT_ONCE_SECONDS)
    return RedirectResponse(f"/rulebooks/{made}", 303)


@router.get("/{book_id}")
def one(request: Request, book_id: IdPath, after: Cursor = "", actor: Actor = require("rulebook.read")) -> Response:
    """What one published rulebook changed."""
    found = question(request, lambda ctx: reading.one(ctx.conn, actor, book_id, cursor_id(after) or 0))
    scope = reading.scope_of(actor)
    return page(request, "rulebooks/one.html", book=found, scope=scope, verdicts=VERDICTS, first=not after)
