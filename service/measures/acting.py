"""What officers do from a batch's page and from a measure's: each form is one command, then to the measure."""

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
from service.batches.pages import record_page
from service.context import command
from service.measures.api import charged, first, second
from service.measures.pages import measure_page
from service.params import IdPath
from service.routing import Router
from service.web import trees
from trace.context import Context
from trace.errors import Refusal
from trace.measures import commands, serving
from trace.measures.models import LIFT, Approval, Extension, NewMeasure, Officer, Service

router = Router(include_in_schema=False)
Form = Depends(form_data)


def _officers(form: FormData) -> list[Officer]:
    return [Officer(text(form, f"officers.{n}.number"), text(form, f"officers.{n}.name")) for n in range(2)]


def _approval(form: FormData) -> Approval:
    return Approval(text(form, "approver"), text(form, "position"), text(form, "approved_at"))


@router.post("/batches/{batch_id}/measures")
def draft(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.propose")
) -> Response:
    """Second tap: alert the maker and draft the document."""
    chosen, ends = text(form, "measure"), None
    if chosen.startswith(f"{LIFT}-"):
        ends, chosen = trees.number(chosen.removeprefix(f"{LIFT}-")), LIFT
    new = NewMeasure(
        measure=chosen,
        reason=text(form, "reason"),
        ground=text(form, "ground"),
        source=text(form, "source"),
        ends=ends,
        quantity=text(form, "quantity"),
        unit=text(form, "unit"),
        place=text(form, "place"),
    )
    urgent = text(form, "urgent") == "1"

    def write(ctx: Context) -> int:
        charged(ctx, actor, batch_id)
        return commands.draft(ctx, batch_id, new, _officers(form) if urgent else None)

    try:
        made = command(request, write)
    except Refusal as refusal:
        return record_page(request, actor, batch_id, failed=failed("measure", refusal, form))
    return RedirectResponse(f"/measures/{made}?done={'taken' if urgent else 'drafted'}", 303)


@router.post("/batches/{batch_id}/recall-refusals")
def refusal(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.propose")
) -> Response:
    """The maker refused in writing to recall."""

    def write(ctx: Context) -> None:
        charged(ctx, actor, batch_id)
        commands.note_refusal(ctx, batch_id, text(form, "refused_on"), text(form, "document"))

    try:
        command(request, write)
    except Refusal as told:
        return record_page(request, actor, batch_id, failed=failed("refusal", told, form))
    return RedirectResponse(f"/batches/{batch_id}?done=refused", 303)


def _act(
    request: Request,
    actor: Actor,
    measure_id: int,
    form: FormData,
    act: str,
    done: str,
    guard: Callable[[Context, Actor, int], Any],
    fn: Callable[[Context], Any],
) -> Response:
    def write(ctx: Context) -> None:
        guard(ctx, actor, measure_id)
        fn(ctx)

    try:
        command(request, write)
    except Refusal as refusal:
        return measure_page(request, actor, measure_id, failed=failed(act, refusal, form))
    return RedirectResponse(f"/measures/{measure_id}?done={done}", 303)


@router.post("/measures/{measure_id}/taken")
def taken(
    request: Request, measure_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.propose")
) -> Response:
    """情况紧急，先行采取."""
    goods = [text(form, name) for name in ("quantity", "unit", "place")]
    return _act(
        request, actor, measure_id, form, "take", "taken", first,
        lambda ctx: commands.take(ctx, measure_id, _officers(form), *goods),
    )  # fmt: skip


@router.post("/measures/{measure_id}/approval")
def approval(
    request: Request, measure_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.confirm")
) -> Response:
    """补办批准."""
    number = (text(form, "document_kind"), text(form, "document_no"))
    return _act(
        request, actor, measure_id, form, "approve", "approved", second,
        lambda ctx: serving.approve(ctx, measure_id, _approval(form), *number),
    )  # fmt: skip


@router.post("/measures/{measure_id}/service")
def service(
    request: Request, measure_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.confirm")
) -> Response:
    """The complete document was served."""
    plain = {name: text(form, name) for name in ("served_at", "service", "quantity", "unit", "place", "returns")}
    said = Service(
        document_kind=text(form, "document_kind"),
        document_no=text(form, "document_no"),
        approval=_approval(form),
        officers=_officers(form),
        **plain,
    )
    return _act(
        request, actor, measure_id, form, "serve", "served", second, lambda ctx: serving.serve(ctx, measure_id, said)
    )


@router.post("/measures/{measure_id}/extension")
def extension(
    request: Request, measure_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.confirm")
) -> Response:
    """One extension of a seizure."""
    said = Extension(text(form, "days"), text(form, "document_no"), text(form, "reason"), _approval(form))
    return _act(
        request, actor, measure_id, form, "extend", "extended", second,
        lambda ctx: serving.extend(ctx, measure_id, said),
    )  # fmt: skip


@router.post("/measures/{measure_id}/withdrawal")
def withdrawal(
    request: Request, measure_id: IdPath, form: FormData = Form, actor: Actor = require("enforcement.propose")
) -> Response:
    """Give up a draft."""
    return _act(
        request, actor, measure_id, form, "withdraw", "withdrawn", first,
        lambda ctx: commands.withdraw(ctx, measure_id, text(form, "reason")),
    )  # fmt: skip
