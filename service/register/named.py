"""Supplies between named enterprises are trade secrets: only authorised staff record and read them (decision 0022)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from chain.register import store
from service.accounts.dependencies import check
from service.accounts.permissions import Actor, decide

NAMED = ("supplies",)
"""Kinds of statements that say who deals with whom."""


def sees_supplies(actor: Actor) -> bool:
    """Whether named supplies are shown to the actor."""
    return decide(actor, "supply.read").allowed


def hidden_from(actor: Actor) -> tuple[str, ...]:
    """Kinds that every history leaves out for the actor."""
    return () if sees_supplies(actor) else NAMED


def refuse_unless_authorised(actor: Actor, kinds: Iterable[str]) -> None:
    """Raise Forbidden where a statement of these kinds is not the actor's to record."""
    if any(kind in NAMED for kind in kinds):
        check(actor, "supply.edit")


def refuse_undoing(conn: Connection, actor: Actor, import_id: int) -> None:
    """Raise Forbidden where an import brought in what is not the actor's to record."""
    refuse_unless_authorised(actor, store.kinds_of_import(conn, import_id))


def refuse_withdrawal(conn: Connection, actor: Actor, statement_id: int) -> None:
    """Raise Forbidden where the statement to be taken back is not the actor's to record."""
    row = store.get_statement(conn, statement_id)
    if row is not None:
        refuse_unless_authorised(actor, (row.kind,))
