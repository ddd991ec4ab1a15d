"""Where an enterprise stands on the ladder, and what it lacks for the next rung. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chain.ledger.loading import Criterion, Ladder, Rung
from chain.ledger.models import Entry


@dataclass(frozen=True, slots=True)
class Standing:
    """An enterprise on the ladder. ``rung`` None: not even the first is proven. ``next`` None: it stands on the last.

    ``lacking`` is what evidence denies, ``unknown`` what nobody has shown either way: both of the next rung.
    """

    subject: str
    rung: Rung | None
    next: Rung | None
    lacking: tuple[Criterion, ...]
    unknown: tuple[Criterion, ...]
    facts: Mapping[str, Entry]


def standing_of(subject: str, facts: Mapping[str, Entry], ladder: Ladder) -> Standing:
    """Climb while every criterion of a rung is met. ``facts``: criterion id → the standing entry."""
    rung: Rung | None = None
    for candidate in ladder.rungs:
        lacking = tuple(c for c in candidate.criteria if c.id in facts and facts[c.id].body["met"] == "不具备")
        unknown = tuple(c for c in candidate.criteria if c.id not in facts)
        if lacking or unknown:
            return Standing(subject, rung, candidate, lacking, unknown, facts)
        rung = candidate
    return Standing(subject, rung, None, (), (), facts)


def standings(entries: Iterable[Entry], ladder: Ladder) -> list[Standing]:
    """Every enterprise of which a criterion is registered, in the order of its number."""
    by_subject: dict[str, dict[str, Entry]] = {}
    for one in entries:
        by_subject.setdefault(one.body["subject"], {})[one.body["criterion"]] = one
    keys = sorted(by_subject, key=lambda key: (len(key), key))
    return [standing_of(key, by_subject[key], ladder) for key in keys]
