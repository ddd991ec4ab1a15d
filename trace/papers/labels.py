"""The label belongs to the trade item: one artwork serves every batch from a day on; a new filing replaces it for later ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.evidence import store as evidence
from trace.items.commands import owned_item
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.papers.models import DATES_AS, ITEM_ACTS, LABEL, LABEL_WITHDRAWN, NewLabel
from trace.papers.reading import impersonal, understood
from trace.papers.standing import labels_standing
from trace.problems import Problems, reason_of
from trace.rulebooks.books import current_book
from trace.verdicts.waiting import judge_item

AHEAD = timedelta(days=730)
PRINTED = {"produced_on": "生产日期", "expires_on": "保质期到期日", "lot": "批号"}
"""What a label prints anew for every batch: stated by a check of a package, not with the artwork."""


def file_label(ctx: Context, item_id: int, new: NewLabel) -> int:
    """File a product's label as its artwork shows it, used from a day on; gives the act's id.

    Batches of the product are judged again. Raises InvalidInput, or Conflict where the very same label is filed already.
    """
    item = owned_item(ctx, item_id)
    problems = Problems()
    label = {name: value for name, value in new.label.items() if value not in (None, "")}
    if item.kind != "product":
        problems.add("/used_from", "not_a_product", f"“{item.name}”是原料，标签登记在产品上", "not a product")
    for name, text in PRINTED.items():
        if name in label:
            problems.add(
                f"/label/{name}",
                "per_batch",
                f"{text}每批不同，不随标签版面登记；请在批次页“喷码核对”照包装填写",
                "stated per batch by a check of a package",
            )
    used_from = problems.day(new.used_from, "/used_from", "启用日期", required=True)
    if used_from is not None and used_from > ctx.today + AHEAD:
        problems.add(
            "/used_from", "too_late", f"启用日期 {used_from} 在两年以后，请核对年份", "more than two years ahead"
        )
    dates = {one: one for one in DATES_AS}
    dates_as = problems.choice(new.dates_as, dates, "/dates_as", "日期标示写法", required=False)
    if not label.get("fields") and "nutrition" not in label and not label.get("edition"):
        problems.add("/label", "required", "请照标签填写：声明的版本、必标内容或营养成分表", "the label is empty")
    understood(current_book(ctx.conn), {"label": label}, problems)
    fields = label.get("fields")
    impersonal(fields if isinstance(fields, dict) else {}, "/label/fields", problems)
    if new.attachment_id is not None and evidence.owner_of(ctx.conn, new.attachment_id) != ctx.tenant_id:
        problems.add("/attachment_id", "unknown_file", "没有这个附件，请重新上传", "no such attachment")
    problems.raise_if_any()
    assert used_from is not None
    body: dict[str, Any] = {
        "used_from": used_from.isoformat(),
        "dates_as": dates_as,
        "attachment_id": str(new.attachment_id) if new.attachment_id is not None else None,
        "label": label,
    }
    standing = labels_standing(journal.acts_of(ctx.conn, item_id, ITEM_ACTS))
    if standing and standing[-1][1] == body:
        raise Conflict("同样的标签已登记，未重复写入", "This label is filed already", code="duplicate_label")
    made = record_act(ctx, LABEL, "item", item_id, body)
    judge_item(ctx, item_id, "label")
    return made


def withdraw_label(ctx: Context, item_id: int, label_id: int, reason: str) -> int:
    """Say that a label was filed wrongly: it stays on record and is judged no more. Gives the act's id."""
    owned_item(ctx, item_id)
    acts = journal.acts_of(ctx.conn, item_id, ITEM_ACTS)
    if not any(act.id == label_id and act.kind == LABEL for act in acts):
        raise NotFound("这个产品没有这份标签", "No such label of this product")
    if not any(act.id == label_id for act, _ in labels_standing(acts)):
        raise Conflict("这份标签已经撤回", "Withdrawn already", code="already_withdrawn")
    why = reason_of(reason, "撤回原因")
    made = record_act(ctx, LABEL_WITHDRAWN, "item", item_id, {"label_id": str(label_id)}, why)
    judge_item(ctx, item_id, "label withdrawn")
    return made
