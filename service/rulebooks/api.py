"""JSON API of rulebooks: what was published and changed, a dry run of what could be, publishing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import question
from service.idempotency import create
from service.params import Cursor, IdPath, Limit, cursor_id
from service.routing import Router
from service.rulebooks import draining, reading
from trace.context import Context
from trace.rulebooks.books import candidate
from trace.rulebooks.commands import preview, publish

router = Router(prefix="/api/v1/rulebooks", tags=["规则库 rulebooks"])
AT_ONCE_SECONDS = 1.0
"""How long a publication works in its own request; the rest follows in the background."""


class PublishIn(BaseModel):
    """``digest`` is what the dry run named: what was not tried is not published."""

    reason: Annotated[str, Field(max_length=2000, description="改了什么、为什么")]
    digest: Annotated[str, Field(max_length=100, description="试算结果中的 digest")]


@router.get("", summary="已发布的规则库")
def list_books(request: Request, actor: Actor = require("rulebook.read")) -> dict[str, Any]:
    """Newest first, each with the line that says what it changed among the batches the caller may read."""
    return {"items": question(request, lambda ctx: reading.listed(ctx.conn, actor))}


@router.get("/candidate", summary="发布前试算（不留存）")
def try_candidate(request: Request, actor: Actor = require("rulebook.publish")) -> dict[str, Any]:
    """The shipped files with the sign-offs that stand, tried on every live batch: what would change, and why."""

    def run(ctx: Context) -> dict[str, Any]:
        found = candidate(ctx.conn)
        return reading.previewed(ctx.conn, found, preview(ctx.conn, found))

    return question(request, run)


@router.get("/{book_id}", summary="一个版本改变了哪些批次")
def get_book(
    request: Request, book_id: IdPath, cursor: Cursor = "", limit: Limit = 200, actor: Actor = require("rulebook.read")
) -> dict[str, Any]:
    """One published rulebook and a page of what it changed (``next`` is the cursor of the following one).

    An enterprise reads its own batches, regulators and operators all.
    """
    return question(request, lambda ctx: reading.one(ctx.conn, actor, book_id, cursor_id(cursor) or 0, limit))


@router.post("", summary="发布规则库", status_code=201)
def publish_book(request: Request, body: PublishIn, actor: Actor = require("rulebook.publish")) -> Response:
    """Publish what was tried. Live batches are judged again in pieces; ``waiting`` says how many are left."""

    def run(ctx: Context) -> dict[str, Any]:
        book_id = publish(ctx, candidate(ctx.conn), body.reason, body.digest)
        return reading.one(ctx.conn, actor, book_id)

    answer = create(request, body, run)
    draining.drain(request.app.state.db, AT_ONCE_SECONDS)
    return answer
