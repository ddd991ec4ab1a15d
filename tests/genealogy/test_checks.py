"""The record checks on both databases: each finds its fault once, names the lots, and leaves a clean record alone."""

from __future__ import annotations

from typing import Any

import pytest

from service.database import Database
from tests.fixtures.record import NOON, Org, line, organisation
from trace.batches import lifecycle
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.genealogy import checking
from trace.genealogy.checking import DAY_MICROS, check_record
from trace.genealogy.findings import RecordFinding
from trace.journal import documents
from trace.journal.commands import record_event
from trace.journal.documents import Amount
from trace.parties import store as parties
from trace.quantity import MICRO

GTIN = "09520000000011"
LATER = 10 * DAY_MICROS


@pytest.fixture
def org(db: Database) -> Org:
    made = organisation(db)
    made.credential()
    return made


def found(org: Org, now: int = 0, *, of: int | None = None, days: int = 0) -> dict[str, list[RecordFinding]]:
    with org.db.read() as conn:
        report = check_record(conn, now or org.db.now(), of, days=days)
        if of is None:  # a kept report is cut by whom each finding concerns: that is what each is told when asking
            for one in parties.organisations(conn):
                own = check_record(conn, report.at, one.id, days=days)
                assert list(own.findings) == [f for f in report.findings if one.id in f.orgs]
        assert len({(f.code, f.key) for f in report.findings}) == len(report.findings)
    told: dict[str, list[RecordFinding]] = {}
    for one in report.findings:
        told.setdefault(one.code, []).append(one)
    assert report.cut == []
    assert report.counts() == {code: len(told.get(code, [])) for code in report.counts()}
    return told


def test_a_clean_record_has_no_findings(org: Org) -> None:
    raw = org.receive().batch_id
    dish = org.register(org.product(), [line(raw, "62.5")]).batch_id
    org.do(lambda c: lifecycle.release(c, dish, "已核对纸质记录"))
    org.do(lambda c: lifecycle.ship(c, dish, "40", "件", "惠民超市"))
    assert found(org, org.db.now() + LATER) == {}, "a customer without an account cannot confirm, and need not"


def test_over_use_names_lot_holder_and_amount(org: Org) -> None:
    raw = org.receive(quantity="10").batch_id
    org.register(org.product(), [line(raw, "62.5")])
    (one,) = found(org)["over_used"]
    assert (one.lots, one.fix) == ((raw,), f"/batches/{raw}")
    assert "52.5 kg" in one.detail
    assert "鸭胚" in one.detail


def test_a_lot_that_was_never_received_is_led_to_the_receipt(org: Org) -> None:
    from trace.batches.models import InputLine

    org.register(org.product(), [InputLine("1", "kg", material="盐", lot="S1")])
    (one,) = found(org)["over_used"]
    assert one.fix == "/receive"
    assert "S1" in one.detail


def test_time_order_against_making_and_receiving(org: Org) -> None:
    late = org.receive(produced_on="2026-11-24", received_on="2026-11-24").batch_id
    dish = org.register(org.product(), [line(late, "62.5")], produced_on="2026-11-22")
    assert "input_newer" in {w["code"] for w in dish.warnings}, "told at entry, and not refused"
    told = found(org)
    (made,), (received,) = told["time_order"], told["before_receipt"]
    assert made.lots == received.lots == (dish.batch_id, late)
    assert "2026-11-22" in made.detail
    assert "2026-11-24" in received.detail


def test_licence_on_the_day(org: Org, db: Database) -> None:
    rival = organisation(db, "demo-rival")
    rival.credential(until="2026-11-01")
    dish = rival.register(rival.product(), [line(rival.receive().batch_id, "62.5")])
    assert "no_licence" in {w["code"] for w in dish.warnings}
    own = org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    assert "no_licence" not in {w["code"] for w in own.warnings}
    (one,) = found(org)["licence"]
    assert one.lots == (dish.batch_id,)
    assert found(org, of=org.id) == {}, "an enterprise is told of its own"
    assert [f.lots for f in found(org, of=rival.id)["licence"]] == [(dish.batch_id,)]


def test_hand_overs_that_one_side_reported(org: Org, db: Database) -> None:
    dealer = organisation(db, "demo-dealer")
    dish = org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    org.do(lambda c: lifecycle.release(c, dish.batch_id, "已核对纸质记录"))
    org.do(lambda c: lifecycle.ship(c, dish.batch_id, "40", "件", "", "demo-dealer"))
    assert "one_sided" not in found(org), "under way"
    (one,) = found(org, org.db.now() + LATER)["one_sided"]
    assert "收方超过 3 天没有登记收货" in one.detail
    assert "one_sided" in found(org, org.db.now() + LATER, of=dealer.id)
    code = dish.uri
    dealer.do(lambda c: receive(c, NewReceipt("enterprise", "40", "件", code=code, supplier_code="demo-maker")))
    assert found(org, org.db.now() + LATER) == {}


def test_more_sold_and_more_about_than_was_made(org: Org, db: Database) -> None:
    dealer = organisation(db, "demo-dealer")
    dish = org.register(org.product(), [line(org.receive().batch_id, "62.5")])

    def move(who: Org, quantity: int) -> Any:
        event = documents.shipped(
            NOON,
            Amount(dish.uri, quantity * MICRO, "H87"),
            f"urn:liangpin:party:{who.code}",
            "urn:liangpin:party:demo-dealer",
            {},
        )
        return who.do(lambda c: record_event(c, event))

    move(org, 90)
    assert found(org) == {}
    move(org, 30)
    told = found(org)
    (sold,), (about,) = told["oversold"], told["unbalanced"]
    assert sold.lots == about.lots == (dish.batch_id,)
    assert "产出 100 件，却交出了 120 件" in sold.detail
    assert "多出 20 件" in about.detail
    assert dealer.id not in (org.id,)


def test_an_input_of_two_products_of_one_event_is_used_once(org: Org) -> None:
    """A duck gives meat and bones: its 60 kg went in once."""
    raw = org.receive(quantity="60")
    meat, bones = org.product("鸭肉", usual_yield=""), org.product("鸭架", usual_yield="")
    with org.db.read() as conn:
        from trace.items import store as items

        keys = {i.id: i.key for i in items.items_by_id(conn, [meat, bones]).values()}
    base = org.db.settings.public_url
    made = Amount(f"{base}/{keys[meat]}/10/M1", 80 * MICRO, "H87")
    event = documents.transformed(NOON, [Amount(raw.uri, 60 * MICRO, "KGM")], made, {}, {})
    event["outputQuantityList"].append({"epcClass": f"{base}/{keys[bones]}/10/B1", "quantity": 20, "uom": "H87"})
    org.do(lambda c: record_event(c, event))
    assert "unbalanced" not in found(org)


def test_yield_out_of_the_usual(org: Org) -> None:
    dish = org.register(org.product(), [line(org.receive().batch_id, "40")]).batch_id
    (one,) = found(org)["yield_off"]
    assert one.lots == (dish,)
    assert "出品率 1.25，常规 0.80" in one.detail


SERIAL = f"https://id.gs1.org/01/{GTIN}/21/BOX-0001"


def instance(step: str, number: int, action: str = "OBSERVE", serial: str = SERIAL) -> dict[str, Any]:
    return {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent", "eventID": f"urn:uuid:20000000-0000-4000-8000-{number:012d}",
        "eventTime": f"2026-11-24T0{number}:00:00.000Z", "eventTimeZoneOffset": "+08:00", "action": action,
        "bizStep": step, "epcList": [serial],
    }  # fmt: skip


def test_a_serial_is_in_one_place(org: Org, db: Database) -> None:
    dealer = organisation(db, "demo-dealer")
    org.do(lambda c: record_event(c, instance("commissioning", 1, "ADD")))
    assert found(org) == {}
    wrong = instance("receiving", 3)
    dealer.do(lambda c: record_event(c, wrong))
    (one,) = found(org)["two_holders"]
    assert "BOX-0001" in one.detail
    assert "two_holders" in found(org, of=dealer.id)
    assert found(org, of=organisation(db, "demo-third").id) == {}
    org.do(lambda c: record_event(c, instance("shipping", 2)))
    assert found(org) == {}, "reported late, the hand-over is whole"
    dealer.do(lambda c: record_event(c, instance("shipping", 4)))
    org.do(lambda c: record_event(c, instance("receiving", 5)))
    assert found(org) == {}


def test_of_too_many_moves_the_newest_things_are_checked_and_each_whole(
    org: Org, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older thing was handed over properly: read by half it would be at two places."""
    dealer = organisation(db, "demo-dealer")
    newer = SERIAL.replace("0001", "0002")
    for who, event in (
        (org, instance("commissioning", 1, "ADD")),
        (dealer, instance("receiving", 2)),
        (org, instance("commissioning", 4, "ADD", newer)),
        (dealer, instance("receiving", 5, serial=newer)),
        (org, instance("shipping", 6)),
    ):
        who.do(lambda c, event=event: record_event(c, event))
    told: dict[int, tuple[list[str], list[str]]] = {}
    for most in range(1, 6):
        monkeypatch.setattr(checking, "MOVES", most)
        with db.read() as conn:
            report = check_record(conn, db.now(), None)
        told[most] = ([f.detail[:8] for f in report.findings], list(report.cut))
    both = (["BOX-0002"], ["two_holders"])
    assert told == {1: ([], ["two_holders"]), 2: both, 3: both, 4: both, 5: (["BOX-0002"], [])}


def test_of_too_many_rows_the_newest_are_told(org: Org) -> None:
    for _ in range(3):
        last = org.receive(quantity="10").batch_id
        org.register(org.product(), [line(last, "62.5")])
    with org.db.read() as conn:
        whole, cut = (check_record(conn, org.db.now(), None, limit) for limit in (3, 2))
    assert list(whole.cut) == []
    codes = {f.code for f in whole.findings}
    assert codes <= set(cut.cut)
    for code in codes:
        of = [[f for f in report.findings if f.code == code] for report in (whole, cut)]
        assert of[1] == of[0][:2], code
        assert min(of[1][-1].lots) > min(of[0][-1].lots), "what is left out is the oldest"


def test_only_the_last_days_when_asked(org: Org) -> None:
    org.register(org.product(), [line(org.receive(quantity="10").batch_id, "62.5")])
    assert "over_used" in found(org, days=1)
    assert found(org, org.db.now() + LATER, days=1) == {}
