"""Webhooks: who is told what, how it is signed, what happens when nobody answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.database import Database
from service.notices import delivering
from service.notices.delivering import Courier, Unreachable, post
from tests.fixtures.clock import Clock
from tests.fixtures.enterprise import stock_maker
from tests.fixtures.people import Someone, as_actor
from trace.batches import lifecycle
from trace.notices import store
from trace.notices.models import BACKOFF, next_attempt, signature

People = dict[str, Someone]
HOOK = {"url": "https://erp.example.cn/recall", "topics": ["recall", "stop_sale", "verdict"], "label": "ERP"}


class Other:
    """The receiver: keeps what came and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.answers: list[int | Exception] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.got.append((url, json.loads(body), headers))
        self.raw = body
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return answer


def subscribe(client: TestClient, someone: Someone, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/webhooks", json=HOOK | more, headers=someone.auth)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def other() -> Other:
    return Other()


@pytest.fixture
def courier(db: Database, other: Other) -> Courier:
    return Courier(db, other)


def sent(url: str, *, private: bool) -> int:
    """What ``post`` gives, in a thread of its own as the courier has it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(post, url, b"{}", {}, private=private).result()


def stop_sale(db: Database, people: People) -> int:
    batch = stock_maker(db, people["safety"].actor).batch
    as_actor(db, people["safety"].actor, lambda c: lifecycle.stop(c, batch, "封口不严，先停售", "封口检查中"))
    return batch


def test_a_stop_is_sent_signed_to_the_maker_and_the_supervisor_and_to_nobody_else(
    client: TestClient, people: People, db: Database, courier: Courier, other: Other
) -> None:
    made = {login: subscribe(client, people[login]) for login in ("boss", "officer", "rival")}
    stop_sale(db, people)
    assert courier.round() == 2
    assert [body["topic"] for _, body, _ in other.got] == ["stop_sale", "stop_sale"]
    url, body, headers = other.got[0]
    assert url == HOOK["url"]
    assert (body["halt_before"], body["halt"], body["text"]) == ("", "own_stop", "封口检查中")
    assert body["batch"]["product"] == "酱卤鸭"
    assert body["batch"]["uri"].startswith(db.settings.public_url)
    stamp, _, value = (part.partition("=")[2] for part in headers["Liangpin-Signature"].split(","))
    secrets = {made["boss"]["secret"], made["officer"]["secret"]}
    expected = {
        hmac.new(secret.encode(), f"{stamp}.".encode() + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
                 hashlib.sha256).hexdigest()
        for secret in secrets
    }  # fmt: skip
    assert value in expected
    assert courier.round() == 0
    assert len({one[2]["Liangpin-Delivery"] for one in other.got}) == 2


def test_a_holder_is_told_of_the_stop_and_not_of_the_verdict(
    client: TestClient, people: People, db: Database, courier: Courier, other: Other
) -> None:
    batch = stock_maker(db, people["safety"].actor).batch
    act = lambda fn: as_actor(db, people["safety"].actor, fn)  # noqa: E731 - a short name for four lines
    act(lambda c: lifecycle.release(c, batch, "证据不足项已线下核对"))
    act(lambda c: lifecycle.ship(c, batch, "10", "件", "", "rival"))
    subscribe(client, people["rival"])
    with db.read() as conn:
        assert store.holders(conn, batch, [people["rival"].actor.org_id]) == {people["rival"].actor.org_id}
    act(lambda c: lifecycle.stop(c, batch, "封口不严，先停售", ""))
    act(lambda c: lifecycle.lift_stop(c, batch, "复检合格，恢复销售"))
    courier.round()
    assert [(body["topic"], body["halt"]) for _, body, _ in other.got] == [("stop_sale", "own_stop"), ("stop_sale", "")]
    assert not any("verdict" in body for _, body, _ in other.got)


def test_a_changed_verdict_goes_to_its_maker(
    client: TestClient, people: People, db: Database, courier: Courier, other: Other
) -> None:
    from trace.evidence.models import NewMeasurement, NewReport

    batch = stock_maker(db, people["safety"].actor).batch
    subscribe(client, people["boss"], topics=["verdict"])
    subscribe(client, people["rival"], topics=["verdict"])
    report = NewReport(
        "release", "CC-9", issued_on="2026-11-24", measurements=[NewMeasurement("菌落总数", ("9000000",) * 5, "CFU/g")]
    )
    as_actor(db, people["clerk"].actor, lambda c: lifecycle.add_report(c, batch, report))
    courier.round()
    assert [(body["topic"], body["verdict"], body["notice"]) for _, body, _ in other.got] == [
        ("verdict", "fail", "系统比对，不是检验结论")
    ]


def test_what_is_not_taken_is_tried_again_ever_later_given_up_and_sent_again_by_hand(
    client: TestClient, people: People, db: Database, clock: Clock, courier: Courier, other: Other
) -> None:
    hook = subscribe(client, people["boss"])
    stop_sale(db, people)
    auth = people["boss"].auth
    log = lambda: client.get(f"/api/v1/webhooks/{hook['id']}/deliveries", headers=auth).json()["items"][0]  # noqa: E731
    failures: list[int | Exception] = [500, httpx.ConnectTimeout("slow"), Unreachable("接收地址指向内网，平台不发送")]
    for number in range(len(BACKOFF) + 1):
        other.answers = [failures[number % 3]]
        assert courier.round() == 1
        assert courier.round() == 0
        assert log()["attempts"] == number + 1
        assert log()["error"]
        clock.forward(minutes=BACKOFF[min(number, len(BACKOFF) - 1)] / 60 + 0.1)
    assert log()["state"] == "failed"
    assert courier.round() == 0
    refused = client.post(f"/api/v1/webhooks/deliveries/{log()['id']}/retry", headers=people["rival"].auth)
    assert refused.status_code == 404
    assert client.post(f"/api/v1/webhooks/deliveries/{log()['id']}/retry", headers=auth).status_code == 204
    assert courier.round() == 1
    assert (log()["state"], log()["status"], log()["error"]) == ("delivered", 204, "")


def test_a_webhook_ends_and_what_waited_is_given_up(
    client: TestClient, people: People, db: Database, courier: Courier, other: Other
) -> None:
    hook = subscribe(client, people["boss"])
    stop_sale(db, people)
    assert client.delete(f"/api/v1/webhooks/{hook['id']}", headers=people["rival"].auth).status_code == 404
    assert client.delete(f"/api/v1/webhooks/{hook['id']}", headers=people["boss"].auth).status_code == 204
    assert courier.round() == 0
    items = client.get(f"/api/v1/webhooks/{hook['id']}/deliveries", headers=people["boss"].auth).json()["items"]
    assert [(one["state"], one["error"]) for one in items] == [("failed", "接收地址已停用")]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "http://erp.example.cn/"}, "/url"),
        ({"url": "https://user:pass@erp.example.cn/"}, "/url"),
        ({"url": "https://10.0.0.7/hook"}, "/url"),
        ({"url": "https://localhost/hook"}, "/url"),
        ({"url": "https://[::1]/hook"}, "/url"),
        ({"url": "erp"}, "/url"),
        ({"url": "https://[::1"}, "/url"),
        ({"url": "https://127.1/hook"}, "/url"),
        ({"url": "https://localhost./hook"}, "/url"),
        ({"url": "https://erp.example.cn:0/hook"}, "/url"),
        ({"url": "https://erp.example.cn:abc/hook"}, "/url"),
        ({"url": "https://erp .example.cn/hook"}, "/url"),
        ({"url": "https://[64:ff9b::7f00:1]/hook"}, "/url"),
        ({"topics": []}, "/topics"),
        ({"topics": ["suspicion"]}, "/topics/0"),
        ({"label": ""}, "/label"),
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused(
    client: TestClient, people: People, change: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/api/v1/webhooks", json=HOOK | change, headers=people["boss"].auth)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


def test_a_name_that_points_into_our_own_network_is_not_sent_to() -> None:
    with pytest.raises(Unreachable):
        sent("https://localhost:9/x", private=False)


def test_who_may_not_manage_webhooks(client: TestClient, people: People) -> None:
    for login in ("clerk", "investor", "operator"):
        assert client.get("/api/v1/webhooks", headers=people[login].auth).status_code == 403


def test_the_page_registers_shows_the_secret_once_and_the_log(
    client: TestClient, people: People, db: Database, courier: Courier, other: Other, log_in: Any
) -> None:
    token = log_in("safety")
    form = {"csrf_token": token, "label": "ERP", "url": "https://erp.example.cn/x", "topics": ["recall", "stop_sale"]}
    made = client.post("/webhooks", data=form)
    assert made.status_code == 201
    assert made.text.count('class="secret"') == 1
    stop_sale(db, people)
    other.answers = [503]
    courier.round()
    html = client.get("/webhooks").text
    assert 'class="secret"' not in html
    assert "对方返回 503" in html
    wrong = client.post("/webhooks", data=form | {"url": "ftp://x", "topics": []})
    assert wrong.status_code == 422
    assert "须以 https:// 开头" in wrong.text
    assert "请至少选一个通知主题" in wrong.text


def test_an_answer_that_never_ends_is_left_after_its_status_and_one_that_never_comes_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A receiver that drips its body forever counts as answered; one that drips its status line is given up."""
    monkeypatch.setattr(delivering, "DEADLINE", 1.5)

    def serve(first: bytes) -> tuple[int, threading.Event]:
        ready = socket.create_server(("127.0.0.1", 0))
        done = threading.Event()

        def run() -> None:
            with ready, ready.accept()[0] as peer:
                peer.recv(65_536)
                peer.sendall(first)
                while not done.wait(0.2):
                    try:
                        peer.sendall(b"x")
                    except OSError:
                        return

        threading.Thread(target=run, daemon=True).start()
        return ready.getsockname()[1], done

    port, done = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    began = time.monotonic()
    assert sent(f"http://127.0.0.1:{port}/x", private=True) == 200
    assert time.monotonic() - began < 1.5
    done.set()
    port, done = serve(b"HTTP/1.1 2")
    with pytest.raises(TimeoutError):
        sent(f"http://127.0.0.1:{port}/x", private=True)
    done.set()


@given(st.integers(1, 20), st.integers(0, 2**52))
def test_attempts_go_on_ever_later_and_end(attempts: int, now: int) -> None:
    after = next_attempt(attempts, now)
    assert (after is None) == (attempts > len(BACKOFF))
    if after is not None and attempts > 1:
        earlier = next_attempt(attempts - 1, now)
        assert earlier is not None
        assert after > earlier > now


@given(st.text(min_size=1), st.integers(0, 2**52), st.binary(), st.binary())
def test_a_signature_tells_any_other_body(secret: str, at: int, body: bytes, changed: bytes) -> None:
    assert (signature(secret, at, body) == signature(secret, at, changed)) == (body == changed)
