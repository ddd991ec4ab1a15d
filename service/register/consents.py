"""Written consents: staff record them; the enterprise's own administrator sees and withdraws them."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.register.folding import Register
from chain.register.owning import org_code
from chain.staffview import commands, store
from chain.staffview.holders import codes_of, codes_with
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.context import command
from service.idempotency import create
from service.panorama.reading import known_codes
from service.params import IdPath
from service.register import views
from service.register.asking import AsOf, ask, subject_in
from service.register.current import Desk
from service.register.pages import subject_page
from service.register.schemas import Json, ReasonIn
from service.register.seen import consent_json, seen
from service.routing import Router
from service.web.render import page
from trace.context import local_datetime
from trace.errors import NotFound, Refusal
from trace.parties import store as parties

router = Router(tags=["产业链主体登记 register"])
Form = Depends(form_data)


class ConsentIn(BaseModel):
    """Number and date of the document, and the last day it holds."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field(max_length=200)
    dated: str = Field(max_length=20)
    until: str = Field(max_length=20)


def _codes(request: Request, subject_id: int) -> list[str]:
    def find(conn: Connection, _desk: Desk, register: Register) -> list[str]:
        subject = subject_in(register, str(subject_id)).subject
        return codes_of(conn, org_code(register, subject), register.same(subject))

    return ask(request, "", find)


@router.get("/api/v1/chain/subjects/{subject_id}/seen", summary="一个主体的批次数、最近日期、产能档、同意书")
def one(request: Request, subject_id: IdPath, as_of: AsOf = "", actor: Actor = require("register.read")) -> Json:
    """``newest`` is null without a consent in force."""

    def read(conn: Connection, _desk: Desk, register: Register) -> Json:
        told = seen(request, conn, register, subject_in(register, str(subject_id)).subject)
        batches, consent = told["batches"], told["consent"]
        return {
            "as_of": register.day.isoformat(),
            "batches": None if batches is None else batches.count,
            "batches_90d": None if batches is None else batches.recent,
            "last": batches.last.isoformat() if batches is not None and batches.last else None,
            "capacity_bands": told["bands"],
            "consents": told["consents"],
            "newest": None
            if consent is None or batches is None
            else [{"product": b.product, "link": b.link, "produced_on": b.produced_on} for b in batches.newest],
        }

    return ask(request, as_of, read)


@router.post("/api/v1/chain/subjects/{subject_id}/consents", summary="登记企业的书面同意", status_code=201)
def record(request: Request, subject_id: IdPath, body: ConsentIn, actor: Actor = require("register.edit")) -> Response:
    codes = _codes(request, subject_id)
    return create(
        request, body, lambda ctx: {"id": str(commands.record_consent(ctx, codes, body.number, body.dated, body.until))}
    )


@router.post("/chain/register/{subject_id}/consents", include_in_schema=False)
def record_form(
    request: Request, subject_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    codes = _codes(request, subject_id)
    given = [text(form, name) for name in ("number", "dated", "until")]
    try:
        command(request, lambda ctx: commands.record_consent(ctx, codes, *given))
    except NotFound:
        raise
    except Refusal as refusal:
        return subject_page(request, subject_id, failed=failed("consent", refusal, form))
    return RedirectResponse(f"/chain/register/{subject_id}?done=said#seen", 303)


def _own_codes(request: Request, conn: Connection, actor: Actor) -> list[str]:
    """Every code under which the actor's organisation may stand, or once stood, in the register."""
    db = request.app.state.db
    own = parties.get_organisation(conn, actor.org_id)
    if own is None:
        return []
    known = known_codes(db, local_datetime(db.now()).date())
    credit = [code for code in (own.uscc, known.get(own.code)) if code]
    return [f"org:{own.code}", *dict.fromkeys(one for code in credit for one in codes_with(conn, code))]


def _consents(request: Request, actor: Actor) -> list[Json]:
    with request.app.state.db.read() as conn:
        rows = store.consents(conn, _own_codes(request, conn, actor))
        who: dict[str, Any] = views.recorders(conn, rows)
    return [consent_json(row) | {"recorder": who[str(row.recorded_by)]} for row in rows]


@router.get("/api/v1/consents", summary="本单位的同意书")
def mine(request: Request, actor: Actor = require("consent.own")) -> Json:
    return {"items": _consents(request, actor)}


@router.post("/api/v1/consents/{consent_id}/withdraw", summary="撤回本单位的同意书", status_code=201)
def withdraw(request: Request, consent_id: IdPath, body: ReasonIn, actor: Actor = require("consent.own")) -> Response:
    return create(
        request,
        body,
        lambda ctx: {
            "id": str(commands.withdraw_consent(ctx, consent_id, _own_codes(request, ctx.conn, actor), body.reason))
        },
    )


@router.get("/consents", include_in_schema=False)
def page_of_mine(request: Request, actor: Actor = require("consent.own")) -> Response:
    """What this organisation agreed to in writing, and how to take it back."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: Failed | None = None) -> Response:
    status = wrong.status if wrong is not None else 200
    rows = _consents(request, actor)
    return page(request, "register/consents.html", status_code=status, consents=rows, failed=wrong)


@router.post("/consents/{consent_id}/withdraw", include_in_schema=False)
def withdraw_form(
    request: Request, consent_id: IdPath, form: FormData = Form, actor: Actor = require("consent.own")
) -> Response:
    reason = text(form, "reason")
    try:
        command(
            request,
            lambda ctx: commands.withdraw_consent(ctx, consent_id, _own_codes(request, ctx.conn, actor), reason),
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(request, actor, failed(f"consent-{consent_id}", refusal, form))
    return RedirectResponse("/consents", 303)
