"""Deliveries as investment staff see them: only where neither a giver nor a buyer can be told from the sum."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.testclient import TestClient

from chain.register.observed import summed_until
from service.database import Database
from service.demo.register import load_register
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.fixtures.record import line, organisation
from tests.fixtures.rulings import ruled_release
from tests.register.test_api import CODE, OTHER_CODE, add
from trace.batches import lifecycle


@pytest.fixture
def auth(people: dict[str, Someone]) -> dict[str, str]:
    return people["investor"].auth


def deliver(db: Database, makers: int, buyers: int, codes: dict[int, str]) -> None:
    """Every maker delivers five pieces to every buyer."""
    for n in range(buyers):
        organisation(db, f"shop{n}", link_codes="D07")
    for n in range(makers):
        maker = organisation(db, f"maker{n}", uscc=codes.get(n), link_codes="M12")
        sauce = maker.receive("酱油", "1000").batch_id
        lot = maker.register(maker.product(link_code="M12"), [line(sauce, "10")], quantity="100").batch_id
        maker.do(lambda c, lot=lot: ruled_release(c, lot, "出厂检验与凭证齐全"))
        for to in range(buyers):
            maker.do(lambda c, lot=lot, to=to: lifecycle.ship(c, lot, "5", "件", "", f"shop{to}"))


def hand_over(db: Database, giver: str, taker: str, link: str) -> None:
    """One delivery of what a link makes between two organisations without a credit code."""
    maker = organisation(db, giver, link_codes=link)
    organisation(db, taker)
    sauce = maker.receive("酱油", "1000").batch_id
    lot = maker.register(maker.product(link_code=link), [line(sauce, "10")], quantity="100").batch_id
    maker.do(lambda c: ruled_release(c, lot, "出厂检验与凭证齐全"))
    maker.do(lambda c: lifecycle.ship(c, lot, "5", "件", "", taker))


def told(client: TestClient, auth: dict[str, str]) -> tuple[Any, Any, str]:
    client.app.state.chains = {}  # type: ignore[attr-defined]
    found = client.get("/api/v1/chain/supplies", headers=auth).json()
    (cell,) = found["observed"]
    (pairs,) = found["observed_never_declared"]
    return cell, pairs, client.get("/chain/supplies", headers=auth | {"Accept": "text/html"}).text


def test_three_makers_and_three_buyers_show_until_two_are_of_one_owner(
    client: TestClient, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    deliver(db, 3, 3, {0: CODE, 1: OTHER_CODE})
    clock.forward(days=7)
    cell, pairs, page = told(client, auth)
    assert (cell["volume"], cell["enterprises"], pairs["pairs"], cell["withheld"]) == ("45", 3, 9, False)
    assert "45 H87" in page
    add(client, auth, "甲厂", code=CODE, controller="甲集团")
    add(client, auth, "乙厂", code=OTHER_CODE, controller="甲集团")
    cell, pairs, page = told(client, auth)
    assert (cell["volume"], cell["enterprises"], cell["last"], pairs["pairs"], cell["withheld"]) == (
        None, None, None, None, True,
    )  # fmt: skip
    assert "45" not in page.partition("批次流汇总")[2].partition("</table>")[0]
    assert "保密" in page


def test_an_owner_that_only_the_record_knows_is_its_account(
    client: TestClient, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    deliver(db, 3, 3, {0: CODE})
    clock.forward(days=7)
    assert told(client, auth)[0]["withheld"] is False
    with db.read() as conn:
        owner = conn.execute(text("select name from organisation where code = 'maker1'")).scalar()
    assert owner, "a maker with an account that the register does not describe"
    add(client, auth, "甲厂", code=CODE, controller=owner)
    assert told(client, auth)[0]["withheld"] is True


def test_sums_end_with_a_month_so_that_no_two_days_tell_a_delivery(
    client: TestClient, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    def summed(as_of: str = "") -> tuple[str, list[str]]:
        found = client.get(f"/api/v1/chain/supplies?as_of={as_of}", headers=auth).json()
        return found["observed_until"], [cell["volume"] for cell in found["observed"]]

    deliver(db, 3, 3, {})
    assert summed() == ("2026-10-31", [])
    clock.forward(days=6)  # the last day of November, which is not over
    assert summed() == ("2026-10-31", [])
    clock.forward(days=1)
    assert summed() == ("2026-11-30", ["45"])
    page = client.get("/chain/supplies", headers=auth | {"Accept": "text/html"}).text
    assert "汇总到上月末" in page
    assert "2026-11-30" in page
    clock.forward(days=40)  # 2027-01-10
    days = [date(2026, 11, 20) + timedelta(days=n) for n in range(45)]
    told = {day: summed(day.isoformat()) for day in days}
    assert {day: sums for day, (_, sums) in told.items() if sums} == {
        day: ["45"] for day in days if day >= date(2026, 11, 30)
    }
    assert {until for until, _ in told.values()} == {"2026-10-31", "2026-11-30", "2026-12-31"}


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 800))
def test_the_end_of_a_month_that_is_over(day: date, since: int) -> None:
    today = day + timedelta(days=since)
    until = summed_until(day, today)
    assert until <= day
    assert until < today
    assert (until + timedelta(days=1)).day == 1
    ends = (until + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert ends > day or ends >= today, "and the last such"


def test_two_buyers_are_given_away_no_more_than_two_makers(
    client: TestClient, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    deliver(db, 3, 2, {})
    clock.forward(days=7)
    cell, pairs, page = told(client, auth)
    assert (cell["volume"], cell["deliveries"], pairs["pairs"], cell["withheld"]) == (None, None, None, True)
    assert "30 H87" not in page
    assert "保密" in page


def test_the_demos_organisations_are_known_by_their_codes(
    client: TestClient, people: dict[str, Someone], db: Database
) -> None:
    """They have an account without a credit code: what they deliver is the supply that the register declares of them."""
    made = load_register(db)
    keys = {subject: key for key, subject in made.items()}
    chief = people["director"].auth

    def unseen() -> list[tuple[str, str, str]]:
        found = client.get("/api/v1/chain/supplies", headers=chief).json()["declared_never_observed"]
        return [(keys[one["from"]["id"]], keys[one["to"]["id"]], one["link"]) for one in found]

    declared = unseen()
    giver, taker, link = next(one for one in declared if one[2].startswith("M"))
    hand_over(db, giver, taker, link)
    assert unseen() == [one for one in declared if one != (giver, taker, link)]
