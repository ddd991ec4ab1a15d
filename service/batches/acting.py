"""What a person does with a batch from its page: each form is one command, then back to the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject
from service.batches.failing import failed
from service.batches.pages import record_page
from service.context import command
from service.params import IdPath
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from trace.batches import lifecycle
from trace.batches.models import InputLine
from trace.context import Context
from trace.errors import InvalidInput, Refusal
from trace.evidence.models import NewMeasurement, NewReport

router = Router(include_in_schema=False)
Form = Depends(form_data)


def _act(
    request: Request,
    actor: Actor,
    batch_id: int,
    form: FormData,
    act: str,
    action: str,
    done: str,
    fn: Callable[[Context], Any],
    **subject: Any,
) -> Response:
    """Check, do, and go back to the record; a refusal shows the record with the form as it was filled."""

    def run(ctx: Context) -> Any:
        row = lifecycle.any_batch(ctx, batch_id)
        check(actor, action, Subject(**({"owner_id": row.tenant_id} | subject)))
        return fn(ctx)

    try:
        result = command(request, run)
    except Refusal as refusal:
        return record_page(request, actor, batch_id, failed=failed(act, refusal, form))
    if act in ("complete", "correct"):
        done = "still_pending" if result else done
    return RedirectResponse(f"/batches/{batch_id}?done={done}", 303)


@router.post("/batches/{batch_id}/release")
def release(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.release")
) -> Response:
    """放行, signed by the named food-safety officer."""

    def sign(ctx: Context) -> None:
        if text(form, "signed") != "1":
            raise InvalidInput.of("/signed", "required", "请勾选确认后再签字放行", "confirm before signing")
        lifecycle.release(ctx, batch_id, text(form, "reason"))

    return _act(request, actor, batch_id, form, "release", "batch.release", "released", sign)


@router.post("/batches/{batch_id}/hold")
def hold(request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.hold")) -> Response:
    """扣留."""
    return _act(
        request, actor, batch_id, form, "hold", "batch.hold", "held",
        lambda c: lifecycle.hold(c, batch_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/unhold")
def unhold(request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.hold")) -> Response:
    """解除扣留."""
    return _act(
        request, actor, batch_id, form, "unhold", "batch.hold", "unheld",
        lambda c: lifecycle.unhold(c, batch_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/stop")
def stop(request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.stop")) -> Response:
    """停止销售."""
    return _act(
        request, actor, batch_id, form, "stop", "batch.stop", "stopped",
        lambda c: lifecycle.stop(c, batch_id, text(form, "reason"), text(form, "public_text")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/resume")
def resume(request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.stop")) -> Response:
    """恢复销售."""
    return _act(
        request, actor, batch_id, form, "resume", "batch.stop", "resumed",
        lambda c: lifecycle.lift_stop(c, batch_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/ship")
def ship(request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.ship")) -> Response:
    """发货, as maker or as a dealer who has it on hand."""
    values = [text(form, name) for name in ("quantity", "unit", "customer", "customer_code")]
    return _act(
        request, actor, batch_id, form, "ship", "batch.ship", "shipped",
        lambda c: lifecycle.ship(c, batch_id, *values), owner_id=None,
    )  # fmt: skip


@router.post("/batches/{batch_id}/void")
def void(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.correct")
) -> Response:
    """作废."""
    return _act(
        request, actor, batch_id, form, "void", "batch.correct", "voided",
        lambda c: lifecycle.void(c, batch_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/complete")
def complete(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.complete")
) -> Response:
    """补录后复查."""
    return _act(
        request, actor, batch_id, form, "complete", "batch.complete", "complete",
        lambda c: lifecycle.complete(c, batch_id, text(form, "explanation")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/correct")
def correct(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.correct")
) -> Response:
    """更正投料: the inputs stated anew; lines without an amount are dropped."""
    tree = trees.grow(trees.texts(form))
    lines = [
        InputLine(
            quantity=trees.text(line, "quantity"),
            unit=trees.text(line, "unit") or "kg",
            lot_id=trees.number(trees.text(line, "lot_id")),
            code=trees.text(line, "code"),
            basis=trees.text(line, "basis") or "weighed",
        )
        for line in trees.branches(tree, "inputs")
        if trees.text(line, "quantity") and (trees.text(line, "lot_id") or trees.text(line, "code"))
    ]
    return _act(
        request, actor, batch_id, form, "correct", "batch.correct", "corrected",
        lambda c: lifecycle.correct_inputs(c, batch_id, lines, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/reports")
def add_report(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """补登检验报告, with the file and the measured values."""
    files, file_errors = keep_files(request, form)
    tree = trees.grow(trees.texts(form))
    measured = [
        NewMeasurement(
            parameter=trees.text(m, "parameter"),
            values=tuple(trees.text(m, "values").replace("，", " ").replace("、", " ").split()),
            unit=trees.text(m, "unit"),
            lod=trees.text(m, "lod"),
        )
        for m in trees.branches(tree, "measurements")
        if trees.text(m, "parameter") or trees.text(m, "values")
    ]
    facts = {
        name: text(form, name)
        for name in ("kind", "number", "laboratory", "cma", "issued_on", "sampled_on", "valid_to", "conclusion")
    }
    kept = trees.number(files.get("attachment_id", "") or text(form, "attachment_id"))
    new = NewReport(**facts, attachment_id=kept, measurements=measured)

    def file_it(ctx: Context) -> str:
        if file_errors:
            raise InvalidInput.of("/file", "file_refused", "；".join(file_errors.values()), "the file was refused")
        return lifecycle.add_report(ctx, batch_id, new)

    return _act(request, actor, batch_id, form, "report", "batch.register", "reported", file_it)


@router.post("/batches/{batch_id}/reports/{report_id}/withdraw")
def withdraw_report(
    request: Request,
    batch_id: IdPath,
    report_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("batch.correct"),
) -> Response:
    """撤回填错的报告: it stays on record and is judged no more."""
    return _act(
        request, actor, batch_id, form, "withdraw", "batch.correct", "withdrawn",
        lambda c: lifecycle.withdraw_report(c, batch_id, report_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/ruling")
def ruling(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.ruling")
) -> Response:
    """裁定 by the food-safety officer on a finding that needs a person."""
    names = [one for one in form.getlist("finding") if isinstance(one, str) and one.strip()]
    values = [text(form, name) for name in ("conclusion", "basis")]
    return _act(
        request, actor, batch_id, form, "ruling", "batch.ruling", "ruled",
        lambda c: lifecycle.rule(c, batch_id, names, *values),
    )  # fmt: skip


@router.post("/batches/{batch_id}/recall")
def recall(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("recall.start")
) -> Response:
    """召回 by the owner."""
    values = [text(form, name) for name in ("reason", "notice", "returns")]
    return _act(
        request, actor, batch_id, form, "recall", "recall.start", "recalled",
        lambda c: lifecycle.announce_recall(c, batch_id, *values),
    )  # fmt: skip
