"""What a phone gets behind the code: one address, in the form the caller wants, whatever the path.

The anonymous get answers that are at most a second old; who is logged in gets the same page with
their own part of the record below it, always fresh.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import today_of
from service.errors import MEDIA_TYPE, problem
from service.routing import Router
from service.scan import looking, staff
from service.scan.cache import Answer, AnswerCache
from service.scan.counting import ScanCounter
from service.scan.linkset import CONTEXT_LINK, VOC, WHOLE_SET, link_type, linkset, offered
from service.scan.negotiation import HTML, JSON, LINKSET, form_of
from service.scan.public import PublicRecord, as_json
from service.web.render import environment
from trace.batches.public import UNKNOWN
from trace.context import local_datetime
from trace.errors import InvalidInput

_CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Link, ETag"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)
_VARY = ("Vary", "Accept, Cookie, Authorization")
_TYPES = {HTML: "text/html; charset=utf-8", JSON: "application/json", LINKSET: "application/linkset+json"}


class ScanDesk:
    """The scan page's memory in one application: finished answers and counts not yet written."""

    def __init__(self, app: FastAPI) -> None:
        self.answers = AnswerCache()
        self.counter = ScanCounter(app.state.db.write)


_first = threading.Lock()


def desk_of(app: Any) -> ScanDesk:
    """The application's desk, made with the first scan."""
    desk: ScanDesk | None = getattr(app.state, "scan_desk", None)
    if desk is None:
        with _first:
            desk = getattr(app.state, "scan_desk", None)
            if desk is None:
                desk = app.state.scan_desk = ScanDesk(app)
    return desk


@asynccontextmanager
async def _counts_outlive(app: FastAPI) -> AsyncIterator[None]:
    """Write what was counted before the database closes."""
    yield
    desk: ScanDesk | None = getattr(app.state, "scan_desk", None)
    if desk is not None:
        await run_in_threadpool(desk.counter.flush)


class _Anything(Convertor[str]):
    """Any rest of a path, line breaks too: what it means is read from the raw bytes."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())
router = Router(include_in_schema=False, lifespan=_counts_outlive)


@router.api_route("/01/{rest:anything}", methods=["GET", "OPTIONS"])
@router.api_route("/id/{rest:anything}", methods=["GET", "OPTIONS"])
@router.api_route("/s/{rest:anything}", methods=["GET", "OPTIONS"])
@router.api_route("/00/{rest:anything}", methods=["GET", "OPTIONS"])
@router.api_route("/414/{rest:anything}", methods=["GET", "OPTIONS"])
@router.api_route("/417/{rest:anything}", methods=["GET", "OPTIONS"])
async def scan(request: Request, actor: Actor = require("public.read")) -> Response:
    """The page, the public record or the linkset of the code in the raw path."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode("utf-8", "surrogateescape")
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=dict(_CORS) | {"Allow": "GET, HEAD, OPTIONS"})
    if request.scope.get("query_string") and "linkType" in request.query_params:
        form = link_type(request.query_params["linkType"][:200])
        wanted = LINKSET if form in WHOLE_SET else form or HTML
    else:
        wanted = form_of(request.headers.get("accept", ""))
    if not actor.is_anonymous and wanted == HTML:
        return await run_in_threadpool(_for_staff, request, actor, raw)
    desk = desk_of(request.app)
    answer = desk.answers.get((raw, wanted))
    if answer is None:
        answer = await run_in_threadpool(_answer, request, desk, raw, wanted)
    if answer.counts is not None:
        day = today_of(request.app.state.db).isoformat()
        tenant, subject, kind = answer.counts
        if not actor.is_anonymous and kind == "public":
            kind = "staff"
        desk.counter.add(tenant, subject, day, kind)
    return _sent(request, answer)


def _sent(request: Request, answer: Answer) -> Response:
    if answer.etag and answer.etag in request.headers.get("if-none-match", ""):
        kept = {"etag", "vary", "cache-control", "link"}
        return Response(status_code=304, headers={k: v for k, v in answer.headers if k.lower() in kept})
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def _answer(request: Request, desk: ScanDesk, raw: bytes, wanted: str) -> Answer:
    """Read, render and keep."""
    asked_at, generation = desk.answers.now(), desk.answers.generation
    answer = _made(request, raw, wanted)
    desk.answers.put((raw, wanted), asked_at, generation, answer)
    return answer


def _made(request: Request, raw: bytes, wanted: str) -> Answer:
    settings, db = request.app.state.settings, request.app.state.db
    try:
        what = looking.asked(raw, settings.public_url)
    except InvalidInput as wrong:
        return _malformed(request, wanted, wrong)
    now = db.now()
    with db.read() as conn:
        row = looking.scan_row(conn, what, settings.public_url)
    if row is None:
        return _unknown(request, wanted, what, now)
    record = looking.record_of(what, row, now, settings.public_url)
    kind = "public" if row.lot_id is not None else ("unknown_lot" if record.asked_lot else "product")
    counts = (int(row.maker_id), int(row.lot_id or row.item_id), kind)
    if wanted == LINKSET:
        body = json.dumps(linkset(record, settings.public_url), ensure_ascii=False).encode()
        return _finished(200, body, _TYPES[LINKSET], (("Link", CONTEXT_LINK), *_CORS), counts)
    link = (("Link", _link_header(record)),)
    if wanted == JSON:
        body = json.dumps(as_json(record), ensure_ascii=False).encode()
        return _finished(200, body, _TYPES[JSON], (*link, *_CORS), counts)
    if wanted == HTML:
        return _finished(200, _html(request, record=record), _TYPES[HTML], link, counts)
    return _one_link(request, record, wanted)


def _one_link(request: Request, record: PublicRecord, wanted: str) -> Answer:
    """``?linkType=gs1:pip`` and its like: all that we offer is on the page itself."""
    if wanted in offered(record):
        headers = (("Location", record.path), ("Link", _link_header(record)), *_CORS)
        return _finished(307, b"", "text/plain", headers, None)
    names = "、".join(f"gs1:{name}" for name in offered(record))
    detail = f"没有这种链接；此编码有：{names}，全部链接用 ?linkType=linkset。"
    body = problem(request, 404, "no_such_link", "没有这种链接", detail, title_en="No link of this type")
    return _finished(404, json.dumps(body, ensure_ascii=False).encode(), MEDIA_TYPE, _CORS, None)


def _link_header(record: PublicRecord) -> str:
    return (
        f'<{record.path}?linkType=linkset>; rel="linkset"; type="application/linkset+json", '
        f'<{record.uri}>; rel="canonical", <{record.path}>; rel="{VOC}pip"; hreflang="zh"; type="text/html"'
    )


def _finished(
    status: int, body: bytes, media: str, headers: tuple[tuple[str, str], ...], counts: tuple[int, int, str] | None
) -> Answer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"' if status == 200 else ""
    fixed = (("Content-Type", media), _VARY, ("Cache-Control", "no-cache"))
    return Answer(status, body, fixed + headers + ((("ETag", etag),) if etag else ()), etag, counts)


def _html(request: Request, **context: Any) -> bytes:
    """The page of the anonymous: its own small style, no script, no navigation."""
    template = environment().get_template("scan/public.html")
    filled = {"record": None, "wrong": "", "unknown": None, "place": ""} | context
    return template.render(settings=request.app.state.settings, **filled).encode()


def _malformed(request: Request, wanted: str, wrong: InvalidInput) -> Answer:
    detail = wrong.errors[0].detail if wrong.errors else wrong.detail
    if wanted == HTML:
        return _finished(400, _html(request, wrong=detail), _TYPES[HTML], (), None)
    detail_en = wrong.errors[0].detail_en if wrong.errors else wrong.detail_en
    body = problem(
        request, 400, "malformed_code", "编码写法不对", detail, title_en="Malformed code", detail_en=detail_en
    )
    return _finished(400, json.dumps(body, ensure_ascii=False).encode(), MEDIA_TYPE, _CORS, None)


def _unknown(request: Request, wanted: str, what: looking.Asked, now: int) -> Answer:
    """Nothing of it is registered: said as such, and nothing suspected."""
    if wanted == HTML:
        place = looking.PLACES.get(what.identifier.kind, "")
        body = _html(request, unknown=UNKNOWN, place=place, as_of=now)
        return _finished(404, body, _TYPES[HTML], (), None)
    told = problem(
        request, 404, "unknown_code", "没有登记", UNKNOWN.text, title_en="Not registered here, which says nothing bad"
    )
    return _finished(404, json.dumps(told, ensure_ascii=False).encode(), MEDIA_TYPE, _CORS, None)


def _for_staff(request: Request, actor: Actor, raw: bytes) -> Response:
    """The same address for somebody logged in: the public facts, and below them what they may see."""
    settings, db = request.app.state.settings, request.app.state.db
    try:
        what = looking.asked(raw, settings.public_url)
    except InvalidInput as wrong:
        answer = _malformed(request, HTML, wrong)
        return _sent(request, answer)
    now = db.now()
    with db.read() as conn:
        row = looking.scan_row(conn, what, settings.public_url)
        part = staff.part(conn, actor, int(row.lot_id)) if row is not None and row.lot_id is not None else None
    if row is None:
        return _sent(request, _unknown(request, HTML, what, now))
    record = looking.record_of(what, row, now, settings.public_url)
    day = local_datetime(now).date().isoformat()
    desk_of(request.app).counter.add(int(row.maker_id), int(row.lot_id or row.item_id), day, "staff")
    return staff.page_of(request, record, part, row.risks, {"Link": _link_header(record), "Vary": _VARY[1]})


@router.get("/s")
@router.get("/01")
@router.get("/id")
def no_code(request: Request, actor: Actor = require("public.read")) -> Response:
    """A prefix without a code: to the box where one can type it."""
    return RedirectResponse("/#code", 303)
