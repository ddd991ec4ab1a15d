"""What staff do in the register from a page: describe, say, withdraw, merge, import, undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.register import commands
from chain.register.importing import COLUMNS, Defaults
from chain.register.models import REFERENCE_NAMES
from chain.register.rules import NewStatement
from service import sheets
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.context import command
from service.params import IdPath
from service.register import importing
from service.register.api import merge
from service.register.asking import family_in
from service.register.choosing import PARTIES, with_party
from service.register.named import refuse_undoing, refuse_unless_authorised, refuse_withdrawal
from service.register.pages import family_page, frame, imports_page, link_page, new_page, subject_page
from service.register.schemas import SameAsIn
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.bulletins import importing as uploads
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal
from trace.problems import Problems

router = Router(prefix="/chain/register", include_in_schema=False)
Form = Depends(form_data)
OF_LINK_FORMS = ("survey", "need", "reference")
DEFAULTS = ("data_date", "source", "inside")
OF_SUBJECT = (
    "subject", "operates", "base_size", "licence", "located_in", "served_by", "supplies", "equipment", "position",
    "candidate_for", "offers",
)  # fmt: skip
FIELDS = (
    "link", "low", "high", "unit", "period", "ended", "what", "number", "valid_from", "valid_to", "other", "count", "note",
    "where", "name", "code", "controller", "place", "to", "lon", "lat", "datum",
    *REFERENCE_NAMES, "region", "year",
)  # fmt: skip


def statement_of(form: FormData, kind: str, subject: str, subject_kind: str = "enterprise") -> NewStatement:
    """A form as a statement; its field names are the body's."""
    body: dict[str, Any] = {name: text(form, name) for name in FIELDS if name in form}
    if kind == "subject":
        body["inside"] = text(form, "inside") != "false"
    return NewStatement(
        subject_kind, subject, kind, body, text(form, "data_date"), text(form, "source"),
        text(form, "basis") or "declared",
    )  # fmt: skip


def _back(
    request: Request, write: Callable[[Context], Any], address: str, shown: Callable[[Refusal], Response]
) -> Response:
    try:
        command(request, write)
    except NotFound:
        raise
    except Refusal as refusal:
        return shown(refusal)
    return RedirectResponse(address, 303)


@router.post("/new")
def add(request: Request, form: FormData = Form, actor: Actor = require("register.edit")) -> Response:
    """Describe somebody new."""
    kind = text(form, "subject_kind")
    try:
        made = command(request, lambda ctx: commands.add_subject(ctx, kind, statement_of(form, "subject", "", kind)))
    except Refusal as refusal:
        return new_page(request, failed("new", refusal, form))
    return RedirectResponse(f"/chain/register/{made}?done=new", 303)


@router.post("/links/{link_id}")
def say_of_link(
    request: Request, link_id: str, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """A survey that found nobody, what the district needs in a year, or the numbers of a location quotient."""
    kind = text(form, "act")
    new = statement_of(form, kind if kind in OF_LINK_FORMS else "", link_id[:20])
    return _back(
        request, lambda ctx: commands.record(ctx, new), f"/chain/register/links/{link_id[:20]}?done=said",
        lambda refusal: link_page(request, link_id, failed=failed(kind, refusal, form)),
    )  # fmt: skip


@router.post("/families/{family_id}")
def say_of_family(
    request: Request, family_id: str, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """What is made of a product family in a year."""
    family = family_in(family_id).id
    new = statement_of(form, "volume", family)
    return _back(
        request, lambda ctx: commands.record(ctx, new), f"/chain/register/families/{family}?done=said",
        lambda refusal: family_page(request, family, failed=failed("volume", refusal, form)),
    )  # fmt: skip


@router.post("/statements/{statement_id}/withdraw")
def withdraw(
    request: Request, statement_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """Take one statement back, with a reason; the page it was on comes again."""
    subject, link, family = trees.number(text(form, "of_subject")), text(form, "of_link"), text(form, "of_family")
    back = f"/chain/register/{subject}" if subject is not None else f"/chain/register/links/{link[:20]}"
    if family:
        back = f"/chain/register/families/{family_in(family).id}"
    done = "apart" if text(form, "what") == "same_as" else "withdrawn"

    def shown(refusal: Refusal) -> Response:
        told = failed(f"withdraw-{statement_id}", refusal, form)
        if subject is not None:
            return subject_page(request, subject, failed=told)
        if family:
            return family_page(request, family, failed=told)
        return link_page(request, link, failed=told)

    if text(form, "what") == "subject":
        back = "/chain/register"

    def write(ctx: Context) -> int:
        refuse_withdrawal(ctx.conn, actor, statement_id)
        return commands.withdraw(ctx, statement_id, text(form, "reason"))

    return _back(request, write, f"{back}?done={done}", shown)


# imports ----------------------------------------------------------------------------------------------


@router.get("/imports/new")
def upload_form(request: Request, actor: Actor = require("register.edit")) -> Response:
    """Choose a file."""
    return _upload_page(request, {}, {"inside": "true"})


def _upload_page(request: Request, errors: Mapping[str, str], given: Mapping[str, str], status: int = 200) -> Response:
    return page(
        request, "register/upload.html", status_code=status, errors=errors, given=given, columns=COLUMNS,
        most=importing.LIMITS, **frame(request),
    )  # fmt: skip


@router.post("/imports/new")
def upload(request: Request, form: FormData = Form, actor: Actor = require("register.edit")) -> Response:
    """Keep the file and show what an import of it would do."""
    given = {name: text(form, name) for name in DEFAULTS}
    try:
        name, content = chosen_file(form, importing.LIMITS.bytes, "请选择主体名单文件")
        importing.table_in(name, content)
        importing.read_defaults(given)
        kept = command(request, lambda ctx: uploads.keep_upload(ctx, name, content))
    except Refusal as refusal:
        return _upload_page(request, trees.by_name(refusal.errors) or {"file": refusal.detail}, given, refusal.status)
    return _preview(request, actor, kept, {}, given)


@router.post("/imports/files/{file_id}")
def decide(
    request: Request, file_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """Preview again with other columns, import, or take the refused rows home as a workbook."""
    tree = trees.grow(trees.texts(form))
    chosen = tree.get("map")
    told = {key: str(value) for key, value in chosen.items()} if isinstance(chosen, dict) else {}
    given = {name: text(form, name) for name in DEFAULTS}
    act = text(form, "act")
    if act == "errors":
        return _errors(request, actor, file_id, told, given)
    if act not in ("import_good", "import_all"):
        return _preview(request, actor, file_id, told, given)
    try:
        with request.app.state.db.read() as conn:
            kept = uploads.upload_of(conn, actor.org_id, file_id)
        which = sheets.GOOD if act == "import_good" else sheets.ALL
        prepared = importing.prepare(request, kept.name, kept.content, told, importing.read_defaults(given), which)
        done = command(request, prepared.write)
    except NotFound:
        raise
    except Refusal as refusal:
        return _preview(request, actor, file_id, told, given, refused=refusal)
    if not prepared.plan.refused:
        return RedirectResponse("/chain/register/imports?done=imported", 303)
    return page(
        request, "register/imported.html", file=kept, done=done, found=prepared.found,
        reasons=sheets.reasons(prepared.found.errors), told=dict(prepared.found.mapping) | told, given=given,
        **frame(request),
    )  # fmt: skip


def _errors(request: Request, actor: Actor, file_id: int, told: dict[str, str], given: dict[str, str]) -> Response:
    db = request.app.state.db
    with db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, file_id)
        found = importing.preview(
            db, conn, importing.table_in(kept.name, kept.content), told, importing.read_defaults(given)
        )
    return sheets.error_response(found, file_id)


def _preview(
    request: Request,
    actor: Actor,
    file_id: int,
    told: dict[str, str],
    given: dict[str, str],
    *,
    refused: Refusal | None = None,
) -> Response:
    db = request.app.state.db
    errors = trees.by_name(refused.errors) if refused is not None else {}
    with db.read() as conn:
        kept = uploads.upload_of(conn, actor.org_id, file_id)
        table = importing.table_in(kept.name, kept.content)
        try:
            defaults = importing.read_defaults(given)
        except Refusal as wrong:
            refused, errors, defaults = refused or wrong, trees.by_name(wrong.errors), Defaults()
        try:
            found = importing.preview(db, conn, table, told, defaults)
        except Refusal as wrong:
            refused, errors = wrong, trees.by_name(wrong.errors) | errors
            found = importing.Preview(table, {}, (), None, 0)
    return page(
        request,
        "register/preview.html",
        status_code=refused.status if refused is not None else 200,
        file=kept,
        columns=COLUMNS,
        given=given,
        errors=errors,
        **sheets.preview_shown(found, refused),
        **frame(request),
    )


@router.post("/imports/{import_id}/undo")
def undo(
    request: Request, import_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """Take a whole import back, with a reason."""

    def write(ctx: Context) -> int:
        refuse_undoing(ctx.conn, actor, import_id)
        return commands.undo_import(ctx, import_id, text(form, "reason"))

    return _back(
        request, write, "/chain/register/imports?done=undone",
        lambda refusal: imports_page(request, failed=failed(f"undo-{import_id}", refusal, form)),
    )  # fmt: skip


# a subject (its address takes digits only, so literal ones stand before) --------------------------------


@router.post("/{subject_id}")
def say(
    request: Request, subject_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """Say something of a subject: the form's ``act`` is the kind."""
    kind = text(form, "act")

    def write(ctx: Context) -> int:
        if kind not in OF_SUBJECT:
            raise InvalidInput.of("/act", "not_a_choice", "请从页面上的表单提交", "use the page's forms")
        return commands.record(ctx, new)

    def shown(refusal: Refusal) -> Response:
        return subject_page(request, subject_id, failed=failed(kind, refusal, form))

    try:
        refuse_unless_authorised(actor, (kind,))
        new = statement_of(form, kind, str(subject_id))
        if kind in PARTIES:
            new = with_party(request, new, text(form, "find"))
    except Refusal as refusal:
        return shown(refusal)
    return _back(request, write, f"/chain/register/{subject_id}?done=said", shown)


@router.post("/{subject_id}/same")
def same(
    request: Request, subject_id: IdPath, form: FormData = Form, actor: Actor = require("register.edit")
) -> Response:
    """Find two subjects to be one."""

    def write(ctx: Context) -> int:
        other = trees.number(text(form, "other"))
        problems = Problems()
        if other is None:
            problems.add("/other", "required", "请填写另一个主体的编号（在它的页面上）", "the other's number")
        problems.raise_if_any()
        assert other is not None
        body = SameAsIn.model_construct(
            other=other, code=text(form, "code"), person=text(form, "person"), reason=text(form, "reason")
        )
        return merge(ctx, subject_id, body)

    return _back(
        request, write, f"/chain/register/{subject_id}?done=same",
        lambda refusal: subject_page(request, subject_id, failed=failed("same", refusal, form)),
    )  # fmt: skip
