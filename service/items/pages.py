"""Products, materials, recipes, type tests and credentials: lists, forms, and who changed what."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.seeds import load_links
from service.accounts import store as accounts
from service.accounts.dependencies import check, form_data, require
from service.accounts.permissions import Actor, Subject, View, visibility
from service.bulletins.advising import advice_for
from service.context import command, today_of
from service.items import forms
from service.papers.views import labels_of
from service.params import IdPath
from service.routing import Router
from service.web import trees
from service.web.files import keep_files
from service.web.render import page
from service.web.units import NET_UNITS, UNITS, digits
from trace.batches.lifecycle import add_type_report, view_recipe
from trace.errors import NotFound, Refusal
from trace.items import store
from trace.items.classifying import PREMADE, classify
from trace.items.commands import change_item, create_item, set_recipe
from trace.items.models import KINDS, PROCESSING, STORAGE
from trace.journal import store as journal
from trace.parties import store as parties
from trace.parties.commands import CREDENTIAL_KINDS, NewCredential, add_credential
from trace.verdicts.facts import classified

router = Router(include_in_schema=False)
BLANK_LINES = 3


@router.get("/items")
def listing(request: Request, tab: str = "product", actor: Actor = require("item.read")) -> Response:
    """Products or materials of one's organisation, and its credentials."""
    kind = tab if tab in KINDS else "product"
    with request.app.state.db.read() as conn:
        rows = store.items_of(conn, actor.org_id)
        credentials = parties.credentials_of(conn, actor.org_id)
        recipes = {r.id: len(store.recipe_of(conn, r.id)) for r in rows if r.kind == "product"}
    return page(
        request,
        "items/list.html",
        tab=kind,
        items=[r for r in rows if r.kind == kind],
        counts={k: sum(1 for r in rows if r.kind == k) for k in KINDS},
        recipes=recipes,
        credentials=[forms.credential_view(c, _today(request)) for c in credentials],
        storage=STORAGE,
        digits=digits,
        unit_names=dict(UNITS),
    )


def _today(request: Request) -> Any:
    return today_of(request.app.state.db)


@router.get("/items/new")
def new_page(request: Request, kind: str = "product", actor: Actor = require("item.edit")) -> Response:
    """The form for a new product or material."""
    chosen = kind if kind in KINDS else "product"
    return _item_form(request, {"kind": chosen, "base_unit": "H87" if chosen == "product" else "KGM"}, {})


def _item_form(
    request: Request,
    values: trees.Tree,
    errors: dict[str, str],
    *,
    refused: str = "",
    status: int = 200,
) -> Response:
    return page(request, "items/new.html", status_code=status, refused=refused, **_form_parts(values, errors))


def _form_parts(values: trees.Tree, errors: dict[str, str]) -> dict[str, Any]:
    return {
        "values": values,
        "errors": errors,
        "storage": STORAGE,
        "processing": PROCESSING,
        "units": UNITS,
        "net_units": NET_UNITS,
        "sc_categories": forms.SC_CATEGORIES,
        "links": [(link.id, f"{link.id} {link.name}") for link in load_links()],
    }


@router.post("/items/new")
def create(request: Request, form: FormData = Depends(form_data), actor: Actor = require("item.edit")) -> Response:
    """Register an item."""
    tree = trees.grow(trees.texts(form))
    try:
        made = command(request, lambda ctx: create_item(ctx, forms.read_item(tree)))
    except Refusal as refusal:
        errors = trees.by_name(refusal.errors)
        return _item_form(request, tree, errors, refused=refusal.detail, status=refusal.status)
    return RedirectResponse(f"/items/{made}?new=1", 303)


@router.get("/items/{item_id}")
def item_page(request: Request, item_id: IdPath, new: str = "", actor: Actor = require("item.read")) -> Response:
    """One item: facts, recipe, type tests, and its history."""
    return item_page_of(request, actor, item_id, new=bool(new))


def _seen(conn: Connection, actor: Actor, item_id: int) -> tuple[Any, View]:
    row = store.get_item(conn, item_id)
    view = View.PUBLIC if row is None else visibility(actor, row.organisation_id)
    if row is None or view not in (View.OWN, View.REGULATOR):
        raise NotFound("没有这个产品或原料", "No such trade item")
    return row, view


def item_page_of(
    request: Request,
    actor: Actor,
    item_id: int,
    *,
    new: bool = False,
    part: str = "",
    values: trees.Tree | None = None,
    recipe: list[trees.Tree] | None = None,
    errors: dict[str, str] | None = None,
    refused: str = "",
    opened: bool = False,
    status: int = 200,
) -> Response:
    """The item; after a refusal with ``part``, the form it came from, and what was typed into it."""
    with request.app.state.db.read() as conn:
        row, view = _seen(conn, actor, item_id)
        acts = journal.acts_of(conn, item_id, tuple(forms.ACTS))
        lines = store.recipe_of(conn, item_id)
        materials = store.items_of(conn, row.organisation_id, "material")
        owner = parties.get_organisation(conn, row.organisation_id)
        who = {a: accounts.account_by_id(conn, a) for a in {act.actor_id for act in acts}}
        advice = advice_for(conn, request.app.state.db, row) if row.kind == "product" else None
    own = view is View.OWN
    names = {m.id: m.name for m in materials}
    shows_recipe = own or opened
    history = [
        {
            "what": forms.ACTS[act.kind],
            "lines": [] if act.kind == "recipe.set" and not shows_recipe else _told(act, names),
            "at": act.at,
            "who": (found["display_name"] or found["login"]) if (found := who.get(act.actor_id)) else "系统",
            "why": act.reason,
            "request_id": act.request_id,
        }
        for act in reversed(acts)
    ]
    said = next((one for one in history if one["what"] == forms.ACTS["item.classified"]), None)
    reports = [json.loads(act.body) | {"at": act.at} for act in reversed(acts) if act.kind == "report"]
    shown = recipe if recipe is not None else forms.recipe_values(lines)
    return page(
        request,
        "items/detail.html",
        status_code=status,
        item=row,
        owner=owner,
        own=own,
        new=new,
        part=part,
        refused=refused,
        history=history,
        reports=reports,
        classified=classified([act for act in acts if act.kind == "item.classified"]),
        classified_by=said,
        labels=labels_of(acts),
        premade=PREMADE,
        classify_values=values if part == "classify" and values else {},
        recipe_lines=lines if shows_recipe else [],
        has_recipe=bool(lines),
        advice=advice,
        shows_recipe=shows_recipe,
        recipe_form=shown + [{} for _ in range(BLANK_LINES)],
        materials=[(str(m.id), m.name) for m in materials],
        report_values=values if part == "report" and values else {},
        digits=digits,
        unit_names=dict(UNITS),
        kinds=KINDS,
        **_form_parts(values if part == "change" and values else forms.item_values(row), errors or {}),
    )


def _told(act: Any, names: dict[int, str]) -> list[str]:
    return forms.history_lines(act.kind, act.body, names)


@router.post("/items/{item_id}/change")
def change(
    request: Request, item_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("item.edit")
) -> Response:
    """State an item anew, with a reason."""
    tree = trees.grow(trees.texts(form))
    reason = trees.text(tree, "reason")
    if len(reason) < 2:
        errors = {"reason": "请写明为什么更改，例如“标签改版”；会记入变更记录"}
        return item_page_of(request, actor, item_id, part="change", values=tree, errors=errors, status=422)
    try:
        command(request, lambda ctx: change_item(ctx, item_id, forms.read_item(tree), reason[:200]))
    except Refusal as refusal:
        return _refused(request, actor, item_id, "change", refusal, values=tree)
    return RedirectResponse(f"/items/{item_id}#history", 303)


def _refused(
    request: Request,
    actor: Actor,
    item_id: int,
    part: str,
    refusal: Refusal,
    values: trees.Tree | None = None,
    recipe: list[trees.Tree] | None = None,
) -> Response:
    if refusal.status == 404:
        raise refusal
    return item_page_of(
        request,
        actor,
        item_id,
        part=part,
        values=values,
        recipe=recipe,
        errors=trees.by_name(refusal.errors),
        refused=refusal.detail,
        status=refusal.status,
    )


@router.post("/items/{item_id}/classification")
def classification(
    request: Request, item_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("item.classify")
) -> Response:
    """The food-safety officer says what the product is."""
    tree = trees.grow(trees.texts(form))
    values = [trees.text(tree, name) for name in ("category", "premade", "basis")]
    try:
        command(request, lambda ctx: classify(ctx, item_id, *values))
    except Refusal as refusal:
        return _refused(request, actor, item_id, "classify", refusal, values=tree)
    return RedirectResponse(f"/items/{item_id}#classification", 303)


@router.post("/items/{item_id}/recipe")
def recipe(
    request: Request, item_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("item.edit")
) -> Response:
    """A new version of the recipe."""
    rows, lines = forms.read_recipe(trees.grow(trees.texts(form)))
    try:
        command(request, lambda ctx: set_recipe(ctx, item_id, lines))
    except Refusal as refusal:
        return _refused(request, actor, item_id, "recipe", refusal, recipe=rows)
    return RedirectResponse(f"/items/{item_id}#recipe", 303)


@router.post("/items/{item_id}/recipe/open")
def open_recipe(
    request: Request, item_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("recipe.open")
) -> Response:
    """Show a recipe to a regulator who says why; the reason is recorded."""
    reason = trees.text(trees.grow(trees.texts(form)), "reason")
    with request.app.state.db.read() as conn:
        row, _ = _seen(conn, actor, item_id)
    if len(reason) < 4:
        errors = {"open_reason": "请写明查看配方的理由（至少 4 个字），理由会被记录"}
        return item_page_of(request, actor, item_id, part="open", errors=errors, status=422)
    check(actor, "recipe.open", Subject(owner_id=row.organisation_id, reason=reason))
    command(request, lambda ctx: view_recipe(ctx, item_id, reason))
    return item_page_of(request, actor, item_id, opened=True)


@router.post("/items/{item_id}/reports")
def type_report(
    request: Request, item_id: IdPath, form: FormData = Depends(form_data), actor: Actor = require("item.edit")
) -> Response:
    """File a type-test report with its file."""
    tree = trees.grow(trees.texts(form))
    files, wrong = keep_files(request, form)
    tree |= files
    if wrong:
        return item_page_of(request, actor, item_id, part="report", values=tree, errors=wrong, status=422)
    attachment = trees.number(trees.text(tree, "attachment_id"))
    try:
        command(request, lambda ctx: add_type_report(ctx, item_id, forms.read_type_report(tree, attachment)))
    except Refusal as refusal:
        return _refused(request, actor, item_id, "report", refusal, values=tree)
    return RedirectResponse(f"/items/{item_id}#reports", 303)


@router.get("/credentials")
def credentials(request: Request, actor: Actor = require("credential.edit")) -> Response:
    """The form for a licence, and those on file."""
    return _credentials(request, actor, {}, {})


def _credentials(
    request: Request, actor: Actor, values: trees.Tree, errors: dict[str, str], status: int = 200
) -> Response:
    with request.app.state.db.read() as conn:
        rows = parties.credentials_of(conn, actor.org_id)
    return page(
        request,
        "items/credentials.html",
        status_code=status,
        values=values,
        errors=errors,
        kinds=CREDENTIAL_KINDS,
        credentials=[forms.credential_view(c, _today(request)) for c in rows],
    )


@router.post("/credentials")
def file_credential(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("credential.edit")
) -> Response:
    """File a licence; a renewal stands beside the old one."""
    tree = trees.grow(trees.texts(form))
    given = NewCredential(**{n: trees.text(tree, n) for n in ("kind", "number", "valid_from", "valid_to", "scope")})
    try:
        command(request, lambda ctx: add_credential(ctx, given))
    except Refusal as refusal:
        return _credentials(request, actor, tree, trees.by_name(refusal.errors), refusal.status)
    return RedirectResponse("/items#credentials", 303)
