"""Which batches a clause decided, cut to who asks: a regulator all, a maker its own, others none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.accounts.permissions import Actor, View, decide, visibility
from trace.batches import store as batches
from trace.verdicts import store

SHOWN = 50
_NOBODY = -1
"""No organisation has this id: what a regulator sees is seen whoever the owner is."""


def _reach(actor: Actor) -> tuple[bool, int | None]:
    """Whether the actor sees any, and of which organisation (None: of all)."""
    if not decide(actor, "batch.read").allowed:
        return False, None
    everything = visibility(actor, _NOBODY) is View.REGULATOR
    return True, None if everything else actor.org_id


def decided(conn: Connection, actor: Actor, clause_id: str) -> dict[str, Any]:
    """Up to SHOWN batches whose newest verdict the clause decided, newest first, with how many there are."""
    allowed, tenant_id = _reach(actor)
    if not allowed:
        return {"allowed": False, "rows": [], "count": 0}
    found = store.decided_by(conn, clause_id, tenant_id, SHOWN)
    lots = batches.batches_by_id(conn, [row.batch_id for row in found])
    return {
        "allowed": True,
        "rows": [(lots[row.batch_id], row.status) for row in found if row.batch_id in lots],
        "count": store.count_decided_by(conn, [clause_id], tenant_id).get(clause_id, 0),
    }


def counts(conn: Connection, actor: Actor, clause_ids: Sequence[str]) -> dict[str, int]:
    """How many batches each clause decided, as far as the actor sees them."""
    allowed, tenant_id = _reach(actor)
    return store.count_decided_by(conn, clause_ids, tenant_id) if allowed else {}
