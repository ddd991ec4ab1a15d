"""Log in and out: equal answers, lock-out, sessions that end, forged requests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from service.accounts import commands, passwords, store
from service.accounts.dependencies import COOKIE
from service.accounts.pages import local_path
from service.database import Database
from service.settings import Settings
from tests.fixtures.clock import Clock
from tests.fixtures.people import PASSWORD, Someone
from tests.fixtures.web import token_of

HTML = {"Accept": "text/html"}
People = dict[str, Someone]


def attempt(client: TestClient, login: str, password: str):
    return client.post("/login", data={"login": login, "password": password}, headers=HTML)


def test_the_cookie_is_for_the_server_only_and_the_token_is_not_stored(
    client: TestClient, people: People, db: Database
) -> None:
    answer = attempt(client, "clerk", PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/batches"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "the test's public URL is plain http"
    token = client.cookies[COOKIE]
    with db.read() as conn:
        hashes = [row.token_hash for row in conn.execute(store.sessions.select())]
    assert hashes == [store.digest(token)]
    assert token not in hashes


def test_an_unknown_login_and_a_wrong_password_get_the_same_work_and_the_same_words(
    client: TestClient, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str | None] = []
    real = passwords.verify

    def spy(settings: Settings, password: str, stored: str | None) -> bool:
        calls.append(stored)
        return real(settings, password, stored)

    monkeypatch.setattr(passwords, "verify", spy)
    wrong = attempt(client, "clerk", "not the password")
    unknown = attempt(client, "nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("clerk", "nobody") == unknown.text
    assert len(calls) == 2
    assert calls[1] is None


def test_the_dummy_work_is_real_argon2_work(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``stored`` None a hash of the same cost is verified."""
    seen: list[str] = []
    hasher = passwords.hasher(settings)
    real = type(hasher).verify

    def spy(self, password, stored):
        seen.append(stored)
        return real(self, password, stored)

    monkeypatch.setattr(type(hasher), "verify", spy)
    assert passwords.verify(settings, "whatever", None) is False
    assert seen[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_a_login_is_locked_after_five_failures_with_the_time_in_words(
    client: TestClient, people: People, clock: Clock
) -> None:
    for _ in range(4):
        assert attempt(client, "clerk", "wrong").status_code == 401
    locked = attempt(client, "clerk", "wrong")
    assert locked.status_code == 429
    assert "已锁定" in locked.text
    assert "09:15" in locked.text
    right = attempt(client, "clerk", PASSWORD)
    assert right.status_code == 429, "the right password does not open a locked account"
    assert attempt(client, "officer", PASSWORD).status_code == 303, "others are not locked"
    clock.forward(minutes=16)
    assert attempt(client, "clerk", PASSWORD).status_code == 303


def test_a_login_that_nobody_has_is_locked_just_the_same(client: TestClient, people: People) -> None:
    statuses = [attempt(client, "nobody", "wrong").status_code for _ in range(6)]
    assert statuses == [401, 401, 401, 401, 429, 429]


def test_an_address_is_locked_after_many_failures_of_many_logins(
    settings: Settings, db: Database, people: People
) -> None:
    strict = settings.model_copy(update={"login_attempts_address": 6})

    def go(login: str, password: str, address: str):
        return commands.log_in(db, strict, login, password, address=address, agent="", request_id="t")

    for number in range(6):
        with pytest.raises(commands.LogInFailed):
            go(f"guess{number}", "x", "203.0.113.9")
    with pytest.raises(commands.Locked, match="网络地址"):
        go("clerk", PASSWORD, "203.0.113.9")
    assert go("clerk", PASSWORD, "203.0.113.10").token


def test_success_forgets_the_failures(client: TestClient, people: People) -> None:
    for _ in range(3):
        for _ in range(3):
            attempt(client, "clerk", "wrong")
        assert attempt(client, "clerk", PASSWORD).status_code == 303
        client.cookies.clear()


def test_sessions_idle_out_expire_and_can_be_ended(
    client: TestClient, log_in: Callable[..., str], clock: Clock, settings: Settings
) -> None:
    log_in("clerk")
    assert client.get("/api/v1/me").status_code == 200
    clock.forward(minutes=settings.session_idle_minutes - 1)
    assert client.get("/api/v1/me").status_code == 200, "use keeps it open"
    clock.forward(minutes=settings.session_idle_minutes - 1)
    assert client.get("/api/v1/me").status_code == 200
    clock.forward(minutes=settings.session_idle_minutes + 1)
    assert client.get("/api/v1/me").status_code == 401
    client.cookies.clear()
    log_in("clerk")
    for _ in range(24 * 7):
        clock.forward(hours=1)
        client.get("/api/v1/me")
    assert client.get("/api/v1/me").status_code == 401, "absolute end after a week"


def test_one_session_ends_from_another_and_all_end_at_once(client: TestClient, log_in: Callable[..., str], app) -> None:
    log_in("clerk")
    first = client.cookies[COOKIE]
    client.cookies.clear()
    token = log_in("clerk")
    listed = client.get("/api/v1/sessions").json()["items"]
    assert [one["current"] for one in listed] == [True, False]
    other = listed[1]["id"]
    assert client.delete(f"/api/v1/sessions/{other}", headers={"X-CSRF-Token": token}).status_code == 204
    with TestClient(app, cookies={COOKIE: first}) as old:
        assert old.get("/api/v1/me").status_code == 401
    assert client.post("/account/sessions/end", data={"csrf_token": token}).status_code == 303
    assert client.get("/api/v1/me").status_code == 401


def test_nobody_ends_anothers_session_or_key(client: TestClient, people: People, log_in: Callable[..., str]) -> None:
    log_in("officer")
    session = client.get("/api/v1/sessions").json()["items"][0]["id"]
    key = client.get("/api/v1/keys").json()["items"][0]["id"]
    client.cookies.clear()
    clerk = people["clerk"].auth
    assert client.delete(f"/api/v1/sessions/{session}", headers=clerk).status_code == 404
    assert client.delete(f"/api/v1/keys/{key}", headers=clerk).status_code == 404
    assert client.get("/api/v1/me", headers=people["officer"].auth).status_code == 200


def test_logging_out_ends_the_session_on_the_server(client: TestClient, log_in: Callable[..., str], app) -> None:
    token = log_in("clerk")
    stolen = client.cookies[COOKIE]
    assert client.post("/logout", data={"csrf_token": token}).status_code == 303
    with TestClient(app, cookies={COOKIE: stolen}) as thief:
        assert thief.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://evil.example"}, "cross_site"),
        ({"Origin": "null"}, "cross_site"),
        ({"Sec-Fetch-Site": "cross-site"}, "cross_site"),
        ({"Sec-Fetch-Site": "same-site"}, "cross_site"),
        ({}, "forged_request"),
        ({"X-CSRF-Token": "0" * 64}, "forged_request"),
        ({"X-CSRF-Token": "é"}, "forged_request"),
    ],
)
def test_a_change_by_cookie_needs_our_origin_and_our_token(
    client: TestClient, log_in: Callable[..., str], headers: dict[str, str], code: str
) -> None:
    log_in("clerk")
    answer = client.post("/api/v1/keys", json={"label": "x"}, headers=[(k, v.encode()) for k, v in headers.items()])
    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_the_forms_token_lets_a_page_through(client: TestClient, log_in: Callable[..., str]) -> None:
    token = log_in("clerk")
    same = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    shown = client.post("/account/keys", data={"label": "称重", "csrf_token": token}, headers=same | HTML)
    assert shown.status_code == 201
    assert "lp_" in shown.text
    assert client.post("/api/v1/keys", json={"label": "x"}, headers={"X-CSRF-Token": token}).status_code == 201


def test_another_sessions_token_does_not_fit(client: TestClient, log_in: Callable[..., str]) -> None:
    old = log_in("clerk")
    client.cookies.clear()
    log_in("clerk")
    assert client.post("/account/keys", data={"label": "x", "csrf_token": old}).status_code == 403


def test_log_in_from_another_site_is_refused(client: TestClient, people: People) -> None:
    answer = client.post(
        "/login", data={"login": "clerk", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/a\nb", "/a\\b"],
)
def test_after_log_in_one_stays_on_our_site(client: TestClient, people: People, target: str) -> None:
    assert local_path(target) == ""
    answer = client.post("/login", data={"login": "clerk", "password": PASSWORD, "next": target})
    assert answer.headers["location"] == "/batches"


def test_after_log_in_one_returns_to_where_one_was(client: TestClient, people: People) -> None:
    turned_away = client.get("/account?x=1", headers=HTML)
    assert turned_away.status_code == 303
    assert turned_away.headers["location"] == "/login?next=/account%3Fx%3D1"
    form = client.get(turned_away.headers["location"], headers=HTML).text
    assert 'name="next" value="/account?x=1"' in form
    answer = client.post("/login", data={"login": "clerk", "password": PASSWORD, "next": "/account?x=1"})
    assert answer.headers["location"] == "/account?x=1"


def test_a_new_password_ends_every_session_and_key(
    client: TestClient, log_in: Callable[..., str], people: People
) -> None:
    token = log_in("clerk")
    data = {"csrf_token": token, "old_password": "wrong", "new_password": "a new long one"}
    assert "原密码不正确" in client.post("/account/password", data=data, headers=HTML).text
    data["old_password"] = PASSWORD
    weak = client.post("/account/password", data=data | {"new_password": "short"}, headers=HTML)
    assert weak.status_code == 422
    assert client.post("/account/password", data=data).status_code == 303
    assert client.get("/api/v1/me").status_code == 401
    assert client.get("/api/v1/me", headers=people["clerk"].auth).status_code == 401
    client.cookies.clear()
    assert attempt(client, "clerk", PASSWORD).status_code == 401
    assert attempt(client, "clerk", "a new long one").status_code == 303


def test_https_makes_the_cookie_secure(settings: Settings, db: Database, people: People) -> None:
    from service.app import create_app

    secure = settings.model_copy(update={"public_url": "https://code.example.cn"})
    with TestClient(create_app(secure, database=db), follow_redirects=False) as client:
        answer = attempt(client, "clerk", PASSWORD)
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" in answer.headers


def test_the_account_page_says_who_did_what(client: TestClient, log_in: Callable[..., str]) -> None:
    log_in("clerk")
    text = client.get("/account", headers=HTML).text
    assert "开通账号 clerk" in text
    assert "理由：测试" in text
    assert token_of(text)
