"""The terms of official measures, and what a document needs: pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.context import SHANGHAI
from trace.measures import rules
from trace.measures.models import DOCUMENTS, MEASURES, PENDING_NUMBER, Officer
from trace.measures.rules import HOUR, check_officers, check_times, public_text, seizure_until, standing
from trace.problems import Problems

NOW = int(datetime(2026, 11, 24, 12, tzinfo=SHANGHAI).timestamp()) * 1_000_000


@dataclass
class Row:
    measure: str = "stop"
    state: str = "served"
    taken_at: int | None = None
    approval_noted_at: int | None = None
    until: str | None = None


def codes(problems: Problems) -> dict[str, str]:
    return {one.pointer: one.code for one in problems.errors}


@given(st.integers(0, 10**12), st.integers(-48 * HOUR, 48 * HOUR), st.booleans())
def test_an_urgent_measure_lapses_after_24_hours_without_a_recorded_approval(
    taken: int, later: int, noted: bool
) -> None:
    row = Row(state="taken", taken_at=taken, approval_noted_at=taken + 1 if noted else None)
    found = standing(row, taken + later)
    lapsed = later > 24 * HOUR and not noted
    assert (found.code == "lapsed") is lapsed
    assert found.in_effect is not lapsed
    if not lapsed and not noted:
        assert found.left == 24 * HOUR - later


def test_at_the_24th_hour_it_still_stands() -> None:
    row = Row(state="taken", taken_at=NOW)
    assert standing(row, NOW + 24 * HOUR).code == "taken"
    assert standing(row, NOW + 24 * HOUR + 1).code == "lapsed"
    assert standing(Row(state="lapsed", taken_at=NOW), NOW).code == "lapsed", "what was recorded stays so"


@pytest.mark.parametrize(
    ("until", "code", "text"),
    [
        ("2026-12-02", "served", "已生效"),
        ("2026-12-01", "due", "还有 7 天到期"),
        ("2026-11-24", "due", "还有 0 天到期"),
        ("2026-11-23", "expired", "已到期未处理：应解除或作出处理决定"),
    ],
)
def test_a_seizure_reminds_and_never_frees_itself(until: str, code: str, text: str) -> None:
    found = standing(Row("seal", until=until), NOW)
    assert (found.code, found.text, found.in_effect) == (code, text, True)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 30))
def test_thirty_days_and_at_most_thirty_more(decided: date, more: int) -> None:
    assert seizure_until(decided, more) - decided == timedelta(days=30 + more)


def test_two_officers_with_different_numbers_and_names() -> None:
    def told(*officers: Officer) -> dict[str, str]:
        problems = Problems()
        check_officers(problems, officers)
        return codes(problems)

    assert told(Officer("YS2026001", "周"), Officer("ＹＳ2026 002", "吴")) == {}
    assert set(told()) == {f"/officers/{n}/{field}" for n in (0, 1) for field in ("number", "name")}
    assert told(Officer("YS2026001", "周"), Officer("ys2026001", "吴")) == {"/officers/1/number": "same"}
    assert told(Officer("YS2026001", "周"), Officer("YS2026002", "周")) == {"/officers/1/name": "same"}
    for bad in ("12345", "1" * 21, "渝执法第12号", "YS-20260"):
        assert told(Officer(bad, "周"), Officer("YS2026002", "吴")) == {"/officers/0/number": "certificate"}, bad


def test_times_of_approval_and_service() -> None:
    def told(approved: int | None, served: int | None, urgent: bool = False) -> dict[str, str]:
        problems = Problems()
        check_times(
            problems, drafted_at=NOW - 30_000_000, approved_at=approved, served_at=served, now=NOW, urgent=urgent
        )
        return codes(problems)

    assert told(NOW, NOW) == {}
    assert told(NOW + 1, NOW) == {"/approved_at": "in_future"} | {"/approved_at": "after_service"}
    assert told(NOW, NOW + 1) == {"/served_at": "in_future"}
    assert told(NOW, NOW - 60_000_000) == {"/approved_at": "after_service"}, "the minute of the draft is not before it"
    assert told(NOW, NOW - 60_000_000, urgent=True) == {}
    assert told(NOW - HOUR, NOW - HOUR)["/served_at"] == "before_draft"
    assert told(NOW - HOUR, NOW) == {}


def test_what_the_public_reads() -> None:
    assert public_text("stop", "1 号") == "1 号"
    assert public_text("stop", "") == PENDING_NUMBER
    assert public_text("seal", "1 号") == "查封（文书号：1 号）"
    assert public_text("detain", "") == f"扣押（{PENDING_NUMBER}）"
    assert public_text("recall", "1 号", "退店") == "监管责令召回，文书号：1 号；退货方式：退店"


def test_every_measure_has_its_document_and_no_term_is_forgotten() -> None:
    assert set(DOCUMENTS) == set(MEASURES)
    assert "第十九条" in rules.LAW_URGENT
    assert "未与法律原文核对" in rules.LAW_URGENT
    assert "未与法律原文核对" in rules.LAW_SEIZURE
