"""The enterprise network: observed before declared, weights only, ranks as the index itself gives them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.esri import esri
from chain.models import LinkEdge, ObservedSupply
from chain.register import network
from chain.register.folding import fold
from chain.register.network import ITSELF, NO_AMOUNT, OTHER_UNIT, network_of, rank, unit_of
from tests.chain.statements import DAY, Book

EDGES = (LinkEdge("M01", "M12", "料", "物料"), LinkEdge("M28", "M12", "袋", "配套"))


def book() -> Book:
    made = Book()
    for n in ("1", "2", "3", "4"):
        made.subject(n)
    made.operates("1", "M01")
    made.operates("2", "M12")
    made.operates("3", "M12")
    made.operates("4", "M28")

    def supplies(giver: str, taker: str, link: str, low: str | None, unit: str = "吨") -> None:
        made.say("supplies", giver, {"to": taker, "link": link, "what": "", "low": low, "high": low, "unit": unit})

    supplies("1", "2", "M01", "60")
    supplies("1", "3", "M01", "40000", "kg")
    supplies("4", "2", "M28", "10")
    supplies("4", "3", "M28", "5", "万件")
    supplies("2", "3", "M12", None)
    return made


def seen(giver: str, taker: str, link: str, volume: str, unit: str = "KGM") -> ObservedSupply:
    return ObservedSupply(giver, giver, taker, taker, link, Decimal(volume), unit, date(2026, 11, 1), 3)


def test_each_link_has_one_unit_and_the_rest_is_counted_as_left_out() -> None:
    register = fold(book().said, DAY)
    found = network_of(register, [], {"M01": 3.0})
    one, two, three, four = (f"subject:{n}" for n in "1234")
    told = {(d.giver, d.taker): (d.amount, d.unit, d.weight) for d in found.deliveries}
    assert told == {
        (one, two): (Decimal(60_000), "kg", pytest.approx(3 * 0.6)),
        (one, three): (Decimal(40_000), "kg", pytest.approx(3 * 0.4)),
        (four, two): (Decimal(10_000), "kg", pytest.approx(1.0)),
    }
    assert found.left_out == {OTHER_UNIT: 1, NO_AMOUNT: 1}
    assert (found.declared, found.observed) == (5, 0)
    assert (found.sector[one], found.sector[three]) == ("M01", "M12")
    assert network_of(register.snapshot(), [], {"M01": 3.0}) == found


def test_pieces_of_one_link_stand_beside_tonnes_of_another() -> None:
    made = book()
    for giver, amount in (("4", "3"), ("5", "1")):
        made.subject("5") if giver == "5" else None
        body = {"to": "3", "link": "M28", "what": "", "low": amount, "high": amount, "unit": "万件"}
        made.say("supplies", giver, body)
    found = network_of(fold(made.said, DAY), [])
    bags = {d.giver: (d.amount, d.unit, d.weight) for d in found.deliveries if d.link == "M28"}
    assert bags == {
        "subject:4": (Decimal(30_000), "件", pytest.approx(0.75)),
        "subject:5": (Decimal(10_000), "件", pytest.approx(0.25)),
    }
    assert found.left_out == {OTHER_UNIT: 1, NO_AMOUNT: 1}, "the ten tonnes of bags are not added to pieces"
    assert sum(d.weight for d in found.deliveries if d.link == "M01") == pytest.approx(1.0)
    assert unit_of({"件": 2, "kg": 2, "箱": 1}) == "kg"
    assert unit_of({}) == ""


def test_what_was_seen_stands_for_what_was_declared_in_the_same_unit() -> None:
    register = fold(book().said, DAY)
    one, two = "subject:1", "subject:2"
    several = [seen(one, two, "M01", "90000"), seen("org:x", two, "M01", "1", "TNE"), seen(one, two, "M01", "7", "H87")]
    found = network_of(register, several)
    amounts = {(d.giver, d.taker): d.amount for d in found.deliveries if d.link == "M01"}
    assert amounts[one, two] == 90_000
    assert amounts["org:x", two] == 1000
    pieces_only = network_of(register, [seen(one, two, "M01", "7", "H87")])
    assert {d.amount for d in pieces_only.deliveries if d.taker == two and d.link == "M01"} == {Decimal(60_000)}
    itself = network_of(register, [seen(one, one, "M01", "5")])
    assert itself.left_out[ITSELF] == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from(["KGM", "LTR", "H87"]),
                          st.integers(1, 10**6)), max_size=12))  # fmt: skip
def test_no_unit_changes_what_a_link_weighs(rows: list[tuple[str, str, str, int]]) -> None:
    """Whatever the units, a link's weights add up to its importance, and every supply is counted once or left out."""
    given_ = [seen(giver, taker, "M01", str(amount), unit) for giver, taker, unit, amount in rows]
    found = network_of(fold([], DAY), given_, {"M01": 2.0})
    assert sum(d.weight for d in found.deliveries) == pytest.approx(2.0 if found.deliveries else 0.0)
    assert len({d.unit for d in found.deliveries}) <= 1
    assert len(found.deliveries) + sum(found.left_out.values()) == found.observed


def test_ranks_are_the_index_of_every_firm(monkeypatch: pytest.MonkeyPatch) -> None:
    found = network_of(fold(book().said, DAY), [])
    told: list[tuple[int, int]] = []

    def going_on(done: int, of: int) -> bool:
        told.append((done, of))
        return True

    ranking = rank(found, EDGES, going_on)
    assert ranking is not None
    values, settled = esri(
        [(d.giver, d.taker, d.weight) for d in found.deliveries],
        {f: found.sector[f] for f in found.firms},
        lambda supplier, buyer: (supplier, buyer) == ("M01", "M12"),
    )
    assert settled
    assert {row.code: row.value for row in ranking.rows} == pytest.approx(values)
    assert ranking.rows[0].value == max(values.values())
    assert next(r for r in ranking.rows if r.code == "subject:1").supplies == {("M01", "kg"): Decimal(100_000)}
    assert (ranking.firms, ranking.shocked, ranking.unsettled) == (4, 4, 0)
    assert told == [(0, 4), (4, 4)]
    assert rank(found, EDGES, lambda done, of: False) is None
    monkeypatch.setattr(network, "MOST_FIRMS", 3)
    monkeypatch.setattr(network, "MOST_SHOCKS", 1)
    large = rank(found, EDGES)
    assert large is not None
    assert [row.value for row in large.rows] == [pytest.approx(values[large.rows[0].code])]
    assert (large.firms, large.shocked) == (4, 1)


def test_without_supplies_nobody_is_ranked() -> None:
    ranking = rank(network_of(fold([], DAY), []), EDGES)
    assert ranking is not None
    assert ranking.rows == ()
