"""The demo district is nobody's, shows every grade and flag, and never meets the plan's targets."""

from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chain.demo
from chain.creditcode import DEMO_DISTRICT, is_credit_code, organisation_check
from chain.demo import load_demo
from chain.gaps import find_gaps
from chain.models import FLAG_PLANNED, FLAG_STOPPED, Grade
from chain.plan import UNKNOWN, Figure, plan_rows, reached
from chain.seedrows import SeedError, read_text
from chain.seeds import load_entities, load_links, load_plan
from tests.chain.factories import AS_OF
from trace.identifiers.credit_code import ALPHABET, credit_code_check

LINKS = load_links()
DEMO = load_demo(LINKS, AS_OF)
GAPS = find_gaps(LINKS, DEMO.presences, DEMO.demands, DEMO.flows, AS_OF, surveys=DEMO.surveys)
PLAN = load_plan()


def test_demo_shows_every_grade_and_flag() -> None:
    assert {gap.grade for gap in GAPS} == set(get_args(Grade))
    assert {flag for gap in GAPS for flag in gap.flags} == {FLAG_STOPPED, FLAG_PLANNED}
    assert {kind for gap in GAPS for kind in gap.kinds} == {"缺", "弱", "单点", "断流", "计划中"}


def test_demo_stays_as_it_is_on_any_later_day() -> None:
    later = AS_OF + timedelta(days=700)
    demo = load_demo(LINKS, later)
    gaps = find_gaps(LINKS, demo.presences, demo.demands, demo.flows, later, surveys=demo.surveys)
    assert {gap.link: (gap.grade, gap.flags) for gap in gaps} == {gap.link: (gap.grade, gap.flags) for gap in GAPS}


def test_demo_organisations_are_marked_and_nobodys() -> None:
    assert len(DEMO.organisations) >= 25
    real = {entity.name for entity in load_entities()}
    for organisation in DEMO.organisations:
        assert organisation.name.endswith("（演示）")
        assert is_credit_code(organisation.org_code)
        assert organisation.org_code[2:8] == DEMO_DISTRICT
        assert not any(name in organisation.name for name in real if len(name) > 1)
    assert all(presence.demo for presence in DEMO.presences)


def test_the_organisations_other_demo_data_refer_to() -> None:
    by_key = {organisation.key: organisation for organisation in DEMO.organisations}
    links = {
        key: {p.link_id for p in DEMO.presences if p.org_code == organisation.org_code}
        for key, organisation in by_key.items()
    }
    assert {key: links[key] for key in links if key in EXPECTED} == EXPECTED


EXPECTED = {
    "demo-maker": {"M12"},
    "demo-workshop": {"M08"},
    "demo-base": {"U12"},
    "demo-kitchen": {"M23"},
    "demo-slaughter": {"M02"},
    "demo-logistics": {"D02"},
    "demo-market": {"D07"},
}


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (
            "organisations.yaml",
            "良溪鸭掌柜食品有限公司（演示）",
            "良溪鸭掌柜食品有限公司",
            ("demo-maker", "name", "（演示）"),
        ),
        ("organisations.yaml", "919999990000900180", "919999990000900181", ("demo-maker", "校验位")),
        ("organisations.yaml", "919999990000900180", "91350100M000100Y43", ("demo-maker", "行政区划")),
        ("organisations.yaml", "key: demo-workshop", "key: demo-maker", ("重复",)),
        ("organisations.yaml", "良溪县（演示）", "良溪县", ("district",)),
        ("presences.yaml", "org: demo-maker", "org: demo-nobody", ("没有主体",)),
        ("presences.yaml", "link: M12", "link: M99", ("没有环节",)),
        ("presences.yaml", '"2026-09-30"', '"2026/09/30"', ("data_date", "不是日期")),
    ],
)
def test_a_damaged_demo_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, old: str, new: str, words: tuple[str, ...]
) -> None:
    def damaged(path: str) -> str:
        text = read_text(path)
        if not path.endswith(name):
            return text
        assert old in text
        return text.replace(old, new, 1)

    monkeypatch.setattr(chain.demo, "read_text", damaged)
    with pytest.raises(SeedError) as caught:
        load_demo(LINKS, AS_OF)
    for word in (name, *words):
        assert word in str(caught.value)


def test_a_published_credit_code_passes() -> None:
    """The example of GB 32100-2015, annex."""
    assert is_credit_code("91350100M000100Y43")


@given(st.text(ALPHABET, min_size=8, max_size=8), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(body: str, place: int, other: str) -> None:
    first = f"91{DEMO_DISTRICT}{body}"
    first += organisation_check(body)
    code = first + credit_code_check(first)
    assert is_credit_code(code)
    changed = code[:place] + other + code[place + 1 :]
    assert is_credit_code(changed) is (changed == code)


@pytest.mark.parametrize(
    "text", ["", "91999999", "9" * 18, "91999999000090018O", "９１９９９９９９００００９００１８０"]
)
def test_what_is_no_credit_code(text: str) -> None:
    assert not is_credit_code(text)


def test_plan_page_says_unknown_where_nothing_is_known() -> None:
    rows = plan_rows(PLAN, {})
    assert [row.item.no for row in rows] == list(range(1, 75))
    figures = [figure for row in rows for figure in row.figures]
    assert len(figures) >= 50
    assert {figure.present for figure in figures} == {UNKNOWN}
    assert {figure.reached for figure in figures} == {None}
    assert {row.present for row in rows} == {UNKNOWN}


def test_plan_page_shows_a_figure_with_source_and_date() -> None:
    day = date(2026, 9, 30)
    rows = plan_rows(PLAN, {"above_scale": Figure(Decimal(98), "统计公报", day)})
    (figure,) = [figure for row in rows for figure in row.figures if figure.key == "above_scale"]
    assert (figure.present, figure.source, figure.date, figure.reached) == ("98 家", "统计公报", day, False)
    assert figure.target == "≥ 120 家"
    assert figure.year == 2027
    assert rows[33].present == "预制菜规上企业 98 家"
    assert rows[34].present == UNKNOWN


def test_demo_figures_never_meet_the_targets() -> None:
    with pytest.raises(ValueError, match="不得与方案目标同表"):
        plan_rows(PLAN, {"above_scale": Figure(Decimal(3), "演示", AS_OF, demo=True)})


def test_a_figure_nobody_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match="没有指标 above_scael"):
        plan_rows(PLAN, {"above_scael": Figure(Decimal(3), "统计公报", AS_OF)})


@pytest.mark.parametrize(
    ("key", "value", "met"),
    [
        ("above_scale", "120", True),
        ("above_scale", "119", False),
        ("online_retail", "35", False),
        ("online_retail", "35.1", True),
        ("cloud_enterprises", "500", True),
        ("logistics_5a", "1", True),
        ("logistics_5a", "0", False),
    ],
)
def test_when_a_target_is_reached(key: str, value: str, met: bool) -> None:
    (target,) = [target for item in PLAN for target in item.targets if target.key == key]
    assert reached(target, Decimal(value)) is met


def test_a_range_reads_as_the_document_writes_it() -> None:
    (target,) = [target for item in PLAN for target in item.targets if target.key == "logistics_5a"]
    assert target.text == "1—2 家"
