"""Which absent link is closest to what is here: what is found together with it inside one enterprise. Pure.

For a link without operators here, and each enterprise of the register that works at it anywhere (outside, planned,
candidates): how much of what else goes with it is known to be here. That is the other links it works at, the equipment
and licences on record for it, and the licences that the link asks for. Nearness is the mean share; the reason names
the links, the equipment and the licences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

Item = tuple[str, str]
"""(设备 or 证照, its name): two of the same name count as the same."""
EQUIPMENT, LICENCE = "设备", "证照"


@dataclass(frozen=True, slots=True)
class Seen:
    """One enterprise that works at the absent link: what else goes with it, and what of that is here."""

    enterprise: str
    links: frozenset[str]
    items: frozenset[Item]
    links_here: frozenset[str]
    items_here: frozenset[Item]

    @property
    def share(self) -> float:
        return (len(self.links_here) + len(self.items_here)) / (len(self.links) + len(self.items))


@dataclass(frozen=True, slots=True)
class Near:
    """``together`` are the links and ``items`` the equipment and licences found with it in one enterprise and here
    too, most often first, each with the number of enterprises; ``at`` the present links where an item is."""

    link: str
    seen: tuple[Seen, ...]
    at: Mapping[Item, tuple[str, ...]]

    @property
    def nearness(self) -> float:
        """0 to 1."""
        return sum(one.share for one in self.seen) / len(self.seen)

    @property
    def enterprises(self) -> int:
        return len(self.seen)

    @property
    def together(self) -> tuple[tuple[str, int], ...]:
        found = Counter(link for one in self.seen for link in one.links_here)
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def items(self) -> tuple[tuple[Item, int], ...]:
        found = Counter(item for one in self.seen for item in one.items_here)
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def nearness(
    links_of: Mapping[str, Set[str]],
    present: Set[str],
    absent: Iterable[str],
    items_of: Mapping[str, Set[Item]] | None = None,
    asks: Mapping[str, Set[Item]] | None = None,
    here: Mapping[Item, Set[str]] | None = None,
) -> list[Near]:
    """The absent links, nearest first.

    ``links_of`` gives the links and ``items_of`` the equipment and licences of each enterprise, wherever it is; ``asks``
    the licences that a link asks for; ``here`` the present links at which somebody inside has an item. Left out are
    links of which no enterprise is known to do or to have anything else: what a link asks for says nothing alone.
    """
    had, wanted, there = items_of or {}, asks or {}, here or {}
    doers: dict[str, list[str]] = {}
    for code, links in links_of.items():
        if len(links) > 1 or had.get(code):
            for link in links:
                doers.setdefault(link, []).append(code)
    found = []
    for link in absent:
        seen = []
        for code in doers.get(link, ()):
            links = frozenset(links_of[code] - {link})
            items = frozenset(had.get(code, frozenset()) | wanted.get(link, frozenset()))
            known = frozenset(item for item in items if item in there)
            seen.append(Seen(code, links, items, links & present, known))
        if seen:
            shared = sorted({item for one in seen for item in one.items_here})
            found.append(Near(link, tuple(seen), {item: tuple(sorted(there[item])) for item in shared}))
    return sorted(found, key=lambda near: (-near.nearness, -near.enterprises, near.link))
