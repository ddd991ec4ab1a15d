"""The front door: who are you, and a box for the code one holds in the hand."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)


@router.get("/")
def landing(request: Request, actor: Actor = require("public.read")) -> Response:
    """Four ways in and the code box."""
    return page(request, "landing.html", typed="", error="")
