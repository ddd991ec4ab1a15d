"""The frame that ships: links, relations, families and where each gap is best closed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from chain.assessment.models import DIRECTIONS, LOCALISABLE, Locality
from chain.assessment.whole import Frame
from chain.models import Link, Thresholds
from chain.needs.loading import bills
from chain.seedrows import parse, read_text
from chain.seeds import load_edges, load_links

LOCALITIES = "chain/localities.yaml"
THRESHOLDS = "chain/thresholds.yaml"
_SHARES = ("concentrated_share", "external_share", "strong_share")


@cache
def frame() -> Frame:
    """Read once."""
    links = load_links()
    return Frame(links, load_edges(links), bills(), load_localities(links), load_thresholds())


def load_thresholds() -> Thresholds:
    return parse_thresholds(read_text(THRESHOLDS))


def parse_thresholds(text: str, file: str = THRESHOLDS) -> Thresholds:
    """Where one grade ends and the next begins. Raises SeedError for one that is missing, strange or out of order."""
    top = parse(file, text)
    top.text("basis")
    enough, strong, holders = (
        top.decimal("coverage_enough"),
        top.decimal("coverage_strong"),
        top.whole("strong_controllers"),
    )
    shares = [top.decimal(name) for name in _SHARES]
    for name, share in zip(_SHARES, shares, strict=True):
        if not 0 < share <= 1:
            raise top.fail(name, "份额应大于 0、不大于 1")
    concentrated, external, most = shares
    if not 0 < enough <= strong:
        raise top.fail("coverage_strong", "应大于 0，且不小于 coverage_enough")
    if holders < 1:
        raise top.fail("strong_controllers", "至少 1 家")
    if most > concentrated:
        raise top.fail("strong_share", "不应大于 concentrated_share")
    top.done()
    return Thresholds(
        coverage_enough=enough,
        coverage_strong=strong,
        concentrated_share=concentrated,
        external_share=external,
        strong_share=most,
        strong_controllers=holders,
    )


def load_localities(links: Iterable[Link]) -> dict[str, Locality]:
    return parse_localities(read_text(LOCALITIES), links)


def parse_localities(text: str, links: Iterable[Link], file: str = LOCALITIES) -> dict[str, Locality]:
    """One row a link, none missing and none strange. Raises SeedError."""
    top = parse(file, text)
    top.text("basis")
    found: dict[str, Locality] = {}
    known = [link.id for link in links]
    for row in top.rows("links", "id"):
        link = row.text("id")
        if link not in known:
            raise row.fail("id", f"没有环节 {link}")
        if link in found:
            raise row.fail("id", f"环节 {link} 重复")
        advice = row.choice("advice", tuple(LOCALISABLE))
        direction = row.text("direction", required=False)
        if direction and direction not in DIRECTIONS:
            raise row.fail("direction", f"“{direction}”不是 {'、'.join(DIRECTIONS)} 之一")
        found[link] = Locality(link, advice, row.text("reason"), direction)
        row.done()
    top.done()
    missing = [link for link in known if link not in found]
    if missing:
        raise top.fail("links", f"环节 {'、'.join(missing)} 没有写怎么补")
    return found
