"""How much of a lot each holder must account for, from hand-overs, uses and stock. Pure; the sums never lose anything."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from trace.recalls.models import Holding

UNKNOWN = "~来历不明"
"""Takes what was handed over by nobody the books know."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Handed over so much; ``open`` of it is not confirmed by the taker."""

    giver: str
    taker: str
    quantity: int
    open: int


def holdings(
    maker: str, made: int, deliveries: Sequence[Delivery], used: dict[str, int], stock: dict[str, int]
) -> tuple[list[Holding], int]:
    """What each holder must account for, nearest to the maker first, and how much went into other lots.

    made = sum of the holdings + used, whatever the books say: who hands over more than it got stands below zero.
    """
    balance: dict[str, int] = defaultdict(int)
    transit: dict[str, int] = defaultdict(int)
    onward: dict[str, set[str]] = defaultdict(set)
    givers: dict[str, str] = {}
    balance[maker] += made
    for one in deliveries:
        balance[one.giver] -= one.quantity
        balance[one.taker] += one.quantity
        transit[one.taker] += one.open
        onward[one.giver].add(one.taker)
        givers[one.taker] = min(one.giver, givers.get(one.taker, one.giver))
    for holder, amount in used.items():
        balance[holder] -= amount
    step = _steps(maker, onward)
    found = []
    for holder, quantity in balance.items():
        if quantity == 0 and holder != maker:
            continue
        open_ = min(transit[holder], max(quantity, 0))
        known = stock.get(holder)
        sold = 0 if known is None else max(quantity - open_ - max(known, 0), 0)
        found.append(Holding(holder, quantity, open_, sold, step.get(holder, 99), givers.get(holder, "")))
    return sorted(found, key=lambda h: (h.step, h.holder)), sum(used.values())


def _steps(maker: str, onward: dict[str, set[str]]) -> dict[str, int]:
    found, queue = {maker: 0}, deque([maker])
    while queue:
        here = queue.popleft()
        for taker in sorted(onward.get(here, ())):
            if taker not in found:
                found[taker] = found[here] + 1
                queue.append(taker)
    return found
