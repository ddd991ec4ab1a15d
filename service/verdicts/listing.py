"""Batches under an open suspicion, for the one who must conclude and for the supervisor."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from service.accounts.permissions import Actor
from service.batches import reading
from service.verdicts.explaining import suspicions_of
from trace.suspicion.commands import open_below

MOST = 50


def suspected(conn: Connection, actor: Actor) -> list[dict[str, Any]]:
    """Each with its open suspicions; ``open`` is how many of them the actor's organisation has not concluded."""
    found = []
    for row, _standing in open_below(conn, None if actor.supervises else actor.org_id, MOST):
        record = reading.load(conn, row.id)
        shown = [one for one in suspicions_of(record, actor) if one["open"]]
        mine = [one for one in shown if not any(c["organisation_id"] == str(actor.org_id) for c in one["conclusions"])]
        found.append(
            {
                "batch_id": str(row.id),
                "product": row.item_name,
                "lot": row.lot,
                "maker": row.maker_name,
                "due": min(one["due"] for one in shown),
                "open": len(mine),
                "suspicions": shown,
            }
        )
    return sorted(found, key=lambda one: (one["open"] == 0, one["due"]))
