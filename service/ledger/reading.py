"""The ledger as it stands on a day, for pages and API: entries of this process brought up to date, facts at most 1 s old."""

from __future__ import annotations

import threading
from datetime import date
from weakref import WeakKeyDictionary

from fastapi import Request
from sqlalchemy import Connection

from chain.flows import reported_batches, reporting_devices, reporting_enterprises
from chain.ledger import store
from chain.ledger.folding import Ledger, fold
from chain.ledger.loading import load_rows
from chain.ledger.models import Entry, Facts, Origin
from chain.ledger.projects import project_counts
from chain.ledger.whole import Whole, whole
from chain.register.folding import end_of
from service.accounts.permissions import Actor, decide
from service.database import Database
from service.panorama import reading as chains

KEPT = 4
"""Days of which the ledger is kept."""


class Desk:
    """All entries of one database in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._seq = 0
        self._wholes: dict[date, tuple[int, int, Whole]] = {}

    def entries(self, conn: Connection) -> tuple[list[Entry], int]:
        """Every entry so far and the last place."""
        with self._lock:
            fresh = list(store.after(conn, self._seq))
            if fresh:
                self._entries = [*self._entries, *fresh]
                self._seq = fresh[-1].seq
            return self._entries, self._seq

    def kept(self, day: date, seq: int, since: int) -> Whole | None:
        with self._lock:
            at, had, made = self._wholes.get(day, (0, -1, None))
            return made if had == seq and at > since else None

    def keep(self, day: date, at: int, seq: int, made: Whole) -> None:
        with self._lock:
            rest = [(key, one) for key, one in self._wholes.items() if key != day]
            self._wholes = dict([*rest[-(KEPT - 1) :], (day, (at, seq, made))])


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()
_making = threading.Lock()


def desk_of(database: Database) -> Desk:
    """The one desk of a database in this process."""
    with _making:
        return _desks.setdefault(database, Desk())


def current(request: Request, as_of: date | None = None) -> tuple[chains.Chain, Whole]:
    """The chain and the ledger on a day, today by default. Raises InvalidInput for a day in the future."""
    chain = chains.current(request, as_of)
    db: Database = request.app.state.db
    now, desk = db.now(), desk_of(db)
    with db.read() as conn:
        entries, seq = desk.entries(conn)
        kept = desk.kept(chain.as_of, seq, now - chains.MAX_AGE)
        if kept is None:
            ledger = fold(entries, chain.as_of, demo=db.settings.demo)
            kept = whole(load_rows(), ledger, facts_of(conn, chain, ledger, now))
            desk.keep(chain.as_of, now, seq, kept)
    return chain, kept


def facts_of(conn: Connection, chain: chains.Chain, ledger: Ledger, now: int) -> Facts:
    """What the record and the panorama count on the ledger's day; nothing in a demonstration, whose batches are invented."""
    projects = project_counts(conn, chain.as_of)
    if chain.demo:
        return Facts()
    at = min(now, end_of(chain.as_of) - 1)
    return Facts(
        enterprises=reporting_enterprises(conn, at, include_demo=False),
        batches=reported_batches(conn, at, include_demo=False),
        links=sum(count for grade, count in chain.counts() if grade != "unknown"),
        devices=reporting_devices(conn, points_of(ledger), at, include_demo=False),
        projects=projects,
    )


def points_of(ledger: Ledger) -> list[str]:
    """Data points of every smart factory and workshop that is registered."""
    return [point for one in ledger.of("plant") for point in one.body["points"]]


def origin_of(request: Request) -> Origin:
    """How an entry made now is marked."""
    return "trial" if request.app.state.settings.demo else "entered"


def sees_staff(actor: Actor) -> bool:
    """Whether the actor sees persons, texts of reports, problems, and single enterprises' figures."""
    return decide(actor, "register.read").allowed


def edits(actor: Actor) -> bool:
    return decide(actor, "ledger.edit").allowed
