"""The page of the report: buttons, and for those who may the log of who took one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor, decide
from service.context import today_of
from service.panorama import reading
from service.panorama.pages import words
from service.params import AsOf, cursor_id
from service.reports.api import KindQuery, file, rows_of
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)
PAGE = 30


@router.get("/chain/report")
def report(request: Request, as_of: AsOf = None, actor: Actor = require("report.download")) -> Response:
    """What can be taken."""
    chain = reading.current(request, as_of)
    return page(
        request, "reports/report.html", chain=chain, as_of=as_of.isoformat() if as_of else "",
        singles=sum(one.gap.grade == "single" for one in chain.staff.links.values()),
        log=rows_of(request, actor, None, PAGE) if decide(actor, "report.log").allowed else None,
        today=today_of(request.app.state.db).isoformat(), **words(),
    )  # fmt: skip


@router.get("/chain/report/log")
def log(
    request: Request,
    before: Annotated[str, Query(max_length=20)] = "",
    actor: Actor = require("report.log"),
) -> Response:
    """Who took which report when."""
    rows = rows_of(request, actor, cursor_id(before), PAGE + 1)
    following = rows[PAGE - 1]["id"] if len(rows) > PAGE else None
    return page(request, "reports/log.html", rows=rows[:PAGE], next=following)


@router.get("/chain/report.pdf")
def pdf(
    request: Request, kind: KindQuery = "page", as_of: AsOf = None, actor: Actor = require("report.download")
) -> Response:
    """On paper."""
    return file(request, actor, "page" if kind == "page" else "full", as_of)


@router.get("/chain/report.xlsx")
def excel(request: Request, as_of: AsOf = None, actor: Actor = require("report.download")) -> Response:
    """As a workbook."""
    return file(request, actor, "tables", as_of)
