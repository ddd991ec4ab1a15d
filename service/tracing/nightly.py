"""Every night the server checks the whole record and keeps the report; one process does it, in pieces, beside the requests.

The report is there when its last row is written: what was left half-way is done again, was never seen, and is deleted
before a later report is made. So are old reports: they are derived, not facts.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date, timedelta

import structlog

from service.background import Background
from service.database import Database
from trace.genealogy import nightstore
from trace.genealogy.checking import Report, concluded, rows_of
from trace.genealogy.findings import CODES
from trace.genealogy.nightly import NIGHTS_KEPT, Kept, compared, due, night_of
from trace.ids import first_id

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

WRITING = AGAIN // 2
"""µs within which a report is written once its first finding is: a younger one may be another process's, by command."""


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


def tidy(db: Database, night: date, pause: Callable[[], None] = breathe) -> None:
    """Delete reports of more than ``NIGHTS_KEPT`` nights before ``night`` and what unfinished ones left, in pieces."""
    db.write(lambda conn: nightstore.drop_before(conn, (night - timedelta(days=NIGHTS_KEPT)).isoformat()))
    with db.read() as conn:
        abandoned = nightstore.abandoned(conn, first_id(db.now() - WRITING))
    for check_id in abandoned:
        with db.read() as conn:
            concerns = nightstore.concerns_of(conn, check_id)
        for start in range(0, len(concerns), PIECE):
            some = concerns[start : start + PIECE]
            db.write(lambda conn, of=check_id, some=some: nightstore.drop_concerns(conn, of, some))  # type: ignore[misc]
            pause()
        while db.write(lambda conn, of=check_id: nightstore.drop_findings(conn, of, PIECE)):  # type: ignore[misc]
            pause()


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
            tidy(self._db, wanted[0], self._pause)
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
