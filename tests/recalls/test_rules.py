"""Quantities that add up whatever is reported, clocks that never guess, suggestions that never decide."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import networkx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trace.genealogy.shares import IN_A_CIRCLE, UNKNOWN_AMOUNT, Flow, share_of
from trace.recalls.flows import PPM, paths, shares
from trace.recalls.holdings import Delivery, holdings
from trace.recalls.models import CONTROLLED, FATES, RETURNED, Destruction, Line, Report
from trace.recalls.rules import (
    HOUR,
    account,
    destroyable,
    finish_clock,
    line_grid,
    report_refusal,
    start_clock,
    suggest,
)
from trace.recalls.workdays import due_after, is_workday

amounts = st.integers(0, 200)
HOLDERS = ("1", "2", "3", "~老街便利店", "~来历不明")


@st.composite
def reports(draw: st.DrawFn, most: int) -> Report:
    """A report that the rules allow."""
    cuts = sorted(draw(st.lists(st.integers(0, most), min_size=4, max_size=4)))
    sold = cuts[3] - cuts[2]
    recovered = draw(st.integers(0, sold))
    lost = draw(st.integers(0, sold - recovered))
    return Report(cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], sold, recovered, lost)


@st.composite
def lots(draw: st.DrawFn) -> tuple[int, dict[str, int], list[Delivery]]:
    deliveries = []
    for _ in range(draw(st.integers(0, 8))):
        giver, taker = draw(st.sampled_from(HOLDERS)), draw(st.sampled_from(HOLDERS[:4]))
        assume(giver != taker)
        quantity = draw(st.integers(1, 50))
        deliveries.append(Delivery(giver, taker, quantity, draw(st.integers(0, quantity))))
    return draw(amounts), draw(st.dictionaries(st.sampled_from(HOLDERS[:3]), amounts, max_size=3)), deliveries


@given(lots(), st.dictionaries(st.sampled_from(HOLDERS), st.integers(-50, 200)), st.data())
def test_the_numbers_add_up_to_what_was_made(
    lot: tuple[int, dict[str, int], list[Delivery]], stock: dict[str, int], data: st.DataObject
) -> None:
    """Over every hand-over, use, stock row, allowed report and witnessed destruction: nothing appears or is lost."""
    made, used, deliveries = lot
    found, gone = holdings("1", made, deliveries, used, stock)
    assert sum(h.quantity for h in found) + gone == made
    assert gone == sum(used.values())
    lines = []
    for h in found:
        said = data.draw(st.none() | reports(h.quantity)) if h.quantity > 0 else None
        line = Line(h.quantity, h.transit, h.sold, h.holder == "1", said)
        assert said is None or report_refusal(line, said) == ""
        assert sum(line_grid(line).values()) == max(h.quantity, 0)
        lines.append(line)
    before = account(made, gone, lines, ())
    destroyed = [
        Destruction(data.draw(st.integers(0, destroyable(before.grid, source))), source)
        for source in (CONTROLLED, RETURNED)
    ]
    after = account(made, gone, lines, destroyed)
    for one in (before, after):
        assert sum(one.grid.values()) + one.used + one.difference == made
        assert all(amount >= 0 for amount in one.grid.values())
        assert one.difference == sum(h.quantity for h in found if h.quantity < 0)
    for place in ("here", "transit", "channel", "sold"):
        totals = [sum(one.grid[place, fate] for fate in FATES) for one in (before, after)]
        assert totals[0] == totals[1], "destruction moves nothing elsewhere"


@given(st.integers(0, 50), st.tuples(amounts, amounts, amounts, amounts, amounts, amounts))
def test_what_cannot_be_is_refused(quantity: int, parts: tuple[int, int, int, int, int, int]) -> None:
    said = Report(*parts)
    refused = report_refusal(Line(quantity, 0, 0, at_maker=False), said) != ""
    assert refused is (sum(astuple(said)[:4]) > quantity or said.recovered + said.lost > said.sold)


@pytest.mark.parametrize(
    ("failed", "level"),
    [
        (["沙门氏菌"], "一级"),
        (["菌落总数", "单核细胞增生李斯特氏菌"], "一级"),
        (["菌落总数"], "二级"),
        (["铅(以Pb计)", "标签"], "二级"),
        (["标签", "净含量"], "三级"),
        ([], ""),
        (["  "], ""),
    ],
)
def test_a_suggestion(failed: list[str], level: str) -> None:
    found = suggest(failed)
    assert found.level == level
    assert found.why


@pytest.mark.parametrize(("level", "hours"), [("一级", 24), ("二级", 48), ("三级", 72)])
def test_the_clock_from_knowing(level: str, hours: int) -> None:
    known = 10 * HOUR
    running = start_clock(level, known, None, known + (hours - 1) * HOUR)
    assert running is not None
    assert (running.left, running.overdue) == (HOUR, False)
    late = start_clock(level, known, None, known + hours * HOUR + 1)
    assert late is not None
    assert late.overdue
    begun = start_clock(level, known, known + HOUR, known + 900 * HOUR)
    assert begun is not None
    assert not begun.overdue, "begun in time stays in time"
    assert start_clock("", known, None, known) is None
    assert start_clock(level, None, None, known) is None


def test_working_days_are_chinas() -> None:
    assert is_workday(date(2026, 10, 1)) is False
    assert is_workday(date(2026, 2, 14)) is True, "a Saturday worked for the Spring Festival"
    assert due_after(date(2026, 9, 29), 2) == date(2026, 10, 8), "the national holidays are not counted"
    assert due_after(date(2026, 11, 24), 10) == date(2026, 12, 8)


def test_a_year_that_is_not_arranged_is_unknown() -> None:
    assert is_workday(date(2061, 3, 1)) is None
    assert due_after(date(2061, 3, 1), 1) is None
    clock = finish_clock("三级", date(2061, 3, 1), None, date(2061, 3, 2))
    assert clock is not None
    assert (clock.due, clock.left, clock.overdue) == (None, None, False)


@given(st.dates(date(2025, 1, 1), date(2026, 6, 1)), st.sampled_from([10, 20, 30]))
def test_so_many_working_days_lie_between(start: date, days: int) -> None:
    due = due_after(start, days)
    assert due is not None
    worked = sum(bool(is_workday(start + timedelta(days=n))) for n in range(1, (due - start).days + 1))
    assert worked == days
    assert is_workday(due)


def test_finished_in_time_or_not() -> None:
    notice = date(2026, 11, 2)
    last = due_after(notice, 10)
    assert last is not None
    for finished, overdue in ((last, False), (last + timedelta(days=1), True)):
        clock = finish_clock("一级", notice, finished, date(2026, 12, 31))
        assert clock is not None
        assert clock.overdue is overdue
    assert finish_clock("一级", None, None, notice) is None


@st.composite
def genealogies(draw: st.DrawFn) -> list[Flow]:
    """Blends, splits and diamonds over ten lots; inputs come before outputs, so that there is no loop."""
    pairs = draw(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=18))
    return [Flow(a, b, draw(st.integers(1, 9))) for a, b in sorted(pairs) if a < b]


@given(genealogies(), st.lists(st.integers(0, 9), min_size=1, max_size=2, unique=True))
def test_paths_reach_what_networkx_reaches(flows: list[Flow], suspects: list[int]) -> None:
    graph = networkx.DiGraph([(f.input, f.output) for f in flows])
    graph.add_nodes_from(suspects)
    reached = set(suspects).union(*(networkx.descendants(graph, one) for one in suspects))
    found = paths(flows, suspects)
    assert set(found) == reached
    for lot, way in found.items():
        assert way[0] in suspects
        assert way[-1] == lot
        assert all(graph.has_edge(a, b) for a, b in pairwise(way))
        shortest = min(
            networkx.shortest_path_length(graph, one, lot) for one in suspects if networkx.has_path(graph, one, lot)
        )
        assert len(way) == shortest + 1


@given(genealogies(), st.integers(0, 9))
def test_the_share_is_what_the_suspicion_says(flows: list[Flow], suspect: int) -> None:
    for lot, (share, _) in shares(flows, [suspect]).items():
        expected, _ = share_of(flows, suspect, lot)
        assert expected is not None
        assert share is not None
        assert abs(Fraction(share, PPM) - expected) <= Fraction(1, PPM)


def test_what_has_no_mass_or_goes_in_a_circle_has_no_share() -> None:
    unknown = [Flow(1, 2, None), Flow(2, 3, 5)]
    assert shares(unknown, [1]) == {1: (PPM, ""), 2: (None, UNKNOWN_AMOUNT), 3: (None, UNKNOWN_AMOUNT)}
    loop = [Flow(1, 2, 5), Flow(2, 3, 5), Flow(3, 2, 5)]
    assert shares(loop, [1]) == {1: (PPM, ""), 2: (None, IN_A_CIRCLE), 3: (None, IN_A_CIRCLE)}
