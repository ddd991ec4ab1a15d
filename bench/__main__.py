"""``make bench``: print every row with its limit, measured in this run on this machine."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import capture, chain, esri, recall, register, rejudge, scan, trace
from bench.data import District
from service import memory
from service.middleware import configure_logging
from service.settings import Settings
from trace.standards import evaluate, facts_from_request, load_book


def evaluation() -> list[str]:
    """CPU of one evaluation: 20 measurements against the whole rulebook."""
    book = load_book()
    values = ["320", "450", "280", "510", "390"]
    names = ("菌落总数", "大肠菌群", "沙门氏菌", "金黄色葡萄球菌", "单核细胞增生李斯特氏菌")
    rows: list[dict[str, object]] = []
    for name in names:
        quiet = name in ("沙门氏菌", "单核细胞增生李斯特氏菌")
        rows.append(
            {"parameter": name, "values": ["未检出"] * 5 if quiet else values, "unit": "/25g" if quiet else "CFU/g"}
        )
    for name in ("铅", "镉", "铬"):
        rows += [{"parameter": name, "values": ["0.01"], "unit": "mg/kg"}] * 5
    body = {
        "product": {"name": "酱卤鸭", "category": "肉制品-酱卤肉制品", "ready_to_eat": True, "prepackaged": True},
        "produced_on": "2026-10-01",
        "measurements": rows,
    }
    facts = facts_from_request(body, book)
    for _ in range(50):
        evaluate(book, facts)
    count = 1000
    began = time.process_time()
    for _ in range(count):
        evaluate(book, facts)
    spent = (time.process_time() - began) / count
    return [f"evaluate a batch ({len(rows)} measurements, whole rulebook): {spent * 1e6:,.0f} µs CPU (goal ≤ 1,000)"]


def main() -> None:
    """Run every measurement on a fresh demo district, with the memory settings that a server process has."""
    memory.settle()
    configure_logging(Settings(log_level="error"))
    out: Callable[[str], object] = sys.stdout.write
    out(f"python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} before\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        district = District(folder)
        measures: tuple[Callable[[], list[str]], ...] = (
            lambda: scan.cached(district),
            lambda: scan.uncached(district),
            lambda: register.bulk(district, folder),
            lambda: register.single(district),
            lambda: capture.capture(district),
            evaluation,
            esri.risk,
            lambda: rejudge.rejudge(district),
            lambda: recall.recalls(district),
            lambda: chain.chain(district, folder),
            lambda: chain.chain(district, folder, 10),
            lambda: trace.traces(district, folder),
        )
        for measure in measures:
            for line in measure():
                out(line + "\n")
                sys.stdout.flush()
    out(f"load {os.getloadavg()[0]:.2f} after\n")


if __name__ == "__main__":
    main()
