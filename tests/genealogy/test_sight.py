"""A trace is cut to who asks: hidden lots count, say where they stand, and nothing else."""

from __future__ import annotations

import pytest

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.batches import lifecycle
from trace.batches.models import InputLine, NewReceipt
from trace.batches.receiving import receive
from trace.genealogy.commands import trace
from trace.genealogy.models import Sight, Trace
from trace.quantity import MICRO


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def sight_of_owner(org_id: int) -> Sight:
    """An organisation that sees its own lots and nothing else."""

    def own(owner: int) -> bool:
        return owner == org_id

    return Sight(org_id, False, lambda owner, _exchanged: own(owner), own, own)


def seen_by(org: Org, root: int, way: str = "both") -> Trace:
    with org.db.read() as conn:
        return trace(conn, root, way, sight_of_owner(org.id))


def test_strangers_see_that_there_is_something(org: Org, db: Database) -> None:
    raw = org.receive().batch_id
    dish = org.register(org.product(link_code="M12"), [line(raw, "62.5")]).batch_id
    org.do(lambda c: lifecycle.release(c, dish, "已核对纸质记录"))
    other = organisation(db, "demo-other")
    uri = next(n for n in seen_by(org, dish).nodes if n.id == dish).uri
    code = f"{db.settings.public_url}{uri}"
    other.do(lambda c: receive(c, NewReceipt("enterprise", "10", "件", code=code)))
    box = other.register(other.product("拼盘"), [line(dish, "1", "件")]).batch_id
    found = seen_by(other, box)
    assert len(found.nodes) == 3
    nodes = {n.id: n for n in found.nodes}
    assert not nodes[box].hidden
    for lot in (dish, raw):
        hidden = nodes[lot]
        assert hidden.hidden
        assert (hidden.uri, hidden.name, hidden.lot, hidden.maker, hidden.verdict) == (None, "", "", "", "")
        assert (hidden.produced_on, hidden.best_before, hidden.origins) == (None, None, ())
    assert (nodes[dish].stage, nodes[dish].state) == ("M12", "released")
    assert all(e.hidden and e.quantity is None and e.share is None and e.unit == "" for e in found.edges)
    assert found.breaks == [], "what may not be seen is not a break"
    assert not any(n.hidden for n in seen_by(org, dish, "up").nodes)


def test_the_owner_sees_amounts_and_shares(org: Org) -> None:
    duck, salt = org.receive().batch_id, org.receive("盐").batch_id
    dish = org.register(org.product(), [line(duck, "60"), line(salt, "20000", "g", "by_recipe")]).batch_id
    edges = {e.input: e for e in seen_by(org, dish).edges}
    assert (edges[duck].quantity, edges[duck].unit, edges[duck].basis) == (60 * MICRO, "KGM", "weighed")
    assert (edges[salt].quantity, edges[salt].unit, edges[salt].basis) == (20_000 * MICRO, "GRM", "by_recipe")
    assert edges[duck].share == pytest.approx(0.75)
    assert edges[salt].share == pytest.approx(0.25)


def test_there_is_no_share_where_an_input_has_no_mass(org: Org) -> None:
    duck, eggs = org.receive().batch_id, org.receive("蛋", unit="枚").batch_id
    dish = org.register(org.product(), [line(duck, "60"), line(eggs, "20", "枚")]).batch_id
    assert [e.share for e in seen_by(org, dish).edges] == [None, None]


def test_breaks(org: Org) -> None:
    dish = org.register(org.product(), [InputLine("1", "kg", material="盐", lot="S1")]).batch_id
    bare = org.register(org.product("拼盘")).batch_id
    (gap,) = seen_by(org, dish, "up").breaks
    assert gap.code == "unregistered"
    unknown = next(n for n in seen_by(org, dish, "up").nodes if n.id == gap.lot)
    assert (unknown.registered, unknown.state, unknown.lot) == (False, "unregistered", "S1")
    assert [b.code for b in seen_by(org, bare, "up").breaks] == ["no_inputs"]
    assert seen_by(org, bare, "down").breaks == []
    raw = org.receive().batch_id
    assert seen_by(org, raw).breaks == []


def test_an_unregistered_input_is_hidden_from_strangers(org: Org, db: Database) -> None:
    dish = org.register(org.product(), [InputLine("1", "kg", material="秘方料", lot="S1")]).batch_id
    found = seen_by(organisation(db, "demo-other"), dish)
    assert [(n.hidden, n.uri, n.lot) for n in found.nodes] == [(True, None, ""), (True, None, "")]
