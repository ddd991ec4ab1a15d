"""Traces over HTTP with permissions on: 556 lots as JSON, 37k lots of 0.9M edges and, if asked for, 367k of 9M.

``LIANGPIN_BENCH_EDGES=9M`` adds the large genealogy (some 3 GB and minutes to write).
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import lots
from bench.data import District
from bench.server import cpu_seconds, running
from service.accounts import commands, store
from service.database import Database
from trace.context import Context

LARGE = "LIANGPIN_BENCH_EDGES"
"""Environment variable: ``9M`` also measures the large genealogy."""


def regulator_key(district: District) -> str:
    """A key of the demo's regulator, for whom every lot of a trace has to be looked up and told."""
    db = Database(district.settings)
    with db.read() as conn:
        actor = store.actor_of_login(conn, "regulator")
    assert actor is not None
    made = db.write(
        lambda conn: commands.create_key(
            Context(conn, db.now(), db.new_id, actor.account_id, actor.org_id, "bench", district.settings.public_url),
            "bench",
        )
    )
    db.close()
    return str(made["key"])


class Server:
    """A running server and a key: asks, and says what it cost the server's process."""

    def __init__(self, port: int, pid: int, key: str) -> None:
        self.base = f"http://127.0.0.1:{port}/api/v1/trace/"
        self.pid = pid
        self.key = key

    def _read(self, path: str) -> Iterator[bytes]:
        request = urllib.request.Request(self.base + path, headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310 - our own server
            while part := answer.read(1 << 16):
                yield part

    def ask(self, path: str, rounds: int) -> tuple[float, float, bytes]:
        """(CPU seconds, wall seconds) of one request, on average, after one to warm up; and the answer's last part."""
        last = b""
        for part in self._read(path):
            last = part
        began, cpu = time.perf_counter(), cpu_seconds(self.pid)
        for _ in range(rounds):
            for part in self._read(path):
                last = part
        return (cpu_seconds(self.pid) - cpu) / rounds, (time.perf_counter() - began) / rounds, last


@contextmanager
def server(district: District) -> Iterator[Server]:
    key = regulator_key(district)
    with running(district.url) as (port, pid):
        yield Server(port, pid, key)


def _grouped(at: Server, size: lots.Size, rounds: int) -> tuple[float, float, int]:
    cpu, wall, last = at.ask(f"{size.root}?direction=down&group=holder", rounds)
    told = json.loads(last[last.index(b"{") :] if last.startswith(b"{") else b"{}") if last else {}
    found = int(told.get("lots", size.lots))
    assert found == size.lots, found
    return cpu, wall, found


def traces(district: District, folder: Path, name: str = "bench.db") -> list[str]:
    """Every row of the design's table about traces, and the ratio between the two sizes."""
    path = folder / name
    lots.parties(path)
    for size in (lots.SMALL, lots.STANDARD):
        lots.fill(path, size)
    with server(district) as at:
        cpu, wall, _ = at.ask(f"{lots.SMALL.root}?direction=down", 10)
        said = [
            f"trace, {lots.SMALL.lots} lots as JSON: {wall * 1e3:,.0f} ms wall, {cpu * 1e3:,.0f} ms CPU (goal ≤ 100 ms)"
        ]
        said += _lines(at, lots.STANDARD, "0.9M", 10, "goal ≤ 150 ms CPU")
    if os.environ.get(LARGE, "").upper() == "9M":
        lots.fill(path, lots.LARGE)
        with server(district) as at:
            small, _, some = _grouped(at, lots.STANDARD, 5)
            said += _lines(at, lots.LARGE, "9M", 3, "goal ≤ 1.5 s")
            large, _, many = _grouped(at, lots.LARGE, 3)
            said.append(f"  µs CPU per lot, 9M over 0.9M edges: {large / many / (small / some):.2f} (goal ≤ 2)")
    return said


def _lines(at: Server, size: lots.Size, edges: str, rounds: int, goal: str) -> list[str]:
    cpu, wall, found = _grouped(at, size, rounds)
    said = [
        f"trace, {found:,} lots of {edges} edges, grouped by holder: {cpu * 1e3:,.0f} ms CPU, {wall * 1e3:,.0f} ms wall, "
        f"{cpu / found * 1e6:.2f} µs CPU per lot ({goal})"
    ]
    for form in ("ndjson", "csv"):
        cpu, wall, _ = at.ask(f"{size.root}?direction=down&format={form}", max(1, rounds // 3))
        said.append(
            f"  streamed as {form}: {cpu * 1e3:,.0f} ms CPU, {wall * 1e3:,.0f} ms wall, "
            f"{cpu / found * 1e6:.1f} µs CPU per node (goal ≤ 10)"
        )
    return said


def main() -> None:
    """Only the traces, on a fresh demo district."""
    with tempfile.TemporaryDirectory() as name:
        for line in traces(District(Path(name)), Path(name)):
            sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
