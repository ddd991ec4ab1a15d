"""Log in, log out, and one's own account page."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts import commands, passwords, store
from service.accounts.dependencies import COOKIE, form_data, require
from service.accounts.forms import by_field, parse, text
from service.accounts.models import KeyIn
from service.accounts.permissions import Actor
from service.context import command
from service.middleware import client_address
from service.params import IdPath
from service.routing import Router
from service.web.render import page
from trace.errors import InvalidInput, Refusal

router = Router(include_in_schema=False)

HOME = {
    "enterprise": "/batches",
    "base": "/batches",
    "regulator": "/scan",
    "investment": "/chain/start",
    "operator": "/admin/accounts",
    "technical": "/standards",
}
DEMO_WHO = (
    ("enterprise", "企业登记员、食品安全员", "登记一个批次，打印二维码"),
    ("base", "供应基地", "发出一批原料"),
    ("workshop", "小作坊", "登记一批五香豆干"),
    ("regulator", "市场监管所执法人员", "扫码查看全程记录"),
    ("regulator2", "同单位第二名执法人员", "确认执法措施"),
    ("investment", "招商人员", "查看产业链缺口"),
    ("operator", "平台运营", "管理单位与账号、规则草案"),
    ("expert", "标准复核专家", "会签规则草案"),
)


def local_path(target: str) -> str:
    """Where to go after log-in: a path of ours, never another site's address."""
    parts = urlsplit(target)
    fine = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return target if fine and "\\" not in target and target.isprintable() else ""


@router.get("/login")
def login_page(request: Request, next: str = "", actor: Actor = require("session.create")) -> Response:
    """The log-in form; in the demonstration with its log-ins beside it."""
    if not actor.is_anonymous:
        return RedirectResponse(local_path(next) or HOME.get(actor.org_kind, "/"), 303)
    return _login(request, next_path=local_path(next))


def _login(request: Request, *, next_path: str, login: str = "", error: str = "", status: int = 200) -> Response:
    demo = request.app.state.settings.demo
    return page(
        request,
        "accounts/login.html",
        status_code=status,
        next_path=next_path,
        login=login,
        error=error,
        demo_accounts=DEMO_WHO if demo else (),
        demo_password=passwords.DEMO_PASSWORD if demo else "",
    )


@router.post("/login")
def login(request: Request, form: FormData = Depends(form_data), actor: Actor = require("session.create")) -> Response:
    """Check the password and open a session."""
    settings = request.app.state.settings
    target = local_path(text(form, "next"))
    name = text(form, "login")
    given = form.get("password", "")
    try:
        new = commands.log_in(
            request.app.state.db,
            settings,
            name,
            given if isinstance(given, str) else "",
            address=client_address(request),
            agent=request.headers.get("user-agent", ""),
            request_id=request.state.request_id,
        )
    except (commands.LogInFailed, commands.Locked) as refusal:
        return _login(request, next_path=target, login=name, error=refusal.detail, status=refusal.status)
    if actor.session_id:
        command(request, lambda ctx: commands.end_session(ctx, actor.session_id))
    if not target:
        with request.app.state.db.read() as conn:
            found = store.account_by_id(conn, new.account_id)
        target = HOME.get(found["org_kind"], "/") if found else "/"
    response = RedirectResponse(target, 303)
    response.set_cookie(
        COOKIE,
        new.token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=settings.is_https,
        path="/",
    )
    return response


@router.post("/logout")
def logout(request: Request, actor: Actor = require("session.end")) -> Response:
    """End this session."""
    if actor.session_id:
        command(request, lambda ctx: commands.end_session(ctx, actor.session_id))
    return _logged_out()


def _logged_out() -> Response:
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


@router.get("/account")
def account(request: Request, actor: Actor = require("me.read")) -> Response:
    """One's sessions, keys, and what was changed on the account."""
    return _account(request, actor)


def _account(
    request: Request,
    actor: Actor,
    *,
    new_key: str = "",
    errors: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    db = request.app.state.db
    idle = request.app.state.settings.session_idle_minutes * 60_000_000
    with db.read() as conn:
        sessions = store.open_sessions(conn, actor.account_id, db.now(), idle)
        keys = store.list_keys(conn, actor.account_id)
        changes = store.changes_of(conn, "account", actor.account_id, 20)
    return page(
        request,
        "accounts/account.html",
        status_code=status,
        sessions=sessions,
        keys=keys,
        changes=changes,
        new_key=new_key,
        errors=errors or {},
        values=values or {},
    )


@router.post("/account/keys")
def new_key(request: Request, form: FormData = Depends(form_data), actor: Actor = require("key.manage")) -> Response:
    """Make a key and show it, once."""
    values = {"label": text(form, "label"), "scope": text(form, "scope") or "all"}
    try:
        given = parse(KeyIn, dict(values))
        row = command(request, lambda ctx: commands.create_key(ctx, given.label, given.scope))
    except Refusal as refusal:
        errors = by_field(refusal.errors) or {"label": refusal.detail}
        return _account(request, actor, errors=errors, values=values, status=refusal.status)
    return _account(request, actor, new_key=row["key"], status=201)


@router.post("/account/keys/{key_id}/revoke")
def revoke_key(request: Request, key_id: IdPath, actor: Actor = require("key.manage")) -> Response:
    """Revoke a key."""
    command(request, lambda ctx: commands.revoke_key(ctx, key_id))
    return RedirectResponse("/account#keys", 303)


@router.post("/account/sessions/{session_id}/end")
def end_session(request: Request, session_id: IdPath, actor: Actor = require("session.end")) -> Response:
    """End one session."""
    command(request, lambda ctx: commands.end_session(ctx, session_id))
    return _logged_out() if session_id == actor.session_id else RedirectResponse("/account#sessions", 303)


@router.post("/account/sessions/end")
def end_sessions(request: Request, actor: Actor = require("session.end")) -> Response:
    """End every session."""
    command(request, commands.end_all_sessions)
    return _logged_out()


@router.post("/account/password")
def change_password(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("session.end")
) -> Response:
    """Change one's password; every session and key ends, so that a thief is out as well."""
    settings = request.app.state.settings
    old, new = (str(form.get(name, "")) for name in ("old_password", "new_password"))
    with request.app.state.db.read() as conn:
        found = store.account_by_id(conn, actor.account_id)
    try:
        if found is None or not passwords.verify(settings, old, found["password_hash"]):
            raise InvalidInput.of("/old_password", "wrong", "原密码不正确，请重新填写。", "Wrong password.")
        passwords.check_strength(settings, new, "/new_password")
    except InvalidInput as refusal:
        return _account(request, actor, errors=by_field(refusal.errors), status=422)
    hashed = passwords.hash_password(settings, new)
    command(request, lambda ctx: commands.set_password(ctx, actor.account_id, hashed, "修改密码"))
    return _logged_out()
