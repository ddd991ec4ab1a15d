"""What the maker does with a recall from its page: each form is one command, then back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import Failed, failed
from service.context import command, question
from service.params import IdPath
from service.recalls import telling
from service.recalls.api import put, set_known
from service.recalls.pages import frame, new_page, recall_page
from service.recalls.views import slips
from service.routing import Router
from service.web import trees
from service.web.render import page
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal
from trace.evidence.commands import MAX_BYTES
from trace.problems import Problems
from trace.recalls import announcing, answering, commands, store
from trace.recalls.accounting import customers
from trace.recalls.announcing import Announcement
from trace.recalls.answering import FIELDS, Answer, Plan
from trace.recalls.models import NewRecall
from trace.recalls.moments import read_moment

router = Router(prefix="/recalls", include_in_schema=False)
Form = Depends(form_data)
MAX_PHOTOS = 5


@router.post("/new")
def propose(request: Request, form: FormData = Form, actor: Actor = require("recall.start")) -> Response:
    """Propose the scope."""
    chosen = [one for one in form.getlist("suspect") if isinstance(one, str)]
    now = request.app.state.db.now
    try:
        problems = Problems()
        at = read_moment(problems, text(form, "known_at"), "/known_at", "知悉时间")
        problems.raise_if_any()
        ids = [number for one in chosen if (number := trees.number(one)) is not None]
        new = NewRecall(ids, text(form, "reason"), at, text(form, "known_source"), text(form, "mock") == "1")
        made = command(request, lambda ctx: commands.propose(ctx, new, now))
    except Refusal as refusal:
        return new_page(request, actor, chosen, failed=failed("propose", refusal, form))
    return RedirectResponse(f"/recalls/{made}?done=proposed", 303)


def _act(
    request: Request, actor: Actor, recall_id: int, form: FormData, act: str, done: str, fn: Callable[[], Any]
) -> Response:
    try:
        fn()
    except Refusal as refusal:
        return recall_page(request, actor, recall_id, failed=failed(act, refusal, form))
    return RedirectResponse(f"/recalls/{recall_id}?done={done}", 303)


@router.post("/{recall_id}/lots")
def adjust(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """One lot in or out."""

    def fn() -> None:
        lot_id = trees.number(text(form, "lot_id"))
        if lot_id is None:
            raise InvalidInput.of("/lot_id", "required", "请填写批次编号（批次页地址里的数字）", "which lot")
        put(request, recall_id, lot_id, "out" if text(form, "state") == "out" else "in", text(form, "reason"))

    act = f"out-{text(form, 'lot_id')}" if text(form, "state") == "out" else "in"
    return _act(request, actor, recall_id, form, act, "adjusted", fn)


@router.post("/{recall_id}/scope")
def refresh(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """The scope anew."""
    return _act(
        request, actor, recall_id, form, "scope", "refreshed",
        lambda: command(request, lambda ctx: commands.refresh(ctx, recall_id)),
    )  # fmt: skip


@router.post("/{recall_id}/level")
def level(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """The level with its reasoning."""
    values = (text(form, "level"), text(form, "reason"))
    return _act(
        request, actor, recall_id, form, "level", "level",
        lambda: command(request, lambda ctx: commands.set_level(ctx, recall_id, *values)),
    )  # fmt: skip


@router.post("/{recall_id}/known")
def known(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """知悉时间."""
    values = (text(form, "known_at"), text(form, "known_source"))
    return _act(request, actor, recall_id, form, "known", "known", lambda: set_known(request, recall_id, *values))


@router.post("/{recall_id}/announcement")
def announce(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """Announce."""
    names = ("returns", "advice", "public_reason", "contact", "respond_by", "brand")
    said = Announcement(**{name: text(form, name) for name in names})
    now = request.app.state.db.now

    def fn() -> None:
        if text(form, "sure") != "1":
            raise InvalidInput.of("/sure", "required", "请勾选确认后再发布", "confirm first")
        command(request, lambda ctx: announcing.announce(ctx, recall_id, said, now))

    done = "drilled" if text(form, "mock") == "1" else "announced"
    return _act(request, actor, recall_id, form, "announce", done, fn)


@router.post("/{recall_id}/statutory")
def statutory(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """The notice on the statutory platform."""
    values = (text(form, "notice_at"), text(form, "notice_on"))
    return _act(
        request, actor, recall_id, form, "notice", "notice",
        lambda: command(request, lambda ctx: announcing.set_notice(ctx, recall_id, *values)),
    )  # fmt: skip


@router.post("/{recall_id}/links")
def links(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.step")
) -> Response:
    """One-time links for holders without an account, shown this once, to print beside the delivery note."""
    one = trees.number(text(form, "task_id"))
    try:
        made = command(request, lambda ctx: announcing.issue_links(ctx, recall_id, [one] if one is not None else []))
    except Refusal as refusal:
        return recall_page(request, actor, recall_id, failed=failed("links", refusal, form))
    return recall_page(request, actor, recall_id, links=slips(made, request.app.state.settings.public_url))


@router.get("/{recall_id}/tasks/{task_id}/phone")
def phone_form(request: Request, recall_id: IdPath, task_id: IdPath, actor: Actor = require("recall.step")) -> Response:
    """The form for what a holder says on the telephone."""
    return _phone(request, actor, recall_id, task_id)


def _phone(request: Request, actor: Actor, recall_id: int, task_id: int, problem: Failed | None = None) -> Response:
    def read(ctx: Context) -> dict[str, Any]:
        commands.own_recall(ctx, recall_id)
        task = store.get_task(ctx.conn, task_id)
        reach = customers(ctx.conn, recall_id, actor.org_id)
        if task is None or task.recall_id != recall_id or task.holder not in reach or task.kind != "holder":
            raise NotFound("没有这个任务", "No such task")
        return telling.task_json(task, ctx.conn) | {"name": task.name}

    return page(
        request,
        "recalls/answer.html",
        status_code=problem.status if problem is not None else 200,
        task=question(request, read),
        action=f"/recalls/{recall_id}/tasks/{task_id}/phone",
        phone=True,
        fields=answering.FIELDS,
        failed=problem,
        **frame(),
    )


@router.post("/{recall_id}/tasks/{task_id}/phone")
def phone(
    request: Request,
    recall_id: IdPath,
    task_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("recall.step"),
) -> Response:
    """What a holder said on the telephone, with who said it."""
    said = read_answer(form, read_photos(form))
    try:
        command(request, lambda ctx: answering.answer_by_phone(ctx, recall_id, task_id, said))
    except Refusal as refusal:
        return _phone(request, actor, recall_id, task_id, failed("answer", refusal, form))
    return RedirectResponse(f"/recalls/{recall_id}?done=phoned", 303)


def read_photos(form: FormData) -> tuple[tuple[str, bytes], ...]:
    """Chosen photos by name; every part is read once and closed."""
    found: list[tuple[str, bytes]] = []
    for _, part in trees.uploads(form):
        with part.file:
            if part.filename and len(found) < MAX_PHOTOS:
                found.append((part.filename, part.file.read(MAX_BYTES + 1)))
    return tuple(found)


def read_answer(form: FormData, photos: tuple[tuple[str, bytes], ...] = ()) -> Answer:
    """Fields ``lines.{lot id}.{field}``; a lot without any quantity and without its mark is left out."""
    given: dict[int, dict[str, str]] = {}
    for name, value in trees.texts(form):
        parts = name.split(".")
        lot_id = trees.number(parts[1]) if len(parts) == 3 and parts[0] == "lines" else None
        if lot_id is not None and (parts[2] in FIELDS or parts[2] == "all"):
            given.setdefault(lot_id, {})[parts[2]] = value
    lines = {lot: fields for lot, fields in given.items() if any(fields.values())}
    return Answer(lines, text(form, "signer"), text(form, "phone"), text(form, "remark"), photos)


@router.post("/{recall_id}/destructions")
def plan(request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.step")) -> Response:
    """Announce a destruction."""
    names = ("quantity", "source", "planned_on", "place", "method")
    planned = Plan(lot_id=trees.number(text(form, "lot_id")) or 0, **{name: text(form, name) for name in names})
    return _act(
        request, actor, recall_id, form, "plan", "planned",
        lambda: command(request, lambda ctx: answering.plan_destruction(ctx, recall_id, planned)),
    )  # fmt: skip


@router.post("/{recall_id}/destructions/{destruction_id}/witness")
def witness(
    request: Request,
    recall_id: IdPath,
    destruction_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("recall.step"),
) -> Response:
    """Record who watched."""
    values = [text(form, name) for name in ("witness", "phone", "remark")]
    return _act(
        request, actor, recall_id, form, f"witness-{destruction_id}", "witnessed",
        lambda: command(request, lambda ctx: answering.witness_destruction(ctx, recall_id, destruction_id, *values)),
    )  # fmt: skip


@router.post("/{recall_id}/closing")
def close(
    request: Request, recall_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """End it, or drop a proposal."""
    why, drop = text(form, "reason"), text(form, "drop") == "1"

    def write(ctx: Context) -> None:
        if drop:
            commands.drop(ctx, recall_id, why)
        else:
            announcing.close(ctx, recall_id, why)

    done = "dropped" if drop else "closed"
    return _act(request, actor, recall_id, form, "close", done, lambda: command(request, write))
