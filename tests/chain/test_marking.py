"""Who counts is said of register and record together: owners, licences that ran out, and two that may be one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.flows import Account
from chain.models import Presence
from chain.register.folding import Register, fold
from chain.register.likeness import alike, suspects
from chain.register.marking import Likes, Marker, Marks, lapsed_of, likes_of, marked, strangers_of, suspected
from chain.register.yielding import view_of
from chain.supply import Supply, supply_of
from tests.chain.factories import AS_OF, link, presence
from tests.chain.statements import Book

CODE, OTHER = "91350100M000100Y43", "919999990000900180"
OLD = {"what": "食品生产许可证", "number": "SC1", "valid_from": None, "valid_to": "2026-11-01"}


def account(key: str, name: str, code: str = "", kind: str = "enterprise") -> Account:
    return Account(code or f"org:{key}", kind, name, code)


def seen(one: Account, at: str = "M12", **more: bool) -> Presence:
    known = replace(presence(one.subject, None, **more), name=one.name, link_id=at)
    return replace(known, source="平台主体登记")


def marks_of(register: Register, accounts: tuple[Account, ...], there: tuple[Presence, ...]) -> Marks:
    owned = view_of(register).owned
    strangers = strangers_of(owned, accounts)
    likes = likes_of(register, owned, strangers, suspected(register, strangers))
    return Marks(likes, lapsed_of(register, owned, there))


def rows_of(book: Book, *accounts: Account, at: str = "M12") -> tuple[Presence, ...]:
    """Everything known of a link where all ``accounts`` are registered."""
    register, there = fold(book.said, AS_OF), tuple(seen(one, at) for one in accounts)
    mine, theirs = marked(marks_of(register, accounts, there), view_of(register).presences.get(at, ()), there)
    return (*mine, *theirs)


def supply(book: Book, *accounts: Account, at: str = "M12") -> Supply:
    return supply_of(link(at), rows_of(book, *accounts, at=at), [], [], [], AS_OF)


# ---- who controls ----


def test_an_account_is_controlled_by_whom_the_register_names() -> None:
    book = Book()
    book.subject("1", "甲集团", code=OTHER)
    book.subject("2", "乙食品", code=CODE, controller="甲集团")
    book.operates("1")
    found = supply(book, account("b", "乙食品", CODE))
    assert (found.controllers, len(found.inside)) == ({OTHER}, 2)


def test_an_owner_whom_only_the_record_knows_is_one_with_its_firms() -> None:
    book = Book()
    book.subject("2", "乙食品", controller="甲集团")
    book.subject("3", "丙食品", controller="乙食品")
    book.operates("2")
    book.operates("3")
    assert supply(book).controllers == {"甲集团"}
    found = supply(book, account("a", "甲集团"))
    assert (found.controllers, len(found.inside)) == ({"org:a"}, 3)


# ---- licences ----


def test_a_licence_on_record_is_asked_of_whom_only_the_batch_record_knows_at_the_link() -> None:
    book = Book()
    book.subject("1", "甲卤味厂", code=CODE)
    book.say("licence", "1", OLD)
    one = account("a", "甲卤味厂", CODE)
    found = supply(book, one)
    assert (found.inside, len(found.lapsed)) == ((), 1)
    assert found.lapsed[0].lapsed == "食品生产许可证 SC1 有效期至 2026-11-01"
    assert supply(book, one, at="M04").lapsed == (), "no licence is asked for there"
    assert supply(book, account("b", "别的厂")).lapsed == ()
    register = fold(book.said, AS_OF)
    assert lapsed_of(register, view_of(register).owned, [seen(one, inside=False)]) == {}, "outside none is asked"
    book.say("licence", "1", OLD | {"valid_to": "2031-11-01"})
    assert len(supply(book, one).inside) == 1


# ---- who may be one ----


def perhaps(book: Book, *accounts: Account, at: str = "M12") -> dict[str, str]:
    return {one.name: one.perhaps for one in rows_of(book, *accounts, at=at)}


def test_names_of_one_link_that_may_be_one_carry_one_mark() -> None:
    book = Book()
    book.subject("1", "渝每滋")
    book.subject("2", "渝美滋")
    book.subject("3", "别的厂")
    for one in "123":
        book.operates(one, "M12")
    found = perhaps(book)
    assert found["渝每滋"] == found["渝美滋"] != ""
    assert found["别的厂"] == ""
    book.same("1", "2")
    assert set(perhaps(book).values()) == {""}


@pytest.mark.parametrize("name", ["渝美滋", "渝每滋", "重庆渝每滋食品有限公司"])
def test_a_name_of_the_register_and_one_of_the_record_may_be_one(name: str) -> None:
    book = Book()
    book.subject("1", "渝每滋")
    book.operates("1")
    found = supply(book, account("a", name))
    assert found.doubled
    assert (len(found.controllers_least), len(found.controllers), found.operators_least) == (1, 2, 1)
    assert found.ties == (("org:a", "subject:1"),)
    coded = supply(book, account("a", name, CODE))
    assert coded.doubled, "only one has a code"
    book.subject("1", "渝每滋", code=OTHER)
    assert not supply(book, account("a", name, CODE)).doubled, "two codes are two enterprises"
    assert not supply(book, account("a", name, OTHER)).doubled, "one code is one enterprise"
    assert len(supply(book, account("a", name, OTHER)).inside) == 1


def test_two_names_of_the_record_may_be_one_and_other_kinds_are_not() -> None:
    book = Book()
    assert supply(book, account("a", "渝每滋"), account("b", "渝美滋")).operators_least == 1
    assert supply(book, account("a", "渝每滋"), account("b", "渝美滋", kind="base")).operators_least == 2


def test_one_that_works_elsewhere_joins_no_two_with_codes() -> None:
    book = Book()
    book.subject("1", "渝每滋", code=CODE)
    book.subject("2", "渝美滋", code=OTHER)
    book.subject("3", "渝美滋食品")
    for one in "12":
        book.operates(one)
    book.operates("3", "M13")
    assert not supply(book).doubled
    assert [one.alike for one in supply(book).inside] == [("subject:3",), ("subject:3",)]
    assert supply(book, at="M13").alike[0].alike == (CODE, OTHER)


def test_whoever_may_be_the_owner_may_be_the_controller() -> None:
    book = Book()
    book.subject("1", "渝每滋")
    book.subject("2", "乙食品", controller="渝每滋")
    book.subject("3", "渝美滋")
    book.operates("2")
    book.operates("3")
    found = supply(book)
    assert (found.operators_least, len(found.inside)) == (2, 2)
    assert (len(found.controllers_least), len(found.controllers)) == (1, 2)
    book.subject("3", "渝美滋", controller="渝每滋")
    assert not supply(book).doubled, "one owner anyway"


NAMES = st.text("渝每美湘香滋甲乙12A", min_size=1, max_size=5)


@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=9))
def test_nobody_alike_is_overlooked(told: list[tuple[str, bool]]) -> None:
    several = [account(f"{n}", name, CODE[:-1] + str(n) if code else "") for n, (name, code) in enumerate(told)]
    pairs = {frozenset((one.one, one.other)) for one in suspects(several)}
    assert pairs == {
        frozenset((one.subject, other.subject))
        for one, other in combinations(several, 2)
        if alike(one.name, other.name) and not (one.code and other.code)
    }


# ---- kept from one reading to the next ----

ORGS = ("A", "B", "C")
MARKS = st.builds(
    lambda owner, tie, out: Marks(
        Likes(
            replace(view_of(fold([], AS_OF)).owned, owners={"A": owner} if owner else {}),
            {"B": {"C"}, "C": {"B"}} if tie else {},
            {"B": ("C",), "C": ("B",)} if tie else {},
        ),
        {(out, "M12"): "到期"} if out else {},
    ),
    st.sampled_from(("", "B", "X")),
    st.booleans(),
    st.sampled_from(("", *ORGS)),
)
ROWS = st.lists(st.sampled_from(ORGS).map(presence), max_size=3, unique_by=lambda one: one.org_code).map(tuple)


@given(st.lists(st.tuples(MARKS, ROWS, ROWS), max_size=6))
def test_marks_set_one_reading_after_the_other_are_those_set_at_once(
    steps: list[tuple[Marks, tuple[Presence, ...], tuple[Presence, ...]]],
) -> None:
    marker = Marker()
    before: tuple[tuple[Presence, ...], tuple[Presence, ...]] | None = None
    for marks, mine, theirs in steps:
        found = marker.mark(marks, "M12", mine, theirs)
        assert found == marked(marks, mine, theirs)
        again = marker.mark(marks, "M12", mine, tuple(theirs))
        assert again[0] is found[0], "the same rows are the same object, so that nothing is worked out again"
        assert again[1] is found[1]
        if before is not None:
            assert (found[0] is before[0]) == (found[0] == before[0])
        before = found


def test_what_a_mark_says_of_another_link_leaves_this_one_as_it_is() -> None:
    marker, rows = Marker(), (presence("A"),)
    first = marker.mark(Marks(), "M12", rows, ())
    later = marker.mark(Marks(lapsed={("B", "M13"): "到期"}), "M12", rows, ())
    assert later[0] is first[0]
