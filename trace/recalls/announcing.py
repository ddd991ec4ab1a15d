"""Announce a recall: halt every lot, give every holder its task; notice on the statutory platform; the end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.recalls import store
from trace.recalls.accounting import customers, open_points
from trace.recalls.commands import CHUNK, Clock, in_scope, in_state, own_recall, recall_of, refresh, written
from trace.recalls.models import ANNOUNCED, DRAFT, NOTIFY

LINK_DAYS = 14
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the public and the holders are told. ``respond_by`` is an ISO date; the others are texts."""

    returns: str
    advice: str
    public_reason: str
    contact: str
    respond_by: str
    brand: str = ""


def announce(ctx: Context, recall_id: int, said: Announcement, clock: Clock) -> int:
    """Every lot in scope is halted and every holder gets its task; gives how many tasks. A drill halts nothing.

    Quantities are read anew; where more lots are affected than were looked through, it is refused.
    """
    row = own_recall(ctx, recall_id)
    in_state(row, DRAFT)
    problems = Problems()
    body = {
        "returns": problems.text(said.returns, "/returns", "退货方式", longest=200),
        "advice": problems.text(said.advice, "/advice", "消费者怎么办", longest=200),
        "public_reason": problems.text(said.public_reason, "/public_reason", "对外说明的召回原因", longest=200),
        "contact": problems.text(said.contact, "/contact", "联系方式", longest=100),
        "brand": problems.text(said.brand, "/brand", "商标", required=False, longest=60),
    }
    until = problems.day(said.respond_by, "/respond_by", "答复期限", required=True)
    if until is not None and until < ctx.today:
        problems.add("/respond_by", "past", f"答复期限 {until} 已过，请填今天或以后的日期", "in the past")
    if not row.level:
        problems.add("/level", "required", "请先确定召回级别并写明理由", "choose the level first")
    if row.known_at is None:
        problems.add("/known_at", "required", "请先登记知悉时间和来源", "record the time of knowing first")
    if not problems.errors:
        new = refresh(ctx, recall_id)
        if new:
            raise Conflict(
                f"提出范围之后又有 {new} 个批次受影响。请先点“更新范围”，核对新批次后再发布",
                "More lots are affected since the proposal; refresh the scope first",
                code="scope_changed",
            )
    lots = in_scope(ctx.conn, recall_id)
    if not lots:
        problems.add("/lots", "empty", "召回范围里没有批次", "nothing in scope")
    problems.raise_if_any()
    assert until is not None
    record_act(ctx, "recall.begun", "recall", recall_id, body | {"respond_by": until.isoformat()}, row.reason)
    halt_lots(ctx, own_recall(ctx, recall_id), lots)
    return give_tasks(ctx, recall_id, clock)


def public_text(row: Row[Any]) -> str:
    """What scan pages say of a lot of this recall: what to do, how to return it, where the notice is."""
    statutory = f"法定公告见 {row.notice_at}，" if row.notice_at else ""
    ended = "召回已结束；如仍有本批产品，" if row.state == "closed" else "本批已召回，"
    return f"{ended}{row.advice}；退货方式：{row.returns}；{statutory}本平台公告 /recalls/{row.id}/notice"


def halt_lots(ctx: Context, row: Row[Any], lots: Sequence[Row[Any]]) -> None:
    """Say on every lot that it is recalled, or say it anew with what is known since. Never for a drill."""
    if row.mock:
        return
    notice = row.notice_at or f"/recalls/{row.id}/notice"
    body = {
        "recall_id": str(row.id),
        "notice": notice,
        "returns": row.returns,
        "level": row.level,
        "public_text": public_text(row),
    }
    for lot in lots:
        record_act(ctx, "recall.announced", "batch", lot.lot_id, body, row.reason)


def give_tasks(ctx: Context, recall_id: int, clock: Clock) -> int:
    """A task to every holder, and to every maker downstream, that has none yet; gives how many."""
    present = {(one.kind, one.holder) for one in store.tasks_of(ctx.conn, recall_id)}
    wanted = {("holder", one.holder) for one in store.lines_of(ctx.conn, recall_id) if one.quantity > 0}
    wanted |= {("maker", str(one.maker_id)) for one in in_scope(ctx.conn, recall_id, NOTIFY)}
    new = sorted(wanted - present)
    names = store.organisations(ctx.conn, [int(h) for _, h in new if not h.startswith("~")])
    tasks = [
        {
            "id": str(ctx.new_id()),
            "kind": kind,
            "holder": holder,
            "organisation": None if holder.startswith("~") else holder,
            "name": holder[1:] if holder.startswith("~") else names.get(int(holder), holder),
        }
        for kind, holder in new
    ]
    for start in range(0, len(tasks), CHUNK):
        part: dict[str, Any] = {"tasks": tasks[start : start + CHUNK]}
        if start + CHUNK >= len(tasks):
            part["told_at"] = str(clock())
        record_act(ctx, "recall.tasked", "recall", recall_id, part)
    return len(tasks)


def announce_added(ctx: Context, recall_id: int, lot_id: int, clock: Clock) -> None:
    """After a lot was added to an announced recall: halt it and tell its holders."""
    row = own_recall(ctx, recall_id)
    if row.state == ANNOUNCED:
        halt_lots(ctx, row, [one for one in in_scope(ctx.conn, recall_id) if one.lot_id == lot_id])
        give_tasks(ctx, recall_id, clock)


def set_notice(ctx: Context, recall_id: int, notice_at: str, notice_on: str) -> None:
    """Where and when the notice stands on the statutory platform: the clock of working days starts there."""
    row = own_recall(ctx, recall_id)
    in_state(row, ANNOUNCED)
    problems = Problems()
    address = problems.text(notice_at, "/notice_at", "法定公告的地址或文号", longest=300)
    on = problems.day(notice_on, "/notice_on", "公告日期", required=True)
    if on is not None and on > ctx.today:
        problems.add("/notice_on", "in_future", f"公告日期 {on} 晚于今天，请核对", "in the future")
    problems.raise_if_any()
    assert on is not None
    record_act(ctx, "recall.noticed", "recall", recall_id, {"notice_at": address, "notice_on": on.isoformat()})
    halt_lots(ctx, own_recall(ctx, recall_id), in_scope(ctx.conn, recall_id))


def token_hash(token: str) -> str:
    """What the link table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_links(ctx: Context, recall_id: int, task_ids: Sequence[int] = ()) -> list[tuple[Row[Any], str]]:
    """New one-time links for holders that the actor's organisation delivered to itself: (task, token).

    By default for all without an account that have not answered. The token is shown this once; earlier unused links
    of the task end.
    """
    in_state(recall_of(ctx.conn, recall_id), ANNOUNCED)
    reach = customers(ctx.conn, recall_id, ctx.tenant_id)
    found = []
    for task in store.tasks_of(ctx.conn, recall_id):
        wanted = task.id in task_ids if task_ids else task.organisation_id is None and task.answered_at is None
        if task.kind != "holder" or task.holder not in reach or not wanted:
            continue
        store.end_links(ctx.conn, task.id, ctx.now)
        token = secrets.token_urlsafe(24)
        store.insert_link(
            ctx.conn,
            {
                "token_hash": token_hash(token),
                "task_id": task.id,
                "tenant_id": ctx.tenant_id,
                "created_at": ctx.now,
                "expires_at": ctx.now + LINK_DAYS * _DAY,
            },
        )
        found.append((task, token))
    if task_ids and not found:
        raise NotFound("没有这个任务", "No such task")
    if not found:
        raise Conflict("没有需要一次性链接的单位：都有账号或已答复", "Nobody needs a link", code="no_links")
    return found


def close(ctx: Context, recall_id: int, reason: str) -> list[str]:
    """The maker ends the recall; gives what is still open, which stays on record by name.

    The lots stay halted: what was not recovered must not pass for sound. Only ``take_out`` frees a lot.
    """
    row = own_recall(ctx, recall_id)
    in_state(row, ANNOUNCED)
    problems = Problems()
    said = written(problems, reason, name="结束说明", longest=1000)
    problems.raise_if_any()
    still = open_points(ctx.conn, row)
    record_act(ctx, "recall.ended", "recall", recall_id, {"still_open": still}, said)
    halt_lots(ctx, own_recall(ctx, recall_id), in_scope(ctx.conn, recall_id))
    return still
