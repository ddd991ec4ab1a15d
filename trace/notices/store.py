"""SQL of webhooks and deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update
from sqlmodel import SQLModel

from trace.genealogy.store import handover, stock
from trace.notices.tables import Delivery, Webhook
from trace.parties.store import organisation

webhook: Table = SQLModel.metadata.tables[Webhook.__tablename__]
delivery: Table = SQLModel.metadata.tables[Delivery.__tablename__]


def insert_webhook(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(webhook), row)


def get_webhook(conn: Connection, webhook_id: int, tenant_id: int) -> Row[Any] | None:
    """An organisation's own webhook, also one that has ended."""
    return conn.execute(select(webhook).where(webhook.c.id == webhook_id, webhook.c.tenant_id == tenant_id)).first()


def webhooks_of(conn: Connection, tenant_id: int) -> list[Row[Any]]:
    """An organisation's webhooks, the newest first."""
    return list(conn.execute(select(webhook).where(webhook.c.tenant_id == tenant_id).order_by(webhook.c.id.desc())))


def end_webhook(conn: Connection, webhook_id: int, at: int) -> None:
    """End a webhook; what still waits for it is given up."""
    conn.execute(update(webhook).where(webhook.c.id == webhook_id, webhook.c.ended_at.is_(None)).values(ended_at=at))
    waiting = (delivery.c.webhook_id == webhook_id, delivery.c.state == "pending")
    conn.execute(update(delivery).where(*waiting).values(state="failed", error="接收地址已停用", finished_at=at))


def listening(conn: Connection) -> list[Row[Any]]:
    """Webhooks that have not ended, with the kind of their organisation."""
    joined = webhook.join(organisation, organisation.c.id == webhook.c.tenant_id)
    query = select(webhook.c.id, webhook.c.tenant_id, webhook.c.topics, organisation.c.kind).select_from(joined)
    return list(conn.execute(query.where(webhook.c.ended_at.is_(None)).order_by(webhook.c.id)))


def holders(conn: Connection, batch_id: int, organisations: Sequence[int]) -> set[int]:
    """Which of the organisations have a lot on hand or have received it."""
    on_hand = select(stock.c.holder_id).where(stock.c.lot_id == batch_id, stock.c.holder_id.in_(organisations))
    received = select(handover.c.to_id).where(handover.c.lot_id == batch_id, handover.c.to_id.in_(organisations))
    return {row[0] for row in conn.execute(on_hand.union(received))}


def insert_deliveries(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(delivery), list(rows))


def due(conn: Connection, now: int, limit: int) -> list[Row[Any]]:
    """Deliveries to try now, with address and secret, the longest waiting first."""
    joined = delivery.join(webhook, webhook.c.id == delivery.c.webhook_id)
    query = select(delivery, webhook.c.url, webhook.c.secret).select_from(joined)
    query = query.where(delivery.c.state == "pending", delivery.c.next_at <= now).order_by(delivery.c.next_at)
    return list(conn.execute(query.limit(limit)))


def claim(conn: Connection, delivery_id: int, seen: int, until: int) -> bool:
    """Take a delivery for this attempt: False where another process took it first."""
    here = (delivery.c.id == delivery_id, delivery.c.state == "pending", delivery.c.next_at == seen)
    return conn.execute(update(delivery).where(*here).values(next_at=until)).rowcount == 1


def note_attempt(conn: Connection, delivery_id: int, values: Mapping[str, Any]) -> None:
    conn.execute(update(delivery).where(delivery.c.id == delivery_id).values(**values))


def deliveries_of(conn: Connection, webhook_id: int, before: int | None, limit: int) -> list[Row[Any]]:
    """A webhook's deliveries, the newest first."""
    query = select(delivery).where(delivery.c.webhook_id == webhook_id).order_by(delivery.c.id.desc()).limit(limit)
    return list(conn.execute(query if before is None else query.where(delivery.c.id < before)))


def get_delivery(conn: Connection, delivery_id: int, tenant_id: int) -> Row[Any] | None:
    return conn.execute(select(delivery).where(delivery.c.id == delivery_id, delivery.c.tenant_id == tenant_id)).first()


def again(conn: Connection, delivery_id: int, now: int) -> None:
    """Put a delivery that was given up back in line, its count of attempts begun anew."""
    values = {"state": "pending", "attempts": 0, "next_at": now, "finished_at": None}
    conn.execute(update(delivery).where(delivery.c.id == delivery_id).values(**values))
