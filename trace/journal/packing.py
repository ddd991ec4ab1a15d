"""What is packed in what, worked out anew from a parent's standing aggregations in the order of their times.

Late reports and withdrawn ones are then no special case: the containment of a case or pallet is always
what its own events say of it (EPCIS 2.0, section 7.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from trace.genealogy import store as genealogy
from trace.journal import store
from trace.parties import store as parties
from trace.parties.models import PARTY

MOST_LEVELS = 4
"""Case, pallet, container, vessel."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One aggregation of a parent: ``children`` empty with DELETE means all of them. Times in µs UTC."""

    event_id: int
    at: int
    action: str
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contained:
    """A child in its parent from one time to another (None: still)."""

    child: int
    since: int
    until: int | None
    event_id: int


def contained(history: Iterable[Packed]) -> list[Contained]:
    """Which children a parent held and when, from its aggregations in any order. Pure.

    OBSERVE opens what nobody had reported packed; packing what is packed changes nothing.
    """
    open_: dict[int, tuple[int, int]] = {}
    done: list[Contained] = []
    for one in sorted(history, key=lambda packed: (packed.at, packed.event_id)):
        if one.action == "DELETE":
            for child in one.children or tuple(open_):
                if child in open_:
                    since, event_id = open_.pop(child)
                    if one.at > since:
                        done.append(Contained(child, since, one.at, event_id))
        else:
            for child in one.children:
                open_.setdefault(child, (one.at, one.event_id))
    done += [Contained(child, since, None, event_id) for child, (since, event_id) in open_.items()]
    return done


def pack(conn: Connection, parents: Iterable[int]) -> None:
    """Project the containment of parents anew from their events in the journal."""
    for parent in sorted(parents):
        history = [*store.packing_of(conn, parent), *_handed_on(conn, parent)]
        rows = [
            {
                "parent_id": parent,
                "child_id": one.child,
                "from_time": one.since,
                "to_time": one.until,
                "event_id": one.event_id,
            }
            for one in contained(_history(conn, sorted(history, key=lambda row: row.id)))
        ]
        genealogy.set_containment(conn, parent, rows)


def _handed_on(conn: Connection, parent: int) -> list[Row[Any]]:
    """Shipments of whatever a case was packed into, pallet and container: who gets the pallet may unpack its cases."""
    found: list[Row[Any]] = []
    around, level = {parent}, {parent}
    for _ in range(MOST_LEVELS):
        level = store.packed_into(conn, level) - around
        if not level:
            break
        around |= level
        found += [row for outer in sorted(level) for row in store.packing_of(conn, outer) if not row.packs]
    return found


def _history(conn: Connection, rows: Sequence[Row[Any]]) -> list[Packed]:
    """The aggregations of those concerned: who packed it first, and whom one of these shipped it (or its pallet) to.

    What anybody else reports of another's case stays in the journal and changes nothing.
    """
    concerned: set[int] = set()
    events: dict[int, tuple[int, str, list[int]]] = {}
    codes: dict[str, Row[Any] | None] = {}
    for row in rows:
        if row.packs and not concerned:
            concerned.add(row.tenant_id)
        if row.tenant_id not in concerned:
            continue
        if row.packs:
            _, _, children = events.setdefault(row.id, (row.event_time, row.action, []))
            if row.identifier_id is not None:
                children.append(row.identifier_id)
        elif row.receiver is not None and row.receiver.startswith(PARTY):
            code = row.receiver.removeprefix(PARTY)
            if code not in codes:
                codes[code] = parties.organisation_by_code(conn, code)
            receiver = codes[code]
            if receiver is not None and receiver.id < row.id:
                concerned.add(receiver.id)
    return [Packed(event_id, at, action, tuple(children)) for event_id, (at, action, children) in events.items()]
