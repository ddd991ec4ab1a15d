"""Who one is, one's sessions and keys; and, for the operator, organisations and users."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import Response

from service.accounts import commands, passwords, store
from service.accounts.dependencies import check, require
from service.accounts.models import (
    AccountIn,
    AccountOut,
    EndIn,
    KeyIn,
    KeyOut,
    Listing,
    Me,
    NewKey,
    OrganisationIn,
    OrganisationOut,
    SessionOut,
)
from service.accounts.permissions import Actor, Subject, allowed_actions
from service.context import command
from service.idempotency import create
from service.params import Cursor, IdPath, Limit, cursor_id
from service.routing import Router
from trace.context import Context
from trace.errors import InvalidInput

router = Router(prefix="/api/v1", tags=["账号 accounts"])


@router.get("/me", summary="我是谁，能做什么")
def me(actor: Actor = require("me.read")) -> Me:
    """Who the caller is and every action the caller's roles allow."""
    return Me(
        account_id=actor.account_id,
        login=actor.login,
        display_name=actor.display_name,
        organisation={
            "id": str(actor.org_id),
            "kind": actor.org_kind,
            "name": actor.org_name,
            "level": actor.level,
            "stages": sorted(actor.stages),
        },
        roles=sorted(actor.roles),
        via=actor.via,
        actions=allowed_actions(actor),
    )


@router.get("/sessions", summary="我的登录")
def sessions(request: Request, actor: Actor = require("me.read")) -> Listing[SessionOut]:
    """The caller's open sessions, newest first."""
    db = request.app.state.db
    idle = request.app.state.settings.session_idle_minutes * 60_000_000
    with db.read() as conn:
        rows = store.open_sessions(conn, actor.account_id, db.now(), idle)
    return Listing(items=[SessionOut(**row, current=row["id"] == actor.session_id) for row in rows])


@router.delete("/sessions/{session_id}", status_code=204, summary="结束一处登录")
def end_session(request: Request, session_id: IdPath, actor: Actor = require("session.end")) -> None:
    """End one of the caller's sessions."""
    command(request, lambda ctx: commands.end_session(ctx, session_id))


@router.delete("/sessions", status_code=204, summary="结束全部登录")
def end_sessions(request: Request, actor: Actor = require("session.end")) -> None:
    """End all of the caller's sessions."""
    command(request, commands.end_all_sessions)


@router.get("/keys", summary="我的密钥")
def keys(request: Request, actor: Actor = require("me.read")) -> Listing[KeyOut]:
    """The caller's API keys, without their secret part."""
    with request.app.state.db.read() as conn:
        return Listing(items=[KeyOut(**row) for row in store.list_keys(conn, actor.account_id)])


@router.post("/keys", status_code=201, response_model=NewKey, summary="新建密钥")
def new_key(request: Request, given: KeyIn, actor: Actor = require("key.manage")) -> Response:
    """Make an API key. Its text is in ``key``, this once; a repeat with the same Idempotency-Key is refused."""
    if "idempotency-key" in request.headers:
        raise InvalidInput(
            "新建密钥不支持 Idempotency-Key：密钥只显示一次，不保存原文。",
            "A key is shown once and never stored, so its creation cannot be replayed.",
        )
    row = command(request, lambda ctx: commands.create_key(ctx, given.label, given.scope))
    return Response(NewKey(**row).model_dump_json(), 201, media_type="application/json")


@router.delete("/keys/{key_id}", status_code=204, summary="撤销密钥")
def revoke_key(request: Request, key_id: IdPath, actor: Actor = require("key.manage")) -> None:
    """Revoke one of the caller's keys; it stops at once."""
    command(request, lambda ctx: commands.revoke_key(ctx, key_id))


def _organisation(row: Any) -> OrganisationOut:
    return OrganisationOut(**{**row, "stages": [s for s in row["stages"].split(",") if s]})


@router.get("/organisations", summary="单位列表")
def organisations(
    request: Request, cursor: Cursor = "", limit: Limit = 50, actor: Actor = require("organisation.manage")
) -> Listing[OrganisationOut]:
    """Every organisation, by age."""
    with request.app.state.db.read() as conn:
        rows = store.list_organisations(conn, cursor_id(cursor) or 0, limit)
    following = str(rows[-1]["id"]) if len(rows) == limit else None
    return Listing(items=[_organisation(row) for row in rows], next=following)


@router.post("/organisations", status_code=201, response_model=OrganisationOut, summary="登记单位")
def new_organisation(
    request: Request, given: OrganisationIn, actor: Actor = require("organisation.manage")
) -> Response:
    """Register an organisation."""

    def run(ctx: Context) -> OrganisationOut:
        row = store.organisation_by_id(ctx.conn, commands.create_organisation(ctx, given))
        return _organisation(row)

    return create(request, given, run)


@router.get("/organisations/{organisation_id}/accounts", summary="单位的账号")
def accounts(
    request: Request,
    organisation_id: IdPath,
    cursor: Cursor = "",
    limit: Limit = 50,
    actor: Actor = require("account.read"),
) -> Listing[AccountOut]:
    """The accounts of one organisation: for the operator, and for its own administrator."""
    check(actor, "account.read", Subject(owner_id=organisation_id))
    with request.app.state.db.read() as conn:
        rows = store.list_accounts(conn, organisation_id, cursor_id(cursor) or 0, limit)
    following = str(rows[-1]["id"]) if len(rows) == limit else None
    return Listing(items=[AccountOut(**{**r, "roles": r["roles"].split(",")}) for r in rows], next=following)


@router.post("/accounts", status_code=201, response_model=AccountOut, summary="开通账号")
def new_account(request: Request, given: AccountIn, actor: Actor = require("account.manage")) -> Response:
    """Open an account: the operator anywhere, an organisation's administrator in it."""
    check(actor, "account.manage", Subject(owner_id=int(given.organisation_id)))
    settings = request.app.state.settings
    passwords.check_strength(settings, given.password)
    hashed = passwords.hash_password(settings, given.password)

    def run(ctx: Context) -> AccountOut:
        new = commands.create_account(ctx, settings, actor, given, hashed)
        row = store.list_accounts(ctx.conn, int(given.organisation_id), new - 1, 1)[0]
        return AccountOut(**{**row, "roles": row["roles"].split(",")})

    return create(request, given, run)


@router.post("/accounts/{account_id}/end", status_code=204, summary="停用账号")
def end_account(request: Request, account_id: IdPath, given: EndIn, actor: Actor = require("account.manage")) -> None:
    """Close an account; its sessions and keys stop at once."""
    command(request, lambda ctx: commands.end_account(ctx, actor, account_id, given.reason))
