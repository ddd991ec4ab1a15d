"""What the batch form's templates draw: every choice beside the text as typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.registering import store
from service.registering.filling import day_of
from service.registering.models import BatchForm, LineForm
from service.web import trees
from service.web.units import SHORT, UNITS, digits, units_of
from trace.batches import store as batches
from trace.batches.lots import issue_lot
from trace.batches.models import BASES
from trace.batches.rules import shelf_end
from trace.context import Context
from trace.evidence.models import REPORT_KINDS, THIRD_PARTY
from trace.items import store as items
from trace.problems import Problems
from trace.quantity import convert, family, show
from trace.standards import parameters


@dataclass(frozen=True, slots=True)
class LineView:
    """One line to draw: its number in the form, the lots to choose from, and what is wrong."""

    index: int
    line: LineForm
    lots: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    errors: Mapping[str, str]

    @property
    def at(self) -> str:
        return f"inputs.{self.index}"

    @property
    def without_lot(self) -> bool:
        return not (self.line.lot_id or self.line.lot or self.line.code)

    @property
    def wrong(self) -> str:
        return "；".join(dict.fromkeys(self.errors.values()))


def line_views(ctx: Context, form: BatchForm, errors: Mapping[str, str], start: int = 0) -> list[LineView]:
    """Every line of the form with its choices; numbers begin at ``start``."""
    materials = sorted({m for x in form.inputs if (m := trees.number(x.material_id))})
    on_hand: dict[int, list[Any]] = {}
    for row in items.lots_on_hand(ctx.conn, ctx.tenant_id, materials) if materials else ():
        on_hand.setdefault(row.material_id, []).append(row)
    chosen = [lot for x in form.inputs if (lot := trees.number(x.lot_id))]
    rows = batches.batches_by_id(ctx.conn, chosen) if chosen else {}
    day = form.produced_on
    views = []
    for number, line in enumerate(form.inputs, start):
        lots = [
            (str(r.lot_id), _lot_text(r.lot, r.best_before, r.quantity, r.unit, day))
            for r in on_hand.get(trees.number(line.material_id) or 0, ())
            if r.state != "voided"
        ]
        known = rows.get(trees.number(line.lot_id) or 0)
        if known is not None and all(value != line.lot_id for value, _ in lots):
            lots.insert(0, (line.lot_id, _lot_text(known.lot, known.best_before, None, "", day)))
        base = family(line.unit) if line.unit in SHORT else "KGM"
        own = {k: v for k, v in errors.items() if k.startswith(f"inputs.{number}.")}
        views.append(LineView(number, line, tuple(lots), units_of(base) if lots else UNITS, own))
    return views


def _lot_text(lot: str, best_before: str | None, quantity: int | None, unit: str, day: str) -> str:
    parts = [lot]
    if best_before:
        parts.append(f"到 {best_before}" + ("（已过期）" if day and best_before < day else ""))
    if quantity is not None:
        parts.append(f"现有 {show(quantity, unit)}")
    return " · ".join(parts)


def small_mass(views: list[LineView]) -> str:
    """What the small ingredients weigh together, as text; '' where one is not a mass."""
    total = 0
    for view in views:
        quantity = Problems().quantity(view.line.quantity, "/quantity", "用量")
        amount = None if quantity is None else convert(quantity, view.line.unit, "KGM")
        if amount is None:
            return ""
        total += amount
    return show(total, "KGM")


def form_parts(ctx: Context, form: BatchForm, errors: Mapping[str, str]) -> dict[str, Any]:
    """Everything the form's templates take, apart from notices."""
    products = store.products_by_use(ctx.conn, ctx.tenant_id)
    item = next((p for p in products if str(p.id) == form.item_id), None)
    day = day_of(form.produced_on)
    until = shelf_end(day, item.shelf_life_days).isoformat() if item and day and item.shelf_life_days else ""
    last = batches.get_batch(ctx.conn, item.last) if item is not None and item.last else None
    views = line_views(ctx, form, errors)
    small = [v for v in views if v.line.small]
    return {
        "form": form,
        "errors": errors,
        "products": [(str(p.id), p.name + (f"（{p.spec}）" if p.spec else "")) for p in products],
        "item": item,
        "item_units": units_of(item.base_unit) if item is not None else UNITS,
        "has_recipe": bool(item is not None and items.recipe_of(ctx.conn, item.id)),
        "last": last,
        "last_text": f"{digits(last.quantity)} {SHORT.get(last.unit, '')}" if last and last.quantity else "",
        "until": until,
        "suggested_lot": issue_lot(ctx, day or ctx.today, item_key=item.key if item is not None else ""),
        "reserved": store.reserved_lots(ctx.conn, ctx.tenant_id, item.id) if item is not None else [],
        "main": [v for v in views if not v.line.small],
        "small": small,
        "small_mass": small_mass(small),
        "small_missing": sum(1 for v in small if v.without_lot),
        "small_wrong": any(v.errors for v in small),
        "materials": [m.name for m in items.items_of(ctx.conn, ctx.tenant_id, "material")],
        **report_parts(),
    }


def report_parts() -> dict[str, Any]:
    """What the report block takes."""
    return {
        "bases": BASES,
        "report_kinds": REPORT_KINDS,
        "third_party": THIRD_PARTY,
        "parameters": parameters(),
    }
