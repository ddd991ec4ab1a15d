"""A trace is cut to who asks: hidden lots count, say where they stand, and nothing else."""

from __future__ import annotations

from fractions import Fraction

import pytest

from service.accounts.permissions import Actor
from service.database import Database
from service.tracing.sight import sight_of
from tests.fixtures.record import Org, line, organisation
from trace.batches import lifecycle
from trace.batches.models import InputLine, NewReceipt
from trace.batches.receiving import receive
from trace.genealogy.commands import trace
from trace.genealogy.models import Sight, Trace
from trace.genealogy.shares import TOO_LARGE, UNKNOWN_AMOUNT
from trace.journal import store as journal
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


@pytest.mark.parametrize("way", ["up", "down", "both"])
def test_a_share_is_of_all_that_went_in_whichever_way_one_looks(org: Org, way: str) -> None:
    """From the duck downwards the salt is no ancestor and no descendant; it went in all the same."""
    duck, salt = org.receive().batch_id, org.receive("盐").batch_id
    dish = org.register(org.product(), [line(duck, "60"), line(salt, "20")]).batch_id
    with org.db.read() as conn:
        found = trace(conn, dish if way == "up" else duck, way, sight_of_owner(org.id), with_shares=True)
    edge = next(e for e in found.edges if e.input == duck)
    assert edge.share == pytest.approx(0.75)
    share = next(n for n in found.nodes if n.id == dish).share
    assert share is not None
    assert share.part == (1 if way == "up" else Fraction(3, 4))


def test_shares_count_pieces_by_their_net_content_and_say_when_they_cannot(org: Org) -> None:
    half = org.register(org.product("半成品", net_content="2"), [line(org.receive().batch_id, "40")]).batch_id
    rice = org.receive("米").batch_id
    box = org.register(org.product("套餐"), [line(half, "3", "件"), line(rice, "2")]).batch_id
    eggs = org.receive("蛋", unit="枚").batch_id
    other = org.register(org.product("蛋炒饭"), [line(half, "1", "件"), line(eggs, "20", "枚")]).batch_id
    with org.db.read() as conn:
        nodes = {n.id: n for n in trace(conn, half, "down", sight_of_owner(org.id), with_shares=True).nodes}
        cut = trace(conn, half, "down", sight_of_owner(org.id), 2, with_shares=True)
    assert (share := nodes[box].share) is not None
    assert share.part == Fraction(3, 4), "3 × 2 kg of 8 kg"
    assert (none := nodes[other].share) is not None
    assert (none.part, none.why) == (None, UNKNOWN_AMOUNT)
    assert cut.truncated
    assert {n.share.why for n in cut.nodes if n.share is not None} == {TOO_LARGE}


def test_an_amount_is_its_makers_also_where_both_ends_are_seen(org: Org, db: Database) -> None:
    """A supplier buys the dish made of its own duck: it sees both lots, but not how much duck went in."""
    farm = organisation(db, "demo-farm")
    duck = farm.receive("鸭胚", "500").batch_id
    with db.read() as conn:
        code = f"{db.settings.public_url}{journal.uri_of(conn, duck)}"
    org.do(
        lambda c: receive(
            c, NewReceipt("enterprise", "100", "kg", code=code, supplier_code="demo-farm", received_on="2026-11-20")
        )
    )
    dish = org.register(org.product(), [line(duck, "62.5")])
    org.do(lambda c: lifecycle.release(c, dish.batch_id, "已核对纸质记录"))
    farm.do(lambda c: receive(c, NewReceipt("enterprise", "4", "件", code=dish.uri, supplier_code="demo-maker")))
    buyer = sight_of(Actor(3, "farmer", farm.id, "base", roles=frozenset({"clerk"})))
    with db.read() as conn:
        found = trace(conn, dish.batch_id, "up", buyer)
    assert not any(n.hidden for n in found.nodes)
    (edge,) = found.edges
    assert (edge.hidden, edge.quantity, edge.share) == (False, None, None)


def test_one_sided_hand_overs_are_breaks_for_the_parties_only(org: Org, db: Database) -> None:
    dealer = organisation(db, "demo-dealer")
    dish = org.register(org.product(), [line(org.receive().batch_id, "62.5")]).batch_id
    org.do(lambda c: lifecycle.release(c, dish, "已核对纸质记录"))
    org.do(lambda c: lifecycle.ship(c, dish, "40", "件", "", "demo-dealer"))
    org.do(lambda c: lifecycle.ship(c, dish, "10", "件", "路边小店"))

    def breaks(sight: Sight) -> list[str]:
        with db.read() as conn:
            return [b.code for b in trace(conn, dish, "down", sight).breaks]

    assert breaks(sight_of_owner(org.id)) == ["one_sided"], "a shop without an account cannot report"
    assert breaks(sight_of(Actor(3, "dealer", dealer.id, "enterprise", roles=frozenset({"clerk"})))) == ["one_sided"]
    assert breaks(sight_of_owner(organisation(db, "demo-third").id)) == []


def test_where_the_chain_begins_and_ends(org: Org) -> None:
    raw = org.receive(quantity="100").batch_id
    sold = org.register(org.product(), [line(raw, "40")]).batch_id
    kept = org.register(org.product("拼盘"), [line(raw, "20")]).batch_id
    org.do(lambda c: lifecycle.release(c, sold, "已核对纸质记录"))
    org.do(lambda c: lifecycle.ship(c, sold, "100", "件", "惠民超市"))
    ends = {n.id: n.end for n in seen_by(org, raw).nodes}
    assert ends == {raw: "start", sold: "out", kept: "stock"}
