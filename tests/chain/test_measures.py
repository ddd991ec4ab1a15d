"""Indices against published worked examples, completeness and resilience against brute force."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chain.completeness import Need, completeness, path_cover, whole
from chain.esri import _hard_to_replace, esri, prepare
from chain.measures import UNKNOWN, Interval, cover, effective_number, hhi, location_quotient, share
from chain.resilience import bottlenecks, fragility, link_cuts, smallest_cut


def test_hhi_of_the_merger_guidelines() -> None:
    """U.S. Department of Justice, Herfindahl–Hirschman Index: four firms with 30, 30, 20 and 20 percent → 2,600."""
    assert hhi([30, 30, 20, 20]) == pytest.approx(2600)
    assert hhi([0.3, 0.3, 0.2, 0.2]) == pytest.approx(2600)
    assert hhi([6000]) == pytest.approx(10_000)


def test_effective_number_of_parties() -> None:
    """Laakso and Taagepera (1979): equal holders count as many as they are; 55, 43, 2 percent → 2.05."""
    assert effective_number(hhi([1] * 5)) == pytest.approx(5)
    assert effective_number(hhi([55, 43, 2])) == pytest.approx(2.05, abs=0.005)


def test_location_quotient_of_a_textbook() -> None:
    """As the BLS explains it: 2 of 10 persons here against 10 of 100 there are twice the share."""
    assert location_quotient(2, 10, 10, 100) == pytest.approx(2)
    assert location_quotient(0, 10, 10, 100) == 0


@pytest.mark.parametrize("bad", [(1, 0, 1, 10), (1, 10, 0, 10), (1, 10, 1, 0), (11, 10, 1, 10), (-1, 10, 1, 10)])
def test_location_quotient_says_when_it_is_not_defined(bad: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"没有定义|不能大于|非负数"):
        location_quotient(*bad)


@pytest.mark.parametrize("bad", [[], [0, 0], [1, -1], [float("nan")]])
def test_hhi_of_nothing_is_not_a_number(bad: list[float]) -> None:
    with pytest.raises(ValueError, match=r"没有定义|非负数"):
        hhi(bad)


def test_cover_of_ranges() -> None:
    assert cover(Interval(100, 100), Interval(40, 40)) == Interval(0.4, 0.4)
    assert cover(Interval(100, 200), Interval(50, 120)) == Interval(0.25, 1.0)
    assert cover(Interval(0, 0), Interval(0, 0)) == Interval(1, 1)
    assert share(1, 4) == 0.25


REFERENCE = """A X 1 1 2
B X 2 1 2
C X 2 1 2
D X 2 1 2
E X 3 1 1
F X 3 1 1
G X 5 1 1
H X 99 1 0
X I 1 1 2
X J 1 3 1
X K 1 4 2
K L 4 2 2"""
"""Test network of the implementation at github.com/vitelot/Economic-Systemic-Risk (Complexity Science Hub): supplier,
buyer, their sectors, kind of link (2 essential, 1 not, 0 negligible); every weight 1."""
PUBLISHED = {
    "A": 0.4166666666666667,
    "X": 1.0,
    "B": 0.1369047619047619,
    "C": 0.1369047619047619,
    "D": 0.1369047619047619,
    "E": 0.12320402298850575,
    "F": 0.12320402298850575,
    "G": 0.12320402298850575,
    "H": 0.08333333333333333,
    "I": 0.30555555555555564,
    "J": 0.30555555555555564,
    "K": 0.388888888888889,
    "L": 0.388888888888889,
}


def test_esri_of_the_reference_implementation() -> None:
    rows = [line.split() for line in REFERENCE.splitlines()]
    sector = {firm: own for s, b, ks, kb, _ in rows for firm, own in ((s, ks), (b, kb))}
    kinds = {(ks, kb): {"2": True, "1": False, "0": None}[kind] for _, _, ks, kb, kind in rows}
    values, settled = esri([(s, b, 1.0) for s, b, *_ in rows], sector, lambda a, b: kinds[a, b], replaceable=True)
    assert settled
    assert values == pytest.approx(PUBLISHED, abs=1e-9)


SELF_SUPPLIED = (("1", "1", 1.0), ("1", "2", 1.0), ("2", "2", 1.0), ("3", "3", 1.0))
"""Three firms of one essential sector that partly supply themselves: the hand-solved network in the tests of
github.com/Devetak/ESRI.jl (test/test_new_options.jl), another implementation from the Complexity Science Hub."""


@pytest.mark.parametrize("steps", [10, 100, 1000])
def test_esri_of_another_implementation_step_by_step(steps: int) -> None:
    """Published there: when firm 1 stops, firm 2 still makes 1/m after m steps, so that its index is (3 − 1/m) / 4.

    Replaceability is on (firm 2 has more of the market with every step, and is the harder to replace), σ is taken
    from what the sector sold before the step, and firms count by their sales 2, 1, 1. With the weights 5, 7, 11 they
    publish (5 + 7·(1 − 1/m)) / 4: the loss over the sales, where ours is over the sum of the weights. Firm 3 sells to
    itself alone. Never settled at 1e-12, and said so. A limit of the comparison: their essential flag is of the
    supplier's sector alone; with one sector the two say the same.
    """
    sector = dict.fromkeys("123", "k")
    values, settled = esri(SELF_SUPPLIED, sector, lambda a, b: True, replaceable=True, eps=1e-12, max_steps=steps)
    assert not settled
    assert values["1"] == pytest.approx((3 - 1 / steps) / 4, abs=1e-12)
    assert values["3"] == pytest.approx(1 / 4, abs=1e-12)
    weights = {"1": 5.0, "2": 7.0, "3": 11.0}
    weighted, _ = esri(
        SELF_SUPPLIED, sector, lambda a, b: True, replaceable=True, weights=weights, eps=1e-12, max_steps=steps
    )
    assert weighted["1"] * 23 / 4 == pytest.approx((5 + 7 * (1 - 1 / steps)) / 4, abs=1e-12)


def test_esri_parts_of_another_implementation() -> None:
    """The shares a buyer loses by, and σ: the numbers in test/test_primitives.jl of github.com/Devetak/ESRI.jl.

    Buyer 2 buys 2, 4 and 3 of 1, 2 and 3; sector a (1 and 3) is essential, b (2) is not. Essential inputs count within
    their sector (2/5, 3/5), others in all that is bought (4/9). σ of firms that sell 2, 1 | 3 where half of the
    second's and three quarters of the third's output is lost: 2/2.5, 1/2.5 and 1 (3/0.75, at most 1).
    """
    bought = [("1", "1", 1.0), ("1", "2", 2.0), ("2", "2", 4.0), ("3", "2", 3.0), ("3", "3", 1.0)]
    network = prepare(bought, {"1": "a", "2": "b", "3": "a"}, lambda supplier, buyer: supplier == "a")
    (block,) = network.blocks
    buyer = network.firms.index("2")
    for supplier, share_lost in (("1", 2 / 5), ("2", 4 / 9), ("3", 3 / 5)):
        lost = np.array([[float(firm == supplier)] for firm in network.firms])
        assert block.loss(lost)[buyer, 0] == pytest.approx(share_lost, abs=1e-12)
    sold = prepare(
        [("1", "2", 2.0), ("2", "3", 1.0), ("3", "1", 3.0)], {"1": "a", "2": "a", "3": "b"}, lambda a, b: True
    )
    left = {"1": 1.0, "2": 0.5, "3": 0.25}
    sigma = _hard_to_replace(sold, np.array([[1 - left[firm]] for firm in sold.firms]))
    assert dict(zip(sold.firms, sigma[:, 0], strict=True)) == pytest.approx({"1": 0.8, "2": 0.4, "3": 1.0}, abs=1e-12)


def test_esri_by_hand() -> None:
    """A duck farm supplies two kitchens (3 and 1), one of them a canteen (2): every figure worked out on paper."""
    edges = [("farm", "big", 3.0), ("farm", "small", 1.0), ("big", "canteen", 2.0)]
    sector = {"farm": "U12", "big": "M12", "small": "M12", "canteen": "D14"}
    values, settled = esri(edges, sector, lambda supplier, buyer: True)
    assert settled
    assert values["farm"] == pytest.approx(1.0)
    # without the big kitchen the farm sells a quarter: (4·3/4 + 2) / 6
    assert values["big"] == pytest.approx(5 / 6)
    assert values["small"] == pytest.approx(4 / 4 * 1 / 6)
    # the canteen takes all of the big kitchen's sales, and with them three quarters of the farm's
    assert values["canteen"] == pytest.approx((2 + 3) / 6)


def test_esri_counts_essential_inputs_by_the_scarcest() -> None:
    edges = [("a", "maker", 9.0), ("salt", "maker", 1.0), ("maker", "shop", 20.0)]
    sector = {"a": "meat", "salt": "salt", "maker": "dish", "shop": "shop"}
    hard, _ = esri(edges, sector, lambda supplier, buyer: True)
    soft, _ = esri(edges, sector, lambda supplier, buyer: supplier != "salt")
    none, _ = esri(edges, sector, lambda supplier, buyer: None if supplier == "salt" else True)
    # what the maker no longer makes; that it then buys less meat is not part of the index
    assert hard["salt"] == pytest.approx((1 + 20) / 30)
    assert soft["salt"] == pytest.approx((1 + 20 * 0.1) / 30)
    assert none["salt"] == pytest.approx(1 / 30)


def test_esri_says_when_it_did_not_settle() -> None:
    edges = [(str(i), str(i + 1), 1.0) for i in range(20)]
    sector = {str(i): "1" for i in range(21)}
    assert esri(edges, sector, lambda a, b: True)[1]
    assert not esri(edges, sector, lambda a, b: True, max_steps=5)[1]


def test_esri_weights_and_refusals() -> None:
    sector = {"a": "1", "b": "2", "alone": "3"}
    values, _ = esri([("a", "b", 1.0)], sector, lambda a, b: True, weights={"b": 1.0, "alone": 1.0})
    assert values == {"a": 0.5, "b": 0.5, "alone": 0.5}
    assert esri([], {}, lambda a, b: True) == ({}, True)
    with pytest.raises(ValueError, match="没有所属环节"):
        esri([("a", "c", 1.0)], sector, lambda a, b: True)
    with pytest.raises(ValueError, match="非负数"):
        esri([("a", "b", -1.0)], sector, lambda a, b: True)
    with pytest.raises(ValueError, match="没有的企业"):
        esri([("a", "b", 1.0)], sector, lambda a, b: True, weights={"c": 1.0})


@settings(max_examples=60)
@given(st.integers(0, 10_000))
def test_esri_agrees_with_one_firm_at_a_time(seed: int) -> None:
    """A plain loop over firms, as the paper writes it, gives the same on random networks."""
    dice = random.Random(seed)
    n = dice.randrange(2, 9)
    firms = [str(i) for i in range(n)]
    sector = {firm: str(dice.randrange(3)) for firm in firms}
    edges = [(dice.choice(firms), dice.choice(firms), 0.2 + dice.random()) for _ in range(dice.randrange(1, 14))]
    kinds = {(str(a), str(b)): dice.choice([True, False, None]) for a in range(3) for b in range(3)}
    replaceable = dice.random() < 0.5
    values, settled = esri(edges, sector, lambda a, b: kinds[a, b], replaceable)
    slow = _plain(edges, sector, kinds, replaceable)
    assume(settled and slow is not None)
    assert values == pytest.approx(slow, abs=1e-6)


def _plain(
    edges: list[tuple[str, str, float]],
    sector: dict[str, str],
    kinds: dict[tuple[str, str], bool | None],
    replaceable: bool,
) -> dict[str, float] | None:
    """None where a shock still moves after many steps: its limit is then not known this way."""
    w: dict[tuple[str, str], float] = {}
    for s, b, x in edges:
        w[s, b] = w.get((s, b), 0.0) + x
    out = {f: sum(x for (s, _), x in w.items() if s == f) for f in sector}
    bought = {f: sum(x for (_, b), x in w.items() if b == f) for f in sector}
    found = {}
    for closed in sector:
        d = dict.fromkeys(sector, 1.0)
        u = dict(d)
        for _ in range(3_000):
            still = {k: sum(out[f] * d[f] for f in sector if sector[f] == k) for k in sector.values()}
            hard = {
                f: min(1.0, out[f] / still[sector[f]]) if replaceable and still[sector[f]] > 0 else 1.0 for f in sector
            }
            nd, nu = {}, {}
            for f in sector:
                mine = [(s, x) for (s, b), x in w.items() if b == f]
                worst = 0.0
                for k in {sector[s] for s, _ in mine if kinds[sector[s], sector[f]]}:
                    whole_ = sum(x for s, x in mine if sector[s] == k)
                    worst = max(worst, sum(x / whole_ * hard[s] * (1 - d[s]) for s, x in mine if sector[s] == k))
                rest = sum(
                    x / bought[f] * hard[s] * (1 - d[s]) for s, x in mine if kinds[sector[s], sector[f]] is False
                )
                nd[f] = 0.0 if f == closed else min(1 - worst, 1 - rest)
                sold = [(b, x) for (s, b), x in w.items() if s == f]
                nu[f] = 0.0 if f == closed else sum(x / out[f] * u[b] for b, x in sold) if sold else 1.0
            moved = max(max(abs(nd[f] - d[f]), abs(nu[f] - u[f])) for f in sector)
            d, u = nd, nu
            if moved < 1e-12:
                break
        else:
            return None
        found[closed] = sum(out[f] * (1 - min(d[f], u[f])) for f in sector) / sum(out.values())
    return found


def test_upstream_worked_out_directly_is_the_limit_of_the_steps() -> None:
    dice = random.Random(7)
    for _ in range(30):
        n = dice.randrange(3, 12)
        firms = [str(i) for i in range(n)]
        edges = [(dice.choice(firms), dice.choice(firms), 0.2 + dice.random()) for _ in range(dice.randrange(2, 22))]
        network = prepare(edges, dict.fromkeys(firms, "1"), lambda a, b: True)
        every = np.arange(n)
        state = np.zeros((n, n))
        for _ in range(60_000):
            new = network.up @ state
            new[every, every] = 1.0
            moved = np.abs(new - state).max()
            state = new
            if moved < 1e-13:
                break
        else:
            continue
        assert network.upstream(every) == pytest.approx(state, abs=1e-8)


PRESENT, ABSENT = Interval(1, 1), Interval(0, 0)
DISH = [
    Need("鸭", ("M02",), "essential"),
    Need("卤料", ("U26", "U25"), "essential"),
    Need("包装", ("M28",), "essential"),
    Need("提袋", ("M29", "M30"), "replaceable"),
    Need("赠品", ("S14",), "negligible"),
]


def test_five_of_six_ingredients_make_no_dish() -> None:
    states = {"M02": PRESENT, "U26": ABSENT, "U25": ABSENT, "M28": PRESENT, "M30": PRESENT, "S14": ABSENT}
    found = completeness(DISH, states)
    assert found.dish == ABSENT
    assert found.weighted == Interval(0.7, 0.7)
    assert found.paths == Interval(0.5, 2 / 3)
    assert found.missing == ("卤料",)
    either = completeness(DISH, states | {"U25": PRESENT})
    assert either.dish == PRESENT
    assert either.weighted == PRESENT


def test_unknown_is_neither_there_nor_missing() -> None:
    found = completeness(DISH, {"M02": PRESENT})
    assert found.weighted == Interval(0.3, 1.0)
    assert found.dish == UNKNOWN
    assert found.missing == ()
    assert found.unknown == ("卤料", "包装", "提袋")


def test_a_family_that_needs_nothing_is_not_complete() -> None:
    with pytest.raises(ValueError, match="没有定义"):
        completeness([Need("赠品", ("S14",), "negligible")], {})


def test_ways_that_run_in_a_circle_are_named() -> None:
    with pytest.raises(ValueError, match="成环"):
        path_cover(DISH[:1], {}, {"M02": ["U12"], "U12": ["M02"]})


def test_ways_count_every_route() -> None:
    ways = {"M12": ["M02", "U26"], "M02": ["U12", "U11"], "U26": ["U07"]}
    states = {"M12": PRESENT, "M02": PRESENT, "U12": PRESENT, "U11": ABSENT, "U26": PRESENT}
    assert path_cover([Need("卤", ("M12",), "essential")], states, ways) == Interval(1 / 3, 2 / 3)


def test_the_whole_chain_by_volume_or_evenly() -> None:
    rows = [(Interval(1, 1), 300.0), (Interval(0, 0.5), 100.0)]
    assert whole(rows) == Interval(0.75, 0.875)
    assert whole([(state, None) for state, _ in rows]) == Interval(0.5, 0.75)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
            lambda pair: Need(f"{pair}", tuple(f"L{i}" for i in sorted(set(pair))), "essential")
        ),
        min_size=1,
        max_size=4,
    ),
    st.dictionaries(st.integers(0, 3).map("L{}".format), st.sets(st.sampled_from("abcdef"), max_size=4)),
)
def test_fewest_controllers_against_every_set(needs: list[Need], operators: dict[str, set[str]]) -> None:
    every = [f"L{i}" for i in range(4)]
    found = fragility(needs, operators, every)
    people = sorted({c for group in operators.values() for c in group})

    def works(lost: set[str]) -> bool:
        return all(any(set(operators.get(link, ())) - lost for link in need.links) for need in needs)

    smallest = next(
        (
            k
            for k in range(4)
            if any(not works(set(c)) for c in combinations(people, k)) or (k == 0 and not works(set()))
        ),
        None,
    )
    assert found.k == smallest
    if smallest:
        expected = {frozenset(c) for c in combinations(people, smallest) if not works(set(c))}
        assert set(found.sets) == expected


def test_needs_of_which_nothing_is_known_are_named() -> None:
    found = fragility(DISH, {"M02": ["甲"], "U26": ["甲", "乙"]}, ["M02", "U26"])
    assert found.k == 1
    assert found.sets == (frozenset({"甲"}),)
    assert found.uncounted == ("包装", "提袋")


def test_an_absent_link_beside_one_of_which_nothing_is_known_is_not_missing() -> None:
    there = {"M02": ["甲"], "M28": ["乙", "丙"], "M30": ["丁"]}
    found = fragility(DISH, there, ["M02", "M28", "M29", "M30", "U26"])
    assert (found.k, found.uncounted) == (1, ("卤料",))
    assert fragility(DISH, there, ["M02", "M28", "M29", "M30", "U26", "U25"]).k == 0


def test_bottlenecks_and_cuts() -> None:
    ways = {"D02": ["D01"], "D01": ["M12", "M13"], "M12": ["M02"], "M13": ["M01"]}
    assert bottlenecks(ways, ["D02"]) == {"D02", "D01"}
    assert smallest_cut(ways, ["D02"]) == {"D02"}
    assert smallest_cut(ways, ["M12", "M13"]) == {"M12", "M13"}, "of several the one nearest to the dish"
    assert bottlenecks(ways, ["M12", "M13"]) == frozenset()


@given(st.dictionaries(st.integers(0, 6), st.sets(st.integers(0, 6), max_size=3), max_size=7))
def test_dominators_and_cuts_against_every_set(arrows: dict[int, set[int]]) -> None:
    """Every set of links is taken out in turn: a way is left or not. Arrows lead to larger numbers; 6 makes the dish."""
    ways = {f"L{n}": sorted(f"L{m}" for m in sources if m < n) for n, sources in arrows.items()}

    def works(gone: frozenset[str], link: str = "L6") -> bool:
        sources = ways.get(link, [])
        return link not in gone and (not sources or any(works(gone, one) for one in sources))

    every = [f"L{n}" for n in range(7)]
    found = link_cuts([Need("料", ("L1", "L2"), "essential"), Need("包装", ("L3", "L4"), "replaceable")], "L6", ways)
    assert found.dominators == {one for one in every if not works(frozenset({one}))}
    assert set(found.stops) == {frozenset({"L1", "L2"}), frozenset({"L3", "L4"})}
    before = every[:-1]
    if not ways.get("L6"):
        assert found.cut == frozenset()
        return
    smallest = next(
        size for size in range(1, 7) if any(not works(frozenset(some)) for some in combinations(before, size))
    )
    assert len(found.cut) == smallest
    assert not works(found.cut)
