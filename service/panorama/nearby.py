"""How close absent links are to what is here: asked of the chain, in words, and as rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

from chain.assessment.nearness import Item, Near, nearness
from chain.register.possessing import asked_items
from service.panorama import reading

FORMULA = (
    "距离现有产业 = 各企业「区内已有的项数 ÷ 项数」的平均；企业是登记里做（在区外、计划、候选）本环节的，项是它同时做的其他环节、"
    "登记的设备和证照、本环节应有的证照；区内已有指区内有在产主体的环节，或区内在产主体登记过的同名设备、未到期的证照"
)
COLUMNS = ("类别", "主体", "其他环节", "其中区内已有", "设备与证照", "其中区内已有的设备与证照", "占比")
SHOWN = 5


def nearest(chain: reading.Chain, *, staff: bool) -> dict[str, Near]:
    """How close each link without evidence of presence is to what is here, by link.

    For ``staff`` with candidates and the equipment and licences on record: they would tell the public whom the office
    talks to, and of a link with few enterprises what one of them has.
    """
    links_of: dict[str, set[str]] = {}
    for link, known in chain.by_link.items():
        for one in known.all:
            links_of.setdefault(one.org_code, set()).add(link)
    present = {link for link, one in chain.staff.links.items() if one.state == "present"}
    absent = sorted(set(chain.staff.links) - present)
    if not staff:
        return {one.link: one for one in nearness(links_of, present, absent)}
    for code, links in chain.held.candidates.items():
        links_of.setdefault(code, set()).update(links)
    items, here = chain.held.items, _here(chain, present)
    return {one.link: one for one in nearness(links_of, present, absent, items, asked_items(), here)}


def _here(chain: reading.Chain, present: Set[str]) -> dict[Item, set[str]]:
    """Every item on record for somebody in business inside, with the present links where it is."""
    items = chain.held.items
    found: dict[Item, set[str]] = {}
    for link in present if items else ():
        for one in chain.by_link[link].all:
            if one.inside_district and one.basis != "planned":
                for item in items.get(one.org_code, ()):
                    found.setdefault(item, set()).add(link)
    return found


def reason(near: Near, names: Mapping[str, str]) -> str:
    """What is found together and here too: links, equipment, licences, the most frequent first. ``names`` of links."""
    told = [f"{names[link]} {times} 家" for link, times in near.together[:SHOWN]]
    for (kind, name), times in near.items[:SHOWN]:
        at = near.at[kind, name]
        more = f"等 {len(at)} 个环节" if len(at) > 2 else ""
        told.append(f"{kind}“{name}” {times} 家（区内 {'、'.join(names[link] for link in at[:2])}{more}已有）")
    return "、".join(told)


def near_json(near: Near | None) -> dict[str, Any] | None:
    """For the API; null where the link is present or nothing is known of what goes with it."""
    if near is None:
        return None
    return {
        "nearness": round(near.nearness, 6),
        "enterprises": near.enterprises,
        "links": [{"link": link, "enterprises": times} for link, times in near.together],
        "items": [
            {"kind": item[0], "name": item[1], "enterprises": times, "links": list(near.at[item])}
            for item, times in near.items
        ],
        "formula": FORMULA,
    }


def sheet_rows(near: Near, known: Callable[[str], str]) -> Iterator[Sequence[Any]]:
    """One row an enterprise, several things between |, then the mean. ``known`` says how an enterprise is called."""
    for one in near.seen:
        yield ("同一企业", known(one.enterprise), "|".join(sorted(one.links)), "|".join(sorted(one.links_here)),
               _items(one.items), _items(one.items_here), f"{one.share:.6f}")  # fmt: skip
    yield ("距离现有产业", "", "", "", "", "", f"{near.nearness:.6f}")


def _items(items: frozenset[Item]) -> str:
    return "|".join(f"{kind}：{name}" for kind, name in sorted(items))
