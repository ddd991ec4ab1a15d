"""Around every request, in plain ASGI: request id, log line, counters, headers, size and origin checks."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import BodyRefused, _http, broken
from service.settings import Settings
from service.web.render import CSP

CLIENT_GONE = 499
"""What is recorded of a request whose client left while it was being read; nobody is there to be answered."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

SMALL = frozenset({"/api/v1/standards/evaluate", "/standards/try", "/login"})
"""Answered to anybody; what they take is short: a thousand results with all their values are far below this."""
MAX_BYTES_SMALL = 2 * 1024 * 1024
MAX_BYTES_IN = 2**63

SECURITY_HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}


class Metrics:
    """Counters of one application: requests by route template, never by raw path, and the nightly check."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "liangpin_requests_total", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "liangpin_request_seconds", "Time to answer", ("method", "route"), registry=self.registry
        )
        self.checks_failed = Counter(
            "liangpin_record_check_failures_total", "Nightly checks that broke off", registry=self.registry
        )
        self.checked_at = Gauge(
            "liangpin_record_check_timestamp_seconds",
            "When the newest kept check ended, 0: none",
            registry=self.registry,
        )


class Edge:
    """The outermost layer. Whatever breaks inside becomes a well-formed answer here, with its headers."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.log = structlog.get_logger("liangpin.request")
        self.headers = dict(SECURITY_HEADERS)
        if settings.is_https:
            self.headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        method = scope["method"]
        incoming = Headers(scope=scope).get("x-request-id", "")
        request_id = incoming if _REQUEST_ID.fullmatch(incoming) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        if method == "HEAD":
            scope = dict(scope, method="GET")
        status = 0

        async def sender(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            elif method == "HEAD" and message["type"] == "http.response.body":
                message = dict(message, body=b"")
            await send(message)

        try:
            await self._checked(scope, receive, sender)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except Exception as error:
            request = Request(scope, receive)
            answer = await broken(request, error)
            if status:
                raise
            await answer(scope, receive, sender)
        finally:
            self._record(scope, method, status, time.perf_counter() - started)

    async def _checked(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refused_at_the_door(scope, self.settings)
        if refusal is not None:
            answer = await _http(Request(scope, receive), refusal)
            await answer(scope, receive, send)
            return
        most = min(self.settings.max_body_bytes, most_bytes(scope))
        await self.app(scope, _LimitedBody(scope, receive, most), send)

    def _record(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "(none)"
        actor = scope["state"].get("actor")
        self.metrics.requests.labels(method, route, str(status)).inc()
        self.metrics.seconds.labels(method, route).observe(seconds)
        self.log.info(
            "request",
            request_id=scope["state"]["request_id"],
            method=method,
            path=scope["path"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            actor=getattr(actor, "account_id", 0) or None,
            via=getattr(actor, "via", None),
        )


def most_bytes(scope: Scope) -> int:
    """How large a body may be: large ones are for files, and files are for callers with a session or a key.

    A body is parsed before anybody asks who sent it, so without this a stranger's 20 MB cost seconds.
    """
    headers = Headers(scope=scope)
    known = "authorization" in headers or "cookie" in headers
    return MAX_BYTES_IN if known and scope["path"] not in SMALL else MAX_BYTES_SMALL


def _refused_at_the_door(scope: Scope, settings: Settings) -> BodyRefused | None:
    raw: bytes = scope.get("raw_path") or b""
    if b"%00" in raw or b"%00" in scope.get("query_string", b"") or "\x00" in scope["path"]:
        return BodyRefused(400, "nul_character", "地址中含有不可用的字符（NUL）。", "The address contains a NUL.")
    if scope["method"] not in _UNSAFE:
        return None
    headers = Headers(scope=scope)
    if headers.get("authorization", "").lower().startswith("bearer "):
        return None  # a browser cannot be tricked into sending this to us from another site
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") or not _same_origin(headers, settings):
        return BodyRefused(
            403,
            "cross_site",
            "请求来自其他网站，已拒绝。请直接在本平台页面操作。",
            "The request came from another site and was refused.",
        )
    return None


def _same_origin(headers: Headers, settings: Settings) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc == headers.get("host") or origin == settings.public_url


class _LimitedBody:
    """Counts the body as it comes and refuses what is too large or cannot be stored (NUL)."""

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self.receive = receive
        self.limit = limit
        self.seen = 0
        headers = Headers(scope=scope)
        self.kind = headers.get("content-type", "").split(";")[0].strip().lower()
        self.tail = b""
        declared = headers.get("content-length", "")
        self.declared = int(declared) if declared.isascii() and declared.isdigit() else 0

    async def __call__(self) -> Message:
        if self.declared > self.limit:
            raise self._too_large()
        message = await self.receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")
            self.seen += len(body)
            if self.seen > self.limit:
                raise self._too_large()
            self._check(body)
        return message

    def _too_large(self) -> BodyRefused:
        megabytes = self.limit / 1024 / 1024
        return BodyRefused(
            413,
            "body_too_large",
            f"提交的内容超过 {megabytes:g} MB，请减小文件或分批提交。",
            f"The body is larger than {megabytes:g} MB.",
        )

    def _check(self, body: bytes) -> None:
        if not body:
            return
        joined = self.tail + body
        bad = False
        if self.kind == "application/x-www-form-urlencoded":
            bad = b"%00" in joined or b"\x00" in joined
        elif self.kind == "application/json" or self.kind.endswith("+json"):
            bad = b"\x00" in joined or (b"u0000" in joined and _JSON_NUL.search(joined) is not None)
        if bad:
            raise BodyRefused(400, "nul_character", "内容中含有不可保存的字符（NUL）。", "The body contains a NUL.")
        self.tail = joined[-16:]


def client_address(request: Request) -> str:
    """The caller's address, for the lock-out; behind our proxy the last hop it added."""
    settings: Settings = request.app.state.settings
    forwarded = request.headers.get("x-forwarded-for", "")
    if settings.trust_proxy and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()[:64]
    return request.client.host if request.client else "unknown"


def configure_logging(settings: Settings) -> None:
    """Structured lines on standard output: JSON for machines, columns for a terminal."""
    import logging
    import sys

    level = getattr(logging, settings.log_level.upper(), logging.INFO)
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_json:
        # variables of the frames may be passwords, keys, and whole uploads: they stay out of the log
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors += [
            structlog.processors.ExceptionRenderer(frames),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        processors += [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=False,
    )
