"""Pages of a product's label: the form for the editions that it declares, and withdrawal."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.context import command, today_of
from service.items.pages import item_page_of
from service.papers import forms
from service.papers.views import labels_of
from service.params import IdPath
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from service.web.render import page
from trace.errors import InvalidInput, NotFound, Refusal
from trace.items import store as items
from trace.journal import store as journal
from trace.papers import asking, labels
from trace.papers.models import DATES_AS, ITEM_ACTS
from trace.parties import store as parties
from trace.rulebooks.books import current_book
from trace.standards.checks.labels import AUDIENCES, EDITIONS

router = Router(include_in_schema=False)
Form = Depends(form_data)
MORE_ROWS = 3


def _today(request: Request) -> date:
    return today_of(request.app.state.db)


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
