"""The owner's answer to a claim: confirmed, its inputs are the lot's; rejected, it stays what it is. Both are acts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches.lifecycle import own_batch
from trace.claims import store
from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal import store as journal
from trace.journal.canonical import loads
from trace.journal.commands import record_act
from trace.journal.effects import effects
from trace.journal.event_projection import filed_uri
from trace.problems import reason_of
from trace.verdicts.commands import judge_many

ANSWERS = {"claim.confirmed": "已确认", "claim.rejected": "不认可"}


def answers(conn: Connection, batch_ids: Iterable[int]) -> dict[tuple[int, int], Row[Any]]:
    """(lot, event row) → the act that answered the claim."""
    acts = journal.acts_of_many(conn, batch_ids, tuple(ANSWERS))
    return {(lot, int(loads(act.body)["event_row"])): act for lot, found in acts.items() for act in found}


def answer(ctx: Context, batch_id: int, event_row: int, confirmed: bool, reason: str) -> int:
    """Confirm or reject what another organisation says one of our lots was made from; gives the act's id.

    Raises NotFound where there is no such claim (any more) and Conflict where it was answered already.
    """
    own_batch(ctx, batch_id)
    why = reason_of(reason)
    if store.claim_on(ctx.conn, batch_id, event_row) is None:
        raise NotFound("没有这条他方申报，或对方已声明有误", "No such claim")
    if (batch_id, event_row) in answers(ctx.conn, [batch_id]):
        raise Conflict(
            "这条他方申报已经答复过，不能再改；内容有误请让对方声明更正", "Answered already", code="answered"
        )
    body: dict[str, Any] = {"event_row": str(event_row)}
    if not confirmed:
        return record_act(ctx, "claim.rejected", "batch", batch_id, body, why)
    body |= _named(ctx, batch_id, event_row)
    made = record_act(ctx, "claim.confirmed", "batch", batch_id, body, why)
    judge_many(ctx, [batch_id], "claim")
    return made


def _named(ctx: Context, batch_id: int, event_row: int) -> dict[str, Any]:
    """What the event says the lot was made from, as it will stand in the genealogy."""
    event = journal.get_event(ctx.conn, event_row)
    assert event is not None
    found = effects(loads(event.document), lambda text: filed_uri(ctx.conn, text, ctx.public_url, event_row))
    ids = journal.identifiers(ctx.conn, {one.uri for one in found.named})
    inputs = [
        {"input_id": str(ids[edge.input]), "quantity": edge.quantity, "unit": edge.unit, "basis": edge.basis}
        for edge in found.edges
        if ids[edge.output] == batch_id
    ]
    return {"claimant": str(event.tenant_id), "inputs": inputs}
