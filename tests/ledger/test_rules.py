"""Counting, lagging, expiry, ladder and as-of: the pure rules of the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.ledger.counting import expiring
from chain.ledger.folding import Ledger, fold
from chain.ledger.halves import due_of, half_of, halves_between, read_half
from chain.ledger.ladder import standing_of
from chain.ledger.lagging import half_states, lag_of, missing_of, reasons
from chain.ledger.loading import load_ladder, load_rows, parse_rows
from chain.ledger.models import Entry, Facts, Measure, Origin
from chain.ledger.ruling import counted
from chain.ledger.whole import Whole, whole
from chain.models import PlanTarget
from chain.register.folding import end_of
from chain.seedrows import SeedError, read_text
from chain.seeds import load_plan

DAY = date(2026, 11, 25)
ROWS = load_rows()


class Book:
    """Entries in the order of commit."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(
        self, kind: str, day: str, no: int | None = None, *, origin: Origin = "entered", recorded: str = "",
        withdraws: int | None = None, **body: Any,
    ) -> Entry:  # fmt: skip
        seq = len(self.entries) + 1
        at = end_of(date.fromisoformat(recorded or day)) - 1
        made = Entry(seq, 100 + seq, no, kind, body, date.fromisoformat(day), "文件", origin, at, 1, 1, withdraws)
        self.entries.append(made)
        return made

    def ledger(self, day: date = DAY, **more: Any) -> Ledger:
        return fold(self.entries, day, **more)

    def whole(self, day: date = DAY, facts: Facts | None = None, **more: Any) -> Whole:
        return whole(ROWS, self.ledger(day, **more), facts or Facts())


def value(book: Book, key: str, facts: Facts | None = None, day: date = DAY) -> Decimal | None:
    told = book.whole(day, facts)
    return next(one.value for state in told.rows for one in state.presents if one.measure.key == key)


def certificate(book: Book, what: str, number: str, holder: str = "甲厂", **more: Any) -> Entry:
    body = {"name": "某品", "valid_from": "2024-01-01", "valid_to": None} | more
    return book.add("certificate", "2026-01-01", what=what, number=number, holder=holder, **body)


# ---- seeds ----


def test_every_row_and_every_target_of_the_plan_has_a_measure() -> None:
    assert [row.no for row in ROWS] == list(range(1, 75))
    asked = {target.key for item in load_plan() for target in item.targets}
    assert asked == {m.key for row in ROWS for m in row.measures if m.target is not None}
    assert [row.no for row in ROWS if row.none] == [27], "only what the plan does not explain is not counted"
    assert {row.no: row.owner for row in ROWS if row.owner} == {68: "区发展改革委"}, (
        "no owner that the plan does not name"
    )


def test_every_rule_of_the_seeds_can_be_counted() -> None:
    for row in ROWS:
        for measure in row.measures:
            if measure.count:
                assert counted(measure.count, row, fold([], DAY), Facts()).how


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{no: 74, ", "{no: 75, ", ("没有第 75 条",)),
        ("target: cluster_output", "target: no_such", ("cluster_output", "no_such")),
        ('count: "menus"', 'count: "guess"', ("没有口径", "guess")),
        ("key: menu_dishes", "key: menu_editions", ("重复",)),
        ("{no: 1, measures: [{target: cluster_output}]}", "{no: 1, none: 不数}", ("cluster_output",)),
    ],
)
def test_a_damaged_seed_is_refused(old: str, new: str, words: tuple[str, ...]) -> None:
    text = read_text("plan/ledger.yaml")
    assert old in text
    with pytest.raises(SeedError) as caught:
        parse_rows(text.replace(old, new, 1), load_plan())
    assert any(word in str(caught.value) for word in words)


# ---- counting ----


def test_an_empty_register_is_unknown_and_not_nought() -> None:
    told = Book().whole()
    assert all(one.value is None for state in told.rows for one in state.presents)
    assert {state.state for state in told.rows} == {"unknown"}
    assert told.laggards == ()


def test_certificates_count_by_holder_by_number_and_since_the_plan() -> None:
    book = Book()
    certificate(book, "规上企业", "1")
    certificate(book, "规上企业", "2")
    certificate(book, "规上企业", "3", holder="乙厂")
    certificate(book, "绿色食品", "L1")
    certificate(book, "绿色食品", "L2", valid_from="2023-06-08")
    certificate(book, "绿色食品", "L3", valid_from=None)
    certificate(book, "绿色食品", "L4", valid_to="2026-11-24")
    certificate(book, "绿色食品", "L5", valid_to="2026-11-25")
    assert value(book, "above_scale") == 2, "two holders"
    assert value(book, "green_food") == 2, "granted since the plan and still valid: L1 and L5"
    assert value(book, "known_brands") is None


def test_certificates_that_all_expired_count_nought_and_not_unknown() -> None:
    book = Book()
    certificate(book, "小巨人企业", "1", valid_to="2026-01-31")
    assert value(book, "little_giants") == 0


def test_what_expires_within_ninety_days_is_listed_the_soonest_first() -> None:
    book = Book()
    for number, days in (("a", 90), ("b", 91), ("c", 0), ("d", -1), ("e", 5)):
        certificate(book, "绿色食品", number, valid_to=(DAY + timedelta(days=days)).isoformat())
    certificate(book, "绿色食品", "f")
    assert [one.body["number"] for one in expiring(book.ledger())] == ["c", "e", "a"]


def test_a_smart_factory_counts_only_while_a_data_point_reports() -> None:
    book = Book()
    book.add("plant", "2026-01-01", name="一号", holder="甲厂", what="智能工厂", scope="预制菜", points=["p1", "p2"])
    book.add("plant", "2026-01-01", name="二号", holder="甲厂", what="智能工厂", scope="其他", points=["p3"])
    end = end_of(DAY)
    fresh, stale = end - 7 * 86_400_000_000 + 1, end - 7 * 86_400_000_000
    assert value(book, "smart_factories") is None, "nobody asked the record"
    assert value(book, "smart_factories", Facts(devices={})) == 0
    assert value(book, "smart_factories", Facts(devices={"p1": stale})) == 0
    assert value(book, "smart_factories", Facts(devices={"p1": stale, "p2": fresh, "p3": fresh})) == 1
    assert value(book, "district_smart_factories", Facts(devices={"p2": fresh, "p3": fresh})) == 2


def test_other_registers_count() -> None:
    book = Book()
    for number, stage, role, by in (
        ("Q1", "已发布", "主导起草", "甲厂"),
        ("Q1", "已发布", "参与起草", "乙厂"),
        ("Q2", "立项", "主导起草", "甲厂"),
        ("Q3", "已发布", "采用", "甲厂"),
    ):
        book.add("standard", "2026-01-01", number=number, title="某", level="企业标准", role=role, by=by, stage=stage)
    book.add("sales", "2026-01-01", base="甲社", year="2025", value="10000", verified_by="区")
    book.add("sales", "2026-01-01", base="乙社", year="2025", value="9999.99", verified_by="区")
    book.add("sales", "2025-01-01", base="丙社", year="2024", value="20000", verified_by="区")
    book.add("training", "2026-03-01", topic="刀工", people="30", place="")
    book.add("training", "2026-04-01", topic="刀工", people="12", place="")
    book.add("training", "2023-06-08", topic="早于方案", people="99", place="")
    book.add("menu", "2025-01-01", year="2025", name="一版", dishes=["鸭"])
    book.add("menu", "2026-01-01", year="2026", name="二版", dishes=["鸭", "柚", "笋"])
    book.add("site", "2026-01-01", 3, name="综合服务区", state="在用")
    book.add("site", "2026-01-01", 3, name="产业集聚区", state="在建")
    book.add("export", "2026-01-01", year="2025", value="120.5", unit="万元", market="新加坡", channel="一般贸易")
    book.add("export", "2026-01-01", year="2025", value="7", unit="万美元", market="新加坡", channel="跨境电商")
    found = {key: value(book, key) for key in ("enterprise_standards", "large_bases", "skilled_people", "menu_editions",
                                               "menu_dishes", "zones", "exports", "industry_standards")}  # fmt: skip
    assert found == {
        "enterprise_standards": 1, "large_bases": 1, "skilled_people": 42, "menu_editions": 2, "menu_dishes": 3, "zones": 1,
        "exports": Decimal("120.5"), "industry_standards": None,
    }  # fmt: skip


def test_the_record_and_the_funnel_count_where_they_are_known() -> None:
    book = Book()
    facts = Facts(enterprises=7, batches=30, links=12, projects={"线索": 5, "签约": 4, "落地": 3, "投产": 2})
    assert [value(book, key, facts) for key in ("cloud_enterprises", "traced_batches", "known_links", "landed_projects")] == [
        7, 30, 12, 5,
    ]  # fmt: skip


def test_what_the_demo_made_up_never_counts_and_a_real_platform_leaves_trials_out() -> None:
    book = Book()
    book.add("training", "2026-03-01", topic="甲", people="5", place="", origin="seed")
    assert value(book, "skilled_people") is None
    book.add("figure", "2026-03-01", 34, measure="above_scale", value="9", unit="家", period="2026", origin="seed")
    assert value(book, "above_scale") is None
    book.add("figure", "2026-03-01", 34, measure="specialised", value="9", unit="家", period="2026", origin="trial")
    assert value(book, "specialised") == 9
    live = book.whole(demo=False)
    assert all(one.value is None for one in live.rows[33].presents)


def test_what_is_counted_stands_before_what_is_entered_and_says_that_they_differ() -> None:
    book = Book()
    book.add("figure", "2026-10-31", 63, measure="skilled_people", value="900", unit="人", period="2026")
    assert value(book, "skilled_people") == 900
    book.add("training", "2026-03-01", topic="甲", people="5", place="")
    present = book.whole().rows[62].presents[0]
    assert (present.value, present.mode) == (5, "自动")
    assert "900" in present.note


# ---- lagging ----


def measure(op: Any = ">=", goal: str = "100", *, flat: bool = False) -> Measure:
    target = PlanTarget("k", "某数", op, Decimal(goal), None, "家", 2027, "")
    return Measure("k", "某数", "家", "", flat, target)


START = (date(2023, 12, 31), Decimal(0))


@pytest.mark.parametrize(
    ("present", "start", "state"),
    [
        (None, None, "unknown"),
        ((date(2025, 12, 31), Decimal(60)), None, "unknown"),
        ((date(2023, 12, 31), Decimal(60)), (date(2023, 12, 31), Decimal(60)), "unknown"),
        ((date(2025, 12, 31), Decimal(100)), None, "reached"),
        ((date(2025, 12, 31), Decimal(51)), START, "ahead"),
        ((date(2025, 12, 31), Decimal(50)), START, "behind"),
        ((date(2028, 1, 1), Decimal(99)), None, "behind"),
    ],
)
def test_the_straight_line(present: Any, start: Any, state: str) -> None:
    assert lag_of(measure(), present, start).state == state


def test_the_line_is_shown_with_its_height() -> None:
    lag = lag_of(measure(), (date(2025, 12, 31), Decimal(40)), START)
    assert lag.line is not None
    assert lag.line.due == Decimal(100) * 731 / 1461
    assert "50.03" in lag.why
    assert "2023-12-31" in lag.why


def test_a_yearly_rate_is_compared_with_the_target_itself() -> None:
    assert lag_of(measure(goal="20", flat=True), (date(2025, 12, 31), Decimal(19)), None).state == "behind"
    assert lag_of(measure(goal="20", flat=True), (date(2025, 12, 31), Decimal(20)), None).state == "reached"


@given(
    st.integers(1, 1400), st.integers(0, 99), st.integers(0, 99),
)  # fmt: skip
def test_more_is_never_further_behind(days: int, low: int, high: int) -> None:
    low, high = sorted((low, high))
    day = START[0] + timedelta(days=days)
    behind = [lag_of(measure(), (day, Decimal(n)), START).state == "behind" for n in (low, high)]
    assert behind[0] or not behind[1]


def test_halves() -> None:
    assert read_half(" 2026h2 ") == "2026H2"
    assert [read_half(text) for text in ("2026H3", "26H1", "", "2026")] == [None] * 4
    assert half_of(date(2026, 6, 30)) == "2026H1"
    assert list(halves_between("2025H2", "2026H2")) == ["2025H2", "2026H1", "2026H2"]
    assert due_of("2026H2") == date(2027, 1, 15)


def test_a_report_is_owed_from_the_half_in_which_the_task_was_given() -> None:
    assert half_states([], None, DAY) == (), "nobody was given the task: unknown, not lagging"
    halves = half_states([], date(2026, 3, 1), DAY)
    assert [one.half for one in halves] == ["2026H2", "2026H1"]
    assert [one.half for one in missing_of(halves, date(2026, 7, 15))] == []
    assert [one.half for one in missing_of(halves, date(2026, 7, 16))] == ["2026H1"]


def test_a_row_lags_by_a_missing_report_and_says_why() -> None:
    book = Book()
    book.add("owner", "2026-03-01", 1, unit="区经济信息委", person="")
    book.add("report", "2026-06-01", 1, half="2026H1", step="任务", text="")
    state = book.whole().rows[0]
    assert state.state == "lagging"
    (why,) = reasons(state)
    assert "2026-07-15" in why
    assert "任务" in why
    book.add("report", "2026-07-10", 1, half="2026H1", step="上报", text="")
    assert book.whole().laggards == ()


# ---- ladder ----


def facts(**met: str) -> Mapping[str, Entry]:
    return {
        key.replace("_", "-"): Entry(1, 1, None, "ladder", {"met": word}, DAY, "文件", "entered", 0, 1, 1)
        for key, word in met.items()
    }


def test_the_ladder_says_what_is_missing_and_what_is_unknown() -> None:
    ladder = load_ladder()
    none = standing_of("1", {}, ladder)
    assert none.rung is None
    assert not none.lacking
    assert len(none.unknown) == 2, "not shown is unknown, not lacking"
    first = standing_of("1", facts(micro_licence="具备", micro_batches="具备", small_lab="不具备"), ladder)
    assert first.rung is ladder.rungs[0]
    assert first.next is ladder.rungs[1]
    assert [c.id for c in first.lacking] == ["small-lab"]
    assert [c.id for c in first.unknown] == ["small-revenue", "small-special"]
    every = standing_of("1", facts(**{key.replace("-", "_"): "具备" for key in ladder.criteria}), ladder)
    assert (every.rung, every.next) == (ladder.rungs[-1], None)
    gap = standing_of(
        "1", facts(micro_licence="具备", small_revenue="具备", small_lab="具备", small_special="具备"), ladder
    )
    assert gap.rung is None, "no rung is jumped"


# ---- as of ----

amounts = st.integers(0, 200)
offsets = st.integers(0, 60)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(offsets, offsets, amounts), max_size=8),
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 90), amounts, st.booleans()), min_size=1, max_size=6),
)
def test_correcting_never_changes_an_earlier_answer(
    first: list[tuple[int, int, int]], later: list[tuple[int, int, int, bool]]
) -> None:
    book, begin = Book(), date(2026, 1, 1)
    asked = begin + timedelta(days=90)

    def enter(dated: int, recorded: int, amount: int) -> Entry:
        day, at = begin + timedelta(days=dated), begin + timedelta(days=max(dated, recorded))
        return book.add("figure", day.isoformat(), 34, recorded=at.isoformat(), measure="above_scale", value=str(amount),
                        unit="家", period="2026")  # fmt: skip

    for dated, recorded, amount in first:
        enter(dated, recorded, amount)
    before = _text(book.whole(asked))
    for days, dated, amount, takes_back in later:
        after = (asked + timedelta(days=days)).isoformat()
        if takes_back and book.entries:
            book.add("withdraw", after, 34, recorded=after, withdraws=book.entries[0].id, reason="测试撤回")
        else:
            day = (begin + timedelta(days=dated)).isoformat()
            book.add(
                "figure", day, 34, recorded=after, measure="above_scale", value=str(amount), unit="家", period="2026"
            )
    assert _text(book.whole(asked)) == before


def _text(told: Whole) -> str:
    return json.dumps([[str(one.value), one.source, one.lag.why] for s in told.rows for one in s.presents])


def test_a_correction_and_a_withdrawal_hold_from_their_day_on() -> None:
    book = Book()

    def enter(amount: str, recorded: str) -> Entry:
        return book.add(
            "figure", "2026-01-31", 34, recorded=recorded, measure="above_scale", value=amount, unit="家", period="2026"
        )

    enter("90", "2026-02-01")
    wrong = enter("98", "2026-03-01")
    book.add("withdraw", "2026-04-01", 34, withdraws=wrong.id, reason="录错了")
    days = ("2026-01-31", "2026-02-01", "2026-03-01", "2026-04-01")
    assert [value(book, "above_scale", day=date.fromisoformat(day)) for day in days] == [None, 90, 98, 90]
