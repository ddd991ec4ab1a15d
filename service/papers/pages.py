"""Pages: a product's label, and what is filed of a batch: records, documents, times, a check of what packages print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject, View, decide
from service.batches import reading
from service.batches.failing import Failed, failed
from service.context import command
from service.items.pages import item_page_of
from service.papers import forms
from service.papers.views import labels_of, papers_of, series_of
from service.params import IdPath
from service.web import trees
from service.web.files import keep_files
from service.web.render import page
from trace.batches import lifecycle
from trace.context import Context, local_datetime
from trace.errors import InvalidInput, NotFound, Refusal
from trace.items import store as items
from trace.journal import store as journal
from trace.papers import asking, filing, labels, temperatures
from trace.papers.models import BATCH_ACTS, DATES_AS, ITEM_ACTS
from trace.papers.standing import label_on
from trace.parties import store as parties
from trace.rulebooks.books import current_book
from trace.standards import Rulebook, facts_from_request
from trace.standards.checks.labels import AUDIENCES, EDITIONS
from trace.standards.clauses import MAKERS
from trace.standards.models import Product
from trace.verdicts.facts import CATERING, MAKER_KINDS, gather

router = APIRouter(include_in_schema=False)
Form = Depends(form_data)
MORE_ROWS = 3
NOTICES = {
    "record": "已登记，已重新比对。",
    "times": "时间已登记，已重新比对。",
    "printed": "喷码核对已登记，已重新比对。",
    "series": "温度记录已登记，已重新比对。",
    "withdrawn": "已撤回，原登记保留，已重新比对。",
}


def _today(request: Request) -> date:
    return local_datetime(request.app.state.db.now()).date()


# the label of a product -----------------------------------------------------------------------------


@router.get("/items/{item_id}/labels/new")
def label_form(
    request: Request,
    item_id: IdPath,
    edition: str = "",
    nutrition_edition: str = "",
    audience: str = "",
    blank: str = "",
    actor: Actor = require("item.edit"),
) -> Response:
    """The label's form for the editions that it declares, filled from the product or from the label filed before."""
    told = {"edition": edition, "nutrition_edition": nutrition_edition, "audience": audience}
    return _label_page(request, actor, item_id, {k: v for k, v in told.items() if v}, fresh=not blank)


def _label_page(
    request: Request,
    actor: Actor,
    item_id: int,
    values: trees.Tree,
    *,
    fresh: bool = False,
    errors: dict[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    today = _today(request)
    with request.app.state.db.read() as conn:
        item = _own_product(conn, actor, item_id)
        book = current_book(conn)
        before = next((one for one in labels_of(journal.acts_of(conn, item_id, ITEM_ACTS)) if one["stands"]), None)
        if fresh:
            owner = parties.get_organisation(conn, item.organisation_id)
            licences = parties.credentials_of(conn, item.organisation_id)
            filled = forms.label_values(item, owner, licences, before, today.isoformat())
            if before is not None:
                declared = {k: before["label"].get(k, "") for k in ("edition", "nutrition_edition", "audience")}
                filled |= {k: v for k, v in declared.items() if v}
            values = filled | values
    asked = _questions(book, values, today)
    return page(
        request,
        "papers/label.html",
        status_code=status,
        item=item,
        asked=asked,
        fields=forms.flat(asked.fields),
        values=values,
        errors=errors or {},
        refused=refused,
        before=before,
        audiences=[(one, one) for one in AUDIENCES],
        dates_as=[(one, one) for one in DATES_AS],
        exemptions=[(one, one) for one in asked.exemptions],
        more_rows=MORE_ROWS,
    )


def _questions(book: Any, values: trees.Tree, today: date) -> asking.LabelQuestions:
    usual = asking.edition_on(book, today)
    edition = trees.text(values, "edition")
    panel = trees.text(values, "nutrition_edition")
    return asking.label_questions(
        book,
        edition if edition in EDITIONS else usual,
        panel if panel in EDITIONS else usual,
        trees.text(values, "audience") or AUDIENCES[0],
    )


def _own_product(conn: Connection, actor: Actor, item_id: int) -> Any:
    item = items.get_item(conn, item_id)
    if item is None or item.organisation_id != actor.org_id or item.kind != "product":
        raise NotFound("没有这个产品", "No such product")
    return item


@router.post("/items/{item_id}/labels/new")
def file_label(
    request: Request, item_id: IdPath, form: FormData = Form, actor: Actor = require("item.edit")
) -> Response:
    """File the label, or ask again for another edition (act “换版本”)."""
    tree = trees.grow(trees.texts(form))
    if trees.text(tree, "act") == "edition":
        return _label_page(request, actor, item_id, tree)
    files, wrong = keep_files(request, form)
    tree |= files
    if wrong:
        return _label_page(request, actor, item_id, tree, errors=wrong, status=422)
    with request.app.state.db.read() as conn:
        asked = _questions(current_book(conn), tree, _today(request))
    new, stems = forms.read_label(tree, asked, trees.number(trees.text(tree, "attachment_id")))
    try:
        command(request, lambda ctx: labels.file_label(ctx, item_id, new))
    except Refusal as refusal:
        errors = forms.label_errors(trees.by_name(refusal.errors), stems)
        return _label_page(request, actor, item_id, tree, errors=errors, refused=refusal.detail, status=refusal.status)
    return RedirectResponse(f"/items/{item_id}#labels", 303)


@router.post("/items/{item_id}/labels/{label_id}/withdraw")
def withdraw_label(
    request: Request, item_id: IdPath, label_id: IdPath, form: FormData = Form, actor: Actor = require("item.edit")
) -> Response:
    """A label filed wrongly: it stays on record and is judged no more."""
    try:
        command(request, lambda ctx: labels.withdraw_label(ctx, item_id, label_id, text(form, "reason")))
    except InvalidInput as refusal:
        return item_page_of(
            request, actor, item_id, part="label", errors=trees.by_name(refusal.errors), refused=refusal.detail,
            status=refusal.status,
        )  # fmt: skip
    return RedirectResponse(f"/items/{item_id}#labels", 303)


# papers of a batch ----------------------------------------------------------------------------------


@router.get("/batches/{batch_id}/papers")
def papers(request: Request, batch_id: IdPath, done: str = "", actor: Actor = require("batch.read")) -> Response:
    """What is filed of a batch and what the rulebook asks of it."""
    return papers_page(request, actor, batch_id, notice=NOTICES.get(done, ""))


def seen(conn: Connection, actor: Actor, batch_id: int) -> reading.BatchRecord:
    """The batch for its owner or a regulator; NotFound for everyone else, so that ids tell nothing."""
    record = reading.load(conn, batch_id)
    if reading.view_of(actor, record) not in (View.OWN, View.REGULATOR) or record.row.kind != "product":
        raise NotFound(reading.STRANGER, reading.STRANGER_EN)
    return record


def may_file(actor: Actor, record: reading.BatchRecord) -> bool:
    """Whether the actor may file papers of the batch now."""
    row = record.row
    subject = Subject(owner_id=row.tenant_id)
    return row.state not in ("reserved", "voided") and decide(actor, "batch.register", subject).allowed


def papers_page(
    request: Request, actor: Actor, batch_id: int, *, notice: str = "", refused: Failed | None = None
) -> Response:
    """The page of papers; after a refusal with what was typed."""
    with request.app.state.db.read() as conn:
        record = seen(conn, actor, batch_id)
        book = current_book(conn)
        row = record.row
        made_on = date.fromisoformat(row.produced_on) if row.produced_on else _today(request)
        product = _product(conn, book, row.id)
        kinds = asking.kinds(book, made_on, _stage(record), _makers(conn, row.tenant_id), product)
        label = label_on(journal.acts_of(conn, row.item_id, ITEM_ACTS), row.produced_on or "")
        filed = papers_of([act for act in record.acts if act.kind in BATCH_ACTS])
        series = series_of(conn, book, row, record.item)
        places = asking.places(book, made_on)
        events = asking.happenings(book, made_on)
    standing = {one["name"] for one in filed if one["stands"]}
    return page(
        request,
        "papers/batch.html",
        status_code=refused.status if refused is not None else 200,
        row=row,
        may_file=may_file(actor, record),
        may_withdraw=decide(actor, "batch.correct", Subject(owner_id=row.tenant_id)).allowed,
        kinds=kinds,
        standing=standing,
        label=label,
        filed=filed,
        series=series,
        places=places,
        events=events,
        time_rows=forms.TIME_ROWS,
        notice=notice,
        failed=refused,
    )


def _stage(record: reading.BatchRecord) -> str:
    return "餐" if record.row.link_code in CATERING else "加"


def _product(conn: Connection, book: Rulebook, batch_id: int) -> Product | None:
    """The product as verdicts see it; None for a batch that is not judged."""
    case = gather(conn, [batch_id]).get(batch_id)
    if case is None:
        return None
    asked = {name: case.facts[name] for name in ("product", "produced_on")}
    return facts_from_request(asked, book).product


def _makers(conn: Connection, tenant_id: int) -> list[str]:
    return [MAKERS[MAKER_KINDS[one.kind]] for one in parties.credentials_of(conn, tenant_id)]


def act_on(
    request: Request, actor: Actor, batch_id: int, form: FormData, act: str, action: str, done: str,
    fn: Callable[[Context], Any],
) -> Response:  # fmt: skip
    """Check, do, and go back to the papers; a refusal shows them with the form as it was filled."""

    def run(ctx: Context) -> Any:
        row = lifecycle.own_batch(ctx, batch_id)
        check(actor, action, Subject(owner_id=row.tenant_id))
        return fn(ctx)

    try:
        command(request, run)
    except NotFound:
        raise
    except Refusal as refusal:
        return papers_page(request, actor, batch_id, refused=failed(act, refusal, form))
    return RedirectResponse(f"/batches/{batch_id}/papers?done={done}", 303)


@router.get("/batches/{batch_id}/papers/new")
def paper_form(
    request: Request, batch_id: IdPath, kind: str = "", actor: Actor = require("batch.register")
) -> Response:
    """The form of one kind of record or document, with the fields that its clauses ask for."""
    return _paper_page(request, actor, batch_id, kind, {})


def _paper_page(
    request: Request,
    actor: Actor,
    batch_id: int,
    name: str,
    values: trees.Tree,
    errors: dict[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    with request.app.state.db.read() as conn:
        record = seen(conn, actor, batch_id)
        if not may_file(actor, record):
            raise NotFound(reading.STRANGER, reading.STRANGER_EN)
        kind = _kind(conn, record, name, _today(request))
    return page(
        request,
        "papers/paper.html",
        status_code=status,
        row=record.row,
        kind=kind,
        fields=forms.flat(kind.fields),
        values=values,
        errors=errors or {},
        refused=refused,
    )


def _kind(conn: Connection, record: reading.BatchRecord, name: str, today: date) -> asking.Kind:
    row = record.row
    made_on = date.fromisoformat(row.produced_on) if row.produced_on else today
    book = current_book(conn)
    makers = _makers(conn, row.tenant_id)
    found = asking.kind_named(book, made_on, _stage(record), makers, name, _product(conn, book, row.id))
    if found is None:
        raise NotFound(f"规则库没有“{name[:30]}”这种记录或证明", "No such kind of record")
    return found


@router.post("/batches/{batch_id}/papers/new")
def file_paper(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """File a record or document with its file."""
    tree = trees.grow(trees.texts(form))
    files, wrong = keep_files(request, form)
    tree |= files
    name = trees.text(tree, "kind")
    if wrong:
        return _paper_page(request, actor, batch_id, name, tree, wrong, "；".join(wrong.values()), 422)
    with request.app.state.db.read() as conn:
        kind = _kind(conn, seen(conn, actor, batch_id), name, _today(request))
    new = forms.read_paper(tree, kind, trees.number(trees.text(tree, "attachment_id")))
    file = filing.file_record if kind.member == "records" else filing.file_document

    def run(ctx: Context) -> int:
        check(actor, "batch.register", Subject(owner_id=lifecycle.own_batch(ctx, batch_id).tenant_id))
        return file(ctx, batch_id, new)

    try:
        command(request, run)
    except NotFound:
        raise
    except Refusal as refusal:
        errors = trees.by_name(refusal.errors)
        return _paper_page(request, actor, batch_id, name, tree, errors, refusal.detail, refusal.status)
    return RedirectResponse(f"/batches/{batch_id}/papers?done=record", 303)


@router.post("/batches/{batch_id}/times")
def file_times(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """File process times, in Beijing time."""
    new, _ = forms.read_times(trees.grow(trees.texts(form)))
    return act_on(
        request, actor, batch_id, form, "times", "batch.register", "times",
        lambda ctx: filing.file_times(ctx, batch_id, new),
    )  # fmt: skip


@router.post("/batches/{batch_id}/printed")
def file_printed(
    request: Request, batch_id: IdPath, form: FormData = Form, actor: Actor = require("batch.register")
) -> Response:
    """What was read on a package of the batch."""
    read = {name: text(form, name) for name in labels.PRINTED}
    return act_on(
        request, actor, batch_id, form, "printed", "batch.register", "printed",
        lambda ctx: filing.file_printed(ctx, batch_id, read),
    )  # fmt: skip


@router.post("/batches/{batch_id}/papers/{paper_id}/withdraw")
def withdraw_paper(
    request: Request, batch_id: IdPath, paper_id: IdPath, form: FormData = Form, actor: Actor = require("batch.correct")
) -> Response:
    """A record, document, time or check filed wrongly."""
    return act_on(
        request, actor, batch_id, form, "withdraw", "batch.correct", "withdrawn",
        lambda ctx: filing.withdraw_paper(ctx, batch_id, paper_id, text(form, "reason")),
    )  # fmt: skip


@router.post("/batches/{batch_id}/temperatures/{series_id}/withdraw")
def withdraw_series(
    request: Request,
    batch_id: IdPath,
    series_id: IdPath,
    form: FormData = Form,
    actor: Actor = require("batch.correct"),
) -> Response:
    """A series recorded wrongly: an error declaration on its event."""
    return act_on(
        request, actor, batch_id, form, "withdraw", "batch.correct", "withdrawn",
        lambda ctx: temperatures.withdraw_series(ctx, batch_id, series_id, text(form, "reason")),
    )  # fmt: skip
