"""A limit on what callers without an account may ask for, by address, so that one caller cannot take the whole machine.

Callers with a session or a key are known and are not limited (design section 3).
"""

from __future__ import annotations

import math
import threading

from fastapi import Request

from service.accounts.permissions import Actor
from service.errors import TooManyRequests
from service.middleware import client_address

MICROS_A_MINUTE = 60_000_000
MAX_ADDRESSES = 20_000
"""Beyond this many addresses the ones that have waited longest are forgotten: memory stays bounded."""


class Buckets:
    """Token buckets by address, in the memory of one process.

    A bucket holds ``burst`` requests and gains ``per_minute`` a minute; ``per_minute`` 0 means no limit.
    """

    def __init__(self, per_minute: int, burst: int) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, int]] = {}

    def take(self, address: str, now: int) -> int:
        """Take one request at ``now`` (µs UTC): 0 when it may go on, else the whole seconds to wait."""
        if not self.per_minute:
            return 0
        with self._lock:
            held, at = self._known.pop(address, (float(self.burst), now))
            held = min(self.burst, held + max(0, now - at) * self.per_minute / MICROS_A_MINUTE)
            allowed = held >= 1
            if len(self._known) >= MAX_ADDRESSES:
                del self._known[next(iter(self._known))]
            self._known[address] = (held - 1 if allowed else held, now)
        return 0 if allowed else max(1, math.ceil((1 - held) * 60 / self.per_minute))


def limit(request: Request, actor: Actor) -> None:
    """Count a request of an anonymous caller; raises TooManyRequests with the seconds to wait.

    Call it first in a handler that computes for anybody who asks.
    """
    if not actor.is_anonymous:
        return
    state = request.app.state
    buckets: Buckets = state.buckets
    wait = buckets.take(client_address(request), state.db.now())
    if wait:
        raise TooManyRequests(
            f"未登录的请求过于频繁，请 {wait} 秒后再试；登录或使用密钥（Authorization: Bearer）不受此限。",
            f"Too many requests without an account; wait {wait} s, or use an API key, which is not limited.",
            retry_after=wait,
        )
