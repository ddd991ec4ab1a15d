"""What every test may ask for: a database with the real schema on both engines, the application, people, a browser."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Generator, MutableMapping
from typing import Any

import service  # noqa: F401 - first: makes ``import trace`` ours

with warnings.catch_warnings():
    # Starlette's test client prefers the successor of httpx, which our lock does not carry yet.
    warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
    import starlette.testclient  # noqa: F401

import hypothesis
import pytest
import structlog

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
REQUIRED = ("PostgreSQL", "chromium")
"""Skips for the lack of these fail in CI."""

pytest_plugins = ("tests.fixtures.databases", "tests.fixtures.people", "tests.fixtures.web", "tests.fixtures.browser")


hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")
"""How long an example takes says more of the machine than of the code."""


def unsaid(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What nobody reads need not be put into words; ``structlog.testing.capture_logs`` takes this one's place."""
    raise structlog.DropEvent


structlog.configure([unsaid], logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)


def pytest_collection_finish() -> None:
    """Ten thousand tests and the program stay to the end: no collector need look at them again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """In CI a test that could not run for want of a server or a browser is a test that failed."""
    report = yield
    if IN_CI and report.skipped and call.excinfo is not None:
        reason = str(call.excinfo.value)
        if any(word in reason for word in REQUIRED):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {reason}"
    return report


os.environ.pop("LIANGPIN_DATABASE_URL", None)
