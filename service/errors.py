"""Every refusal in one shape: RFC 9457 problem details for programs, a Chinese page for people.

The members are ``type, title, status, detail, code, title_en, detail_en, instance, request_id,
errors``; ``errors`` is a list of ``{pointer, code, detail, detail_en}`` and is always there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, StatementError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match

from service.database import RACES
from service.epcis.exceptions import type_of
from service.messages import field_errors
from trace.errors import FieldError, Refusal

MEDIA_TYPE = "application/problem+json"
JSON_PREFIXES = ("/api/", "/epcis", "/healthz", "/readyz", "/metrics", "/openapi.json")


class Unauthenticated(Refusal):
    status = 401
    code = "unauthenticated"
    title = "请先登录"
    title_en = "Please log in first"


class TooManyRequests(Refusal):
    status = 429
    code = "too_many_requests"
    title = "操作过于频繁，请稍后再试"
    title_en = "Too many requests"

    def __init__(self, detail: str, detail_en: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, detail_en, code=code)
        self.retry_after = retry_after


class BodyRefused(HTTPException):
    """Raised while the body is being read: too large, or with bytes that cannot be stored."""

    def __init__(self, status: int, code: str, detail: str, detail_en: str) -> None:
        super().__init__(status, detail)
        self.code = code
        self.detail_en = detail_en


BY_STATUS: Mapping[int, tuple[str, str, str, str]] = {
    400: ("bad_request", "请求无法读懂", "The request cannot be read", "请检查地址和提交的内容后重试。"),
    401: ("unauthenticated", "请先登录", "Please log in first", "登录后再访问此页。"),
    403: ("forbidden", "没有此项权限", "Not allowed", "您的账号没有此项权限。"),
    404: ("not_found", "没有找到", "Not found", "此地址下没有内容，请检查地址是否完整。"),
    405: ("method_not_allowed", "此地址不接受这种请求方式", "Method not allowed", "请改用允许的请求方式。"),
    406: ("not_acceptable", "无法提供所要求的格式", "Not acceptable", "请改用支持的格式。"),
    413: ("body_too_large", "提交的内容过大", "The body is too large", "请减小文件或分批提交。"),
    415: ("unsupported_media_type", "不支持的内容格式", "Unsupported media type", "请改用接口说明中的内容格式。"),
    422: ("invalid_input", "填写的内容有误，请按提示修改", "Some fields are wrong", "请按提示修改后重新提交。"),
    429: ("too_many_requests", "操作过于频繁", "Too many requests", "请稍后再试。"),
    500: (
        "internal_error",
        "系统出错",
        "Something broke on our side",
        "系统出错，已记录；请稍后重试，或把请求编号告知运营方。",
    ),
    503: ("unavailable", "服务暂不可用", "Service unavailable", "请稍后再试。"),
}
"""Status → code, title, English title, and what to do when nothing more is known."""


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    title_en: str = "",
    detail_en: str = "",
    errors: Sequence[FieldError] = (),
) -> dict[str, Any]:
    """The members of one RFC 9457 document."""
    return {
        "type": type_of(request.url.path, status, code),
        "title": title,
        "title_en": title_en,
        "status": status,
        "detail": detail,
        "detail_en": detail_en or title_en,
        "code": code,
        "instance": request.scope.get("raw_path", b"").decode("ascii", "replace") or request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
        "errors": [
            {"pointer": e.pointer, "code": e.code, "detail": e.detail, "detail_en": e.detail_en} for e in errors
        ],
    }


def wants_html(request: Request) -> bool:
    """Whether a person asks: pages outside the API, for a client that accepts HTML."""
    if request.url.path.startswith(JSON_PREFIXES):
        return False
    return "text/html" in request.headers.get("accept", "")


def respond(request: Request, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A problem as a page or as JSON, after what the client accepts."""
    status = int(body["status"])
    if wants_html(request):
        from service.web.render import page

        return page(request, "error.html", status_code=status, problem=body, headers=headers)
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _of_status(request: Request, status: int) -> dict[str, Any]:
    code, title, title_en, detail = BY_STATUS.get(status, BY_STATUS[400 if status < 500 else 500])
    return problem(request, status, code, title, detail, title_en=title_en)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    headers = {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        if wants_html(request) and request.method == "GET":
            from urllib.parse import quote

            target = request.scope.get("raw_path", b"/").decode("ascii", "replace")
            query = request.scope.get("query_string", b"").decode("ascii", "replace")
            return RedirectResponse(f"/login?next={quote(target + ('?' + query if query else ''), safe='/')}", 303)
        headers["WWW-Authenticate"] = 'Bearer realm="liangpin"'
    await _know_the_actor(request)
    body = problem(
        request,
        error.status,
        error.code,
        error.title,
        error.detail,
        title_en=error.title_en,
        detail_en=error.detail_en,
        errors=error.errors,
    )
    return respond(request, body, headers)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    await _know_the_actor(request)
    body = _of_status(request, error.status_code)
    if isinstance(error, BodyRefused):
        body |= {"code": error.code, "type": type_of(request.url.path, error.status_code, error.code)}
        body |= {"detail": error.detail, "detail_en": error.detail_en}
    elif error.detail and error.detail != _phrase(error.status_code):
        body["detail_en"] = str(error.detail)
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return respond(request, body, headers)


def _allowed(request: Request) -> str:
    """Methods of every route at the address: the first one that fits knows its own alone."""
    fitting = (one for one in _each(request.app.routes) if one.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for one in fitting for method in getattr(one, "methods", None) or ()}))


def _each(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Routes, those of included routers too."""
    for one in routes:
        within = getattr(one, "original_router", None)
        yield from [one] if within is None else _each(within.routes)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    await _know_the_actor(request)
    first = error.errors()[0] if error.errors() else {}
    if first.get("type") == "json_invalid":
        reason = str(first.get("ctx", {}).get("error", ""))
        body = problem(
            request,
            400,
            "malformed_json",
            "提交的内容不是有效的 JSON",
            f"第 {first['loc'][-1]} 个字符附近不符合 JSON 格式，请检查引号、逗号和括号。",
            title_en="The body is not valid JSON",
            detail_en=f"near character {first['loc'][-1]}: {reason}",
        )
        return respond(request, body)
    errors = field_errors(error.errors())
    body = problem(
        request,
        422,
        "invalid_input",
        "填写的内容有误，请按提示修改",
        "；".join(e.detail for e in errors[:3]) + ("……" if len(errors) > 3 else ""),
        title_en="Some fields are wrong",
        detail_en="; ".join(e.detail_en for e in errors[:3]),
        errors=errors,
    )
    return respond(request, body)


async def _unstorable(request: Request, error: Exception) -> Response:
    """A value that cannot be held (a NUL, half a character, an integer beyond 64 bits): the caller's fault, not ours."""
    if getattr(getattr(error, "orig", None), "sqlstate", None) in RACES:
        return respond(request, _of_status(request, 503), {"Retry-After": "2"})
    if not isinstance(error, OverflowError | UnicodeEncodeError | DataError) and not isinstance(
        getattr(error, "orig", None), OverflowError | ValueError
    ):
        return await broken(request, error)
    await _know_the_actor(request)
    body = problem(
        request,
        422,
        "value_out_of_range",
        "有一项内容无法保存",
        "有数字超出范围，或文字含有不可保存的字符，请修改后重试。",
        title_en="A value cannot be stored: a number out of range or a character not allowed",
    )
    return respond(request, body)


async def broken(request: Request, error: Exception) -> Response:
    """The answer to what nobody foresaw: logged with its traceback, told without it."""
    structlog.get_logger().error("unhandled", exc_info=error, request_id=getattr(request.state, "request_id", ""))
    return respond(request, _of_status(request, 500))


async def _know_the_actor(request: Request) -> None:
    """An error page shows the same navigation as any other; a fault while asking must not hide the error."""
    if wants_html(request) and not hasattr(request.state, "actor"):
        from service.accounts.dependencies import current_actor

        try:
            await current_actor(request)
        except Exception:
            structlog.get_logger().warning("actor_unknown", exc_info=True)


def install(app: FastAPI) -> None:
    """Give ``app`` the handlers above."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(OverflowError, _unstorable)
    app.add_exception_handler(UnicodeEncodeError, _unstorable)
    app.add_exception_handler(StatementError, _unstorable)
