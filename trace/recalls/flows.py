"""Paths and shares from suspect lots to everything made from them, in one pass each. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence

from trace.genealogy.shares import Flow
from trace.genealogy.shares import shares as shares_of

PPM = 1_000_000
_SUSPECT = -1
"""Stands for all suspects together; lot ids are positive."""


def paths(flows: Iterable[Flow], suspects: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Lot → a shortest chain of lots from one of the suspects (both ends included); suspects lead to themselves."""
    down: dict[int, set[int]] = defaultdict(set)
    for flow in flows:
        down[flow.input].add(flow.output)
    found: dict[int, tuple[int, ...]] = {lot: (lot,) for lot in suspects}
    queue = deque(suspects)
    while queue:
        here = queue.popleft()
        for lot in sorted(down[here]):
            if lot not in found:
                found[lot] = (*found[here], lot)
                queue.append(lot)
    return found


def shares(flows: Sequence[Flow], suspects: Sequence[int]) -> dict[int, tuple[int | None, str]]:
    """Touched lot → (part of its input mass that is suspect, in millionths) or (None, why not).

    ``flows`` must hold every input of every touched lot. All suspects count as made from one lot and nothing else,
    so that one made from another is not counted twice.
    """
    first = set(suspects)
    joined = [flow for flow in flows if flow.output not in first] + [Flow(_SUSPECT, one, 1) for one in suspects]
    found = shares_of(joined, _SUSPECT)
    return {
        lot: (None, one.why) if one.part is None else (round(one.part * PPM), "")
        for lot, one in found.items()
        if lot != _SUSPECT
    }
