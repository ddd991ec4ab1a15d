"""JSON API of targets: lists by link with figures before and after, sites, what staff enter."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from chain.register import commands
from chain.register.models import CandidateFor, Requires
from chain.register.rules import NewStatement
from chain.targets.judging import ORDER
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.idempotency import create
from service.panorama.api import frame_json
from service.params import AsOf, Cursor, IdPath, Limit, cursor_id
from service.register.asking import link_in
from service.routing import Router
from service.targets import reading, views
from service.targets.schemas import AmountIn, Json, SiteIn, TargetIn, WishIn
from trace.context import Context

router = Router(prefix="/api/v1/chain", tags=["目标企业 targets"])
Link = Annotated[str, Query(max_length=20, description="环节编号，如 M12；填了则按现算的改善排列")]


@router.get("/targets", summary="目标企业；给出环节时按来了之后的改善排列，最多的在前")
def targets(
    request: Request,
    link: Link = "",
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = "",
    actor: Actor = require("candidate.read"),
) -> Json:
    """With ``link`` the first ``limit`` of its candidates with figures before and after; without, every target."""
    if link:
        chain, found = reading.listed(request, as_of, link_in(link))
        return frame_json(chain) | {
            "link": link_in(link),
            "order": ORDER,
            "total": len(found),
            "items": [views.judged_json(one) | {"place": place} for place, one in enumerate(found[:limit], 1)],
            "next": None,
        }
    after = cursor_id(cursor)
    chain, every = reading.overview(request, as_of)
    rest = [one for one in every if after is None or int(one.id) > after]
    return frame_json(chain) | {
        "total": len(every),
        "items": [views.target_json(one) for one in rest[:limit]],
        "next": rest[limit - 1].id if len(rest) > limit else None,
    }


@router.post("/targets", summary="登记一个目标企业及其候选环节", status_code=201)
def add(request: Request, body: TargetIn, actor: Actor = require("candidate.edit")) -> Response:
    """Describe a target and say for which link it is a candidate, both or neither."""
    return create(request, body, lambda ctx: {"id": str(add_target(ctx, body))})


def add_target(ctx: Context, body: TargetIn) -> int:
    given = {"name": body.name, "code": body.code, "controller": body.controller, "place": body.place, "inside": False}
    described = NewStatement("candidate", "", "subject", given, body.data_date, body.source)
    made = commands.add_subject(ctx, "candidate", described)
    add_wish(ctx, made, body)
    return made


@router.get("/targets/{target_id}", summary="一个目标企业：来之前与来之后、场地条件、为什么与为什么不")
def one(request: Request, target_id: IdPath, as_of: AsOf = None, actor: Actor = require("candidate.read")) -> Json:
    """All its links together; every figure is worked out from the register and the assumptions, none is stored."""
    found = reading.whole(request, as_of, target_id)
    return (
        frame_json(found.chain)
        | views.judged_json(found.judged)
        | {"sites": [views.fit_json(fit) for fit in found.fits]}
    )


@router.post("/targets/{target_id}/links", summary="登记候选环节与产能（假设）", status_code=201)
def wish(request: Request, target_id: IdPath, body: WishIn, actor: Actor = require("candidate.edit")) -> Response:
    """A later statement for the same link stands for the earlier."""
    return create(request, body, lambda ctx: {"id": str(add_wish(ctx, target_id, body))})


def add_wish(ctx: Context, target_id: int, body: WishIn) -> int:
    given = body.model_dump(include={"link", "low", "high", "unit", "note"})
    new = NewStatement("candidate", str(target_id), CandidateFor.kind, given, body.data_date, body.source)
    return commands.record(ctx, new)


@router.post("/targets/{target_id}/requirements", summary="登记目标对地块的要求", status_code=201)
def require_of_site(
    request: Request, target_id: IdPath, body: AmountIn, actor: Actor = require("candidate.edit")
) -> Response:
    """At least so much of one of the five constraints; 0 for not needed."""
    return create(request, body, lambda ctx: {"id": str(add_amount(ctx, target_id, Requires.kind, body))})


def add_amount(ctx: Context, subject: int, kind: str, body: AmountIn) -> int:
    given = {"what": body.what, "low": body.low, "high": body.high, "unit": body.unit}
    return commands.record(ctx, NewStatement("site", str(subject), kind, given, body.data_date, body.source))


@router.get("/sites", summary="园区与地块的条件")
def sites(request: Request, as_of: AsOf = None, actor: Actor = require("candidate.read")) -> Json:
    """What each park and plot offers; a constraint that is not listed is 未知."""
    chain, found = reading.sites(request, as_of)
    return frame_json(chain) | {"items": [views.site_json(site) for site in found]}


@router.post("/sites", summary="登记地块", status_code=201)
def add_site(request: Request, body: SiteIn, actor: Actor = require("candidate.edit")) -> Response:
    return create(request, body, lambda ctx: {"id": str(new_site(ctx, body))})


def new_site(ctx: Context, body: SiteIn) -> int:
    given = {"name": body.name, "place": body.place, "inside": True}
    return commands.add_subject(ctx, "site", NewStatement("site", "", "subject", given, body.data_date, body.source))


@router.post("/sites/{site_id}/offers", summary="登记地块的一项条件", status_code=201)
def offer(request: Request, site_id: IdPath, body: AmountIn, actor: Actor = require("candidate.edit")) -> Response:
    return create(request, body, lambda ctx: {"id": str(add_amount(ctx, site_id, "offers", body))})
