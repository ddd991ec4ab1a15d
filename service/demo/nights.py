"""Two nights of the demonstration: what the nightly check found before its last chapters, and after."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.database import Database
from service.tracing.nightly import keep
from trace.context import SHANGHAI
from trace.genealogy.nightly import night_of

HOUR = 3


def tell_night(db: Database, ago: int) -> None:
    """Keep a report of the record as it has been told so far, as that of ``ago`` nights before the last."""
    night = night_of(db.now(), HOUR) - timedelta(days=ago)
    struck = datetime(night.year, night.month, night.day, HOUR, tzinfo=SHANGHAI)
    keep(db, night, "night", lambda: None, int(struck.timestamp()) * 1_000_000)
