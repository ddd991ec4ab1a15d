"""Claims as JSON and as rows of the page."""

from __future__ import annotations

from typing import Any

from service.batches.reading import iso
from trace.claims import store
from trace.claims.commands import ANSWERS, answers
from trace.context import Context
from trace.quantity import show

Json = dict[str, Any]


def listed(ctx: Context, owner_id: int, before: int | None, limit: int) -> tuple[list[Json], str | None]:
    """(claims on the organisation's lots, newest first; cursor of the next page)."""
    rows = store.claims_on(ctx.conn, owner_id, before, limit + 1)
    shown = rows[:limit]
    told = answers(ctx.conn, [row.batch_id for row in shown])
    inputs = store.inputs_of(ctx.conn, [row.id for row in shown])
    items = []
    for row in shown:
        act = told.get((row.batch_id, row.id))
        items.append(
            {
                "id": str(row.id),
                "batch_id": str(row.batch_id),
                "product": row.product,
                "lot": row.lot,
                "claimant": row.claimant,
                "event_id": row.event_id,
                "event_time": iso(row.event_time),
                "recorded_at": iso(row.record_time),
                "inputs": [
                    {"uri": one.uri, "quantity": show(one.quantity, one.unit) if one.quantity is not None else None}
                    for one in inputs.get(row.id, [])
                ],
                "state": "open" if act is None else act.kind.removeprefix("claim."),
                "state_text": "待确认" if act is None else ANSWERS[act.kind],
                "answered_at": None if act is None else iso(act.at),
                "reason": None if act is None else act.reason,
            }
        )
    return items, str(shown[-1].id) if len(rows) > limit else None
