"""What rows count from lists, bases and subjects, and what their counts were on earlier days: pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.ledger.bases import inside_of
from chain.ledger.folding import fold
from chain.ledger.history import Known, Past, counts, merged, month_ends
from chain.ledger.loading import crop_group, parse_crops
from chain.ledger.models import Facts, Measure, Present, Row
from chain.ledger.ruling import RULES, counted, registers_of, rule_of
from chain.register.folding import end_of
from chain.register.folding import fold as fold_register
from chain.register.likeness import open_suspects
from chain.register.models import Statement
from chain.seedrows import SeedError
from tests.ledger.test_rules import DAY, ROWS, Book, certificate, value


def measure(key: str) -> tuple[Row, Measure]:
    return next((row, one) for row in ROWS for one in row.measures if one.key == key)


def past(book: Book, key: str, day: date = DAY, facts: Facts | None = None) -> list[tuple[str, Decimal | None]]:
    row, one = measure(key)
    found = counts(row, one, Past(book.entries, demo=True), day, lambda at, part: facts or Facts())
    return [(known.day.isoformat(), known.value) for known in found]


def member(book: Book, no: int, day: str, name: str, state: str) -> None:
    book.add("member", day, no, name=name, unit="", state=state, note="")


def test_a_list_counts_what_is_done_and_updates_by_name() -> None:
    book = Book()
    assert value(book, "open_kitchens") is None
    member(book, 24, "2026-01-01", "甲厂", "进行中")
    member(book, 17, "2026-01-01", "风味保留", "进行中")
    member(book, 41, "2025-12-31", "去年的菜", "已办成")
    member(book, 41, "2026-03-01", "今年的菜", "已办成")
    assert value(book, "open_kitchens") == 0, "registered, not done yet"
    assert value(book, "joint_research") == 1, "a direction counts once it is under way"
    assert value(book, "new_dishes") == 1, "this year's alone"
    member(book, 24, "2026-02-01", "甲厂", "已办成")
    member(book, 24, "2026-02-01", "乙厂", "已办成")
    assert value(book, "open_kitchens") == 2
    member(book, 24, "2026-03-01", "乙厂", "已停止")
    assert value(book, "open_kitchens") == 1
    assert past(book, "open_kitchens") == [("2026-01-01", 0), ("2026-02-01", 2), ("2026-03-01", 1)]


def test_every_row_has_something_to_count_by_and_every_rule_is_used() -> None:
    used = {one.count.partition(":")[0] for row in ROWS for one in row.measures if one.count}
    assert used == set(RULES)
    assert all(row.measures for row in ROWS if row.no != 27)
    assert registers_of(ROWS[39]) == ("menu",)
    assert registers_of(ROWS[0]) == ()


def test_counts_of_the_past_follow_expiry_withdrawal_and_late_recording() -> None:
    book = Book()
    first = certificate(book, "绿色食品", "1", valid_to="2026-06-10")
    book.add("certificate", "2026-02-01", recorded="2026-05-01", what="绿色食品", number="2", holder="乙", name="x",
             valid_from="2024-01-01", valid_to=None)  # fmt: skip
    assert past(book, "green_food") == [("2026-01-01", 1), ("2026-05-01", 2), ("2026-06-11", 1)]
    book.add("withdraw", "2026-07-03", withdraws=first.id, reason="错")
    assert past(book, "green_food")[-1] == ("2026-06-11", 1), "what was known before stays known"
    assert past(book, "green_food", date(2026, 5, 31))[-1] == ("2026-05-01", 2)
    assert past(Book(), "green_food") == []


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 300), st.integers(0, 60), st.sampled_from("abc"), st.sampled_from([None, 40, 120])),
        max_size=8,
    )
)
def test_the_count_of_any_day_is_the_last_one_told_before_it(rows: list[tuple[int, int, str, int | None]]) -> None:
    """Whatever is registered when: between two told changes a count worked out directly is the same."""
    book = Book()
    begin = date(2026, 1, 1).toordinal()
    for at, late, number, lasts in sorted(rows, key=lambda one: one[0] + one[1]):
        day = date.fromordinal(begin + at)
        until = None if lasts is None else date.fromordinal(begin + at + lasts).isoformat()
        book.add("certificate", day.isoformat(), recorded=date.fromordinal(begin + at + late).isoformat(), what="绿色食品",
                 number=number, holder="乙", name="x", valid_from="2025-01-01", valid_to=until)  # fmt: skip
    row, one = measure("green_food")
    told = past(book, "green_food")
    for ordinal in range(begin, DAY.toordinal() + 1, 13):
        day = date.fromordinal(ordinal)
        last = [number for at, number in told if at <= day.isoformat()]
        assert counted(one.count, row, fold(book.entries, day), Facts()).value == (last[-1] if last else None)


def test_what_others_hold_is_asked_on_month_ends_and_what_is_costly_twice_a_year() -> None:
    assert month_ends(date(2026, 3, 31), 3) == [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]
    row, one = measure("traced_batches")
    asked: list[date] = []

    def facts(day: date, part: str) -> Facts:
        asked.append(day)
        return Facts(batches=day.month)

    found = counts(row, one, Past([], demo=False), DAY, facts)
    assert len(asked) == 12
    assert [known.value for known in found][-2:] == [9, 10]
    asked.clear()
    row, one = measure("known_links")
    assert rule_of(one.count).costly
    counts(row, one, Past([], demo=False), DAY, facts)
    assert asked == [date(2025, 12, 31), date(2026, 6, 30)]


def test_entered_figures_and_counts_stand_together_each_with_how_it_is_known() -> None:
    book = Book()
    certificate(book, "规上企业", "1")
    book.add("figure", "2026-10-31", 34, origin="trial", measure="above_scale", value="98", unit="家", period="10 月")
    row, one = measure("above_scale")
    shown = next(p for p in book.whole().rows[33].presents if p.measure is one)
    told = merged(shown, counts(row, one, Past(book.entries, demo=True), DAY, lambda at, part: Facts()))
    assert [(known.day.isoformat(), known.value, known.mode, known.trial) for known in told] == [
        ("2026-10-31", 98, "录入", True), ("2026-01-01", 1, "自动", False),
    ]  # fmt: skip
    assert isinstance(told[0], Known)


def said(seq: int, subject: str, kind: str, **body: object) -> Statement:
    day = date(2026, 1, 1)
    return Statement(seq, 100 + seq, "base", subject, kind, body, day, "文件", "declared", end_of(day) - 1)


def described(seq: int, subject: str, **more: object) -> Statement:
    body = {
        "name": f"基地{subject}",
        "code": None,
        "controller": None,
        "inside": True,
        "place": "",
        "fields": {},
    } | more
    return said(seq, subject, "subject", **body)


def sized(seq: int, subject: str, what: str, low: str, unit: str) -> Statement:
    return said(seq, subject, "base_size", what=what, low=low, high=low, unit=unit)


def test_bases_add_up_by_the_plans_groups_and_only_real_ones_inside() -> None:
    register = fold_register(
        [
            described(1, "1"), sized(2, "1", "水稻", "8", "万亩"), sized(3, "1", "油菜", "5000", "亩"),
            described(4, "2", inside=False), sized(5, "2", "小麦", "90", "万亩"),
            described(6, "3", demo=True), sized(7, "3", "玉米", "90", "万亩"),
            described(8, "4"), sized(9, "4", "生猪", "3", "万头"), sized(10, "4", "大豆", "3", "万头"),
        ],
        DAY,
    )  # fmt: skip
    sizes, subjects = inside_of(register)
    facts = Facts(sizes=sizes, subjects=subjects)
    assert value(Book(), "registered_grain_oil", facts) == Decimal("8.5")
    assert value(Book(), "registered_pigs", facts) == 3
    assert value(Book(), "registered_poultry", facts) is None
    assert value(Book(), "registered_bases", facts) == 2
    assert value(Book(), "registered_cold_stores", facts) is None
    grain = next(p for p in Book().whole(facts=facts).rows[27].presents if p.measure.key == "registered_grain_oil")
    assert grain.counted is not None
    assert "1 个基地的单位不能换成万亩" in grain.counted.note


def test_a_planned_base_is_not_counted_and_hides_none_that_is() -> None:
    plan = replace(sized(3, "1", "水稻", "90", "万亩"), basis="planned")
    only = replace(sized(4, "1", "小麦", "90", "万亩"), basis="planned")
    register = fold_register([described(1, "1"), sized(2, "1", "水稻", "8", "万亩"), plan, only], DAY)
    sizes, _ = inside_of(register)
    assert value(Book(), "registered_grain_oil", Facts(sizes=sizes)) == 8
    assert len(register.base_sizes("1")) == 3, "the plans are told beside it"


def test_a_count_of_subjects_says_from_to_while_two_may_be_one() -> None:
    """渝每滋 and 渝美滋 are 1～2, whoever looks; 1 once they are found to be one, 2 once both have their codes."""
    book = Book()
    bases = [described(1, "1", name="渝每滋"), described(2, "2", name="渝美滋"), described(3, "3", name="百里柚园")]

    def present(*more: Statement) -> Present:
        register = fold_register([*bases, *more], DAY)
        sizes, subjects = inside_of(register, open_suspects(register))
        rows = book.whole(facts=Facts(sizes=sizes, subjects=subjects)).rows
        return next(p for row in rows for p in row.presents if p.measure.key == "registered_bases")

    doubtful = present()
    assert (doubtful.text, doubtful.value, doubtful.most) == ("2～3 个", 2, 3)
    assert "疑为同一" in doubtful.note
    settled = present(said(9, "2", "same_as", other="1", code="", person=""))
    assert (settled.text, settled.most, settled.note) == ("2 个", None, "")
    codes = ("91500228MA5U000013", "91500228MA5U000021")
    told = (
        described(7 + at, str(at + 1), name=name, code=code)
        for at, (name, code) in enumerate(zip(("渝每滋", "渝美滋"), codes, strict=True))
    )
    assert present(*told).text == "3 个"
    book.add("figure", "2026-10-31", 26, measure="registered_bases", value="3", unit="个", period="10 月")
    assert "与自动数不同" not in present().note, "what was entered lies within"
    book.add("figure", "2026-11-01", 26, measure="registered_bases", value="4", unit="个", period="10 月")
    assert "与自动数不同" in present().note


@pytest.mark.parametrize(
    ("what", "group"), [("花椒", "调味品"), ("油菜", "粮油"), ("鱼塘", "水产"), ("梁平柚", "果蔬"), ("茶", "")]
)
def test_crops_fall_into_the_plans_groups(what: str, group: str) -> None:
    assert crop_group(what) == group
    with pytest.raises(SeedError):
        parse_crops("crops:\n  - {group: 甲, words: [], more: 1}\n")
