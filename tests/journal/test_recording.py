"""Appending to the journal: verbatim, once, with a digest that can be checked from the stored row."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.batches.receiving import event_time
from trace.context import local_datetime
from trace.errors import Conflict
from trace.genealogy import store as genealogy
from trace.journal import documents, store
from trace.journal.canonical import ALGORITHM, digest, dumps
from trace.journal.commands import record_act, record_event
from trace.journal.documents import Amount
from trace.quantity import MICRO

FOREIGN = "https://id.gs1.org/01/09520000000028/10/"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def test_digests_can_be_checked_from_the_stored_rows(org: Org) -> None:
    product = org.product()
    raw = org.receive(quantity="12.345678")
    org.register(product, [line(raw.batch_id, "0.1")], quantity="1.5", unit="件")
    with org.db.read() as conn:
        events, acts = conn.execute(select(store.event)).all(), conn.execute(select(store.act)).all()
    assert len(events) == 2
    assert len(acts) >= 4
    for row in events:
        assert row.digest == digest(json.loads(row.document))
        assert row.digest_algorithm == ALGORITHM
    for row in acts:
        signed = {
            k: str(v) for k, v in row._mapping.items() if k not in ("body", "digest", "digest_algorithm")
        } | {"body": json.loads(row.body)}  # fmt: skip
        assert row.digest == digest(signed)


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    one = {"b": [1, 2.5, "鸭"], "a": {"y": None, "x": True}}
    other = {"a": {"x": True, "y": None}, "b": [1, 2.50, "鸭"]}
    assert digest(one) == digest(other)
    assert digest(one) == digest(json.loads(dumps(one)))
    assert digest(one) != digest(one | {"a": {"y": None, "x": False}})


def test_the_same_event_twice_is_a_conflict_but_not_for_another_organisation(org: Org, db: Database) -> None:
    other = organisation(db, "demo-other")
    event = documents.commissioned(org.db.now(), Amount(FOREIGN + "L1", MICRO, "KGM"), {}, {})
    org.do(lambda c: record_event(c, event))
    with pytest.raises(Conflict) as again:
        org.do(lambda c: record_event(c, event))
    assert again.value.code == "duplicate_event"
    other.do(lambda c: record_event(c, event))
    with db.read() as conn:
        assert len(conn.execute(select(store.event.c.id)).all()) == 2


def test_a_declaration_is_kept_beside_the_original_and_counts_once(org: Org) -> None:
    uri = FOREIGN + "L2"
    event = documents.commissioned(org.db.now(), Amount(uri, 5 * MICRO, "KGM"), {}, {})
    org.do(lambda c: record_event(c, event))
    for moment in (1, 2_000_000):
        wrong = documents.declared_wrong(event, org.db.now() + moment, "录错")
        org.do(lambda c, w=wrong: record_event(c, w))  # type: ignore[misc]
    with pytest.raises(Conflict):
        org.do(lambda c: record_event(c, wrong))
    with org.db.read() as conn:
        rows = conn.execute(select(store.event).order_by(store.event.c.id)).all()
        lot = store.identifiers(conn, [uri])[uri]
        assert genealogy.stock_of(conn, [lot], org.id) == {lot: [(0, "KGM")]}
    assert [bool(r.declaration_time) for r in rows] == [False, True, True]
    assert json.loads(rows[0].document) == event


def test_a_declaration_takes_back_what_the_original_said(org: Org) -> None:
    """Whatever amount the declaration repeats, and to the last millionth."""
    uri = FOREIGN + "L3"
    event = documents.commissioned(org.db.now(), Amount(uri, 500, "GRM"), {}, {})
    org.do(lambda c: record_event(c, event))
    wrong = documents.declared_wrong(event, org.db.now(), "录错")
    wrong["quantityList"][0]["quantity"] = 7000
    org.do(lambda c: record_event(c, wrong))
    with org.db.read() as conn:
        lot = store.identifiers(conn, [uri])[uri]
        assert genealogy.stock_of(conn, [lot], org.id) == {lot: [(0, "KGM")]}


def test_a_declaration_of_what_was_never_recorded_changes_nothing(org: Org) -> None:
    uri = FOREIGN + "L4"
    event = documents.commissioned(org.db.now(), Amount(uri, MICRO, "KGM"), {}, {})
    org.do(lambda c: record_event(c, documents.declared_wrong(event, c.now, "录错")))
    with org.db.read() as conn:
        assert genealogy.holders_of(conn, store.identifiers(conn, [uri])[uri]) == []


def test_event_times(org: Org) -> None:
    """Today means now; an earlier day its noon in Asia/Shanghai; nothing lies in the future."""

    def times(ctx):  # type: ignore[no-untyped-def]
        yesterday = local_datetime(ctx.now - 86_400_000_000).date()
        return ctx.now, event_time(ctx, ctx.today), event_time(ctx, yesterday)

    now, today, before = org.do(times)
    assert today == now
    assert local_datetime(before).isoformat() == "2026-11-23T12:00:00+08:00"
    event = documents.commissioned(before + 123_456, Amount(FOREIGN + "L5", MICRO, "KGM"), {}, {})
    assert event["eventTime"] == "2026-11-23T04:00:00.123Z"
    row_id = org.do(lambda c: record_event(c, event))
    with org.db.read() as conn:
        row = store.get_event(conn, row_id)
    assert row is not None
    assert row.event_time == before + 123_000
    assert row.record_time > row.event_time


def test_every_row_says_who_and_under_which_request(org: Org) -> None:
    act_id = org.do(lambda c: record_act(c, "note", "batch", 5, {"text": "鸭\u2028"}, "因为"), account_id=99)
    with org.db.read() as conn:
        row = conn.execute(select(store.act).where(store.act.c.id == act_id)).first()
    assert row is not None
    assert (row.tenant_id, row.actor_id, row.request_id, row.reason) == (org.id, 99, "test-request", "因为")
    assert json.loads(row.body) == {"text": "鸭\u2028"}
