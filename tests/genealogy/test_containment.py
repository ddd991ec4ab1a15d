"""Cases and pallets say where a lot is and with whom; what is wrong with one lot never passes to what stood beside it."""

from __future__ import annotations

from typing import Any

import pytest

from service.accounts.permissions import Actor
from service.database import Database
from service.tracing.sight import sight_of
from tests.fixtures.record import NOON, Org, line, organisation
from trace.batches import lifecycle
from trace.genealogy.commands import group, trace
from trace.genealogy.models import Node, Trace
from trace.journal.commands import record_event
from trace.suspicion.commands import of_lot

CASE, PALLET = "https://id.gs1.org/00/395200000000000019", "https://id.gs1.org/00/395200000000000026"
HOUR = 3_600_000_000
OFFICER = sight_of(Actor(5, "officer", 9, "regulator", roles=frozenset({"officer"})))


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def moment(hours: int) -> str:
    return f"2026-11-24T{4 + hours:02d}:00:00.000Z"


def pack(
    org: Org, parent: str, children: list[str], hours: int, action: str = "ADD", lots: list[str] | None = None
) -> None:
    event: dict[str, Any] = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "AggregationEvent", "eventID": f"urn:uuid:00000000-0000-4000-8000-{hash((parent, hours, action)) % 10**12:012d}",
        "eventTime": moment(hours), "eventTimeZoneOffset": "+08:00", "action": action, "bizStep": "packing",
        "parentID": parent, "childEPCs": children,
        "childQuantityList": [{"epcClass": uri, "quantity": 10, "uom": "H87"} for uri in lots or []],
    }  # fmt: skip
    org.do(lambda c: record_event(c, event))


def seen(org: Org, thing: str, step: str, hours: int, place: str = "", to: str = "") -> None:
    event: dict[str, Any] = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "ObjectEvent", "eventID": f"urn:uuid:10000000-0000-4000-8000-{abs(hash((org.code, thing, step, hours))) % 10**12:012d}",
        "eventTime": moment(hours), "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "bizStep": step, "epcList": [thing],
    }  # fmt: skip
    if to:
        event["destinationList"] = [{"type": "owning_party", "destination": f"urn:liangpin:party:{to}"}]
    if place:
        event["bizLocation"] = {"id": place}
    org.do(lambda c: record_event(c, event))


def traced(org: Org, lot: int, way: str = "both") -> Trace:
    with org.db.read() as conn:
        return trace(conn, lot, way, OFFICER)


def node(found: Trace, lot: int) -> Node:
    return next(n for n in found.nodes if n.id == lot)


def test_a_pallet_tells_place_and_holder_while_the_lot_is_on_it(org: Org, db: Database) -> None:
    dealer = organisation(db, "demo-dealer", name="惠民超市")
    made = org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    pack(org, CASE, [], 1, lots=[made.uri])
    pack(org, PALLET, [CASE], 2)
    seen(org, PALLET, "shipping", 0, "https://id.gs1.org/414/9520000000028")  # before the lot was on it
    pack(dealer, CASE, [], 3, "DELETE", lots=[made.uri])  # of a pallet that nobody sent it: changes nothing
    seen(org, PALLET, "shipping", 3, "https://id.gs1.org/414/9520000000028", to=dealer.code)
    seen(dealer, PALLET, "receiving", 5, "https://id.gs1.org/414/9520000000035")
    pack(dealer, CASE, [], 6, "DELETE", lots=[made.uri])
    seen(dealer, CASE, "shipping", 7)  # after it had been taken out
    found = node(traced(org, made.batch_id), made.batch_id)
    assert [(p.uri, p.since, p.until) for p in found.packed] == [(CASE, NOON + HOUR, NOON + 6 * HOUR)]
    assert [(s.container, s.holder, s.step, s.at, s.place[-13:]) for s in found.sightings] == [
        (PALLET, "demo-maker食品有限公司（演示）", "shipping", NOON + 3 * HOUR, "9520000000028"),
        (PALLET, "惠民超市", "receiving", NOON + 5 * HOUR, "9520000000035"),
    ]


def test_a_fault_never_passes_to_case_mates(org: Org) -> None:
    """Two lots in one case, on one pallet: the one is stopped, the other knows nothing of it."""
    bad, good = (
        org.register(org.product(name), [line(org.receive(f"料{name}").batch_id, "62.5")]) for name in ("甲鸭", "乙鸭")
    )
    pack(org, CASE, [], 1, lots=[bad.uri, good.uri])
    pack(org, PALLET, [CASE], 2)
    org.do(lambda c: lifecycle.stop(c, bad.batch_id, "疑似变质待查", "停售甲鸭"))
    for way in ("up", "down", "both"):
        assert bad.batch_id not in {n.id for n in traced(org, good.batch_id, way).nodes}
        assert good.batch_id not in {n.id for n in traced(org, bad.batch_id, way).nodes}
    with org.db.read() as conn:
        assert not of_lot(conn, good.batch_id).open
        assert group(conn, bad.batch_id, "down", "holder", OFFICER).lots == 1
    assert node(traced(org, good.batch_id), good.batch_id).halt == ""


def test_others_do_not_read_where_a_container_went(org: Org, db: Database) -> None:
    made = org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    dealer = organisation(db, "demo-dealer")
    pack(org, CASE, [], 1, lots=[made.uri])
    seen(org, CASE, "shipping", 2)
    seen(dealer, CASE, "receiving", 3)
    own = sight_of(Actor(7, "clerk", org.id, "enterprise", roles=frozenset({"clerk"})))
    with org.db.read() as conn:
        found = node(trace(conn, made.batch_id, "both", own), made.batch_id)
    assert [s.step for s in found.sightings] == ["shipping"], "the dealer's own report is the dealer's"
