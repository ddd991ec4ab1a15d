"""Application-made, time-ordered 64-bit ids (design section 4): 41 bits ms, 10 bits node, 12 bits sequence.

Positive and below 2**63, so that they fit a signed BIGINT; strings in JSON, because JavaScript
loses integers above 2**53.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

EPOCH_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z in Unix milliseconds; 41 bits from here last until 2094."""

MAX_NODE = 1023
_SEQUENCE_MASK = 0xFFF


class IdMaker:
    """Makes ids for one node. Never repeats and never goes back, even when the clock does."""

    def __init__(self, node: int, clock_ms: Callable[[], int]) -> None:
        if not 0 <= node <= MAX_NODE:
            raise ValueError(f"node must be 0..{MAX_NODE}, not {node}")
        self._node = node << 12
        self._clock_ms = clock_ms
        self._last_ms = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            now = max(self._clock_ms() - EPOCH_MS, self._last_ms, 0)
            if now == self._last_ms:
                self._sequence = (self._sequence + 1) & _SEQUENCE_MASK
                if self._sequence == 0:
                    now += 1  # borrow from the next millisecond rather than wait for it
            else:
                self._sequence = 0
            self._last_ms = now
            return (now << 22) | self._node | self._sequence


def first_id(micros: int) -> int:
    """The lowest id that could be made at a time (µs since the Unix epoch, UTC); 0 before ``EPOCH_MS``."""
    return max(micros // 1000 - EPOCH_MS, 0) << 22
