"""Absent links close to what is here: links, equipment and licences found together in one enterprise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.assessment.nearness import Item, nearness
from chain.register.folding import fold
from chain.register.possessing import asked_items, holdings, licence_name
from tests.chain.statements import DAY, Book

TUNNEL, CUTTER, PERMIT = ("设备", "速冻隧道"), ("设备", "斩拌机"), ("证照", "食品生产许可证")


def test_equipment_and_licences_count_beside_links_and_the_reason_names_all() -> None:
    (near,) = nearness(
        {"外": {"M15", "M13"}, "甲": {"M16"}}, {"M13", "M16"}, ["M15"],
        {"外": {TUNNEL, CUTTER}}, {"M15": {PERMIT}}, {TUNNEL: {"M16"}, PERMIT: {"M13", "M16"}},
    )  # fmt: skip
    assert near.nearness == 3 / 4, "M13, the tunnel and the permit are here, the cutter is not known to be"
    assert near.together == (("M13", 1),)
    assert near.items == ((PERMIT, 1), (TUNNEL, 1)) or near.items == ((TUNNEL, 1), (PERMIT, 1))
    assert near.at == {TUNNEL: ("M16",), PERMIT: ("M13", "M16")}


def test_equipment_alone_brings_a_link_in_and_what_is_asked_for_does_not() -> None:
    does, here = {"外": {"M15"}}, {TUNNEL: {"M16"}, PERMIT: {"M16"}}
    assert nearness(does, {"M16"}, ["M15"], {}, {"M15": {PERMIT}}, here) == []
    (near,) = nearness(does, {"M16"}, ["M15"], {"外": {TUNNEL}}, {"M15": {PERMIT}}, here)
    assert (near.nearness, near.enterprises, near.together) == (1.0, 1, ())


links = st.sampled_from([f"M{n:02}" for n in range(1, 9)])
things = st.sampled_from([TUNNEL, CUTTER, PERMIT, ("设备", "杀菌釜")])
firms = st.dictionaries(st.sampled_from("甲乙丙丁"), st.sets(links, min_size=1, max_size=4), min_size=1)


@given(firms, st.sets(links), st.dictionaries(st.sampled_from("甲乙丙丁"), st.sets(things)), st.sets(things), links)
def test_what_more_is_shared_never_takes_a_link_further_away(
    does: dict[str, set[str]], present: set[str], items: dict[str, set[Item]], here: set[Item], absent: str
) -> None:
    """One more item that whoever does the link has and that is here too raises the share of each, or leaves it at 1."""
    present = present - {absent}
    more = ("设备", "新添的")
    there = {item: {"M99"} for item in here}
    before = nearness(does, present, [absent], items, {}, there)
    grown = {code: items.get(code, set()) | {more} for code in does if items.get(code) or len(does[code]) > 1}
    after = nearness(does, present, [absent], grown, {}, there | {more: {"M99"}})
    assert len(before) == len(after)
    for was, now in zip(before, after, strict=True):
        assert now.nearness >= was.nearness - 1e-12
        assert {one for one, _ in now.items} == {one for one, _ in was.items} | {more}
        assert 0 <= was.nearness <= 1
        assert now.together == was.together


@given(firms, st.sets(links), st.sets(links))
def test_what_more_is_here_never_takes_a_link_further_away(
    does: dict[str, set[str]], present: set[str], more: set[str]
) -> None:
    absent = sorted({link for several in does.values() for link in several} - present - more)
    before = {one.link: one.nearness for one in nearness(does, present, absent)}
    after = {one.link: one.nearness for one in nearness(does, present | more, absent)}
    assert before.keys() == after.keys()
    assert all(after[link] >= before[link] for link in before)


# ---- what the register knows --------------------------------------------------------------------------


def licence(book: Book, subject: str, what: str, until: date | None = None) -> None:
    end = None if until is None else until.isoformat()
    book.say("licence", subject, {"what": what, "number": f"{subject}{what}", "valid_from": None, "valid_to": end})


def test_what_organisations_have_is_known_by_code_and_a_lapsed_licence_is_not_had() -> None:
    book = Book()
    book.subject("1", code="CODE1")
    book.subject("2")
    book.say("equipment", "1", {"what": "速冻 隧道（进口）", "count": "2"})
    licence(book, "1", "SC证")
    licence(book, "2", "食品生产许可证", DAY - timedelta(days=1))
    licence(book, "2", "食品经营许可证", DAY)
    book.say("equipment", "9", {"what": "无主设备", "count": ""})
    book.say("candidate_for", "2", {"link": "M15", "note": "", "low": None, "high": None, "unit": ""})
    found = holdings(fold(book.said, DAY))
    assert found.items == {"CODE1": {TUNNEL, PERMIT}, "subject:2": {("证照", "食品经营许可证")}}
    assert found.candidates == {"subject:2": {"M15"}}


def test_what_is_had_is_worked_out_again_only_when_it_changes() -> None:
    book = Book()
    book.subject("1")
    register = fold(book.said, DAY)
    before = register.possessed
    register.apply(book.operates("1", "M12"))
    assert register.possessed == before
    made = book.say("equipment", "1", {"what": "杀菌釜", "count": ""})
    register.apply(made)
    register.apply(book.withdraw(made))
    assert register.possessed == before + 2


@pytest.mark.parametrize("name", ["SC 证", "食品生产许可证（换发）", "小作坊登记证"])
def test_names_of_one_licence_are_one(name: str) -> None:
    assert licence_name(name) == "食品生产许可证"
    assert PERMIT in asked_items()["M15"]
    assert licence_name("绿色食品证书") == "绿色食品证书"
