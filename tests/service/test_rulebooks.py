"""Rulebooks over HTTP, on pages and from the command line; who reads whose changes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from service.cli import app as cli
from service.database import Database
from tests.fixtures.people import Someone, as_actor
from tests.fixtures.record import Org
from tests.fixtures.rulebooks import braised, stricter
from trace.rulebooks import books, store
from trace.standards import load_book
from trace.verdicts import store as verdicts

HTML = {"Accept": "text/html"}
Log = Callable[..., str]


@pytest.fixture
def stricter_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the program had been updated with a corrected limit."""
    texts = stricter()
    monkeypatch.setattr(books, "shipped_texts", lambda: texts)


@pytest.fixture
def batch_id(db: Database, people: dict[str, Someone]) -> int:
    actor = people["safety"].actor
    return braised(Org(db, actor.org_id, "maker", actor.account_id), "0.2")


def test_a_dry_run_a_publication_and_who_reads_what(
    client: TestClient, people: dict[str, Someone], batch_id: int, stricter_files: None
) -> None:
    operator = people["operator"].auth
    tried = client.get("/api/v1/rulebooks/candidate", headers=operator).json()
    assert tried["summary"] == f"规则库 v{load_book().number}：1 批由 证据不足 变为 比对不符合"
    assert tried["changes"][0]["clauses"][0]["kind_text"] == "更正的条款"
    assert client.get("/api/v1/rulebooks", headers=operator).json() == {"items": []}
    body = {"reason": "铅限量按原文更正", "digest": tried["digest"]}
    keyed = operator | {"Idempotency-Key": "once"}
    made = client.post("/api/v1/rulebooks", json=body, headers=keyed)
    assert made.status_code == 201, made.text
    assert client.post("/api/v1/rulebooks", json=body, headers=keyed).json() == made.json()
    at = f"/api/v1/rulebooks/{made.json()['id']}"
    for login, changed in (("operator", 1), ("officer", 1), ("clerk", 1), ("rival", 0), ("expert", 0)):
        told = client.get(at, headers=people[login].auth).json()
        assert (len(told["changes"]), told["waiting"], told["concerned"]) == (changed, 0, 1), login
    assert client.get("/api/v1/rulebooks", headers=people["clerk"].auth).json()["items"][0]["finished"] is True
    assert client.get(at, headers=people["investor"].auth).status_code == 403
    assert client.get(at).status_code == 401
    assert client.get("/api/v1/rulebooks/candidate", headers=people["officer"].auth).status_code == 403
    told = client.get(f"/api/v1/batches/{batch_id}/verdict", headers=people["clerk"].auth).json()
    assert told["verdict"] == "fail"
    asked = {"product": {"name": "酱卤鸭"}, "produced_on": "2026-11-23",
             "measurements": [{"parameter": "铅", "values": ["0.2"], "unit": "mg/kg"}]}  # fmt: skip
    tried_out = client.post("/api/v1/standards/evaluate", json=asked).json()
    assert (tried_out["verdict"], tried_out["rulebook"]) == ("fail", tried["version"]), "one book everywhere"
    again = client.get("/api/v1/rulebooks/candidate", headers=operator).json()
    assert again["nothing_new"] is True
    assert client.get("/api/v1/rulebooks/9", headers=operator).status_code == 404


def test_the_operator_publishes_from_the_page(
    client: TestClient, log_in: Log, batch_id: int, stricter_files: None, db: Database
) -> None:
    token = log_in("operator")
    assert "还没有发布过规则库" in client.get("/rulebooks", headers=HTML).text
    shown = client.get("/rulebooks/candidate", headers=HTML).text
    assert "1 批由 证据不足 变为 比对不符合" in shown
    digest = shown.split('name="digest" value="')[1].split('"')[0]
    refused = client.post("/rulebooks", data={"csrf_token": token, "digest": digest, "reason": "改"}, headers=HTML)
    assert refused.status_code == 422
    assert "太短" in refused.text
    done = client.post("/rulebooks", data={"csrf_token": token, "digest": digest, "reason": "铅限量更正"}, headers=HTML)
    assert done.status_code == 303, done.text
    one = client.get(done.headers["location"], headers=HTML).text
    assert "限量由 ≤0.3 mg/kg 改为 ≤0.1 mg/kg" in one
    assert f"v{load_book().number}" in client.get("/rulebooks", headers=HTML).text
    assert "完全相同，不需要发布" in client.get("/rulebooks/candidate", headers=HTML).text


def test_the_command_line_tries_publishes_and_goes_on(
    db: Database, people: dict[str, Someone], batch_id: int, stricter_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGPIN_DATABASE_URL", db.settings.database_url)
    run = CliRunner().invoke
    tried = run(cli, ["rulebook-publish", "--dry-run"])
    assert tried.exit_code == 0, tried.output
    assert json.loads(tried.stdout)["counts"] == [{"before": "insufficient_evidence", "after": "fail", "batches": 1}]
    for args in ([], ["--login", "clerk"], ["--login", "nobody"]):
        assert run(cli, ["rulebook-publish", *args, "--reason", "铅限量更正"]).exit_code == 1
    assert run(cli, ["rulebook-publish", "--login", "operator"]).exit_code == 1
    with db.read() as conn:
        assert store.published(conn) == []
    done = run(cli, ["rulebook-publish", "--login", "operator", "--reason", "铅限量更正"])
    assert done.exit_code == 0, done.output
    assert "已重新比对 1 批" in done.stderr
    with db.read() as conn:
        assert verdicts.latest_verdict(conn, batch_id).status == "fail"
        assert not conn.execute(select(verdicts.rejudge)).all()
    as_actor(db, people["safety"].actor, lambda c: verdicts.ask(c.conn, [batch_id], "item", "r", 1))
    assert "已重新比对 1 批" in run(cli, ["rulebook-publish", "--resume"]).stderr


def test_waiting_batches_are_judged_in_the_background(
    client: TestClient, db: Database, people: dict[str, Someone], batch_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    from service.rulebooks import draining

    monkeypatch.setattr(draining, "EVERY", 0.02)
    drainer = draining.drainer(db)
    db.write(lambda conn: verdicts.ask(conn, [batch_id], "item", "r", 1))
    drainer.start()
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with db.read() as conn:
            if not verdicts.waiting(conn, 1):
                break
        time.sleep(0.02)
    drainer.stop()
    with db.read() as conn:
        assert verdicts.waiting(conn, 1) == []
