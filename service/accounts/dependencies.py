"""What handlers ask for: the actor, the right to do it, the form, and the defence against forged requests."""

from __future__ import annotations

import hmac
from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from service.accounts import store
from service.accounts.permissions import ANONYMOUS, Actor, Subject, decide
from service.bodies import refuse_broken_body
from service.errors import Unauthenticated
from trace.errors import Forbidden

COOKIE = "liangpin_session"
LOG_IN = "/login"
"""Made for people without a session, so it has no token; the origin check guards it."""
MAX_FILES = 40
MAX_FIELDS = 8000
"""A batch form has ten fields to a line and up to 500 lines."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class BadKey(Unauthenticated):
    code = "bad_key"
    title = "密钥无效"
    title_en = "The API key is not valid"


class ForgedRequest(Forbidden):
    code = "forged_request"
    title = "页面已过期，请刷新后重试"
    title_en = "The form's token is missing or old; reload the page"


async def current_actor(request: Request) -> Actor:
    """Who asks, found once per request; anonymous without a cookie or key. A wrong key is refused, not ignored."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    request.state.actor = ANONYMOUS
    authorization = request.headers.get("authorization", "")
    cookie = request.cookies.get(COOKIE, "")
    actor: Actor | None = None
    if authorization:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise BadKey("请使用 Authorization: Bearer 密钥。", "Send Authorization: Bearer KEY.")
        actor = await run_in_threadpool(store.actor_of_key, request.app.state.db, key.strip())
        if actor is None:
            raise BadKey("此密钥不存在、已撤销或账号已停用。", "Unknown or revoked key, or the account has ended.")
    elif cookie:
        actor = await run_in_threadpool(
            store.actor_of_session, request.app.state.db, cookie, request.app.state.settings
        )
    request.state.actor = actor or ANONYMOUS
    return request.state.actor  # type: ignore[no-any-return]


async def form_data(request: Request) -> FormData:
    """The submitted form of a page, for sync handlers: ``form: FormData = Depends(form_data)``."""
    return await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)


async def guard(request: Request, actor: Actor = Depends(current_actor)) -> None:
    """For every route: text must be text, and a change made with a cookie needs the page's token.

    The origin is checked before.
    """
    if request.method in SAFE_METHODS:
        return
    await refuse_broken_body(request)
    if actor.via != "session" or request.url.path == LOG_IN:
        return
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await form_data(request)).get("csrf_token", "")
        given = value if isinstance(value, str) else ""
    if not hmac.compare_digest(given.encode(), actor.csrf.encode()):
        raise ForgedRequest("页面已过期或请求不是由本站页面发出，请刷新页面后重试。", ForgedRequest.title_en)


class Requirement:
    """The dependency behind ``require``; tests find it on every route and read ``action``."""

    def __init__(self, action: str) -> None:
        self.action = action

    async def __call__(self, request: Request, actor: Actor = Depends(current_actor)) -> Actor:
        check(actor, self.action)
        return actor


def require(action: str) -> Any:
    """Declare what a route does and let in only who may: ``actor: Actor = require("batch.register")``.

    Every route has exactly one of these; ``public.read`` and its like let anybody in.
    """
    return Depends(Requirement(action))


def check(actor: Actor, action: str, subject: Subject | None = None) -> None:
    """Raise Unauthenticated or Forbidden unless ``decide`` allows it."""
    decision = decide(actor, action, subject)
    if decision.allowed:
        return
    if actor.is_anonymous:
        raise Unauthenticated(decision.reason_zh, decision.reason_en)
    raise Forbidden(decision.reason_zh, decision.reason_en)
