"""The register as it stands, kept in memory by each process and brought up to date on every read.

One cheap statement asks for what was committed since: a capacity that another process recorded shows at the next
read. Pages get an immutable ``View``; who asks the register itself holds the lock meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from chain.flows import Account, ChainRecord
from chain.register import store
from chain.register.folding import Register, end_of, fold
from chain.register.likeness import Suspicion, open_suspects
from chain.register.marking import Likes, Marks, lapsed_of, likes_of, strangers_of, suspected
from chain.register.owning import Ownership, ownership
from chain.register.possessing import Holdings, holdings
from chain.register.yielding import View, parks_of, renewed, view_of
from service.database import Database


class Desk:
    """The register of one database in this process."""

    def __init__(self, *, demo: bool) -> None:
        self._demo = demo
        self._lock = threading.RLock()
        self._register: Register | None = None
        self._view = View(date.min, 0)
        self._past: tuple[date, int, Register] | None = None
        self._parks: tuple[tuple[date, int, int], dict[str, str]] | None = None
        self._likes: tuple[tuple[date, int], Sequence[Account], Likes] | None = None
        self._marks: Marks | None = None
        self._holdings: tuple[tuple[date, int, int], Holdings] | None = None
        self._suspects: tuple[int, date, tuple[Suspicion, ...]] | None = None

    def view(self, conn: Connection, day: date) -> View:
        """What the register says of each link on ``day``, today or earlier."""
        with self._lock:
            current = self._bring_up(conn, day)
            return self._view if current is not None else view_of(self._of_past(conn, day))

    def parks(self, conn: Connection, day: date) -> dict[str, str]:
        """The park of each organisation by its code; the same dictionary until somebody moves."""
        with self.register(conn, day) as register:
            state = (register.day, register.described, register.placed)
            if register is not self._register:
                return parks_of(register)
            if self._parks is None or self._parks[0] != state:
                self._parks = (state, parks_of(register))
            return self._parks[1]

    def owned(self, conn: Connection, day: date) -> Ownership:
        """Who finally controls whom; the same object until a description or a merge changes."""
        with self.register(conn, day) as register:
            return self._view.owned if register is self._register else ownership(register)

    def marks(self, conn: Connection, view: View, record: ChainRecord) -> Marks:
        """What bears on who counts, of the register together with those whom ``record`` knows; the same object until it
        changes. ``view`` as got from here."""
        with self.register(conn, view.day) as register:
            present = register is self._register
            owned = self._view.owned if present else view.owned  # others may have brought the register on since
            strangers = strangers_of(owned, record.accounts)
            state, kept = (register.day, register.described), self._likes
            if present and kept is not None and kept[:2] == (state, strangers):
                likes = kept[2]
            else:
                found = suspected(register, strangers) if strangers else self.suspects(register)
                likes = likes_of(register, owned, strangers, found)
            made = Marks(likes, lapsed_of(register, owned, record.presences))
            if not present:
                return made
            self._likes = (state, strangers, likes)
            if self._marks is None or self._marks.likes is not likes or self._marks != made:
                self._marks = made
            return self._marks

    def holdings(self, conn: Connection, day: date) -> Holdings:
        """Equipment, licences and candidacies by organisation; the same object until one of them changes."""
        with self.register(conn, day) as register:
            state = (register.day, register.described, register.possessed)
            if register is not self._register:
                return holdings(register)
            if self._holdings is None or self._holdings[0] != state:
                self._holdings = (state, holdings(register))
            return self._holdings[1]

    @contextmanager
    def register(self, conn: Connection, day: date) -> Iterator[Register]:
        """The register of ``day``, to be asked, not kept: others wait meanwhile."""
        with self._lock:
            yield self._bring_up(conn, day) or self._of_past(conn, day)

    def suspects(self, register: Register) -> tuple[Suspicion, ...]:
        """疑为同一 of a register got from here; worked out once per state."""
        with self._lock:
            kept = self._suspects
            if kept is None or kept[:2] != (register.described, register.day):
                kept = self._suspects = (register.described, register.day, open_suspects(register))
            return kept[2]

    def _bring_up(self, conn: Connection, day: date) -> Register | None:
        """The present register; None when ``day`` lies before the day it has come to."""
        known = self._register
        if known is None:
            known = self._register = fold(store.after(conn, 0), day, demo=self._demo)
            self._view = view_of(known)
            return known
        if day < known.day:
            return None
        whole = day > known.day
        changed = set(known.advance(day)) if whole else set()
        before = known.seq
        for statement in store.after(conn, known.seq):
            changed |= known.apply(statement)
        if whole:
            self._view = view_of(known)
        elif changed or known.seq != before:
            self._view = renewed(self._view, known, changed)
        return known

    def _of_past(self, conn: Connection, day: date) -> Register:
        """An earlier day's register; the one asked for last is kept, since the past no longer changes."""
        kept = self._past
        if kept is None or kept[0] != day:
            made = fold(store.before(conn, end_of(day)), day, demo=self._demo)
            kept = self._past = (day, made.seq, made)
        return kept[2]


_desks: WeakKeyDictionary[Database, Desk] = WeakKeyDictionary()
_making = threading.Lock()


def desk_of(database: Database) -> Desk:
    """The one desk of a database in this process."""
    with _making:
        desk = _desks.get(database)
        if desk is None:
            desk = _desks[database] = Desk(demo=database.settings.demo)
        return desk
