"""Dried aquatic products and dried fungi (GB 2762-2025 3.5): the fresh food's limit, converted by the water lost.

Only where the standard limits both the fresh food and its products. A dried value within the fresh limit
conforms as it is; above it the concentration must be known, else the evidence is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from trace.standards.clauses import Clause
from trace.standards.judging.limits import Outcome
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW
from trace.standards.vocabulary.categories import Categories
from trace.standards.vocabulary.text import name_key
from trace.standards.vocabulary.units import EXACT

_DRIED = ("干制水产品", "干制食用菌")
_OTHERWISE = {
    "其他食用菌的制品": "其他新鲜食用菌",
    "海蜇制品": "其他鲜、冻水产动物",
    "其他水产原料制品": "其他鲜、冻水产动物",
}


class Drying:
    """Which classes are dried and which fresh class each was made of."""

    def __init__(self, tree: Categories) -> None:
        names = tree.names
        self.dried = 0
        for name in _DRIED:
            self.dried |= names.get(name_key(name), 0)
        pairs = {
            (mask, names[raw])
            for key, mask in names.items()
            if (raw := key.removesuffix("制品")) != key and raw in names
        }
        for product, raw in _OTHERWISE.items():
            if name_key(product) in names and name_key(raw) in names:
                pairs.add((names[name_key(product)], names[name_key(raw)]))
        self._pairs = sorted(pairs, key=lambda pair: (pair[0].bit_count(), pair))

    def fresh(self, mask: int) -> int:
        """The fresh classes of a dried product; 0 when it is not wholly dried. The narrowest class counts."""
        if not mask or mask & ~self.dried:
            return 0
        made = covered = 0
        for product, raw in self._pairs:
            if product & mask & ~covered:
                made |= raw
                covered |= product & mask
        return made


def compare_dried(
    clause: Clause,
    fresh: int,
    rows: Iterable[Clause],
    concentration: Decimal | None,
    judge: Callable[[Clause], Outcome],
) -> Outcome:
    """A dried product against the limits of its fresh food. ``judge`` compares with one clause's maximum."""
    limits = [
        row.maximum
        for row in rows
        if row.dries
        and row.standard == clause.standard
        and not row.basis
        and row.maximum is not None
        and row.foods is not None
        and row.foods & fresh
    ]
    if not limits:
        return judge(clause)
    low, high = min(limits), max(limits)
    told = f"{low}" if low == high else f"{low}～{high}"
    as_fresh = judge(replace(clause, maximum=low))
    if as_fresh.status == PASS:
        return Outcome(PASS, f"干制品含量未超过鲜品限量 {told}，不必折算")
    if as_fresh.status != FAIL:
        return as_fresh
    if concentration is None:
        why = f"干制品含量高于鲜品限量 {told}，须提供脱水率或浓缩率（或鲜品、干品水分）折算后再判"
        return Outcome(INSUFFICIENT, why)
    bounds = [EXACT.multiply(limit, concentration) for limit in (low, high)]
    outcomes = [judge(replace(clause, maximum=bound)) for bound in bounds]
    shown = " ～ ".join(dict.fromkeys(f"{bound:.6g}" for bound in bounds))
    if outcomes[0].status == outcomes[1].status:
        return Outcome(outcomes[0].status, f"按脱水率折算的限量 {shown}，{outcomes[0].why}")
    return Outcome(REVIEW, f"按脱水率折算的限量 {shown}，须先核实鲜品属于哪一类")
