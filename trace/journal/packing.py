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
    """Project the containment of parents anew from their events in the journal, many in a few statements."""
    ids = sorted(parents)
    if not ids:
        return
    outer = _around(conn, ids)
    told = store.packing_of(conn, [*ids, *sorted({one for some in outer.values() for one in some} - set(ids))])
    rows: list[dict[str, Any]] = []
    for parent in ids:
        handed_on = [row for one in outer.get(parent, ()) for row in told.get(one, ()) if not row.packs]
        history = sorted([*told.get(parent, ()), *handed_on], key=lambda row: row.id)
        rows += [
            {
                "parent_id": parent,
                "child_id": one.child,
                "from_time": one.since,
                "to_time": one.until,
                "event_id": one.event_id,
            }
            for one in contained(_history(conn, history))
        ]
    genealogy.set_containment(conn, ids, rows)


def _around(conn: Connection, ids: Sequence[int]) -> dict[int, set[int]]:
    """What each unit was ever packed into, pallet and container: who gets the pallet may unpack its cases."""
    found: dict[int, set[int]] = {}
    level = {one: {one} for one in ids}
    for _ in range(MOST_LEVELS):
        known = store.packed_into(conn, {inner for some in level.values() for inner in some})
        level = {
            one: {outer for inner in some for outer in known.get(inner, ())} - found.get(one, set()) - {one}
            for one, some in level.items()
        }
        level = {one: some for one, some in level.items() if some}
        if not level:
            break
        for one, some in level.items():
            found.setdefault(one, set()).update(some)
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
