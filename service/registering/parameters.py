"""The dictionary of test parameters as the form offers it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Offered:
    """One parameter of the list: name, its units (the usual one first), how many samples are usual."""

    name: str
    units: tuple[str, ...]
    samples: int


def offered() -> tuple[Offered, ...]:
    """Every parameter of the rulebook's dictionary; () where the rulebook is not there: names are then typed freely."""
    try:
        known = import_module("trace.standards").parameters()
    except (ImportError, AttributeError):
        return ()
    return tuple(Offered(p.name, tuple(p.units), p.samples) for p in known)
