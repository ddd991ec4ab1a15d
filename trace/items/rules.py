"""Fills a recipe from what is on hand, first expired first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from trace.items.models import Proposal
from trace.quantity import MICRO, convert


@dataclass(frozen=True, slots=True)
class Need:
    """One recipe line for a planned quantity: millionths of ``unit`` per product unit."""

    material_id: int
    material: str
    per_unit: int
    unit: str
    base_unit: str
    small: bool


@dataclass(frozen=True, slots=True)
class OnHand:
    """A lot on hand that may be used: millionths of ``unit``, best-before as ISO text or None."""

    lot_id: int
    lot: str
    material_id: int
    quantity: int
    unit: str
    best_before: str | None


def propose(
    needs: Sequence[Need], units: int, on_hand: Sequence[OnHand], open_packs: Mapping[int, int], produced_on: date
) -> list[Proposal]:
    """Proposed inputs for ``units`` (millionths of a product unit), in recipe order.

    Large ingredients come first-expired-first and are split over lots; small ones come from the
    opened pack in use, else from the lot that expires first, whole. Expired lots are never proposed.
    What the lots do not cover is proposed without a lot, so that nobody overlooks it. Amounts that
    follow from the recipe are marked ``by_recipe``.
    """
    usable = [lot for lot in on_hand if lot.best_before is None or lot.best_before >= produced_on.isoformat()]
    left = {lot.lot_id: lot.quantity for lot in usable}
    proposals: list[Proposal] = []
    for need in needs:
        exact = need.per_unit * units // MICRO
        amount = convert(exact, need.unit, need.base_unit)
        lots = [lot for lot in usable if lot.material_id == need.material_id and lot.unit == need.base_unit]
        lots.sort(key=lambda lot: (lot.best_before or "9999-12-31", lot.lot_id))
        if amount is None:
            proposals.append(_line(need, None, exact, need.unit))
            continue
        if need.small:
            pack = open_packs.get(need.material_id)
            chosen = next((lot for lot in lots if lot.lot_id == pack), lots[0] if lots else None)
            proposals.append(_line(need, chosen, amount, need.base_unit))
            continue
        for lot in lots:
            taken = min(amount, left[lot.lot_id])
            if taken <= 0:
                continue
            left[lot.lot_id] -= taken
            amount -= taken
            proposals.append(_line(need, lot, taken, need.base_unit))
            if amount == 0:
                break
        if amount > 0:
            proposals.append(_line(need, None, amount, need.base_unit))
    return proposals


def _line(need: Need, lot: OnHand | None, quantity: int, unit: str) -> Proposal:
    return Proposal(
        material_id=need.material_id,
        material=need.material,
        lot_id=lot.lot_id if lot else None,
        lot=lot.lot if lot else "",
        best_before=lot.best_before if lot else None,
        quantity=quantity,
        unit=unit,
        basis="by_recipe",
        small=need.small,
    )
