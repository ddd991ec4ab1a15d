"""File records, documents, process times and label checks of a batch; withdraw what was filed wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from trace.batches.lifecycle import own_batch
from trace.context import Context, local_datetime
from trace.errors import Conflict, NotFound
from trace.evidence import store as evidence
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.papers.labels import PRINTED as PRINTED_FIELDS
from trace.papers.models import BATCH_ACTS, DOCUMENT, ITEM_ACTS, PRINTED, RECORD, TIMES, WITHDRAWN, NewPaper, NewTimes
from trace.papers.reading import below, impersonal, understood
from trace.papers.standing import label_on, papers_standing
from trace.problems import Problems, reason_of
from trace.rulebooks.books import current_book
from trace.verdicts.commands import judge


def judged_batch(ctx: Context, batch_id: int) -> Row[Any]:
    """The actor's own product batch that was made; papers of anything else would never be compared."""
    row = own_batch(ctx, batch_id)
    if row.kind != "product" or row.state in ("reserved", "voided") or row.produced_on is None:
        raise Conflict(
            f"{row.lot} 是原料、尚未生产或已作废，不作标准比对，不能登记标签核对、记录、时间和温度",
            "Raw, reserved and voided lots are not judged",
            code="wrong_state",
        )
    return row


def file_record(ctx: Context, batch_id: int, new: NewPaper) -> int:
    """File one kept record (留样记录, 出厂检验记录 …) with its fields; gives the act's id. The batch is judged again."""
    return _file_paper(ctx, batch_id, RECORD, "records", new, "record")


def file_document(ctx: Context, batch_id: int, new: NewPaper) -> int:
    """File one licence or certificate that the batch relied upon; gives the act's id. The batch is judged again."""
    return _file_paper(ctx, batch_id, DOCUMENT, "documents", new, "document")


def _file_paper(ctx: Context, batch_id: int, kind: str, member: str, new: NewPaper, cause: str) -> int:
    row = judged_batch(ctx, batch_id)
    problems = Problems()
    stated = {name: value for name, value in new.stated.items() if value not in (None, "")}
    fields = stated.get("fields")
    if isinstance(fields, Mapping):
        stated["fields"] = {name: text for name, text in fields.items() if not isinstance(text, str) or text.strip()}
        impersonal(fields, "/fields", problems)
    facts = understood(
        current_book(ctx.conn), {member: [stated]}, problems, today=ctx.today, repoint=below(f"/{member}/0")
    )
    paper = getattr(facts, member)[0] if facts is not None else None
    if kind == RECORD and paper is not None and not paper.fields and paper.kept_until is None:
        problems.add("/fields", "required", f"{paper.kind}一项内容都没有填，请照记录填写", "the record is empty")
    if kind == RECORD and paper is not None and paper.made_on is not None and paper.made_on > ctx.today:
        problems.add("/made_on", "future_date", f"记录日期 {paper.made_on} 晚于今天，请核对", "in the future")
    if new.attachment_id is not None and evidence.owner_of(ctx.conn, new.attachment_id) != ctx.tenant_id:
        problems.add("/attachment_id", "unknown_file", "没有这个附件，请重新上传", "no such attachment")
    problems.raise_if_any()
    standing = papers_standing(journal.acts_of(ctx.conn, batch_id, BATCH_ACTS))
    if any(act.kind == kind and body["stated"] == stated for act, body in standing):
        raise Conflict(
            f"同样的{stated['kind']}已登记，未重复写入", "This paper is filed already", code="duplicate_paper"
        )
    file = str(new.attachment_id) if new.attachment_id is not None else None
    made = record_act(ctx, kind, "batch", row.id, {"stated": stated, "attachment_id": file})
    judge(ctx, batch_id, cause)
    return made


def file_times(ctx: Context, batch_id: int, new: NewTimes) -> int:
    """File when something happened to the batch (烧熟, 食用, 留样 …), by dish where there are several; gives the act's id.

    One event of one dish has one time: an earlier filing must be withdrawn first. Times in the future are refused.
    """
    row = judged_batch(ctx, batch_id)
    problems = Problems()
    given = {"events": [dict(one) for one in new.events], "intervals": [dict(one) for one in new.intervals]}
    if not given["events"] and not given["intervals"]:
        problems.add("/events", "required", "请至少填一个时间", "at least one time")
    standing = papers_standing(journal.acts_of(ctx.conn, batch_id, BATCH_ACTS))
    before: dict[str, list[Any]] = {
        name: [one for act, body in standing if act.kind == TIMES for one in body[name]] for name in given
    }

    def place(pointer: str, detail: str) -> tuple[str, str]:
        """Back from the place among all that stand to the place in what is filed now."""
        parts = pointer.split("/")
        if len(parts) > 2 and parts[1] in before and parts[2].isdigit():
            parts[2] = str(int(parts[2]) - len(before[parts[1]]))
        if detail.endswith("区分"):
            detail += "；此前登记过的，请先撤回再改"
        return "/".join(parts), detail

    understood(
        current_book(ctx.conn),
        {name: [*before[name], *rows] for name, rows in given.items()},
        problems,
        today=ctx.today,
        repoint=place,
    )
    if not problems.errors:
        now = local_datetime(ctx.now)
        for index, event in enumerate(given["events"]):
            if datetime.fromisoformat(event["at"]) > now:
                problems.add(
                    f"/events/{index}/at",
                    "future_time",
                    f"{event['what']}的时间 {event['at']} 还没有到，请核对",
                    "future",
                )
    problems.raise_if_any()
    made = record_act(ctx, TIMES, "batch", row.id, given)
    judge(ctx, batch_id, "times")
    return made


def file_printed(ctx: Context, batch_id: int, printed: Mapping[str, str]) -> int:
    """What somebody read on a package of this batch: 生产日期, 保质期到期日, 批号 as printed; gives the act's id.

    The last check stands. Needs a label in force: what is printed stands on it.
    """
    row = judged_batch(ctx, batch_id)
    problems = Problems()
    read = {
        name: problems.text(printed.get(name, ""), f"/{name}", f"包装上的{text}", required=False, longest=40)
        for name, text in PRINTED_FIELDS.items()
    }
    stated = {name: text for name, text in read.items() if text}
    if not stated and not problems.errors:
        problems.add("/produced_on", "required", "请照包装填写生产日期、到期日或批号，至少一项", "at least one")
    understood(current_book(ctx.conn), {"label": stated}, problems, repoint=below("/label"))
    problems.raise_if_any()
    if label_on(journal.acts_of(ctx.conn, row.item_id, ITEM_ACTS), row.produced_on) is None:
        raise Conflict(
            f"{row.produced_on} 还没有在用的标签，请先在产品页登记标签", "No label is in force", code="no_label"
        )
    made = record_act(ctx, PRINTED, "batch", row.id, {"printed": stated})
    judge(ctx, batch_id, "printed")
    return made


def withdraw_paper(ctx: Context, batch_id: int, paper_id: int, reason: str) -> int:
    """Say that a record, document, time or check was filed wrongly: it stays on record and is judged no more."""
    own_batch(ctx, batch_id)
    acts = journal.acts_of(ctx.conn, batch_id, BATCH_ACTS)
    if not any(act.id == paper_id and act.kind != WITHDRAWN for act in acts):
        raise NotFound("本批没有登记过这一项", "No such paper of this batch")
    if not any(act.id == paper_id for act, _ in papers_standing(acts)):
        raise Conflict("这一项已经撤回", "Withdrawn already", code="already_withdrawn")
    why = reason_of(reason, "撤回原因")
    made = record_act(ctx, WITHDRAWN, "batch", batch_id, {"paper_id": str(paper_id)}, why)
    judge(ctx, batch_id, "paper withdrawn")
    return made
