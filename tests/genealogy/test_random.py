"""Random genealogies recorded on both databases: what the store reaches, groups and streams agrees with networkx."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.accounts.permissions import Actor
from service.database import Database
from service.tracing.sight import sight_of
from service.tracing.streaming import ndjson
from tests.fixtures.record import Org, organisation
from trace.genealogy import store, tracestore
from trace.genealogy.commands import group, trace
from trace.journal import documents
from trace.journal import store as journal
from trace.journal.commands import record_event
from trace.journal.documents import Amount
from trace.quantity import MICRO

ROOT = "https://id.gs1.org/01/09520000000011/10/"
OFFICER = Actor(5, "officer", 9, "regulator", roles=frozenset({"officer"}))
_serial = itertools.count()


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


@st.composite
def pairs(draw: st.DrawFn) -> dict[int, set[int]]:
    """Output → inputs among nine lots: blends, splits, diamonds, and loops where a later lot went into an earlier."""
    size = draw(st.integers(2, 9))
    made = {}
    for output in range(1, size):
        inputs = draw(st.sets(st.integers(0, size - 1), min_size=0, max_size=3)) - {output}
        if inputs:
            made[output] = inputs
    return made or {1: {0}}


def record(org: Org, made: dict[int, set[int]]) -> dict[int, int]:
    """Record it under lot numbers of this example's own; number → lot id."""
    prefix = f"{ROOT}E{next(_serial)}-"

    def run(ctx: Any) -> None:
        for output, inputs in made.items():
            amounts = [Amount(f"{prefix}{i}", (i + 1) * MICRO, "KGM") for i in sorted(inputs)]
            record_event(
                ctx, documents.transformed(ctx.now, amounts, Amount(f"{prefix}{output}", MICRO, "KGM"), {}, {})
            )

    org.do(run)
    numbers = {*made, *(i for inputs in made.values() for i in inputs)}
    with org.db.read() as conn:
        ids = journal.identifiers(conn, [f"{prefix}{n}" for n in numbers])
    return {n: ids[f"{prefix}{n}"] for n in numbers}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=pairs())
def test_up_and_down_agree_with_networkx_and_undo_each_other(org: Org, made: dict[int, set[int]]) -> None:
    ids = record(org, made)
    graph: Any = nx.DiGraph([(i, o) for o, inputs in made.items() for i in inputs])
    sight = sight_of(OFFICER)
    down: dict[int, set[int]] = {}
    up: dict[int, set[int]] = {}
    with org.db.read() as conn:
        for number in graph:
            root = ids[number]
            up[root] = set(store.walk(conn, root, "up", 100)[0])
            down[root] = set(store.walk(conn, root, "down", 100)[0])
            assert up[root] == {ids[n] for n in nx.ancestors(graph, number) | {number}}
            assert down[root] == {ids[n] for n in nx.descendants(graph, number) | {number}}
            both = up[root] | down[root]
            for way, expected in (("up", up[root]), ("down", down[root]), ("both", both)):
                streamed = [row[0] for part in tracestore.node_rows(conn, root, way, None) for row in part]
                assert Counter(streamed) == Counter(expected), way
                told = group(conn, root, way, "state", sight)
                assert (told.lots, sum(g.lots for g in told.groups)) == (len(expected), len(expected))
                edges = {(e[0], e[1]) for part in tracestore.edge_rows(conn, root, way) for e in part}
                assert edges == {(ids[i], ids[o]) for i, o in graph.edges if ids[i] in expected and ids[o] in expected}
            assert {n.id for n in trace(conn, root, "both", sight).nodes} == both
    for one in down:
        for other in down:
            assert (other in down[one]) == (one in up[other]), "forward is the inverse of backward"


def test_a_stream_says_when_it_is_whole(org: Org) -> None:
    ids = record(org, {1: {0}, 2: {0, 1}})
    lines = "".join(ndjson(org.db, ids[0], "down", sight_of(OFFICER), "http://testserver", edges=True)).splitlines()
    assert [line[:14] for line in lines] == ['{"type":"node"'] * 3 + ['{"type":"edge"'] * 3 + ['{"type":"end",']
    assert lines[-1] == f'{{"type":"end","root":"{ids[0]}","nodes":3,"edges":3,"truncated":false}}'
