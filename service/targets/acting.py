"""What staff enter about targets and sites from a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.context import command
from service.params import IdPath
from service.routing import Router
from service.targets import api
from service.targets.pages import new_page, sites_page, target_page
from service.targets.schemas import AmountIn, SiteIn, TargetIn, WishIn
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal

router = Router(prefix="/targets", include_in_schema=False)
Form = Depends(form_data)
WISH = ("link", "low", "high", "unit", "note", "data_date", "source")
TARGET = (*WISH, "name", "code", "controller", "place")
AMOUNT = ("what", "low", "high", "unit", "data_date", "source")


def fields(form: FormData, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: text(form, name) for name in names}


def _back(
    request: Request, write: Callable[[Context], Any], address: str, shown: Callable[[Refusal], Response]
) -> Response:
    try:
        made = command(request, write)
    except NotFound:
        raise
    except Refusal as refusal:
        return shown(refusal)
    return RedirectResponse(address.format(made=made), 303)


@router.post("/new")
def add(request: Request, form: FormData = Form, actor: Actor = require("candidate.edit")) -> Response:
    """A new target with its first link."""
    body = TargetIn.model_construct(**fields(form, TARGET))
    return _back(
        request, lambda ctx: api.add_target(ctx, body), "/targets/{made}?done=new",
        lambda refusal: new_page(request, failed=failed("new", refusal, form)),
    )  # fmt: skip


@router.post("/sites")
def add_site(request: Request, form: FormData = Form, actor: Actor = require("candidate.edit")) -> Response:
    """A new plot."""
    body = SiteIn.model_construct(**fields(form, ("name", "place", "data_date", "source")))
    return _back(
        request, lambda ctx: api.new_site(ctx, body), "/targets/sites?done=site",
        lambda refusal: sites_page(request, failed=failed("site", refusal, form)),
    )  # fmt: skip


@router.post("/sites/{site_id}")
def offer(
    request: Request, site_id: IdPath, form: FormData = Form, actor: Actor = require("candidate.edit")
) -> Response:
    """What a plot offers."""
    body = AmountIn.model_construct(**fields(form, AMOUNT))
    return _back(
        request, lambda ctx: api.add_amount(ctx, site_id, "offers", body), "/targets/sites?done=said",
        lambda refusal: sites_page(request, failed=failed(f"offer-{site_id}", refusal, form)),
    )  # fmt: skip


@router.post("/{target_id}")
def say(
    request: Request, target_id: IdPath, form: FormData = Form, actor: Actor = require("candidate.edit")
) -> Response:
    """A candidate link with its assumed capacity, or a requirement."""
    act = text(form, "act")

    def write(ctx: Context) -> int:
        if act == "link":
            return api.add_wish(ctx, target_id, WishIn.model_construct(**fields(form, WISH)))
        if act == "requirement":
            return api.add_amount(ctx, target_id, "requires", AmountIn.model_construct(**fields(form, AMOUNT)))
        raise InvalidInput.of("/act", "not_a_choice", "请从页面上的表单提交", "use the page's forms")

    return _back(
        request, write, f"/targets/{target_id}?done=said",
        lambda refusal: target_page(request, target_id, failed=failed(act, refusal, form)),
    )  # fmt: skip
