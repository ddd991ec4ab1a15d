"""The receipt form: scan first, else say where it came from; then only the fields that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.context import command, question
from service.drafts import commands as drafts
from service.drafts import store as draft_store
from service.receiving import lookup, store
from service.receiving.models import KINDS, ReceiptForm, laid_out, new_receipt, read_form, tidied
from service.registering.filling import fresh_key
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from service.web.render import moment, page
from service.web.units import SHORT, UNITS, digits
from trace.batches.receiving import SMALLHOLDER_ANY, receive
from trace.context import Context
from trace.errors import Refusal
from trace.evidence.models import DOCUMENT_KINDS
from trace.items import store as items
from trace.parties import store as parties

router = Router(include_in_schema=False)
DRAFT = "receive"
LONGEST = 2048


@router.get("/receive")
def receive_page(
    request: Request,
    source: str = "",
    code: str = "",
    draft: str = "",
    actor: Actor = require("receipt.create"),
) -> Response:
    """Choose a source or scan; with a source its form; with a code what the code is."""
    code = code.strip()[:LONGEST]
    with request.app.state.db.read() as conn:
        kept = drafts.kept(conn, actor.account_id, DRAFT)
    if draft and kept is not None:
        form = read_form(trees.grow(kept.fields.items()))
        if form.source in KINDS:
            return _page(request, replace(form, form_key=fresh_key()), restored=moment(kept.saved_at))
    waiting = moment(kept.saved_at) if kept is not None else ""
    found = question(request, lambda ctx: lookup.look_up(ctx, code)) if code else None
    chosen = source if source in KINDS else ""
    if found is not None and found.kind == "theirs":
        chosen = "enterprise"
    if not chosen or (chosen == "enterprise" and found is None):
        return _page(request, None, found=found, waiting=waiting, asked=chosen)
    if chosen == "enterprise" and (found is None or found.kind != "theirs" or found.stop):
        return _page(request, None, found=found, waiting=waiting, asked=chosen)
    form = question(request, lambda ctx: lookup.opening_form(ctx, chosen, fresh_key(), code))
    if found is not None and found.kind == "theirs":
        served = question(request, lambda ctx: store.served_as(ctx.conn, ctx.tenant_id, found.lot.item_id))
        form = replace(form, unit=found.lot.unit or form.unit, material=served)
    return _page(request, form, found=found, waiting=waiting)


def _page(
    request: Request,
    form: ReceiptForm | None,
    errors: Mapping[str, str] | None = None,
    *,
    found: lookup.Found | None = None,
    asked: str = "",
    refused: str = "",
    restored: str = "",
    waiting: str = "",
    status: int = 200,
) -> Response:
    def parts(ctx: Context) -> dict[str, Any]:
        return {
            "recent": lookup.recent(ctx),
            "materials": [m.name for m in items.items_of(ctx.conn, ctx.tenant_id, "material")],
            "bases": [b.name for b in parties.organisations(ctx.conn, ("base",))],
        }

    return page(
        request,
        "receiving/form.html" if form is not None else "receiving/start.html",
        status_code=status,
        form=laid_out(form) if form is not None else None,
        kind=KINDS[form.source] if form is not None else None,
        kinds=KINDS,
        found=found,
        asked=asked,
        code=found.code if found is not None else (form.code if form is not None else ""),
        errors=errors or {},
        refused=refused,
        restored=restored,
        waiting=waiting,
        paper_names=DOCUMENT_KINDS,
        any_of=SMALLHOLDER_ANY,
        units=UNITS,
        unit_names=SHORT,
        digits=digits,
        **question(request, parts),
    )


@router.post("/receive")
def submit(request: Request, form: FormData = Depends(form_data), actor: Actor = require("receipt.create")) -> Response:
    """Record the receipt."""
    pairs = trees.texts(form)
    if dict(pairs).get("do") == "discard":
        command(request, lambda ctx: draft_store.delete_draft(ctx.conn, ctx.actor_id, DRAFT))
        return RedirectResponse("/receive", 303)
    files, wrong = keep_files(request, form)
    typed = read_form(trees.grow([*pairs, *files.items()]))
    if typed.source not in KINDS:
        return RedirectResponse("/receive", 303)
    if wrong:
        return _again(request, typed, wrong, "有文件没有收下", 422)
    given = tidied(typed)

    def deed(ctx: Context) -> int:
        done = receive(ctx, new_receipt(given, lookup.supplier_code(ctx, given.source, given.supplier)))
        draft_store.delete_draft(ctx.conn, ctx.actor_id, DRAFT)
        return done.batch_id

    try:
        made = command(request, lambda ctx: drafts.once(ctx, typed.form_key, pairs, deed))
    except Refusal as refusal:
        fields = {k: v for k, v in [*pairs, *files.items()] if k not in ("do", "form_key")}
        command(request, lambda ctx: drafts.save(ctx, DRAFT, fields))
        return _again(request, given, trees.by_name(refusal.errors), refusal.detail, refusal.status)
    return RedirectResponse(f"/batches/{made}?new=1", 303)


def _again(request: Request, form: ReceiptForm, errors: dict[str, str], refused: str, status: int) -> Response:
    """The form once more with what is wrong beside each field; rows are in the order the errors count them."""
    found = question(request, lambda ctx: lookup.look_up(ctx, form.code)) if form.code else None
    return _page(request, form, errors, found=found, refused=refused, status=status)
