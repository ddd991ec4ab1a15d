"""What a scanned or typed code is to the one who receives, and what was received last from such a source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from service.receiving import store
from service.receiving.models import PaperForm, ReceiptForm
from trace.batches import store as batches
from trace.batches.lots import find_lots
from trace.batches.models import HALTS, SOURCES
from trace.context import Context
from trace.errors import InvalidInput
from trace.identifiers.canonical import canonical
from trace.identifiers.foreign import Scheme, recognise
from trace.parties import store as parties


@dataclass(frozen=True, slots=True)
class Found:
    """What a code says. ``kind``: theirs, own, product, unknown_lot, foreign or none.

    ``lot`` is the state row of a registered lot (what a scan shows of it, nothing more); ``stop`` is
    why it cannot be received.
    """

    kind: str
    code: str
    text: str
    lot: Any = None
    stop: str = ""


def look_up(ctx: Context, typed: str) -> Found:
    """Recognise a code for a receipt."""
    code = typed.strip()
    lots = find_lots(ctx, code)
    rows = batches.batches_by_id(ctx.conn, lots)
    theirs = [rows[x] for x in lots if x in rows and rows[x].tenant_id != ctx.tenant_id]
    if theirs:
        return Found("theirs", code, "其他企业登记的批次", theirs[0], _stop(ctx, theirs[0]))
    if lots and lots[0] in rows:
        return Found("own", code, "这一批本企业已经登记过", rows[lots[0]])
    try:
        named = canonical(code, ctx.public_url)
    except InvalidInput:
        named = None
    if named is not None and named.lot_uri is not None:
        return Found("unknown_lot", code, "本平台没有这个批次的登记；供货企业可能未接入，不等于产品有问题")
    if named is not None:
        return Found("product", code, "这个码里没有批号，请扫包装上的批次码；没有就按来源登记")
    try:
        foreign = recognise(code)
    except InvalidInput as wrong:
        return Found("none", code[:100], wrong.errors[0].detail)
    label = "外部编码" if foreign.scheme is Scheme.OTHER else foreign.scheme.label
    return Found("foreign", code, f"{label} {foreign.value[:80]}")


def _stop(ctx: Context, row: Any) -> str:
    if row.halt:
        return f"{HALTS.get(row.halt, '已停用')}，不能收货"
    if row.state in ("reserved", "awaiting", "held"):
        return "生产企业还没有放行，不能收货，请联系供货方"
    if row.state == "voided":
        return "这批货的登记已作废，不能收货，请联系供货方"
    if row.best_before is not None and row.best_before < ctx.today.isoformat():
        return f"保质期到 {row.best_before}，已过期，不能收货"
    return ""


@dataclass(frozen=True, slots=True)
class Recent:
    """One earlier receipt, for the list beside the form."""

    id: int
    lot: str
    name: str
    source: str
    supplier: str
    quantity: int | None
    unit: str
    at: int


def recent(ctx: Context, limit: int = 6) -> list[Recent]:
    """The receipts of the organisation, newest first."""
    rows = store.recent_receipts(ctx.conn, ctx.tenant_id, limit)
    found = []
    for row in rows:
        receipt = json.loads(row.receipt)
        source = SOURCES.get(receipt.get("source", ""), "")
        who = supplier_of(ctx, receipt)[0]
        found.append(Recent(row.id, row.lot, row.item_name, source, who, row.quantity, row.unit, row.registered_at))
    return found


def supplier_of(ctx: Context, receipt: dict[str, Any]) -> tuple[str, str]:
    """Name and telephone of a receipt's supplier; a deleted person is nameless."""
    told = receipt.get("supplier") or {}
    if "organisation" in told:
        return parties.names(ctx.conn, [int(told["organisation"])]).get(int(told["organisation"]), ""), ""
    if "person" in told:
        person = parties.people(ctx.conn, [int(told["person"])]).get(int(told["person"]))
        return (person.name, person.phone) if person is not None else ("", "")
    return str(told.get("name", "")), ""


def opening_form(ctx: Context, source: str, form_key: str, code: str = "") -> ReceiptForm:
    """The form of a source with what was last received from such a source already in it, and today's date."""
    form = ReceiptForm(
        form_key=form_key, source=source, code=code, received_on=ctx.today.isoformat(), documents=_paper_of(code)
    )
    for row in store.recent_receipts(ctx.conn, ctx.tenant_id):
        receipt = json.loads(row.receipt)
        if receipt.get("source") != source:
            continue
        name, phone = supplier_of(ctx, receipt)
        origins = json.loads(row.origins)
        parts = receipt.get("parts") or []
        return ReceiptForm(
            form_key=form_key,
            source=source,
            code=code,
            material=row.item_name,
            unit=row.unit or "KGM",
            supplier=name,
            supplier_phone=phone,
            origin=origins[0] if origins and not parts else "",
            received_on=form.received_on,
            documents=form.documents,
        )
    return form


def _paper_of(code: str) -> tuple[PaperForm, ...]:
    """A scanned certificate number is the paper itself."""
    kinds = {Scheme.COMMITMENT: "conformity_certificate", Scheme.QUARANTINE: "quarantine_certificate"}
    try:
        foreign = recognise(code)
    except InvalidInput:
        return ()
    return (PaperForm(kinds[foreign.scheme], foreign.value[:60]),) if foreign.scheme in kinds else ()


def supplier_code(ctx: Context, source: str, name: str) -> str:
    """The code of a registered base whose name was typed or picked; '' for others."""
    if source != "base":
        return ""
    for row in parties.organisations(ctx.conn, ("base",)):
        if name.strip() in (row.name, row.short_name) and name.strip():
            return str(row.code)
    return ""
