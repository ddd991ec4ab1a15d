"""JSON API of trade items, recipes, credentials and evidence files."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import File, Query, Request, UploadFile
from sqlalchemy import Connection
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject
from service.batches.schemas import (
    ClassificationIn,
    CredentialIn,
    IdOut,
    ItemChangeIn,
    ItemIn,
    Json,
    ReasonIn,
    RecipeIn,
    ReportIn,
)
from service.bulletins.advising import advice_for, advice_json
from service.context import command, question
from service.idempotency import create
from service.params import IdPath
from service.routing import Router
from trace.batches import lifecycle
from trace.context import Context
from trace.errors import InvalidInput, NotFound
from trace.evidence.commands import MAX_BYTES, hand_in
from trace.items import commands as item_commands
from trace.items import store as items
from trace.items.classifying import classify
from trace.parties import store as parties
from trace.parties.commands import NewCredential, add_credential
from trace.problems import Problems
from trace.quantity import parse_quantity, show

router = Router(prefix="/api/v1", tags=["产品 items"])


def _item_json(row: Any, recipe: list[Any] | None = None) -> Json:
    shown = {k: v for k, v in row._mapping.items() if k not in ("net_content", "usual_yield", "act_id")}
    shown |= {"id": str(row.id), "organisation_id": str(row.organisation_id)}
    shown["net_content"] = show(row.net_content) if row.net_content is not None else None
    shown["usual_yield"] = show(row.usual_yield) if row.usual_yield is not None else None
    if recipe is not None:
        shown["recipe"] = [
            {
                "material_id": str(r.material_id),
                "material": r.material_name,
                "per_unit": show(r.per_unit),
                "unit": r.unit,
                "small": r.small,
            }
            for r in recipe
        ]
    return shown


@router.post("/items", status_code=201, summary="登记产品或原料", response_model=IdOut)
def create_item(request: Request, body: ItemIn, actor: Actor = require("item.edit")) -> Response:
    """Register a trade item of the caller's organisation."""
    return create(request, body, lambda ctx: IdOut(id=str(item_commands.create_item(ctx, body.plain()))))


@router.get("/items", summary="本企业的产品与原料")
def list_items(request: Request, actor: Actor = require("item.read"), kind: str = "") -> Json:
    """The caller's trade items, newest first. A regulator reads items through their batches."""
    with request.app.state.db.read() as conn:
        return {"items": [_item_json(r) for r in items.items_of(conn, actor.org_id, kind)]}


def _own_item(conn: Connection, actor: Actor, item_id: int) -> Any:
    item = items.get_item(conn, item_id)
    if item is None or (item.organisation_id != actor.org_id and not actor.supervises):
        raise NotFound("没有这个产品或原料", "No such trade item")
    return item


@router.get("/items/{item_id}", summary="产品资料")
def get_item(request: Request, item_id: IdPath, actor: Actor = require("item.read")) -> Json:
    """A trade item; its recipe only for its owner."""
    with request.app.state.db.read() as conn:
        item = _own_item(conn, actor, item_id)
        own = item.organisation_id == actor.org_id
        return _item_json(item, items.recipe_of(conn, item_id) if own else None)


@router.get("/items/{item_id}/panel", summary="建议检验项目")
def get_panel(request: Request, item_id: IdPath, actor: Actor = require("item.read")) -> Json:
    """What announcements show most often for this kind of product and the default panel, with shares and sources."""
    with request.app.state.db.read() as conn:
        return advice_json(advice_for(conn, request.app.state.db, _own_item(conn, actor, item_id)))


@router.post("/items/{item_id}/changes", summary="更正产品资料", status_code=204)
def change_item(request: Request, item_id: IdPath, body: ItemChangeIn, actor: Actor = require("item.edit")) -> Response:
    """State a trade item anew; before and after are kept."""
    if not body.reason.strip():
        raise InvalidInput.of("/reason", "required", "请写明更正原因", "say why")
    command(request, lambda ctx: item_commands.change_item(ctx, item_id, body.plain(), body.reason.strip()))
    return Response(status_code=204)


@router.post("/items/{item_id}/classification", summary="裁定产品归类（食品安全员）", status_code=201)
def classify_item(
    request: Request, item_id: IdPath, body: ClassificationIn, actor: Actor = require("item.classify")
) -> Response:
    """Overrule the classifier, with the basis; batches of the product are judged again."""
    return create(
        request, body, lambda ctx: IdOut(id=str(classify(ctx, item_id, body.category, body.premade, body.basis)))
    )


@router.post("/items/{item_id}/recipe", summary="设定配方（新版本）", status_code=201)
def set_recipe(request: Request, item_id: IdPath, body: RecipeIn, actor: Actor = require("item.edit")) -> Response:
    """A new recipe version; older versions stay."""
    return create(request, body, lambda ctx: {"version": item_commands.set_recipe(ctx, item_id, body.plain())})


@router.get("/items/{item_id}/proposal", summary="按配方与库存先到期先出，给出投料建议")
def proposal(
    request: Request,
    item_id: IdPath,
    quantity: Annotated[str, Query(max_length=40)],
    actor: Actor = require("batch.register"),
    produced_on: Annotated[str, Query(max_length=20)] = "",
) -> Json:
    """Proposed inputs for a quantity of product units, first expired first; nothing is stored."""
    units = parse_quantity(quantity, "/quantity", "数量")

    def fill(ctx: Context) -> list[Any]:
        problems = Problems()
        day = problems.day(produced_on, "/produced_on", "生产日期") or ctx.today
        problems.raise_if_any()
        return item_commands.fill_recipe(ctx, item_id, units, day)

    lines = question(request, fill)
    return {
        "inputs": [
            {
                "material_id": str(p.material_id),
                "material": p.material,
                "lot_id": str(p.lot_id) if p.lot_id is not None else None,
                "lot": p.lot,
                "best_before": p.best_before,
                "quantity": show(p.quantity),
                "unit": p.unit,
                "basis": p.basis,
                "small": p.small,
            }
            for p in lines
        ]
    }


@router.post("/items/{item_id}/reports", summary="登记型式检验报告", status_code=201, response_model=IdOut)
def type_report(request: Request, item_id: IdPath, body: ReportIn, actor: Actor = require("item.edit")) -> Response:
    """File a type-test report for a product."""
    return create(request, body, lambda ctx: IdOut(id=str(lifecycle.add_type_report(ctx, item_id, body.plain()))))


@router.post("/items/{item_id}/recipe-views", summary="监管人员查看配方（须写理由，记录在案）")
def open_recipe(request: Request, item_id: IdPath, body: ReasonIn, actor: Actor = require("recipe.open")) -> Json:
    """A regulator opens a recipe: the reason is recorded before anything is shown."""

    def view(ctx: Context) -> Json:
        item = _own_item(ctx.conn, actor, item_id)
        check(actor, "recipe.open", Subject(owner_id=item.organisation_id, reason=body.reason))
        if item.organisation_id != actor.org_id:
            lifecycle.view_recipe(ctx, item_id, body.reason)
        return _item_json(item, items.recipe_of(ctx.conn, item_id))

    return command(request, view)


@router.post("/credentials", summary="登记证照", status_code=201, response_model=IdOut)
def credential(request: Request, body: CredentialIn, actor: Actor = require("credential.edit")) -> Response:
    """File a licence of the caller's organisation; a renewal stands beside the old one."""
    new = NewCredential(**body.model_dump())
    return create(request, body, lambda ctx: IdOut(id=str(add_credential(ctx, new))))


@router.get("/credentials", summary="本企业证照")
def credentials(request: Request, actor: Actor = require("item.read")) -> Json:
    """The caller's credentials, newest first."""
    with request.app.state.db.read() as conn:
        rows = parties.credentials_of(conn, actor.org_id)
    hidden = ("id", "organisation_id", "act_id")
    return {"items": [{"id": str(r.id)} | {k: v for k, v in r._mapping.items() if k not in hidden} for r in rows]}


@router.post("/files", summary="上传凭证或报告（PDF、照片）", status_code=201)
def upload(
    request: Request,
    file: Annotated[UploadFile, File(description="PDF、PNG、JPEG 或 WebP，最大 8 MB")],
    actor: Actor = require("receipt.create"),
) -> Json:
    """Hand in a file; the id is then named in a receipt or report."""
    content = file.file.read(MAX_BYTES + 1)
    return {"id": str(command(request, lambda ctx: hand_in(ctx, file.filename or "", content)))}
