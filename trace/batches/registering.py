"""Register a product batch by form, by API or in bulk: one function, the same events and projections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from trace.batches import store as batches
from trace.batches.lots import (
    FACTORY,
    LotName,
    absolute,
    file_alias,
    find_lots,
    give_short_code,
    name_lot,
    stored_lot_uri,
    surrogate,
)
from trace.batches.models import BASES, InputLine, NewBatch, Registered
from trace.batches.receiving import event_time
from trace.batches.rules import (
    Finding,
    InputFacts,
    check_dates,
    check_input,
    licensed,
    made_in_order,
    mass_balance,
    shelf_end,
)
from trace.context import Context, local_datetime
from trace.errors import Conflict, InvalidInput
from trace.evidence.commands import checked_report
from trace.genealogy import store as genealogy
from trace.identifiers.canonical import canonical
from trace.items import store as items
from trace.items.commands import create_item, owned_item
from trace.items.models import NewItem
from trace.journal import documents
from trace.journal import store as journal
from trace.journal.commands import record_act, record_event
from trace.journal.documents import Amount
from trace.parties import store as parties
from trace.problems import Problems
from trace.quantity import MICRO, convert, family
from trace.suspicion.commands import warn
from trace.verdicts import commands as verdicts
from trace.verdicts.waiting import judge_users

MAX_INPUTS = 500
MAX_REPORTS = 20


@dataclass(frozen=True, slots=True)
class ResolvedInput:
    """One input line, its lot found or named: stored URI, amount in the written unit, what it is called."""

    uri: str
    lot_id: int
    quantity: int
    unit: str
    basis: str
    label: str
    at: str


def register(ctx: Context, new: NewBatch) -> Registered:
    """Record a batch with its inputs and reports. Raises InvalidInput with every wrong field, or Conflict.

    Inputs that are unknown, over-used or out of time order do not block: they are kept as 待补录, and
    the batch may be coded but not released until they are completed.
    """
    item = owned_item(ctx, new.item_id)
    problems = Problems()
    quantity = problems.quantity(new.quantity, "/quantity", "数量")
    unit = problems.unit(new.unit, "/unit") if new.unit.strip() else item.base_unit
    produced_on = problems.day(new.produced_on, "/produced_on", "生产日期", required=True)
    best_before = problems.day(new.best_before, "/best_before", "保质期到")
    origin = problems.text(new.origin, "/origin", "产地", required=False, longest=60)
    if item.kind != "product":
        problems.add("/item_id", "not_a_product", f"“{item.name}”是原料，请用收货登记", "a material, not a product")
    if unit is not None and family(unit) != item.base_unit:
        problems.add("/unit", "unit_mismatch", f"“{item.name}”按{item.base_unit}计量，请换单位", "unit mismatch")
    if len(new.inputs) > MAX_INPUTS:
        problems.add("/inputs", "too_many", f"投料最多 {MAX_INPUTS} 行", "too many inputs")
    if len(new.reports) > MAX_REPORTS:
        problems.add("/reports", "too_many", f"检验报告最多 {MAX_REPORTS} 份", "too many reports")
    warnings: list[Finding] = []
    if produced_on is not None:
        if best_before is None and item.shelf_life_days is not None:
            best_before = shelf_end(produced_on, item.shelf_life_days)
        elif best_before is None:
            problems.add("/best_before", "required", "产品资料没有保质期，请填写保质期到哪一天", "required")
        warnings += check_dates(produced_on, best_before, item.shelf_life_days, ctx.today, problems)
    reports = [checked_report(ctx, r, problems, f"/reports/{i}") for i, r in enumerate(new.reports[:MAX_REPORTS])]
    if produced_on is None or quantity is None or unit is None or best_before is None:
        problems.raise_if_any()
        raise InvalidInput("批次内容不完整", "The batch is incomplete")
    used = [resolve_input(ctx, line, f"/inputs/{i}", problems) for i, line in enumerate(new.inputs[:MAX_INPUTS])]
    inputs = [line for line in used if line is not None]
    name = problems.attempt(lambda: name_lot(ctx, item.key, new.lot, produced_on))
    uri = stored_lot_uri(item.key, name.lot if name is not None else "")
    own = journal.identifiers(ctx.conn, [uri]).get(uri)
    pending = check_inputs(ctx, inputs, own, produced_on, problems, warnings)
    if not inputs:
        pending = [Finding("no_inputs", "没有登记投料：请补上原料批次，谱系从这里断开")]
    problems.raise_if_any()
    assert name is not None
    warnings += warn(ctx.conn, {line.lot_id: line.label for line in inputs})
    held = [(c.kind, c.valid_from, c.valid_to) for c in parties.credentials_of(ctx.conn, ctx.tenant_id)]
    warnings += licensed(held, produced_on)
    balance = mass_balance(_masses(inputs), _output_mass(item, quantity, unit), item.usual_yield)
    if balance is not None:
        warnings.append(balance)
    batch_id = _claim(ctx, item, name, uri)
    ilmd: dict[str, Any] = {
        "cbvmda:lotNumber": name.lot,
        "cbvmda:bestBeforeDate": best_before.isoformat(),
        "liangpin:productionDate": produced_on.isoformat(),
    }
    if origin:
        ilmd["liangpin:origin"] = [origin]
    made = Amount(absolute(uri, ctx.public_url), quantity, unit)
    at = event_time(ctx, produced_on)
    record_event(ctx, _made(ctx, at, inputs, made, ilmd))
    facts = {"pending": [f.told() for f in pending], "warnings": [f.told() for f in warnings]}
    record_act(ctx, "batch.registered", "batch", batch_id, facts)
    if name.factory_code:
        file_alias(ctx, batch_id, FACTORY, name.factory_code)
    for report in reports:
        record_act(ctx, "report", "batch", batch_id, report)
    code = give_short_code(ctx, batch_id)
    verdicts.judge(ctx, batch_id, "registered")
    judge_users(ctx, batch_id, genealogy.made_from(ctx.conn, [batch_id]), "receipt")
    return Registered(
        batch_id,
        name.lot,
        absolute(uri, ctx.public_url),
        code,
        [f.told() for f in pending],
        [f.told() for f in warnings],
    )


def _made(ctx: Context, at: int, inputs: Sequence[ResolvedInput], made: Amount, ilmd: dict[str, Any]) -> dict[str, Any]:
    if not inputs:
        return documents.commissioned(at, made, ilmd, {})
    amounts = [Amount(absolute(i.uri, ctx.public_url), i.quantity, i.unit, i.basis) for i in inputs]
    return documents.transformed(at, amounts, made, ilmd, {})


def reserve(ctx: Context, item_id: int, lot: str, produced_on: str = "") -> Registered:
    """Reserve a lot and its code before the batch is made, so that labels can be printed (在制)."""
    item = owned_item(ctx, item_id)
    problems = Problems()
    day = problems.day(produced_on, "/produced_on", "计划生产日期") or ctx.today
    if item.kind != "product":
        problems.add("/item_id", "not_a_product", f"“{item.name}”是原料，不能预留批号", "not a product")
    problems.raise_if_any()
    name = name_lot(ctx, item.key, lot, day)
    uri = stored_lot_uri(item.key, name.lot)
    if batches.lot_taken(ctx.conn, ctx.tenant_id, item.id, name.lot) is not None:
        raise _duplicate(item, name)
    batch_id = surrogate(ctx, uri)
    record_act(ctx, "batch.reserved", "batch", batch_id, {"item_id": str(item.id), "lot": name.lot})
    if name.factory_code:
        file_alias(ctx, batch_id, FACTORY, name.factory_code)
    code = give_short_code(ctx, batch_id)
    return Registered(batch_id, name.lot, absolute(uri, ctx.public_url), code, [], [])


def _refuse_taken(ctx: Context, item: Row[Any], name: LotName) -> Row[Any] | None:
    taken = batches.lot_taken(ctx.conn, ctx.tenant_id, item.id, name.lot)
    if taken is not None and taken.state != "reserved":
        raise _duplicate(item, name)
    return taken


def _duplicate(item: Row[Any], name: LotName) -> Conflict:
    return Conflict(
        f"“{item.name}”批号 {name.lot} 已经登记过，同一产品的批号不能重复；请换一个批号，或打开已有批次更正",
        "This lot is registered already",
        code="duplicate_lot",
        errors=InvalidInput.of("/lot", "duplicate_lot", f"批号 {name.lot} 已登记", "duplicate lot").errors,
    )


def _claim(ctx: Context, item: Row[Any], name: LotName, uri: str) -> int:
    taken = _refuse_taken(ctx, item, name)
    return int(taken.id) if taken is not None else surrogate(ctx, uri)


def resolve_input(ctx: Context, line: InputLine, at: str, problems: Problems) -> ResolvedInput | None:
    """The lot an input line names; what is wrong goes to ``problems`` under ``at``."""
    quantity = problems.quantity(
        line.quantity, f"{at}/quantity", f"“{line.material[:30]}”的用量" if line.material else "用量"
    )
    unit = problems.unit(line.unit, f"{at}/unit")
    basis = problems.choice(line.basis, BASES, f"{at}/basis", "用量依据")
    if quantity is None or unit is None:
        return None
    if line.lot_id is not None:
        return _by_id(ctx, line.lot_id, quantity, unit, basis, at, problems)
    if line.code.strip():
        known = find_lots(ctx, line.code)
        if len(known) > 1:  # several deliveries under one certificate: what is here is what can go in
            held = genealogy.stock_of(ctx.conn, known, ctx.tenant_id)
            known = [lot for lot in known if lot in held] or known
        if len(known) > 1:
            problems.add(
                f"{at}/code",
                "ambiguous_code",
                f"编码“{line.code[:60]}”对应 {len(known)} 批货，请从列表里选",
                "ambiguous",
            )
            return None
        if known:
            return _by_id(ctx, known[0], quantity, unit, basis, at, problems)
        try:
            found = canonical(line.code, ctx.public_url)
        except InvalidInput as wrong:
            for error in wrong.errors:
                problems.add(f"{at}/code", error.code, error.detail, error.detail_en)
        else:
            if found.lot_uri is not None:
                uri = found.lot_uri.removeprefix(ctx.public_url)
                return ResolvedInput(uri, surrogate(ctx, uri), quantity, unit, basis, line.code.strip()[:80], at)
            problems.add(f"{at}/code", "no_lot", f"编码“{line.code[:60]}”没有批号，请扫包装上的批次码", "names no lot")
        return None
    return _by_name(ctx, line, quantity, unit, basis, at, problems)


def _by_id(
    ctx: Context, lot_id: int, quantity: int, unit: str, basis: str, at: str, problems: Problems
) -> ResolvedInput | None:
    row = batches.batches_by_id(ctx.conn, [lot_id]).get(lot_id)
    if row is None:
        uri = journal.uri_of(ctx.conn, lot_id)
        if uri is None or "/10/" not in uri:
            problems.add(f"{at}/lot_id", "unknown_lot", "没有这个批次，请重新选择或扫码", "no such lot")
            return None
        return ResolvedInput(uri, lot_id, quantity, unit, basis, uri.rsplit("/", 1)[-1], at)
    if family(unit) != row.base_unit:
        problems.add(
            f"{at}/unit",
            "unit_mismatch",
            f"“{row.item_name}”按{row.base_unit}计量，请换成可换算的单位",
            "unit mismatch",
        )
        return None
    return ResolvedInput(row.uri, lot_id, quantity, unit, basis, f"{row.item_name} {row.lot}", at)


def _by_name(
    ctx: Context, line: InputLine, quantity: int, unit: str, basis: str, at: str, problems: Problems
) -> ResolvedInput | None:
    material_id = line.material_id
    if material_id is None:
        written = problems.text(line.material, f"{at}/material", "原料名称", longest=80)
        if not written:
            return None
        known = items.item_named(ctx.conn, ctx.tenant_id, "material", written)
        material_id = (
            int(known.id)
            if known is not None
            else create_item(ctx, NewItem(kind="material", name=written, base_unit=family(unit)))
        )
    item = items.get_item(ctx.conn, material_id)
    if item is None or item.organisation_id != ctx.tenant_id:
        problems.add(f"{at}/material_id", "unknown_material", "没有这个原料，请先登记原料", "unknown material")
        return None
    if family(unit) != item.base_unit:
        problems.add(f"{at}/unit", "unit_mismatch", f"“{item.name}”按{item.base_unit}计量，请换单位", "unit mismatch")
        return None
    if not line.lot.strip():
        problems.add(
            f"{at}/lot",
            "required",
            f"请填写“{item.name}”的批号（看包装或收货单），没有收货登记也可以先填",
            "which lot?",
        )
        return None
    name = problems.attempt(lambda: name_lot(ctx, item.key, line.lot, ctx.today, "U", f"{at}/lot"))
    if name is None:
        return None
    uri = stored_lot_uri(item.key, name.lot)
    lot_id = surrogate(ctx, uri)
    if name.factory_code and lot_id not in journal.own_lots_of_alias(
        ctx.conn, ctx.tenant_id, FACTORY, name.factory_code
    ):
        file_alias(ctx, lot_id, FACTORY, name.factory_code)  # at once: the next line may name the same pack
    return ResolvedInput(uri, lot_id, quantity, unit, basis, f"{item.name} {line.lot.strip()}", at)


def check_inputs(
    ctx: Context,
    inputs: Sequence[ResolvedInput],
    batch_id: int | None,
    produced_on: date,
    problems: Problems,
    warnings: list[Finding] | None = None,
) -> list[Finding]:
    """Refusals into ``problems``, what is only told into ``warnings``; gives what is 待补录.

    ``batch_id`` is the batch itself where it has one.
    """
    facts = input_facts(ctx, inputs)
    if warnings is not None:
        warnings += made_in_order([(one.label, one.produced_on) for one in facts.values()], produced_on)
    pending: list[Finding] = []
    for line in inputs:
        if line.lot_id == batch_id:
            problems.add(f"{line.at}/lot_id", "own_input", "批次不能用自己作投料，请核对批号", "its own input")
        else:
            pending += check_input(facts[line.lot_id], produced_on, f"{line.at}/lot_id", problems)
    return list({(f.code, f.detail): f for f in pending}.values())


def input_facts(ctx: Context, inputs: Sequence[ResolvedInput]) -> dict[int, InputFacts]:
    """How each input lot stands at the actor's organisation; amounts of one lot on several lines are added up."""
    ids = list(dict.fromkeys(line.lot_id for line in inputs))
    rows = batches.batches_by_id(ctx.conn, ids)
    stock = genealogy.stock_of(ctx.conn, ids, ctx.tenant_id)
    taken_over = genealogy.first_received(ctx.conn, ids, ctx.tenant_id)
    found: dict[int, InputFacts] = {}
    for line in inputs:
        base = family(line.unit)
        wanted = convert(line.quantity, line.unit, base) or 0
        before = found.get(line.lot_id)
        row = rows.get(line.lot_id)
        found[line.lot_id] = InputFacts(
            label=line.label,
            registered=row is not None,
            wanted=wanted + (before.wanted if before is not None else 0),
            unit=base,
            on_hand=sum(q for q, u in stock.get(line.lot_id, []) if u == base),
            state=row.state if row is not None else "",
            halt=row.halt if row is not None else "",
            best_before=row.best_before if row is not None else None,
            received_on=received_on(row, taken_over.get(line.lot_id)),
            produced_on=row.produced_on if row is not None else None,
        )
    return found


def received_on(row: Row[Any] | None, taken_over: int | None) -> str | None:
    """When a lot came into the organisation's hands, as an ISO date; None where nobody said."""
    if taken_over is not None:
        return local_datetime(taken_over).date().isoformat()
    if row is None:
        return None
    receipt: Mapping[str, Any] = json.loads(row.receipt)
    found = receipt.get("received_on") or row.produced_on
    return str(found) if found else None


def _masses(inputs: Sequence[ResolvedInput]) -> list[tuple[int, str]]:
    found = []
    for line in inputs:
        base = family(line.unit)
        found.append((convert(line.quantity, line.unit, base) or 0, base))
    return found


def _output_mass(item: Row[Any], quantity: int, unit: str) -> int | None:
    """Mass (litres count as kilograms) of a quantity of a product in millionths, None without net content."""
    base = family(unit)
    amount = convert(quantity, unit, base) or 0
    if base != "H87":
        return amount
    if item.net_content is None or item.net_unit is None:
        return None
    each = convert(item.net_content, item.net_unit, family(item.net_unit)) or 0
    return amount * each // MICRO
