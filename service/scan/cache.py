"""Answers to the anonymous, kept for at most a second: a popular code asks the database once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

MAX_AGE = 1.0
"""Seconds. Design section 4: a cached page is never older than 1 s in any worker."""
MAX_ENTRIES = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer and what it counts as: owner, lot or item, kind (None for what is not counted)."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str
    counts: tuple[int, int, str] | None = None


class AnswerCache:
    """From (raw path, form) to an answer. An entry is as old as the moment before its data was read."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._kept: dict[tuple[bytes, str], tuple[float, int, Answer]] = {}
        self.generation = 0

    def now(self) -> float:
        return self._now()

    def get(self, key: tuple[bytes, str]) -> Answer | None:
        found = self._kept.get(key)
        if found is None or found[1] != self.generation or self._now() - found[0] >= MAX_AGE:
            return None
        return found[2]

    def put(self, key: tuple[bytes, str], asked_at: float, generation: int, answer: Answer) -> None:
        """Keep an answer whose data was read after ``asked_at`` and ``generation`` were noted."""
        if len(self._kept) >= MAX_ENTRIES:
            self._kept = {}
        self._kept[key] = (asked_at, generation, answer)

    def forget(self) -> None:
        """Something was recorded in this process: its readers see it at once."""
        self.generation += 1
