"""The plan as data: all rows, each backed by the document's own words, and nothing invented about who it names."""

import re

import pytest
import yaml

from chain.seedrows import SeedError, read_text
from chain.seeds import ENTITIES, PLAN, TAGS, load_entities, load_plan, load_tags, parse_entities, parse_plan
from tests.chain.shared import ROOT, fact, squeeze, table

ITEMS = load_plan()
ENTITY_LIST = load_entities()


def test_all_74_rows_under_their_names() -> None:
    assert [item.no for item in ITEMS] == list(range(1, 75))
    rows = table(fact("plan.md"), r"\d+")
    assert [(item.no, item.name, item.type) for item in ITEMS] == [
        (int(row[0]), row[1].replace("**", ""), row[2]) for row in rows
    ]


def test_every_quote_stands_in_the_document() -> None:
    document = squeeze(fact("plan-document.txt"))
    quotes = [(item.no, quote) for item in ITEMS for quote in item.quote]
    quotes += [(item.no, item.document_says) for item in ITEMS if item.document_says]
    assert [(no, quote) for no, quote in quotes if squeeze(quote) not in document] == []


def test_every_entity_is_named_in_the_quote_that_supports_it() -> None:
    document = squeeze(fact("plan-document.txt"))
    for entity in ENTITY_LIST:
        for mention in entity.mentions:
            assert squeeze(mention.quote) in document, entity.id
            assert entity.name in mention.quote, entity.id


def test_each_mention_stands_in_the_section_it_gives() -> None:
    """Cut the document at its headings: （四） is a part, 1． a paragraph of it."""
    parts: dict[str, str] = {}
    key = ""
    for line in fact("plan-document.txt").splitlines():
        text = line.strip()
        if head := re.match(r"（([一二三四五六七八九十]+)）", text):
            part = f"（{head.group(1)}）"
            if part in {name[: len(part)] for name in parts}:
                break  # the organisation chapter counts from one again
            key = part
        elif head := re.match(r"(\d)．", text):
            key = re.match(r"（.+?）", key).group(0) + head.group(1)  # type: ignore[union-attr]
        parts[key] = parts.get(key, "") + squeeze(text)
    for entity in ENTITY_LIST:
        for mention in entity.mentions:
            assert squeeze(mention.quote) in parts[mention.section], (entity.id, mention.section)


def test_every_number_of_a_target_stands_in_a_quote_of_its_row() -> None:
    for item in ITEMS:
        words = "".join(item.quote)
        for target in item.targets:
            for value in (target.value, target.upper):
                assert value is None or str(value) in words, (item.no, target.metric)


def test_where_table_and_document_differ_the_document_is_kept() -> None:
    by_no = {item.no: item for item in ITEMS}
    assert by_no[66].targets[0].metric == "市级绿色工厂"
    assert "新培育" in by_no[42].target
    assert "力争引进" in by_no[60].target
    assert "奇爽" in by_no[54].target
    assert all(item.differs and item.document_says for item in ITEMS if item.no in {5, 32, 35, 42, 54, 60, 64, 65, 66})


def test_plan_names_exactly_these() -> None:
    named: dict[str, list[str]] = {}
    for entity in ENTITY_LIST:
        named.setdefault(entity.kind, []).append(entity.name)
    assert named["三区"] == ["综合服务区", "示范引领区", "产业集聚区"]
    assert named["两中心"] == ["品牌中心", "陆海新通道预制菜集散中心"]
    assert named["九平台"] == [
        "运营平台",
        "陆海新通道预制菜集散平台",
        "综合服务平台",
        "配套服务平台",
        "食材集散平台",
        "产业研究院",
        "产业学院",
        "中华美食文化园",
        "英才之家",
    ]
    assert named["企业"] == [
        "张鸭子",
        "奇爽食品",
        "奇爽",
        "渝每滋",
        "渝每滋食品",
        "渝美滋",
        "国联水产",
        "味知香",
        "千味央厨",
        "初方",
        "旭焰",
        "美食林",
        "中意格格",
        "陆海新通道运营有限公司",
    ]
    assert named["老字号"] == ["张鸭子", "袁驿豆干", "大观白酒"]
    assert named["地标菜"] == ["张鸭子", "龙溪鱼", "烂肥肠"]


def test_nothing_else_is_said_about_a_real_company() -> None:
    raw = yaml.safe_load(read_text(ENTITIES))
    for entity in raw["entities"]:
        assert set(entity) <= {"id", "kind", "name", "suspected_same", "mentions"}
        for mention in entity["mentions"]:
            assert set(mention) == {"section", "quote", "target"}
        assert not re.search(r"[UMDS]\d\d", str(entity)), "no link before a person confirms it"


def test_a_field_nobody_confirmed_cannot_be_added() -> None:
    text = read_text(ENTITIES).replace("    name: 国联水产\n", "    name: 国联水产\n    link: M03\n")
    with pytest.raises(SeedError, match="没有这个字段"):
        parse_entities(text)


def test_spellings_stay_separate_and_only_carry_a_mark() -> None:
    marks: dict[str, set[str]] = {}
    for entity in ENTITY_LIST:
        if entity.suspected_same:
            marks.setdefault(entity.suspected_same, set()).add(entity.name)
    assert marks == {"奇爽": {"奇爽", "奇爽食品"}, "渝每滋": {"渝每滋", "渝每滋食品", "渝美滋"}}
    assert len({entity.id for entity in ENTITY_LIST}) == len(ENTITY_LIST)


def test_the_five_sons_tag_has_no_member_anywhere() -> None:
    (tag,) = load_tags()
    assert tag.name == "五子登科"
    assert tag.members == ()
    assert tag.note == "方案未列，待区里确认"
    carriers = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "seeds").rglob("*.y*ml"))
        if "五子登科" in path.read_text(encoding="utf-8") and not str(path).endswith((TAGS, PLAN))
    ]
    assert carriers == []
    for item in ITEMS:
        assert "五子登科" not in item.name or item.no == 27


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value: "500"', 'value: "五百"', ("cluster_output", "value", "不是数字")),
        ('value: "500"', 'value: "-5"', ("cluster_output", "value", "不小于 0")),
        ("year: 2027}", "year: 2027.5}", ("cluster_output", "year", "应是整数")),
        ('op: ">="', 'op: "between"', ("cluster_output", "upper")),
        ("  - no: 2\n", "  - no: 3\n", ("序号", "连续")),
        ("    differs:", "    note:", ("differs",)),
        ("key: freight_volume_growth", "key: cluster_output", ("cluster_output", "重复")),
    ],
)
def test_a_damaged_plan_says_file_row_and_field(old: str, new: str, words: tuple[str, ...]) -> None:
    text = read_text(PLAN)
    assert old in text
    with pytest.raises(SeedError) as caught:
        parse_plan(text.replace(old, new, 1))
    for word in (PLAN, *words):
        assert word in str(caught.value)
