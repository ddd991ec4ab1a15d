"""Every minute: record that urgent measures lapsed whose approval nobody recorded within 24 hours.

Pages that show a measure work its standing out from the recorded times and do not wait for this. The state of the
batch, and with it the public page, follows when the lapse is recorded: a minute later at most.
"""

from __future__ import annotations

from service.background import Background
from service.database import Database
from trace.context import Context
from trace.measures import store
from trace.measures.commands import lapse_due
from trace.measures.rules import HOUR, URGENT_HOURS

EVERY = 60.0
PIECE = 100


def lapse(db: Database, limit: int = PIECE) -> int:
    """Record what has lapsed by now in one transaction; gives how many. 0 when nothing has."""
    with db.read() as conn:
        if not store.unapproved(conn, db.now() - URGENT_HOURS * HOUR - 1, 1):
            return 0
    return db.write(
        lambda conn: lapse_due(Context(conn, db.now(), db.new_id, 0, 0, "lapse", db.settings.public_url), limit)
    )


def lapser(db: Database) -> Background:
    """The thread that looks once a minute."""
    return Background("lapse", lambda: lapse(db), EVERY)
