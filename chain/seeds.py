"""Load and check the chain's seed files: links, edges, plan, plan entities, tags.

Each ``parse_*`` takes the text of a file, so that tests and the import form can check a draft; ``load_*``
reads the file that ships. Errors are SeedError: file, row, field, what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from chain.models import (
    IndustryCode,
    Link,
    LinkEdge,
    PlanEntity,
    PlanItem,
    PlanMention,
    PlanTag,
    PlanTarget,
)
from chain.seedrows import Row, parse, read_text

LINKS = "links/links.yaml"
EDGES = "links/edges.yaml"
PLAN = "plan/plan.yaml"
ENTITIES = "plan/entities.yaml"
TAGS = "plan/tags.yaml"

ENTITY_KINDS = ("三区", "两中心", "九平台", "企业", "老字号", "地标菜")
_LINK_ID = re.compile(r"[UMDS]\d{2}")
_CODE = re.compile(r"(\d{4}(?:–\d{4})?)?(\?)?")

T = TypeVar("T")


def load_links() -> tuple[Link, ...]:
    """All links of the dictionary, in its order."""
    return parse_links(read_text(LINKS))


def load_edges(links: Iterable[Link]) -> tuple[LinkEdge, ...]:
    """What links hand to each other; both ends must be in ``links``."""
    return parse_edges(read_text(EDGES), links)


def load_plan() -> tuple[PlanItem, ...]:
    """The plan's rows, numbered 1 to n without a hole."""
    return parse_plan(read_text(PLAN))


def load_entities() -> tuple[PlanEntity, ...]:
    """Zones, centres, platforms, enterprises, brands and dishes the plan names."""
    return parse_entities(read_text(ENTITIES))


def load_tags() -> tuple[PlanTag, ...]:
    """Words of the plan with their members, if it lists any."""
    return parse_tags(read_text(TAGS))


def parse_links(text: str, file: str = LINKS) -> tuple[Link, ...]:
    top = parse(file, text)
    top.text("edition")
    top.text("title")
    links = tuple(_link(row) for row in top.rows("links", "id"))
    top.done()
    _unique(top, "links", links, lambda link: link.id)
    _unique(top, "links", links, lambda link: link.short)
    return links


def _link(row: Row) -> Link:
    link_id = row.text("id")
    layer = row.choice("layer", ("U", "M", "D", "S"))
    if not _LINK_ID.fullmatch(link_id) or link_id[0] != layer:
        raise row.fail("id", f"「{link_id}」应是层代号 {layer} 加两位数字")
    link = Link(
        id=link_id,
        layer=layer,
        group=row.text("group"),
        name=row.text("name"),
        short=row.text("short"),
        codes=tuple(_code(row, code) for code in row.texts("codes")),
        inputs=row.texts("inputs"),
        outputs=row.texts("outputs"),
        weight=row.choice("weight", ("A", "B", "C")),
        expects_batches=row.flag("batches"),
        source=row.choice("source", ("P", "S", "B", "K")),
        confidence=row.choice("confidence", ("H", "M", "L")),
    )
    if len(link.short) > 7:
        raise row.fail("short", f"「{link.short}」超过 7 个字，全景图上放不下")
    if link.confidence != "L" and any(code.unverified for code in link.codes):
        raise row.fail("confidence", "有带 ? 的未核代码时只能是 L")
    row.done()
    return link


def _code(row: Row, text: str) -> IndustryCode:
    match = _CODE.fullmatch(text)
    if match is None or not text:
        raise row.fail("codes", f"「{text}」应是四位行业代码，未核实的后面加 ?")
    return IndustryCode(match.group(1) or "", bool(match.group(2)))


def parse_edges(text: str, links: Iterable[Link], file: str = EDGES) -> tuple[LinkEdge, ...]:
    top = parse(file, text)
    top.text("basis")
    known = {link.id for link in links}
    edges = []
    for row in top.rows("edges"):
        edge = LinkEdge(
            row.text("from"), row.text("to"), row.text("what"), row.choice("kind", ("物料", "配套", "回流"))
        )
        for name, end in (("from", edge.from_link), ("to", edge.to_link)):
            if end not in known:
                raise row.fail(name, f"没有环节「{end}」")
        if edge.from_link == edge.to_link:
            raise row.fail("to", "环节不能供给自己")
        row.done()
        edges.append(edge)
    top.done()
    _unique(top, "edges", edges, lambda edge: f"{edge.from_link}→{edge.to_link}")
    return tuple(edges)


def parse_plan(text: str, file: str = PLAN) -> tuple[PlanItem, ...]:
    top = parse(file, text)
    for name in ("document", "issued", "issuer"):
        top.text(name)
    items = tuple(_plan_item(row) for row in top.rows("items", "no"))
    top.done()
    if [item.no for item in items] != list(range(1, len(items) + 1)):
        raise top.fail("items", "序号应从 1 起连续")
    _unique(top, "items", [target for item in items for target in item.targets], lambda target: target.key)
    return items


def _plan_item(row: Row) -> PlanItem:
    item = PlanItem(
        no=row.whole("no"),
        name=row.text("name"),
        type=row.text("type"),
        section=row.text("section"),
        target=row.text("target"),
        targets=tuple(_plan_target(target) for target in row.rows("targets", "key", required=False)),
        quote=row.texts("quote"),
        document_says=row.text("document_says", required=False),
        differs=row.text("differs", required=False),
        platform_row=row.text("platform_row"),
    )
    if bool(item.document_says) != bool(item.differs):
        raise row.fail("differs", "document_says 与 differs 要么都写，要么都不写")
    row.done()
    return item


def _plan_target(row: Row) -> PlanTarget:
    target = PlanTarget(
        key=row.text("key"),
        metric=row.text("metric"),
        op=row.choice("op", (">=", ">", "=", "between")),
        value=row.decimal("value"),
        upper=row.optional_decimal("upper"),
        unit=row.text("unit"),
        year=row.whole("year"),
        year_note=row.text("year_note", required=False),
    )
    if (target.op == "between") != (target.upper is not None):
        raise row.fail("upper", "只有 op 为 between 时才写，且必须写")
    row.done()
    return target


def parse_entities(text: str, file: str = ENTITIES) -> tuple[PlanEntity, ...]:
    top = parse(file, text)
    entities = []
    for row in top.rows("entities", "id"):
        entity = PlanEntity(
            id=row.text("id"),
            kind=row.choice("kind", ENTITY_KINDS),
            name=row.text("name"),
            suspected_same=row.text("suspected_same", required=False),
            mentions=tuple(_mention(mention) for mention in row.rows("mentions")),
        )
        row.done()
        entities.append(entity)
    top.done()
    _unique(top, "entities", entities, lambda entity: entity.id)
    return tuple(entities)


def _mention(row: Row) -> PlanMention:
    mention = PlanMention(row.text("section"), row.text("quote"), row.text("target"))
    row.done()
    return mention


def parse_tags(text: str, file: str = TAGS) -> tuple[PlanTag, ...]:
    top = parse(file, text)
    tags = []
    for row in top.rows("tags", "id"):
        tag = PlanTag(
            row.text("id"),
            row.text("name"),
            row.texts("sections"),
            row.texts("members", required=False),
            row.text("note", required=False),
        )
        row.done()
        tags.append(tag)
    top.done()
    _unique(top, "tags", tags, lambda tag: tag.id)
    return tuple(tags)


def _unique(top: Row, name: str, items: Iterable[T], key: Callable[[T], str]) -> None:
    seen: set[str] = set()
    for item in items:
        value = key(item)
        if value in seen:
            raise top.fail(name, f"「{value}」重复")
        seen.add(value)
