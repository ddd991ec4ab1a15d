"""Whether a clause covers a product: yes, no, or only perhaps and what would have to be known."""

from __future__ import annotations

from trace.standards.clauses import Clause
from trace.standards.vocabulary.placing import Placement

YES, MAYBE, NO = 2, 1, 0


def relation(
    clause: Clause, placement: Placement, stage: str | None, more: frozenset[str] = frozenset()
) -> tuple[int, str]:
    """Whether a clause covers the product: YES, NO, or MAYBE with what would have to be known.

    A MAYBE with an empty reason is only a matter of the narrower food class. ``more`` are further
    traits that the product is known to have (from its recipe).
    """
    if stage and clause.stages and stage not in clause.stages:
        return NO, ""
    if clause.prepackaged is not None and placement.prepackaged == (not clause.prepackaged):
        return NO, ""
    if placement.types & set(clause.not_types):
        return NO, ""
    missing = ""
    if clause.types:
        allowed = set(clause.types)
        if not placement.types <= allowed or not placement.types:
            if not placement.types & allowed and not placement.maybe_types & allowed:
                return NO, ""
            missing = "是否速冻食品"
    if clause.foods is not None and not placement.mask & clause.foods:
        return NO, ""
    if clause.ready_to_eat is not None:
        if placement.ready_to_eat is None:
            missing = missing or "是否即食"
        elif placement.ready_to_eat != clause.ready_to_eat:
            return NO, ""
    if placement.traits & set(clause.not_processing):
        return NO, ""
    for process in clause.processing:
        if process not in placement.traits and process not in more:
            missing = missing or f"是否{process}"
    if missing:
        return MAYBE, missing
    if clause.foods is not None and placement.mask & ~clause.foods:
        return MAYBE, ""
    return YES, ""
