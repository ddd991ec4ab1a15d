"""Hard constraints of sites: met, not met or unknown; what is not said is never a pass."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.sites import CONSTRAINTS, Amount, check, checks, units_of

DAY = date(2026, 11, 1)


def amount(low: str | None, unit: str, high: str | None = None) -> Amount:
    first = None if low is None else Decimal(low)
    return Amount(first, first if high is None else Decimal(high), unit, "园区资料", DAY)


@pytest.mark.parametrize(
    ("what", "needed", "offered", "met"),
    [
        ("height", amount("8", "米"), amount("8", "米"), "met"),
        ("height", amount("8", "米"), amount("7.99", "米"), "not_met"),
        ("land", amount("3", "亩"), amount("2000", "平方米"), "met"),
        ("land", amount("3", "亩"), amount("1999.99", "平方米"), "not_met"),
        ("sewage", amount("100", "吨/日"), amount("100", "立方米/日"), "met"),
        ("gas", amount("10", "立方米/小时"), amount("9999", "立方米/日"), "unknown"),
        ("cold", amount("10", "吨"), amount("9999", "立方米"), "unknown"),
        ("cold", amount("0", "吨"), None, "met"),
        ("cold", amount("10", "吨"), None, "unknown"),
        ("cold", amount("10", "吨"), amount(None, ""), "unknown"),
        ("cold", None, amount("10", "吨"), "unknown"),
        ("cold", amount("10", "吨"), amount("0", "吨"), "not_met"),
        ("cold", amount("10", "吨", "20"), amount("15", "吨"), "unknown"),
        ("cold", amount("10", "吨", "20"), amount("20", "吨"), "met"),
        ("cold", amount("10", "吨"), amount("5", "吨", "9"), "not_met"),
        ("cold", amount("10", "吨"), amount("5", "吨", "12"), "unknown"),
    ],
)
def test_one_constraint(what: str, needed: Amount | None, offered: Amount | None, met: str) -> None:
    found = check(what, needed, offered)
    assert found.met == met
    assert found.reason


@given(st.sampled_from(sorted(CONSTRAINTS)), st.data())
def test_more_on_offer_is_never_worse(what: str, data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from(units_of(what)))
    whole = st.integers(0, 10_000)
    low, high = sorted((data.draw(whole), data.draw(whole)))
    needed = amount(str(low), unit, str(high))
    less, more = sorted((data.draw(whole), data.draw(whole)))
    rank = {"not_met": 0, "unknown": 1, "met": 2}
    found = [rank[check(what, needed, amount(str(one), unit)).met] for one in (less, more)]
    assert found[0] <= found[1]


def test_all_five_in_their_order() -> None:
    found = checks({}, {})
    assert [one.name for one in found] == ["冷库", "排污", "用气", "净高", "用地"]
    assert {one.met for one in found} == {"unknown"}
