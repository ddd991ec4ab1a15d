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
from chain.register.observed import cells, declared_never_observed, observed_never_declared, undeclared
from chain.register.owning import ownership
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


def grid(rows: Sequence[Sequence[str]], **more: str) -> list[ObservedSupply]:
    """Deliveries of giver g0, g1 … (rows) to taker t0, t1 … (columns); "" for none."""
    return [
        seen(f"g{at}", f"t{to}", volume=volume, **more)
        for at, row in enumerate(rows)
        for to, volume in enumerate(row)
        if volume
    ]


@pytest.mark.parametrize(
    ("rows", "owners", "shown"),
    [
        (["111", "111", "111"], {}, True),
        (["111", "111"], {}, False),
        (["11", "11", "11"], {}, False),
        (["700", "020", "001"], {}, True),
        (["711", "711", "711"], {}, False),
        (["900", "010", "001"], {}, False),
        (["111", "111", "111"], {"g0": "甲集团", "g1": "甲集团"}, False),
        (["111", "111", "111"], {"t0": "g9", "t1": "g9"}, False),
        (["1111", "1111", "1111", "1111"], {"g0": "甲集团", "g1": "甲集团", "t2": "t3"}, True),
        (["111", "111", "111"], {"g0": "丙", "t0": "丙"}, True),
        (["110", "110", "110", "000"], {}, False),
    ],
)
def test_a_cell_shows_three_on_either_side_none_above_seventy_percent(
    rows: Sequence[str], owners: dict[str, str], shown: bool
) -> None:
    """Two buyers, or one that takes most, would be given away by the sum just as two givers would."""
    several = grid(rows)
    (cell,) = cells(several, owners)
    assert (cell.volume is not None) is shown
    assert (cell.deliveries is not None) is shown
    assert cell.enterprises == len(rows)


def test_pairs_that_nobody_declared_are_counted_by_the_same_rule() -> None:
    book = Book()
    book.subject("1", code=CODE)
    register = fold(book.said, DAY)
    assert undeclared(register, grid(["111", "111", "111"]), {}) == {"M12": 9}
    assert undeclared(register, grid(["111", "111"]), {}) == {"M12": None}
    assert undeclared(register, grid(["11", "11", "11"]), {}) == {"M12": None}
    assert undeclared(register, grid(["111", "111", "111"]), {"t0": "t1"}) == {"M12": None}
    most = grid(["1" * 8, "1", "1"])
    assert undeclared(register, most, {}) == {"M12": None}, "one giver is in 8 of 10 pairs"


FLOWS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("vwxyz"), st.sampled_from(["M12", "M14"]),
              st.sampled_from(["KGM", "TNE"]), st.integers(0, 100)),
    max_size=25,
)  # fmt: skip
OWNED = st.dictionaries(st.sampled_from("abcvwx"), st.sampled_from(["甲", "乙"]), max_size=4)


@given(FLOWS, OWNED)
def test_no_shown_sum_gives_an_enterprise_away(
    flows: list[tuple[str, str, str, str, int]], owners: dict[str, str]
) -> None:
    everything = [seen(g, t, link, str(volume), unit=unit) for g, t, link, unit, volume in flows]
    limits = Thresholds()
    for cell in cells(everything, owners):
        mine = [one for one in everything if (one.link_id, one.unit) == (cell.link_id, cell.unit)]
        safe, total = True, sum((one.volume for one in mine), Decimal(0))
        for side in ("giver", "taker"):
            parts: dict[str, Decimal] = {}
            for one in mine:
                who = getattr(one, side)
                parts[owners.get(who, who)] = parts.get(owners.get(who, who), Decimal(0)) + one.volume
            parts = {who: part for who, part in parts.items() if part}
            safe &= len(parts) >= 3 and max(parts.values()) <= limits.shown_share * total
        assert cell.volume == (total if safe else None)


@given(FLOWS, OWNED)
def test_what_is_shown_says_nothing_of_what_is_withheld(
    flows: list[tuple[str, str, str, str, int]], owners: dict[str, str]
) -> None:
    """Secondary suppression: whatever the withheld cells hold, everything that is shown is the same without them, so no
    sum or difference of what is shown can give them."""
    everything = [seen(g, t, link, str(volume), unit=unit) for g, t, link, unit, volume in flows]
    told = cells(everything, owners)
    open_cells = {(one.link_id, one.unit) for one in told if one.volume is not None}
    rest = [one for one in everything if (one.link_id, one.unit) in open_cells]
    assert [one for one in told if one.volume is not None] == cells(rest, owners)
    assert len(told) == len({(one.link_id, one.unit) for one in everything}), "each delivery is in one cell"


def test_owners_are_followed_to_the_last_one() -> None:
    book = Book()
    book.subject("1", "总公司", code=CODE)
    book.subject("2", controller="总公司")
    book.subject("3", controller="企业2")
    book.subject("4", controller="张某控股")
    book.subject("5", controller="张某控股")
    book.subject("6", controller="企业7")
    book.subject("7", controller="企业6")
    book.subject("8")
    book.subject("9", controller="张某控股")
    book.same("8", "9")
    owners = ownership(fold(book.said, DAY)).owners
    assert owners == {
        "subject:2": CODE, "subject:3": CODE, "subject:4": "张某控股", "subject:5": "张某控股", "subject:6": "subject:6",
        "subject:7": "subject:6", "subject:8": "张某控股",
    }  # fmt: skip


def test_an_unknown_share_is_not_shown() -> None:
    assert not may_show(9, None)
    assert may_show(3, Decimal("0.7"))
    assert top_share([]) is None
    assert top_share([Decimal(0)]) is None


def test_units_are_never_summed() -> None:
    found = cells([seen(), seen(unit="H87")], {})
    assert [(cell.unit, cell.enterprises) for cell in found] == [("H87", 1), ("KGM", 1)]
    assert {cell.last for cell in found} == {date(2026, 11, 24)}
