"""What a command needs from the edge: the open transaction, the time, who acts and under which request.

Commands never commit, never read a clock and never make up an actor: the edge hands them this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import Connection

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Context:
    """One command's surroundings.

    ``now`` is integer microseconds since the Unix epoch, UTC. ``tenant_id`` is the actor's
    organisation, ``public_url`` the origin of private identifiers without a trailing slash.
    """

    conn: Connection
    now: int
    new_id: Callable[[], int]
    actor_id: int
    tenant_id: int
    request_id: str
    public_url: str

    @property
    def today(self) -> date:
        """The calendar date in Asia/Shanghai; shelf life is counted in these."""
        return local_datetime(self.now).date()


def local_datetime(micros: int) -> datetime:
    """Integer µs UTC as an aware datetime in Asia/Shanghai."""
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, SHANGHAI).replace(microsecond=rest)
