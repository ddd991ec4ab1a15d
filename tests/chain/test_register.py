"""The register: folding, history, undoing, three states; what holds all at once holds one by one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.gaps import find_gaps
from chain.needs.loading import bills
from chain.register.folding import Register, fold, state_of
from chain.register.likeness import alike, count_text, counted, initials, open_suspects, suspects
from chain.register.models import Statement
from chain.register.yielding import renewed, view_of
from chain.supply import supply_of
from tests.chain.factories import link
from tests.chain.statements import DAY, Book

LINKS = ("M12", "U12", "M08")
SUBJECTS = ("1", "2", "3")
IMPORTS = (901, 902)


def capacities(register: Register, at: str = "M12") -> list[tuple[str, Decimal | None]]:
    return [(fact.subject, fact.low) for fact in register.operates(at)]


# ---- properties --------------------------------------------------------------------------------------


@st.composite
def books(draw: st.DrawFn) -> list[Statement]:
    """Any history: descriptions, capacities, supplies, surveys, merges, withdrawals, undone imports."""
    book = Book()
    days = st.integers(0, 4).map(lambda back: DAY - timedelta(days=back))
    for _ in range(draw(st.integers(0, 25))):
        on = draw(days)
        more = {
            "on": on,
            "data": on - timedelta(days=draw(st.integers(-1, 3))),
            "import_id": draw(st.sampled_from((None, *IMPORTS))),
        }
        one, other, at = draw(st.sampled_from(SUBJECTS)), draw(st.sampled_from(SUBJECTS)), draw(st.sampled_from(LINKS))
        kind = draw(
            st.sampled_from(
                ("subject", "operates", "operates", "supplies", "survey", "need", "volume", "same", "withdraw")
            )
        )
        if kind == "subject":
            owner = draw(st.sampled_from((None, None, "企业1", "企业2", "CODE3", "某集团")))
            code = draw(st.sampled_from((None, f"CODE{one}")))
            book.subject(one, code=code, inside=draw(st.booleans()), controller=owner, **more)
        elif kind == "operates":
            low = draw(st.sampled_from((None, "1", "2")))
            book.operates(one, at, low, basis=draw(st.sampled_from(("declared", "observed", "planned"))), **more)
        elif kind == "supplies":
            book.supplies(one, other, at, **more)
        elif kind == "survey":
            book.survey(at, **more)
        elif kind == "need":
            book.need(at, draw(st.sampled_from(("5", "6"))), **more)
        elif kind == "volume":
            family = draw(st.sampled_from(("dried-tofu", "group-meal")))
            book.volume(family, draw(st.sampled_from((None, "0", "7"))), **more)
        elif kind == "same" and one != other:
            book.same(one, other, **more)
        elif kind == "withdraw" and book.said:
            target = draw(st.sampled_from([s.id for s in book.said if s.kind != "withdraw"] + list(IMPORTS)))
            book.withdraw(target, on=on)
    return book.said


@given(books())
def test_folding_is_applying_one_by_one_and_touches_no_other_link(said: list[Statement]) -> None:
    register = Register(DAY)
    view = view_of(register)
    for at, statement in enumerate(said, 1):
        changed = register.apply(statement)
        fresh = fold(said[:at], DAY)
        assert register.facts() == fresh.facts()
        reached = bills().reach.get(statement.subject, frozenset())
        assert changed <= ({*LINKS} | bills().reach["dried-tofu"] | bills().reach["group-meal"])
        assert statement.kind != "volume" or changed in (frozenset(), reached)
        view = renewed(view, register, changed)
        whole = view_of(fresh)
        assert view.presences == whole.presences, "only the links that were named may differ"
        assert view.owned == whole.owned
        assert (view.demands, view.surveys) == (whole.demands, whole.surveys)
        assert view.volumes == whole.volumes


def test_a_changed_owner_is_told_where_its_firms_work_and_nowhere_else() -> None:
    book = Book()
    book.subject("1", "甲集团")
    book.subject("2", "乙食品", controller="甲集团")
    book.subject("3", "丙厂")
    book.operates("1", "M12")
    book.operates("2", "M12")
    book.operates("2", "U12")
    book.operates("3", "M08")
    register = fold(book.said, DAY)
    view = view_of(register)
    held = supply_of(link("M12"), view.presences["M12"], [], [], [], DAY)
    assert held.controllers == {"subject:1"}, "the owner's own firm and its subsidiary are one"
    assert len(held.inside) == 2
    changed = register.apply(book.subject("1", "甲集团", code="91350100M000100Y43", controller="丁控股"))
    assert changed == {"M12"}, "where it works itself"
    later = renewed(view, register, changed)
    assert {one.controller for one in (*later.presences["M12"], *later.presences["U12"])} == {"丁控股"}
    assert later.presences["M08"] is view.presences["M08"]
    assert later == view_of(register)
    after = renewed(later, register, register.apply(book.subject("3", "丁控股")))
    assert {one.controller for one in after.presences["U12"]} == {"subject:3"}, "now that the owner is described"
    assert after == view_of(register)
    still = renewed(after, register, register.apply(book.subject("4", "戊厂")))
    assert all(still.presences[one] is after.presences[one] for one in after.presences), "it owns nobody"


@given(books(), st.integers(0, 4))
def test_a_day_knows_what_was_recorded_and_dated_until_then(said: list[Statement], back: int) -> None:
    day = DAY - timedelta(days=back)
    until = [s for s in said if s.recorded_at < fold([], day)._end and s.data_date <= day]
    assert fold(said, day).facts() == fold(until, day).facts()


@given(books(), st.integers(0, 4))
def test_going_on_to_a_day_is_folding_that_day(said: list[Statement], back: int) -> None:
    register = fold(said, DAY - timedelta(days=back))
    register.advance(DAY + timedelta(days=1))
    whole = fold(said, DAY + timedelta(days=1))
    assert register.facts() == whole.facts()
    assert view_of(register) == view_of(whole)


@given(books(), st.sampled_from(IMPORTS))
def test_an_undone_import_never_was(said: list[Statement], undone: int) -> None:
    book = Book()
    book.said = list(said)
    book.withdraw(undone)
    without = [s for s in said if s.import_id != undone]
    assert fold(book.said, DAY).facts() == fold(without, DAY).facts()
    assert view_of(fold(book.said, DAY)).presences == view_of(fold(without, DAY)).presences


@given(books(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_does_not_matter(said: list[Statement], dice: object) -> None:
    facts = fold(said, DAY).facts()
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled, DAY).facts() == facts


# ---- examples ----------------------------------------------------------------------------------------


def test_later_data_hold_and_earlier_ones_hold_again_when_they_are_withdrawn() -> None:
    book = Book()
    book.subject()
    book.operates(low="100", data=DAY - timedelta(days=30))
    newer = book.operates(low="200", data=DAY - timedelta(days=1))
    book.operates(low="50", data=DAY - timedelta(days=60))
    register = fold(book.said, DAY)
    assert capacities(register) == [("1", Decimal(200))], "older data recorded later do not replace newer"
    assert register.apply(book.withdraw(newer)) == {"M12"}
    assert capacities(register) == [("1", Decimal(100))]


def test_a_past_day_shows_what_was_known_then_even_if_it_was_withdrawn_since() -> None:
    book = Book()
    book.subject(on=DAY - timedelta(days=9))
    wrong = book.operates(on=DAY - timedelta(days=9))
    book.withdraw(wrong)
    assert capacities(fold(book.said, DAY)) == []
    assert capacities(fold(book.said, DAY - timedelta(days=1))) == [("1", Decimal(100))]
    assert capacities(fold(book.said, DAY - timedelta(days=10))) == []


def test_three_states() -> None:
    book = Book()
    assert state_of(fold(book.said, DAY), "M12") == "unknown"
    book.survey()
    assert state_of(fold(book.said, DAY), "M12") == "absent"
    book.subject("2", inside=False)
    book.operates("2")
    book.subject("3")
    book.operates("3", basis="planned")
    assert state_of(fold(book.said, DAY), "M12") == "absent", "outside and planned are not here"
    book.subject("1")
    unknown = book.operates("1", low=None, unit="")
    assert state_of(fold(book.said, DAY), "M12") == "present", "capacity unknown, presence not"
    book.withdraw(unknown)
    book.operates("1", ended=DAY.isoformat())
    assert state_of(fold(book.said, DAY), "M12") == "absent", "it stopped"
    assert state_of(fold(book.said, DAY), "M08") == "unknown"


def test_a_plan_ends_when_what_was_planned_is_there() -> None:
    book = Book()
    book.subject()
    book.operates(basis="planned", data=DAY - timedelta(days=100))
    assert [f.basis for f in fold(book.said, DAY).operates("M12")] == ["planned"]
    book.operates(data=DAY - timedelta(days=10))
    assert [f.basis for f in fold(book.said, DAY).operates("M12")] == ["declared"]
    book.operates(basis="planned", low="900", data=DAY)
    assert len(fold(book.said, DAY).operates("M12")) == 2, "an extension is a plan again"


def test_merged_subjects_count_once_and_apart_again_after_the_withdrawal() -> None:
    book = Book()
    book.subject("1", "渝每滋食品")
    book.subject("2", "渝美滋", code="91350100M000100Y43")
    book.operates("1", low="10")
    book.operates("2", low="20", data=DAY - timedelta(days=1))
    register = fold(book.said, DAY)

    def controllers() -> int:
        view = view_of(register)
        return len(supply_of(link(), view.presences["M12"], (), (), (), DAY).inside)

    assert controllers() == 2
    merged = book.same("1", "2")
    assert register.apply(merged) == {"M12"}
    assert controllers() == 1
    assert {p.org_code for p in view_of(register).presences["M12"]} == {"91350100M000100Y43"}
    assert register.apply(book.withdraw(merged)) == {"M12"}
    assert controllers() == 2


def test_a_range_is_a_lower_bound_and_never_surely_short() -> None:
    book = Book()
    for subject in ("1", "2"):
        book.subject(subject)
        book.operates(subject, low="30", high="80")
    book.need(low="100")
    view = view_of(fold(book.said, DAY))
    assert [(p.capacity, p.capacity_high) for p in view.presences["M12"]] == [(Decimal(30), Decimal(80))] * 2
    (gap,) = find_gaps([link()], view.presences["M12"], tuple(view.demands.values()), (), DAY)
    assert gap.grade == "unknown"
    assert "弱" not in gap.kinds


def test_capacities_stand_in_the_unit_of_the_need() -> None:
    book = Book()
    book.subject()
    book.operates(low="5000", unit="kg")
    assert view_of(fold(book.said, DAY)).presences["M12"][0].unit == "kg"
    book.need(low="8", unit="吨")
    found = view_of(fold(book.said, DAY)).presences["M12"][0]
    assert (found.capacity, found.unit) == (Decimal(5), "吨")


def test_a_volume_gives_the_need_that_nobody_entered() -> None:
    book = Book()
    book.subject("1")
    book.operates("1", "M06", low="3000000", unit="kg")
    first = book.volume("pomelo", "3600", data=DAY - timedelta(days=9))
    view = view_of(fold(book.said, DAY))
    need = view.demands["M06"]
    assert (need.quantity, need.unit, need.computed, need.data_date) == (3600, "吨", True, DAY - timedelta(days=9))
    assert view.presences["M06"][0].capacity == 3000, "in the unit of the need"
    assert "U06" not in view.demands, "a range"
    assert "M28" not in view.demands, "other families' volumes are unknown"
    typed = book.need("M06", "4000")
    assert view_of(fold(book.said, DAY)).demands["M06"].quantity == 4000, "what was entered holds"
    book.withdraw(typed)
    assert view_of(fold(book.said, DAY)).demands["M06"].computed, "and the computed one again without it"
    book.volume("pomelo", None)
    assert "M06" not in view_of(fold(book.said, DAY)).demands, "somebody said that it is unknown"
    book.withdraw(book.said[-1])
    book.withdraw(first)
    assert "M06" not in view_of(fold(book.said, DAY)).demands


def test_capacities_in_another_measure_are_not_hidden_by_a_computed_need() -> None:
    book = Book()
    book.subject("1")
    book.operates("1", "M06", low="5", unit="万件")
    book.volume("pomelo", "3600")
    view = view_of(fold(book.said, DAY))
    assert "M06" not in view.demands
    assert view.presences["M06"][0].unit == "万件"


def test_what_is_said_of_nobody_is_in_no_view() -> None:
    book = Book()
    described = book.subject("1", import_id=901)
    book.operates("1")
    book.subject("2")
    book.supplies("2", "1", "U12")
    register = fold(book.said, DAY)
    assert register.supplies
    assert register.apply(book.withdraw(901)) == {"M12", "U12"}
    assert not register.operates("M12")
    assert not register.supplies
    assert described.import_id == 901


def test_invented_statements_vanish_where_there_is_no_demo() -> None:
    book = Book()
    made = book.subject()
    made.body["demo"] = True  # type: ignore[index]
    book.operates()
    assert fold(book.said, DAY, demo=False).subjects == []
    assert fold(book.said, DAY, demo=False).operates("M12") == ()
    assert len(fold(book.said, DAY).operates("M12")) == 1


# ---- 疑为同一 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("渝每滋", "渝美滋", True),
        ("渝每滋食品", "渝美滋", True),
        ("奇爽", "奇爽食品", True),
        ("重庆奇爽实业（集团）有限公司", "奇爽", True),
        ("张鸭子", "张鸭子食品有限公司", True),
        ("良溪第一豆干厂", "良溪第二豆干厂", False),
        ("东方", "东风", False),
        ("渝每滋", "渝百滋", False),
        ("美林", "每林", False),
        ("城东米业", "城西米业", False),
        ("张鸭子", "奇爽", False),
    ],
)
def test_which_names_are_alike(one: str, other: str, same: bool) -> None:
    assert bool(alike(one, other)) is same
    assert bool(alike(other, one)) is same


def test_initials_for_a_search() -> None:
    assert initials("渝每滋A") == "YMZA"
    assert initials("奇爽") == "QS"


def test_suspects_are_a_mark_and_counts_say_from_to() -> None:
    book = Book()
    book.subject("1", "渝每滋食品")
    book.subject("2", "渝美滋")
    book.subject("3", "奇爽")
    register = fold(book.said, DAY)
    (pair,) = suspects(register.subjects)
    assert (pair.one, pair.other) == ("1", "2")
    assert "每／美" in pair.why
    assert count_text(*counted(register, SUBJECTS, (pair,))) == "2～3"
    assert count_text(*counted(register, ("1", "3"), (pair,))) == "2"
    book.same("1", "2")
    register = fold(book.said, DAY)
    assert open_suspects(register) == ()
    assert counted(register, SUBJECTS, ()) == (2, 2)


def test_two_credit_codes_are_two_enterprises() -> None:
    book = Book()
    book.subject("1", "渝每滋", code="91350100M000100Y43")
    book.subject("2", "渝美滋", code="919999990000900180")
    assert suspects(fold(book.said, DAY).subjects) == ()


def test_a_register_never_goes_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        Register(DAY).advance(date(2020, 1, 1))
