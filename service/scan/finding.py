"""From whatever was typed, pasted or scanned to the address of its page; and the page to scan from."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.pages import public_path
from service.context import question
from service.routing import Router
from service.web.render import page
from trace.batches import store as batches
from trace.batches.lots import find_lots
from trace.context import Context
from trace.errors import InvalidInput
from trace.identifiers.canonical import canonical
from trace.identifiers.digital_link import build_path

router = Router(include_in_schema=False)
LONGEST = 500
ASK = "请输入包装上的追溯码：二维码网址、(01) 开头的编码、商品条码或短码。"
MANY = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One lot that a code names, and where its page is."""

    path: str
    product: str
    maker: str
    lot: str


def lots_of(ctx: Context, typed: str) -> list[Found]:
    """The registered lots that a text names; several where one foreign certificate covers several."""
    ids = find_lots(ctx, typed)[:MANY]
    rows = batches.batches_by_id(ctx.conn, ids)
    return [
        Found(public_path(rows[i].uri), rows[i].item_name, rows[i].maker_name, rows[i].lot) for i in ids if i in rows
    ]


@router.get("/find")
def find(request: Request, code: str = "", actor: Actor = require("public.read")) -> Response:
    """Go to the page of a typed or pasted code: a link, ``(01)…(10)…``, a short code, a GTIN, a foreign number.

    A well-formed code that nobody registered has its own page too, which says so.
    """
    typed = code.strip()[:LONGEST]
    if not typed:
        return page(request, "landing.html", typed="", error=ASK if "code" in request.query_params else "")
    found = question(request, lambda ctx: lots_of(ctx, typed))
    if len(found) == 1:
        return RedirectResponse(found[0].path, 303)
    if found:
        return page(request, "scan/several.html", found=found, typed=typed)
    try:
        return RedirectResponse(build_path(canonical(typed, request.app.state.settings.public_url)), 303)
    except InvalidInput as refusal:
        return page(request, "landing.html", status_code=422, typed=typed, error=refusal.detail)


@router.get("/scan")
def scanner(request: Request, actor: Actor = require("batch.read")) -> Response:
    """For staff: the camera in the page, a photo, or a box to type into."""
    return page(request, "scan/scanner.html", camera=True)
