"""The platform as a child process, with one static 200-byte answer as the limit to compare with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service import database
from service.app import create_app
from service.middleware import configure_logging

STATIC = "x" * 200


def make() -> FastAPI:
    """The app factory that the child runs. BENCH_GROUP=1 turns group commit off, for comparison."""
    database.GROUP = int(os.environ.get("BENCH_GROUP", str(database.GROUP)))
    app = create_app()
    configure_logging(app.state.settings)

    async def static(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(STATIC)

    app.router.routes.insert(0, Route("/bench/static", static))
    return app


def cpu_seconds(pid: int) -> float:
    """User and system time a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(url: str, group: int | None = None) -> Iterator[tuple[int, int]]:
    """Serve ``url``'s database on a free port; gives (port, pid)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "LIANGPIN_DATABASE_URL": url,
        "LIANGPIN_PUBLIC_URL": "http://127.0.0.1:8000",
        "LIANGPIN_LOG_LEVEL": "error",
    }
    if group is not None:
        environment["BENCH_GROUP"] = str(group)
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"import bench.server, uvicorn; uvicorn.run('bench.server:make', factory=True, "
         f"port={port}, access_log=False, log_level='error')"],
        env=environment,
    )  # fmt: skip
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise RuntimeError("the server did not start")
        yield port, child.pid
    finally:
        child.terminate()
        child.wait(20)
