"""The thread that spreads doubts to what was made from a lot, piece by piece; what was not committed is done again."""

from __future__ import annotations

from service.background import Background
from service.database import Database
from trace.suspicion import store
from trace.suspicion.spreading import PIECE, work

EVERY = 0.5
"""Seconds between two looks."""


def piece(db: Database, limit: int = PIECE) -> bool:
    """The next piece in a transaction of its own; False when nothing waits."""
    with db.read() as conn:
        if not store.waiting(conn):
            return False
    return db.write(lambda conn: work(conn, limit))


def settle(db: Database, limit: int = PIECE) -> int:
    """Spread all that waits; gives how many pieces that took."""
    pieces = 0
    while piece(db, limit):
        pieces += 1
    return pieces


def spreader(db: Database) -> Background:
    return Background("spread", lambda: piece(db), EVERY)
