"""The front door: who are you, and a box for the code one holds in the hand."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.web.render import page

router = APIRouter(include_in_schema=False)

_LINK = re.compile(r"/(01|00|414|id)/")


@router.get("/")
def landing(request: Request, actor: Actor = require("public.read")) -> Response:
    """Four ways in and the code box."""
    return page(request, "landing.html", typed="", error="")


@router.get("/find")
def find(request: Request, code: str = "", actor: Actor = require("public.read")) -> Response:
    """Go to the page of a typed or pasted code: a link, ``(01)…(10)…``, or a bare GTIN."""
    typed = code.strip()[:500]
    target = address_of(typed)
    if target is None:
        error = "请输入包装上的追溯码：网址、(01) 开头的编码，或 8 至 14 位商品条码。"
        return page(request, "landing.html", status_code=422 if typed else 200, typed=typed, error=error)
    return RedirectResponse(target, 303)


def address_of(typed: str) -> str | None:
    """The path on our host for what was typed, or None when it cannot be a code."""
    if "://" in typed:
        parts = urlsplit(typed)
        found = _LINK.search(parts.path)
        return parts.path[found.start() :] if found else None
    found = _LINK.match(typed)
    if found:
        return typed.split("?")[0].split("#")[0]
    brackets = re.fullmatch(r"\(01\)\s*(\d{14})\s*(?:\(10\)\s*(\S{1,20}))?\s*(?:\(21\)\s*(\S{1,20}))?.*", typed)
    if brackets:
        gtin, lot, serial = brackets.groups()
        path = f"/01/{gtin}"
        if lot:
            path += f"/10/{quote(lot, safe='')}"
        return path + (f"/21/{quote(serial, safe='')}" if serial else "")
    if re.fullmatch(r"\d{8}|\d{12,14}", typed):
        return f"/01/{typed.zfill(14)}"
    if re.fullmatch(r"[0-9A-Za-z-]{6,24}", typed):
        return f"/c/{quote(typed.upper())}"
    return None
