"""A small keep-alive HTTP load client on asyncio streams: counts answers and keeps every latency."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a run of requests took: wall seconds, and each request's seconds in order of finishing."""

    seconds: float
    latencies: list[float]
    failures: int

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Latency in ms below which ``share`` of the requests lie."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def request(path: str, host: str, body: bytes | None = None, headers: Sequence[str] = ()) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", f"Host: {host}", "Accept: text/html", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    if length:
        await reader.readexactly(length)
    return status


async def _worker(host: str, port: int, jobs: list[bytes], latencies: list[float], bad: list[int]) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    while jobs:
        job = jobs.pop()
        began = time.perf_counter()
        writer.write(job)
        await writer.drain()
        status = await _answer(reader)
        latencies.append(time.perf_counter() - began)
        if status >= 400:
            bad.append(status)
    writer.close()


def run(port: int, jobs: Sequence[bytes], at_a_time: int) -> Load:
    """Send all jobs over ``at_a_time`` connections to 127.0.0.1."""
    latencies: list[float] = []
    bad: list[int] = []
    waiting = list(jobs)

    async def everything() -> float:
        began = time.perf_counter()
        await asyncio.gather(
            *(_worker("127.0.0.1", port, waiting, latencies, bad) for _ in range(min(at_a_time, len(jobs))))
        )
        return time.perf_counter() - began

    seconds = asyncio.run(everything())
    return Load(seconds, latencies, len(bad))
