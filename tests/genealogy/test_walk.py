"""The recursive walk against networkx, on random genealogies recorded as events."""

from __future__ import annotations

import json
import random
from typing import Any

import networkx as nx
import pytest
from sqlalchemy import Connection

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.batches import store as batches
from trace.genealogy import store
from trace.genealogy.commands import trace
from trace.genealogy.models import Sight
from trace.journal import documents
from trace.journal import store as journal
from trace.journal.commands import record_event
from trace.journal.documents import Amount
from trace.quantity import MICRO

ROOT = "https://id.gs1.org/01/09520000000011/10/"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def make(org: Org, pairs: dict[str, list[str]]) -> dict[str, int]:
    """Record one transformation per output; gives lot ids by name."""

    def record(ctx: Any) -> None:
        for output, inputs in pairs.items():
            amounts = [Amount(ROOT + i, MICRO, "KGM") for i in inputs]
            record_event(ctx, documents.transformed(ctx.now, amounts, Amount(ROOT + output, MICRO, "KGM"), {}, {}))

    org.do(record)
    names = {*pairs, *(i for inputs in pairs.values() for i in inputs)}
    with org.db.read() as conn:
        ids = journal.identifiers(conn, [ROOT + n for n in names])
    return {n: ids[ROOT + n] for n in names}


everybody = Sight(0, True, lambda _owner, _exchanged: True, lambda _owner: True, lambda _owner: True)


def oracle(pairs: dict[str, list[str]]) -> Any:
    graph: Any = nx.DiGraph()
    graph.add_edges_from((i, o) for o, inputs in pairs.items() for i in inputs)
    return graph


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cycles", [False, True])
def test_the_walk_reaches_what_networkx_reaches(org: Org, seed: int, cycles: bool) -> None:
    dice = random.Random(seed)
    names = [f"L{n}" for n in range(30)]
    pairs: dict[str, list[str]] = {}
    for n, output in enumerate(names):
        pool = [x for x in names if x != output] if cycles else names[:n]
        if pool and dice.random() < 0.8:
            pairs[output] = dice.sample(pool, min(len(pool), dice.randint(1, 3)))
    if cycles:
        pairs |= {"L0": ["L1"], "L1": ["L0", "L2"]}
    ids, graph = make(org, pairs), oracle(pairs)
    assert cycles == (not nx.is_directed_acyclic_graph(graph))
    with org.db.read() as conn:
        for name in graph:
            for way, expected in (("up", nx.ancestors(graph, name)), ("down", nx.descendants(graph, name))):
                lots, cut = store.walk(conn, ids[name], way, 1000)
                assert len(lots) == len(set(lots)), "each lot once"
                assert lots[0] == ids[name]
                assert set(lots) == {ids[e] for e in expected} | {ids[name]}
                assert not cut
            found = trace(conn, ids[name], "both", everybody)
            both = nx.ancestors(graph, name) | nx.descendants(graph, name) | {name}
            assert {n.id for n in found.nodes} == {ids[x] for x in both}
            assert {(e.input, e.output) for e in found.edges} == {
                (ids[i], ids[o]) for i, o in graph.edges if i in both and o in both
            }


def test_rework_loops_end(org: Org) -> None:
    """What was cooked yesterday goes into today's pot, and leftovers of that into tomorrow's."""
    ids = make(org, {"B": ["A", "C"], "C": ["B", "S"], "D": ["C"]})
    with org.db.read() as conn:
        assert set(store.walk(conn, ids["D"], "up", 100)[0]) == {ids[x] for x in "DCBAS"}
        assert set(store.walk(conn, ids["B"], "up", 100)[0]) == {ids[x] for x in "BACS"}
        found = trace(conn, ids["C"], "both", everybody)
    assert len(found.nodes) == 5
    depth = {n.id: n.depth for n in found.nodes}
    assert depth[ids["C"]] == 0


def test_co_ingredients_are_not_ancestors(org: Org) -> None:
    """Sauce went into two dishes: neither dish, nor the other's meat, is an origin of the one."""
    ids = make(org, {"DISH1": ["MEAT", "SAUCE"], "DISH2": ["FISH", "SAUCE"], "BOX": ["DISH2", "RICE"]})
    with org.db.read() as conn:
        assert set(store.walk(conn, ids["DISH1"], "up", 100)[0]) == {ids[x] for x in ("DISH1", "MEAT", "SAUCE")}
        assert set(store.walk(conn, ids["MEAT"], "down", 100)[0]) == {ids[x] for x in ("MEAT", "DISH1")}
        both = {n.id for n in trace(conn, ids["SAUCE"], "both", everybody).nodes}
    assert both == {ids[x] for x in ("SAUCE", "DISH1", "DISH2", "BOX")}


def test_one_event_with_two_outputs_joins_each_to_every_input(org: Org) -> None:
    """A duck gives meat and bones: both come from it, neither from the other."""

    def record(ctx: Any) -> None:
        event = documents.transformed(
            ctx.now, [Amount(ROOT + "DUCK", MICRO, "KGM")], Amount(ROOT + "M", MICRO, "KGM"), {}, {}
        )
        event["outputQuantityList"].append({"epcClass": ROOT + "BONES", "quantity": 1, "uom": "KGM"})
        record_event(ctx, event)

    org.do(record)
    with org.db.read() as conn:
        ids = journal.identifiers(conn, [ROOT + n for n in ("DUCK", "M", "BONES")])
        assert set(store.walk(conn, ids[ROOT + "M"], "up", 100)[0]) == {ids[ROOT + "M"], ids[ROOT + "DUCK"]}
        assert set(store.walk(conn, ids[ROOT + "DUCK"], "down", 100)[0]) == set(ids.values())


def nodes(conn: Connection, root: int, way: str, limit: int) -> tuple[int, bool]:
    found = trace(conn, root, way, everybody, limit)
    return len(found.nodes), found.truncated


def test_a_cut_trace_says_so(org: Org) -> None:
    """A chain A0 → A1 → … → A9: at every limit, either all is there or the answer is marked."""
    ids = make(org, {f"A{n + 1}": [f"A{n}"] for n in range(9)})
    with org.db.read() as conn:
        for limit in range(1, 13):
            for root, way, total in (("A9", "up", 10), ("A0", "down", 10), ("A5", "both", 10), ("A5", "up", 6)):
                count, cut = nodes(conn, ids[root], way, limit)
                assert count <= limit
                assert cut == (count < total), (root, way, limit)


def test_cut_off_is_not_broken(org: Org) -> None:
    product, raw = org.product(), org.receive().batch_id
    lots = [raw]
    lots.append(org.register(product, [line(raw, "1")]).batch_id)
    for n in range(3):
        item = org.product(f"再制{n}")
        lots.append(org.register(item, [line(lots[-1], "1", "件")]).batch_id)
    with org.db.read() as conn:
        assert trace(conn, lots[-1], "up", everybody).breaks == []
        for limit in range(1, 5):
            assert trace(conn, lots[-1], "up", everybody, limit).breaks == []


class TestWhoMaySay:
    """Only the owner's events give a lot its inputs; what others claim changes nothing."""

    @pytest.fixture
    def rival(self, db: Database) -> Org:
        return organisation(db, "demo-rival")

    def claim(self, org: Org, uri: str) -> dict[str, Any]:
        event = documents.transformed(
            org.db.now(), [Amount(ROOT + "POISON", MICRO, "KGM")], Amount(uri, MICRO, "H87"),
            {"cbvmda:lotNumber": "X", "cbvmda:bestBeforeDate": "2026-01-01"}, {},
        )  # fmt: skip
        org.do(lambda c: record_event(c, event))
        return event

    def ancestors(self, org: Org, uri: str) -> int:
        with org.db.read() as conn:
            lot = journal.identifiers(conn, [uri.removeprefix(org.db.settings.public_url)])
            (found,) = lot.values()
            return len(store.walk(conn, found, "up", 100)[0]) - 1

    def test_of_a_registered_item(self, org: Org, rival: Org) -> None:
        made = org.register(org.product())
        with org.db.read() as conn:
            before = batches.get_batch(conn, made.batch_id)
        event = self.claim(rival, made.uri)
        assert self.ancestors(org, made.uri) == 0
        with org.db.read() as conn:
            assert batches.get_batch(conn, made.batch_id) == before
            assert store.stock_of(conn, [made.batch_id], org.id) == {made.batch_id: [(100 * MICRO, "H87")]}
        rival.do(lambda c: record_event(c, documents.declared_wrong(event, c.now, "收回")))
        with org.db.read() as conn:
            assert batches.get_batch(conn, made.batch_id) == before

    def test_of_a_gtin_whose_owner_has_not_yet_made_the_lot(self, org: Org, rival: Org) -> None:
        org.product(gtin="09520000000011")
        self.claim(rival, ROOT + "NEW")
        assert self.ancestors(org, ROOT + "NEW") == 0

    def test_of_an_unregistered_item_whoever_came_first(self, org: Org, rival: Org) -> None:
        make(org, {"MINE": ["A"]})
        self.claim(rival, ROOT + "MINE")
        assert self.ancestors(org, ROOT + "MINE") == 1
        self.claim(rival, ROOT + "THEIRS")
        assert self.ancestors(org, ROOT + "THEIRS") == 1

    def test_a_rival_cannot_take_back_anothers_event(self, org: Org, rival: Org) -> None:
        ids = make(org, {"MINE": ["A"]})
        with org.db.read() as conn:
            (row,) = journal.events_of(conn, ids["MINE"])
        wrong = documents.declared_wrong(json.loads(row.document), org.db.now(), "恶意")
        rival.do(lambda c: record_event(c, wrong))
        assert self.ancestors(org, ROOT + "MINE") == 1
