"""The demo's drill again: from the first click to the complete scope, and a stop spread to the same products."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from bench.data import District
from bench.server import running
from service.database import Database
from service.verdicts.spreading import settle
from trace.recalls import store

ROUNDS = 5
DELIVERIES = 300


def recalls(district: District) -> list[str]:
    """A mock recall over HTTP and the spread of a stop, of a seasoning in 40 products and 300 deliveries."""
    db = Database(district.settings)
    with db.read() as conn:
        newest = store.list_recalls(conn, tenant_id=None, before=None, limit=50)
        drill = store.get_recall(conn, next(row.id for row in newest if row.mock))
    assert drill is not None
    suspects = json.loads(drill.suspects)
    waits: list[float] = []
    lots = 0
    with running(district.url) as (port, _):
        for _ in range(ROUNDS):
            began = time.perf_counter()
            made = _ask(port, district.key, "POST", "/api/v1/recalls", {
                "suspects": suspects, "reason": "封口渗漏演练（测量）", "known_at": "2026-11-20T08:00", "known_source": "自查",
                "mock": True,
            })  # fmt: skip
            told = _ask(port, district.key, "GET", f"/api/v1/recalls/{made['id']}?limit=100", None)
            waits.append(time.perf_counter() - began)
            lots = len(told["lots"])
        began = time.perf_counter()
        _ask(port, district.key, "POST", f"/api/v1/batches/{suspects[0]}/stop", {"reason": "封口渗漏，正在查明"})
        settle(db)
        spread = time.perf_counter() - began
    db.close()
    waits.sort()
    return [
        f"mock recall, {lots} lots and {DELIVERIES} deliveries, from click to complete scope over HTTP: "
        f"first {max(waits) * 1e3:,.0f} ms, median {waits[len(waits) // 2] * 1e3:,.0f} ms (goal < 2 s)",
        f"a stop spread to everything made from the same lot: {spread * 1e3:,.0f} ms (goal ≤ 2 s)",
    ]


def _ask(port: int, key: str, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
        told: dict[str, Any] = json.loads(answer.read() or b"{}")
    return told
