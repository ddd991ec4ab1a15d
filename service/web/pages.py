"""The front door: who are you, and a box for the code one holds in the hand."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.web.render import page
from trace.errors import InvalidInput
from trace.identifiers.canonical import canonical
from trace.identifiers.digital_link import build_path

router = APIRouter(include_in_schema=False)

ASK = "请输入包装上的追溯码：二维码网址、(01) 开头的编码、商品条码或短码。"


@router.get("/")
def landing(request: Request, actor: Actor = require("public.read")) -> Response:
    """Four ways in and the code box."""
    return page(request, "landing.html", typed="", error="")


@router.get("/find")
def find(request: Request, code: str = "", actor: Actor = require("public.read")) -> Response:
    """Go to the page of a typed or pasted code: a link, ``(01)…(10)…``, a bare GTIN or the label's short code."""
    typed = code.strip()[:500]
    if not typed:
        return page(request, "landing.html", typed="", error=ASK if "code" in request.query_params else "")
    try:
        target = build_path(canonical(typed, request.app.state.settings.public_url))
    except InvalidInput as refusal:
        return page(request, "landing.html", status_code=422, typed=typed, error=refusal.detail)
    return RedirectResponse(target, 303)
