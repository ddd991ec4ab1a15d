"""Recalls as JSON and for templates, cut to who asks.

The maker sees its own lots and one step down; farther holders and others' lots are counted, not named. Supervisors
see everything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from service.accounts.permissions import Actor
from service.batches.reading import iso
from trace.batches import store as batches
from trace.codes import qr
from trace.context import Context, local_datetime
from trace.errors import NotFound
from trace.genealogy import store as genealogy
from trace.quantity import show
from trace.recalls import scope_store, store
from trace.recalls.accounting import Accounts, call_list, customers, open_points, read_accounts, silent
from trace.recalls.commands import recall_of
from trace.recalls.models import ANNOUNCED, CLOSED, FATES, IN, NOTIFY, OWN, PLACES, Account
from trace.recalls.rules import FinishClock, StartClock, Suggestion, finish_clock, start_clock, suggest
from trace.recalls.scope import failed_parameters

Json = dict[str, Any]
STATE_BADGES: Mapping[str, str] = {"draft": "warn", "announced": "bad", "closed": "quiet", "dropped": "quiet"}
FARTHER = "下级单位（由其供货方联系）"
STRANGER = "没有这个召回，或与本单位无关"


def seen(ctx: Context, actor: Actor, recall_id: int) -> Row[Any]:
    """The recall, for its maker and for supervisors; NotFound for everybody else."""
    row = recall_of(ctx.conn, recall_id)
    if not (actor.supervises or row.tenant_id == actor.org_id):
        raise NotFound(STRANGER, "No such recall of your organisation")
    return row


def recall_json(row: Row[Any]) -> Json:
    """A recall's own columns."""
    return {
        "id": str(row.id),
        "mock": bool(row.mock),
        "state": row.state,
        "maker": row.maker_name,
        "reason": row.reason,
        "suspects": json.loads(row.suspects),
        "level": row.level,
        "level_reason": row.level_reason,
        "known_at": iso(row.known_at),
        "known_source": row.known_source,
        "begun_at": iso(row.begun_at),
        "announced_at": iso(row.announced_at),
        "seconds_to_scope": seconds(row.begun_at, row.scoped_at),
        "seconds_to_told": seconds(row.begun_at, row.told_at),
        "respond_by": row.respond_by,
        "returns": row.returns,
        "advice": row.advice,
        "public_reason": row.public_reason,
        "contact": row.contact,
        "brand": row.brand,
        "statutory_notice": row.notice_at,
        "statutory_notice_on": row.notice_on,
        "closed_at": iso(row.closed_at),
        "closed_reason": row.closed_reason,
        "still_open": json.loads(row.still_open),
    }


def seconds(start: int, end: int | None) -> float | None:
    """How long something took."""
    return None if end is None else round((end - start) / 1_000_000, 3)


def took(value: float | None) -> str:
    """The same as people read it."""
    if value is None:
        return "未完成"
    if value < 120:
        return f"{value:.2f} 秒"
    minutes = int(value // 60)
    return f"{minutes} 分钟" if minutes < 120 else f"{minutes // 60} 小时 {minutes % 60} 分钟"


def suggestion(conn: Connection, row: Row[Any], lots: Sequence[Row[Any]]) -> Suggestion:
    """What findings and failed samplings of the suspect and own lots suggest; the enterprise decides."""
    ids = [int(one) for one in json.loads(row.suspects)] + [one.lot_id for one in lots if one.role == OWN]
    failures = scope_store.failures_of_batches(conn, ids)
    announced = [str(one.get("item", "")) for text in failures for one in json.loads(text)]
    return suggest(failed_parameters(conn, ids, announced))


def clocks(row: Row[Any], now: int) -> tuple[StartClock | None, FinishClock | None]:
    """Hours from knowing, working days from the statutory notice."""
    today = local_datetime(now).date()
    notice = date.fromisoformat(row.notice_on) if row.notice_on else None
    done = local_datetime(row.closed_at).date() if row.closed_at is not None and row.state == CLOSED else None
    return start_clock(row.level, row.known_at, row.announced_at, now), finish_clock(row.level, notice, done, today)


def clock_lines(row: Row[Any], now: int) -> list[Json]:
    """The clocks as sentences with a badge: what is due when, how much is left, what is overdue."""
    start, finish = clocks(row, now)
    found: list[Json] = []
    if start is None:
        missing = "召回级别" if row.known_at is not None else "知悉时间"
        found.append({"kind": "warn", "name": "启动", "text": f"登记{missing}后开始计时"})
    else:
        due = f"{local_datetime(start.due):%Y-%m-%d %H:%M}"
        head = f"知悉后 {start.hours} 小时内启动，截止 {due}；"
        if start.begun is not None:
            kind, rest = ("bad", "发布时已超期") if start.overdue else ("good", "已按时启动")
        elif start.overdue:
            kind, rest = "bad", f"已超期 {_span(-start.left)}"
        else:
            kind, rest = "warn", f"还剩 {_span(start.left)}"
        found.append({"kind": kind, "name": "启动", "text": head + rest})
    if finish is None:
        found.append({"kind": "warn", "name": "完成", "text": "登记法定平台公告的日期后开始计时"})
        return found
    head = f"公告之日起 {finish.days} 个工作日内完成，"
    if finish.due is None:
        text = head + f"截止日未知：{row.notice_on[:4]} 年之后的节假日安排尚未收录，请人工核算"
        found.append({"kind": "warn", "name": "完成", "text": text})
    elif finish.overdue:
        found.append(
            {"kind": "bad", "name": "完成", "text": head + f"截止 {finish.due}；已超期 {-(finish.left or 0)} 天"}
        )
    elif finish.finished is not None:
        found.append({"kind": "good", "name": "完成", "text": head + f"截止 {finish.due}；已于 {finish.finished} 结束"})
    else:
        found.append({"kind": "warn", "name": "完成", "text": head + f"截止 {finish.due}；还剩 {finish.left} 天"})
    return found


def _span(micros: int) -> str:
    minutes = micros // 60_000_000
    return f"{minutes // 60} 小时 {minutes % 60} 分钟"


def lot_json(lot: Row[Any], names: Mapping[int, str], actor: Actor, maker_id: int, known: set[int]) -> Json:
    """One lot of the scope. Others' lots stay unnamed to the maker; whom it delivers to is named."""
    if lot.role == NOTIFY and not actor.supervises:
        maker = lot.maker_name if lot.maker_id in known else "其他生产者"
        return {"lot_id": None, "hidden": True, "role": lot.role, "maker": maker, "state": lot.state}
    chain = [names.get(int(one), "未登记批次") for one in json.loads(lot.path)]
    share = "" if lot.share is None else share_text(lot.share)
    return {
        "lot_id": str(lot.lot_id),
        "hidden": False,
        "role": lot.role,
        "state": lot.state,
        "product": lot.item_name,
        "spec": lot.spec,
        "lot": lot.number,
        "maker": lot.maker_name,
        "produced_on": lot.produced_on,
        "best_before": lot.best_before,
        "halt": lot.halt,
        "path": chain,
        "share": share or lot.share_why,
        "share_ppm": lot.share,
        "quantity": show(lot.quantity, lot.unit),
        "used": show(lot.used, lot.unit),
        "remark": lot.remark,
    }


def share_text(ppm: int) -> str:
    """Millionths as a percentage."""
    return f"{ppm / 10_000:.1f}%" if ppm >= 1000 else "不足 0.1%"


def path_names(conn: Connection, lots: Sequence[Row[Any]], actor: Actor, maker_id: int) -> dict[int, str]:
    """Lot id → product and lot number of what stands on the lots' paths; what the maker never had stays unnamed."""
    ids = list({int(one) for lot in lots for one in json.loads(lot.path)})
    known = batches.batches_by_id(conn, ids)
    had = set(known) if actor.supervises else genealogy.lots_exchanged(conn, maker_id, ids)
    return {
        lot_id: f"{one.item_name} {one.lot}" if one.tenant_id == maker_id or lot_id in had else "其他企业的批次"
        for lot_id, one in known.items()
    }


def account_json(account: Account, unit: str) -> Json:
    """A grid in words and numbers: every place with every fate, and what the books do not explain."""
    return {
        "unit": unit,
        "made": show(account.made, unit),
        "used_in_other_lots": show(account.used, unit),
        "difference": show(account.difference, unit),
        "places": {
            place: {fate: show(account.grid[place, fate], unit) for fate in FATES}
            | {"total": show(sum(account.grid[place, fate] for fate in FATES), unit)}
            for place in PLACES
        },
    }


def holder_rows(conn: Connection, row: Row[Any], lots: Sequence[Row[Any]], actor: Actor) -> list[Json]:
    """Who holds how much of what: named where one may know, else summed as farther on."""
    units = {lot.lot_id: lot for lot in lots}
    reach = customers(conn, row.id, row.tenant_id)
    ids = [int(one.holder) for one in store.lines_of(conn, row.id) if not one.holder.startswith("~")]
    names = store.organisations(conn, list(dict.fromkeys(ids)))
    found: dict[str, Json] = {}
    for one in store.lines_of(conn, row.id):
        lot = units.get(one.lot_id)
        if lot is None or one.quantity == 0:
            continue
        own = one.holder == str(row.tenant_id)
        name = one.holder[1:] if one.holder.startswith("~") else names.get(int(one.holder), one.holder)
        if not (actor.supervises or own or one.holder in reach):
            name = FARTHER
        here = found.setdefault(
            name, {"name": name, "step": one.step, "lots": 0, "sums": {}, "transit": {}, "sold": {}, "answered": 0}
        )
        here["lots"] += 1
        here["answered"] += one.controlled is not None
        for key, amount in (("sums", one.quantity), ("transit", one.transit), ("sold", one.book_sold)):
            if amount:
                here[key][lot.unit] = here[key].get(lot.unit, 0) + amount
    for here in found.values():
        for key in ("sums", "transit", "sold"):
            here[key] = "、".join(show(amount, unit) for unit, amount in sorted(here[key].items())) or "—"
    return sorted(found.values(), key=lambda here: (here["step"], here["name"]))


def task_rows(conn: Connection, row: Row[Any], actor: Actor, today: date) -> list[Json]:
    """Tasks with whether they were answered; the overdue ones are the call list."""
    reach = customers(conn, row.id, row.tenant_id)
    waiting = {one.id for one in silent(conn, row.id)}
    overdue = {one.id for one in call_list(conn, row, today)}
    links = store.linked_tasks(conn, row.id)
    found = []
    for one in store.tasks_of(conn, row.id):
        named = actor.supervises or one.organisation_id == row.tenant_id or one.holder in reach
        answered = one.kind == "holder" and one.id not in waiting
        found.append(
            {
                "id": str(one.id),
                "kind": one.kind,
                "name": one.name if named else FARTHER,
                "named": named,
                "has_account": one.organisation_id is not None,
                "told_at": one.told_at,
                "answered_at": one.answered_at if answered else None,
                "answered": answered,
                "via": one.via,
                "remark": one.remark if named else "",
                "photos": json.loads(one.photos) if named else [],
                "link_until": links[one.id].expires_at if one.id in links and links[one.id].used_at is None else None,
                "call": one.id in overdue,
            }
        )
    return found


def whole(ctx: Context, actor: Actor, recall_id: int, *, after: int | None = None, limit: int = 100) -> Json:
    """Everything of a recall that its maker or a supervisor may see; lots in pages of ``limit``."""
    row = seen(ctx, actor, recall_id)
    conn = ctx.conn
    lots = store.lots_of(conn, recall_id)
    visible = [one for one in lots if after is None or one.lot_id > after][:limit]
    reach = customers(conn, recall_id, row.tenant_id)
    known = {int(one) for one in reach if not one.startswith("~")}
    accounts = read_accounts(conn, recall_id)
    hint = suggestion(conn, row, lots)
    names = path_names(conn, visible, actor, row.tenant_id)
    more = bool(visible) and visible[-1].lot_id != lots[-1].lot_id
    told = recall_json(row) | {
        "row": row,
        "suspect_names": suspect_names(conn, row),
        "suggested_level": hint.level,
        "suggested_because": hint.why,
        "clocks": clock_lines(row, ctx.now),
        "counts": counts(lots),
        "lots": [
            lot_json(one, names, actor, row.tenant_id, known) | {"account": _account_of(one, accounts)}
            for one in visible
        ],
        "next": str(visible[-1].lot_id) if more else None,
        "holders": holder_rows(conn, row, lots, actor),
        "totals": [account_json(one.account, one.unit) | {"lots": one.lots} for one in accounts.totals],
        "tasks": task_rows(conn, row, actor, ctx.today),
        "open_points": open_points(conn, row) if row.state == ANNOUNCED else [],
        "destructions": [destruction_json(one, lots) for one in store.destructions_of(conn, recall_id)],
    }
    return told


def _account_of(lot: Row[Any], accounts: Accounts) -> Json | None:
    account = accounts.by_lot.get(lot.lot_id)
    return None if account is None else account_json(account, lot.unit)


def suspect_names(conn: Connection, row: Row[Any]) -> list[Json]:
    """The suspect lots by product and number."""
    ids = [int(one) for one in json.loads(row.suspects)]
    known = batches.batches_by_id(conn, ids)
    return [
        {"id": str(one), "name": f"{known[one].item_name} {known[one].lot}" if one in known else "未登记批次"}
        for one in ids
    ]


def counts(lots: Sequence[Row[Any]]) -> Json:
    """How many lots the recall covers, tells others of, and left out."""
    own = [one for one in lots if one.role == OWN]
    return {
        "in": sum(one.state == IN for one in own),
        "out": sum(one.state != IN for one in own),
        "notify": sum(one.role == NOTIFY and one.state == IN for one in lots),
        "products": len({one.item_name for one in own if one.state == IN}),
    }


def destruction_json(one: Row[Any], lots: Sequence[Row[Any]]) -> Json:
    """A destruction and its witness's number; the name is for the page to look up."""
    lot = next((lot for lot in lots if lot.lot_id == one.lot_id), None)
    return {
        "id": str(one.id),
        "lot_id": str(one.lot_id),
        "lot": f"{lot.item_name} {lot.number}" if lot is not None else "",
        "quantity": show(one.quantity, lot.unit if lot is not None else ""),
        "source": one.source,
        "planned_on": one.planned_on,
        "place": one.place,
        "method": one.method,
        "announced_at": iso(one.announced_at),
        "witnessed_at": iso(one.witnessed_at),
        "witness_id": str(one.witness_id) if one.witness_id is not None else None,
    }


def slips(made: Iterable[tuple[Any, str]], public_url: str) -> list[dict[str, Any]]:
    """One-time links as slips to print beside the delivery note: for whom, the address and its QR code (SVG)."""
    found = []
    for task, token in made:
        address = f"{public_url}/recalls/answer/{token}"
        picture = Markup(qr.svg(address, f"给{task.name}的召回答复链接"))  # noqa: S704 - qr.svg escapes its title
        found.append({"name": task.name, "address": address, "qr": picture})
    return found
