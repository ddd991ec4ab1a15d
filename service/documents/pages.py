"""The page of document templates."""

from __future__ import annotations

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.context import command, question
from service.documents.api import keep, known, templates
from service.documents.checking import MAX_BYTES
from service.routing import Router
from service.web.files import chosen_file
from service.web.render import page
from trace.documents import commands
from trace.errors import Refusal

router = Router(prefix="/documents/templates", include_in_schema=False)
Form = Depends(form_data)
NOTICES = {"kept": "模板已检查并启用，从现在起用它出文书。", "dropped": "已恢复内置模板。"}


@router.get("")
def listing(request: Request, done: str = "", actor: Actor = require("document.template")) -> Response:
    """Every kind of document: its template, how to change it, its placeholders."""
    return templates_page(request, actor, notice=NOTICES.get(done, ""))


def templates_page(request: Request, actor: Actor, *, notice: str = "", problem: Failed | None = None) -> Response:
    return page(
        request,
        "documents/templates.html",
        status_code=problem.status if problem is not None else 200,
        kinds=question(request, lambda ctx: templates(ctx, actor)),
        notice=notice,
        failed=problem,
    )


@router.post("/{kind}")
def upload(request: Request, kind: str, form: FormData = Form, actor: Actor = require("document.template")) -> Response:
    """Check and use a file."""
    known(kind)
    try:
        name, content = chosen_file(form, MAX_BYTES, "请选择 .docx 模板文件")
        keep(request, kind, name, content)
    except Refusal as refusal:
        return templates_page(request, actor, problem=failed(kind, refusal, form))
    return RedirectResponse(f"/documents/templates?done=kept#{kind}", 303)


@router.post("/{kind}/built-in")
def drop(request: Request, kind: str, form: FormData = Form, actor: Actor = require("document.template")) -> Response:
    """Back to the built-in one."""
    try:
        command(request, lambda ctx: commands.drop_template(ctx, known(kind)))
    except Refusal as refusal:
        return templates_page(request, actor, problem=failed(kind, refusal, form))
    return RedirectResponse(f"/documents/templates?done=dropped#{kind}", 303)
