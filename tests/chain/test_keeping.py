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
