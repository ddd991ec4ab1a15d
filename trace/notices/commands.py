"""Subscribe to notices, and put a notice in the outbox of everybody entitled, in the transaction that causes it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from trace.batches import store as batches
from trace.context import Context
from trace.epcis.values import written
from trace.errors import Conflict, NotFound
from trace.journal.canonical import dumps
from trace.notices import store
from trace.notices.models import TOPICS, is_outside
from trace.problems import Problems
from trace.standards.models import NOTICE
from trace.verdicts.models import Judged

MOST = 10
"""Webhooks of an organisation that have not ended."""


def subscribe(ctx: Context, url: str, topics: Sequence[str], label: str, *, private: bool = False) -> tuple[int, str]:
    """Register an address for notices; gives its id and the secret that signs them, shown this once.

    ``private`` allows addresses inside the host's own network (and plain http), for a test or an intranet.
    """
    problems = Problems()
    address = problems.text(url, "/url", "接收地址", longest=500)
    wrong = _unsendable(address, private=private) if address else None
    if wrong is not None:
        problems.add("/url", *wrong)
    wanted = list(dict.fromkeys(topics))
    for place, topic in enumerate(wanted):
        if topic not in TOPICS:
            known = "、".join(TOPICS)
            problems.add(
                f"/topics/{place}", "unknown_topic", f"没有通知主题“{topic[:40]}”，可选 {known}", "unknown topic"
            )
    if not wanted:
        problems.add("/topics", "required", "请至少选一个通知主题", "at least one topic")
    name = problems.text(label, "/label", "名称", longest=60)
    problems.raise_if_any()
    if sum(one.ended_at is None for one in store.webhooks_of(ctx.conn, ctx.tenant_id)) >= MOST:
        raise Conflict(f"最多同时登记 {MOST} 个接收地址，请先停用不用的", f"at most {MOST} webhooks", code="too_many")
    webhook_id, secret = ctx.new_id(), secrets.token_urlsafe(32)
    store.insert_webhook(
        ctx.conn,
        {
            "id": webhook_id,
            "tenant_id": ctx.tenant_id,
            "url": address,
            "secret": secret,
            "topics": ",".join(wanted),
            "label": name,
            "created_at": ctx.now,
            "actor_id": ctx.actor_id,
        },
    )
    return webhook_id, secret


def own_webhook(ctx: Context, webhook_id: int) -> Row[Any]:
    """The actor's organisation's webhook; NotFound for everybody else's."""
    found = store.get_webhook(ctx.conn, webhook_id, ctx.tenant_id)
    if found is None:
        raise NotFound("没有这个接收地址，或不属于本单位", "No such webhook of your organisation")
    return found


def end(ctx: Context, webhook_id: int) -> None:
    """Stop sending to a webhook."""
    own_webhook(ctx, webhook_id)
    store.end_webhook(ctx.conn, webhook_id, ctx.now)


def send_again(ctx: Context, delivery_id: int) -> None:
    """Put a delivery that was given up back in line."""
    found = store.get_delivery(ctx.conn, delivery_id, ctx.tenant_id)
    if found is None:
        raise NotFound("没有这条发送记录，或不属于本单位", "No such delivery of your organisation")
    if own_webhook(ctx, found.webhook_id).ended_at is not None:
        raise Conflict("接收地址已停用，不能重发", "The webhook has ended", code="ended")
    if found.state != "failed":
        raise Conflict("只有已放弃的通知可以重发", "Only a delivery that was given up", code="wrong_state")
    store.again(ctx.conn, delivery_id, ctx.now)


def announce_halt(ctx: Context, batch_id: int, before: str, after: str, text: str) -> None:
    """Tell maker, holders and supervisors that a measure on a lot began, changed or ended."""
    if before == after:
        return
    topic = "recall" if "recall" in (before, after) else "stop_sale"
    change = {"halt_before": before, "halt": after, "text": text}
    _tell(ctx, topic, {batch_id: change}, to_holders=True)


def announce_alert(ctx: Context, batch_id: int, measure_id: int, measure: str, reason: str) -> None:
    """Tell the maker (and supervisors) that an officer drafts a measure: nothing is in effect, ``halt`` stays."""
    halt = batches.halt_of(ctx.conn, batch_id)[0]
    change = {"halt_before": halt, "halt": halt, "alert": {"measure_id": str(measure_id), "measure": measure,
              "reason": reason, "in_effect": False}}  # fmt: skip
    _tell(ctx, "stop_sale", {batch_id: change}, to_holders=False)


def announce_verdicts(ctx: Context, judged: Iterable[Judged]) -> None:
    """Tell makers and supervisors whose verdict changed; findings are for nobody else."""
    changed = {
        one.batch_id: {"verdict_before": one.before, "verdict": one.after, "notice": NOTICE}
        for one in judged
        if one.before and one.before != one.after
    }
    if changed:
        _tell(ctx, "verdict", changed, to_holders=False)


def _tell(ctx: Context, topic: str, changes: Mapping[int, Mapping[str, Any]], *, to_holders: bool) -> None:
    hooks = [one for one in store.listening(ctx.conn) if topic in one.topics.split(",")]
    if not hooks:
        return
    lots = batches.batches_by_id(ctx.conn, list(changes))
    rows: list[dict[str, Any]] = []
    for batch_id, change in changes.items():
        lot = lots.get(batch_id)
        if lot is None:
            continue
        concerned = {lot.tenant_id}
        if to_holders:
            concerned |= store.holders(ctx.conn, batch_id, sorted({one.tenant_id for one in hooks}))
        for hook in hooks:
            if hook.tenant_id in concerned or hook.kind == "regulator":
                rows.append(_delivery(ctx, hook, topic, lot, change))
    store.insert_deliveries(ctx.conn, rows)


def _delivery(ctx: Context, hook: Row[Any], topic: str, lot: Row[Any], change: Mapping[str, Any]) -> dict[str, Any]:
    delivery_id = ctx.new_id()
    uri = lot.uri if "://" in lot.uri else ctx.public_url + lot.uri
    body = {
        "id": str(delivery_id),
        "topic": topic,
        "at": written(ctx.now),
        "batch": {"uri": uri, "lot": lot.lot, "product": lot.item_name, "maker": lot.maker_name},
        **change,
    }
    return {
        "id": delivery_id,
        "webhook_id": hook.id,
        "tenant_id": hook.tenant_id,
        "topic": topic,
        "batch_id": lot.id,
        "body": dumps(body),
        "state": "pending",
        "attempts": 0,
        "next_at": ctx.now,
        "created_at": ctx.now,
    }


def _unsendable(address: str, *, private: bool) -> tuple[str, str, str] | None:
    """Why an address cannot be sent to: (code, Chinese, English); None where it can."""
    shown = address[:80]
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "not_an_address", f"“{shown}”不是网址，请写成 https://erp.example.cn/recall", "not an address"
    if parts.scheme not in ("https", *(["http"] if private else [])) or not host or port == 0:
        return "not_https", f"接收地址“{shown}”须以 https:// 开头", "an https address is needed"
    if not all(sign.isalnum() or sign in "-.:%_" for sign in host):
        return "not_an_address", f"“{shown}”不是网址，请写成 https://erp.example.cn/recall", "not an address"
    if parts.username or parts.password:
        return "credentials", "接收地址里不要写用户名和密码，用签名核对来源", "no credentials in the address"
    if not private and _inside(host):
        return "private", f"接收地址“{host}”在内网，外部平台不能发送", "a private address"
    return None


def _inside(host: str) -> bool:
    """Whether an address literal lies in a private network; a name is looked at again when it is sent to."""
    if host.lower() == "localhost" or host.lower().endswith((".local", ".internal", ".localhost")):
        return True
    if host.replace(".", "").isdigit() and host.count(".") != 3:
        return True  # 127.1 and 2130706433 are addresses too, written to be overlooked
    try:
        return not is_outside(host)
    except ValueError:
        return False
