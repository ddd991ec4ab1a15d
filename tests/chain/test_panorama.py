"""The panorama: positions that never overlap and never move, and an SVG a strict policy lets through."""

import random
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.demo import load_demo
from chain.gaps import find_gaps
from chain.graph import ChainGraph, Highlight
from chain.layout import MAX_ROWS, Box, Layout, compact_layout, crossings, wide_layout
from chain.models import GRADE_NAMES, Link, LinkEdge
from chain.seeds import load_edges, load_links
from chain.svg import LOOKS, panorama_svg
from tests.chain.factories import AS_OF, link

LINKS = load_links()
EDGES = load_edges(LINKS)
GRAPH = ChainGraph(LINKS, EDGES)
DEMO = load_demo(LINKS, AS_OF)
GAPS = find_gaps(LINKS, DEMO.presences, DEMO.demands, DEMO.flows, AS_OF, surveys=DEMO.surveys)
NS = "{http://www.w3.org/2000/svg}"
LAYOUTS = {"wide": wide_layout(LINKS, GRAPH), "compact": compact_layout(LINKS, GRAPH)}


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def check_geometry(layout: Layout, links: list[Link]) -> None:
    assert set(layout.boxes) == {item.id for item in links}
    for a, b in combinations(layout.boxes.values(), 2):
        assert not overlap(a, b), (a.id, b.id)
    for a, b in combinations(layout.layers, 2):
        assert not overlap(a, b), (a.id, b.id)
    layers = {box.id: box for box in layout.layers}
    for box in layout.boxes.values():
        home = layers[box.id[0]]
        assert home.x <= box.x
        assert box.right <= home.right
        assert home.y <= box.y
        assert box.bottom <= home.bottom
    for box in layout.layers:
        assert 0 <= box.x < box.right <= layout.width
        assert layout.legend.bottom <= box.y < box.bottom <= layout.height
    assert all(isinstance(side, int) for box in layout.boxes.values() for side in (box.x, box.y, box.width, box.height))


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_shipped_chain_fits(name: str) -> None:
    check_geometry(LAYOUTS[name], list(LINKS))


def test_sizes_for_a_desk_and_a_phone() -> None:
    assert LAYOUTS["wide"].width <= 1392, "1440 less the page's margins"
    assert LAYOUTS["compact"].width == 390
    assert min(box.height for box in LAYOUTS["compact"].boxes.values()) >= 44, "a finger's width"


def test_layers_run_left_to_right_with_support_below() -> None:
    layers = {box.id: box for box in LAYOUTS["wide"].layers}
    assert layers["U"].right < layers["M"].x
    assert layers["M"].right < layers["D"].x
    assert layers["S"].y > layers["M"].bottom
    columns: dict[int, int] = {}
    for box in LAYOUTS["wide"].boxes.values():
        if box.id[0] != "S":
            columns[box.x] = columns.get(box.x, 0) + 1
    assert max(columns.values()) <= MAX_ROWS


def test_layout_is_the_same_every_time() -> None:
    shuffled = list(EDGES)
    random.Random(7).shuffle(shuffled)
    assert wide_layout(LINKS, ChainGraph(LINKS, shuffled)) == LAYOUTS["wide"]
    assert compact_layout(LINKS, ChainGraph(LINKS, shuffled)) == LAYOUTS["compact"]


def test_ordering_uncrosses_edges() -> None:
    boxes = LAYOUTS["wide"].boxes.values()
    xs = sorted({box.x for box in boxes if box.id[0] != "S"})
    drawn = [
        [("", [box.id for box in sorted(boxes, key=lambda box: box.y) if box.x == x and box.id[0] != "S"])] for x in xs
    ]
    by_id = [[("", sorted(ids)) for _, ids in column] for column in drawn]
    assert crossings(drawn, GRAPH) < crossings(by_id, GRAPH)


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[Link], list[LinkEdge]]:
    """Any chain of up to 60 links in any groups."""
    links = []
    for layer in "UMDS":
        for number in range(draw(st.integers(0, 15))):
            item = link(f"{layer}{number:02d}")
            links.append(
                Link(
                    item.id,
                    item.layer,
                    f"组{draw(st.integers(0, 3))}",
                    item.name,
                    item.short,
                    (),
                    (),
                    (),
                    "A",
                    True,
                    "K",
                    "M",
                )
            )
    ends = st.sampled_from([item.id for item in links]) if links else st.nothing()
    pairs = (
        draw(st.sets(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=20))
        if len(links) > 1
        else set()
    )
    return links, [LinkEdge(a, b, "物", "物料") for a, b in sorted(pairs)]


@settings(max_examples=50)
@given(chains())
def test_any_chain_is_laid_out_without_overlap(chain: tuple[list[Link], list[LinkEdge]]) -> None:
    links, edges = chain
    graph = ChainGraph(links, edges)
    for lay in (wide_layout, compact_layout):
        check_geometry(lay(links, graph), links)
        assert lay(links, graph) == lay(links, graph)


def draw(name: str = "wide", highlight: Highlight | None = None, *, interactive: bool = True) -> ET.Element:
    text = panorama_svg(
        LAYOUTS[name], LINKS, GAPS, EDGES, highlight=highlight, notice=DEMO.notice, interactive=interactive
    )
    return ET.fromstring(text)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("interactive", [True, False])
def test_svg_is_well_formed_and_needs_no_script_or_style(name: str, interactive: bool) -> None:
    root = draw(name, GRAPH.highlight("M12"), interactive=interactive)
    assert root.tag == f"{NS}svg"
    for element in root.iter():
        assert element.tag not in {f"{NS}script", f"{NS}style", f"{NS}foreignObject", f"{NS}image"}
        assert "style" not in element.attrib
        assert not [key for key in element.attrib if key.lower().startswith("on")]
    assert str(root.get("aria-label")).startswith("产业链全景图：88 个环节")
    assert "演示" in str(root.get("aria-label"))


def test_every_link_is_an_anchor_with_a_name_and_a_tip() -> None:
    anchors = {str(a.get("data-link")): a for a in draw().iter(f"{NS}a")}
    assert set(anchors) == {item.id for item in LINKS}
    gaps = {gap.link: gap for gap in GAPS}
    for link_id, anchor in anchors.items():
        assert anchor.get("href") == f"/chain/links/{link_id}"
        assert GRADE_NAMES[gaps[link_id].grade] in str(anchor.get("aria-label"))
        title = anchor.find(f"{NS}title")
        assert title is not None
        assert gaps[link_id].reason in str(title.text)


def test_a_picture_with_controls_is_a_group_and_one_without_an_image() -> None:
    assert draw().get("role") == "group"
    still = draw(interactive=False)
    assert still.get("role") == "img"
    assert list(still.iter(f"{NS}a")) == []


def test_state_is_told_by_colour_shape_and_word() -> None:
    for pick in ("colour", "tint", "shape"):
        assert len({getattr(look, pick) for look in LOOKS.values()}) == len(GRADE_NAMES)
    for anchor in draw().iter(f"{NS}a"):
        grade = next(name for name in str(anchor.get("class")).split() if name.startswith("g-"))[2:]
        assert GRADE_NAMES[grade] in [text.text for text in anchor.iter(f"{NS}text")]
        assert LOOKS[grade].shape in [path.get("d") for path in anchor.iter(f"{NS}path")]  # type: ignore[index]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("grade", LOOKS)
def test_words_can_be_read_on_their_tint(grade: str) -> None:
    """WCAG 2.2, 1.4.3: contrast of at least 4.5."""
    look = LOOKS[grade]  # type: ignore[index]
    for ink in (look.word, "#1C2B36", "#586773"):
        low, high = sorted((luminance(ink), luminance(look.tint)))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_chosen_link_marks_its_streams_and_dims_the_rest() -> None:
    highlight = GRAPH.highlight("M12")
    assert highlight is not None
    roles: dict[str, set[str]] = {}
    for anchor in draw(highlight=highlight).iter(f"{NS}a"):
        role = next(name for name in str(anchor.get("class")).split() if name.startswith("is-"))
        roles.setdefault(role, set()).add(str(anchor.get("data-link")))
    assert roles["is-selected"] == {"M12"}
    assert roles["is-upstream"] == highlight.upstream
    assert roles["is-downstream"] == highlight.downstream
    assert roles["is-dim"] == {item.id for item in LINKS} - highlight.upstream - highlight.downstream - {"M12"}


def test_names_are_escaped() -> None:
    odd = Link("U01", "U", "<组>", 'a"<b>&', "<i>&", (), (), (), "A", True, "K", "M")
    graph = ChainGraph([odd], [])
    text = panorama_svg(wide_layout([odd], graph), [odd], [], [], notice="<script>")
    root = ET.fromstring(text)
    assert [anchor.get("data-name") for anchor in root.iter(f"{NS}a")] == ['a"<b>&']
    assert list(root.iter(f"{NS}script")) == []
