"""What changes accounts: log in and out, keys, organisations, users. Nothing here commits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from service.accounts import passwords, store
from service.accounts.models import AccountIn, OrganisationIn
from service.accounts.permissions import ROLES, ROLES_OF_KIND, Actor, Subject, decide
from service.database import Database
from service.errors import TooManyRequests, Unauthenticated
from service.settings import Settings
from trace.context import Context, local_datetime
from trace.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound

MAX_KEYS = 50


class LogInFailed(Unauthenticated):
    code = "login_failed"
    title = "登录名或密码不正确"
    title_en = "Wrong log-in or password"


class Locked(TooManyRequests):
    code = "locked"
    title = "登录已暂时锁定"
    title_en = "Log-in is locked for a while"


@dataclass(frozen=True, slots=True)
class NewSession:
    token: str
    expires_at: int
    account_id: int


def log_in(
    db: Database, settings: Settings, login: str, password: str, *, address: str, agent: str, request_id: str
) -> NewSession:
    """Check a password and open a session. Takes equally long and says the same whether the log-in exists.

    Raises LogInFailed, or Locked after too many failures of the account or the address.
    """
    login = login.strip().lower()[:64]
    with db.read() as conn:
        window = settings.login_lock_minutes * 60_000_000
        since = db.now() - window
        of_login, of_address, newest = store.recent_failures(conn, login, address, since)
        found = store.account_by_login(conn, login)
    too_many = of_login >= settings.login_attempts or of_address >= settings.login_attempts_address
    if too_many:
        raise _locked(newest + window, db.now(), by_login=of_login >= settings.login_attempts)
    fits = passwords.verify(settings, password, None if found is None else found["password_hash"])
    now = db.now()
    if not fits or found is None:
        failure_id = db.new_id()
        db.write(lambda conn: store.add_failure(conn, failure_id, login, address, now, now - window))
        if of_login + 1 >= settings.login_attempts:
            raise _locked(now + window, now, by_login=True)
        raise LogInFailed(
            f"登录名或密码不正确，还可尝试 {settings.login_attempts - of_login - 1} 次。", LogInFailed.title_en
        )
    token = secrets.token_urlsafe(32)
    expires = now + settings.session_hours * 3_600_000_000
    session_id, change_id = db.new_id(), db.new_id()
    account_id = int(found["account_id"])
    values = {
        "id": session_id,
        "token_hash": store.digest(token),
        "account_id": account_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": expires,
        "address": address,
        "agent": agent[:200],
    }

    def open_session(conn: Any) -> None:
        store.clear_failures(conn, login)
        store.add_session(conn, values)
        store.add_change(conn, _change(change_id, "account", account_id, "登录", account_id, now, "", request_id))

    db.write(open_session)
    return NewSession(token, expires, account_id)


def _locked(until: int, now: int, *, by_login: bool) -> Locked:
    whose = "此账号" if by_login else "您所在的网络地址"
    at = f"{local_datetime(until):%H:%M}"
    wait = max(1, (until - now) // 1_000_000)
    return Locked(
        f"{whose}登录失败次数过多，已锁定，请于 {at} 之后再试，或联系平台运营重置密码。",
        f"Too many failed log-ins; try again after {at} (China time).",
        retry_after=wait,
    )


def _change(
    row_id: int, kind: str, subject: int, what: str, actor: int, at: int, reason: str, request_id: str
) -> dict[str, Any]:
    return {
        "id": row_id,
        "subject_kind": kind,
        "subject_id": subject,
        "what": what,
        "actor_id": actor,
        "at": at,
        "reason": reason,
        "request_id": request_id,
    }


def note(ctx: Context, kind: str, subject_id: int, what: str, reason: str = "") -> None:
    """Write down who changed what, when, why and under which request."""
    row = _change(ctx.new_id(), kind, subject_id, what, ctx.actor_id, ctx.now, reason, ctx.request_id)
    store.add_change(ctx.conn, row)


def end_session(ctx: Context, session_id: int) -> None:
    """End one of the actor's sessions."""
    if not store.end_sessions(ctx.conn, ctx.actor_id, ctx.now, session_id):
        raise NotFound("没有这个登录，可能已经退出。", "No such session.")
    note(ctx, "account", ctx.actor_id, "结束一处登录")


def end_all_sessions(ctx: Context) -> int:
    """End every session of the actor, this one too; how many."""
    ended = store.end_sessions(ctx.conn, ctx.actor_id, ctx.now)
    note(ctx, "account", ctx.actor_id, f"结束全部登录（{ended} 处）")
    return ended


def create_key(ctx: Context, label: str, scope: str = "all", account_id: int | None = None) -> dict[str, Any]:
    """A new API key; its text is in ``key`` and is not kept."""
    owner = account_id or ctx.actor_id
    if len(store.list_keys(ctx.conn, owner)) >= MAX_KEYS:
        raise Conflict(f"每个账号最多 {MAX_KEYS} 个密钥，请先撤销不用的。", "Too many keys.", code="too_many_keys")
    key, prefix = store.new_key()
    row = {
        "id": ctx.new_id(),
        "account_id": owner,
        "prefix": prefix,
        "key_hash": store.digest(key),
        "label": label,
        "scope": scope,
        "created_at": ctx.now,
        "used_at": None,
    }
    store.add_key(ctx.conn, row)
    note(ctx, "account", owner, f"新建密钥 {prefix}（{label}）")
    return row | {"key": key}


def revoke_key(ctx: Context, key_id: int) -> None:
    """Revoke one of the actor's keys."""
    if not store.revoke_keys(ctx.conn, ctx.actor_id, ctx.now, key_id):
        raise NotFound("没有这个密钥，可能已经撤销。", "No such key.")
    note(ctx, "account", ctx.actor_id, "撤销密钥")


def create_organisation(ctx: Context, given: OrganisationIn) -> int:
    """Register an organisation; its id. Code and credit number are unique."""
    errors = []
    if store.organisation_by_code(ctx.conn, given.code) is not None:
        errors.append(
            FieldError("/code", "taken", f"单位代码「{given.code}」已被使用，请换一个。", "This code is taken.")
        )
    if given.uscc is not None and store.organisation_by_uscc(ctx.conn, given.uscc) is not None:
        errors.append(FieldError("/uscc", "taken", f"统一社会信用代码「{given.uscc}」已登记。", "Already registered."))
    if given.kind == "regulator" and (given.level is None or not given.stages):
        errors.append(
            FieldError(
                "/stages",
                "required",
                "监管单位须选择层级（区局或所）和负责的环节。",
                "A regulator needs a level and the stages it is charged with.",
            )
        )
    if errors:
        raise InvalidInput("；".join(e.detail for e in errors), errors=errors)
    values = given.model_dump(exclude={"reason", "stages"})
    values |= {"id": ctx.new_id(), "stages": ",".join(given.stages), "created_at": ctx.now}
    values["short_name"] = values["short_name"] or given.name[:30]
    store.add_organisation(ctx.conn, values)
    note(ctx, "organisation", values["id"], f"登记单位「{given.name}」", given.reason)
    return int(values["id"])


def create_account(ctx: Context, settings: Settings, actor: Actor, given: AccountIn, password_hash: str) -> int:
    """Open an account in an organisation; its id. Roles must fit the organisation's kind.

    ``password_hash`` is made by the caller, outside the transaction, because hashing is slow by design.
    """
    organisation = store.organisation_by_id(ctx.conn, int(given.organisation_id))
    if organisation is None:
        raise InvalidInput.of("/organisation_id", "unknown", "没有这个单位，请先登记单位。", "No such organisation.")
    _may_manage(actor, int(organisation["id"]))
    possible = ROLES_OF_KIND[organisation["kind"]]
    wrong = [role for role in given.roles if role not in possible]
    if wrong:
        names = "、".join(f"{ROLES[r][0]}（{r}）" for r in possible)
        raise InvalidInput.of(
            "/roles",
            "role_of_kind",
            f"该单位不能设「{'、'.join(wrong)}」，可选：{names}。",
            f"Possible roles here: {', '.join(possible)}.",
        )
    if store.login_taken(ctx.conn, given.login):
        raise Conflict(
            f"登录名「{given.login}」已被使用，请换一个。",
            "This log-in is taken.",
            code="login_taken",
            errors=[FieldError("/login", "taken", f"登录名「{given.login}」已被使用，请换一个。", "Taken.")],
        )
    account_id, person_id = ctx.new_id(), ctx.new_id()
    store.add_account(
        ctx.conn,
        {
            "id": person_id,
            "tenant_id": int(organisation["id"]),
            "name": given.display_name,
            "phone": given.phone or "",
            "created_at": ctx.now,
        },
        {
            "id": account_id,
            "organisation_id": int(organisation["id"]),
            "person_id": person_id,
            "login": given.login,
            "password_hash": password_hash,
            "roles": ",".join(dict.fromkeys(given.roles)),
            "is_demo": given.is_demo,
            "created_at": ctx.now,
        },
    )
    note(ctx, "account", account_id, f"开通账号 {given.login}", given.reason)
    return account_id


def _may_manage(actor: Actor, organisation_id: int) -> None:
    decision = decide(actor, "account.manage", Subject(owner_id=organisation_id))
    if not decision.allowed:
        raise Forbidden(decision.reason_zh, decision.reason_en)


def end_account(ctx: Context, actor: Actor, account_id: int, reason: str) -> None:
    """Close an account: its sessions and keys stop at once, its record stays."""
    found = store.account_by_id(ctx.conn, account_id)
    if found is None:
        raise NotFound("没有这个账号，或已停用。", "No such open account.")
    _may_manage(actor, int(found["org_id"]))
    if account_id == actor.account_id:
        raise Conflict("不能停用自己正在使用的账号。", "You cannot end your own account.", code="own_account")
    store.update_account(ctx.conn, account_id, {"ended_at": ctx.now})
    store.end_sessions(ctx.conn, account_id, ctx.now)
    store.revoke_keys(ctx.conn, account_id, ctx.now)
    note(ctx, "account", account_id, "停用账号", reason)


def set_password(ctx: Context, account_id: int, password_hash: str, what: str, reason: str = "") -> None:
    """Replace a password and end every session and key that the old one opened."""
    store.update_account(ctx.conn, account_id, {"password_hash": password_hash})
    store.end_sessions(ctx.conn, account_id, ctx.now)
    store.revoke_keys(ctx.conn, account_id, ctx.now)
    note(ctx, "account", account_id, what, reason)
