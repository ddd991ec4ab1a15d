"""The server starts without what is slow to load, and loads it beside the requests."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from service import warming
from service.panorama import reading

SLOW = ("scipy", "pypinyin")


def test_what_is_slow_is_not_loaded_by_the_start_but_by_the_warming() -> None:
    told = (
        "import sys, service.app; from importlib import import_module; from service.routes import ROUTERS;"
        "[import_module(line.split(':')[0]) for line in ROUTERS];"
        f"print([name in sys.modules for name in {SLOW}]);"
        "from service.warming import warm; warm();"
        f"print([name in sys.modules for name in {SLOW}])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[False, False]", "[True, True]"], done.stderr


def test_the_search_index_is_there_before_anybody_asks(client: TestClient) -> None:
    until = time.monotonic() + 20
    while not reading.book.cache_info().currsize and time.monotonic() < until:
        time.sleep(0.01)
    assert reading.book.cache_info().currsize == 1
    assert client.get("/readyz").status_code == 200


def test_a_failure_is_logged_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise OSError("no such file")

    monkeypatch.setattr(reading, "book", broken)
    warming.warm()
