"""The courier: sends what waits in the outbox, signed, with time-outs and back-off, and notes how it went.

The address is resolved here and the connection made to that very address, so that a name cannot point into
the host's own network between a check and the sending.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Connection, Row

from service.background import Background
from service.database import Database
from trace.notices import store
from trace.notices.models import SIGNATURE, is_outside, next_attempt, signature

EVERY = 2.0
"""Seconds between two looks at the outbox."""
BATCH = 20
AT_ONCE = 8
"""Receivers that are sent to at a time."""
TIMEOUT = 5.0
DEADLINE = 10.0
"""Seconds for one attempt, from the name's resolution to the status line."""
LEASE_US = 60_000_000
"""How long one process has a delivery to itself."""

Post = Callable[[str, bytes, dict[str, str]], int]
"""(address, body, headers) → status; raises httpx.HTTPError or Unreachable."""


class Unreachable(Exception):
    """The address is none we send to, or its name is not known."""


def post(url: str, body: bytes, headers: dict[str, str], *, private: bool) -> int:
    """POST over a fresh connection to an address we resolved ourselves, all within ``DEADLINE``; gives the status.

    Redirects are not followed and the answer's body is not read: a slow or endless one holds nobody up.
    """
    return asyncio.run(asyncio.wait_for(_post(url, body, headers, private=private), DEADLINE))


async def _post(url: str, body: bytes, headers: dict[str, str], *, private: bool) -> int:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("接收地址的域名无法解析") from error
    address = str(found[0][4][0])
    if not private and not is_outside(address):
        raise Unreachable("接收地址指向内网，平台不发送")
    literal = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    told = headers | {"Host": parts.netloc, "Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", target, content=body, headers=told, extensions={"sni_hostname": host}) as answer,
    ):
        return answer.status_code


class Courier:
    """Sends what is due: to one receiver in order, to several at a time, so that a slow one delays no other."""

    def __init__(self, db: Database, send: Post | None = None) -> None:
        self._db = db
        private = db.settings.webhook_private
        self._send: Post = send or (lambda url, body, headers: post(url, body, headers, private=private))

    def round(self) -> int:
        """Send what is due now; gives how many attempts were made."""
        with self._db.read() as conn:
            waiting = store.due(conn, self._db.now(), BATCH)
        if not waiting:
            return 0
        by_hook: dict[int, list[Row[Any]]] = {}
        for row in waiting:
            by_hook.setdefault(row.webhook_id, []).append(row)
        with ThreadPoolExecutor(AT_ONCE, "courier") as pool:
            return sum(pool.map(lambda rows: sum(map(self._attempt, rows)), by_hook.values()))

    def _attempt(self, row: Row[Any]) -> bool:
        until = self._db.now() + LEASE_US
        if not self._db.write(lambda conn: store.claim(conn, row.id, row.next_at, until)):
            return False
        status: int | None = None
        body = row.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Liangpin",
            "Liangpin-Delivery": str(row.id),
            "Liangpin-Topic": row.topic,
            SIGNATURE: signature(row.secret, self._db.now(), body),
        }
        try:
            status = self._send(row.url, body, headers)
            error = "" if 200 <= status < 300 else f"对方返回 {status}"
        except Unreachable as why:
            error = str(why)
        except TimeoutError:
            error = f"对方 {DEADLINE:.0f} 秒内没有应答"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as why:
            error = f"发送失败：{type(why).__name__}"
        self._db.write(lambda conn: self._note(conn, row, status, error))
        return True

    def _note(self, conn: Connection, row: Row[Any], status: int | None, error: str) -> None:
        now, attempts = self._db.now(), row.attempts + 1
        values: dict[str, Any] = {"attempts": attempts, "status": status, "error": error}
        if not error:
            values |= {"state": "delivered", "finished_at": now}
        elif (again := next_attempt(attempts, now)) is None:
            values |= {"state": "failed", "finished_at": now}
        else:
            values |= {"next_at": again}
        store.note_attempt(conn, row.id, values)


def courier(db: Database) -> Background:
    """The thread that sends what is due; what was claimed and not sent comes free after its lease."""
    return Background("courier", Courier(db).round, EVERY)
