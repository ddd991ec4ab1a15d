"""Paths and shares from suspect lots to everything made from them, in one pass each. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from trace.suspicion.rules import IN_A_CIRCLE, UNKNOWN_AMOUNT, Flow

PPM = 1_000_000


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

    ``flows`` must hold every input of every touched lot. A lot made partly of an unknown mass is unknown, and so is
    what was made from it.
    """
    into: dict[int, list[Flow]] = defaultdict(list)
    down: dict[int, set[int]] = defaultdict(set)
    for flow in flows:
        into[flow.output].append(flow)
        down[flow.input].add(flow.output)
    touched = set(paths(flows, suspects))
    first = set(suspects)
    waiting = {lot: len({f.input for f in into[lot]} & touched) if lot not in first else 0 for lot in touched}
    part: dict[int, tuple[float | None, str]] = dict.fromkeys(suspects, (1.0, ""))
    ready = deque(sorted(lot for lot in touched if waiting[lot] == 0))
    while ready:
        here = ready.popleft()
        if here not in first:
            part[here] = _mixed(into[here], part)
        for lot in sorted(down[here]):
            if lot not in first:
                waiting[lot] -= 1
                if waiting[lot] == 0:
                    ready.append(lot)
    return {lot: _told(part.get(lot, (None, IN_A_CIRCLE))) for lot in touched}


def _mixed(inputs: Sequence[Flow], part: Mapping[int, tuple[float | None, str]]) -> tuple[float | None, str]:
    masses = [flow.mass for flow in inputs]
    total = sum(mass for mass in masses if mass is not None)
    if None in masses or total == 0:
        return None, UNKNOWN_AMOUNT
    found = 0.0
    for flow in inputs:
        share, why = part.get(flow.input, (0.0, ""))
        if share is None:
            return None, why
        found += share * (flow.mass or 0) / total
    return found, ""


def _told(one: tuple[float | None, str]) -> tuple[int | None, str]:
    share, why = one
    return (None, why) if share is None else (round(share * PPM), "")
