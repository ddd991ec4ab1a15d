"""A doubt is written to everything below, in pieces, whatever happens in between; networkx says what is below."""

from __future__ import annotations

import random
from collections.abc import Callable

import networkx as nx
from sqlalchemy import select, text
from starlette.testclient import TestClient

from service.database import Database
from service.verdicts.spreading import piece, settle
from tests.fixtures.enterprise import stock_maker
from tests.fixtures.people import Someone
from tests.fixtures.record import Org, line, organisation
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.genealogy import store as genealogy
from trace.journal.rebuild import rebuild
from trace.suspicion import store

WHY = "封口渗漏，正在查明"


def risks(org: Org) -> set[tuple[int, int]]:
    with org.db.read() as conn:
        return {(row.lot_id, row.cause_id) for row in conn.execute(select(store.risk))}


def below(org: Org, lot: int) -> set[int]:
    with org.db.read() as conn:
        edges = [(row.input_id, row.output_id) for row in conn.execute(select(genealogy.edge))]
    graph: nx.DiGraph[int] = nx.DiGraph(edges)
    graph.add_node(lot)
    return set(nx.descendants(graph, lot))


def progress(org: Org, lot: int) -> tuple[str, int, int] | None:
    with org.db.read() as conn:
        row = store.progress(conn, lot)
    return None if row is None else (row.state, row.done, row.total)


def web_of_lots(org: Org, seed: int) -> list[int]:
    """Raw lots, semi-finished, blends and diamonds."""
    dice = random.Random(seed)
    lots = [org.receive(name).batch_id for name in ("鸭", "盐", "糖")]
    sauce = org.product("卤汁", base_unit="kg", net_content="", net_unit="")
    for _ in range(9):
        used = [*dice.sample(lots, dice.randrange(0, 3)), lots[0]] if len(lots) == 3 else dice.sample(lots, 3)
        lots.append(
            org.register(sauce, [line(lot, "1") for lot in dict.fromkeys(used)], quantity="20", unit="kg").batch_id
        )
    return lots


def test_a_stop_is_spread_in_pieces_that_can_stop_at_any_moment(db: Database) -> None:
    org = organisation(db)
    lots = web_of_lots(org, 3)
    root = lots[0]
    org.do(lambda c: lifecycle.stop(c, root, WHY))
    assert progress(org, root) == ("due", 0, 0)
    expected = below(org, root)
    assert len(expected) > 3
    assert piece(db, 2), "counts"
    assert progress(org, root) == ("running", 0, len(expected))
    assert piece(db, 2)
    assert progress(org, root) == ("running", 2, len(expected))
    assert len(risks(org)) == 2
    settle(db, 2)
    assert risks(org) == {(lot, root) for lot in expected}
    assert progress(org, root) == ("settled", len(expected), len(expected))
    assert not piece(db), "nothing is left to do"
    org.do(lambda c: lifecycle.lift_stop(c, root, "复检无异常"))
    settle(db, 2)
    assert risks(org) == set()
    assert progress(org, root) is None


def test_what_is_made_meanwhile_is_marked_at_once(db: Database) -> None:
    org = organisation(db)
    duck = org.receive().batch_id
    sauce = org.product("卤汁", base_unit="kg", net_content="", net_unit="")
    braise = org.register(sauce, [line(duck, "5")], quantity="20", unit="kg").batch_id
    org.do(lambda c: lifecycle.stop(c, duck, WHY))
    settle(db)
    dish = org.register(org.product(), [line(braise, "1")]).batch_id
    assert risks(org) == {(braise, duck), (dish, duck)}, "without the job"
    with db.read() as conn:
        found = {row.id: row.risks for row in batches.list_batches(conn, tenant_id=None, before=None, limit=10)}
        doubtful = batches.list_batches(conn, tenant_id=None, before=None, limit=10, attention=True)
    assert found == {duck: 0, braise: 1, dish: 1}
    assert {row.id for row in doubtful} == {duck, braise, dish}


def test_what_is_no_longer_below_is_no_longer_marked(db: Database) -> None:
    """An edge that is taken back takes its marks along; one put in above a finished lot brings them."""
    org = organisation(db)
    duck, salt = org.receive().batch_id, org.receive("盐").batch_id
    sauce = org.product("卤汁", base_unit="kg", net_content="", net_unit="")
    braise = org.register(sauce, [line(salt, "5")], quantity="20", unit="kg").batch_id
    dish = org.register(org.product(), [line(braise, "1")]).batch_id
    org.do(lambda c: lifecycle.stop(c, duck, WHY))
    settle(db)
    assert risks(org) == set()
    edge = {"output_id": braise, "input_id": duck, "event_id": 7, "unit": "kg", "tenant_id": org.id}
    org.do(lambda c: genealogy.insert_edges(c.conn, [edge]))
    settle(db)
    assert risks(org) == {(braise, duck), (dish, duck)}
    org.do(lambda c: genealogy.void_edges(c.conn, [7]))
    settle(db)
    assert risks(org) == set()


def test_doubts_of_each_kind_and_a_rebuild_give_the_same(db: Database) -> None:
    org = organisation(db)
    lots = web_of_lots(org, 11)
    org.do(lambda c: lifecycle.stop(c, lots[1], WHY))
    org.do(lambda c: lifecycle.hold(c, lots[4], WHY))
    settle(db, 3)
    expected = {(lot, cause) for cause in (lots[1], lots[4]) for lot in below(org, cause)}
    assert risks(org) == expected
    org.do(lambda c: rebuild(c.conn, db.settings.public_url))
    settle(db, 3)
    assert risks(org) == expected
    with db.read() as conn:
        waiting = conn.execute(text("SELECT count(*) FROM spread WHERE state <> 'settled'")).scalar_one()
    assert waiting == 0


def test_pages_say_how_far_it_is(
    client: TestClient, log_in: Callable[..., str], people: dict[str, Someone], db: Database
) -> None:
    maker = stock_maker(db, people["safety"].actor)
    token = log_in("safety")
    raw = next(iter(maker.lots.values()))
    assert "向下游标记" not in client.get(f"/batches/{raw}").text
    form = {"csrf_token": token, "reason": WHY, "public_text": ""}
    assert client.post(f"/batches/{raw}/stop", data=form).status_code == 303
    settle(db)
    assert "已向下游标记 1 批" in client.get(f"/batches/{raw}").text
    told = client.get(f"/api/v1/batches/{raw}").json()
    assert told["spread"] == {"state": "settled", "marked": 1, "of": 1}
    assert client.get(f"/api/v1/batches/{maker.batch}").json()["spread"] is None
    listed = {one["id"]: one["at_risk"] for one in client.get("/api/v1/batches").json()["items"]}
    assert listed[str(maker.batch)] is True
    assert "上游存疑" in client.get("/batches?scope=own").text
