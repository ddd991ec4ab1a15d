"""The requirement graph: what ships, what is refused and how it is said, and that needs multiply down a bill of material."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.needs.graph import computed, need_per_link, requirements
from chain.needs.loading import FAMILIES, known_volume, load_families, load_plan_names, parse_families
from chain.needs.models import Amount, Volume
from chain.seedrows import SeedError, read_text
from chain.seeds import load_links
from tests.chain.shared import fact, squeeze

LINKS = load_links()
SHIPPED = load_families(LINKS)
GRAPH = requirements(SHIPPED)
OURS = {"酱卤鸭", "豆干", "柚制品", "笋制品", "调理肉", "火锅底料", "速冻菜肴", "团餐"}


def volume(tonnes: str) -> Volume:
    return known_volume(Decimal(tonnes), "吨", date(2026, 1, 1), "测试")


def small(needs: str, more: str = "", amount: str = '""') -> str:
    said = ', data_date: "2026-01-01", source: 测试' if amount != '""' else ""
    return f"""edition: "1"
basis: 团队拟定
families:
  - id: a
    name: 甲
    makes: M12
    basis: 团队拟定
    confidence: L
    volume: {{amount: {amount}, unit: 吨{said}}}
    needs:
{needs}{more}"""


SECOND = """
  - id: b
    name: 乙
    makes: M26X
    basis: 团队拟定
    confidence: L
    volume: {amount: "", unit: 吨}
    needs:
      - {name: 回头料, kind: 物料, family: a, role: essential, low: "1", high: "1", unit: kg/kg, basis: 测}
""".replace("M26X", "U26")
DUCK = '      - {name: 鸭, kind: 物料, link: M02, role: essential, low: "2", high: "3", unit: kg/kg, basis: 测}'
NESTED = '      - {name: 底料, kind: 物料, family: b, role: essential, low: "1", high: "1", unit: kg/kg, basis: 测}'


def test_our_own_families_are_marked_as_ours() -> None:
    assert {family.name for family in SHIPPED} == OURS
    assert {family.basis for family in SHIPPED} == {"团队拟定"}
    assert all(need.basis == "团队拟定" for need in GRAPH.needs)
    assert {family.volume.amount for family in SHIPPED} == {None}, "no volume is known"


def test_what_the_plan_names_stands_in_the_section_given() -> None:
    document = squeeze(fact("plan-document.txt"))
    names = load_plan_names()
    assert {one.name for one in names} == {
        "果蔬", "肉类", "水产", "粮油", "竹（笋）", "柚子", "脐橙", "生猪", "茶叶", "团餐", "袁驿豆干", "龙溪鱼", "烂肥肠",
    }  # fmt: skip
    part = re.split(r"（([一二三四五六七八九十])）实施", document)
    bodies = dict(zip(part[1::2], part[2::2], strict=True))
    for one in names:
        assert one.name in one.quote
        assert squeeze(one.quote) in bodies[one.section[1]], one


def drawn() -> nx.DiGraph[tuple[str, str]]:
    """Families and needs as (kind, id); edges run from what is given to what takes it."""
    graph: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    for family in GRAPH.families:
        graph.add_edge(("link", family.makes), ("family", family.id))
        for need in family.needs:
            given = ("family", need.family) if need.family else ("link", need.link)
            graph.add_edge(given, ("need", need.id))
            graph.add_edge(("need", need.id), ("family", family.id))
    return graph


def test_the_graph_has_every_need_and_no_circle() -> None:
    graph = drawn()
    assert nx.is_directed_acyclic_graph(graph)
    assert {n for kind, n in graph if kind == "need"} == {need.id for need in GRAPH.needs}
    assert ("family", "hotpot-base") in nx.ancestors(graph, ("family", "frozen-dish"))
    assert {n.id for n in GRAPH.needs_of("hotpot-base")} < {n.id for n in GRAPH.needs_of("frozen-dish")}
    assert len(GRAPH.needs_of("frozen-dish", nested=False)) == len(GRAPH.family("frozen-dish").needs)


@pytest.mark.parametrize("lost", ["M02", "U07", "U25", "U28", "M28", "S01", "D01", "M12"])
def test_five_of_six_ingredients_make_no_dish(lost: str) -> None:
    everything = set(GRAPH.links)
    assert GRAPH.possible("braised-duck", everything)
    assert not GRAPH.possible("braised-duck", everything - {lost})
    assert GRAPH.possible("braised-duck", everything - {"U22"}), "negligible"


def test_alternatives_stand_for_each_other_and_what_is_made_of_the_missing_is_missing() -> None:
    everything = set(GRAPH.links)
    assert GRAPH.possible("frozen-dish", everything - {"M01", "M02"})
    lacking = GRAPH.missing("frozen-dish", everything - {"M01", "M02", "M03"})
    assert [{need.link for need in group} for group in lacking] == [{"M01", "M02", "M03"}]
    assert [need.family for (need,) in GRAPH.missing("frozen-dish", everything - {"U25"})] == ["hotpot-base"]


def test_needs_multiply_along_the_bill_of_material() -> None:
    families = parse_families(small(NESTED + "\n" + DUCK, SECOND.replace("family: a", "link: U07")), LINKS)
    found = need_per_link(families, {"a": volume("10"), "b": volume("1")})
    assert found["M12"] == Amount(Decimal(10_000), Decimal(10_000), "kg")
    assert found["M02"] == Amount(Decimal(20_000), Decimal(30_000), "kg")
    assert found["U26"] == Amount(Decimal(11_000), Decimal(11_000), "kg"), "sold as such, and taken in by the other"
    assert found["U07"] == found["U26"]


def test_unknown_stays_unknown() -> None:
    assert set(need_per_link(SHIPPED).values()) == {None}
    known = need_per_link(SHIPPED, {family.id: volume("1") for family in SHIPPED})
    assert known["U28"] is None, "one amount on the way is not known"
    assert known["U06"] == Amount(Decimal(1500), Decimal(3000), "kg")
    assert "S01" not in known
    assert "D02" not in known


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_need_grows_with_volume_in_proportion(first: int, second: int) -> None:
    def needed(tonnes: int) -> dict[str, Amount | None]:
        return need_per_link(SHIPPED, {family.id: volume(str(tonnes)) for family in SHIPPED})

    one, two, both = needed(first), needed(second), needed(first + second)
    for link, amount in both.items():
        left, right = one[link], two[link]
        assert amount == (None if left is None or right is None else left.plus(right))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (small(NESTED, SECOND), ("成环", "甲 → 乙 → 甲")),
        (small(DUCK.replace("M02", "M99")), ("没有环节「M99」", "link", "needs 第 1 条")),
        (small(DUCK.replace("link: M02", "family: z")), ("没有产品族「z」",)),
        (small(DUCK.replace('"2"', '"-2"')), ("-2", "不小于 0")),
        (small(DUCK.replace('"2"', '"5"')), ("下限 5 大于上限 3",)),
        (small(DUCK.replace("kg/kg", "斤/kg")), ("不认识单位「斤」",)),
        (small(DUCK.replace("kg/kg", "kg")), ("kg/kg", "不能写「kg」")),
        (small(DUCK.replace(", basis: 测", "")), ("basis", "必须填写")),
        (small(DUCK + "\n" + DUCK), ("写了两次",)),
        (small(DUCK + "\n" + DUCK.replace("鸭", "场地").replace("kg/kg", "亩/kg")), ("第 1 条", "第 2 条", "kg", "亩")),
        (small(DUCK.replace("M02", "M12").replace("kg/kg", "件/kg")), ("产品族 a 的年产量", "件")),
        (small(DUCK.replace("essential", "replaceable")), ("group",)),
        (small(DUCK.replace("essential", "replaceable, group: 肉")), ("只有一项",)),
        (small(DUCK.replace("物料", "工序")), ("不写用量",)),
        (small(DUCK.replace("role: essential", "role: essential, colour: red")), ("colour", "没有这个字段")),
        (small(DUCK, amount='"3"').replace("unit: 吨", "unit: 亩"), ("按重量计", "亩")),
        (small(DUCK, amount='"3"').replace(", source: 测试", ""), ("source", "必须填写")),
        (small(DUCK, SECOND.replace("id: b", "id: a")), ("重复",)),
    ],
)
def test_what_is_wrong_is_said_with_file_row_and_field(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(SeedError) as caught:
        parse_families(text, LINKS)
    for word in (FAMILIES, *words):
        assert word in str(caught.value)


def test_the_shipped_file_reads_as_text_too() -> None:
    assert parse_families(read_text(FAMILIES), LINKS) == SHIPPED


# ---- the need of a link by the volumes -----------------------------------------------------------------


def known(**tonnes: str) -> dict[str, Volume]:
    return {family.replace("_", "-"): volume(amount) for family, amount in tonnes.items()}


def test_a_need_is_one_number_only_where_everything_is() -> None:
    alone = computed(GRAPH, "M06", known(pomelo="3600"))
    assert alone.exact
    need = alone.demand(["吨"])
    assert need is not None
    assert (need.quantity, need.unit, need.computed) == (Decimal(3600), "吨", True)
    assert need.source == "按配料单推算：柚制品的年产量（测试）"
    ranged = computed(GRAPH, "U06", known(pomelo="3600"))
    assert ranged.total == Amount(Decimal(5_400_000), Decimal(10_800_000), "kg")
    assert not ranged.exact
    assert ranged.demand() is None, "a range is no number"
    partly = computed(GRAPH, "M28", known(pomelo="3600", bamboo="1800"))
    assert partly.total is None
    assert partly.demand() is None
    assert partly.at_least == Amount(Decimal(18_000), Decimal(18_000), "kg"), "alternatives count from 0"
    assert partly.lacking == ("酱卤鸭、豆干、调理肉、火锅底料、速冻菜肴、团餐的年产量",)
    assert computed(GRAPH, "U28", {f.id: volume("1") for f in SHIPPED}).lacking == ("柚制品的用量",)
    assert computed(GRAPH, "S01", known(pomelo="1")).parts == ()


def test_a_range_of_volume_is_a_range_of_need() -> None:
    between = known_volume(Decimal(3), "万吨", date(2026, 1, 1), "测试", Decimal(4))
    found = computed(GRAPH, "M06", {"pomelo": between})
    assert found.total == Amount(Decimal(30_000_000), Decimal(40_000_000), "kg")
    assert found.demand() is None


def test_a_need_that_no_capacity_can_be_compared_with_is_not_used() -> None:
    found = computed(GRAPH, "M06", known(pomelo="3600"))
    assert found.demand(["万只", "万只"]) is None
    assert found.demand(["万只", "kg"]) is not None
    assert found.demand([]) is not None


def test_the_day_of_a_computed_need_is_that_of_the_oldest_volume() -> None:
    families = parse_families(small(DUCK, SECOND.replace('low: "1", high: "1"', 'low: "2", high: "2"')), LINKS)
    old = known_volume(Decimal(1), "吨", date(2025, 3, 1), "年鉴")
    found = computed(requirements(families), "M12", {"a": volume("10"), "b": old}).demand()
    assert found is not None
    assert (found.quantity, found.data_date) == (Decimal(12), date(2025, 3, 1))
    assert found.source == "按配料单推算：甲、乙的年产量（测试；年鉴）"


def test_a_step_without_amount_beside_amounts_leaves_the_need_unknown() -> None:
    step = "      - {name: 委托切配, kind: 工序, link: U07, role: essential, basis: 测}"
    families = parse_families(small(step, SECOND.replace("family: a", "link: U07")), LINKS)
    found = computed(requirements(families), "U07", {"a": volume("1"), "b": volume("1")})
    assert found.lacking == ("甲的用量",)
    assert found.at_least == Amount(Decimal(1000), Decimal(1000), "kg")


def test_how_far_a_computed_need_is_from_an_entered_one() -> None:
    found = computed(GRAPH, "U06", known(pomelo="3600"))
    assert found.difference(Decimal(28_000), "吨") == (Decimal(-22_600), Decimal(-17_200))
    assert found.difference(Decimal(28_000), "万只") is None
    assert computed(GRAPH, "M28", known(pomelo="1")).difference(Decimal(1), "吨") is None


volumes = st.dictionaries(
    st.sampled_from([family.id for family in SHIPPED]), st.integers(0, 10**6).map(lambda n: volume(str(n)))
)


@given(volumes, st.sampled_from([family.id for family in SHIPPED]), st.integers(0, 10**6))
def test_a_volume_moves_only_the_links_it_reaches_and_never_lowers_what_is_sure(
    made: dict[str, Volume], family: str, more: int
) -> None:
    base = made.get(family, volume("0"))
    assert base.amount is not None
    grown = made | {family: volume(str(int(base.amount.low) // 1000 + more))}
    for link in GRAPH.lines:
        before, after = computed(GRAPH, link, made), computed(GRAPH, link, grown)
        if link not in GRAPH.reach[family]:
            assert before == after
        least = before.at_least.low if before.at_least is not None else Decimal(0)
        assert after.at_least is None or after.at_least.low >= least
        for was, now in zip(before.parts, after.parts, strict=True):
            assert set(now.lacking) <= set(was.lacking)
        by_hand = [part.amount for part in after.parts if part.amount is not None]
        if after.total is not None:
            assert after.total.low == sum(one.low for one in by_hand)
            assert after.total.low <= after.total.high
