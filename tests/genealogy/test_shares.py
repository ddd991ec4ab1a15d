"""Shares of one lot in all that was made from it: blends, splits, diamonds and rework loops; networkx is the oracle."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from trace.genealogy.shares import IN_A_CIRCLE, UNKNOWN_AMOUNT, Flow, share_of, shares

_masses = st.integers(1, 60)


@st.composite
def genealogies(draw: st.DrawFn, *, loops: bool = False) -> list[Flow]:
    """Up to ten lots, each with up to four inputs; with ``loops`` also among later ones (rework)."""
    size = draw(st.integers(2, 10))
    flows = []
    for made in range(1, size):
        last = size - 1 if loops else made - 1
        for source in draw(st.sets(st.integers(0, last), min_size=1, max_size=4)) - {made}:
            flows.append(Flow(source, made, draw(_masses)))
    return flows


@given(genealogies())
def test_of_all_sources_the_shares_of_every_lot_add_up_to_one(flows: list[Flow]) -> None:
    sources = {f.input for f in flows} - {f.output for f in flows}
    for lot in {f.output for f in flows}:
        parts = [shares(flows, source).get(lot) for source in sources]
        assert sum((p.part or 0 for p in parts if p is not None), Fraction(0)) == 1


@given(genealogies())
def test_exactly_the_descendants_have_a_share_between_nothing_and_all(flows: list[Flow]) -> None:
    graph = nx.DiGraph([(f.input, f.output) for f in flows])
    for lot in graph:
        found = shares(flows, lot)
        assert set(found) == nx.descendants(graph, lot) | {lot}
        assert found[lot].part == 1
        for product, share in found.items():
            assert share.part is not None
            assert 0 < share.part <= 1
            assert share_of(flows, lot, product) == (share.part, "")


@given(genealogies(loops=True))
def test_what_is_in_a_loop_or_below_one_is_reported_and_nothing_else(flows: list[Flow]) -> None:
    graph = nx.DiGraph([(f.input, f.output) for f in flows])
    for lot in graph:
        reached = graph.subgraph(nx.descendants(graph, lot) | {lot})
        turning = {n for ring in nx.strongly_connected_components(reached) if len(ring) > 1 for n in ring}
        below = turning | {n for one in turning for n in nx.descendants(reached, one)}
        found = shares(flows, lot)
        assert {n for n, share in found.items() if share.why == IN_A_CIRCLE} == below
        assert all((share.part is None) == (n in below) for n, share in found.items())


def test_an_unknown_amount_spoils_what_is_below_it_and_not_beside_it() -> None:
    flows = [Flow(1, 2, 5), Flow(9, 2, None), Flow(2, 3, 4), Flow(1, 4, 3), Flow(8, 4, 1)]
    found = shares(flows, 1)
    assert (found[2].part, found[2].why) == (None, UNKNOWN_AMOUNT)
    assert (found[3].part, found[3].why) == (None, UNKNOWN_AMOUNT)
    assert found[4].part == Fraction(3, 4)


def test_long_chains_stay_short_numbers() -> None:
    """A hundred blends of odd proportions: a fraction of a thousand digits helps nobody."""
    flows = [flow for n in range(400) for flow in (Flow(n, n + 1, 10**9 + 7 + n), Flow(10_000 + n, n + 1, 10**9 + 9))]
    part = shares(flows, 0)[400].part
    assert part is not None
    assert part.denominator <= 10**30
    assert 0 <= part < Fraction(1, 2**200) + Fraction(1, 10**20)
