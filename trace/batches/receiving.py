"""Receive a raw lot: from a base, smallholder, collector, market, another enterprise's code, or abroad."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from trace.batches import store as batches
from trace.batches.lots import (
    FACTORY,
    absolute,
    coded_lot,
    file_alias,
    find_lots,
    give_short_code,
    name_lot,
    stored_lot_uri,
    surrogate,
)
from trace.batches.models import SOURCES, NewReceipt, Registered
from trace.batches.rules import Finding
from trace.context import SHANGHAI, Context
from trace.errors import Conflict, InvalidInput
from trace.evidence.commands import checked_document
from trace.evidence.models import DOCUMENT_KINDS
from trace.genealogy import store as genealogy
from trace.identifiers.foreign import recognise
from trace.items import store as items
from trace.items.commands import create_item
from trace.items.models import NewItem
from trace.journal import documents
from trace.journal.commands import record_act, record_event
from trace.journal.documents import Amount
from trace.parties import store as parties
from trace.parties.commands import file_person
from trace.parties.models import PARTY, PERSON, name_uri
from trace.problems import Problems
from trace.quantity import family, parse_unit
from trace.verdicts.waiting import judge_users

MAX_PARTS = 50
MAX_DOCUMENTS = 30

EXPECTED: dict[str, tuple[str, ...]] = {
    "base": ("conformity_certificate",),
    "collector": ("conformity_certificate", "purchase_slip"),
    "market": ("market_ticket",),
    "import": ("import_inspection",),
}
"""Documents a source owes on receipt; what is missing is warned about, never invented, never blocks the truck."""

SMALLHOLDER_ANY = ("conformity_certificate", "purchase_slip", "rapid_test")
"""A smallholder's lot is documented by any one of these; the certificate is encouraged (令 2025-4 号)."""


def event_time(ctx: Context, day: date) -> int:
    """A date as an event time: now for today, else noon of that day in Asia/Shanghai; never in the future."""
    if day == ctx.today:
        return ctx.now
    noon = datetime.combine(day, time(12), SHANGHAI)
    return min(int(noon.timestamp()) * 1_000_000, ctx.now)


def own_party(ctx: Context) -> str:
    """The party URI of the actor's organisation."""
    own = parties.get_organisation(ctx.conn, ctx.tenant_id)
    return PARTY + (own.code if own is not None else str(ctx.tenant_id))


def receive(ctx: Context, new: NewReceipt) -> Registered:
    """Record a receipt; gives the lot with what is still open. Refused input changes nothing."""
    problems = Problems()
    source = problems.choice(new.source, SOURCES, "/source", "来源")
    quantity = problems.quantity(new.quantity, "/quantity", "数量")
    unit = problems.unit(new.unit, "/unit")
    received_on = problems.day(new.received_on, "/received_on", "收货日期") or ctx.today
    if received_on > ctx.today:
        problems.add("/received_on", "in_future", f"收货日期 {received_on} 晚于今天，请核对", "in the future")
    if len(new.documents) > MAX_DOCUMENTS:
        problems.add("/documents", "too_many", f"凭证最多 {MAX_DOCUMENTS} 张", "too many documents")
    papers = [
        checked_document(ctx, d, problems, f"/documents/{i}") for i, d in enumerate(new.documents[:MAX_DOCUMENTS])
    ]
    theirs = _named_by_code(ctx, new, source)
    if len(theirs) > 1:
        problems.add(
            "/code",
            "ambiguous_code",
            f"编码“{new.code[:60]}”对应 {len(theirs)} 批货，请改扫包装上的追溯码",
            "this code names several lots; scan the batch code",
        )
    elif theirs and quantity is not None and unit is not None:
        return _receive_known(ctx, new, theirs[0], Amount("", quantity, unit), received_on, papers, problems)
    if source == "enterprise" and not theirs:
        problems.add(
            "/code",
            "unknown_code",
            f"没有找到编码“{new.code[:60]}”对应的批次：请重新扫码，或改选其他来源照单登记",
            "no batch is registered under this code",
        )
    return _receive_new(ctx, new, source, quantity, unit, received_on, papers, problems)


def _named_by_code(ctx: Context, new: NewReceipt, source: str) -> list[int]:
    """Other organisations' lots that the scanned code names.

    A certificate covers many deliveries and several buyers file it: unless the goods are said to come
    from another enterprise's batch, only a batch's own code stands for that batch.
    """
    if not new.code.strip():
        return []
    own = coded_lot(ctx, new.code)
    found = find_lots(ctx, new.code) if source == "enterprise" else [own] if own is not None else []
    known = batches.batches_by_id(ctx.conn, found)
    return [lot for lot in dict.fromkeys(found) if lot in known and known[lot].tenant_id != ctx.tenant_id]


def _receive_known(
    ctx: Context,
    new: NewReceipt,
    lot_id: int,
    amount: Amount,
    received_on: date,
    papers: list[dict[str, Any]],
    problems: Problems,
) -> Registered:
    row = batches.batches_by_id(ctx.conn, [lot_id])[lot_id]
    if family(amount.unit) != row.base_unit:
        problems.add("/unit", "unit_mismatch", f"这批按{row.base_unit}计量，请用可换算的单位", "unit does not convert")
    if row.halt:
        problems.add("/code", "lot_halted", f"这批货已停售或召回（{row.halt_text or row.lot}），不能收货", "stopped")
    if row.state in ("reserved", "awaiting", "held"):
        problems.add("/code", "not_released", "这批货尚未由生产企业放行，不能收货，请联系供货方", "not released")
    if row.state == "voided":
        problems.add("/code", "lot_voided", "这批货的登记已作废，不能收货，请联系供货方", "voided")
    if row.best_before is not None and row.best_before < received_on.isoformat():
        problems.add("/code", "expired", f"这批货保质期到 {row.best_before}，已过期，不能收货", "expired")
    _check_supplier_code(ctx, new, problems)
    material = _own_material(ctx, new, problems, required=False)
    if material is not None and items.items_by_id(ctx.conn, [material])[material].base_unit != row.base_unit:
        problems.add(
            "/material_id", "unit_mismatch", f"这批按{row.base_unit}计量，与所选原料的计量单位不同", "unit mismatch"
        )
    problems.raise_if_any()
    supplier = new.supplier_code.strip() or row.maker_code
    uri = absolute(row.uri, ctx.public_url)
    event = documents.received_known(
        event_time(ctx, received_on),
        Amount(uri, amount.quantity, amount.unit),
        PARTY + supplier,
        own_party(ctx),
        {"liangpin:servesAs": str(material)} if material else {},
    )
    record_event(ctx, event)
    facts = {"source": "enterprise", "received_on": received_on.isoformat(), "documents": papers}
    record_act(ctx, "receipt", "batch", lot_id, facts)
    judge_users(ctx, lot_id, genealogy.made_from(ctx.conn, [lot_id]), "receipt", ctx.tenant_id)
    return Registered(lot_id, row.lot, uri, row.short_code or "", [], [])


def _check_supplier_code(ctx: Context, new: NewReceipt, problems: Problems) -> None:
    code = new.supplier_code.strip()
    known = parties.organisation_by_code(ctx.conn, code) if code else None
    if code and known is None:
        problems.add(
            "/supplier_code", "unknown_party", f"没有代码为“{code[:30]}”的单位，请核对或改填供货者名称", "unknown party"
        )
    elif known is not None and known.id == ctx.tenant_id:
        problems.add("/supplier_code", "own_party", "供货者不能是本企业；自产请选“自产”", "your own organisation")


def _own_material(ctx: Context, new: NewReceipt, problems: Problems, *, required: bool) -> int | None:
    if new.material_id is not None:
        item = items.get_item(ctx.conn, new.material_id)
        if item is None or item.organisation_id != ctx.tenant_id:
            problems.add("/material_id", "unknown_material", "没有这个原料，请先登记原料", "unknown material")
            return None
        if required and item.kind != "material":
            problems.add(
                "/material_id", "not_a_material", f"“{item.name}”是产品，请用批次登记", "a product, not a material"
            )
            return None
        return int(item.id)
    name = problems.text(new.material, "/material", "原料名称", required=required, longest=80)
    if not name:
        return None
    known = items.item_named(ctx.conn, ctx.tenant_id, "material", name)
    if known is not None:
        return int(known.id)
    unit = problems.attempt(lambda: family_of(new.unit))
    if problems.errors or unit is None:
        return None
    return create_item(ctx, NewItem(kind="material", name=name, base_unit=unit))


def family_of(unit: str) -> str:
    """The base unit a written unit converts to; InvalidInput for an unknown one."""
    return family(parse_unit(unit, "/unit"))


def _receive_new(
    ctx: Context,
    new: NewReceipt,
    source: str,
    quantity: int | None,
    unit: str | None,
    received_on: date,
    papers: list[dict[str, Any]],
    problems: Problems,
) -> Registered:
    produced = problems.day(new.produced_on, "/produced_on", "生产（采收、屠宰）日期")
    best_before = problems.day(new.best_before, "/best_before", "保质期到")
    origin = problems.text(new.origin, "/origin", "产地", required=False, longest=60)
    origins = _origins(new, origin, problems)
    if produced and produced > received_on:
        problems.add(
            "/produced_on", "after_receipt", f"生产日期 {produced} 晚于收货日期 {received_on}", "after receipt"
        )
    if best_before and best_before < received_on:
        problems.add("/best_before", "expired", f"保质期到 {best_before}，收货时已过期，不能收货", "expired")
    named = source == "own" or bool(new.supplier_code.strip())
    supplier = problems.text(new.supplier, "/supplier", "供货者", required=not named, longest=60)
    _check_supplier_code(ctx, new, problems)
    phone = problems.text(new.supplier_phone, "/supplier_phone", "供货者电话", required=False, longest=30)
    material = _own_material(ctx, new, problems, required=True)
    problems.raise_if_any()
    if material is None or quantity is None or unit is None:
        raise InvalidInput("收货内容不完整", "The receipt is incomplete")
    item = items.items_by_id(ctx.conn, [material])[material]
    if family(unit) != item.base_unit:
        raise InvalidInput.of("/unit", "unit_mismatch", f"“{item.name}”按 {item.base_unit} 计量，请换单位", "unit")
    name = name_lot(ctx, item.key, new.lot, received_on, "R")
    uri = stored_lot_uri(item.key, name.lot)
    taken = batches.lot_taken(ctx.conn, ctx.tenant_id, material, name.lot)
    if taken is not None and taken.state != "voided":
        raise Conflict(
            f"原料“{item.name}”批号 {name.lot} 已经登记过，不能重复；如是另一次收货，请换一个批号",
            "This lot is registered already",
            code="duplicate_lot",
        )
    lot_id = surrogate(ctx, uri)
    ilmd: dict[str, Any] = {"cbvmda:lotNumber": name.lot}
    if produced:
        ilmd["liangpin:productionDate"] = produced.isoformat()
    if best_before:
        ilmd["cbvmda:bestBeforeDate"] = best_before.isoformat()
    if origins:
        ilmd["liangpin:origin"] = origins
    party, shown = _supplier(ctx, source, supplier, phone, new.supplier_code)
    amount = Amount(absolute(uri, ctx.public_url), quantity, unit)
    at = event_time(ctx, received_on)
    if source == "own":
        record_event(ctx, documents.commissioned(at, amount, ilmd, {}))
    else:
        record_event(ctx, documents.received_new(at, amount, ilmd, party, own_party(ctx), {}))
    warnings = [w.told() for w in missing_papers(source, {p["kind"] for p in papers})]
    receipt = {
        "source": source,
        "supplier": shown,
        "received_on": received_on.isoformat(),
        "documents": papers,
        "parts": _parts(ctx, new),
    }
    record_act(ctx, "batch.registered", "batch", lot_id, {"pending": [], "warnings": warnings, "receipt": receipt})
    _aliases(ctx, lot_id, new, name.factory_code, papers)
    code = give_short_code(ctx, lot_id)
    judge_users(ctx, lot_id, genealogy.made_from(ctx.conn, [lot_id]), "receipt")
    return Registered(lot_id, name.lot, absolute(uri, ctx.public_url), code, [], warnings)


def _supplier(ctx: Context, source: str, supplier: str, phone: str, code: str) -> tuple[str | None, dict[str, str]]:
    """Party URI for the event and what the receipt tells: a person is an opaque number there (PIPL).

    Whoever gives a telephone number and whoever keeps a market stall counts as a person.
    """
    if code.strip():
        known = parties.organisation_by_code(ctx.conn, code.strip())
        if known is not None:
            return PARTY + known.code, {"organisation": str(known.id)}
    if source == "own" or not supplier:
        return None, {}
    if phone or source in ("smallholder", "collector", "market"):
        number = file_person(ctx, supplier, phone)
        return f"{PERSON}{number}", {"person": str(number)}
    return name_uri(supplier), {"name": supplier}


def _origins(new: NewReceipt, origin: str, problems: Problems) -> list[str]:
    if len(new.parts) > MAX_PARTS:
        problems.add("/parts", "too_many", f"来源最多 {MAX_PARTS} 个", "too many parts")
    found = [origin] if origin else []
    for index, part in enumerate(new.parts[:MAX_PARTS]):
        found.append(problems.text(part.origin, f"/parts/{index}/origin", "来源产地", longest=60))
        problems.text(part.name, f"/parts/{index}/name", "来源农户", required=False, longest=60)
        if part.quantity.strip():
            problems.quantity(part.quantity, f"/parts/{index}/quantity", "来源数量")
    return list(dict.fromkeys(o for o in found if o))


def _parts(ctx: Context, new: NewReceipt) -> list[dict[str, str]]:
    return [
        {
            "origin": part.origin.strip(),
            "quantity": part.quantity.strip(),
            "person": str(file_person(ctx, part.name.strip(), "")) if part.name.strip() else "",
        }
        for part in new.parts[:MAX_PARTS]
    ]


def missing_papers(source: str, kinds: set[str]) -> list[Finding]:
    """Warnings for the documents a source owes and that are not there."""
    if source == "smallholder":
        if kinds.isdisjoint(SMALLHOLDER_ANY):
            wanted = "、".join(DOCUMENT_KINDS[k] for k in SMALLHOLDER_ANY)
            return [Finding("paper_missing", f"缺凭证：农户供货请留下{wanted}中的一种（鼓励开具承诺达标合格证）")]
        return []
    return [
        Finding("paper_missing", f"缺凭证：{SOURCES[source]}供货应有{DOCUMENT_KINDS[kind]}，请补上编号或照片")
        for kind in EXPECTED.get(source, ())
        if kind not in kinds
    ]


def _aliases(ctx: Context, lot_id: int, new: NewReceipt, factory_code: str, papers: list[dict[str, Any]]) -> None:
    if factory_code:
        file_alias(ctx, lot_id, FACTORY, factory_code)
    if new.code.strip() and coded_lot(ctx, new.code) != lot_id:
        foreign = recognise(new.code)
        file_alias(ctx, lot_id, str(foreign.scheme), foreign.value)
    schemes = {"conformity_certificate": "commitment_certificate", "quarantine_certificate": "animal_quarantine"}
    for paper in papers:
        if paper["kind"] in schemes and paper["number"]:
            file_alias(ctx, lot_id, schemes[paper["kind"]], recognise(paper["number"]).value)
