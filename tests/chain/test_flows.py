"""What the record tells the chain: flows and presences from batches really registered, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chain.demo import load_demo
from chain.flows import (
    OBSERVED,
    REGISTERED,
    observed_supplies,
    read_record,
    reporting_enterprises,
    with_samples,
)
from chain.gaps import find_gaps, may_show_flow
from chain.models import Flow, Presence, Thresholds
from chain.seeds import load_links
from chain.supply import supply_of
from service.database import Database
from tests.chain.factories import AS_OF, link
from tests.fixtures.clock import Clock
from tests.fixtures.record import Org, line, organisation
from tests.fixtures.rulings import ruled_release
from trace.batches import lifecycle
from trace.batches.registering import reserve

LINKS = load_links()
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    """The day of the tests' records, at noon."""
    made = Clock()
    made.forward(hours=3)
    return made


def make(org: Org, name: str = "酱卤鸭", *, days_ago: int = 1, link_code: str = "M12") -> Any:
    """One batch of a product of that link, registered now."""
    product = org.product(name, link_code=link_code)
    produced = (AS_OF - days_ago * DAY).isoformat()
    return org.register(product, produced_on=produced)


def flow_of(db: Database, link_id: str, as_of: date = AS_OF, **more: Any) -> Flow | None:
    with db.read() as conn:
        return {flow.link_id: flow for flow in read_record(conn, as_of, **more).flows}.get(link_id)


def presences(db: Database, as_of: date = AS_OF, **more: Any) -> tuple[Presence, ...]:
    with db.read() as conn:
        return read_record(conn, as_of, **more).presences


def test_counts_dates_enterprises_and_the_largest_share(db: Database) -> None:
    first, second = organisation(db, "first"), organisation(db, "second")
    for name, days_ago in (("甲", 1), ("乙", 30), ("丙", 89), ("丁", 90), ("戊", 200)):
        make(first, name, days_ago=days_ago)
    make(second, days_ago=5)
    found = flow_of(db, "M12")
    assert found is not None
    assert found.last_flow_date == AS_OF - DAY
    assert found.batches_90d == 4, "89 days ago counts, 90 days ago does not"
    assert found.enterprises == 2
    assert found.top_share == Decimal("0.75")
    assert found.observed_since == AS_OF, "by the day of registration, not of production"
    assert not may_show_flow(found, Thresholds())


def test_firms_of_one_owner_are_one_behind_a_flow(db: Database) -> None:
    for code in ("first", "second", "third"):
        make(organisation(db, code))
    with db.read() as conn:
        (alone,) = read_record(conn, AS_OF).flows
        (owned,) = read_record(conn, AS_OF, owners={"org:first": "甲", "org:second": "甲"}).flows
    assert (alone.enterprises, may_show_flow(alone, Thresholds())) == (3, True)
    assert (owned.enterprises, owned.batches_90d, owned.top_share) == (2, 3, Decimal(2) / 3)
    assert not may_show_flow(owned, Thresholds())


def test_the_window_is_the_one_that_calls_a_link_stopped(db: Database) -> None:
    org = organisation(db)
    make(org, days_ago=90)
    found = flow_of(db, "M12")
    assert found is not None
    assert (found.batches_90d, found.last_flow_date, found.enterprises) == (0, AS_OF - 90 * DAY, 0)
    assert supply_of(link(), (), (), [found], (), AS_OF).flow_state(AS_OF, 90) == "stopped"
    earlier = flow_of(db, "M12", AS_OF - DAY)
    assert earlier is not None
    assert earlier.last_flow_date is None, "what was registered later did not exist then"


def test_voided_and_reserved_lots_and_receipts_are_no_flow(db: Database) -> None:
    org = organisation(db)
    product = org.product(link_code="M12")
    org.receive()
    org.do(lambda c: reserve(c, product, "R1"))
    voided = org.register(product)
    org.do(lambda c: lifecycle.void(c, voided.batch_id, "登记错了批次"))
    found = flow_of(db, "M12")
    assert found is not None
    assert (found.last_flow_date, found.batches_90d or 0, found.enterprises) == (None, 0, 0)


def test_a_batch_without_link_counts_at_its_makers_only_link(db: Database) -> None:
    one, two = organisation(db, "one", link_codes="M13"), organisation(db, "two", link_codes="M14, M16")
    make(one, link_code="")
    make(two, link_code="")
    assert getattr(flow_of(db, "M13"), "batches_90d", None) == 1
    for silent in ("M14", "M16"):
        found = flow_of(db, silent)
        assert found is not None
        assert (found.batches_90d, found.last_flow_date) == (0, None)
        assert found.observed_since == AS_OF, "it reports, if not at this link"


def test_an_account_that_never_reported_says_nothing_by_its_silence(db: Database, clock: Clock) -> None:
    organisation(db, link_codes="M12", created_at=db.now() - 400 * 86_400_000_000)
    found = flow_of(db, "M12")
    assert found is not None
    assert (found.observed_since, found.batches_90d) == (None, None)
    known = presences(db)
    gap = find_gaps([link()], known, (), [found], AS_OF)[0]
    assert gap.flags == ()
    assert gap.grade == "single"


def test_a_reporting_enterprise_that_falls_silent_stops_its_link(db: Database, clock: Clock) -> None:
    org = organisation(db, link_codes="M12 M16")
    make(org)
    clock.forward(days=91)
    later = AS_OF + 91 * DAY
    with db.read() as conn:
        record = read_record(conn, later)
    gaps = {g.link: g for g in find_gaps([link("M12"), link("M16")], record.presences, (), record.flows, later)}
    assert gaps["M12"].flags == ("断流",)
    assert gaps["M16"].flags == ("断流",)
    assert "此前有过" in gaps["M12"].reason
    assert "应有批次而未见" in gaps["M16"].reason


def test_who_registered_is_present_and_who_is_seen_elsewhere_is_observed(db: Database) -> None:
    org = organisation(db, "maker", uscc="919999990000900180", link_codes="M12，M14")
    make(org, "速冻鸭", link_code="M16")
    make(org, "旧品", link_code="M15", days_ago=120)
    organisation(db, "bureau", kind="regulator", link_codes="M12")
    found = {p.link_id: p for p in presences(db)}
    assert set(found) == {"M12", "M14", "M16"}, "an old batch is no operation, a regulator no operator"
    assert [found[x].basis for x in ("M12", "M14", "M16")] == ["declared", "declared", "observed"]
    assert (found["M12"].source, found["M16"].source) == (REGISTERED, OBSERVED)
    assert found["M16"].data_date == AS_OF - DAY
    assert {p.org_code for p in found.values()} == {"919999990000900180"}
    assert all(p.capacity is None and p.inside_district and p.demo for p in found.values())


def test_the_same_organisation_counts_once_and_keeps_its_declared_capacity(db: Database) -> None:
    demo = load_demo(LINKS, AS_OF)
    known = {o.key: o.org_code for o in demo.organisations}
    organisation(db, "demo-maker", uscc=known["demo-maker"], link_codes="M12")
    organisation(db, "demo-workshop", link_codes="M08")
    here = presences(db, known_codes=known)
    by_id = {one.id: one for one in LINKS}
    for link_id in ("M12", "M08"):
        before = supply_of(by_id[link_id], demo.presences, demo.demands, (), (), AS_OF)
        after = supply_of(by_id[link_id], (*demo.presences, *here), demo.demands, (), (), AS_OF)
        assert len(after.inside) == len(before.inside)
        assert after.capacity_floor == before.capacity_floor
        assert after.top_share == before.top_share
    stranger = presences(db)
    assert any(p.org_code == "org:demo-workshop" for p in stranger)


def test_an_organisation_of_another_district_supplies_from_outside(db: Database) -> None:
    organisation(db, "near", district="良溪县（演示）")
    organisation(db, "far", district="别县（演示）")
    organisation(db, "silent", district="")
    inside = {p.name: p.inside_district for p in presences(db, home="良溪县")}
    assert list(inside.values()) == [True, False, True]


def test_demo_organisations_vanish_from_a_real_deployment(db: Database) -> None:
    make(organisation(db, "demo"))
    real = organisation(db, "real", is_demo=False)
    make(real)
    found = flow_of(db, "M12", include_demo=False)
    assert found is not None
    assert (found.enterprises, found.batches_90d) == (1, 1)
    assert [p.name for p in presences(db, include_demo=False)] == ["real食品有限公司（演示）"]
    with db.read() as conn:
        assert reporting_enterprises(conn, db.now(), include_demo=False) == 1
        assert reporting_enterprises(conn, db.now()) == 2


def test_enterprises_that_reported_in_thirty_days(db: Database, clock: Clock) -> None:
    one, two = organisation(db, "one"), organisation(db, "two")
    base = organisation(db, "base", kind="base", link_codes="U12")
    make(one, "旧", days_ago=3)
    clock.forward(days=31)
    make(two, "甲", days_ago=60)
    make(two, "乙", days_ago=2)
    make(base, "活鸭", link_code="U12")
    with db.read() as conn:
        assert reporting_enterprises(conn, db.now()) == 1
        assert reporting_enterprises(conn, db.now() - 10 * 86_400_000_000) == 1
    clock.forward(days=31)
    with db.read() as conn:
        assert reporting_enterprises(conn, db.now()) == 0


def test_what_was_seen_replaces_the_sample_of_its_link_only() -> None:
    sample = [Flow("M12", AS_OF, 72), Flow("M14", AS_OF, 96), Flow("M02", AS_OF, 40)]
    seen = [Flow("M12", AS_OF - DAY, 1, AS_OF, 1, Decimal(1)), Flow("M14", None, 0, AS_OF), Flow("U12", None, None)]
    chosen = {flow.link_id: flow for flow in with_samples(seen, sample)}
    assert chosen["M12"] is seen[0]
    assert chosen["M14"] is sample[1], "no batch was seen yet, so the sample stays"
    assert chosen["M02"] is sample[2]
    assert chosen["U12"] is seen[2]
    assert with_samples(reversed(seen), reversed(sample)) == with_samples(seen, sample)


def test_deliveries_are_summed_by_giver_taker_and_link(db: Database, clock: Clock) -> None:
    maker = organisation(db, "maker", uscc="919999990000900180", link_codes="M12")
    organisation(db, "shop", link_codes="D07")
    sauce = maker.receive("酱油", "1000").batch_id
    product = maker.product(link_code="M12")
    for quantity in ("40", "2"):
        lot = maker.register(product, [line(sauce, "10")], quantity="100").batch_id
        maker.do(lambda c, lot=lot: ruled_release(c, lot, "出厂检验与凭证齐全"))
        maker.do(lambda c, lot=lot, q=quantity: lifecycle.ship(c, lot, q, "件", "", "shop"))
        maker.do(lambda c, lot=lot: lifecycle.ship(c, lot, "5", "件", "路边小店"))
    with db.read() as conn:
        (found,) = observed_supplies(conn, AS_OF, known_codes={"shop": "SHOP"})
        assert observed_supplies(conn, AS_OF - DAY) == []
        assert observed_supplies(conn, AS_OF + 366 * DAY) == []
        assert observed_supplies(conn, AS_OF, include_demo=False) == []
    assert (found.giver, found.taker, found.link_id) == ("919999990000900180", "SHOP", "M12")
    assert (found.volume, found.unit, found.deliveries, found.last) == (Decimal(42), "H87", 2, AS_OF)
