"""Declared beside observed supplies, and what may be told of the observed ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.models import ObservedSupply, Thresholds
from chain.register.folding import fold
from chain.register.observed import cells, declared_never_observed, observed_never_declared
from chain.secrecy import may_show, top_share
from tests.chain.statements import DAY, Book

CODE = "91350100M000100Y43"


def seen(
    giver: str = CODE, taker: str = "subject:2", link: str = "M12", volume: str = "10", **more: str
) -> ObservedSupply:
    return ObservedSupply(giver, giver, taker, taker, link, Decimal(volume), more.get("unit", "KGM"), DAY, 3)


def test_declared_and_observed_are_told_apart_by_codes() -> None:
    book = Book()
    book.subject("1", code=CODE)
    book.subject("2")
    book.subject("3")
    book.supplies("1", "2")
    never = book.supplies("1", "3")
    book.supplies("2", "3", basis="planned")
    register = fold(book.said, DAY)
    deliveries = [seen(), seen("subject:3", CODE), seen(link="U12")]
    assert [fact.id for fact in declared_never_observed(register, deliveries)] == [never.id]
    assert [(one.giver, one.link_id) for one in observed_never_declared(register, deliveries)] == [
        ("subject:3", "M12"), (CODE, "U12"),
    ]  # fmt: skip
    assert len(declared_never_observed(register, ())) == 2, "a plan is no declaration"
    assert observed_never_declared(register, ()) == []


def test_what_a_withdrawn_declaration_named_is_undeclared_again() -> None:
    book = Book()
    book.subject("1", code=CODE)
    book.subject("2")
    declared = book.supplies("1", "2")
    assert observed_never_declared(fold(book.said, DAY), [seen()]) == []
    book.withdraw(declared)
    assert observed_never_declared(fold(book.said, DAY), [seen()]) == [seen()]


@pytest.mark.parametrize(
    ("volumes", "shown"),
    [(("1", "1", "1"), True), (("1", "1"), False), (("7", "2", "1"), True), (("71", "20", "9"), False)],
)
def test_a_cell_shows_three_enterprises_none_above_seventy_percent(volumes: Sequence[str], shown: bool) -> None:
    (cell,) = cells([seen(giver=f"g{n}", volume=one) for n, one in enumerate(volumes)])
    assert (cell.volume is not None) is shown
    assert (cell.deliveries is not None) is shown
    assert cell.enterprises == len(volumes)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("xyz"), st.integers(1, 100)), max_size=12))
def test_no_shown_sum_gives_an_enterprise_away(flows: list[tuple[str, str, int]]) -> None:
    everything = [seen(giver=giver, taker=taker, volume=str(volume)) for giver, taker, volume in flows]
    limits = Thresholds()
    for cell in cells(everything):
        by_giver: dict[str, Decimal] = {}
        for one in everything:
            by_giver[one.giver] = by_giver.get(one.giver, Decimal(0)) + one.volume
        total = sum(by_giver.values())
        safe = len(by_giver) >= 3 and max(by_giver.values()) <= limits.shown_share * total
        assert cell.volume == (total if safe else None)


def test_an_unknown_share_is_not_shown() -> None:
    assert not may_show(9, None)
    assert may_show(3, Decimal("0.7"))
    assert top_share([]) is None
    assert top_share([Decimal(0)]) is None


def test_units_are_never_summed() -> None:
    found = cells([seen(), seen(unit="H87")])
    assert [(cell.unit, cell.enterprises) for cell in found] == [("H87", 1), ("KGM", 1)]
    assert {cell.last for cell in found} == {date(2026, 11, 24)}
