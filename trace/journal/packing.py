"""What is packed in what, worked out anew from a parent's standing aggregations in the order of their times.

Late reports and withdrawn ones are then no special case: the containment of a case or pallet is always
what its own events say of it (EPCIS 2.0, section 7.4.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from trace.genealogy import store as genealogy
from trace.journal import store


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
        history = _history(store.packing_of(conn, parent))
        rows = [
            {
                "parent_id": parent,
                "child_id": one.child,
                "from_time": one.since,
                "to_time": one.until,
                "event_id": one.event_id,
            }
            for one in contained(history)
        ]
        genealogy.set_containment(conn, parent, rows)


def _history(rows: Sequence[tuple[int, int, str, int | None]]) -> list[Packed]:
    events: dict[int, tuple[int, str, list[int]]] = {}
    for event_id, at, action, child in rows:
        _, _, children = events.setdefault(event_id, (at, action, []))
        if child is not None:
            children.append(child)
    return [Packed(event_id, at, action, tuple(children)) for event_id, (at, action, children) in events.items()]
