"""The nightly check over HTTP: the page, the history, one night, as each role gets them; the command; the metrics."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.tracing.nightly import NightlyCheck, keep, tonight
from tests.fixtures.clock import Clock
from tests.service.test_api_batches import Api, api, registered

__all__ = ["api"]
HTML = {"Accept": "text/html"}


def check(db: Database) -> None:
    assert NightlyCheck(db, 3, int, pause=lambda: None).look()


@pytest.fixture
def over_used(api: dict[str, Api], db: Database, clock: Clock) -> dict[str, Any]:
    """A clean first night, then an over-use that the next night finds."""
    found = registered(api)
    check(db)
    line = {"lot_id": found["raw"]["batch_id"], "quantity": 90, "unit": "kg"}
    body = {"item_id": found["item"], "quantity": 100, "produced_on": "2026-11-23", "lot": "B2", "inputs": [line]}
    api["clerk"].ok("POST", "/batches", body, 201)
    clock.forward(hours=18)
    check(db)
    return found


class TestApi:
    def test_each_sees_its_own(self, api: dict[str, Api], over_used: dict[str, Any]) -> None:
        for login in ("clerk", "officer"):
            last, first = api[login].ok("GET", "/record-checks/nights")["nights"]
            assert (last["night"], first["night"]) == ("2026-11-25", "2026-11-24")
            assert (first["report"]["made"], first["report"]["new"]) == ("first", None)
            assert (last["report"]["made"], last["report"]["settled"]) == ("night", 0)
            told = api[login].ok("GET", "/record-checks/nights/2026-11-25")
            new = [f for f in told["findings"] if f["state"] == "new"]
            assert len(new) == told["new"] == last["report"]["new"]
            (one,) = [f for f in new if f["code"] == "over_used"]
            assert one["lots"] == [over_used["raw"]["batch_id"]]
            assert told["counts"]["over_used"] == 1
            assert told["truncated"] is False
        told = api["rival"].ok("GET", "/record-checks/nights/2026-11-25")
        assert (told["findings"], set(told["counts"].values()), told["new"]) == ([], {0}, 0)
        for path in ("/record-checks/nights", "/record-checks/nights/2026-11-25"):
            assert api["investor"].call("GET", path).status_code == 403

    def test_a_night_that_is_none(self, api: dict[str, Api]) -> None:
        api["officer"].refused("GET", "/record-checks/nights/yesterday")
        api["officer"].refused("GET", "/record-checks/nights/2026-11-24", status=404)
        assert api["officer"].ok("GET", "/record-checks/nights") == {"nights": []}

    def test_a_night_without_a_report_is_shown_as_such(self, api: dict[str, Api], db: Database, clock: Clock) -> None:
        check(db)
        clock.forward(days=3)
        check(db)
        told = [
            (n["night"], n["report"] and n["report"]["made"])
            for n in api["officer"].ok("GET", "/record-checks/nights")["nights"]
        ]
        assert told == [("2026-11-27", "late"), ("2026-11-26", None), ("2026-11-25", None), ("2026-11-24", "first")]

    def test_thirty_nights(self, api: dict[str, Api], db: Database, clock: Clock) -> None:
        for _ in range(32):
            check(db)
            clock.forward(days=1)
        told = api["officer"].ok("GET", "/record-checks/nights")["nights"]
        assert len(told) == 30
        assert told[0]["report"] is None, "the check of the night that just ended is still to come"


class TestPages:
    def text(self, client: TestClient, path: str) -> str:
        answer = client.get(path, headers=HTML)
        assert answer.status_code == 200, answer.text
        return answer.text

    def test_last_night_and_the_history(
        self, api: dict[str, Api], over_used: dict[str, Any], client: TestClient, log_in: Any, clock: Clock
    ) -> None:
        log_in("clerk")
        page = self.text(client, "/record-checks")
        assert "昨夜核对" in page
        assert "用出多于现有 1" in page
        assert "比前一夜新增" in page
        assert "2026-11-25 03:00" in page
        history = self.text(client, "/record-checks/nights")
        assert "/record-checks/nights/2026-11-25" in history
        assert "首次核对" in history
        night = self.text(client, "/record-checks/nights/2026-11-25")
        assert "52.5 kg" in night
        assert "新增" in night
        clock.forward(days=1)
        log_in("clerk")
        assert "昨夜没有核对" in self.text(client, "/record-checks")
        log_in("rival")
        assert "52.5 kg" not in self.text(client, "/record-checks/nights/2026-11-25")
        assert "没有对不上的地方" in self.text(client, "/record-checks")

    def test_nothing_yet_and_switched_off(
        self, api: dict[str, Api], client: TestClient, log_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log_in("officer")
        assert "还没有夜间核对的记录" in self.text(client, "/record-checks")
        assert "还没有夜间核对的记录" in self.text(client, "/record-checks/nights")
        monkeypatch.setattr(client.app.state.settings, "check_hour", None)  # type: ignore[attr-defined]
        assert "每晚自动核对已关闭" in self.text(client, "/record-checks")


def test_metrics_tell_when_and_not_what(client: TestClient, db: Database) -> None:
    before = client.get("/metrics").text
    assert "liangpin_record_check_timestamp_seconds 0.0" in before
    assert "liangpin_record_check_failures_total 0.0" in before
    keep(db, tonight(db), "night", lambda: None)
    after = client.get("/metrics").text
    assert "liangpin_record_check_timestamp_seconds 1.7" in after
    assert "over_used" not in after
