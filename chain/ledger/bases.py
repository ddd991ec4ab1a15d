"""What the register of subjects holds that rows of the plan count: bases by the plan's groups, subjects by kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from chain.ledger.loading import crop_group
from chain.register.folding import Register
from chain.register.likeness import Suspicion, counted
from chain.register.models import BaseSize

Sizes = tuple[tuple[str, Decimal, str], ...]


def inside_of(register: Register, suspicions: Iterable[Suspicion] = ()) -> tuple[Sizes, Mapping[str, tuple[int, int]]]:
    """((group, amount, unit) of real bases inside the district, kind → subjects there); merged subjects count once.

    Subjects are counted from to: if every suspicion that two are one is right, if none is. Planned sizes and subjects
    of the demo are left out. Of a range of sizes the lower end counts.
    """
    inside = {one.subject: one.subject_kind for one in register.subjects if one.inside and not one.demo}
    latest: dict[tuple[str, str], BaseSize] = {}
    for one in register.all_base_sizes:
        if one.low is not None and one.basis != "planned" and one.subject in inside:
            key = (register.root(one.subject), one.what)
            latest[key] = max(latest.get(key, one), one, key=lambda fact: fact.order)
    sizes = tuple((crop_group(one.what), one.low, one.unit) for one in latest.values() if one.low is not None)
    doubts = tuple(suspicions)
    of_kind: dict[str, list[str]] = {}
    for subject, kind in inside.items():
        of_kind.setdefault(kind, []).append(subject)
    return sizes, {kind: counted(register, several, doubts) for kind, several in of_kind.items()}
