"""What the register of subjects holds that rows of the plan count: bases by the plan's groups, subjects by kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from chain.ledger.loading import crop_group
from chain.register.folding import Register
from chain.register.models import BaseSize

Sizes = tuple[tuple[str, Decimal, str], ...]


def inside_of(register: Register) -> tuple[Sizes, Mapping[str, int]]:
    """((group, amount, unit) of real bases inside the district, kind → subjects there); merged subjects count once.

    Planned sizes and subjects of the demo are left out. Of a range the lower end counts.
    """
    inside = {one.subject: one.subject_kind for one in register.subjects if one.inside and not one.demo}
    latest: dict[tuple[str, str], BaseSize] = {}
    for one in register.all_base_sizes:
        if one.low is not None and one.basis != "planned" and one.subject in inside:
            key = (register.root(one.subject), one.what)
            latest[key] = max(latest.get(key, one), one, key=lambda fact: fact.order)
    sizes = tuple((crop_group(one.what), one.low, one.unit) for one in latest.values() if one.low is not None)
    return sizes, Counter(kind for subject, kind in inside.items() if register.root(subject) == subject)
