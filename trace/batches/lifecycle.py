"""What is done with a batch after registration: each a journal entry with who, when, why and request id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from trace.batches import registering
from trace.batches import store as batches
from trace.batches.lots import absolute
from trace.batches.models import PENDING, STATES, InputLine
from trace.batches.receiving import event_time, own_party
from trace.batches.rules import TRANSITIONS, Finding
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.commands import checked_report
from trace.evidence.models import NewReport
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import documents
from trace.journal import store as journal
from trace.journal.commands import record_act, record_event
from trace.journal.documents import Amount
from trace.parties import store as parties
from trace.parties.models import PARTY, name_uri
from trace.problems import MIN_REASON, Problems, reason_of
from trace.quantity import convert, family, show
from trace.verdicts import commands as verdicts
from trace.verdicts import rulings
from trace.verdicts.waiting import judge_item, judge_users


def own_batch(ctx: Context, batch_id: int) -> Row[Any]:
    """The actor's own batch; NotFound for everyone else's, so that ids tell nothing."""
    row = batches.get_batch(ctx.conn, batch_id)
    if row is None or row.tenant_id != ctx.tenant_id:
        raise NotFound("没有这个批次，或不属于本企业", "No such batch of your organisation")
    return row


def any_batch(ctx: Context, batch_id: int) -> Row[Any]:
    """A batch of anybody, for a regulator's act."""
    row = batches.get_batch(ctx.conn, batch_id)
    if row is None:
        raise NotFound("没有这个批次", "No such batch")
    return row


def _may(row: Row[Any], act: str, name: str) -> None:
    if row.state not in TRANSITIONS[act]:
        allowed = "、".join(STATES[s] for s in STATES if s in TRANSITIONS[act])
        raise Conflict(
            f"批次 {row.lot} 现在是“{STATES[row.state]}”，只有“{allowed}”的批次才能{name}",
            f"A batch in state {row.state} cannot take this act",
            code="wrong_state",
        )


def release(ctx: Context, batch_id: int, reason: str = "") -> None:
    """放行 by the named 食品安全员. The engine lists, it never signs.

    Refused while anything is 待补录, while a finding is 比对不符合, or while the batch is stopped; every
    需人工核对 must have been ruled 符合, and 证据不足 must be answered for in writing.
    """
    row = own_batch(ctx, batch_id)
    _may(row, "release", "放行")
    if row.halt:
        raise Conflict("批次已停售或召回，不能放行", "The batch is stopped", code="halted")
    pending = json.loads(row.pending)
    if pending:
        raise Conflict(
            "批次还有待补录的内容，补齐后才能放行：" + "；".join(p["detail"] for p in pending),
            "Something is still to be completed",
            code="pending",
        )
    status = verdicts.judge(ctx, batch_id, "release")
    if status == "fail":
        raise Conflict(
            "系统比对有不符合项，不能放行。请打开批次查看条款和数值；数值录错请补登更正的报告，产品不符合请扣留处置",
            "A finding is not in conformity",
            code="finding_fails",
        )
    rulings.require_rulings(ctx, batch_id)
    if any(f["status"] == "insufficient_evidence" for f in rulings.latest_findings(ctx, batch_id)):
        text = reason_of(reason, "放行依据")
    else:
        text = reason.strip()[:500]
    record_act(ctx, "batch.released", "batch", batch_id, {"verdict": status}, text)


def hold(ctx: Context, batch_id: int, reason: str) -> None:
    """扣留 a batch until something is settled."""
    _may(own_batch(ctx, batch_id), "hold", "扣留")
    record_act(ctx, "batch.held", "batch", batch_id, {}, reason_of(reason))


def unhold(ctx: Context, batch_id: int, reason: str) -> None:
    """End a hold: the batch is 待检 again and must be released anew."""
    _may(own_batch(ctx, batch_id), "unhold", "解除扣留")
    record_act(ctx, "batch.unheld", "batch", batch_id, {}, reason_of(reason))


def stop(ctx: Context, batch_id: int, reason: str, public_text: str = "") -> None:
    """The maker's own stop-sale (停止销售). ``public_text`` is what the public page may say beside it."""
    row = own_batch(ctx, batch_id)
    if row.halt in ("ordered_stop", "seized", "recall", "failed_sampling"):
        raise Conflict(
            "批次已被责令停止经营、查封扣押、召回或抽检不合格，不能改为自行停售", "Already ordered", code="halted"
        )
    problems = Problems()
    said = problems.text(public_text, "/public_text", "对外说明", required=False, longest=200)
    problems.raise_if_any()
    record_act(ctx, "batch.stopped", "batch", batch_id, {"public_text": said}, reason_of(reason))


def lift_stop(ctx: Context, batch_id: int, reason: str) -> None:
    """End the maker's own stop-sale."""
    row = own_batch(ctx, batch_id)
    if row.halt != "own_stop":
        raise Conflict("批次没有自行停售，无需恢复", "Not stopped by its maker", code="not_stopped")
    record_act(ctx, "batch.stop_lifted", "batch", batch_id, {}, reason_of(reason))


def _recall_text(notice: str, returns: str) -> str:
    return f"公告：{notice}；退货方式：{returns}"


def announce_recall(ctx: Context, batch_id: int, reason: str, notice: str, returns: str) -> None:
    """召回 by the owner: public at once, with notice and how to return. A regulator orders it by ``trace.measures``."""
    row = own_batch(ctx, batch_id)
    if row.state in ("reserved", "voided"):
        raise Conflict("批次尚未生产或已作废，无可召回", "Nothing to recall", code="wrong_state")
    problems = Problems()
    where = problems.text(notice, "/notice", "公告（法定平台的地址或文号）", longest=300)
    how = problems.text(returns, "/returns", "退货方式", longest=200)
    problems.raise_if_any()
    body = {"notice": where, "returns": how, "public_text": _recall_text(where, how)}
    record_act(ctx, "recall.announced", "batch", batch_id, body, reason_of(reason))


def view_recipe(ctx: Context, item_id: int, reason: str) -> None:
    """A regulator opens a recipe: who and why is recorded before anything is shown."""
    item = items.get_item(ctx.conn, item_id)
    if item is None:
        raise NotFound("没有这个产品", "No such product")
    record_act(
        ctx, "recipe.viewed", "item", item_id, {"owner": str(item.organisation_id)}, reason_of(reason, "查看理由")
    )


def rule(ctx: Context, batch_id: int, findings: Sequence[str], conclusion: str, basis: str) -> list[int]:
    """Rulings by the 食品安全员 on findings that need a person (裁定); kept beside them, see ``rulings.rule``."""
    row = own_batch(ctx, batch_id)
    if row.state in ("reserved", "voided"):
        raise Conflict("批次尚未生产或已作废，无可裁定", "Nothing to rule on", code="wrong_state")
    return rulings.rule(ctx, batch_id, findings, conclusion, basis)


def add_report(ctx: Context, batch_id: int, new: NewReport) -> str:
    """File one more test report for a batch and judge it again; gives the new verdict."""
    own_batch(ctx, batch_id)
    problems = Problems()
    body = checked_report(ctx, new, problems, "")
    problems.raise_if_any()
    record_act(ctx, "report", "batch", batch_id, body)
    status = verdicts.judge(ctx, batch_id, "report")
    _judge_users(ctx, batch_id, "input report")
    return status


def _judge_users(ctx: Context, lot_id: int, cause: str) -> None:
    """A lot's papers are evidence for whatever was made from it."""
    judge_users(ctx, lot_id, genealogy.made_from(ctx.conn, [lot_id]), cause)


def withdraw_report(ctx: Context, batch_id: int, report_id: int, reason: str) -> str:
    """Say that a report was filed wrongly; it stays on record and is judged no more. Gives the new verdict."""
    own_batch(ctx, batch_id)
    acts = journal.acts_of(ctx.conn, batch_id, ("report", "report.withdrawn"))
    if not any(a.id == report_id and a.kind == "report" for a in acts):
        raise NotFound("本批没有这份报告", "No such report of this batch")
    if any(a.kind == "report.withdrawn" and json.loads(a.body)["report_id"] == str(report_id) for a in acts):
        raise Conflict("这份报告已经撤回", "Withdrawn already", code="already_withdrawn")
    record_act(ctx, "report.withdrawn", "batch", batch_id, {"report_id": str(report_id)}, reason_of(reason, "撤回原因"))
    status = verdicts.judge(ctx, batch_id, "report withdrawn")
    _judge_users(ctx, batch_id, "input report")
    return status


def add_type_report(ctx: Context, item_id: int, new: NewReport) -> int:
    """File a type-test report (型式检验) for a product."""
    item = items.get_item(ctx.conn, item_id)
    if item is None or item.organisation_id != ctx.tenant_id:
        raise NotFound("没有这个产品", "No such product")
    problems = Problems()
    body = checked_report(ctx, new, problems, "")
    if body["kind"] not in ("", "type"):
        problems.add("/kind", "not_a_type_test", "这里只登记型式检验；批次的报告请在批次页登记", "type tests only")
    problems.raise_if_any()
    filed = record_act(ctx, "report", "item", item_id, body)
    judge_item(ctx, item_id, "type report")
    return filed


def open_pack(ctx: Context, lot_id: int) -> None:
    """Say which pack of a small ingredient is in use from now on; a supplier's lot counts as what it serves as."""
    row = batches.get_batch(ctx.conn, lot_id)
    held = [h for h in genealogy.holders_of(ctx.conn, lot_id) if h.holder_id == ctx.tenant_id]
    if row is None or not held:
        raise NotFound("没有这批原料，或本企业没有库存", "No such lot on hand")
    material = next((h.material_id for h in held if h.material_id is not None), row.item_id)
    record_act(ctx, "pack.opened", "batch", lot_id, {"material_id": str(material)})


def ship(ctx: Context, batch_id: int, quantity: str, unit: str, customer: str, customer_code: str = "") -> int:
    """发货: only what is released and on hand. Gives the event row id."""
    row = batches.get_batch(ctx.conn, batch_id)
    stock = genealogy.stock_of(ctx.conn, [batch_id], ctx.tenant_id).get(batch_id, [])
    if row is None or (row.tenant_id != ctx.tenant_id and not stock):
        raise NotFound("没有这个批次，或本企业没有库存", "No such batch on hand")
    if row.tenant_id == ctx.tenant_id:
        _may(row, "ship", "发货")
    if row.halt:
        raise Conflict("批次已停售或召回，不能发货", "The batch is stopped", code="halted")
    problems = Problems()
    if row.best_before is not None and row.best_before < ctx.today.isoformat():
        problems.add("", "expired", f"批次保质期到 {row.best_before}，已过期，不能发货", "expired")
    item = items.items_by_id(ctx.conn, [row.item_id])[row.item_id]
    amount = problems.quantity(quantity, "/quantity", "数量")
    code = problems.unit(unit, "/unit") if unit.strip() else item.base_unit
    if code is not None and family(code) != item.base_unit:
        problems.add("/unit", "unit_mismatch", f"“{item.name}”按{item.base_unit}计量，请换单位", "unit mismatch")
    name = problems.text(customer, "/customer", "收货单位", required=not customer_code.strip(), longest=80)
    to = parties.organisation_by_code(ctx.conn, customer_code.strip()) if customer_code.strip() else None
    if customer_code.strip() and to is None:
        problems.add("/customer_code", "unknown_party", f"没有代码为“{customer_code[:30]}”的单位", "unknown party")
    if to is not None and to.id == ctx.tenant_id:
        problems.add("/customer_code", "own_party", "收货单位不能是本企业", "your own organisation")
    problems.raise_if_any()
    if amount is None or code is None:
        raise InvalidInput("发货内容不完整", "The shipment is incomplete")
    on_hand = sum(q for q, u in stock if u == item.base_unit)
    wanted = convert(amount, code, item.base_unit) or 0
    if wanted > on_hand:
        raise Conflict(
            f"现有 {show(on_hand, item.base_unit)}，不够发 {show(wanted, item.base_unit)}。请核对数量",
            "Not enough on hand",
            code="not_enough",
        )
    uri = absolute(str(journal.uri_of(ctx.conn, batch_id)), ctx.public_url)
    destination = PARTY + to.code if to is not None else name_uri(name)
    event = documents.shipped(event_time(ctx, ctx.today), Amount(uri, amount, code), own_party(ctx), destination, {})
    return record_event(ctx, event)


def void(ctx: Context, batch_id: int, reason: str) -> None:
    """作废: an error declaration on the registration. The original stays; the code's page says voided."""
    row = own_batch(ctx, batch_id)
    _may(row, "void", "作废")
    if genealogy.outputs_of(ctx.conn, batch_id):
        raise Conflict("这批货已用于其他批次，不能作废；请先更正用了它的批次", "Used in other batches", code="in_use")
    if any(h.from_id == row.tenant_id for h in genealogy.handovers_of(ctx.conn, batch_id)):
        raise Conflict("这批货已经发出，不能作废；请停止销售或召回", "Shipped goods: stop or recall", code="shipped")
    text = reason_of(reason)
    if row.event_id is not None:
        _declare_wrong(ctx, row.event_id, text)
    record_act(ctx, "batch.voided", "batch", batch_id, {}, text)


def _declare_wrong(ctx: Context, event_row_id: int, reason: str, corrective: Sequence[str] = ()) -> None:
    original = journal.get_event(ctx.conn, event_row_id)
    if original is None:
        raise NotFound("没有要更正的登记", "No such event")
    record_event(ctx, documents.declared_wrong(json.loads(original.document), ctx.now, reason, corrective))


def correct_inputs(ctx: Context, batch_id: int, lines: Sequence[InputLine], reason: str) -> list[dict[str, str]]:
    """State a batch's inputs anew: error declaration plus corrective event. Gives what is still 待补录.

    What a registration refuses of an input is refused here too, but not of inputs that the batch has
    already: one that was recalled since must not keep the others from being put right.
    """
    row = own_batch(ctx, batch_id)
    if row.kind != "product" or row.state == "voided" or row.event_id is None:
        raise Conflict("批次已作废、尚未生产或是原料，不能更正投料", "Nothing to correct", code="wrong_state")
    text = reason_of(reason, "更正原因")
    original = journal.get_event(ctx.conn, row.event_id)
    if original is None:
        raise NotFound("没有要更正的登记", "No such event")
    ilmd = json.loads(original.document)["ilmd"]
    problems = Problems()
    if not lines:
        problems.add("/inputs", "required", "请填写更正后的投料", "at least one input")
    if len(lines) > registering.MAX_INPUTS:
        problems.add("/inputs", "too_many", f"投料最多 {registering.MAX_INPUTS} 行", "too many inputs")
    few = lines[: registering.MAX_INPUTS]
    used = [registering.resolve_input(ctx, line, f"/inputs/{i}", problems) for i, line in enumerate(few)]
    inputs = [line for line in used if line is not None]
    before = {e.input_id for e in genealogy.inputs_of(ctx.conn, batch_id)}
    registering.check_inputs(
        ctx, [line for line in inputs if line.lot_id not in before], batch_id, _made_on(row), problems
    )
    problems.raise_if_any()
    uri = absolute(str(journal.uri_of(ctx.conn, batch_id)), ctx.public_url)
    made = Amount(uri, row.quantity, row.unit)
    amounts = [Amount(absolute(i.uri, ctx.public_url), i.quantity, i.unit, i.basis) for i in inputs]
    event = documents.transformed(original.event_time, amounts, made, ilmd, {})
    _declare_wrong(ctx, row.event_id, text, [event["eventID"]])
    record_event(ctx, event)
    record_act(ctx, "batch.corrected", "batch", batch_id, {"state": row.state}, text)
    return _look_again(ctx, own_batch(ctx, batch_id), "")


def _made_on(row: Row[Any]) -> date:
    return date.fromisoformat(row.produced_on)


def complete(ctx: Context, batch_id: int, explanation: str) -> list[dict[str, str]]:
    """Look again at what was 待补录; what is now in order is cleared, the mark stays.

    Dates that are out of order but true are cleared by a written explanation, for good. Gives what is
    still open; where nothing is open nothing is looked for.
    """
    row = own_batch(ctx, batch_id)
    if row.kind != "product" or row.state in ("reserved", "voided") or row.pending == "[]":
        return []
    return _look_again(ctx, row, explanation.strip())


def _look_again(ctx: Context, row: Row[Any], said: str) -> list[dict[str, str]]:
    problems = Problems()
    said = problems.text(said, "/explanation", "说明", required=False, longest=500)
    problems.raise_if_any()
    explained = len(said) >= MIN_REASON or _explained(ctx, row.id)
    still = [f for f in _still_pending(ctx, row) if not (f.code == "before_receipt" and explained)]
    told = [f.told() for f in still]
    if told != json.loads(row.pending):
        record_act(ctx, "batch.completed", "batch", row.id, {"pending": told}, said)
    verdicts.judge(ctx, row.id, "completed")
    return told


def _explained(ctx: Context, batch_id: int) -> bool:
    """Whether the dates were explained since the inputs were last corrected."""
    acts = journal.acts_of(ctx.conn, batch_id, ("batch.completed", "batch.corrected"))
    since = max((a.id for a in acts if a.kind == "batch.corrected"), default=0)
    return any(a.kind == "batch.completed" and a.id > since and len(a.reason) >= MIN_REASON for a in acts)


def _still_pending(ctx: Context, row: Row[Any]) -> list[Finding]:
    edges = genealogy.inputs_of(ctx.conn, row.id)
    if not edges:
        return [Finding("no_inputs", "没有登记投料：请补上原料批次，谱系从这里断开")]
    ids = [e.input_id for e in edges]
    known = batches.batches_by_id(ctx.conn, ids)
    stock = genealogy.stock_of(ctx.conn, ids, ctx.tenant_id)
    taken_over = genealogy.first_received(ctx.conn, ids, ctx.tenant_id)
    found: list[Finding] = []
    for lot_id in ids:
        lot = known.get(lot_id)
        if lot is None:
            name = str(journal.uri_of(ctx.conn, lot_id)).rsplit("/", 1)[-1]
            found.append(Finding("unknown_input", f"{PENDING['unknown_input']}：批号 {name}。请补登这批原料的收货"))
            continue
        label = f"{lot.item_name} {lot.lot}"
        missing = [(q, u) for q, u in stock.get(lot_id, []) if q < 0]
        if missing:
            short = "、".join(show(-q, u) for q, u in missing)
            found.append(Finding("over_use", f"{PENDING['over_use']}：{label} 尚缺 {short}。请核对用量或补登收货"))
        received = registering.received_on(lot, taken_over.get(lot_id))
        if received is not None and row.produced_on is not None and received > row.produced_on:
            found.append(
                Finding(
                    "before_receipt",
                    f"{PENDING['before_receipt']}：{label} 于 {received} 收货，本批 {row.produced_on} 生产。请核对或说明",
                )
            )
    return found
