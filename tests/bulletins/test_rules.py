"""SEM-11 as a table: what may be asked, what it changes, what is refused and why. And what may open or close a case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.bulletins.caserules import NEEDED, RECALL_LEVELS, close_refusal
from trace.bulletins.models import STATUSES, TASKS
from trace.bulletins.rules import (
    CHANGES,
    FAILED,
    GROUNDS,
    OVERTURNED,
    Change,
    Refused,
    State,
    case_refusal,
    decide,
    is_public,
    last_day,
)

MONDAY = date(2026, 3, 2)
SURVEILLANCE = State("监督抽检")
RAPID = State("快检")
ASKED = Change("retest", told_on=MONDAY, asked_on=MONDAY + timedelta(days=3))


def after(state: State, *changes: Change) -> State:
    for change in changes:
        state = decide(state, change)
    return state


TESTED = after(SURVEILLANCE, ASKED)
FINAL = after(TESTED, Change("retest_concluded", conforms=False))
FELL = after(TESTED, Change("retest_concluded", conforms=True))
OBJECTED = after(SURVEILLANCE, Change("objection", ground="method"))
DENIED = after(SURVEILLANCE, Change("denial"))


@pytest.mark.parametrize(
    ("state", "change", "status", "result", "pending", "doubted", "final"),
    [
        (SURVEILLANCE, ASKED, "复检", FAILED, "retest", False, False),
        (TESTED, Change("retest_concluded", conforms=False), "复检", FAILED, "", False, True),
        (TESTED, Change("retest_concluded", conforms=True), "复检", OVERTURNED, "", False, True),
        (RAPID, Change("retest", hours=4), "复检", FAILED, "retest", False, False),
        (RAPID, Change("objection", ground="method", hours=4), "异议", FAILED, "objection", False, False),
        (SURVEILLANCE, Change("objection", ground="standard"), "异议", FAILED, "objection", False, False),
        (OBJECTED, Change("objection_decided", upheld=False), "异议", FAILED, "", False, False),
        (OBJECTED, Change("objection_decided", upheld=True), "异议", OVERTURNED, "", False, False),
        (SURVEILLANCE, Change("denial"), "异议", FAILED, "objection", True, False),
        (State("风险监测"), Change("denial"), "异议", FAILED, "objection", True, False),
        (SURVEILLANCE, Change("objection", ground="authenticity"), "异议", FAILED, "objection", True, False),
        (DENIED, Change("objection_decided", upheld=False), "异议", FAILED, "", False, False),
        (DENIED, Change("objection_decided", upheld=True), "异议", OVERTURNED, "", False, False),
        (FINAL, Change("objection", ground="sampling"), "异议", FAILED, "objection", False, True),
        # one item of two is microbiological: that one is not tested again and stands
        (State("监督抽检", 2, 1), ASKED, "复检", FAILED, "retest", False, False),
        (after(State("监督抽检", 2, 1), ASKED), Change("retest_concluded", conforms=True), "复检", FAILED, "", False, True),
    ],
)  # fmt: skip
def test_what_is_allowed(
    state: State, change: Change, status: str, result: str, pending: str, doubted: bool, final: bool
) -> None:
    got = decide(state, change)
    assert (got.status, got.result, got.pending, got.doubted, got.final) == (status, result, pending, doubted, final)
    assert (got.task, got.items, got.microbial) == (state.task, state.items, state.microbial)


@pytest.mark.parametrize(
    ("state", "change", "code"),
    [
        (State("监督抽检", 1, 1), ASKED, "microbiology"),
        (State("监督抽检", 2, 2), ASKED, "microbiology"),
        (State("风险监测"), ASKED, "no_retest_for_task"),
        (State("评价性抽检"), ASKED, "no_retest_for_task"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=MONDAY, reserve="expired"), "reserve_expired"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=MONDAY, reserve="damaged"), "reserve_damaged"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=MONDAY, reserve=""), "reserve_unknown"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=date(2026, 3, 12)), "too_late"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=date(2026, 3, 13), holidays=1), "too_late"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=MONDAY, holidays=11), "holidays_range"),
        (SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=date(2026, 3, 1)), "dates_reversed"),
        (SURVEILLANCE, Change("retest"), "dates_missing"),
        (TESTED, ASKED, "already_retested"),
        (FINAL, ASKED, "already_retested"),
        (FELL, ASKED, "already_retested"),
        (OBJECTED, ASKED, "still_pending"),
        (TESTED, Change("objection", ground="method"), "still_pending"),
        (TESTED, Change("retest_concluded", method="rapid"), "rapid_retest"),
        (after(RAPID, Change("retest", hours=1)), Change("retest_concluded", method="rapid"), "rapid_retest"),
        (TESTED, Change("retest_concluded", method=""), "method_unknown"),
        (SURVEILLANCE, Change("retest_concluded"), "no_retest"),
        (RAPID, Change("retest", hours=5), "rapid_too_late"),
        (RAPID, Change("objection", ground="method", hours=5), "rapid_too_late"),
        (SURVEILLANCE, Change("objection", ground="mood"), "ground_unknown"),
        (SURVEILLANCE, Change("objection_decided", upheld=True), "no_objection"),
        (FINAL, Change("objection", ground="method"), "retest_final"),
        (FINAL, Change("objection", ground="standard"), "retest_final"),
        (FELL, Change("objection", ground="sampling"), "already_overturned"),
        (DENIED, Change("denial"), "still_pending"),
        (SURVEILLANCE, Change("forgive"), "unknown_change"),
    ],
)
def test_what_is_refused_and_why(state: State, change: Change, code: str) -> None:
    with pytest.raises(Refused) as caught:
        decide(state, change)
    assert caught.value.code == code
    assert any("\u4e00" <= c <= "\u9fff" for c in caught.value.detail)


@pytest.mark.parametrize(
    ("told", "days", "holidays", "last"),
    [
        (date(2026, 3, 2), 7, 0, date(2026, 3, 11)),
        (date(2026, 3, 6), 7, 0, date(2026, 3, 17)),
        (date(2026, 3, 7), 7, 0, date(2026, 3, 17)),
        (date(2026, 9, 28), 7, 5, date(2026, 10, 14)),
    ],
)
def test_terms_in_working_days(told: date, days: int, holidays: int, last: date) -> None:
    assert last_day(told, days, holidays) == last


def test_the_last_day_is_still_in_time() -> None:
    end = last_day(MONDAY, 7)
    assert decide(SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=end)).pending == "retest"
    with pytest.raises(Refused, match="逾期"):
        decide(SURVEILLANCE, Change("retest", told_on=MONDAY, asked_on=end + timedelta(days=1)))


CHANGES_ANY = st.builds(
    Change,
    kind=st.sampled_from(list(CHANGES)),
    told_on=st.just(MONDAY),
    asked_on=st.just(MONDAY),
    hours=st.integers(0, 6),
    reserve=st.sampled_from(["good", "expired"]),
    method=st.sampled_from(["laboratory", "rapid"]),
    conforms=st.booleans(),
    upheld=st.booleans(),
    ground=st.sampled_from(list(GROUNDS)),
)


@given(st.sampled_from(TASKS), st.integers(1, 3), st.integers(0, 3), st.lists(CHANGES_ANY, max_size=12))
def test_whatever_happens_the_rules_hold(task: str, items: int, microbial: int, changes: list[Change]) -> None:
    state = State(task, items, min(items, microbial))
    for change in changes:
        before = state
        try:
            state = decide(state, change)
        except Refused:
            continue
        assert state.status in STATUSES
        assert not (before.final and not state.final), "a re-test's conclusion is never undone"
        assert not (before.result == OVERTURNED and state.result == FAILED), "nothing that fell stands up again"
        if state.result == OVERTURNED and before.result == FAILED:
            by_retest = change.kind == "retest_concluded" and change.conforms and not state.microbial
            by_objection = change.kind == "objection_decided" and change.upheld
            assert by_retest or by_objection
        if task != "监督抽检":
            assert case_refusal(state)


def test_what_is_public_and_what_opens_a_case() -> None:
    assert [is_public(task) for task in TASKS] == [True, False, True, True]
    assert not is_public("别的")
    assert case_refusal(SURVEILLANCE) == ""
    assert case_refusal(FINAL) == ""
    assert "风险监测" in case_refusal(State("风险监测"))
    assert "抽样送检" in case_refusal(State("快检"))
    assert "另行监督抽检" in case_refusal(State("评价性抽检"))
    assert "推翻" in case_refusal(FELL)
    assert "真实性待核" in case_refusal(DENIED)


@pytest.mark.parametrize(
    ("settled", "pending", "result", "open_steps"),
    [
        ((), "", FAILED, "停止经营、封存；追溯；召回"),
        (("stop", "recall"), "", FAILED, "追溯"),
        (NEEDED, "retest", FAILED, "复检"),
        (NEEDED, "", FAILED, ""),
        ((), "", OVERTURNED, ""),
    ],
)
def test_when_a_case_may_be_closed(settled: tuple[str, ...], pending: str, result: str, open_steps: str) -> None:
    refusal = close_refusal(settled, pending, result)
    assert (open_steps in refusal) if open_steps else refusal == ""


def test_the_terms_of_a_recall() -> None:
    assert [(one.level, one.begin_hours, one.complete_working_days) for one in RECALL_LEVELS] == [
        ("一级", 24, 10),
        ("二级", 48, 20),
        ("三级", 72, 30),
    ]
