"""Register trade items and recipes, change them by new facts, and fill a recipe from stock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.identifiers.gs1 import normalise_gtin
from trace.identifiers.private_key import private_key
from trace.items import store
from trace.items.models import KINDS, PROCESSING, STORAGE, NewItem, NewRecipeLine, Proposal
from trace.items.rules import Need, OnHand, propose
from trace.journal.commands import record_act
from trace.parties import store as parties
from trace.problems import Problems
from trace.quantity import family
from trace.verdicts.waiting import judge_item

MAX_SHELF_LIFE = 3650
MAX_RECIPE_LINES = 200


def create_item(ctx: Context, new: NewItem) -> int:
    """Register a trade item of the actor's organisation; gives its id. 409 where the GTIN is registered."""
    item_id = ctx.new_id()
    values = _checked(new, item_id)
    if values["gtin"]:
        taken = store.items_by_key(ctx.conn, [values["key"]]).get(values["key"])
        if taken is not None:
            raise Conflict(
                f"商品条码 {values['gtin']} 已登记为“{taken.name}”，同一条码只能登记一次；如系本企业产品请直接使用",
                "This GTIN is registered already",
                code="duplicate_gtin",
            )
    owner = parties.get_organisation(ctx.conn, ctx.tenant_id)
    if owner is None:
        raise NotFound("没有这个企业", "No such organisation")
    act_id = record_act(ctx, "item.registered", "item", item_id, _told(values))
    store.insert_item(
        ctx.conn,
        values | {"id": item_id, "organisation_id": ctx.tenant_id, "act_id": act_id, "is_demo": bool(owner.is_demo)},
    )
    return item_id


def change_item(ctx: Context, item_id: int, new: NewItem, reason: str) -> None:
    """State a trade item anew: before and after are kept in the act; its GTIN, key and unit stay."""
    item = owned_item(ctx, item_id)
    values = _checked(new, item_id)
    for fixed, name in (("gtin", "商品条码"), ("kind", "类别"), ("base_unit", "计量单位")):
        if values[fixed] != getattr(item, fixed):
            raise Conflict(
                f"{name}登记后不能改：已印出的码和已登记的批次都靠它。请另登记一个产品",
                f"{fixed} cannot change once registered",
                code="fixed_field",
            )
    values["key"] = item.key
    changed = {
        k: {"before": _plain(getattr(item, k)), "after": _plain(v)} for k, v in values.items() if getattr(item, k) != v
    }
    if not changed:
        return
    record_act(ctx, "item.changed", "item", item_id, changed, reason)
    store.update_item(ctx.conn, item_id, values)
    judge_item(ctx, item_id, "item")


def owned_item(ctx: Context, item_id: int) -> Any:
    """The actor's own trade item; NotFound for everyone else's, so that ids tell nothing."""
    item = store.get_item(ctx.conn, item_id)
    if item is None or item.organisation_id != ctx.tenant_id:
        raise NotFound("没有这个产品或原料", "No such trade item")
    return item


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {k: _plain(v) for k, v in values.items()}


def _checked(new: NewItem, item_id: int) -> dict[str, Any]:
    problems = Problems()
    kind = problems.choice(new.kind, KINDS, "/kind", "类别")
    name = problems.text(new.name, "/name", "名称", longest=80)
    gtin = problems.attempt(lambda: normalise_gtin(new.gtin.strip(), "/gtin")) if new.gtin.strip() else None
    net = problems.quantity(new.net_content, "/net_content", "净含量") if new.net_content.strip() else None
    net_unit = problems.unit(new.net_unit, "/net_unit", "净含量单位") if new.net_unit.strip() else None
    if net is not None and net_unit is None and not problems.errors:
        problems.add("/net_unit", "required", "请填写净含量的单位（kg、g、L、mL）", "net_unit is required")
    if net_unit == "H87":
        problems.add("/net_unit", "not_a_mass", "净含量须是质量或体积，请用 kg、g、L、mL", "mass or volume")
    fallback = "H87" if kind == "product" else "KGM"
    base = problems.unit(new.base_unit, "/base_unit", "计量单位") if new.base_unit.strip() else fallback
    shelf: int | None = None
    if new.shelf_life_days.strip():
        if new.shelf_life_days.strip().isascii() and new.shelf_life_days.strip().isdigit():
            shelf = int(new.shelf_life_days[:10])
        if shelf is None or not 1 <= shelf <= MAX_SHELF_LIFE:
            problems.add(
                "/shelf_life_days",
                "not_days",
                f"保质期“{new.shelf_life_days[:12]}”须是 1 到 {MAX_SHELF_LIFE} 的整数天",
                f"whole days from 1 to {MAX_SHELF_LIFE}",
            )
    share = problems.quantity(new.usual_yield, "/usual_yield", "常规出品率") if new.usual_yield.strip() else None
    if share is not None and share > 10_000_000:
        problems.add("/usual_yield", "too_large", "常规出品率写成小数，例如 0.85，最大 10", "a ratio, at most 10")
    storage = problems.choice(new.storage, STORAGE, "/storage", "贮存方式", required=kind == "product")
    processing = problems.choice(new.processing, PROCESSING, "/processing", "加工方式", required=kind == "product")
    if kind == "product" and new.ready_to_eat is None:
        problems.add("/ready_to_eat", "required", "请选择是否即食（开袋即食，不需加热或熟制）", "is it ready to eat?")
    texts = {
        field: problems.text(getattr(new, field), f"/{field}", label, required=False, longest=longest)
        for field, label, longest in (
            ("spec", "规格", 60),
            ("sc_category", "许可类别", 40),
            ("food_category", "食品类别", 120),
            ("executed_standard", "执行标准", 60),
            ("heating", "食用方法", 200),
            ("ingredients", "配料表", 600),
            ("allergens", "致敏物质", 200),
            ("link_code", "产业链环节", 8),
        )
    }
    problems.raise_if_any()
    return {
        "kind": kind,
        "name": name,
        "gtin": gtin,
        "key": f"01/{gtin}" if gtin else f"id/{private_key(item_id)}",
        "net_content": net if net_unit else None,
        "net_unit": net_unit if net else None,
        "base_unit": family(base or fallback),
        "shelf_life_days": shelf,
        "storage": storage,
        "processing": processing,
        "ready_to_eat": new.ready_to_eat,
        "prepackaged": new.prepackaged,
        "usual_yield": share,
        **texts,
    }


def set_recipe(ctx: Context, item_id: int, lines: Sequence[NewRecipeLine]) -> int:
    """A new version of a product's recipe; older versions stay. Gives the version number."""
    item = owned_item(ctx, item_id)
    problems = Problems()
    if not lines:
        problems.add("/lines", "required", "配方至少要有一种原料", "at least one line")
    if len(lines) > MAX_RECIPE_LINES:
        problems.add("/lines", "too_many", f"配方最多 {MAX_RECIPE_LINES} 行", "too many lines")
    materials = store.items_by_id(ctx.conn, [line.material_id for line in lines[:MAX_RECIPE_LINES]])
    rows: list[dict[str, Any]] = []
    seen: set[int] = set()
    version = store.recipe_version(ctx.conn, item_id) + 1
    for index, line in enumerate(lines[:MAX_RECIPE_LINES]):
        at = f"/lines/{index}"
        material = materials.get(line.material_id)
        if material is None or material.organisation_id != ctx.tenant_id or material.id == item.id:
            problems.add(f"{at}/material_id", "unknown_material", "没有这个原料，请先登记原料", "unknown material")
            continue
        if line.material_id in seen:
            problems.add(
                f"{at}/material_id", "duplicate", f"原料“{material.name}”重复，请合并成一行", "the same material twice"
            )
        seen.add(line.material_id)
        amount = problems.quantity(line.per_unit, f"{at}/per_unit", f"“{material.name}”每份用量")
        unit = problems.unit(line.unit, f"{at}/unit")
        if unit and family(unit) != material.base_unit:
            problems.add(
                f"{at}/unit",
                "unit_mismatch",
                f"“{material.name}”按 {material.base_unit} 计量，配方单位须能换算到它",
                "the unit does not convert to the material's",
            )
        rows.append(
            {"item_id": item_id, "version": version, "line": index, "material_id": line.material_id,
             "per_unit": amount, "unit": unit, "small": line.small}
        )  # fmt: skip
    problems.raise_if_any()
    told = [{k: _plain(v) for k, v in row.items() if k != "item_id"} for row in rows]
    record_act(ctx, "recipe.set", "item", item_id, {"version": str(version), "lines": told})
    store.insert_recipe(ctx.conn, rows)
    return version


def fill_recipe(ctx: Context, item_id: int, units: int, produced_on: date) -> list[Proposal]:
    """Proposed inputs for ``units`` millionths of a product unit from what the actor's organisation has on hand."""
    owned_item(ctx, item_id)
    lines = store.recipe_of(ctx.conn, item_id)
    needs = [Need(r.material_id, r.material_name, r.per_unit, r.unit, r.base_unit, r.small) for r in lines]
    rows = store.lots_on_hand(ctx.conn, ctx.tenant_id, [n.material_id for n in needs])
    on_hand = [
        OnHand(r.lot_id, r.lot, r.material_id, r.quantity, r.unit, r.best_before)
        for r in rows
        if r.halt == "" and r.state not in ("held", "voided")
    ]
    return propose(needs, units, on_hand, store.open_packs(ctx.conn, ctx.tenant_id), produced_on)
