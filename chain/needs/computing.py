"""The need of one link as the sum of what each family takes: volume × amounts along the bills of material. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from chain.models import Demand
from chain.needs.models import Amount, Family, Need, Volume
from chain.units import convert, same_base

WHOLE = Amount(Decimal(1), Decimal(1), "kg")
SOURCE = "按配料单推算"
"""How the source of a computed need begins."""
LACKING = ("年产量", "用量")
"""What may be 未知 of a part: the family's volume, an amount on the way."""


@dataclass(frozen=True, slots=True)
class Line:
    """One way down the bills of material from a family to a link.

    ``steps`` are the needs on the way, () where the family itself is made there. ``per_kg`` is what the link gives for
    1 kg of the family: the product of the amounts on the way, None where one of them is 未知.
    """

    family: str
    link: str
    steps: tuple[Need, ...]
    per_kg: Amount | None


@dataclass(frozen=True, slots=True)
class Part:
    """What one family takes of a link along one way in a year."""

    line: Line
    family: Family
    volume: Volume

    @property
    def amount(self) -> Amount | None:
        made, used = self.volume.amount, self.line.per_kg
        return None if made is None or used is None else made.times(used, used.unit)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is not known of it, of LACKING; () where the amount is."""
        known = (self.volume.amount, self.line.per_kg)
        return tuple(what for what, amount in zip(LACKING, known, strict=True) if amount is None)


@dataclass(frozen=True, slots=True)
class Computed:
    """A link's need by the volumes. Without parts no family takes anything that is counted."""

    link: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> Amount | None:
        """The sum; None while one part of it is 未知."""
        return None if self.lacking else _sum(part.amount for part in self.parts)

    @property
    def at_least(self) -> Amount | None:
        """What is needed by the parts that are known, a lower bound; None where none is."""
        known = _sum(part.amount for part in self.parts)
        return None if known is None else Amount(known.low, known.low, known.unit)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is not known, in words: of which families the volume, of which the amount."""
        names = {what: dict.fromkeys(p.family.name for p in self.parts if what in p.lacking) for what in LACKING}
        return tuple(f"{'、'.join(named)}的{what}" for what, named in names.items() if named)

    @property
    def exact(self) -> bool:
        total = self.total
        return total is not None and total.low == total.high

    def difference(self, quantity: Decimal, unit: str) -> tuple[Decimal, Decimal] | None:
        """The sum less ``quantity``, lower and upper end in ``unit``; None where the sum is 未知 or does not convert."""
        total = self.total
        ends = [] if total is None else [convert(end, total.unit, unit) for end in (total.low, total.high)]
        known = [end for end in ends if end is not None]
        return (known[0] - quantity, known[1] - quantity) if len(known) == 2 else None

    def demand(self, capacity_units: Iterable[str] = ()) -> Demand | None:
        """The sum as the link's need, of the oldest day among the volumes. None where it is unknown or a range, or
        where none of the capacities on record (their units) can be compared with it."""
        total, units = self.total, list(capacity_units)
        days = [part.volume.data_date for part in self.parts if part.volume.data_date is not None]
        if total is None or total.low != total.high or not days:
            return None
        if units and not any(same_base(unit, total.unit) for unit in units):
            return None
        amount = written(total)
        names = "、".join(dict.fromkeys(part.family.name for part in self.parts))
        sources = "；".join(dict.fromkeys(part.volume.source for part in self.parts))
        return Demand(
            self.link,
            amount.low,
            amount.unit,
            min(days),
            f"{SOURCE}：{names}的年产量（{sources}）",
            computed=True,
            elsewhere=any(part.family.makes != self.link for part in self.parts),
        )


def written(amount: Amount) -> Amount:
    """As the chain's pages count: kg as 吨, everything else as it is."""
    if amount.unit != "kg":
        return amount
    low, high = convert(amount.low, "kg", "吨"), convert(amount.high, "kg", "吨")
    assert low is not None
    assert high is not None
    return Amount(low, high, "吨")


def _sum(amounts: Iterable[Amount | None]) -> Amount | None:
    known = [amount for amount in amounts if amount is not None]
    return reduce(Amount.plus, known) if known else None
