"""Times of doubt, chains and shares, on made-up genealogies; networkx and brute force are the oracles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.genealogy.shares import IN_A_CIRCLE, UNKNOWN_AMOUNT, Flow, share_of, share_text
from trace.suspicion.rules import causes, due_on, path_to


@dataclass
class Act:
    id: int
    kind: str
    at: int
    body: str = "{}"
    reason: str = ""


@dataclass
class Judged:
    id: int
    at: int
    status: str


def test_each_kind_of_doubt_begins_and_ends_by_itself() -> None:
    acts = [
        Act(1, "batch.stopped", 10, json.dumps({"public_text": "封口渗漏"})),
        Act(2, "batch.stopped", 11),
        Act(3, "batch.stop_lifted", 20),
        Act(4, "recall.announced", 30, json.dumps({"public_text": "公告 9"})),
        Act(5, "batch.stop_lifted", 31),
        Act(6, "batch.held", 40),
        Act(7, "batch.unheld", 41),
        Act(8, "order.lifted", 42),
    ]
    judged = [Judged(50, 5, "pass"), Judged(51, 15, "fail"), Judged(52, 16, "fail"), Judged(53, 25, "needs_review")]
    told = [(c.kind, c.source_id, c.began, c.ended, c.text) for c in causes(9, acts, judged)]
    assert told == [
        ("own_stop", 1, 10, 20, "封口渗漏"),
        ("fail", 51, 15, 25, ""),
        ("recall", 4, 30, None, "公告 9"),
        ("held", 6, 40, 41, ""),
    ]
    twice = [
        Act(1, "sampling.failed", 10, json.dumps({"public_text": "公告 1"})),
        Act(2, "sampling.failed", 11, json.dumps({"public_text": "公告 2"})),
        Act(3, "sampling.cleared", 20, json.dumps({"case_id": "1"})),
    ]
    assert [(c.source_id, c.ended) for c in causes(9, twice, [])] == [(1, 20), (2, None)], "each sample for itself"
    assert causes(9, [], []) == []
    assert causes(9, acts, [])[0].key == "9-1"


_masses = st.integers(1, 50)


@st.composite
def genealogies(draw: st.DrawFn) -> tuple[list[Flow], int]:
    """A DAG whose lot 0 is a source and whose last lot is the product."""
    size = draw(st.integers(2, 9))
    flows = []
    for output in range(1, size):
        for source in draw(st.sets(st.integers(0, output - 1), min_size=1, max_size=4)):
            flows.append(Flow(source, output, draw(_masses)))
    return flows, size - 1


def paths_product(flows: list[Flow], suspect: int, product: int) -> Fraction:
    """Brute force: over every chain, the product of the shares on it."""
    totals: dict[int, int] = {}
    for flow in flows:
        totals[flow.output] = totals.get(flow.output, 0) + (flow.mass or 0)
    if suspect == product:
        return Fraction(1)
    return sum(
        (
            Fraction(flow.mass or 0, totals[flow.output]) * paths_product(flows, suspect, flow.input)
            for flow in flows
            if flow.output == product
        ),
        Fraction(0),
    )


@given(genealogies())
def test_shares_are_those_of_every_chain_added_up(made: tuple[list[Flow], int]) -> None:
    flows, product = made
    sources = {f.input for f in flows} - {f.output for f in flows}
    total = Fraction(0)
    for suspect in range(product):
        share, why = share_of(flows, suspect, product)
        assert (share, why) == (paths_product(flows, suspect, product), "")
        total += share or 0 if suspect in sources else 0
    if all(f.output != f.input for f in flows):
        assert total == 1, "everything came from some source"


@given(genealogies())
def test_a_chain_is_the_shortest_there_is(made: tuple[list[Flow], int]) -> None:
    flows, product = made
    graph = nx.DiGraph([(f.input, f.output) for f in flows])
    for suspect in range(product):
        chain = path_to(flows, suspect, product)
        if suspect not in graph or not nx.has_path(graph, suspect, product):
            assert chain == ()
            continue
        assert chain[0] == suspect
        assert chain[-1] == product
        assert all(graph.has_edge(a, b) for a, b in pairwise(chain))
        assert len(chain) == nx.shortest_path_length(graph, suspect, product) + 1


@given(genealogies(), st.integers(0, 30))
def test_an_unknown_amount_is_never_guessed(made: tuple[list[Flow], int], index: int) -> None:
    flows, product = made
    lost = flows[index % len(flows)]
    holes = [Flow(f.input, f.output, None) if f is lost else f for f in flows]
    for suspect in range(product):
        share, why = share_of(holes, suspect, product)
        if share is None:
            assert why == UNKNOWN_AMOUNT
        else:
            assert share == paths_product(flows, suspect, product), "a hole beside the chain matters not"


def test_a_rework_loop_ends_and_says_so() -> None:
    loop = [Flow(1, 2, 5), Flow(2, 3, 5), Flow(3, 2, 1), Flow(3, 4, 5)]
    assert share_of(loop, 1, 4) == (None, IN_A_CIRCLE)
    assert path_to(loop, 1, 4) == (1, 2, 3, 4)
    assert share_of([Flow(1, 2, 5)], 7, 2) == (Fraction(0), "")


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [
        (date(2026, 11, 24), 3, date(2026, 11, 27)),
        (date(2026, 11, 26), 3, date(2026, 12, 1)),
        (date(2026, 11, 28), 3, date(2026, 12, 2)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
    ],
)
def test_working_days(since: date, days: int, due: date) -> None:
    assert due_on(since, days) == due


def test_shares_as_people_read_them() -> None:
    assert share_text(Fraction(1, 3), "") == "33.3%"
    assert share_text(Fraction(1, 5000), "") == "不足 0.1%"
    assert share_text(None, UNKNOWN_AMOUNT).startswith("无法计算")
