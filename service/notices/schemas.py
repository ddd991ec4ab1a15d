"""What the JSON API takes and gives for webhooks and their deliveries."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row

from service.batches.reading import iso
from service.batches.schemas import In, Json, Text
from trace.journal.canonical import loads


class WebhookIn(In):
    """``topics`` among recall, stop_sale and verdict."""

    url: Text
    topics: Annotated[list[Text], Field(max_length=20)]
    label: Text


def webhook_json(row: Row[Any]) -> Json:
    """A webhook without its secret."""
    return {
        "id": str(row.id),
        "url": row.url,
        "label": row.label,
        "topics": row.topics.split(","),
        "created_at": iso(row.created_at),
        "ended_at": iso(row.ended_at),
    }


def delivery_json(row: Row[Any]) -> Json:
    """One entry of the delivery log."""
    return {
        "id": str(row.id),
        "topic": row.topic,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "error": row.error,
        "next_at": iso(row.next_at) if row.state == "pending" else None,
        "created_at": iso(row.created_at),
        "finished_at": iso(row.finished_at),
        "body": loads(row.body),
    }
