"""JSON API of claims: what others say our lots were made from, and our answer."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject
from service.batches.schemas import IdOut
from service.claims.views import listed
from service.context import question
from service.idempotency import create
from service.params import Cursor, IdPath, Limit, cursor_id
from service.routing import Router
from trace.claims.commands import answer
from trace.context import Context

router = Router(prefix="/api/v1", tags=["批次 batches"])

Json = dict[str, Any]


class AnswerIn(BaseModel):
    """confirmed: the inputs are the lot's; rejected: they are not. With the reason."""

    model_config = ConfigDict(extra="forbid")

    answer: Literal["confirmed", "rejected"]
    reason: str = Field(max_length=500)


@router.get("/claims", summary="他方申报：别人说本企业的批次用了什么")
def claims(request: Request, cursor: Cursor = "", limit: Limit = 50, actor: Actor = require("claim.confirm")) -> Json:
    """Newest first. A claim changes nothing until it is confirmed."""

    def read(ctx: Context) -> Json:
        items, following = listed(ctx, actor.org_id, cursor_id(cursor), limit)
        return {"items": items, "next": following}

    return question(request, read)


@router.post("/batches/{batch_id}/claims/{claim_id}", summary="确认或不认可一条他方申报", status_code=201)
def add_answer(
    request: Request, batch_id: IdPath, claim_id: IdPath, body: AnswerIn, actor: Actor = require("claim.confirm")
) -> Response:
    """Once; a confirmed claim's inputs stand in the genealogy and the batch is judged again."""

    def run(ctx: Context) -> IdOut:
        check(actor, "claim.confirm", Subject(owner_id=ctx.tenant_id))
        return IdOut(id=str(answer(ctx, batch_id, claim_id, body.answer == "confirmed", body.reason)))

    return create(request, body, run)
