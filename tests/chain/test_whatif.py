"""What-if: nothing changes nothing, taking out and putting back is the same, only what is touched moves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.assessment.loading import frame
from chain.assessment.whatif import assumed, removed, what_if
from chain.assessment.whole import Rows, assess, with_added, without
from chain.models import Demand, Presence
from trace.errors import InvalidInput

DAY = date(2026, 11, 20)
LINKS = [link.id for link in frame().links]


def operator(link: str, name: str, capacity: int | None = 100, inside: bool = True) -> Presence:
    amount = None if capacity is None else Decimal(capacity)
    return Presence(name, name, link, amount, "吨", date(2026, 9, 30), "申报", inside, False, name, "declared")


def need(link: str) -> Demand:
    return Demand(link, Decimal(200), "吨", date(2026, 10, 1), "测算")


people = st.lists(
    st.builds(
        operator,
        st.sampled_from(LINKS[:8]),
        st.sampled_from([f"企业{n}" for n in range(6)]),
        st.none() | st.integers(1, 300),
        st.booleans(),
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda one: (one.link_id, one.org_code),
)


@settings(max_examples=20)
@given(people, st.data())
def test_nothing_and_back_again(presences: list[Presence], data: st.DataObject) -> None:
    rows = Rows(tuple(presences), tuple(need(link) for link in LINKS[:8]))
    base = assess(frame(), rows, DAY)
    assert what_if(frame(), rows, base, (), ()).nothing
    gone = data.draw(st.sets(st.sampled_from(sorted({one.org_code for one in presences})), min_size=1))
    found = what_if(frame(), rows, base, gone, ())
    less = without(rows, gone)
    again = assess(frame(), less, DAY)
    assert (found.after.links, found.after.families, found.after.whole) == (again.links, again.families, again.whole)
    assert (found.after.ranked, found.after.clustering) == (again.ranked, again.clustering)
    back = [one for one in presences if one.org_code in gone]
    restored = what_if(frame(), less, again, (), back)
    assert restored.after == assess(frame(), with_added(less, back), DAY)
    assert (restored.after.links, restored.after.families, restored.after.ranked) == (
        base.links, base.families, base.ranked,
    )  # fmt: skip


def test_only_the_links_of_the_added_one_move() -> None:
    rows = Rows((operator("M12", "甲"),), (need("M12"), need("U05")))
    base = assess(frame(), rows, DAY)
    found = what_if(frame(), rows, base, (), assumed(frame(), rows, ["m12：0.05万吨"], DAY))
    changed = [one for one in found.links if one.before != one.after]
    assert [one.after.link.id for one in changed] == ["M12"]
    assert (changed[0].before.controllers, changed[0].after.controllers) == (1, 2)
    assert changed[0].before.cover.low == 0.5
    assert changed[0].after.cover.low == 1.0
    assert changed[0].after.hhi == pytest.approx((100 / 6) ** 2 + (500 / 6) ** 2)
    assert not found.nothing


@pytest.mark.parametrize(
    ("text", "said"),
    [("M12", "M12:3000吨"), ("X99:3吨", "X99"), ("M12:3斗", "斗"), ("M12:3亩", "不能换算"), ("M12:-3吨", "看不懂")],
)
def test_what_cannot_be_read_says_how_to_write_it(text: str, said: str) -> None:
    rows = Rows((operator("M12", "甲"),), (need("M12"),))
    with pytest.raises(InvalidInput) as refused:
        assumed(frame(), rows, ["M12:1吨", text], DAY)
    assert refused.value.errors[0].pointer == "/add/1"
    assert said in refused.value.errors[0].detail


def test_nobody_is_taken_out_who_is_not_there() -> None:
    rows = Rows((operator("M12", "甲"),))
    assert removed(rows, ["甲", "甲"]) == {"甲": "甲"}
    with pytest.raises(InvalidInput) as refused:
        removed(rows, ["甲", "乙"])
    assert "乙" in refused.value.errors[0].detail
    with pytest.raises(InvalidInput):
        removed(rows, [str(n) for n in range(30)])
