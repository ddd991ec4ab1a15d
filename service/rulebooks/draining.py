"""The thread that judges waiting batches in pieces, so that no request and no transaction is long."""

from __future__ import annotations

import threading
import time

import structlog

from service.database import Database
from trace.context import Context
from trace.verdicts import store
from trace.verdicts.waiting import PIECE, work

EVERY = 2.0
"""Seconds between two looks at the list."""


def piece(db: Database, limit: int = PIECE) -> int:
    """Judge the next waiting batches in one transaction; gives how many. 0 when nothing waits."""
    with db.read() as conn:
        if not store.waiting(conn, 1):
            return 0
    return db.write(
        lambda conn: work(Context(conn, db.now(), db.new_id, 0, 0, "rejudge", db.settings.public_url), limit)
    )


def drain(db: Database, seconds: float) -> int:
    """Work until nothing waits or the time is up; gives how many were judged."""
    until = time.monotonic() + seconds
    total = 0
    while time.monotonic() < until:
        done = piece(db)
        if done == 0:
            break
        total += done
    return total


class Drainer:
    """Looks every two seconds, works off what waits, and stops when told."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rejudge", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                while not self._stop.is_set() and piece(self._db):
                    pass
            except Exception:  # the next look tries again; what was not committed is still on the list
                structlog.get_logger().exception("rejudge_failed")
