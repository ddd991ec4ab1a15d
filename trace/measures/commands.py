"""What officers do: draft, take an urgent measure first, withdraw a draft, note a maker's refusal; and the lapse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.errors import Conflict, Forbidden, NotFound
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.measures import owing, rules, store
from trace.measures.models import (
    DRAFT,
    GROUNDS,
    LIFT,
    MEASURES,
    RECALL,
    SEIZURES,
    URGENT,
    NewMeasure,
    Officer,
)
from trace.measures.owing import Owed
from trace.notices.commands import announce_alert
from trace.parties.commands import file_person
from trace.problems import Problems, reason_of
from trace.recalls.scope import NOT_MADE, failed_parameters

DUTY_ACTS = ("sampling.failed", "sampling.cleared", "case.step", "measure.recall_refused")
STRANGER = "没有这项措施，或与本单位无关"


def any_batch(conn: Connection, batch_id: int) -> Row[Any]:
    """The batch an officer acts on. NotFound where there is none."""
    row = batches.get_batch(conn, batch_id)
    if row is None:
        raise NotFound("没有这个批次", "No such batch")
    return row


def own_measure(ctx: Context, measure_id: int) -> Row[Any]:
    """A measure of the actor's office, locked for this transaction; NotFound for everybody else's."""
    store.lock(ctx.conn, measure_id)
    row = store.get_measure(ctx.conn, measure_id)
    if row is None or row.tenant_id != ctx.tenant_id:
        raise NotFound(STRANGER, "No such measure of your office")
    return row


def second_officer(ctx: Context, row: Row[Any]) -> None:
    """Forbidden for the one who drafted it."""
    if row.drafted_by == ctx.actor_id:
        raise Forbidden(
            "执法须两名执法人员：起草人不能自己办理生效", "A second officer must do this", code="two_officers"
        )


def in_draft(row: Row[Any]) -> None:
    """Conflict unless the measure is still a draft."""
    if row.state != DRAFT:
        told = "已生效或已结束" if row.state != "withdrawn" else "已撤回"
        raise Conflict(f"这份草稿{told}，不能再办理", "No draft any more", code="not_a_draft")


def recall_owed(conn: Connection, row: Row[Any], now: int) -> Owed:
    """Whether a recall of this batch may be ordered now, and which condition is not met."""
    acts = journal.acts_of(conn, row.id, DUTY_ACTS)
    facts = owing.facts_from(
        acts,
        store.of_batch(conn, row.id),
        failed_parameters(conn, [row.id]),
        covered=row.halt == "recall" or row.id in store.recalls_covering(conn, [row.id]),
        recallable=row.state not in NOT_MADE,
    )
    return owing.owed(facts, now)


def require_recall_owed(ctx: Context, row: Row[Any]) -> None:
    """Conflict, with every condition that is not met, where no recall may be ordered."""
    found = recall_owed(ctx.conn, row, ctx.now)
    if not found.allowed:
        raise Conflict(
            "不能责令召回：" + "；".join(found.missing), "The maker does not owe a recall", code="recall_not_owed"
        )


def target_of(ctx: Context, batch_id: int, ends: int | None) -> Row[Any]:
    """The measure in effect that a lifting ends. Conflict where there is none."""
    rows = {one.id: one for one in store.of_batch(ctx.conn, batch_id)}
    found = rows.get(ends or 0)
    if found is None or not rules.standing(found, ctx.now).in_effect:
        raise Conflict("没有这项生效中的措施，无可解除", "Nothing in effect to lift", code="not_in_effect")
    if found.tenant_id != ctx.tenant_id:
        raise Conflict("这项措施由别的单位作出，请移送该单位解除", "Another office's measure", code="other_office")
    return found


def draft(ctx: Context, batch_id: int, new: NewMeasure, officers: Sequence[Officer] | None = None) -> int:
    """First officer: alert the maker and draft the document; gives the measure's id. The public page does not change.

    With ``officers`` (two, by certificate number and name) the measure is taken at once, approval to follow within
    24 hours.
    """
    row = any_batch(ctx.conn, batch_id)
    if row.state == "voided":
        raise Conflict("批次登记已作废，不能采取措施", "The batch is voided", code="wrong_state")
    problems = Problems()
    what = problems.choice(new.measure, dict(MEASURES), "/measure", "措施")
    ground = problems.choice(new.ground, dict(GROUNDS), "/ground", "依据类别")
    source = problems.text(new.source, "/source", "依据", required=False, longest=500)
    goods = read_goods(problems, what, new.quantity, new.unit, new.place, required=False)
    problems.raise_if_any()
    reason = reason_of(new.reason)
    mine = {one.measure: one.state for one in store.of_batch(ctx.conn, batch_id) if one.tenant_id == ctx.tenant_id
            and one.state == DRAFT and (one.measure != LIFT or one.ends == new.ends)}  # fmt: skip
    refusal = rules.may_draft(what, mine)
    if refusal:
        raise Conflict(refusal, "A draft is open", code="draft_open")
    body = {"measure": what, "ground": ground, "source": source} | goods
    if what == LIFT:
        body["ends"] = str(target_of(ctx, batch_id, new.ends).id)
    if what == RECALL:
        require_recall_owed(ctx, row)
    made = record_act(ctx, "measure.drafted", "batch", batch_id, body, reason)
    if officers is not None:
        take(ctx, made, officers)
    else:
        announce_alert(ctx, batch_id, made, f"{MEASURES[what]}（草稿，未生效）", reason)
    return made


def read_goods(
    problems: Problems, measure: str, quantity: str, unit: str, place: str, *, required: bool
) -> dict[str, str]:
    """Quantity (millionths) with unit and place of seized goods; {} for other measures and where nothing is said yet."""
    if measure not in SEIZURES or not (required or quantity.strip() or place.strip()):
        return {}
    amount = problems.quantity(quantity, "/quantity", "查封扣押数量")
    code = problems.unit(unit, "/unit")
    where = problems.text(place, "/place", "查封扣押地点", longest=120)
    if amount is not None and amount <= 0:
        problems.add("/quantity", "not_positive", "查封扣押数量须大于零", "more than nothing")
    return {"quantity": str(amount or 0), "unit": code or "", "place": where}


def file_officers(ctx: Context, officers: Sequence[Officer]) -> list[dict[str, str]]:
    """Officers as the journal keeps them: certificate number, and the opaque number of a person."""
    return [{"number": one.number, "person": str(file_person(ctx, one.name, ""))} for one in officers]


def take(
    ctx: Context, measure_id: int, officers: Sequence[Officer], quantity: str = "", unit: str = "", place: str = ""
) -> None:
    """情况紧急，先行采取: in effect at once; without a recorded approval it lapses 24 hours later.

    Seized goods are stated here where the draft does not say what and where.
    """
    row = own_measure(ctx, measure_id)
    in_draft(row)
    if row.measure not in URGENT:
        raise Conflict(f"“{MEASURES[row.measure]}”不能先行采取", "Not an urgent measure", code="not_urgent")
    problems = Problems()
    two = rules.check_officers(problems, officers)
    goods = read_goods(problems, row.measure, quantity, unit, place, required=row.quantity is None)
    problems.raise_if_any()
    body: dict[str, Any] = goods | {
        "measure_id": str(measure_id),
        "measure": row.measure,
        "officers": file_officers(ctx, two),
        "public_text": rules.public_text(row.measure, ""),
    }
    if row.measure in SEIZURES:
        body["until"] = rules.seizure_until(ctx.today).isoformat()
    record_act(ctx, "measure.taken", "batch", row.batch_id, body, row.reason)


def withdraw(ctx: Context, measure_id: int, reason: str) -> None:
    """Give up a draft that never took effect; it stays on record, and the maker sees that the alert is over."""
    row = own_measure(ctx, measure_id)
    in_draft(row)
    body = {"measure_id": str(measure_id)}
    record_act(ctx, "measure.withdrawn", "batch", row.batch_id, body, reason_of(reason, "撤回理由"))


def note_refusal(ctx: Context, batch_id: int, refused_on: str, document: str) -> None:
    """The maker refused in writing to recall: when, and what the paper is."""
    row = any_batch(ctx.conn, batch_id)
    problems = Problems()
    on = problems.day(refused_on, "/refused_on", "书面拒绝日期", required=True)
    if on is not None and on > ctx.today:
        problems.add("/refused_on", "in_future", f"书面拒绝日期 {on} 晚于今天，请核对", "in the future")
    paper = problems.text(document, "/document", "书面材料（名称、编号）", longest=200)
    problems.raise_if_any()
    assert on is not None
    record_act(ctx, "measure.recall_refused", "batch", row.id, {"on": on.isoformat()}, paper)


def lapse_due(ctx: Context, limit: int) -> int:
    """Record, once each, that urgent measures lapsed for want of approval; gives how many. The acts are their offices'."""
    found = store.unapproved(ctx.conn, ctx.now - rules.URGENT_HOURS * rules.HOUR - 1, limit)
    done = 0
    for one in found:
        store.lock(ctx.conn, one.id)
        row = store.get_measure(ctx.conn, one.id)
        if row is None or row.state != "taken" or not rules.has_lapsed(row, ctx.now):
            continue
        due = rules.lapses_at(int(row.taken_at))
        why = f"{local_datetime(row.taken_at):%m-%d %H:%M} 先行采取，24 小时内没有补办批准的记录"
        body = {"measure_id": str(row.id), "measure": row.measure, "due": str(due)}
        office = replace(ctx, tenant_id=row.tenant_id)
        record_act(office, "measure.lapsed", "batch", row.batch_id, body, why)
        done += 1
    return done
