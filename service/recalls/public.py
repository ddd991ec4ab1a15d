"""Without a log-in: the public notice of a recall, and a holder's answer by a one-time link."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.context import command, question
from service.params import IdPath
from service.recalls import telling
from service.recalls.acting import read_answer, read_photos
from service.recalls.pages import frame
from service.routing import Router
from service.web.render import page
from trace.context import Context
from trace.errors import InvalidInput
from trace.recalls import answering
from trace.recalls.answering import FIELDS

router = Router(prefix="/recalls", include_in_schema=False)
Form = Depends(form_data)
Token = Annotated[str, Path(max_length=80)]
PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}


@router.get("/{recall_id}/notice")
def notice(request: Request, recall_id: IdPath, actor: Actor = require("public.read")) -> Response:
    """Published facts only; 404 for proposals and drills."""
    told = question(request, lambda ctx: telling.public_notice(ctx.conn, recall_id))
    return page(request, "recalls/notice.html", notice=told, **frame())


@router.get("/answer/{token}")
def ask(request: Request, token: Token, actor: Actor = require("recall.answer")) -> Response:
    """What the holder of the link must account for."""
    return _ask(request, token)


def _ask(request: Request, token: str, problem: Failed | None = None) -> Response:
    def read(ctx: Context) -> dict[str, object]:
        task = answering.task_of_link(ctx.conn, token, ctx.now)
        return telling.task_json(task, ctx.conn) | {"name": task.name}

    told = question(request, read)
    return page(
        request,
        "recalls/answer.html",
        status_code=problem.status if problem is not None else 200,
        headers=PRIVATE,
        task=told,
        action=f"/recalls/answer/{token}",
        phone=False,
        fields=FIELDS,
        failed=problem,
        **frame(),
    )


@router.post("/answer/{token}")
def answer(request: Request, token: Token, form: FormData = Form, actor: Actor = require("recall.answer")) -> Response:
    """The signed answer; the link is used up."""
    try:
        question(request, lambda ctx: answering.task_of_link(ctx.conn, token, ctx.now))
    finally:
        photos = read_photos(form)
    try:
        said = read_answer(form, photos)
        command(request, lambda ctx: answering.answer_by_link(ctx, token, said))
    except InvalidInput as refusal:
        return _ask(request, token, failed("answer", refusal, form))
    return page(request, "recalls/answered.html", headers=PRIVATE, **frame())
