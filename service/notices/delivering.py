"""The courier: sends what waits in the outbox, signed, with time-outs and back-off, and notes how it went.

The address is resolved here and the connection made to that very address, so that a name cannot point into
the host's own network between a check and the sending.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Connection, Row

from service.background import Background
from service.database import Database
from trace.notices import store
from trace.notices.models import SIGNATURE, next_attempt, signature

EVERY = 2.0
"""Seconds between two looks at the outbox."""
BATCH = 20
TIMEOUT = 5.0
LEASE_US = 60_000_000
"""How long one process has a delivery to itself."""

Post = Callable[[str, bytes, dict[str, str]], int]
"""(address, body, headers) → status; raises httpx.HTTPError or Unreachable."""


class Unreachable(Exception):
    """The address is none we send to, or its name is not known."""


def post(url: str, body: bytes, headers: dict[str, str], *, private: bool) -> int:
    """POST over a fresh connection to an address we resolved ourselves; redirects are not followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("接收地址的域名无法解析") from error
    address = str(found[0][4][0])
    if not private and not ipaddress.ip_address(address.split("%")[0]).is_global:
        raise Unreachable("接收地址指向内网，平台不发送")
    literal = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=f"{literal}:{port}").geturl()
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        answer = client.post(
            target, content=body, headers=headers | {"Host": parts.netloc}, extensions={"sni_hostname": host}
        )
        return answer.status_code


class Courier:
    """Sends what is due, one attempt each."""

    def __init__(self, db: Database, send: Post | None = None) -> None:
        self._db = db
        private = db.settings.webhook_private
        self._send: Post = send or (lambda url, body, headers: post(url, body, headers, private=private))

    def round(self) -> int:
        """Send what is due now; gives how many attempts were made."""
        with self._db.read() as conn:
            waiting = store.due(conn, self._db.now(), BATCH)
        return sum(self._attempt(row) for row in waiting)

    def _attempt(self, row: Row[Any]) -> bool:
        until = self._db.now() + LEASE_US
        if not self._db.write(lambda conn: store.claim(conn, row.id, row.next_at, until)):
            return False
        status: int | None = None
        error = ""
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
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as why:
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
