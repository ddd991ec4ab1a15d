"""The thread that judges waiting batches in pieces, so that no request and no transaction is long."""

from __future__ import annotations

import time

from service.background import Background
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


def drainer(db: Database) -> Background:
    """The thread that works off what waits, piece by piece; what was not committed is still on the list."""
    return Background("rejudge", lambda: piece(db), EVERY)
