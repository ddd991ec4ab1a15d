"""Counts scans in memory and hands the sums over now and then: a scan must not wait for a write."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from service.scan import store
from service.scan.store import Counted

FLUSH_AT = 500
FLUSH_SECONDS = 3.0


class ScanCounter:
    """Sums of one process. Safe to call from any thread; what is not yet written is lost with a crash, by choice."""

    def __init__(self, write: Callable[[Callable[[Connection], None]], None], seconds: float = FLUSH_SECONDS) -> None:
        self._write = write
        self._seconds = seconds
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._counts: Counter[Counted] = Counter()
        self._waiting = 0
        self._timer: threading.Timer | None = None

    def add(self, tenant_id: int, subject_id: int, day: str, kind: str) -> None:
        """One scan. Never blocks on the database: a timer thread writes."""
        with self._lock:
            self._counts[tenant_id, subject_id, day, kind] += 1
            self._waiting += 1
            if self._timer is None or self._waiting == FLUSH_AT:
                if self._timer is not None:
                    self._timer.cancel()
                self._timer = threading.Timer(0 if self._waiting >= FLUSH_AT else self._seconds, self._in_background)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what has been counted; on failure it is counted again next time, and the error is raised."""
        with self._flushing:
            with self._lock:
                counts, self._counts, self._waiting = self._counts, Counter(), 0
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
            if not counts:
                return
            try:
                self._write(lambda conn: store.add_counts(conn, counts))
            except Exception:
                with self._lock:
                    self._counts.update(counts)
                raise

    def _in_background(self) -> None:
        try:
            self.flush()
        except Exception as error:  # a count is worth no scan page: say it and try again with the next scan
            structlog.get_logger().warning("scan_counts_not_written", error=str(error))
