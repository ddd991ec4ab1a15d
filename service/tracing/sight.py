"""What an actor sees of a genealogy, as the one function ``visibility`` decides it."""

from __future__ import annotations

from service.accounts.permissions import Actor, View, visibility
from trace.genealogy.models import Sight


def sight_of(actor: Actor) -> Sight:
    """Own lots and one step in full: what the actor itself handed over or received. A regulator sees all, no recipe.

    Being a partner is not enough: a supplier's other lots, and what they were made from, stay its secret.
    """

    def full(owner: int, exchanged: bool) -> bool:
        return visibility(actor, owner, {actor.org_id} if exchanged else frozenset()) is not View.PUBLIC

    return Sight(
        org_id=actor.org_id,
        every=visibility(actor, 0) is View.REGULATOR,
        full=full,
        judges=lambda owner: visibility(actor, owner) in (View.OWN, View.REGULATOR),
        amounts=lambda owner: visibility(actor, owner) is View.OWN,
    )
