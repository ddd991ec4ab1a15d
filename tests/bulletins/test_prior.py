"""The risk prior: shares with a prior count, few samples that do not dominate, and the panel they suggest."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from trace.bulletins.panels import Panel
from trace.bulletins.prior import LEAST_SHARE, MOST, PRIOR, Prior, Seen, advise, wide

MEAT = [Seen("肉制品-酱卤肉制品", ("菌落总数",), "2026-01-02")] * 3 + [
    Seen("肉制品-腌腊肉制品", ("过氧化值",), "2026-03-04")
] * 7


def test_the_wide_class() -> None:
    assert [wide(c) for c in ("肉制品-酱卤肉制品", "豆制品", "肉及肉制品:肉制品", "")] == [
        "肉制品",
        "豆制品",
        "肉及肉制品",
        "",
    ]


def test_shares_by_hand() -> None:
    risks = {risk.parameter: risk for risk in Prior(MEAT).risks("肉制品-酱卤肉制品")}
    # all: 3/(10+10) = 3/20; class: (3 + 10·3/20)/(10+10) = 9/40; category, 3 of 3: (3 + 10·9/40)/(3+10) = 21/52
    assert risks["菌落总数"].share == Fraction(21, 52)
    # all: 7/20; class: (7 + 10·7/20)/20 = 21/40; category, 0 of 3: (0 + 10·21/40)/13 = 21/52
    assert risks["过氧化值"].share == Fraction(21, 52)
    assert risks["过氧化值"].wide_count == 7
    assert (risks["菌落总数"].count, risks["过氧化值"].count, risks["菌落总数"].samples) == (3, 0, 3)


def test_one_sample_does_not_dominate() -> None:
    many = [Seen("肉制品-熏烧烤肉", ("铬",))] * 99 + [Seen("肉制品-酱卤肉制品", ("诱惑红",))]
    first = Prior(many).risks("肉制品-酱卤肉制品")[0]
    assert first.parameter == "铬", "one sample against ten pretended ones of the class"


def test_the_first_sample_of_all_is_no_certainty() -> None:
    (risk,) = Prior([Seen("豆制品", ("日落黄",))]).risks("豆制品")
    assert Fraction(1, 5) < risk.share < Fraction(1, 3)


def test_a_category_never_seen_takes_its_class_and_a_class_never_seen_says_nothing() -> None:
    prior = Prior(MEAT)
    assert prior.risks("肉制品-熏煮香肠火腿制品")[0].share == Fraction(21, 40), "the share of its class"
    assert prior.risks("酒类-白酒") == []
    assert prior.days("肉制品-酱卤肉制品") == ("2026-01-02", "2026-03-04")
    assert prior.days("酒类") == ("", "")


@given(st.lists(st.builds(Seen, st.sampled_from(["甲-一", "甲-二", "乙"]), st.lists(st.sampled_from("铅镉铬"), min_size=1, max_size=3).map(tuple)), max_size=40))  # fmt: skip
def test_shares_are_shares_and_more_of_the_same_never_lowers_one(seen: list[Seen]) -> None:
    for risk in Prior(seen).risks("甲-一"):
        assert 0 < risk.share <= 1
        more = Prior([*seen, Seen("甲-一", (risk.parameter,))])
        assert next(r for r in more.risks("甲-一") if r.parameter == risk.parameter).share >= risk.share
    ordered = [risk.share for risk in Prior(seen).risks("甲-一")]
    assert ordered == sorted(ordered, reverse=True)
    assert Prior(list(reversed(seen))).risks("甲-一") == Prior(seen).risks("甲-一")


PANEL = Panel("酱卤肉制品", ("酱卤肉",), ("铅", "菌落数"), ("沙门氏菌",))


def test_announcements_and_panels_meet_in_one_line() -> None:
    found = advise(Prior(MEAT), "肉制品-酱卤肉制品", "酱卤鸭", False, [PANEL], {"菌落数": "菌落总数"})
    lines = {line.parameter: line for line in found.lines}
    assert set(lines) == {"过氧化值", "菌落总数", "铅"}
    assert lines["菌落总数"].risk is not None
    assert lines["菌落总数"].panel == "酱卤肉制品"
    assert lines["铅"].risk is None
    assert (found.samples, found.wide_samples, found.panels) == (3, 10, ("酱卤肉制品",))
    ready = advise(Prior([]), "肉制品-酱卤肉制品", "酱卤鸭", True, [PANEL], {})
    assert [line.parameter for line in ready.lines if line.ready_only] == ["沙门氏菌"]


def test_without_a_category_nothing_is_learnt_and_rare_things_are_left_out() -> None:
    assert advise(Prior(MEAT), "", "酱卤鸭", None, [], {}).lines == ()
    rare = [Seen("甲", ("铅",))] * 200 + [Seen("甲", ("镉",))]
    assert [line.parameter for line in advise(Prior(rare), "甲", "x", None, [], {}).lines] == ["铅"]
    crowd = [Seen("甲", tuple(f"项目{i}" for i in range(MOST + 5)))] * PRIOR
    assert len(advise(Prior(crowd), "甲", "x", None, [], {}).lines) == MOST
    assert Fraction(1, 50) < LEAST_SHARE < Fraction(1, 10)
