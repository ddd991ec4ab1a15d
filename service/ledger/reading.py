"""The ledger as it stands on a day, for pages and API: entries of this process brought up to date, facts at most 1 s old."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from weakref import WeakKeyDictionary

from fastapi import Request
from sqlalchemy import Connection

from chain.flows import reported_batches, reporting_devices, reporting_enterprises
from chain.ledger import store
from chain.ledger.bases import inside_of
from chain.ledger.folding import Ledger, fold
from chain.ledger.history import Known, Past, counts
from chain.ledger.loading import load_rows
from chain.ledger.models import Entry, Facts, Origin, Row
from chain.ledger.projects import project_counts
from chain.ledger.ruling import PARTS, Part, rule_of
from chain.ledger.whole import Whole, whole
from chain.register.folding import end_of
from service.accounts.permissions import Actor, decide
from service.database import Database
from service.panorama import reading as chains
from service.register import current as registers
from trace.rulebooks.books import current_book

KEPT = 4
PLANTS = ("plant",)
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
            facts = facts_of(conn, db, chain.as_of, PARTS, points_of(ledger), lambda: known_links(chain))
            kept = whole(load_rows(), ledger, facts)
            desk.keep(chain.as_of, now, seq, kept)
    return chain, kept


def facts_of(
    conn: Connection,
    db: Database,
    day: date,
    wanted: Collection[Part],
    points: Iterable[str],
    links: Callable[[], int],
) -> Facts:
    """What others count on a day. In a demonstration only what is not invented: its batches and subjects are.

    ``points``: data points of smart factories that are asked for; ``links``: links of which something is known.
    """
    found = Facts()
    if "rulebook" in wanted:
        numbers = {one.number for one in current_book(conn).standards if one.in_force(day)}
        found = replace(found, standards=len(numbers))
    if db.settings.demo:
        return found
    at = min(db.now(), end_of(day) - 1)
    if "record" in wanted:
        found = replace(
            found,
            enterprises=reporting_enterprises(conn, at, include_demo=False),
            batches=reported_batches(conn, at, include_demo=False),
        )
    if "links" in wanted:
        found = replace(found, links=links())
    if "devices" in wanted:
        found = replace(found, devices=reporting_devices(conn, points, at, include_demo=False))
    if "projects" in wanted:
        found = replace(found, projects=project_counts(conn, day))
    if "register" in wanted:
        desk = registers.desk_of(db)
        with desk.register(conn, day) as register:
            sizes, subjects = inside_of(register, desk.suspects(register))
        found = replace(found, sizes=sizes, subjects=subjects)
    return found


def known_links(chain: chains.Chain) -> int:
    """Links of the panorama of which something is known."""
    return sum(count for grade, count in chain.counts() if grade != "unknown")


def counts_of(request: Request, row: Row, day: date, *, costly: bool = False) -> dict[str, list[Known]]:
    """Measure → what its count was up to ``day``, of what is counted. ``costly``: also what takes seconds."""
    db: Database = request.app.state.db
    with db.read() as conn:
        past = Past(desk_of(db).entries(conn)[0], demo=db.settings.demo)

        def facts_on(at: date, part: Part) -> Facts:
            points = points_of(past.ledger(PLANTS, at)) if part == "devices" else ()
            return facts_of(conn, db, at, (part,), points, lambda: known_links(chains.current(request, at)))

        return {
            one.key: counts(row, one, past, day, facts_on)
            for one in row.measures
            if one.count and (costly or not rule_of(one.count).costly)
        }


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
