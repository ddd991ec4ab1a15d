"""Fills the batch form: defaults from the last batch, inputs from the recipe, a line from a code."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import date
from typing import Any

from service.registering import store
from service.registering.models import BatchForm, LineForm, MeasureForm, ReportForm, refilled
from service.web import trees
from service.web.units import digits, readable
from trace.batches import store as batches
from trace.batches.lots import find_lots
from trace.context import Context
from trace.errors import InvalidInput
from trace.genealogy import store as genealogy
from trace.identifiers.canonical import canonical
from trace.items import store as items
from trace.items.commands import fill_recipe
from trace.journal import store as journal
from trace.problems import Problems
from trace.quantity import convert, family

OPENING_REPORTS = ("release", "rapid", "commissioned")
"""Kinds of report that come with every batch, and are offered again with their parameters."""


def fresh_key() -> str:
    """A random key for one rendering of a form."""
    return secrets.token_urlsafe(16)


def opening_form(
    ctx: Context, item_id: int | None, *, copy: int | None = None, reserved: int | None = None
) -> BatchForm:
    """The form as it opens: the product used last unless one is asked for, today, the last batch's test panel.

    ``copy`` takes over quantity and inputs of an earlier batch; ``reserved`` is a lot printed before.
    """
    products = store.products_by_use(ctx.conn, ctx.tenant_id)
    source = batches.get_batch(ctx.conn, copy) if copy else None
    printed = batches.get_batch(ctx.conn, reserved) if reserved else None
    for row in (source, printed):
        if row is not None and row.tenant_id == ctx.tenant_id:
            item_id = row.item_id
    item = next((p for p in products if p.id == item_id), products[0] if products else None)
    form = BatchForm(form_key=fresh_key(), produced_on=ctx.today.isoformat(), reports=(_blank_report(ctx),))
    if item is None:
        return form
    form = replace(form, item_id=str(item.id), unit=item.base_unit, reports=opening_reports(ctx, item.last))
    if source is not None and source.tenant_id == ctx.tenant_id:
        form = replace(
            form,
            quantity=digits(source.quantity),
            unit=source.unit,
            inputs=_copied_lines(ctx, source),
        )
        form = replace(form, filled=form.filling)
    if printed is not None and printed.tenant_id == ctx.tenant_id and printed.state == "reserved":
        form = replace(form, lot=printed.lot)
    return form


def _blank_report(ctx: Context) -> ReportForm:
    return ReportForm(issued_on=ctx.today.isoformat(), measurements=(MeasureForm(),))


def opening_reports(ctx: Context, batch_id: int | None) -> tuple[ReportForm, ...]:
    """The last batch's reports with parameters and units, without number, date and results."""
    if batch_id is None:
        return (_blank_report(ctx),)
    acts = journal.acts_of(ctx.conn, batch_id, ("report", "report.withdrawn"))
    withdrawn = {json.loads(a.body).get("report_id") for a in acts if a.kind == "report.withdrawn"}
    bodies = [json.loads(a.body) for a in acts if a.kind == "report" and str(a.id) not in withdrawn]
    usual = [b for b in bodies if b["kind"] in OPENING_REPORTS][:3]
    return tuple(_again(ctx, body) for body in usual) or (_blank_report(ctx),)


def _again(ctx: Context, body: dict[str, Any]) -> ReportForm:
    panel = tuple(
        MeasureForm(parameter=m["parameter"], unit=m["unit"], lod=m["lod"], method=m["method"])
        for m in body["measurements"]
    )
    return ReportForm(
        kind=body["kind"],
        laboratory=body["laboratory"],
        cma=body["cma"],
        issued_on=ctx.today.isoformat(),
        measurements=panel or (MeasureForm(),),
    )


def _copied_lines(ctx: Context, source: Any) -> tuple[LineForm, ...]:
    edges = genealogy.inputs_of(ctx.conn, source.id)
    rows = batches.batches_by_id(ctx.conn, [e.input_id for e in edges])
    recipe = {r.material_id: r for r in items.recipe_of(ctx.conn, source.item_id)}
    lines = []
    for edge in edges:
        row = rows.get(edge.input_id)
        if row is None or edge.quantity is None:
            continue
        material, name = _serves_as(ctx, row)
        planned = recipe.get(material or 0)
        quantity, unit = readable(edge.quantity, edge.unit)
        lines.append(
            LineForm(
                material_id=str(material or ""),
                material=name,
                lot_id=str(row.id),
                quantity=quantity,
                unit=unit,
                basis=edge.basis or "weighed",
                small="1" if planned is not None and planned.small else "",
                recipe="1" if planned is not None else "",
            )
        )
    order = {m: i for i, m in enumerate(recipe)}
    return tuple(sorted(lines, key=lambda x: order.get(trees.number(x.material_id) or 0, len(order))))


def _serves_as(ctx: Context, row: Any) -> tuple[int | None, str]:
    """The organisation's own material a lot counts as, and what to call it."""
    if row.tenant_id == ctx.tenant_id:
        return int(row.item_id), str(row.item_name)
    for held in genealogy.holders_of(ctx.conn, row.id):
        if held.holder_id == ctx.tenant_id and held.material_id is not None:
            own = items.get_item(ctx.conn, held.material_id)
            if own is not None:
                return int(own.id), str(own.name)
    return None, str(row.item_name)


def day_of(text: str) -> date | None:
    """A typed date, or None."""
    return Problems().day(text, "/produced_on", "生产日期")


def fill(ctx: Context, form: BatchForm) -> BatchForm:
    """The form with its inputs filled from the recipe, first expired first; unchanged while quantity or day is unread."""
    item_id = trees.number(form.item_id)
    item = items.get_item(ctx.conn, item_id) if item_id else None
    if item is None or item.organisation_id != ctx.tenant_id:
        return form
    reading = Problems()
    quantity = reading.quantity(form.quantity, "/quantity", "数量")
    unit = reading.unit(form.unit or item.base_unit, "/unit")
    day = day_of(form.produced_on)
    if quantity is None or unit is None or day is None or family(unit) != item.base_unit:
        return form
    proposals = fill_recipe(ctx, item.id, convert(quantity, unit, item.base_unit) or 0, day)
    return replace(form, inputs=refilled(form.inputs, proposals), filled=form.filling)


def stale(ctx: Context, form: BatchForm) -> bool:
    """Whether amounts by recipe belong to another quantity or day than the form now says, or were never filled."""
    item_id = trees.number(form.item_id)
    if item_id is None or form.filled == form.filling or not items.recipe_of(ctx.conn, item_id):
        return False
    return not form.filled or any(x.recipe and x.basis == "by_recipe" for x in form.inputs)


def added_lines(ctx: Context, typed: str) -> tuple[tuple[LineForm, ...], str]:
    """The lines that a scanned code or a typed “name lot” adds, and what to tell the clerk."""
    text = typed.strip()
    if not text:
        return (), "请扫码，或输入原料名称和批号，中间空一格"
    known = items.item_named(ctx.conn, ctx.tenant_id, "material", text)
    if known is not None:
        return (_of_material(ctx, known, ""),), f"已加入“{known.name}”，请填用量"
    lots = find_lots(ctx, text)
    if lots:
        rows = batches.batches_by_id(ctx.conn, lots)
        held = genealogy.stock_of(ctx.conn, lots, ctx.tenant_id)
        chosen = [rows[lot] for lot in lots if lot in held and lot in rows] or list(rows.values())
        if chosen:
            lines = tuple(_of_lot(ctx, row) for row in chosen[:10])
            several = f"，共 {len(lines)} 批，没有用的请删去" if len(lines) > 1 else "，请填用量"
            return lines, f"已加入“{lines[0].material}”{several}"
    return _unregistered(ctx, text)


def _of_lot(ctx: Context, row: Any) -> LineForm:
    material, name = _serves_as(ctx, row)
    return LineForm(material_id=str(material or ""), material=name, lot_id=str(row.id), unit=row.base_unit)


def _of_material(ctx: Context, item: Any, lot: str) -> LineForm:
    on_hand = [r for r in items.lots_on_hand(ctx.conn, ctx.tenant_id, [item.id]) if r.halt == "" and r.state != "held"]
    same = next((r for r in on_hand if r.lot == lot), None) if lot else next(iter(on_hand), None)
    return LineForm(
        material_id=str(item.id),
        material=item.name,
        lot_id=str(same.lot_id) if same is not None else "",
        lot="" if same is not None else lot,
        unit=item.base_unit,
    )


def _unregistered(ctx: Context, text: str) -> tuple[tuple[LineForm, ...], str]:
    try:
        found = canonical(text, ctx.public_url)
    except InvalidInput:
        found = None
    if found is not None and found.lot_uri is not None:
        line = LineForm(code=text[:500], material="扫码的批次")
        return (line,), "本平台还没有这个批次的登记：可以先填用量，本批会标为待补录"
    if found is not None:
        return (), "这个编码里没有批号，请扫包装上的批次码，或输入原料名称和批号"
    name, _, lot = text.rpartition(" ") if " " in text else (text, "", "")
    known = items.item_named(ctx.conn, ctx.tenant_id, "material", name.strip())
    if known is not None:
        line = _of_material(ctx, known, lot.strip())
    else:
        line = LineForm(material=name.strip()[:80], lot=lot.strip()[:80])
    tell = "请填用量" if line.lot_id else "这批还没有收货登记：可以先填，本批会标为待补录，24 小时内补登收货"
    return (line,), f"已加入“{line.material}”，{tell}"
