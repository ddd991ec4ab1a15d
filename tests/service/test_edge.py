"""Headers, logs, counters and the addresses for operations."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from service.database import Database
from service.middleware import client_address, configure_logging
from service.operations import head_revision
from service.settings import Settings
from tests.fixtures.people import Someone
from tests.service.test_permissions import fill, routes

REQUIRED = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options", "x-request-id")


def test_every_answer_of_every_route_carries_the_headers(app: FastAPI) -> None:
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        for method, path, _ in routes(app):
            answer = client.request(method, fill(path))
            for name in REQUIRED:
                assert name in answer.headers, (method, path, name)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe-inline" not in policy
            assert "unsafe-eval" not in policy.replace("'wasm-unsafe-eval'", "")
            assert "http" not in policy, "no other host is allowed anywhere"


@pytest.mark.parametrize("address", ["/", "/login", "/docs", "/docs/errors", "/nothing"])
def test_pages_carry_no_inline_script_style_or_foreign_address(client: TestClient, address: str) -> None:
    html = client.get(address, headers={"Accept": "text/html"}).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    assert not re.search(r"\son\w+=", html)
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)
    assert '<html lang="zh-CN">' in html


def test_a_request_id_is_kept_when_it_is_harmless(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for bad in ("short", "x" * 65, "with space", "a;b=c<script>"):
        assert client.get("/healthz", headers={"X-Request-Id": bad}).headers["x-request-id"] != bad


def test_the_log_line_says_who_what_and_how_long(client: TestClient, people: dict[str, Someone]) -> None:
    with capture_logs() as lines:
        client.get("/api/v1/keys?x=1", headers=people["clerk"].auth | {"X-Request-Id": "req-00001"})
    (line,) = [one for one in lines if one["event"] == "request"]
    assert line["request_id"] == "req-00001"
    assert line["actor"] == people["clerk"].actor.account_id
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/keys", 200)
    assert line["ms"] > 0
    assert people["clerk"].key not in str(lines)


def test_logs_are_json_lines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        configure_logging(settings)
        structlog.get_logger().info("批次", request_id="r")
        line = json.loads(capsys.readouterr().out)
    finally:
        structlog.configure(**before)
    assert line["event"] == "批次"
    assert line["level"] == "info"
    assert line["timestamp"].endswith("Z")


def test_head_is_get_without_a_body(client: TestClient) -> None:
    for address in ("/", "/healthz", "/static/app.css"):
        answer = client.head(address)
        assert answer.status_code == 200
        assert answer.content == b""


def test_metrics_count_by_template_not_by_path(client: TestClient) -> None:
    for number in range(3):
        client.get(f"/static/none{number}.css")
    found = client.get("/metrics").text
    assert 'liangpin_requests_total{method="GET",route="/static/{name:path}",status="404"} 3.0' in found
    assert "none1" not in found
    assert "liangpin_request_seconds_bucket" in found


@pytest.mark.schema
def test_ready_means_this_codes_schema(client: TestClient, db: Database) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "migration": head_revision()}
    db.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '0000'")))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "migration")
    db.write(lambda conn: conn.execute(text("DROP TABLE alembic_version")))
    assert client.get("/readyz").json()["reason"] == "database"
    assert client.get("/healthz").status_code == 200


def test_own_files_are_kept_for_a_year_under_their_digest(client: TestClient) -> None:
    html = client.get("/").text
    address = re.search(r'href="(/static/app\.css\?v=[0-9a-f]{12})"', html)
    assert address
    answer = client.get(address.group(1))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")


def test_pages_of_someone_are_not_kept(client: TestClient, people: dict[str, Someone]) -> None:
    assert client.get("/account", headers=people["clerk"].auth).headers["cache-control"] == "no-store"


def test_the_api_reference_lists_every_json_route_without_script(client: TestClient, app: FastAPI) -> None:
    html = client.get("/docs").text
    document = client.get("/openapi.json").json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in html
    assert "/api/v1/me" in document["paths"]
    assert not any(path.startswith(("/login", "/admin", "/static")) for path in document["paths"])


def test_the_forwarded_address_counts_only_behind_our_proxy(app: FastAPI) -> None:
    from starlette.requests import Request

    scope = {
        "type": "http",
        "headers": [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.5")],
        "client": ("127.0.0.1", 1),
        "app": app,
    }
    assert client_address(Request(scope)) == "127.0.0.1"
    app.state.settings = app.state.settings.model_copy(update={"trust_proxy": True})
    assert client_address(Request(scope)) == "203.0.113.5"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("https://id.gs1.org/01/09520123456788/10/A1%2F2?x=1", "/01/09520123456788/10/A1%2F2"),
        ("(01)09520123456788(10)A1/2", "/01/09520123456788/10/A1%2F2"),
        ("6901234567892", "/01/06901234567892"),
    ],
)
def test_the_code_box_sends_on_to_an_address_of_ours(client: TestClient, typed: str, path: str) -> None:
    answer = client.get("/find", params={"code": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, path)


@pytest.mark.parametrize("typed", ["!!", "6901234567890", "https://example.com/other", "//evil.example/01/x"])
def test_the_code_box_explains_what_it_cannot_read(client: TestClient, typed: str) -> None:
    answer = client.get("/find", params={"code": typed})
    assert answer.status_code == 422
    assert 'id="code-error"' in answer.text
    assert client.get("/find?code=").status_code == 200


@pytest.mark.parametrize("as_json", [True, False])
def test_a_logged_fault_says_where_but_no_variable(
    settings: Settings, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    before = structlog.get_config()
    try:
        configure_logging(settings.model_copy(update={"log_json": as_json, "log_level": "info"}))
        password = "".join(["hunter", "-", "2"])
        try:
            raise RuntimeError(f"length {len(password)}")
        except RuntimeError as error:
            structlog.get_logger().error("unhandled", exc_info=error)
    finally:
        structlog.configure(**before)
    told = capsys.readouterr().out
    assert "RuntimeError" in told
    assert "test_edge.py" in told
    assert "hunter-2" not in told


def test_a_client_that_leaves_is_no_fault_of_ours(app: FastAPI) -> None:
    """It went away in the middle of its body: nothing is sent, and nothing is logged as unhandled."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/login",
        "raw_path": b"/login", "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/x-www-form-urlencoded"),
                    (b"content-length", b"100")],
    }  # fmt: skip
    told: list[Any] = [{"type": "http.request", "body": b"login=a", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return told.pop(0) if len(told) > 1 else told[0]

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        await app(scope, receive, send)

    with capture_logs() as logs:
        thread = threading.Thread(target=lambda: asyncio.run(ask()))
        thread.start()
        thread.join()
    assert sent == []
    assert [one["status"] for one in logs if one["event"] == "request"] == [499]
    assert not [one for one in logs if one["event"] == "unhandled"]
