"""记录核对: what in the record does not add up, for an enterprise about its own lots, for a regulator about all."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import question
from service.routing import Router
from service.tracing import nights as reading
from service.web.render import page
from trace.genealogy.checking import LIMIT, Report, check_record
from trace.genealogy.findings import CODES, DAYS
from trace.genealogy.nightly import STATES

router = Router(tags=["谱系 trace"])


RECENT = 90
"""Days that a page or an answer of the API looks back, unless asked for all."""
Days = Annotated[int, Query(ge=0, le=36_500, description="只核对近几天登记的批次，0 为全部")]
Night = Annotated[str, Path(max_length=30, description="哪一晚 YYYY-MM-DD")]


def scope_of(actor: Actor) -> int | None:
    """The organisation whose findings the actor sees; None for all."""
    return None if actor.supervises else actor.org_id


def _checked(request: Request, actor: Actor, days: int) -> Report:
    return question(request, lambda c: check_record(c.conn, c.now, scope_of(actor), days=days))


def report_json(found: Report) -> dict[str, Any]:
    """The report as JSON: counts by check, and every finding with its lots and the way to put it right."""
    return {
        "counts": found.counts(),
        "findings": [
            {
                "code": f.code,
                "name": CODES[f.code],
                "lots": [str(lot) for lot in f.lots],
                "detail": f.detail,
                "fix": f.fix,
                "fix_text": f.fix_text,
            }
            for f in found.findings
        ],
        "truncated": list(found.cut),
    }


@router.get("/api/v1/record-checks", summary="记录核对")
def get_checks(request: Request, days: Days = RECENT, actor: Actor = require("batch.read")) -> dict[str, Any]:
    """Mass balance, time order, amounts, licences, holders and hand-overs: own lots, or all for a regulator."""
    return report_json(_checked(request, actor, days)) | {"days": days}


@router.get("/record-checks", include_in_schema=False)
def checks(request: Request, all: str = "", actor: Actor = require("batch.read")) -> Response:
    """The same for people, by check, each with its lots and a link to where it is put right."""
    past = 0 if all == "1" else RECENT
    found = _checked(request, actor, past)
    groups = [(code, name, [f for f in found.findings if f.code == code]) for code, name in CODES.items()]
    return page(
        request,
        "tracing/checks.html",
        found=found,
        groups=groups,
        regulator=actor.supervises,
        past=past,
        days=DAYS,
        limit=LIMIT,
        nightly=question(
            request, lambda c: reading.standing(c, request.app.state.settings.check_hour, scope_of(actor))
        ),
    )


@router.get("/api/v1/record-checks/nights", summary="每晚核对")
def get_nights(request: Request, actor: Actor = require("batch.read")) -> dict[str, Any]:
    """The last 30 nights, newest first: counts by check, what is new and what is settled since the night before.

    Own findings, or all for a regulator. ``night`` null in ``report``: that night nothing was checked.
    """
    found = question(request, lambda c: reading.history(c, request.app.state.settings.check_hour, scope_of(actor)))
    return {"nights": [{"night": n.day.isoformat(), "report": n.told and reading.night_json(n.told)} for n in found]}


@router.get("/api/v1/record-checks/nights/{night}", summary="某一晚的核对")
def get_night(request: Request, night: Night, actor: Actor = require("batch.read")) -> dict[str, Any]:
    """The newest report of a night with its findings: new, settled, still open."""
    told, rows, more = question(request, lambda c: reading.one(c, night, scope_of(actor)))
    return reading.night_json(told) | {"findings": [reading.finding_json(r) for r in rows], "truncated": more}


@router.get("/record-checks/nights", include_in_schema=False)
def nights(request: Request, actor: Actor = require("batch.read")) -> Response:
    """The history for people."""
    hour = request.app.state.settings.check_hour
    found = question(request, lambda c: reading.history(c, hour, scope_of(actor)))
    return page(request, "tracing/nights.html", found=found, hour=hour, regulator=actor.supervises)


@router.get("/record-checks/nights/{night}", include_in_schema=False)
def one_night(request: Request, night: Night, actor: Actor = require("batch.read")) -> Response:
    """One night for people: by state, each finding with its lots and where it is put right."""
    told, rows, more = question(request, lambda c: reading.one(c, night, scope_of(actor)))
    groups = [(state, name, [r for r in rows if r.state == state]) for state, name in STATES.items()]
    return page(
        request,
        "tracing/night.html",
        told=told,
        groups=groups,
        more=more,
        most=reading.MOST,
        codes=CODES,
        regulator=actor.supervises,
    )
