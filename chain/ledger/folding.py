"""Entries folded into the ledger of a day. Pure.

An entry counts on a day when it was recorded before that day's end and its data are not dated later. What was withdrawn
by then counts as never said. Of several about the same thing the one with the latest data holds, of those the one
recorded last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chain.ledger.kinds import EACH, IMPORT, KINDS, WITHDRAW
from chain.ledger.models import Entry
from chain.register.folding import end_of

Slot = tuple[str, ...]


def slot_of(entry: Entry) -> Slot:
    """What one entry at a time holds of."""
    if entry.kind in EACH:
        return (entry.kind, str(entry.id))
    return slot_for(entry.kind, entry.no, entry.body, entry.data_date)


def slot_for(kind: str, no: int | None, body: Mapping[str, Any], day: date) -> Slot:
    """The slot of what an entry would say; not for kinds of which each stands for itself."""
    parts = (kind, str(no or ""), *(str(body.get(name) or "") for name in KINDS[kind].slot))
    return (*parts, day.isoformat()) if KINDS[kind].dated else parts


@dataclass(frozen=True, slots=True)
class Ledger:
    """What holds on ``day``: standing entries by kind, in the order of data date and recording."""

    day: date
    seq: int = 0
    standing: dict[str, list[Entry]] = field(default_factory=dict)

    def of(self, kind: str, no: int | None = None) -> list[Entry]:
        """Standing entries of a kind, of one row where ``no`` is given."""
        found = self.standing.get(kind, [])
        return found if no is None else [one for one in found if one.no == no]


def fold(entries: Iterable[Entry], day: date, *, demo: bool = True) -> Ledger:
    """The ledger of ``day``. Without ``demo`` only entries of a real platform count."""
    until = end_of(day)
    slots: dict[Slot, Entry] = {}
    known: list[Entry] = []
    dead: set[int] = set()
    last = 0
    for entry in entries:
        last = max(last, entry.seq)
        if entry.recorded_at >= until or entry.data_date > day or (not demo and entry.origin != "entered"):
            continue
        if entry.kind == WITHDRAW:
            dead.add(entry.withdraws or 0)
        elif entry.kind != IMPORT:
            known.append(entry)
    for entry in known:
        if entry.id in dead:
            continue
        slot = slot_of(entry)
        before = slots.get(slot)
        if before is None or entry.order > before.order:
            slots[slot] = entry
    standing: dict[str, list[Entry]] = {}
    for entry in sorted(slots.values(), key=lambda one: one.order):
        standing.setdefault(entry.kind, []).append(entry)
    return Ledger(day, last, standing)
