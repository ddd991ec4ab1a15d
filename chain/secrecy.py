"""When a figure summed over enterprises may be shown to those who may not see each of them: one rule for all. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from chain.models import Thresholds


def may_show(enterprises: int, top_share: Decimal | None, limits: Thresholds | None = None) -> bool:
    """At least three enterprises stand behind the figure and none makes up more than 70 % of it (``limits``).

    ``top_share`` is 0..1; None (unknown) is not shown.
    """
    rule = limits or Thresholds()
    return enterprises >= rule.shown_enterprises and top_share is not None and top_share <= rule.shown_share


def top_share(amounts: Iterable[Decimal]) -> Decimal | None:
    """The largest of the amounts over their sum; None when there is nothing to divide."""
    known = list(amounts)
    total = sum(known, Decimal(0))
    return max(known) / total if total else None
