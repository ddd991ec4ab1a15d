"""SQL of papers: sensor events that name lots, and what left their maker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from trace.genealogy.store import handover
from trace.journal.store import event, event_identifier
from trace.parties.store import organisation

_CHUNK = 500


def sensor_events(conn: Connection, owners: Mapping[int, int]) -> dict[int, list[Row[Any]]]:
    """Standing ObjectEvents with sensors that name a lot, recorded by its owner: lot id → events, oldest first.

    ``owners`` is lot id → organisation. What others record of a lot is their claim and not read (design section 4);
    an event that its organisation declared wrong does not stand.
    """
    found: dict[int, dict[int, Row[Any]]] = defaultdict(dict)
    ids = list(owners)
    for start in range(0, len(ids), _CHUNK):
        query: Select[Any] = (
            select(event_identifier.c.identifier_id, event.c.id, event.c.tenant_id, event.c.event_id, event.c.document)
            .join(event, event.c.id == event_identifier.c.event_id)
            .where(
                event_identifier.c.identifier_id.in_(ids[start : start + _CHUNK]),
                event_identifier.c.role.in_(("class", "epc")),
                event.c.event_type == "ObjectEvent",
                event.c.declaration_time == "",
                event.c.document.like('%"sensorElementList"%'),
            )
            .order_by(event_identifier.c.identifier_id, event.c.id)
        )
        for row in conn.execute(query):
            if row.tenant_id == owners[row.identifier_id]:
                found[row.identifier_id][row.id] = row
    wrong = _declared(conn, {(row.tenant_id, row.event_id) for rows in found.values() for row in rows.values()})
    return {
        lot: standing
        for lot, rows in found.items()
        if (standing := [row for row in rows.values() if (row.tenant_id, row.event_id) not in wrong])
    }


def _declared(conn: Connection, events: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these (organisation, eventID) their organisation has declared wrong."""
    wanted = sorted(set(events))
    found: set[tuple[int, str]] = set()
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        rows = conn.execute(
            select(event.c.tenant_id, event.c.event_id).where(
                event.c.tenant_id.in_({tenant for tenant, _ in part}),
                event.c.event_id.in_({name for _, name in part}),
                event.c.declaration_time != "",
            )
        )
        found |= {(row.tenant_id, row.event_id) for row in rows}
    return found & set(wanted)


def sensor_event(conn: Connection, lot_id: int, event_row_id: int) -> Row[Any] | None:
    """One recorded sensor event that names a lot; None where there is none."""
    return conn.execute(
        select(event)
        .join(event_identifier, event_identifier.c.event_id == event.c.id)
        .where(
            event.c.id == event_row_id,
            event_identifier.c.identifier_id == lot_id,
            event.c.declaration_time == "",
            event.c.document.like('%"sensorElementList"%'),
        )
    ).first()


def is_declared(conn: Connection, tenant_id: int, event_id: str) -> bool:
    """Whether an organisation has declared its event wrong."""
    return bool(_declared(conn, [(tenant_id, event_id)]))


def parties_of(conn: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Name and address of organisations, by id."""
    found: dict[int, Row[Any]] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        columns = (organisation.c.id, organisation.c.name, organisation.c.address)
        rows = conn.execute(select(*columns).where(organisation.c.id.in_(wanted[start : start + _CHUNK])))
        found |= {row.id: row for row in rows}
    return found


def shipments_of_many(conn: Connection, lot_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """Hand-overs that the giving side reported: lot id → rows, oldest first."""
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    ids = list(lot_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = conn.execute(
            select(handover)
            .where(handover.c.lot_id.in_(ids[start : start + _CHUNK]), handover.c.shipped_event.is_not(None))
            .order_by(handover.c.lot_id, handover.c.at, handover.c.id)
        )
        for row in rows:
            found[row.lot_id].append(row)
    return found
