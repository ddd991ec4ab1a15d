"""Batches under an open suspicion, for the one who must conclude and for the supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.accounts.permissions import Actor
from service.batches import reading
from service.verdicts.explaining import suspicions_of
from trace.suspicion.commands import open_below

MOST = 50


@dataclass(frozen=True, slots=True)
class Page:
    """``following`` is the cursor of the next page; None on the last."""

    items: list[dict[str, Any]]
    following: str | None


def suspected(conn: Connection, actor: Actor, before: int | None = None, limit: int = MOST) -> Page:
    """A page of them, newest lots first, and in it those to conclude first.

    ``open`` is how many of a batch's suspicions the actor's organisation has not concluded.
    """
    found = []
    below = open_below(conn, None if actor.supervises else actor.org_id, limit + 1, before)
    for row, _standing in below[:limit]:
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
    following = str(below[limit - 1][0].id) if len(below) > limit else None
    return Page(sorted(found, key=lambda one: (one["open"] == 0, one["due"])), following)
