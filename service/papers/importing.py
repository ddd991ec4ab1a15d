"""Import a logger's file: choose it, see what it says, and only then record it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject
from service.batches import reading
from service.context import command, question, today_of
from service.papers.pages import may_file, seen
from service.papers.views import series_view
from service.params import IdPath
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.batches import lifecycle
from trace.bulletins import importing as uploads
from trace.context import Context
from trace.errors import FieldError, InvalidInput, NotFound, Refusal
from trace.papers import asking, temperatures
from trace.papers.logger import FORMATS, MAX_BYTES, ZONE_RULE, Columns, Log, columns_of, read_log, readings_in, summary
from trace.papers.models import NewSeries
from trace.rulebooks.books import current_book
from trace.standards.requests.process import MAX_READINGS

router = Router(include_in_schema=False)
Form = Depends(form_data)
FIELDS = ("what", "device", "calibration_due", "interval_minutes", "min_celsius", "max_celsius")
COLUMNS = ("time", "temperature")
SHOWN_ERRORS = 50


@router.get("/batches/{batch_id}/temperatures")
def upload_form(request: Request, batch_id: IdPath, actor: Actor = require("batch.register")) -> Response:
    """Choose the logger's file and say where it measured."""
    return _upload_page(request, actor, batch_id, {}, {})


def _upload_page(
    request: Request,
    actor: Actor,
    batch_id: int,
    given: Mapping[str, str],
    errors: Mapping[str, str],
    status: int = 200,
) -> Response:
    with request.app.state.db.read() as conn:
        record = seen(conn, actor, batch_id)
        if not may_file(actor, record):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        places = asking.places(current_book(conn), _made_on(request, record))
    return page(
        request,
        "papers/upload.html",
        status_code=status,
        row=record.row,
        places=places,
        given=given,
        errors=errors,
        formats=FORMATS,
        zone_rule=ZONE_RULE,
        most=MAX_READINGS,
    )


def _made_on(request: Request, record: reading.BatchRecord) -> Any:
    today = today_of(request.app.state.db)
    return today if not record.row.produced_on else type(today).fromisoformat(record.row.produced_on)


@router.post("/batches/{batch_id}/temperatures")
def upload(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """Keep the file and show what it says; nothing of it is recorded yet."""
    given = {name: text(form, name) for name in FIELDS}
    try:
        name, content = chosen_file(form, MAX_BYTES, "请选择记录仪导出的文件")
        if not given["what"]:
            raise InvalidInput.of("/what", "required", "请选择测温位置", "choose the place")
        read_log(name, content)

        def keep(ctx: Context) -> int:
            check(actor, "batch.register", Subject(owner_id=lifecycle.own_batch(ctx, batch_id).tenant_id))
            return uploads.keep_upload(ctx, name, content)

        kept = command(request, keep)
    except InvalidInput as refusal:
        errors = trees.by_name(refusal.errors) or {"file": refusal.detail}
        return _upload_page(request, actor, batch_id, given, errors, refusal.status)
    return _preview(request, actor, batch_id, kept, given, {})


@router.post("/batches/{batch_id}/temperatures/{file_id}")
def decide_file(
    request: Request, batch_id: IdPath, file_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """Look again with other columns or facts, or record the series."""
    given = {name: text(form, name) for name in FIELDS}
    picked = {name: chosen for name in COLUMNS if (chosen := text(form, name))}
    if text(form, "act") != "record":
        return _preview(request, actor, batch_id, file_id, given, picked)
    log = _kept(request, actor, file_id)[1]
    taken = readings_in(log, columns_of(log, picked))
    if taken.errors:
        return _preview(request, actor, batch_id, file_id, given, picked)
    problem = _minutes(given)
    if problem is not None:
        return _preview(request, actor, batch_id, file_id, given, picked, refused=InvalidInput(errors=[problem]))
    new = _series(given, taken.readings, taken.rows)

    def run(ctx: Context) -> int:
        check(actor, "batch.register", Subject(owner_id=lifecycle.own_batch(ctx, batch_id).tenant_id))
        return temperatures.record_series(ctx, batch_id, new)

    try:
        command(request, run)
    except NotFound:
        raise
    except Refusal as refusal:
        return _preview(request, actor, batch_id, file_id, given, picked, refused=refusal)
    return RedirectResponse(f"/batches/{batch_id}/papers?done=series#temperatures", 303)


def _kept(request: Request, actor: Actor, file_id: int) -> tuple[Any, Log]:
    with request.app.state.db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, file_id)
    return kept, read_log(kept.name, kept.content)


def _series(given: Mapping[str, str], readings: Any, rows: Any) -> NewSeries:
    stated = {name: given[name] for name in FIELDS if name != "interval_minutes"}
    every = given["interval_minutes"]
    return NewSeries(**stated, readings=readings, rows=rows, interval_minutes=int(every) if every else None)


def _minutes(given: Mapping[str, str]) -> FieldError | None:
    every = given["interval_minutes"]
    if not every or (every.isascii() and every.isdigit() and 0 < len(every) <= 6):
        return None
    return FieldError("/interval_minutes", "not_a_number", f"记录间隔“{every[:20]}”应是分钟的整数", "whole minutes")


def _preview(
    request: Request,
    actor: Actor,
    batch_id: int,
    file_id: int,
    given: Mapping[str, str],
    picked: Mapping[str, str],
    *,
    refused: Refusal | None = None,
) -> Response:
    kept, log = _kept(request, actor, file_id)
    columns: Columns = columns_of(log, picked)
    taken = readings_in(log, columns)
    problem = _minutes(given)
    if refused is None and not taken.errors and problem is None:
        refused = _dry(request, batch_id, _series(given, taken.readings, taken.rows))
    with request.app.state.db.read() as conn:
        record = seen(conn, actor, batch_id)
        if not may_file(actor, record):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        book = current_book(conn)
        places = asking.places(book, _made_on(request, record))
        view = None
        if taken.readings:
            series = {"what": given["what"], "readings": list(taken.readings)}
            series |= {name: given[name] for name in ("min_celsius", "max_celsius") if _is_number(given[name])}
            view = series_view(book, series, record.row.produced_on, record.item.storage)
    told = list(taken.errors) + ([problem] if problem is not None else [])
    errors = list(refused.errors)[:SHOWN_ERRORS] if refused is not None else told
    return page(
        request,
        "papers/preview.html",
        status_code=refused.status if refused is not None else (422 if told else 200),
        row=record.row,
        file=kept,
        log=log,
        heads=[("行", "num"), *((header, "") for header in log.headers)],
        columns=columns,
        given=given,
        view=view,
        found=summary(taken.readings) if taken.readings else None,
        errors=errors,
        by_name=trees.by_name(errors),
        refused=refused.detail if refused is not None and not refused.errors else "",
        places=places,
        zone_rule=ZONE_RULE,
        ready=not told and refused is None,
    )


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return bool(value.strip())


def _dry(request: Request, batch_id: int, new: NewSeries) -> Refusal | None:
    """What recording would refuse; nothing is written."""
    try:
        question(request, lambda ctx: temperatures.checked_series(ctx, batch_id, new))
    except NotFound:
        raise
    except Refusal as refusal:
        return refusal
    return None
