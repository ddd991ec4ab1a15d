"""What holders answer, and destruction: announced before, witnessed after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row

from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.commands import hand_in
from trace.journal.commands import record_act
from trace.parties.commands import file_person
from trace.problems import Problems
from trace.quantity import show
from trace.recalls import store
from trace.recalls.accounting import line_of, read_accounts
from trace.recalls.announcing import token_hash
from trace.recalls.commands import in_state, own_recall, recall_of, written
from trace.recalls.models import ANNOUNCED, CONTROLLED, OWN, RETURNED, Report
from trace.recalls.rules import destroyable, report_refusal

FIELDS: Mapping[str, str] = {
    "controlled": "在库已封存",
    "returned": "已退回",
    "destroyed": "已销毁",
    "sold": "已售出或已使用",
    "recovered": "售出后已追回",
    "lost": "确认无法追回",
}
SOURCES: Mapping[str, str] = {CONTROLLED: "本企业封存的", RETURNED: "各单位退回的"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Lot id → field → quantity as typed (empty is nothing), with who signs and photos as (name, bytes).

    A field ``all`` says: everything is still in stock and sealed.
    """

    lines: Mapping[int, Mapping[str, str]]
    signer: str = ""
    phone: str = ""
    remark: str = ""
    photos: Sequence[tuple[str, bytes]] = ()


def own_task(ctx: Context, task_id: int) -> Row[Any]:
    """A task of the actor's organisation. NotFound for everybody else's."""
    task = store.get_task(ctx.conn, task_id)
    if task is None or task.organisation_id != ctx.tenant_id:
        raise NotFound("没有这个任务，或不是交给本单位的", "No such task of your organisation")
    return task


def task_of_link(conn: Connection, token: str, now: int) -> Row[Any]:
    """The task behind a one-time link. NotFound for an unknown one, Conflict for one that is used or too old."""
    link = store.link_of(conn, token_hash(token))
    if link is None:
        raise NotFound("没有这个链接，请核对地址或向通知单位索取", "No such link")
    if link.used_at is not None:
        raise Conflict("这个链接已经用过或已换新；要更正请向通知单位索取新链接", "The link was used", code="link_used")
    if link.expires_at <= now:
        raise Conflict("这个链接已过期，请向通知单位索取新链接", "The link has expired", code="link_expired")
    task = store.get_task(conn, link.task_id)
    if task is None:
        raise NotFound("没有这个任务", "No such task")
    return task


def answer(ctx: Context, task_id: int, said: Answer) -> int:
    """A holder with an account reports; said again, it replaces. Gives the act's id."""
    task = own_task(ctx, task_id)
    return _record(ctx, task, said, "account", None)


def answer_by_link(ctx: Context, token: str, said: Answer) -> int:
    """A holder without an account signs and reports; the link is used up. The name goes to ``person`` only."""
    task = task_of_link(ctx.conn, token, ctx.now)
    problems = Problems()
    name = problems.text(said.signer, "/signer", "签名（姓名）", longest=40)
    phone = problems.text(said.phone, "/phone", "电话", required=False, longest=30)
    problems.raise_if_any()
    on_behalf = replace(ctx, tenant_id=task.tenant_id)
    done = _record(on_behalf, task, said, "link", (name, phone))
    store.end_links(ctx.conn, task.id, ctx.now)
    return done


def answer_by_phone(ctx: Context, recall_id: int, task_id: int, said: Answer) -> int:
    """The maker writes down what a holder said on the telephone."""
    own_recall(ctx, recall_id)
    task = store.get_task(ctx.conn, task_id)
    if task is None or task.recall_id != recall_id:
        raise NotFound("没有这个任务", "No such task")
    problems = Problems()
    name = problems.text(said.signer, "/signer", "对方答复人", longest=40)
    phone = problems.text(said.phone, "/phone", "电话", required=False, longest=30)
    problems.raise_if_any()
    return _record(ctx, task, said, "phone", (name, phone))


def _record(ctx: Context, task: Row[Any], said: Answer, via: str, signer: tuple[str, str] | None) -> int:
    recall = recall_of(ctx.conn, task.recall_id)
    in_state(recall, ANNOUNCED)
    if task.kind != "holder":
        raise Conflict("这是通知，请就本企业的产品发起召回，不在这里报数", "A notice, not a task", code="notice")
    problems = Problems()
    lines = _lines(ctx.conn, task, said.lines, problems)
    remark = problems.text(said.remark, "/remark", "说明", required=False, longest=500)
    problems.raise_if_any()
    _not_below_destroyed(ctx.conn, task, lines)
    keeper = replace(ctx, tenant_id=task.tenant_id)  # whoever recalls must be able to open them
    photos = [str(hand_in(keeper, name, content)) for name, content in said.photos]
    body: dict[str, Any] = {
        "task_id": str(task.id),
        "holder": task.holder,
        "via": via,
        "lines": lines,
        "photos": photos,
    }
    if signer is not None:
        body["signed_by"] = str(file_person(ctx, *signer))
    return record_act(ctx, "recall.reported", "recall", task.recall_id, body, remark)


def _lines(
    conn: Connection, task: Row[Any], given: Mapping[int, Mapping[str, str]], problems: Problems
) -> list[dict[str, Any]]:
    rows = {row.lot_id: row for row in store.lines_of(conn, task.recall_id, task.holder)}
    names = {lot.lot_id: lot for lot in store.lots_of(conn, task.recall_id)}
    if not given:
        problems.add("/lines", "required", "请至少填报一个批次", "at least one lot")
    found = []
    for lot_id, fields in given.items():
        row = rows.get(lot_id)
        here = f"/lines/{lot_id}"
        if row is None:
            problems.add(here, "no_such_lot", "召回范围里没有这个批次，或不在本单位名下", "no such lot of the task")
            continue
        amounts = {name: _amount(problems, fields.get(name, ""), f"{here}/{name}", FIELDS[name]) for name in FIELDS}
        report = Report(controlled=max(row.quantity, 0)) if fields.get("all") else Report(**amounts)
        refusal = report_refusal(line_of(row), report)
        if refusal:
            lot = names[lot_id]
            most = show(max(row.quantity, 0), lot.unit)
            problems.add(
                here, "too_much", f"{lot.item_name} {lot.number}（应核对 {most}）：{refusal}", "does not add up"
            )
        found.append({"lot": str(lot_id)} | asdict(report))
    return found


def _amount(problems: Problems, text: str, pointer: str, name: str) -> int:
    plain = text.strip()
    if plain.strip("0.") == "":
        return 0
    return problems.quantity(plain, pointer, name) or 0


def _not_below_destroyed(conn: Connection, task: Row[Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """What was destroyed under witness cannot be reported away."""
    before = {row.lot_id: line_of(row) for row in store.lines_of(conn, task.recall_id, task.holder)}
    gone = {one.lot_id for one in store.destructions_of(conn, task.recall_id)}
    for one in lines:
        old = before[int(one["lot"])].report
        if old is None or int(one["lot"]) not in gone:
            continue
        if one["controlled"] < old.controlled or one["returned"] < old.returned or one["recovered"] < old.recovered:
            raise Conflict(
                "这个批次已有销毁预告或记录，封存、退回的数量不能改小", "Destruction was announced", code="destruction"
            )


# destruction ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be destroyed, where and how; ``planned_on`` an ISO date, quantity as typed in the lot's unit."""

    lot_id: int
    quantity: str
    source: str
    planned_on: str
    place: str
    method: str


def plan_destruction(ctx: Context, recall_id: int, plan: Plan) -> int:
    """Announce a destruction before it happens. Gives its id."""
    in_state(own_recall(ctx, recall_id), ANNOUNCED)
    problems = Problems()
    lot = store.lot_of(ctx.conn, recall_id, plan.lot_id)
    if lot is None or lot.state != "in" or lot.role != OWN:
        raise NotFound("召回范围里没有这个批次", "No such lot in the scope")
    amount = problems.quantity(plan.quantity, "/quantity", "销毁数量")
    source = problems.choice(plan.source, dict(SOURCES), "/source", "销毁哪一部分")
    on = problems.day(plan.planned_on, "/planned_on", "销毁日期", required=True)
    if on is not None and on < ctx.today:
        problems.add("/planned_on", "past", f"销毁须事先预告，日期 {on} 已过", "announce before")
    place = problems.text(plan.place, "/place", "销毁地点", longest=120)
    method = problems.text(plan.method, "/method", "销毁方式", longest=120)
    problems.raise_if_any()
    assert amount is not None
    assert on is not None
    grid = read_accounts(ctx.conn, recall_id).by_lot[plan.lot_id].grid
    waiting = sum(
        one.quantity
        for one in store.destructions_of(ctx.conn, recall_id)
        if one.lot_id == plan.lot_id and one.source == source and one.witnessed_at is None
    )
    left = destroyable(grid, source) - waiting
    if amount > left:
        detail = f"{SOURCES[source]}还有 {show(max(left, 0), lot.unit)} 可销毁，不够 {show(amount, lot.unit)}。请先报数"
        raise InvalidInput.of("/quantity", "not_enough", detail, "not so much is controlled or returned")
    body = {
        "lot_id": str(plan.lot_id),
        "quantity": amount,
        "source": source,
        "planned_on": on.isoformat(),
        "place": place,
        "method": method,
    }
    return record_act(ctx, "recall.destruction_planned", "recall", recall_id, body)


def witness_destruction(
    ctx: Context, recall_id: int, destruction_id: int, witness: str, phone: str, remark: str
) -> None:
    """After it happened: who watched. The name goes to ``person``, the journal gets a number."""
    in_state(own_recall(ctx, recall_id), ANNOUNCED)
    one = store.get_destruction(ctx.conn, destruction_id)
    if one is None or one.recall_id != recall_id:
        raise NotFound("没有这个销毁预告", "No such destruction")
    if one.witnessed_at is not None:
        raise Conflict("这次销毁已有监督记录", "Witnessed already", code="witnessed")
    if ctx.today.isoformat() < one.planned_on:
        raise Conflict(f"预告的销毁日期是 {one.planned_on}，还没有到", "Not yet", code="too_early")
    problems = Problems()
    name = problems.text(witness, "/witness", "监督人", longest=40)
    number = problems.text(phone, "/phone", "电话", required=False, longest=30)
    said = written(problems, remark, "/remark", "销毁记录")
    problems.raise_if_any()
    body = {
        "destruction_id": str(destruction_id),
        "witness_id": str(file_person(ctx, name, number)),
        "at": str(ctx.now),
    }
    record_act(ctx, "recall.destruction_witnessed", "recall", recall_id, body, said)
