"""The enterprise network: observed before declared, weights only, ranks as the index itself gives them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chain.esri import esri
from chain.models import LinkEdge, ObservedSupply
from chain.register.folding import fold
from chain.register.network import network_of, rank
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


def test_flows_in_tonnes_and_what_is_left_out() -> None:
    register = fold(book().said, DAY)
    found = network_of(register, [])
    one, two, three, four = (f"subject:{n}" for n in "1234")
    assert found.flows == {(one, two): 60.0, (one, three): 40.0, (four, two): 10.0}
    assert (found.left_out, found.declared, found.observed) == (2, 5, 0)
    assert found.sector[one] == "M01"
    assert found.sector[three] == "M12"
    observed = network_of(register, [seen(one, two, "M01", "90000"), seen("org:x", two, "M01", "1000")])
    assert observed.flows[one, two] == 90.0
    assert observed.flows["org:x", two] == 1.0


def test_ranks_are_the_index() -> None:
    found = network_of(fold(book().said, DAY), [])
    ranking = rank(found, EDGES)
    edges = [(giver, taker, amount) for (giver, taker), amount in found.flows.items()]
    firms = {firm for pair in found.flows for firm in pair}
    values, settled = esri(
        edges, {f: found.sector[f] for f in firms}, lambda supplier, buyer: (supplier, buyer) == ("M01", "M12")
    )
    assert settled
    assert ranking.settled
    assert {row.code: pytest.approx(row.value) for row in ranking.rows} == {
        row.code: values[row.code] for row in ranking.rows
    }
    assert ranking.rows[0].code == "subject:1"
    assert (ranking.firms, ranking.shocked) == (4, 2)
    assert rank(found, EDGES, most=1).shocked == 1


def test_without_supplies_nobody_is_ranked() -> None:
    assert rank(network_of(fold([], DAY), []), EDGES).rows == ()
