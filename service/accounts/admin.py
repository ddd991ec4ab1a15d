"""The operator's page: organisations and the people in them."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts import commands, passwords, store
from service.accounts.dependencies import form_data, require
from service.accounts.forms import by_field, parse, text
from service.accounts.models import AccountIn, EndIn, OrganisationIn
from service.accounts.permissions import ROLES, ROLES_OF_KIND, STAGES, Actor
from service.context import command
from service.params import IdPath
from service.routing import Router
from service.web.render import page
from trace.errors import NotFound, Refusal

router = Router(prefix="/admin", include_in_schema=False)

KINDS = {
    "enterprise": "企业",
    "base": "供应基地",
    "regulator": "监管单位",
    "investment": "招商单位",
    "operator": "平台运营",
    "technical": "技术机构",
}


@router.get("/accounts")
def organisations(request: Request, actor: Actor = require("organisation.manage")) -> Response:
    """Every organisation, and the form for a new one."""
    return _organisations(request)


def _organisations(request: Request, *, errors: Any = None, values: Any = None, status: int = 200) -> Response:
    with request.app.state.db.read() as conn:
        rows = store.list_organisations(conn, 0, 500)
    return page(
        request,
        "accounts/organisations.html",
        status_code=status,
        organisations=rows,
        kinds=KINDS,
        stages=STAGES,
        errors=errors or {},
        values=values or {},
    )


@router.post("/organisations")
def new_organisation(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("organisation.manage")
) -> Response:
    """Register an organisation."""
    values: dict[str, Any] = {
        name: text(form, name) for name in ("code", "name", "short_name", "kind", "uscc", "district", "level", "reason")
    }
    values["stages"] = [s for s in form.getlist("stages") if isinstance(s, str)]
    data = {k: v for k, v in values.items() if v != "" or k in ("code", "name", "kind", "reason")}
    try:
        given = parse(OrganisationIn, data)
        new = command(request, lambda ctx: commands.create_organisation(ctx, given))
    except Refusal as refusal:
        return _organisations(request, errors=by_field(refusal.errors), values=values, status=refusal.status)
    return RedirectResponse(f"/admin/organisations/{new}", 303)


@router.get("/organisations/{organisation_id}")
def organisation(request: Request, organisation_id: IdPath, actor: Actor = require("organisation.manage")) -> Response:
    """One organisation: its people, the form for a new one, and who changed what."""
    return _organisation(request, organisation_id)


def _organisation(
    request: Request, organisation_id: int, *, errors: Any = None, values: Any = None, status: int = 200
) -> Response:
    with request.app.state.db.read() as conn:
        row = store.organisation_by_id(conn, organisation_id)
        if row is None:
            raise NotFound("没有这个单位。", "No such organisation.")
        people = store.list_accounts(conn, organisation_id, 0, 500)
        changes = store.changes_of(conn, "organisation", organisation_id, 20)
        for one in people[:20]:
            changes += store.changes_of(conn, "account", one["id"], 10)
    changes.sort(key=lambda c: -c["id"])
    return page(
        request,
        "accounts/organisation.html",
        status_code=status,
        organisation=row,
        people=people,
        changes=changes[:50],
        kinds=KINDS,
        roles={role: ROLES[role] for role in ROLES_OF_KIND[row["kind"]]},
        errors=errors or {},
        values=values or {},
    )


@router.post("/organisations/{organisation_id}/accounts")
def new_account(
    request: Request,
    organisation_id: IdPath,
    form: FormData = Depends(form_data),
    actor: Actor = require("account.manage"),
) -> Response:
    """Open an account in the organisation."""
    settings = request.app.state.settings
    values: dict[str, Any] = {name: text(form, name) for name in ("login", "display_name", "phone", "reason")}
    values["roles"] = [r for r in form.getlist("roles") if isinstance(r, str)]
    data = {k: v for k, v in values.items() if v != "" or k != "phone"}
    data |= {"organisation_id": str(organisation_id), "password": str(form.get("password", ""))}
    try:
        given = parse(AccountIn, data)
        passwords.check_strength(settings, given.password)
        hashed = passwords.hash_password(settings, given.password)
        command(request, lambda ctx: commands.create_account(ctx, settings, actor, given, hashed))
    except Refusal as refusal:
        errors = by_field(refusal.errors) or {"login": refusal.detail}
        return _organisation(request, organisation_id, errors=errors, values=values, status=refusal.status)
    return RedirectResponse(f"/admin/organisations/{organisation_id}", 303)


@router.post("/accounts/{account_id}/end")
def end_account(
    request: Request, account_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("account.manage")
) -> Response:
    """Close an account, with a reason."""
    given = parse(EndIn, {"reason": text(form, "reason")})
    command(request, lambda ctx: commands.end_account(ctx, actor, account_id, given.reason))
    with request.app.state.db.read() as conn:
        rows = store.list_accounts(conn, None, account_id - 1, 1)
    return RedirectResponse(f"/admin/organisations/{rows[0]['organisation_id']}", 303)
