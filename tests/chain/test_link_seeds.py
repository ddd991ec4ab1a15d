"""The dictionary of links and its edges: complete, as written, and refused with a clear reason when damaged."""

import re

import networkx as nx
import pytest

from chain.graph import ChainGraph
from chain.seedrows import SeedError, read_text
from chain.seeds import EDGES, LINKS, load_edges, load_links, parse_edges, parse_links
from tests.chain.shared import fact, table

LINK_LIST = load_links()
EDGE_LIST = load_edges(LINK_LIST)


def test_every_row_of_the_dictionary_is_loaded_as_written() -> None:
    rows = table(fact("chain-links.md"), r"[UMDS]\d\d")
    written = [
        (
            link.id,
            link.name,
            [str(code) for code in link.codes],
            list(link.inputs),
            list(link.outputs),
            link.weight,
        )
        for link in LINK_LIST
    ]
    expected = [
        (key, name, codes.split("/"), inputs.split("、"), re.split("[、；]", outputs), weight)
        for key, name, codes, inputs, outputs, weight in rows
    ]
    assert written == expected


def test_88_links_in_four_layers() -> None:
    assert len(LINK_LIST) == 88
    assert {layer: sum(link.layer == layer for link in LINK_LIST) for layer in "UMDS"} == {
        "U": 27,
        "M": 30,
        "D": 15,
        "S": 16,
    }


def test_unverified_codes_stay_marked_and_never_carry_confidence() -> None:
    marked = {link.id for link in LINK_LIST if any(code.unverified for code in link.codes)}
    assert marked == {"U08", "M21", "M26", "M32"}
    assert all(link.confidence == "L" for link in LINK_LIST if link.id in marked)


def test_every_link_is_connected_and_material_flow_has_no_circle() -> None:
    graph = ChainGraph(LINK_LIST, EDGE_LIST)
    ends = {edge.from_link for edge in EDGE_LIST} | {edge.to_link for edge in EDGE_LIST}
    assert ends == {link.id for link in LINK_LIST}
    assert nx.is_directed_acyclic_graph(graph.material)


def test_streams_of_braised_meat() -> None:
    graph = ChainGraph(LINK_LIST, EDGE_LIST)
    up, down = graph.upstream("M12"), graph.downstream("M12")
    assert {"M02", "U12", "U15", "U16", "U26", "M28", "S01"} <= up
    assert {"M18", "D01", "D02", "D07", "D12"} <= down
    assert "M31" not in up, "a by-product fed back must not pull slaughter waste upstream of everything"
    assert not up & down
    assert "M12" not in up | down


def test_an_unknown_link_has_no_streams() -> None:
    graph = ChainGraph(LINK_LIST, EDGE_LIST)
    assert graph.upstream("X99") == graph.downstream("X99") == frozenset()
    assert graph.highlight("X99") is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("    weight: B\n", "    weight: E\n", ("U01", "weight", "不在可选值")),
        ('    codes: ["0111"]\n', '    codes: ["01a1"]\n', ("U01", "codes", "四位行业代码")),
        ("    name: 稻谷种植\n", "", ("U01", "name", "缺少")),
        ("    batches: true\n", "    batches: 是\n", ("U01", "batches")),
        ("    layer: U\n", "    layer: U\n    colour: red\n", ("U01", "colour", "没有这个字段")),
        ("    layer: U\n", "    layer: U\n    layer: M\n", ("重复写了", "layer")),
        ("  - id: U02\n", "  - id: U01\n", ("U01", "重复")),
        ("    short: 稻谷种植\n", "    short: 一二三四五六七八\n", ("U01", "short", "超过 7 个字")),
        ("    confidence: M\n", "    confidence: [M]\n", ("U01", "confidence", "不是列表")),
    ],
)
def test_a_damaged_dictionary_says_file_row_and_field(old: str, new: str, words: tuple[str, ...]) -> None:
    text = read_text(LINKS)
    assert old in text
    with pytest.raises(SeedError) as caught:
        parse_links(text.replace(old, new, 1))
    assert LINKS in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{from: U01, to: X99, what: 稻谷, kind: 物料}", ("to", "没有环节「X99」")),
        ("{from: U01, to: U01, what: 稻谷, kind: 物料}", ("to", "不能供给自己")),
        ("{from: U01, to: U23, what: 稻谷, kind: 管道}", ("kind", "不在可选值")),
    ],
)
def test_a_damaged_edge_is_refused(row: str, words: tuple[str, ...]) -> None:
    with pytest.raises(SeedError) as caught:
        parse_edges(f"basis: 团队拟定\nedges:\n  - {row}\n", LINK_LIST)
    assert EDGES in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "links: text\nedition: a\ntitle: b\n"])
def test_a_file_of_the_wrong_shape_is_refused(text: str) -> None:
    with pytest.raises(SeedError, match="种子文件"):
        parse_links(text)
