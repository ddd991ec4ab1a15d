"""What names enterprises: supplies between them (decision 0022), and who alone stands behind a link (decision 0024)."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from sqlalchemy import Connection

from chain.register import store
from service.accounts.dependencies import check
from service.accounts.permissions import Actor, decide
from service.panorama import reading
from service.register.asking import day_of

NAMED = ("supplies",)
"""Kinds of statements that say who deals with whom."""
OPERATING = ("operates",)
"""Kinds of statements that say who works at a link."""


def sees_supplies(actor: Actor) -> bool:
    """Whether named supplies are shown to the actor."""
    return decide(actor, "supply.read").allowed


def hidden_from(actor: Actor) -> tuple[str, ...]:
    """Kinds that every history leaves out for the actor."""
    return () if sees_supplies(actor) else NAMED


def operators_shown(request: Request, actor: Actor, link: str, as_of: str) -> tuple[bool, str]:
    """Whether a link's operators are named to the actor, and the mark across a page that names a single point ('' else)."""
    figures = reading.current(request, day_of(request, as_of)).staff.links[link]
    shown = reading.names_shown(actor, figures)
    return shown, reading.mark(request, actor) if shown and reading.single(figures) else ""


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
