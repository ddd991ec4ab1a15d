"""What is done on an inspection's page: each form is one command, then back to the page."""

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
from service.context import command
from service.inspections.api import charged
from service.inspections.pages import inspection_page, new_page
from service.params import IdPath
from service.recalls.acting import read_photos
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from trace.context import Context
from trace.errors import InvalidInput, Refusal
from trace.evidence.commands import MAX_BYTES
from trace.inspections import commands, ordering, sampling
from trace.inspections.models import (
    Answered,
    Closing,
    NewLink,
    NewOrder,
    NewPhoto,
    NewSample,
    Signature,
)

router = Router(prefix="/inspections", include_in_schema=False)
Form = Depends(form_data)
SAMPLE = ("number", "quantity", "unit", "seal", "storage", "taken_at", "person", "base_quantity", "reserve",
          "reserve_seal", "reserve_place", "laboratory", "condition", "stage", "task")  # fmt: skip


@router.post("/new")
def begin(request: Request, form: FormData = Form, actor: Actor = require("inspection.create")) -> Response:
    """Begin."""
    names = ("place", "latitude", "longitude")
    try:
        made = command(
            request,
            lambda ctx: commands.begin(
                ctx,
                lot_id=trees.number(text(form, "lot_id")),
                party_id=trees.number(text(form, "party_id")),
                **{name: text(form, name) for name in names},
            ),
        )
    except Refusal as refusal:
        problem = failed("begin", refusal, form)
        return new_page(request, actor, text(form, "lot_id"), dict(problem.given), problem)
    return RedirectResponse(f"/inspections/{made}?done=begun", 303)


def _act(
    request: Request,
    actor: Actor,
    inspection_id: int,
    form: FormData,
    act: str,
    done: str,
    fn: Callable[[Context], Any],
) -> Response:
    try:
        command(request, fn)
    except Refusal as refusal:
        return inspection_page(request, actor, inspection_id, failed=failed(act, refusal, form))
    return RedirectResponse(f"/inspections/{inspection_id}?done={done}#{act}", 303)


@router.post("/{inspection_id}/answers")
def answer(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """Fields ``answers.{key}`` and ``answers.{key}.remark``; an item without a chosen answer stays as it is."""
    told = dict(trees.texts(form))
    given = [
        Answered(key, value, told.get(f"answers.{key}.remark", ""))
        for name, value in told.items()
        if name.startswith("answers.") and not name.endswith(".remark") and (key := name.removeprefix("answers."))
    ]
    return _act(
        request, actor, inspection_id, form, "answers", "answered",
        lambda ctx: commands.answer(ctx, inspection_id, given),
    )  # fmt: skip


@router.post("/{inspection_id}/photos")
def photo(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """One photo."""

    def write(ctx: Context) -> None:
        name, content = chosen_file(form, MAX_BYTES, "请拍照或选择一张照片")
        said = {one: text(form, one) for one in ("place", "taken", "latitude", "longitude", "item")}
        commands.add_photo(ctx, inspection_id, NewPhoto(name, content, **said))

    return _act(request, actor, inspection_id, form, "photos", "photo", write)


@router.post("/{inspection_id}/samples")
def sample(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("sample.create")
) -> Response:
    """One sample."""
    new = NewSample(**{name: text(form, name) for name in SAMPLE})

    def write(ctx: Context) -> None:
        charged(actor, commands.own_inspection(ctx, inspection_id))
        sampling.take_sample(ctx, inspection_id, new)

    return _act(request, actor, inspection_id, form, "samples", "sampled", write)


@router.post("/{inspection_id}/samples/{sample_id}/custody")
def custody(
    request: Request,
    inspection_id: IdPath,
    sample_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("sample.create"),
) -> Response:
    """The next step of custody."""
    names = ("step", "at", "organisation", "person", "condition", "seal")
    link = NewLink(**{name: text(form, name) for name in names})
    return _act(
        request, actor, inspection_id, form, f"custody-{sample_id}", "custody",
        lambda ctx: sampling.hand_on(ctx, sample_id, link),
    )  # fmt: skip


@router.post("/{inspection_id}/orders")
def order(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """Fields ``chosen`` (item keys) and ``items.{key}`` (what must be done)."""
    chosen = [one for one in form.getlist("chosen") if isinstance(one, str)]
    new = NewOrder(
        {key: text(form, f"items.{key}") for key in chosen},
        *(text(form, name) for name in ("deadline", "recheck_on", "contact", "phone", "number")),
    )
    return _act(
        request, actor, inspection_id, form, "orders", "ordered",
        lambda ctx: ordering.issue(ctx, inspection_id, new),
    )  # fmt: skip


@router.post("/{inspection_id}/orders/{order_id}/reports")
def report(
    request: Request,
    inspection_id: IdPath,
    order_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("inspection.rectify"),
) -> Response:
    """整改报告 with photos."""
    place = text(form, "place")
    photos = [NewPhoto(name, content, place) for name, content in read_photos(form)]
    return _act(
        request, actor, inspection_id, form, f"order-{order_id}", "rectified",
        lambda ctx: ordering.report(ctx, order_id, text(form, "text"), photos),
    )  # fmt: skip


@router.post("/{inspection_id}/orders/{order_id}/recheck")
def recheck(
    request: Request,
    inspection_id: IdPath,
    order_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("inspection.create"),
) -> Response:
    """Fields ``results.{key}``."""
    results = {name.removeprefix("results."): value for name, value in trees.texts(form) if name.startswith("results.")}
    more = [text(form, name) for name in ("remark", "deadline", "recheck_on")]
    return _act(
        request, actor, inspection_id, form, f"order-{order_id}", "rechecked",
        lambda ctx: ordering.recheck(ctx, order_id, results, *more),
    )  # fmt: skip


@router.post("/{inspection_id}/finish")
def finish(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """Two officers and the party's statement."""
    officers = [
        Signature(text(form, f"officers.{place}.name"), text(form, f"officers.{place}.certificate")) for place in (0, 1)
    ]
    names = ("statement", "refused", "situation", "contact", "phone", "number")
    closing = Closing(officers, **{name: text(form, name) for name in names})

    def write(ctx: Context) -> None:
        if text(form, "sure") != "1":
            raise InvalidInput.of("/sure", "required", "请勾选确认后再结束", "confirm first")
        commands.finish(ctx, inspection_id, closing)

    return _act(request, actor, inspection_id, form, "finish", "finished", write)


@router.post("/{inspection_id}/numbers")
def number(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """A document's number."""
    of = trees.number(text(form, "of")) or 0
    told = (text(form, "document"), of, text(form, "number"))
    return _act(
        request, actor, inspection_id, form, f"number-{of}", "numbered",
        lambda ctx: commands.set_number(ctx, inspection_id, *told),
    )  # fmt: skip


@router.post("/{inspection_id}/corrections")
def correct(
    request: Request, inspection_id: IdPath, form: FormData = Form, actor: Actor = require("inspection.create")
) -> Response:
    """A correction beside the record."""
    return _act(
        request, actor, inspection_id, form, "correct", "corrected",
        lambda ctx: commands.correct(ctx, inspection_id, text(form, "text")),
    )  # fmt: skip
