"""EPCIS 2.0 capture and query, for partners' systems: a key captures for its organisation and asks what it may see."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec
from fastapi import Depends, Request
from sqlalchemy import Row
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import command, question
from service.epcis.discovery import ANSWER, CAPTURE_BYTES, CAPTURE_LIMIT, CAPTURE_LINES, agree, sent_json
from service.epcis.exceptions import (
    CaptureLimitExceededException,
    QueryParameterException,
    QueryTooLargeException,
    ResourceAlreadyExistsException,
    ValidationException,
)
from service.epcis.showing import organisation_of, shown
from service.params import IdPath
from service.routing import Router
from trace.context import Context
from trace.epcis import store
from trace.epcis.commands import BEHAVIOURS, capture, check, record
from trace.epcis.documents import events_of, lines_of, query_document, under
from trace.epcis.querying import MOST_NAMESPACES, Query, Reader
from trace.epcis.values import written
from trace.errors import FieldError, InvalidInput, NotFound
from trace.journal import store as journal
from trace.journal.canonical import dumps, loads
from trace.journal.event_projection import stored_uri

router = Router(prefix="/epcis", tags=["EPCIS 2.0"])
MEDIA_TYPE = "application/json"
MOST_DECLARATIONS = 100

RESOURCES = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}
"""Top-level resource → the query parameter that its ``/{value}/events`` stands for."""
_DOCUMENT = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "object"}} for kind in ("application/json", "application/ld+json")},
    }
}


async def _body(request: Request) -> bytes:
    return await request.body()


def _answer(content: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    text = content if isinstance(content, str) else dumps(content)
    return Response(text, status, headers=ANSWER | dict(headers or {}), media_type=MEDIA_TYPE)


def _parsed(request: Request, body: bytes) -> Any:
    sent_json(request)
    if len(body) > CAPTURE_BYTES:
        megabytes = CAPTURE_BYTES // 1024 // 1024
        raise CaptureLimitExceededException(f"一次最多提交 {megabytes} MB，请分成几次。", f"At most {megabytes} MB.")
    try:
        return loads(body)
    except (msgspec.DecodeError, RecursionError, ValueError, ArithmeticError) as error:
        raise ValidationException(
            f"提交的内容不是有效的 JSON：{str(error)[:120]}", f"The body is not valid JSON: {str(error)[:120]}"
        ) from None


# ---- capture -------------------------------------------------------------------------------------


@router.post("/capture", summary="提交一批 EPCIS 事件", status_code=202, openapi_extra=_DOCUMENT)
def post_capture(request: Request, body: bytes = Depends(_body), actor: Actor = require("epcis.capture")) -> Response:
    """Capture an EPCISDocument or EPCISQueryDocument; the job at ``Location`` says what became of each event.

    ``GS1-Capture-Error-Behaviour``: ``rollback`` (default, all or nothing) or ``proceed`` (the good ones).
    """
    agree(request)
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", BEHAVIOURS[0]).strip()
    if behaviour not in BEHAVIOURS:
        raise ValidationException(
            f"GS1-Capture-Error-Behaviour“{behaviour[:40]}”应为 rollback 或 proceed。", "rollback or proceed"
        )
    try:
        events = events_of(_parsed(request, body))
    except InvalidInput as wrong:
        raise ValidationException(wrong.detail, wrong.detail_en, errors=wrong.errors) from None
    if (named := sum(lines_of(one) for one in events)) > CAPTURE_LINES:
        raise CaptureLimitExceededException(
            f"一次最多提交 {CAPTURE_LINES} 个编码，收到 {named} 个，请分成几次。",
            f"At most {CAPTURE_LINES} identifiers in a capture, not {named}.",
        )
    if len(events) > CAPTURE_LIMIT:
        raise CaptureLimitExceededException(
            f"一次最多提交 {CAPTURE_LIMIT} 个事件，收到 {len(events)} 个，请分成几次。",
            f"At most {CAPTURE_LIMIT} events in a capture, not {len(events)}.",
        )
    checked = check(events, request.app.state.db.now(), request.app.state.db.new_id)
    try:
        job_id = command(request, lambda ctx: capture(ctx, checked, behaviour))
    except InvalidInput as wrong:
        raise ValidationException(wrong.detail, wrong.detail_en, errors=wrong.errors) from None
    return Response(status_code=202, headers=ANSWER | {"Location": f"/epcis/capture/{job_id}"})


@router.get("/capture", summary="提交记录")
def list_captures(request: Request, actor: Actor = require("epcis.read")) -> Response:
    """The organisation's capture jobs, the newest first."""
    agree(request)
    plain = dict(parse_qsl(request.url.query, keep_blank_values=True))
    if unknown := sorted(plain.keys() - {"perPage", "nextPageToken"}):
        _wrong_parameters([FieldError(f"/{unknown[0]}", "unknown_parameter", f"不认识查询参数 {unknown[0][:80]}")])
    reader = Reader(str, lambda _prefix: ())
    asked = reader.read([(name, text) for name, text in plain.items() if name == "perPage"])
    token = plain.get("nextPageToken")
    if token is not None and not (token.isascii() and token.isdigit() and len(token) <= 19 and int(token) < 2**63):
        reader.wrong("nextPageToken", "token", "nextPageToken 无效，请用 Link 头里的地址", "use the address of Link")
    _wrong_parameters(reader.faults)
    before = int(token) if token is not None else None
    rows = question(request, lambda ctx: store.jobs_of(ctx.conn, ctx.tenant_id, before, asked.per_page + 1))
    headers = {}
    if len(rows) > asked.per_page:
        follows = urlencode({"perPage": asked.per_page, "nextPageToken": rows[asked.per_page - 1].id})
        headers["Link"] = f'</epcis/capture?{follows}>; rel="next"'
    return _answer([_job(row) for row in rows[: asked.per_page]], headers)


@router.get("/capture/{capture_id}", summary="一次提交的结果")
def get_capture(request: Request, capture_id: str, actor: Actor = require("epcis.read")) -> Response:
    """A capture job: whether it succeeded, and each error and warning with the index of its event."""
    agree(request)
    known = capture_id.isascii() and capture_id.isdigit() and len(capture_id) <= 19 and int(capture_id) < 2**63
    row = question(request, lambda ctx: store.get_job(ctx.conn, int(capture_id), ctx.tenant_id)) if known else None
    if row is None:
        raise NotFound("没有这次提交，或不属于本单位。", "No such capture job of your organisation.")
    return _tagged(request, dumps(_job(row)))


def _job(row: Row[Any]) -> dict[str, Any]:
    return {
        "captureID": str(row.id),
        "createdAt": written(row.created_at),
        "finishedAt": written(row.finished_at),
        "running": False,
        "success": row.success,
        "captureErrorBehaviour": row.behaviour,
        "errors": loads(row.errors),
        "warnings": loads(row.warnings),
        "received": row.received,
        "captured": row.captured,
    }


@router.post("/events", summary="提交一个 EPCIS 事件", status_code=201, openapi_extra=_DOCUMENT)
def post_event(request: Request, body: bytes = Depends(_body), actor: Actor = require("epcis.capture")) -> Response:
    """Capture one event, at once or not at all."""
    form = agree(request)
    given = _parsed(request, body)
    event = under(given, None)
    checked = check([event], request.app.state.db.now(), request.app.state.db.new_id)
    if checked.faults:
        errors = [one.error for one in checked.faults]
        raise ValidationException("；".join(one.detail for one in errors[:3]), errors[0].detail_en, errors=errors)

    def once(ctx: Context) -> str:
        done = record(ctx, checked, "rollback")
        if done.faults:
            error = done.faults[0].error
            raise ResourceAlreadyExistsException(error.detail, error.detail_en, errors=[error])
        row = journal.get_event(ctx.conn, done.rows[0])
        assert row is not None
        return dumps(shown(ctx, [row], form)[0])

    text = command(request, once)
    location = f"/epcis/events/{quote(checked.events[0]['eventID'], safe='')}"
    return _answer(text, {"Location": location}, 201)


@router.delete("/personal/{number}", summary="删除事件里的一项个人信息", status_code=204)
def forget(request: Request, number: IdPath, actor: Actor = require("personal.forget")) -> None:
    """Delete a personal value that the organisation's own events brought; the event and its digest stay."""
    if not command(request, lambda ctx: store.forget_personal(ctx.conn, ctx.tenant_id, number)):
        raise NotFound("没有这项个人信息，或不属于本单位。", "No such personal value of your organisation.")


# ---- query ---------------------------------------------------------------------------------------


@router.get("", summary="EPCIS 资源")
def resources(request: Request, actor: Actor = require("epcis.read")) -> Response:
    """The top-level resources."""
    agree(request)
    return _answer({"type": "Collection", "member": ["capture", "events"]})


@router.get("/events", summary="查询 EPCIS 事件")
def get_events(request: Request, actor: Actor = require("epcis.read")) -> Response:
    """Events by the EPCIS query language; what the caller may not see is not there. Pages by ``Link: rel="next"``."""
    return _query(request, actor, parse_qsl(request.url.query, keep_blank_values=True), "/epcis/events")


@router.get("/events/{event_id:path}", summary="一个 EPCIS 事件及其更正声明")
def get_event(request: Request, event_id: str, actor: Actor = require("epcis.read")) -> Response:
    """The original event and every declaration about it, oldest first."""
    form = agree(request)
    raw = _raw_tail(request, "/epcis/events/")
    query = request.url.query
    wanted = [unquote(raw)] + ([f"{unquote(raw)}?{unquote(query)}"] if query else [])

    def find(ctx: Context) -> dict[str, Any]:
        organisation = organisation_of(ctx, actor)
        for one in wanted:
            rows = store.declarations_of(ctx.conn, organisation, one, MOST_DECLARATIONS)
            if rows:
                return query_document(shown(ctx, rows, form), written(rows[-1].record_time))
        raise NotFound("没有这个事件，或本单位无权查看。", "No such event, or not for your organisation.")

    return _tagged(request, dumps(question(request, find)))


@router.get("/{resource}/{value:path}/events", summary="按类型、编码、地点等查询 EPCIS 事件")
def get_events_of(request: Request, resource: str, value: str, actor: Actor = require("epcis.read")) -> Response:
    """Events of one epc, eventType, bizStep, disposition, bizLocation or readPoint; further parameters narrow them."""
    if resource not in RESOURCES:
        raise NotFound("没有这种 EPCIS 资源。", "No such EPCIS resource.")
    raw = _raw_tail(request, f"/epcis/{resource}/").removesuffix("/events")
    if not raw.strip("/"):
        raise NotFound("地址里没有写是哪一个。", "The address does not say which one.")
    given = parse_qsl(request.url.query, keep_blank_values=True)
    return _query(request, actor, given, f"/epcis/{resource}/{raw}/events", (RESOURCES[resource], unquote(raw)))


def _query(
    request: Request, actor: Actor, given: Sequence[tuple[str, str]], path: str, of: tuple[str, str] | None = None
) -> Response:
    form = agree(request)

    def ask(ctx: Context) -> tuple[Query, Sequence[Row[Any]], list[dict[str, Any]]]:
        reader = Reader(_canonical(ctx.public_url), _namespaces(request, ctx, actor))
        query = reader.read(given)
        if of is not None:
            query = reader.narrowed(query, *of)
        _wrong_parameters(reader.faults)
        organisation = organisation_of(ctx, actor)
        _not_too_many(ctx, query, organisation)
        most = query.most
        rows = store.find(ctx.conn, query, organisation, most + 1) if most > 0 else []
        return query, rows, shown(ctx, rows[:most], form)

    query, rows, page = question(request, ask)
    most = query.most
    headers = {}
    if len(rows) > most and (query.count_limit is None or query.taken + most < query.count_limit):
        last = rows[most - 1]
        key = last.event_time if query.order_by == "eventTime" else last.id
        token = f"{key}_{last.id}_{query.taken + most}"
        follows = urlencode([pair for pair in given if pair[0] != "nextPageToken"] + [("nextPageToken", token)])
        headers["Link"] = f'<{path}?{follows}>; rel="next"'
    return _answer(query_document(page, written(request.app.state.db.now())), headers)


def _not_too_many(ctx: Context, query: Query, organisation: tuple[int, str] | None) -> None:
    most = query.max_count
    if most is None or query.after is not None:
        return
    if len(store.find(ctx.conn, query, organisation, most + 1)) > most:
        raise QueryTooLargeException(
            f"符合条件的事件多于 maxEventCount（{most}），请缩小范围。", f"More than {most} events match."
        )


def _canonical(public_url: str) -> Callable[[str], str]:
    return lambda text: stored_uri(text, public_url)


def _namespaces(request: Request, ctx: Context, actor: Actor) -> Callable[[str], Sequence[str]]:
    """What a prefix stands for: as the request's GS1-Extensions say, else as recorded documents did."""
    declared: dict[str, str] = {}
    for part in request.headers.get("GS1-Extensions", "").split(","):
        prefix, _, space = part.strip().partition("=")
        if prefix and space:
            declared[prefix] = space
    whose = None if actor.supervises else actor.org_id

    def known(prefix: str) -> Sequence[str]:
        if prefix in declared:
            return [declared[prefix]]
        return journal.namespaces_of(ctx.conn, prefix, whose, MOST_NAMESPACES + 1)

    return known


def _wrong_parameters(faults: Sequence[FieldError]) -> None:
    if faults:
        detail = "；".join(one.detail for one in faults[:3])
        raise QueryParameterException(detail, faults[0].detail_en, errors=faults)


def _raw_tail(request: Request, start: str) -> str:
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode("utf-8", "surrogateescape")
    return raw.decode("latin-1").split("?")[0].split(start, 1)[-1]


def _tagged(request: Request, text: str) -> Response:
    """An answer with its ETag, or 304 where the caller has it."""
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=ANSWER | {"ETag": tag})
    return _answer(text, {"ETag": tag})
