"""The edge's hand-over to commands: the open transaction, the time, who acts, under which request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from fastapi import Request
from sqlalchemy import Connection

from service.accounts.permissions import Actor
from service.database import Database
from trace.context import Context, local_datetime

T = TypeVar("T")


def today_of(db: Database) -> date:
    """The day it is in the district."""
    return local_datetime(db.now()).date()


def build(request: Request, conn: Connection, actor: Actor | None = None) -> Context:
    """The context of this request's actor on ``conn``; an anonymous actor has the ids 0."""
    who: Actor = actor or request.state.actor
    database: Database = request.app.state.db
    return Context(
        conn=conn,
        now=database.now(),
        new_id=database.new_id,
        actor_id=who.account_id,
        tenant_id=who.org_id,
        request_id=request.state.request_id,
        public_url=request.app.state.settings.public_url,
    )


def command(request: Request, fn: Callable[[Context], T]) -> T:
    """Run ``fn`` with this request's context in one write transaction and return its result after COMMIT."""
    database: Database = request.app.state.db
    result = database.write(lambda conn: fn(build(request, conn)))
    desk = getattr(request.app.state, "scan_desk", None)
    if desk is not None:
        desk.answers.forget()  # whoever was told "done" and scans again sees it done
    return result


def question(request: Request, fn: Callable[[Context], T]) -> T:
    """Run ``fn`` with this request's context on a read snapshot; nothing can be written."""
    database: Database = request.app.state.db
    with database.read() as conn:
        return fn(build(request, conn))
