"""The scan page: cached against the same server's static answer, uncached by statement and CPU."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench import client
from bench.data import District
from bench.server import running
from service.app import create_app

HOST = "127.0.0.1:8000"


def cached(district: District, rounds: int = 5, count: int = 4000) -> list[str]:
    """Requests a second of one scan page and of the static answer, in turn; the median ratio."""
    with running(district.url) as (port, _pid):
        page = [client.request(district.scans[0], HOST)] * count
        static = [client.request("/bench/static", HOST)] * count
        client.run(port, page[:500], 16)
        client.run(port, static[:500], 16)
        pairs = [(client.run(port, page, 16), client.run(port, static, 16)) for _ in range(rounds)]
    ratios = sorted(p.rate / s.rate for p, s in pairs)
    middle = sorted(pairs, key=lambda pair: pair[0].rate / pair[1].rate)[rounds // 2]
    failed = sum(p.failures + s.failures for p, s in pairs)
    return [
        f"scan page, cached: {middle[0].rate:,.0f}/s, p99 {middle[0].quantile(0.99):.1f} ms; "
        f"static 200 bytes: {middle[1].rate:,.0f}/s, p99 {middle[1].quantile(0.99):.1f} ms; "
        f"ratio {ratios[rounds // 2]:.2f} (min {ratios[0]:.2f}, max {ratios[-1]:.2f}; goal ≥ 0.85); failures {failed}"
    ]


def uncached(district: District, count: int = 400) -> list[str]:
    """In process: statements and CPU of a scan that no cache answers (each round another lot, cache cold)."""
    app = create_app(district.settings)
    statements: list[str] = []

    def count_statement(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count_statement)
    try:
        spent, seen = asyncio.run(_scan_all(app, district.scans, count, statements))
    finally:
        event.remove(Engine, "before_cursor_execute", count_statement)
        app.state.db.close()
    return [
        f"scan page, uncached: {seen} SQL statement(s) (goal 1), {spent * 1e6 / count:,.0f} µs CPU per request, "
        f"whole ASGI call (goal ≤ 1,000)"
    ]


async def _scan_all(app: Any, paths: list[str], count: int, statements: list[str]) -> tuple[float, int]:
    async def once(path: str, note: str) -> int:
        status = 0

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        await app(
            {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": "GET",
                "scheme": "http",
                "path": path,
                "raw_path": path.encode(),
                "query_string": note.encode(),
                "headers": [(b"host", HOST.encode()), (b"accept", b"text/html")],
                "client": ("127.0.0.1", 1),
                "server": ("127.0.0.1", 8000),
                "root_path": "",
                "state": {},
            },
            receive,
            send,
        )
        return status

    unknown = paths[0].rsplit("/", 1)[0]
    await once(paths[0], "")
    statements.clear()
    await once(paths[1], "")
    seen = len(statements)
    began = time.process_time()
    for number in range(count):  # lots nobody asked for before: every one a miss, answered by the product's page
        await once(f"{unknown}/COLD{number}", "")
    return time.process_time() - began, seen
