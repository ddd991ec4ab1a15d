"""责令改正: what must be corrected by when, what the party says it did, and the re-check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.inspections import store
from trace.inspections.commands import inspection_of, keep_photo, own_inspection
from trace.inspections.models import OPEN, RESULTS, UNCORRECTED, VIOLATES, NewOrder, NewPhoto
from trace.journal.commands import record_act
from trace.parties.commands import file_person
from trace.problems import Problems, reason_of

MAX_REPORT_PHOTOS = 10


def issue(ctx: Context, inspection_id: int, new: NewOrder) -> int:
    """Order the party to correct items answered 不符合. The party sees it at once. Gives the order's id."""
    row = own_inspection(ctx, inspection_id)
    problems = Problems()
    violating = {one.key: one for one in store.items_of(ctx.conn, inspection_id) if one.answer == VIOLATES}
    ordered = store.ordered_keys(ctx.conn, inspection_id)
    if not new.demands:
        problems.add("/items", "required", "请至少选一项不符合的检查项目", "at least one item")
    items = []
    for key, demand in new.demands.items():
        at = f"/items/{key}"
        if key not in violating:
            problems.add(at, "not_violating", "只能责令改正检查结果为“不符合”的项目", "only items answered 不符合")
        elif key in ordered:
            problems.add(at, "ordered", f"“{violating[key].owed[:20]}”已责令改正", "ordered already")
        else:
            said = problems.text(demand, at, "改正要求", longest=300)
            one = violating[key]
            items.append({"key": key, "clause": one.clause, "problem": one.remark, "demand": said})
    deadline, recheck = _dates(ctx, problems, new.deadline, new.recheck_on)
    contact = problems.text(new.contact, "/contact", "联系人", required=False, longest=40)
    phone = problems.text(new.phone, "/phone", "联系电话", required=False, longest=30)
    number = problems.text(new.number, "/number", "文书编号", required=False, longest=60)
    problems.raise_if_any()
    order_id = ctx.new_id()
    body = {
        "order_id": str(order_id),
        "party_id": str(row.party_id),
        "items": items,
        "deadline": deadline,
        "recheck_on": recheck,
        "contact_id": str(file_person(ctx, contact, phone)) if contact else None,
        "number": number,
    }
    record_act(ctx, "inspection.ordered", "inspection", inspection_id, body)
    return order_id


def _dates(ctx: Context, problems: Problems, deadline: str, recheck_on: str) -> tuple[str, str]:
    until = problems.day(deadline, "/deadline", "改正期限", required=True)
    again = problems.day(recheck_on, "/recheck_on", "复查日期", required=True)
    if until is not None and until < ctx.today:
        problems.add("/deadline", "past", f"改正期限 {until} 已过，请填今天或以后的日期", "in the past")
    if until is not None and again is not None and again < until:
        problems.add(
            "/recheck_on", "before_deadline", f"复查日期 {again} 早于改正期限 {until}，请核对", "before deadline"
        )
    return until.isoformat() if until else "", again.isoformat() if again else ""


def order_of(ctx: Context, order_id: int) -> Row[Any]:
    """An order at all; whose it is the caller asks. Raises NotFound."""
    found = store.get_order(ctx.conn, order_id)
    if found is None:
        raise NotFound("没有这份责令改正，或不属于本单位", "No such order")
    return found


def _ordered_of_me(ctx: Context, order_id: int) -> Row[Any]:
    order = order_of(ctx, order_id)
    if order.party_id != ctx.tenant_id:
        raise NotFound("没有这份责令改正，或不属于本单位", "No such order of yours")
    if order.state != OPEN:
        raise Conflict("这份责令改正已复查通过，不用再报", "It is closed", code="closed")
    return order


def add_photo(ctx: Context, order_id: int, new: NewPhoto) -> int:
    """A photo of what the party corrected. Gives its id."""
    return keep_photo(ctx, _ordered_of_me(ctx, order_id).inspection_id, new, order_id)


def report(ctx: Context, order_id: int, text: str, photos: Sequence[NewPhoto] = ()) -> int:
    """整改报告: what the party has done, with photos. Said again, it is added. Gives the act's id."""
    order = _ordered_of_me(ctx, order_id)
    if len(photos) > MAX_REPORT_PHOTOS:
        raise InvalidInput.of("/photos", "too_many", f"一次最多 {MAX_REPORT_PHOTOS} 张照片", "too many photos")
    said = reason_of(text, "整改报告", longest=2000)
    for one in photos:
        keep_photo(ctx, order.inspection_id, one, order_id)
    body = {"order_id": str(order_id), "late": ctx.today.isoformat() > order.deadline}
    return record_act(ctx, "inspection.rectified", "inspection", order.inspection_id, body, said)


def recheck(
    ctx: Context, order_id: int, results: Mapping[str, str], remark: str, deadline: str = "", recheck_on: str = ""
) -> int:
    """已改正 or 未改正 for every item; what is not corrected gets a new deadline and re-check. Gives the act's id."""
    order = order_of(ctx, order_id)
    inspection = inspection_of(ctx.conn, order.inspection_id)
    if inspection.tenant_id != ctx.tenant_id:
        raise NotFound("没有这份责令改正，或不属于本单位", "No such order of your office")
    if order.state != OPEN:
        raise Conflict("这份责令改正已复查通过", "It is closed", code="closed")
    problems = Problems()
    items = store.order_items(ctx.conn, [order_id]).get(order_id, [])
    found = {
        one.key: problems.choice(results.get(one.key, ""), dict(RESULTS), f"/results/{one.key}", f"“{one.demand[:20]}”")
        for one in items
    }
    for key in results.keys() - found.keys():
        problems.add(f"/results/{key}", "no_such_item", "责令改正里没有这一项", "no such item")
    body: dict[str, Any] = {"order_id": str(order_id), "results": found}
    if UNCORRECTED in found.values():
        until, again = _dates(ctx, problems, deadline, recheck_on)
        body |= {"deadline": until, "recheck_on": again}
    problems.raise_if_any()
    said = reason_of(remark, "复查情况", longest=1000)
    return record_act(ctx, "inspection.rechecked", "inspection", order.inspection_id, body, said)
