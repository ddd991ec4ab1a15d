"""One error shape for every route, and nothing that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import text
from starlette.testclient import TestClient

from service.accounts.permissions import ACTIONS, ANYONE
from service.app import create_app
from service.database import Database
from service.epcis.exceptions import type_of
from service.settings import Settings
from tests.fixtures.people import Someone
from tests.service.test_permissions import fill, routes

MEMBERS = {
    "type": str,
    "title": str,
    "title_en": str,
    "status": int,
    "detail": str,
    "detail_en": str,
    "code": str,
    "instance": str,
    "request_id": str,
    "errors": list,
}
JSON = {"Accept": "application/json"}


def assert_problem(answer, status: int | None = None, code: str | None = None) -> dict:
    """The answer is one well-formed problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:200]
    body = answer.json()
    assert {name: type(value) for name, value in body.items()} == MEMBERS
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"] == type_of(body["instance"], body["status"], body["code"])
    assert body["instance"].startswith("/epcis") or body["type"] == f"/docs/errors#{body['code']}"
    assert any("\u4e00" <= ch <= "\u9fff" for ch in body["title"] + body["detail"])
    assert body["detail_en"]
    for one in body["errors"]:
        assert set(one) == {"pointer", "code", "detail", "detail_en"}
        assert one["pointer"] == "" or one["pointer"].startswith("/")
    if status is not None:
        assert body["status"] == status, body
    if code is not None:
        assert body["code"] == code, body
    return body


def test_every_route_refuses_in_the_one_shape(app: FastAPI, people: dict[str, Someone]) -> None:
    """Each route is asked wrongly in five ways; every refusal has the same members."""
    seen: set[int] = set()
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        for method, path, (action,) in routes(app):
            address = fill(path)
            tries = [client.request("TRACE", address, headers=JSON)]
            tries.append(client.request(method, address, headers=JSON | {"Authorization": "Bearer lp_wrong"}))
            if ANYONE not in ACTIONS[action].roles:
                tries.append(client.request(method, address, headers=JSON))
            if method in ("POST", "PUT", "PATCH"):
                key = people["clerk"].auth | JSON
                tries.append(client.request(method, address, headers=key, json={"nonsense": 1}))
                bad = key | {"Content-Type": "application/json"}
                tries.append(client.request(method, address, headers=bad, content=b'{"a": '))
            for answer in tries:
                if answer.status_code >= 400 and answer.headers["content-type"].split(";")[0] != "text/html":
                    assert_problem(answer)
                    seen.add(answer.status_code)
                elif answer.status_code >= 500:
                    pytest.fail(f"{method} {path}: {answer.status_code}")
    assert {401, 403, 405} <= seen


@pytest.fixture
def operator(client: TestClient, people: dict[str, Someone]) -> dict[str, str]:
    return people["operator"].auth


def test_missing_and_wrong_fields_are_named_in_chinese_with_their_values(client: TestClient, operator) -> None:
    body = {"code": "UPPER CASE", "kind": "restaurant", "reason": "测试", "extra": 1, "stages": ["田", "海"]}
    found = assert_problem(client.post("/api/v1/organisations", json=body, headers=operator), 422, "invalid_input")
    by_pointer = {one["pointer"]: one for one in found["errors"]}
    assert set(by_pointer) == {"/code", "/kind", "/name", "/extra", "/stages/1"}
    assert by_pointer["/name"]["detail"] == "「name」必填，请填写"
    assert "UPPER CASE" in by_pointer["/code"]["detail"]
    assert "restaurant" in by_pointer["/kind"]["detail"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"label": ', 400, "malformed_json"),
        (b"\xff\xfe", 400, "malformed_json"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"label": "a\x00b"}', 400, "nul_character"),
        (rb'{"label": "a\u0000b"}', 400, "nul_character"),
        (b"[]", 422, "invalid_input"),
        (b"null", 422, "invalid_input"),
        (b'"text"', 422, "invalid_input"),
        (b"", 422, "invalid_input"),
    ],
)
def test_bodies_that_cannot_be_read(client: TestClient, operator, content: bytes, status: int, code: str) -> None:
    headers = operator | {"Content-Type": "application/json"}
    assert_problem(client.post("/api/v1/keys", content=content, headers=headers), status, code)


def test_an_escaped_backslash_before_u0000_is_only_text(client: TestClient, operator) -> None:
    headers = operator | {"Content-Type": "application/json"}
    assert client.post("/api/v1/keys", content=rb'{"label": "a\\u0000b"}', headers=headers).status_code == 201


def test_another_content_type_is_not_taken_for_json(client: TestClient, operator) -> None:
    headers = operator | {"Content-Type": "text/plain"}
    assert client.post("/api/v1/keys", content=b'{"label": "x"}', headers=headers).status_code in (415, 422)


@pytest.mark.parametrize(
    "value", ["0x1", "-1", "1.5", "99999999999999999999", "9223372036854775808", "一", "%20", "1%0a"]
)
def test_ids_that_cannot_be_ids(client: TestClient, operator, value: str) -> None:
    answer = client.delete(f"/api/v1/keys/{value}", headers=operator)
    assert_problem(answer, 422, "invalid_input")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=1e3", "limit=99999999999999999999999", "cursor=-1"])
def test_queries_out_of_range(client: TestClient, operator, query: str) -> None:
    assert_problem(client.get(f"/api/v1/organisations?{query}", headers=operator), 422)


@pytest.mark.parametrize(
    "address", ["/api/v1/keys/%00", "/%00", "/find?code=%00", "/static/..%2f..%2fsettings.py", "/static/%2e%2e/x"]
)
def test_addresses_with_traps(client: TestClient, address: str) -> None:
    assert client.get(address, headers=JSON).status_code in (400, 404)


def test_a_body_over_the_limit_is_refused_declared_or_not(settings: Settings, db: Database, people) -> None:
    small = settings.model_copy(update={"max_body_bytes": 2048})
    with TestClient(create_app(small, database=db), raise_server_exceptions=False) as client:
        headers = people["clerk"].auth | {"Content-Type": "application/json"}
        big = json.dumps({"label": "x" * 5000}).encode()
        assert_problem(client.post("/api/v1/keys", content=big, headers=headers), 413, "body_too_large")
        pieces = (big[i : i + 500] for i in range(0, len(big), 500))
        assert_problem(client.post("/api/v1/keys", content=pieces, headers=headers), 413, "body_too_large")


def test_not_found_and_not_allowed(client: TestClient) -> None:
    assert_problem(client.get("/api/v1/nothing"), 404, "not_found")
    answer = client.put("/api/v1/me", headers=JSON)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET"


def test_what_nobody_foresaw_is_told_without_its_traceback(app: FastAPI) -> None:
    def boom() -> None:
        raise RuntimeError("the secret reason")

    app.add_api_route("/api/v1/boom", boom, methods=["GET"])
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/boom")
        assert_problem(answer, 500, "internal_error")
        assert "secret" not in answer.text
        assert answer.headers["content-security-policy"]


def test_a_number_the_database_cannot_hold_is_the_callers_fault(app: FastAPI) -> None:
    def ask(request: Request) -> None:
        with request.app.state.db.read() as conn:
            conn.execute(text("SELECT * FROM account WHERE id = CAST(:n AS BIGINT)"), {"n": 2**70}).all()

    app.add_api_route("/api/v1/ask", ask, methods=["GET"])
    with TestClient(app, raise_server_exceptions=False) as client:
        assert_problem(client.get("/api/v1/ask"), 422, "value_out_of_range")


@pytest.mark.parametrize(("address", "status"), [("/nothing", 404), ("/find?code=%00", 400), ("/admin/accounts", 403)])
def test_people_get_a_chinese_page(client: TestClient, people: dict[str, Someone], address: str, status: int) -> None:
    answer = client.get(address, headers={"Accept": "text/html,*/*;q=0.8"} | people["clerk"].auth)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["x-request-id"] in answer.text
    assert "返回首页" in answer.text


def test_every_code_is_explained_where_type_leads(client: TestClient) -> None:
    text = client.get("/docs/errors").text
    for code in ("not_found", "forged_request", "locked", "login_failed", "idempotency_key_reused", "cross_site"):
        assert f'id="{code}"' in text


def test_half_a_character_is_refused_with_its_place(client: TestClient, people: dict[str, Someone]) -> None:
    """JSON can spell a lone surrogate; with an Idempotency-Key it was a 500."""
    headers = people["operator"].auth | {"Content-Type": "application/json"}
    for number, half in enumerate((b"\\ud800", b"\xed\xa0\x80")):
        body = b'{"reason": "' + half + b'abcd", "digest": "x"}'
        for key in ({}, {"Idempotency-Key": f"half-{number}"}):
            refusal = client.post("/api/v1/rulebooks", content=body, headers=headers | key)
            assert_problem(refusal, 422, "invalid_input")
            assert [one["pointer"] for one in refusal.json()["errors"]] == ["/reason"]
    whole = b'{"reason": "\\ud83e\\udd86 changed", "digest": "x"}'
    assert client.post("/api/v1/rulebooks", content=whole, headers=headers).status_code == 409


def test_half_a_character_in_a_form_is_refused(client: TestClient, log_in: Callable[..., str]) -> None:
    token = log_in("operator")
    fields = {"csrf_token": token, "reason": "+2AA-abcdef", "digest": "x"}
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(part.format(name, value) for name, value in fields.items()) + "--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x; charset=utf-7"}
    assert_problem(client.post("/rulebooks", content=body, headers=headers), 422, "value_out_of_range")


def test_a_stranger_sends_no_large_body(client: TestClient, people: dict[str, Someone]) -> None:
    """Bodies are parsed before anybody asks who sent them: 18 MB took seconds of the one event loop."""
    big = b"[" + b"1," * (1024 * 1024) + b"1]"
    headers = {"Content-Type": "application/json"}
    for path in ("/api/v1/standards/evaluate", "/api/v1/bulletins", "/login"):
        assert_problem(client.post(path, content=big, headers=headers), 413, "body_too_large")
    known = headers | people["officer"].auth
    assert client.post("/api/v1/standards/evaluate", content=big, headers=known).status_code == 413
    assert client.post("/api/v1/bulletins", content=big, headers=known).status_code == 422
