"""The public gets the same grades without the amounts that give a single enterprise away."""

from __future__ import annotations

import re

from chain.demo import load_demo
from chain.gaps import AMOUNTS, find_gaps
from chain.seeds import load_links
from tests.chain.factories import AS_OF, demand, link, presence

LINKS = load_links()
DEMO = load_demo(LINKS, AS_OF)


def test_grade_rank_and_counts_are_the_same() -> None:
    staff = find_gaps(LINKS, DEMO.presences, DEMO.demands, DEMO.flows, AS_OF, surveys=DEMO.surveys)
    public = find_gaps(LINKS, DEMO.presences, DEMO.demands, DEMO.flows, AS_OF, surveys=DEMO.surveys, public=True)
    for one, other in zip(staff, public, strict=True):
        assert (one.link, one.grade, one.flags, one.kinds, one.data_date) == (
            other.link, other.grade, other.flags, other.kinds, other.data_date,
        )  # fmt: skip
        for (key, mine), (_, theirs) in zip(one.inputs, other.inputs, strict=True):
            assert mine == theirs or (key in AMOUNTS and theirs.value is None and "保密" in theirs.note)


def test_a_single_enterprises_capacity_stays_between_it_and_staff() -> None:
    alone = [presence("A", "1234")]
    staff = find_gaps([link()], alone, [demand("2000")], (), AS_OF)[0]
    public = find_gaps([link()], alone, [demand("2000")], (), AS_OF, public=True)[0]
    assert "1,234" in staff.reason
    for text in (public.reason, str(public.as_json()["inputs"])):
        assert not re.search(r"1,?234|766|61\.7", text)
    assert "产能数量保密" in public.reason
    assert "区内产能低于需求" in public.reason
    assert "年需求 2,000 吨" in public.reason


def test_three_balanced_enterprises_may_be_summed() -> None:
    three = [presence(org, "1000") for org in "ABC"]
    assert "年产能 3,000 吨" in find_gaps([link()], three, [demand("2000")], (), AS_OF, public=True)[0].reason
    lopsided = [presence("A", "8000"), presence("B", "1000"), presence("C", "1000")]
    reason = find_gaps([link()], lopsided, [demand("2000")], (), AS_OF, public=True)[0].reason
    assert "10,000" not in reason
    assert "最大控制方占比高于 70%" in reason


def test_two_owners_of_three_firms_would_know_each_others_capacity() -> None:
    firms = [presence("A", "1000", controller="甲"), presence("B", "1000", controller="甲"), presence("C", "1234")]
    reason = find_gaps([link()], firms, [demand("2000")], (), AS_OF, public=True)[0].reason
    assert "3,234" not in reason
    assert "产能数量保密" in reason


def test_a_large_supplier_outside_is_not_given_away_by_two_small_ones() -> None:
    outside = [presence(org, amount, inside=False) for org, amount in (("D", "7777"), ("E", "1"), ("F", "1"))]
    known = [presence(org, "1000") for org in "ABC"] + outside
    gap = find_gaps([link()], known, [demand("2000")], (), AS_OF, public=True)[0]
    assert not re.search(r"7,?77|72\.|3,?000", gap.reason + str(gap.as_json()["inputs"]))


def test_one_supplier_outside_is_not_given_away_by_the_remainder() -> None:
    known = [presence(org, "1000") for org in "ABC"] + [presence("D", "7777", inside=False)]
    gap = find_gaps([link()], known, [demand("2000")], (), AS_OF, public=True)[0]
    assert gap.grade == "external"
    assert not re.search(r"7,?777|72\.2|3,?000", gap.reason + str(gap.as_json()["inputs"]))
    assert "50% 以上来自区外" in gap.reason
