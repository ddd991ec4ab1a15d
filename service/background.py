"""A thread that looks for work every now and then, until told to stop: re-judging, notices, spreading doubts, lapsing measures."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

PREFIX = "background-"
"""Begins the name of every such thread."""


class Background:
    """Calls ``work`` every ``seconds`` while it gives true at once again; what it raises is logged, and the next look tries again."""

    def __init__(self, name: str, work: Callable[[], object], seconds: float) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=PREFIX + name, daemon=True)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self, patience: float = 30) -> None:
        """End after the piece of work in hand, and wait for it."""
        self._stop.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                while not self.stopping and self._work():
                    pass
            except Exception:
                structlog.get_logger().exception(f"{self._name}_failed")
