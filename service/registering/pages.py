"""The batch form: one address, whole pages without JavaScript, pieces of the page with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.context import command, question
from service.drafts import commands as drafts
from service.drafts import store as draft_store
from service.registering import filling, view
from service.registering.models import BatchForm, MeasureForm, ReportForm, arranged, new_batch, read_form, tidied
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from service.web.render import moment, page
from service.web.units import units_of
from trace.batches.lifecycle import open_pack
from trace.batches.models import BASES
from trace.batches.registering import register, reserve
from trace.context import Context
from trace.errors import Refusal
from trace.genealogy import store as genealogy
from trace.items import store as items

router = Router(include_in_schema=False)
DRAFT = "batch"
MAX_LINES = 500
MAX_REPORTS = 20


@router.get("/batches/new")
def new_page(
    request: Request,
    item: str = "",
    copy: str = "",
    batch: str = "",
    draft: str = "",
    actor: Actor = require("batch.register"),
) -> Response:
    """The form as it opens; a kept draft comes back unless a product or batch is asked for."""
    asked = bool(item or copy or batch)
    with request.app.state.db.read() as conn:
        kept = drafts.kept(conn, actor.account_id, DRAFT)
    if kept is not None and (draft or not asked):
        form = read_form(trees.grow(kept.fields.items()))
        return _page(request, replace(form, form_key=filling.fresh_key()), restored=moment(kept.saved_at))

    def opening(ctx: Context) -> BatchForm:
        return filling.opening_form(
            ctx, trees.number(item), copy=trees.number(copy), reserved=trees.number(batch)
        )  # fmt: skip

    return _page(request, question(request, opening), waiting=moment(kept.saved_at) if kept else "")


def _page(
    request: Request,
    form: BatchForm,
    errors: Mapping[str, str] | None = None,
    *,
    refused: str = "",
    told: str = "",
    restored: str = "",
    waiting: str = "",
    status: int = 200,
) -> Response:
    parts = question(request, lambda ctx: view.form_parts(ctx, form, errors or {}))
    return page(
        request,
        "registering/form.html",
        status_code=status,
        refused=refused,
        told=told,
        restored=restored,
        waiting=waiting,
        oob=False,
        **parts,
    )


def _piece(request: Request, template: str, form: BatchForm, told: str = "") -> Response:
    parts = question(request, lambda ctx: view.form_parts(ctx, form, {}))
    return page(request, template, told=told, oob=True, **parts)


@router.post("/batches/new")
def submit(request: Request, form: FormData = Depends(form_data), actor: Actor = require("batch.register")) -> Response:
    """Whatever a button of the form asks for; ``do`` names it."""
    pairs = trees.texts(form)
    typed = read_form(trees.grow(pairs))
    asked, _, which = dict(pairs).get("do", "fill").partition(".")
    in_page = request.headers.get("hx-request") == "true"
    if asked == "discard":
        command(request, lambda ctx: draft_store.delete_draft(ctx.conn, ctx.actor_id, DRAFT))
        return RedirectResponse("/batches/new", 303)
    files, wrong = keep_files(request, form)
    if files or wrong:
        typed = read_form(trees.grow([*pairs, *files.items()]))
    if asked == "reserve":
        return _reserve(request, typed)
    if asked == "register":
        return _register(request, actor, typed, pairs, wrong)
    number = trees.number(which)
    if asked == "product":
        typed = question(request, lambda ctx: _other_product(ctx, typed))
        return _piece(request, "registering/_body.html", typed) if in_page else _page(request, typed, wrong)
    if asked == "add":
        return _add(request, form, typed, in_page=in_page)
    if asked == "report":
        return _add_report(request, form, typed, in_page=in_page)
    if asked == "measure" and number is not None:
        return _page(request, _more_measurements(typed, number), wrong)
    if asked == "remove" and number is not None:
        kept = tuple(x for i, x in enumerate(typed.inputs) if i != number)
        return _page(request, replace(typed, inputs=kept), wrong)
    typed = question(request, lambda ctx: filling.fill(ctx, typed))
    return _piece(request, "registering/_lines.html", typed) if in_page else _page(request, typed, wrong)


def _other_product(ctx: Context, typed: BatchForm) -> BatchForm:
    """Another product: its unit, its panel, its recipe; quantity and dates stay as typed."""
    opened = filling.opening_form(ctx, trees.number(typed.item_id))
    known = items.get_item(ctx.conn, trees.number(typed.item_id) or 0)
    unit = typed.unit if known is not None and typed.unit in dict(units_of(known.base_unit)) else opened.unit
    form = replace(opened, form_key=typed.form_key, quantity=typed.quantity, unit=unit, produced_on=typed.produced_on)
    return filling.fill(ctx, form)


def _add(request: Request, form: FormData, typed: BatchForm, *, in_page: bool) -> Response:
    lines, told = question(request, lambda ctx: filling.added_lines(ctx, typed.add))
    if len(typed.inputs) + len(lines) > MAX_LINES:
        lines, told = (), f"投料最多 {MAX_LINES} 行"
    if not in_page:
        return _page(request, replace(typed, inputs=typed.inputs + lines, add=""), told=told)
    start = _next(form, "inputs")
    only = replace(typed, inputs=lines)
    views = question(request, lambda ctx: view.line_views(ctx, only, {}, start))
    return page(request, "registering/_added.html", views=views, told=told, bases=BASES)


def _next(form: FormData, branch: str) -> int:
    """The first free number of a branch: lines removed in the page leave gaps that must not be filled."""
    taken = [
        int(parts[1])
        for name in form
        if len(parts := name.split(".")) > 2 and parts[0] == branch and parts[1].isdigit() and len(parts[1]) <= 6
    ]
    return max(taken, default=-1) + 1


def _add_report(request: Request, form: FormData, typed: BatchForm, *, in_page: bool) -> Response:
    blank = question(
        request, lambda ctx: ReportForm(issued_on=ctx.today.isoformat(), measurements=(MeasureForm(),))
    )  # fmt: skip
    if not in_page:
        more = (blank,) if len(typed.reports) < MAX_REPORTS else ()
        return _page(request, replace(typed, reports=typed.reports + more))
    index = _next(form, "reports")
    return page(
        request, "registering/_report.html", report=blank, index=index, errors={}, **view.report_parts()
    )  # fmt: skip


def _more_measurements(typed: BatchForm, number: int) -> BatchForm:
    more = (MeasureForm(), MeasureForm(), MeasureForm())
    reports = tuple(
        replace(r, measurements=r.measurements + more) if i == number else r for i, r in enumerate(typed.reports)
    )
    return replace(typed, reports=reports)


def _reserve(request: Request, typed: BatchForm) -> Response:
    item_id = trees.number(typed.item_id) or 0
    try:
        done = command(request, lambda ctx: reserve(ctx, item_id, typed.lot, typed.produced_on))
    except Refusal as refusal:
        errors = trees.by_name(refusal.errors)
        return _page(request, typed, errors, refused=refusal.detail, status=refusal.status)
    return RedirectResponse(f"/batches/{done.batch_id}?new=1", 303)


def _register(
    request: Request, actor: Actor, typed: BatchForm, pairs: list[tuple[str, str]], wrong: dict[str, str]
) -> Response:
    if wrong:
        return _page(request, typed, wrong, refused="有文件没有收下", status=422)
    if question(request, lambda ctx: filling.stale(ctx, typed)):
        again = question(request, lambda ctx: filling.fill(ctx, typed))
        if again.filled == again.filling:
            first = not typed.filled
            told = (
                "已按配方和库存填好投料，请核对后再登记" if first else "数量或日期改了，投料已重新推算，请核对后再登记"
            )
            return _page(request, again, told=told)
    shown = arranged(typed)
    form = tidied(shown)

    def deed(ctx: Context) -> int:
        done = register(ctx, new_batch(form))
        _packs_in_use(ctx, form)
        draft_store.delete_draft(ctx.conn, ctx.actor_id, DRAFT)
        return done.batch_id

    try:
        made = command(request, lambda ctx: drafts.once(ctx, typed.form_key, pairs, deed))
    except Refusal as refusal:
        _keep_draft(request, shown, pairs)
        errors = trees.by_name(refusal.errors)
        return _page(request, shown, errors, refused=refusal.detail, status=refusal.status)
    return RedirectResponse(f"/batches/{made}?new=1", 303)


def _keep_draft(request: Request, shown: BatchForm, pairs: list[tuple[str, str]]) -> None:
    """Without JavaScript nothing saves while one types: a refused form is kept here."""
    fields = {k: v for k, v in pairs if k not in ("do", "form_key")}
    for i, report in enumerate(shown.reports):
        if report.attachment_id:
            fields |= {f"reports.{i}.attachment_id": report.attachment_id}
            fields |= {f"reports.{i}.attachment_name": report.attachment_name}
    command(request, lambda ctx: drafts.save(ctx, DRAFT, fields))


def _packs_in_use(ctx: Context, form: BatchForm) -> None:
    """The pack a small ingredient was taken from is the opened one from now on."""
    opened = items.open_packs(ctx.conn, ctx.tenant_id)
    used: dict[int, int] = {}
    for line in form.inputs:
        material, lot = trees.number(line.material_id), trees.number(line.lot_id)
        if line.small and material and lot and opened.get(material) != lot:
            used[material] = lot
    held = genealogy.stock_of(ctx.conn, list(used.values()), ctx.tenant_id)
    for lot in used.values():
        if lot in held:
            open_pack(ctx, lot)
