"""Before and after: recomputed, the same as judging the whole chain again, and gone when the target is taken out."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.assessment.loading import frame
from chain.assessment.whole import Rows, assess, with_added, without
from chain.models import Demand, Presence, Survey
from chain.targets.counterfactual import Scenario
from chain.targets.judging import judge, ordered
from chain.targets.models import Target, Wish

DAY = date(2026, 11, 20)
LINKS = [link.id for link in frame().links]


def at(
    link: str, name: str, capacity: str | None = "100", *, inside: bool = True, owner: str | None = None
) -> Presence:
    amount = None if capacity is None else Decimal(capacity)
    return Presence(name, name, link, amount, "吨", date(2026, 9, 30), "申报", inside, False, owner, "declared")


def target(name: str, *wishes: tuple[str, str | None], owner: str | None = None, number: int = 1) -> Target:
    made = tuple(
        Wish(link, None if low is None else Decimal(low), None if low is None else Decimal(low), "吨", "", "走访", DAY, 1, False)
        for link, low in wishes
    )  # fmt: skip
    return Target(str(number), name, f"T:{name}", "", owner, False, "", False, "", "走访", DAY, made, {})


def district(seed: int) -> Rows:
    dice = random.Random(seed)
    people, needs, surveys = [], [], []
    for link in LINKS:
        for n in range(dice.randrange(4)):
            amount = None if dice.random() < 0.2 else str(dice.randrange(50, 200))
            people.append(at(link, f"{link}-{n}", amount, inside=dice.random() < 0.8))
        if dice.random() < 0.8:
            needs.append(Demand(link, Decimal(dice.randrange(50, 400)), "吨", date(2026, 10, 1), "测算"))
        if dice.random() < 0.7:
            surveys.append(Survey(link, date(2026, 10, 1), "走访"))
    return Rows(tuple(people), tuple(needs), tuple(surveys))


def scenario(rows: Rows) -> Scenario:
    return Scenario(frame(), rows, assess(frame(), rows, DAY))


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.sampled_from(LINKS), st.none() | st.integers(1, 500)), min_size=1, max_size=3, unique_by=lambda w: w[0]),
    st.sampled_from([None, "某集团"]),
)  # fmt: skip
def test_added_it_is_the_whole_chain_judged_again_and_taken_out_it_is_as_before(
    seed: int, wished: list[tuple[str, int | None]], owner: str | None
) -> None:
    rows = district(seed)
    now = scenario(rows)
    coming = target("新厂", *((link, None if low is None else str(low)) for link, low in wished), owner=owner)
    added = [now.presence(coming, wish) for wish in coming.wishes]
    outcome = now.after(added)
    after = assess(frame(), with_added(rows, added), DAY)
    assert outcome.whole == (now.base.whole, after.whole)
    for change in outcome.links:
        assert change.after == after.links[change.after.link.id]
    places = {one.figures.link.id: place for place, one in enumerate(after.ranked, 1)}
    assert {change.after.link.id: change.places[1] for change in outcome.links} == {
        wish.link: places[wish.link] for wish in coming.wishes
    }
    by_id = {one.id: one for one in after.families}
    for family in outcome.families:
        assert family.after == by_id[family.after.id]
    untouched = set(by_id) - {family.after.id for family in outcome.families}
    before = {one.id: one for one in now.base.families}
    assert all(before[one] == by_id[one] for one in untouched)
    assert assess(frame(), without(with_added(rows, added), [coming.org_code]), DAY) == now.base


def test_whom_the_record_has_inside_changes_nothing() -> None:
    rows = Rows((at("M12", "T:老厂"),), (Demand("M12", Decimal(100), "吨", DAY, "测算"),))
    found = judge(scenario(rows), target("老厂", ("M12", "500")))
    assert found.already == ("M12",)
    assert found.outcome.links == ()
    assert found.outcome.whole[0] == found.outcome.whole[1]


def test_a_supplier_from_outside_that_moves_in_is_counted_once() -> None:
    need = Demand("U26", Decimal(100), "吨", DAY, "测算")
    rows = Rows((at("U26", "T:外厂", "60", inside=False), at("U26", "本厂", "40")), (need,))
    change = judge(scenario(rows), target("外厂", ("U26", "60"))).outcome.links[0]
    assert change.before.outside == pytest.approx(0.6)
    assert change.after.supply.outside == ()
    assert change.after.cover.low == 1
    assert (change.before.controllers, change.after.controllers) == (1, 2)


def test_one_controller_stays_one_and_is_told() -> None:
    rows = Rows((at("M12", "老厂", owner="某集团"),), (Demand("M12", Decimal(300), "吨", DAY, "测算"),))
    found = judge(scenario(rows), target("新厂", ("M12", "100"), owner="某集团"))
    change = found.outcome.links[0]
    assert change.after.controllers == 1
    assert any("同一控制方" in said for said in found.why_not)
    assert any("100 吨 是假设" in said for said in found.why_not)


def test_no_capacity_is_said_and_gives_no_cover() -> None:
    rows = Rows((), (Demand("M15", Decimal(300), "吨", DAY, "测算"),), (Survey("M15", DAY, "走访"),))
    found = judge(scenario(rows), target("新厂", ("M15", None)))
    change = found.outcome.links[0]
    assert (change.after.cover.low, change.after.cover.high) == (0, 1)
    assert any("产能未知" in said for said in found.why_not)
    assert any("由「缺」变为「单点」" in said for said in found.why)


def test_a_grade_that_can_no_longer_be_told_is_no_reason_for() -> None:
    people = [at("M14", f"厂{n}", "100") for n in range(3)]
    rows = Rows(tuple(people), (Demand("M14", Decimal(200), "吨", DAY, "测算"),), ())
    found = judge(scenario(rows), target("新厂", ("M14", None)))
    assert not any("「未知」" in said for said in found.why)
    assert any("变为「未知」：产能没有确定的数" in said for said in found.why_not)


def test_capacity_is_counted_in_the_unit_of_the_need() -> None:
    rows = Rows((), (Demand("M15", Decimal(30_000), "吨", DAY, "测算"),))
    wish = Wish("M15", Decimal(3), Decimal(3), "万吨", "", "走访", DAY, 1, False)
    one = Target("1", "新厂", "T:新厂", "", None, False, "", False, "", "走访", DAY, (wish,), {})
    assert judge(scenario(rows), one).outcome.links[0].after.cover.low == 1


def test_the_list_is_the_same_whatever_the_order_and_prefers_what_improves_more() -> None:
    rows = Rows((), (Demand("M15", Decimal(300), "吨", DAY, "测算"),), (Survey("M15", DAY, "走访"),))
    several = [target(f"厂{n}", ("M15", low), number=n) for n, low in enumerate(("10", None, "300", "100", "10"))]
    now = scenario(rows)
    first = [one.target.id for one in ordered(now, "M15", several)]
    assert first == [one.target.id for one in ordered(now, "M15", several[::-1])]
    assert first == ["2", "3", "0", "4", "1"]


@pytest.mark.parametrize("seed", range(3))
def test_an_enterprise_hidden_among_200_candidates_is_found(seed: int) -> None:
    """Taken out of the register and put among 200 imported candidates, it is in the first ten of its link."""
    dice = random.Random(seed)
    rows = district(seed)
    hidden = dice.choice([p for p in rows.presences if p.inside_district and p.capacity is not None])
    now = scenario(without(rows, [hidden.org_code]))
    listed = [target(f"名单{n}", (dice.choice(LINKS), str(dice.randrange(10, 200))), number=n + 10) for n in range(200)]
    lost = target(hidden.name, (hidden.link_id, str(hidden.capacity)), number=1)
    dice.shuffle(everybody := [*listed, lost])
    found = ordered(now, hidden.link_id, everybody)
    assert "1" in [one.target.id for one in found[:10]]
