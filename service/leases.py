"""The id maker's node number, leased from the database so that two processes never share one (design section 4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, insert, select, update

from service.accounts.tables import NodeLeaseRow
from trace.ids import MAX_NODE, IdMaker

LEASE_US = 24 * 3600 * 1_000_000
RENEW_US = 3600 * 1_000_000

_table = NodeLeaseRow.__table__  # type: ignore[attr-defined]


class NodeLease:
    """One process's claim on a node number; ``ids`` is None until the first write."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._holder = secrets.token_hex(8)
        self._renew_at = 0
        self.node: int | None = None
        self.ids: IdMaker | None = None

    def due(self) -> bool:
        return self.ids is None or self._now() >= self._renew_at

    def renew(self, conn: Connection) -> None:
        """Prolong the claim, or make a first one; the node unused for longest is taken first."""
        now = self._now()
        if self.node is not None:
            kept = conn.execute(
                update(_table)
                .where(_table.c.node == self.node, _table.c.holder == self._holder)
                .values(leased_until=now + LEASE_US)
            )
            if kept.rowcount == 1:
                self._renew_at = now + RENEW_US
                return
        node = self._take(conn, now)
        self.node = node
        self.ids = IdMaker(node, lambda: self._now() // 1000)
        self._renew_at = now + RENEW_US

    def _take(self, conn: Connection, now: int) -> int:
        taken = conn.execute(select(_table.c.node, _table.c.leased_until).order_by(_table.c.node)).all()
        free = next((n for n in range(MAX_NODE + 1) if n >= len(taken)), None)
        if free is not None:
            conn.execute(insert(_table).values(node=free, holder=self._holder, leased_until=now + LEASE_US))
            return free
        oldest = min(taken, key=lambda row: row.leased_until)
        if oldest.leased_until > now:
            raise RuntimeError(f"all {MAX_NODE + 1} id nodes are in use; stop a process or wait for a lease to end")
        conn.execute(
            update(_table).where(_table.c.node == oldest.node).values(holder=self._holder, leased_until=now + LEASE_US)
        )
        return int(oldest.node)

    def release(self, conn: Connection) -> None:
        """Give the node back early; it is reused last, because its ids are the newest."""
        conn.execute(
            update(_table)
            .where(_table.c.node == self.node, _table.c.holder == self._holder)
            .values(leased_until=self._now())
        )
