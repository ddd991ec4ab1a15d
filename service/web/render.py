"""Pages out of templates: Chinese first, autoescaped, the same frame around every one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from service.accounts.permissions import ANONYMOUS, ROLES, Actor, decide
from trace.context import local_datetime

FOLDER = Path(__file__).resolve().parent
STATIC = FOLDER / "static"
VENDOR = FOLDER / "vendor"

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
CAMERA_CSP = CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""For the page that decodes camera pictures with WebAssembly."""


@cache
def static_url(name: str) -> str:
    """Address of one of our own files, with its digest, so that browsers may keep it for ever."""
    return f"/static/{name}?v={_digest(STATIC / name)}"


@cache
def vendor_url(name: str) -> str:
    """Address of a built third-party file."""
    return f"/vendor/{name}?v={_digest(VENDOR / name)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"


def moment(micros: int | None) -> str:
    """Integer µs UTC as ``2026-11-24 12:05`` in Asia/Shanghai; empty for None."""
    return "" if micros is None else f"{local_datetime(micros):%Y-%m-%d %H:%M}"


def iso_moment(micros: int) -> str:
    """The same for ``<time datetime>``."""
    return local_datetime(micros).isoformat(timespec="seconds")


def notice_paths(text: str) -> list[str]:
    """Addresses of our own recall notices that a public line names, each once."""
    return list(dict.fromkeys(re.findall(r"/recalls/[0-9]+/notice", text)))


_PROGRAMS = (
    ("MicroMessenger", "微信"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MQQBrowser", "QQ 浏览器"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("OpenHarmony", "鸿蒙"),
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device(agent: str) -> str:
    """A user-agent line as a person would name the device: ``Chrome · Windows``."""
    program = next((name for mark, name in _PROGRAMS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (program, system) if part) or agent[:40] or "未知设备"


NAVIGATION: tuple[tuple[str, str, frozenset[str]], ...] = (
    # text, address, organisation kinds that see it ("*" everybody, also without log-in)
    ("批次", "/batches", frozenset({"enterprise", "base"})),
    ("产品", "/items", frozenset({"enterprise", "base"})),
    ("收货", "/receive", frozenset({"enterprise", "base"})),
    ("召回", "/recalls", frozenset({"enterprise", "base"})),
    ("检查", "/inspections", frozenset({"enterprise", "base"})),
    ("措施", "/measures", frozenset({"enterprise", "base"})),
    ("待办", "/supervision", frozenset({"regulator"})),
    ("扫码", "/scan", frozenset({"regulator"})),
    ("批次", "/batches", frozenset({"regulator"})),
    ("措施", "/measures", frozenset({"regulator"})),
    ("抽检", "/bulletins", frozenset({"regulator", "operator"})),
    ("召回", "/recalls", frozenset({"regulator"})),
    ("检查", "/inspections", frozenset({"regulator"})),
    ("产业链", "/chain", frozenset({"investment", "operator"})),
    ("缺口", "/chain/gaps", frozenset({"investment", "operator"})),
    ("主体", "/chain/register", frozenset({"investment", "operator"})),
    ("目标", "/targets", frozenset({"investment", "operator"})),
    ("项目", "/projects", frozenset({"investment", "operator"})),
    ("方案", "/plan", frozenset({"investment", "operator"})),
    ("规则库", "/rulebooks", frozenset({"operator", "technical"})),
    ("账号", "/admin/accounts", frozenset({"operator"})),
    ("产业链", "/chain", frozenset({""})),
    ("标准", "/standards", frozenset({"*"})),
)


def navigation(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The entries this actor gets; ``current`` marks the longest that leads to ``path``."""
    entries = [
        {"text": text, "href": href, "current": False}
        for text, href, kinds in NAVIGATION
        if "*" in kinds or actor.org_kind in kinds
    ]
    under = [e for e in entries if path == e["href"] or path.startswith(str(e["href"]) + "/")]
    if under:
        max(under, key=lambda e: len(str(e["href"])))["current"] = True
    return entries


@cache
def environment() -> Environment:
    """The one Jinja environment; a name that a template does not get is an error, not an empty string."""
    env = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["moment"] = moment
    env.filters["iso_moment"] = iso_moment
    env.filters["device"] = device
    env.filters["notice_paths"] = notice_paths
    env.globals.update(
        static_url=static_url,
        vendor_url=vendor_url,
        role_names={role: names[0] for role, names in ROLES.items()},
    )
    return env


def page(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    camera: bool = False,
    **context: Any,
) -> HTMLResponse:
    """Render ``template`` for this request.

    Every template gets ``actor``, ``nav``, ``settings``, ``csrf_token``, ``path`` and ``may(action)``.
    ``camera`` allows WebAssembly on this page.
    """
    actor: Actor = getattr(request.state, "actor", ANONYMOUS)
    path = request.url.path
    text = (
        environment()
        .get_template(template)
        .render(
            request=request,
            actor=actor,
            nav=navigation(actor, path),
            settings=request.app.state.settings,
            csrf_token=actor.csrf,
            path=path,
            may=lambda action: decide(actor, action).allowed,
            **context,
        )
    )
    response = HTMLResponse(text, status_code, headers=dict(headers or {}))
    response.headers["Content-Security-Policy"] = CAMERA_CSP if camera else CSP
    response.headers.setdefault("Cache-Control", "no-store" if not actor.is_anonymous else "no-cache")
    response.headers.setdefault("Vary", "Accept, Cookie")
    return response
