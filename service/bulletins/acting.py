"""What a person does with announcements from a page: upload, preview, import, match, re-test, case steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.bulletins import importing
from service.bulletins.api import charged, charged_with_match, run_judging
from service.bulletins.pages import case_page, frame, sample_page
from service.context import command
from service.params import IdPath
from service.routing import Router
from service.sheets import error_headers
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.bulletins import cases, commands
from trace.bulletins import importing as intake
from trace.bulletins.errorfile import MEDIA_TYPE, error_file
from trace.bulletins.models import MAX_BYTES, Defaults
from trace.bulletins.rules import Change
from trace.bulletins.words import load_words
from trace.context import Context
from trace.errors import Conflict, InvalidInput, Refusal
from trace.problems import Problems

router = Router(prefix="/bulletins", include_in_schema=False)
Form = Depends(form_data)
DEFAULTS = ("bulletin", "issuer", "issued_on", "task")


# import ---------------------------------------------------------------------------------------------


# literal addresses stand before /bulletins/{id}, which takes digits only


@router.get("/import/new")
def upload_form(request: Request, actor: Actor = require("bulletin.import")) -> Response:
    """Choose a file."""
    return page(request, "bulletins/upload.html", errors={}, given={}, columns=load_words().columns, **frame())


@router.post("/import/new")
def upload(request: Request, form: FormData = Form, actor: Actor = require("bulletin.import")) -> Response:
    """Keep the file and show what an import of it would do."""
    given = {name: text(form, name) for name in DEFAULTS}
    try:
        name, content = chosen_file(form, MAX_BYTES, "请选择公告文件")
        importing.table_in(name, content)
        importing.read_defaults(given)
        kept = command(request, lambda ctx: intake.keep_upload(ctx, name, content))
    except Refusal as refusal:
        errors = trees.by_name(refusal.errors) or {"file": refusal.detail}
        return page(
            request, "bulletins/upload.html", status_code=refusal.status, errors=errors, given=given,
            columns=load_words().columns, **frame(),
        )  # fmt: skip
    return _preview(request, actor, kept, {}, given)


@router.get("/import/{file_id}")
def preview(request: Request, file_id: IdPath, actor: Actor = require("bulletin.import")) -> Response:
    """The preview of an upload with the guessed columns."""
    return _preview(request, actor, file_id, {}, {})


@router.post("/import/{file_id}")
def decide(
    request: Request, file_id: IdPath, form: FormData = Form, actor: Actor = require("bulletin.import")
) -> Response:
    """Preview again with other columns, import, or take the refused rows home as a workbook."""
    tree = trees.grow(trees.texts(form))
    chosen = tree.get("map")
    told = {key: str(value) for key, value in chosen.items()} if isinstance(chosen, dict) else {}
    given = {name: text(form, name) for name in DEFAULTS}
    act = text(form, "act")
    if act == "import":
        return _import(request, actor, file_id, told, given)
    if act == "errors":
        with request.app.state.db.read() as conn:
            kept = intake.upload_of(conn, actor.org_id, file_id)
            found = importing.settled(
                conn, importing.table_in(kept.name, kept.content), told, importing.read_defaults(given),
                importing.today(request),
            )  # fmt: skip
        assert found.reading is not None
        return Response(error_file(found.reading), media_type=MEDIA_TYPE, headers=error_headers(file_id))
    return _preview(request, actor, file_id, told, given)


def _preview(
    request: Request,
    actor: Actor,
    file_id: int,
    told: dict[str, str],
    given: dict[str, str],
    *,
    refused: Refusal | None = None,
) -> Response:
    errors = trees.by_name(refused.errors) if refused is not None else {}
    with request.app.state.db.read() as conn:
        kept = intake.upload_of(conn, actor.org_id, file_id)
        table = importing.table_in(kept.name, kept.content)
        try:
            defaults = importing.read_defaults(given)
        except Refusal as wrong:
            refused, errors, defaults = refused or wrong, trees.by_name(wrong.errors), Defaults()
        try:
            found = importing.preview(conn, table, told, defaults, importing.today(request))
        except Refusal as wrong:
            refused, errors = wrong, trees.by_name(wrong.errors) | errors
            found = importing.preview(conn, table, {}, defaults, importing.today(request))
    return page(
        request,
        "bulletins/preview.html",
        status_code=refused.status if refused is not None else 200,
        file=kept,
        found=found,
        counts=found.counts,
        columns=load_words().columns,
        by_row=found.reading.errors_of() if found.reading is not None else {},
        shown_errors=importing.SHOWN_ERRORS,
        first_rows=found.table.rows[: importing.FIRST_ROWS],
        heads=[("行", "num"), *((header, "") for header in found.table.headers)],
        given={name: given.get(name, "") for name in DEFAULTS},
        errors=errors,
        refused=refused.detail if refused is not None else "",
        **frame(),
    )


def _import(request: Request, actor: Actor, file_id: int, told: dict[str, str], given: dict[str, str]) -> Response:
    try:
        with request.app.state.db.read() as conn:
            kept = intake.upload_of(conn, actor.org_id, file_id)
        done, found = importing.run_import(
            request,
            importing.table_in(kept.name, kept.content),
            told,
            importing.read_defaults(given),
            sha256=kept.sha256,
            file_id=file_id,
        )
    except (InvalidInput, Conflict) as refusal:
        return _preview(request, actor, file_id, told, given, refused=refusal)
    assert found.reading is not None
    if not found.reading.errors and len(done.bulletins) == 1:
        return RedirectResponse(f"/bulletins/{done.bulletins[0]['id']}?done=imported", 303)
    return page(
        request,
        "bulletins/imported.html",
        file=kept,
        found=found,
        done=done,
        told=dict(found.mapping) | {key: value for key, value in told.items() if not value},
        given=given,
        by_row=found.reading.errors_of(),
        shown_errors=importing.SHOWN_ERRORS,
        **frame(),
    )


@router.post("/{bulletin_id}/judgement")
def judge_again(
    request: Request, bulletin_id: IdPath, form: FormData = Form, actor: Actor = require("bulletin.import")
) -> Response:
    """Compare every sample again under the present rulebook."""
    run_judging(request, bulletin_id)
    return RedirectResponse(f"/bulletins/{bulletin_id}?done=judged", 303)


# samples and cases ----------------------------------------------------------------------------------


@router.post("/samples/{sample_id}/match")
def match(
    request: Request, sample_id: IdPath, form: FormData = Form, actor: Actor = require("bulletin.match")
) -> Response:
    """Confirm a batch, or say that none of ours was sampled."""
    wanted = text(form, "batch_id")

    def write(ctx: Context) -> tuple[int | None, str]:
        charged_with_match(ctx, actor, sample_id)
        batch_id = None if wanted == "none" else trees.number(wanted)
        if batch_id is None and wanted != "none":
            raise InvalidInput.of("/batch_id", "required", "请选一个批次，或选“都不是”", "choose a batch or none")
        if batch_id is not None:
            charged(ctx, actor, batch_id)
        return commands.match(ctx, sample_id, batch_id, text(form, "reason"))

    try:
        case_id, _why = command(request, write)
    except Refusal as refusal:
        return sample_page(request, sample_id, failed=failed("match", refusal, form))
    if case_id is not None:
        return RedirectResponse(f"/bulletins/cases/{case_id}?done=case", 303)
    return RedirectResponse(f"/bulletins/samples/{sample_id}?done={'none' if wanted == 'none' else 'matched'}", 303)


def _number(problems: Problems, value: str, field: str, name: str, most: int) -> int:
    if value and not (value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= most):
        problems.add(f"/{field}", "not_a_number", f"{name}“{value[:20]}”应为 0 到 {most} 的整数", "a whole number")
        return 0
    return int(value or 0)


def read_change(form: FormData) -> Change:
    """The form of a re-test, objection or denial. Raises InvalidInput."""
    problems = Problems()
    made = Change(
        kind=text(form, "change"),
        told_on=problems.day(text(form, "told_on"), "/told_on", "收到结论的日期"),
        asked_on=problems.day(text(form, "asked_on"), "/asked_on", "申请日期"),
        holidays=_number(problems, text(form, "holidays"), "holidays", "期间法定节假日", 10),
        hours=_number(problems, text(form, "hours"), "hours", "已过小时数", 10_000),
        reserve=text(form, "reserve"),
        method=text(form, "method"),
        conforms=text(form, "conclusion") == "conforms",
        upheld=text(form, "conclusion") == "upheld",
        ground=text(form, "ground"),
    )
    expected = {"retest_concluded": ("conforms", "fails"), "objection_decided": ("upheld", "rejected")}
    if made.kind in expected and text(form, "conclusion") not in expected[made.kind]:
        problems.add("/conclusion", "required", "请选择结论", "choose the conclusion")
    problems.raise_if_any()
    return made


@router.post("/samples/{sample_id}/status")
def change(
    request: Request, sample_id: IdPath, form: FormData = Form, actor: Actor = require("bulletin.match")
) -> Response:
    """复检, 异议, 否认 by the rules."""
    act = text(form, "change") or "change"

    def write(ctx: Context) -> Any:
        charged_with_match(ctx, actor, sample_id)
        return commands.change(ctx, sample_id, read_change(form), text(form, "reason"))

    return _back(
        request, write, f"/bulletins/samples/{sample_id}?done=changed",
        lambda refusal: sample_page(request, sample_id, failed=failed(act, refusal, form)),
    )  # fmt: skip


@router.post("/cases/{case_id}/steps")
def step(request: Request, case_id: IdPath, form: FormData = Form, actor: Actor = require("case.edit")) -> Response:
    """Enter a step of a case, or close it."""
    what = text(form, "step")

    def write(ctx: Context) -> Any:
        charged(ctx, actor, cases.case_of(ctx.conn, case_id).batch_id)
        return cases.add_step(ctx, case_id, what, text(form, "state"), text(form, "reason"), text(form, "level"))

    done = "closed" if what == "closed" else "step"
    return _back(
        request, write, f"/bulletins/cases/{case_id}?done={done}",
        lambda refusal: case_page(request, case_id, failed=failed(what or "step", refusal, form)),
    )  # fmt: skip


def _back(
    request: Request, write: Callable[[Context], Any], address: str, shown: Callable[[Refusal], Response]
) -> Response:
    try:
        command(request, write)
    except Refusal as refusal:
        return shown(refusal)
    return RedirectResponse(address, 303)
