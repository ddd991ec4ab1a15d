"""When a figure summed over enterprises may be shown to those who may not see each of them: one rule for all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from chain.models import Thresholds


def may_show(enterprises: int, top_share: Decimal | None, limits: Thresholds | None = None) -> bool:
    """At least three enterprises stand behind the figure and none makes up more than 70 % of it (``limits``).

    ``top_share`` is 0..1; None (unknown) is not shown.
    """
    rule = limits or Thresholds()
    return enterprises >= rule.shown_enterprises and top_share is not None and top_share <= rule.shown_share


def may_sum(
    amounts: Iterable[tuple[Iterable[str], Decimal]], owners: Mapping[str, str], limits: Thresholds | None = None
) -> bool:
    """Whether a sum may be shown, whichever of its parties one looks at: givers, and just as much takers.

    ``amounts``: the parties of each part (the same number of codes each time) and its amount. Parties of one owner
    (``owners``: code → owner) are one; who has no part of the sum is no cover for the others.
    """
    sides: list[dict[str, Decimal]] = []
    for parties, amount in amounts:
        for at, party in enumerate(parties):
            if at == len(sides):
                sides.append({})
            owner = owners.get(party, party)
            sides[at][owner] = sides[at].get(owner, Decimal(0)) + amount
    parts = [[amount for amount in side.values() if amount] for side in sides]
    return bool(parts) and all(may_show(len(part), top_share(part), limits) for part in parts)


def top_share(amounts: Iterable[Decimal]) -> Decimal | None:
    """The largest of the amounts over their sum; None when there is nothing to divide."""
    known = list(amounts)
    total = sum(known, Decimal(0))
    return max(known) / total if total else None
