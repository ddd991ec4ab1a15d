"""Pages of what is filed of a batch: records, documents, times, a check of what packages print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import check, form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor, Subject, View, decide
from service.batches import reading
from service.batches.failing import Failed, failed
from service.context import command, today_of
from service.papers import forms
from service.papers.views import papers_of, series_of
from service.params import IdPath
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from service.web.render import page
from trace.batches import lifecycle
from trace.context import Context
from trace.errors import NotFound, Refusal
from trace.journal import store as journal
from trace.papers import asking, filing, labels, temperatures
from trace.papers.deriving import SOURCES
from trace.papers.models import BATCH_ACTS, ITEM_ACTS
from trace.papers.standing import label_on
from trace.parties import store as parties
from trace.rulebooks.books import current_book
from trace.standards import Rulebook, facts_from_request
from trace.standards.clauses import MAKERS
from trace.standards.models import Product
from trace.verdicts.facts import CATERING, MAKER_KINDS, derivable, gather

router = Router(include_in_schema=False)
Form = Depends(form_data)
NOTICES = {
    "record": "已登记，已重新比对。",
    "times": "时间已登记，已重新比对。",
    "printed": "喷码核对已登记，已重新比对。",
    "series": "温度记录已登记，已重新比对。",
    "withdrawn": "已撤回，原登记保留，已重新比对。",
}


def _today(request: Request) -> date:
    return today_of(request.app.state.db)


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
        intervals=book.words["intervals"],
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
        known = derivable(conn, batch_id).get(kind.name, [])
    return page(
        request,
        "papers/paper.html",
        known=forms.known_texts(known),
        source=SOURCES.get(kind.name, ""),
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
    new = forms.read_times(trees.grow(trees.texts(form)))
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
