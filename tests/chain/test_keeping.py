"""Figures kept between readings are those worked out anew, and only what changed is worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chain.assessment.keeping import Keeper, Kept, LinkRows
from chain.assessment.loading import frame
from chain.assessment.whole import assess
from chain.models import Demand, Presence, Survey
from chain.needs.loading import bills
from chain.register.folding import Register
from chain.register.yielding import View, renewed, view_of
from tests.chain.statements import Book

DAY = date(2026, 11, 20)
LINKS = [link.id for link in frame().links][:6]


def operator(link: str, name: str, capacity: int | None, inside: bool) -> Presence:
    amount = None if capacity is None else Decimal(capacity)
    return Presence(name, name, link, amount, "吨", date(2026, 9, 30), "申报", inside, False, None, "declared")


def equal(kept: Kept, as_of: date) -> None:
    for found, public in ((kept.staff, False), (kept.public, True)):
        again = assess(frame(), kept.rows, as_of, public=public)
        assert found.links == again.links
        assert found.families == again.families
        assert (found.whole, found.clustering, found.ranked) == (again.whole, again.clustering, again.ranked)


rows = st.builds(
    lambda link, ops, need, looked: LinkRows(
        presences=tuple(operator(link, f"企业{n}", c, i) for n, c, i in ops),
        demand=None if need is None else Demand(link, Decimal(need), "吨", date(2026, 10, 1), "测算"),
        survey=Survey(link, date(2026, 10, 1), "走访") if looked else None,
    ),
    st.sampled_from(LINKS),
    st.lists(
        st.tuples(st.integers(0, 8), st.none() | st.integers(1, 500), st.booleans()),
        max_size=4,
        unique_by=lambda x: x[0],
    ),
    st.none() | st.integers(1, 500),
    st.booleans(),
)


def link_of(one: LinkRows) -> str:
    known = [*one.presences, *(x for x in (one.demand, one.survey) if x is not None)]
    return known[0].link_id if known else LINKS[0]


@settings(max_examples=25)
@given(st.lists(rows, min_size=1, max_size=6))
def test_step_by_step_is_at_once(steps: list[LinkRows]) -> None:
    keeper = Keeper(frame())
    at: dict[str, LinkRows] = {}
    parks = {"企业1": "一园", "企业2": ""}
    for one in steps:
        at = at | {link_of(one): one}
        equal(keeper.assess(dict(at), parks, DAY), DAY)
    equal(keeper.assess(dict(at), {"企业3": "二园"}, DAY), DAY)
    equal(keeper.assess(dict(at), parks, DAY + timedelta(days=1)), DAY + timedelta(days=1))


def test_only_the_changed_link_is_worked_out() -> None:
    keeper = Keeper(frame())
    one = LinkRows(presences=(operator(LINKS[0], "甲", 100, True),))
    two = LinkRows(presences=(operator(LINKS[1], "乙", 100, True),))
    first = keeper.assess({LINKS[0]: one, LINKS[1]: two}, {}, DAY)
    assert len(keeper.recomputed) == len(frame().links)
    assert keeper.assess({LINKS[0]: one, LINKS[1]: two}, {}, DAY) is first
    assert keeper.recomputed == ()
    changed = replace(one, presences=(operator(LINKS[0], "甲", 50, True),))
    second = keeper.assess({LINKS[0]: changed, LINKS[1]: two}, {}, DAY)
    assert keeper.recomputed == (LINKS[0],)
    assert second.staff.links[LINKS[1]] is first.staff.links[LINKS[1]]


def rows_of(view: View) -> dict[str, LinkRows]:
    return {
        link: LinkRows(presences=view.presences.get(link, ()), demand=view.demands.get(link))
        for link in {*view.presences, *view.demands}
    }


def test_one_volume_moves_exactly_the_links_whose_needs_contain_its_family() -> None:
    book, register = Book(), Register(DAY)
    for n, link in enumerate(("M06", "U06", "M28", "M12", "M07", "U08"), 1):
        book.subject(str(n), on=DAY)
        book.operates(str(n), link, "2000", on=DAY)
    book.volume("bamboo", "1800", on=DAY)
    book.volume("pomelo", "3600", on=DAY)
    for one in book.said:
        register.apply(one)
    view, keeper = view_of(register), Keeper(frame())
    before = keeper.assess(rows_of(view), {}, DAY, view.volumes)
    changed = register.apply(book.volume("pomelo", "4000", on=DAY))
    assert changed == bills().reach["pomelo"] == {"M06", "U06", "U28", "M28", "M29", "M30"}
    later = renewed(view, register, changed)
    after = keeper.assess(rows_of(later), {}, DAY, later.volumes)
    assert set(keeper.recomputed) <= changed
    moved = {link for link in before.staff.links if before.staff.links[link] != after.staff.links[link]}
    assert moved == {"M06"}, "the one whose need is computed as one number"
    assert all(after.staff.links[x] is before.staff.links[x] for x in before.staff.links if x not in changed)
    equal(after, DAY)


def test_the_whole_is_weighted_by_volumes_once_all_are_known() -> None:
    book = Book()
    for n, link in enumerate(("M06", "M12"), 1):
        book.subject(str(n), on=DAY)
        book.operates(str(n), link, "2000", on=DAY)
    register, keeper = Register(DAY), Keeper(frame())
    for n, family in enumerate(bills().families, 1):
        book.volume(family.id, str(n), on=DAY)
    for one in book.said[:-1]:
        register.apply(one)
    view = view_of(register)
    even = keeper.assess(rows_of(view), {}, DAY, view.volumes)
    register.apply(book.said[-1])
    view = view_of(register)
    heavy = keeper.assess(rows_of(view), {}, DAY, view.volumes)
    whole, parts = heavy.staff.whole, [one.figures.weighted for one in heavy.staff.families]
    assert whole is not None
    assert even.staff.whole is not None
    assert round(whole.high, 9) == round(sum(n * one.high for n, one in enumerate(parts, 1)) / 36, 9)
    assert round(even.staff.whole.high, 9) == round(sum(one.high for one in parts) / 8, 9)
    equal(heavy, DAY)
    book.volume("group-meal", "80", on=DAY)
    register.apply(book.said[-1])
    last = view_of(register)
    assert keeper.assess(rows_of(view), {}, DAY, last.volumes).rows.volumes == last.volumes, "no link need have changed"
