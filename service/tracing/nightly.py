"""Every night the server checks the whole record and keeps the report; one process does it, in pieces, beside the requests.

The report is there when its last row is written: what was left half-way is done again, and was never seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date

import structlog

from service.background import Background
from service.database import Database
from trace.genealogy import nightstore
from trace.genealogy.checking import Report, concluded, rows_of
from trace.genealogy.findings import CODES
from trace.genealogy.nightly import Kept, compared, due, night_of

EVERY = 60.0
"""Seconds between two looks at the clock."""
LIMIT = 5_000
"""Rows of one check at most in a kept report, the newest; a check that is cut says so."""
PIECE = 500
"""Findings written in one transaction."""
BREATH = 0.1
"""Seconds that the thread leaves to the requests between two pieces."""
AGAIN = 3_600_000_000
"""µs after which a report that failed is tried again."""


def breathe() -> None:
    time.sleep(BREATH)


def keep(
    db: Database, night: date, made: str, pause: Callable[[], None] = breathe, at: int | None = None
) -> tuple[Report, list[Kept]]:
    """Check the whole record, compare with the night before and keep the report; ``at`` is given by the demonstration.

    Every check reads in a snapshot of its own. Gives the report and its findings with what was settled.
    """
    told, at = at, db.now() if at is None else at
    rows = {}
    for code in CODES:
        with db.read() as conn:
            rows[code] = rows_of(conn, code, at, None, LIMIT)
        pause()
    with db.read() as conn:
        report = concluded(conn, at, rows)
        earlier = nightstore.newest(conn, before=night.isoformat())
        before = None if earlier is None else nightstore.held(conn, earlier.id)
    uncompared = sorted({*report.cut, *(() if earlier is None else json.loads(earlier.cut))})
    kept = compared(report.findings, before, uncompared)
    check_id = db.new_id()
    for start in range(0, len(kept), PIECE):
        part = kept[start : start + PIECE]
        db.write(lambda conn, start=start, part=part: nightstore.insert_findings(conn, check_id, start, part))  # type: ignore[misc]
        pause()
    row = {
        "id": check_id,
        "night": night.isoformat(),
        "made": made,
        "at": at,
        "finished_at": db.now() if told is None else told,
        "since": None if earlier is None else earlier.id,
        "counts": report.counts(),
        "cut": list(report.cut),
        "uncompared": uncompared,
    }
    db.write(lambda conn: nightstore.insert_check(conn, row))
    return report, kept


class NightlyCheck:
    """Looks whether a night is to be checked. ``failed`` is called for every report that could not be made."""

    def __init__(
        self, db: Database, hour: int, failed: Callable[[], object], pause: Callable[[], None] = breathe
    ) -> None:
        self._db = db
        self._hour = hour
        self._failed = failed
        self._pause = pause
        self._again = 0

    def look(self) -> bool:
        """Make the report that is due, if any is and nobody else makes it; True when one was made.

        What goes wrong is raised, and tried again in an hour.
        """
        now = self._db.now()
        if now < self._again or self._due(now) is None:
            return False
        try:
            return self._made(now)
        except Exception:
            self._again = now + AGAIN
            self._failed()
            raise

    def _due(self, now: int) -> tuple[date, str] | None:
        with self._db.read() as conn:
            return due(now, self._hour, nightstore.last_night(conn), nightstore.newest(conn) is not None)

    def _made(self, now: int) -> bool:
        with self._db.read() as guard:
            if not nightstore.claim(guard):
                return False
            wanted = self._due(now)  # anew: another process may just have finished
            if wanted is None:
                return False
            report, kept = keep(self._db, *wanted, self._pause)
        structlog.get_logger().info(
            "record_checked", night=wanted[0].isoformat(), made=wanted[1], findings=len(report.findings), kept=len(kept)
        )
        return True


def checker(db: Database, failed: Callable[[], object]) -> list[Background]:
    """The thread that checks at ``LIANGPIN_CHECK_HOUR``; none where that is switched off."""
    hour = db.settings.check_hour
    if hour is None:
        return []
    return [Background("check", NightlyCheck(db, hour, failed).look, EVERY)]


def tonight(db: Database) -> date:
    """The night that a report made now is counted to."""
    return night_of(db.now(), db.settings.check_hour or 0)
