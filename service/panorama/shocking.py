"""The enterprise risk ranking, worked out beside the requests by each process for itself.

Who asks gets what is there and starts a thread where it is missing or no longer of the present state; one thread at a
time, the last few days kept.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import date

import structlog

from chain.assessment.ranking import LINK_WEIGHTS
from chain.flows import observed_supplies
from chain.models import ObservedSupply
from chain.register.folding import Register
from chain.register.network import Network, Ranking, network_of, rank
from service.background import PREFIX
from service.database import Database
from service.panorama import reading
from service.register.current import desk_of

KEPT = 3
"""Days whose ranking is kept."""
LOOK_AGAIN = 5_000_000
"""µs after which the batch record is read again for somebody who asks."""
WAIT = 0.03
"""Seconds that a request waits for a ranking that is about to be done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a day's ranking. ``ranking`` None: not done yet; ``done`` of ``total`` shocks of the one at work.

    ``seq`` is the register's statement that ``network`` rests on, ``at`` when it was computed and ``looked`` when the
    record was last read (µs UTC). ``failed`` the last attempt ended in an error.
    """

    day: date
    network: Network | None = None
    ranking: Ranking | None = None
    seq: int = 0
    at: int = 0
    looked: int = 0
    computing: bool = False
    done: int = 0
    total: int = 0
    failed: bool = False


class Shocker:
    """The rankings of one database in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._kept: dict[date, Standing] = {}
        self._waiting: dict[date, None] = {}
        self._thread: threading.Thread | None = None
        self._moved = threading.Condition(self._lock)
        self._stop = False

    def ask(self, day: date, wait: float = WAIT) -> Standing:
        """What there is for ``day``, today or earlier; what is missing or out of date is put to work."""
        desk, now = desk_of(self._database), self._database.now()
        with self._database.read() as conn, desk.register(conn, day) as register:
            seq = register.seq
        with self._lock:
            kept = self._kept.pop(day, None) or Standing(day)
            self._kept[day] = kept
            for old in [one for one in self._kept if one not in self._waiting][:-KEPT]:
                del self._kept[old]
            fresh = kept.ranking is not None and kept.seq == seq and 0 <= now - kept.looked < LOOK_AGAIN
            if not fresh and not kept.computing and not self._stop:
                self._kept[day] = replace(kept, computing=True, done=0, total=0)
                self._waiting[day] = None
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name=PREFIX + "risk", daemon=True)
                    self._thread.start()
            until = time.monotonic() + wait
            while self._kept[day].computing and (left := until - time.monotonic()) > 0:
                self._moved.wait(left)
            return self._kept[day]

    def stop(self, patience: float = 30) -> None:
        """End after the shocks in hand, and wait for it."""
        with self._lock:
            self._stop, thread = True, self._thread
        if thread is not None:
            thread.join(patience)

    def _work(self) -> None:
        while True:
            with self._lock:
                day = next(iter(self._waiting), None)
                if day is None or self._stop:
                    self._thread = None
                    return
                before = self._kept[day]
            try:
                found = self._made(before)
            except Exception:
                structlog.get_logger().exception("risk_failed")
                found = replace(before, failed=True)
            with self._lock:
                del self._waiting[day]
                self._kept[day] = replace(found, computing=False)
                self._moved.notify_all()

    def _made(self, before: Standing) -> Standing:
        """The day's ranking as the register and the record now are; only looked at where nothing changed."""
        now = self._database.now()
        register, seen = self._read(before.day)
        book = reading.book()
        network = network_of(register, seen, {link.id: LINK_WEIGHTS[link.weight] for link in book.links})
        same = replace(before, network=network, seq=register.seq, looked=now, failed=False)
        if before.ranking is not None and network == before.network:
            return same
        found = rank(network, book.edges, lambda done, of: self._told(before.day, done, of))
        return before if found is None else replace(same, ranking=found, at=now)

    def _read(self, day: date) -> tuple[Register, list[ObservedSupply]]:
        db = self._database
        desk = desk_of(db)
        with db.read() as conn:
            with desk.register(conn, day) as register:
                taken = register.snapshot()
            codes = reading.known_codes(db, day)
            return taken, observed_supplies(conn, day, include_demo=db.settings.demo, known_codes=codes)

    def _told(self, day: date, done: int, of: int) -> bool:
        with self._lock:
            self._kept[day] = replace(self._kept[day], done=done, total=of)
            return not self._stop
