"""Which absent link is closest to what is here: links that are found together inside one enterprise. Pure.

For a link without operators here, and each enterprise of the register that works at it anywhere (outside, planned,
candidates): how much of what else it does is present here. Nearness is the mean share; the reason names the links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Near:
    """``nearness`` 0 to 1; ``together`` the links found with it in one enterprise and present here, most often first."""

    link: str
    nearness: float
    enterprises: int
    together: tuple[tuple[str, int], ...]


def nearness(
    links_of: Mapping[str, Set[str]],
    present: Set[str],
    absent: Iterable[str],
    shared: Mapping[str, Set[str]] | None = None,
) -> list[Near]:
    """The absent links, nearest first; those that no enterprise does together with another link are left out.

    ``links_of`` gives the links of each enterprise, wherever it is; ``shared`` the equipment or licences that a link
    needs, which count like a link when another present link needs them too.
    """
    found = []
    needs = shared or {}
    for link in absent:
        doing = [links - {link} for links in links_of.values() if link in links and len(links) > 1]
        common = {other for other in present if needs.get(link, frozenset()) & needs.get(other, frozenset())}
        if common:
            doing.append(common)
        if not doing:
            continue
        together = Counter(other for links in doing for other in links if other in present)
        share = sum(len(links & present) / len(links) for links in doing) / len(doing)
        order = sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
        found.append(Near(link, share, len(doing), tuple(order)))
    return sorted(found, key=lambda near: (-near.nearness, -near.enterprises, near.link))
