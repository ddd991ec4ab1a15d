"""What-if for staff: take enterprises out or put assumed ones in and see every figure move. Nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from chain.assessment.loading import frame
from chain.assessment.models import FamilyFigures, LinkFigures
from chain.assessment.whatif import WhatIf, assumed, removed, what_if
from chain.models import GRADE_NAMES, Presence
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.gaps.views import family_json, figures_json, held, interval, percent, span
from service.panorama import reading
from service.panorama.api import frame_json
from service.panorama.pages import words
from service.params import AsOf
from service.routing import Router
from service.web import trees
from service.web.render import page
from trace.errors import InvalidInput

router = Router(tags=["产业链 chain"])
Json = dict[str, Any]
Without = Annotated[list[str] | None, Query(max_length=40, description="去掉的主体代码，可重复或用逗号隔开")]
Add = Annotated[list[str] | None, Query(max_length=40, description="加入的假设企业，如 M12:3000吨，可重复")]


def _several(given: list[str] | None) -> list[str]:
    return [part.strip() for text in given or () for part in text.replace("，", ",").split(",") if part.strip()]


def _worked_out(
    chain: reading.Chain, without: list[str] | None, add: list[str] | None
) -> tuple[dict[str, str], tuple[Presence, ...], WhatIf]:
    gone = removed(chain.known, _several(without))
    added = assumed(frame(), chain.known, _several(add), chain.as_of)
    counted = [replace(one, controller=one.controller and chain.owned.final(one.controller)) for one in added]
    return gone, added, what_if(frame(), chain.known, chain.staff, gone, counted)


@router.get("/api/v1/chain/what-if", summary="如果去掉或加入企业：各项指标的前后")
def compute(
    request: Request,
    actor: Actor = require("chain.flows"),
    without: Without = None,
    add: Add = None,
    as_of: AsOf = None,
) -> Json:
    """Every figure that moves, before and after; ``assumed`` enterprises are what was typed in and nothing else."""
    chain = reading.current(request, as_of)
    gone, added, found = _worked_out(chain, without, add)
    before, after = found.before, found.after
    return frame_json(chain) | {
        "without": [{"code": code, "name": name} for code, name in gone.items()],
        "added": [{"link": p.link_id, "capacity": str(p.capacity), "unit": p.unit, "basis": p.source} for p in added],
        "nothing_changes": found.nothing,
        "whole": [None if one.whole is None else interval(one.whole) for one in (before, after)],
        "in_parks": [interval(one.clustering.in_parks) for one in (before, after)],
        "families": [{"before": family_json(a), "after": family_json(b)} for a, b in found.families],
        "links": [
            {
                "link": one.after.link.id,
                "name": one.after.link.name,
                "grade": [GRADE_NAMES[one.before.gap.grade], GRADE_NAMES[one.after.gap.grade]],
                "rank": list(one.ranks),
                "esri": [round(risk, 6) for risk in one.risks],
                "before": figures_json(one.before),
                "after": figures_json(one.after),
            }
            for one in found.links
        ],
    }


@router.get("/chain/what-if", include_in_schema=False)
def what_if_page(
    request: Request,
    actor: Actor = require("chain.flows"),
    without: Without = None,
    add: Add = None,
    as_of: AsOf = None,
) -> Response:
    """The same as a page whose address can be passed on."""
    chain = reading.current(request, as_of)
    given = {"without": "，".join(_several(without)), "add": "，".join(_several(add))}
    errors: dict[str, str] = {}
    gone: dict[str, str] = {}
    added: tuple[Presence, ...] = ()
    found: WhatIf | None = None
    try:
        gone, added, found = _worked_out(chain, without, add)
    except InvalidInput as refusal:
        told = trees.by_name(refusal.errors)
        for key, text in told.items():
            errors.setdefault("without" if key.startswith("without") else "add", text)
    pairs = [("without", one) for one in _several(without)] + [("add", one) for one in _several(add)]
    if as_of:
        pairs.append(("as_of", as_of.isoformat()))
    return page(
        request,
        "chain/whatif.html",
        status_code=422 if errors else 200,
        chain=chain,
        as_of=as_of,
        given=given,
        errors=errors,
        gone=gone,
        added=added,
        found=found,
        asked=bool(given["without"] or given["add"]),
        address="/chain/what-if" + (f"?{urlencode(pairs)}" if pairs else ""),
        link_rows={one.after.link.id: _link_row(one.before, one.after) for one in found.links} if found else {},
        family_rows=[_family_row(a, b) for a, b in found.families] if found else [],
        span=span,
        percent=percent,
        **words(),
    )


def _pair(before: str, after: str) -> tuple[str, str]:
    return before, after


def _link_row(before: LinkFigures, after: LinkFigures) -> list[tuple[str, tuple[str, str]]]:
    def number(value: float | None, digits: int = 0) -> str:
        return "未知" if value is None else f"{value:,.{digits}f}"

    def share(value: float | None) -> str:
        return "未知" if value is None else percent(value)

    return [
        ("覆盖", _pair(span(before.cover), span(after.cover))),
        ("控制方数 k", _pair(held(before), held(after))),
        ("HHI", _pair(number(before.hhi), number(after.hhi))),
        ("有效控制方数", _pair(number(before.effective, 2), number(after.effective, 2))),
        ("区外占比", _pair(share(before.outside), share(after.outside))),
    ]


def _family_row(before: FamilyFigures, after: FamilyFigures) -> list[tuple[str, tuple[str, str]]]:
    return [
        ("完备度", _pair(span(before.figures.weighted), span(after.figures.weighted))),
        ("成品完备", _pair(span(before.figures.dish), span(after.figures.dish))),
        ("路径覆盖", _pair(span(before.figures.paths), span(after.figures.paths))),
        ("最少几方停下即断 k", _pair(before.fragility.text, after.fragility.text)),
    ]
