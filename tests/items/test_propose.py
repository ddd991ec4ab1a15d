"""Filling a recipe from stock: first expired first, never expired, never more than is there."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.database import Database
from tests.fixtures.record import Org, line, organisation
from trace.batches import lifecycle
from trace.items.commands import fill_recipe
from trace.items.rules import Need, OnHand, propose
from trace.quantity import MICRO, convert

DAY = date(2026, 11, 24)
days = st.none() | st.integers(-5, 400).map(lambda n: (DAY + timedelta(days=n)).isoformat())
stocks = st.lists(
    st.builds(
        OnHand,
        lot_id=st.just(0),
        lot=st.just("L"),
        material_id=st.integers(1, 3),
        quantity=st.integers(-5 * MICRO, 50 * MICRO),
        unit=st.sampled_from(["KGM", "KGM", "LTR"]),
        best_before=days,
    ),
    max_size=12,
).map(lambda lots: [OnHand(n, f"L{n}", x.material_id, x.quantity, x.unit, x.best_before) for n, x in enumerate(lots)])
needs = st.lists(
    st.builds(
        Need,
        material_id=st.integers(1, 3),
        material=st.just("料"),
        per_unit=st.integers(1, 3 * MICRO),
        unit=st.sampled_from(["KGM", "GRM"]),
        base_unit=st.just("KGM"),
        small=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda need: need.material_id,
)


@given(needs, st.integers(1, 100 * MICRO), stocks, st.dictionaries(st.integers(1, 3), st.integers(0, 12)))
def test_what_is_proposed(wanted: list[Need], units: int, stock: list[OnHand], packs: dict[int, int]) -> None:
    lots = {lot.lot_id: lot for lot in stock}
    found = propose(wanted, units, stock, packs, DAY)
    used: dict[int, int] = defaultdict(int)
    for p in found:
        assert p.quantity >= 0
        assert p.basis == "by_recipe"
        if p.lot_id is not None:
            lot = lots[p.lot_id]
            assert lot.best_before is None or lot.best_before >= DAY.isoformat(), "never an expired lot"
            assert (lot.material_id, lot.unit) == (p.material_id, p.unit)
            used[p.lot_id] += 0 if p.small else p.quantity
    assert all(amount <= max(0, lots[lot].quantity) for lot, amount in used.items()), "never more than on hand"
    for need in wanted:
        mine = [p for p in found if p.material_id == need.material_id]
        amount = convert(need.per_unit * units // MICRO, need.unit, "KGM")
        assert sum(p.quantity for p in mine) == amount, "the whole need, with or without a lot"
        usable = [
            x
            for x in stock
            if x.material_id == need.material_id
            and x.unit == "KGM"
            and (x.best_before is None or x.best_before >= DAY.isoformat())
        ]
        if need.small:
            assert len(mine) <= 1
            if mine and packs.get(need.material_id) in {x.lot_id for x in usable}:
                assert mine[0].lot_id == packs[need.material_id], "the opened pack in use"
            continue
        named = [p for p in mine if p.lot_id is not None]
        ends = [(p.best_before or "9999", p.lot_id or 0) for p in named]
        assert ends == sorted(ends), "first expired first"
        for p in named[:-1]:
            assert p.quantity == lots[p.lot_id or 0].quantity, "a lot is emptied before the next is begun"
        if any(p.lot_id is None for p in mine):
            assert sum(p.quantity for p in named) == sum(max(0, x.quantity) for x in usable), "only what is short"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def filled(org: Org, product: int, units: int, day: date = DAY) -> list[tuple[str, int | None, int]]:
    found = org.do(lambda c: fill_recipe(c, product, units * MICRO, day))
    return [(p.material, p.lot_id, p.quantity) for p in found]


def test_from_the_real_stock(org: Org) -> None:
    product = org.product()
    duck, salt = org.material("鸭胚"), org.material("盐")
    org.recipe(product, [(duck, "0.6", "kg", False), (salt, "5", "g", True)])
    late = org.receive("鸭胚", "50", best_before="2026-12-30").batch_id
    soon = org.receive("鸭胚", "50", best_before="2026-11-30").batch_id
    gone = org.receive("鸭胚", "50", best_before="2026-11-23").batch_id
    first, second = (org.receive("盐", "1", best_before=f"2027-0{n}-01").batch_id for n in (1, 2))
    assert filled(org, product, 100) == [
        ("鸭胚", soon, 50 * MICRO), ("鸭胚", late, 10 * MICRO), ("盐", first, MICRO // 2),
    ]  # fmt: skip
    assert ("鸭胚", gone, 50 * MICRO) in filled(org, product, 100, date(2026, 11, 23))
    org.do(lambda c: lifecycle.open_pack(c, second))
    assert filled(org, product, 100)[-1] == ("盐", second, MICRO // 2)
    org.do(lambda c: lifecycle.hold(c, soon, "等待快检结果"))
    assert filled(org, product, 100)[:2] == [("鸭胚", late, 50 * MICRO), ("鸭胚", None, 10 * MICRO)]
    org.do(lambda c: lifecycle.stop(c, late, "来源存疑"))
    assert filled(org, product, 100)[0] == ("鸭胚", None, 60 * MICRO)
    org.do(lambda c: lifecycle.lift_stop(c, late, "来源已经核实"))
    org.register(product, [line(late, "49")])
    assert filled(org, product, 100)[:2] == [("鸭胚", late, MICRO), ("鸭胚", None, 59 * MICRO)]
