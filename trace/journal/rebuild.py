"""Drop every projection and project the journal again, in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, delete, select

from trace.batches import store as batches
from trace.bulletins import store as bulletins
from trace.documents import store as documents
from trace.genealogy import store as genealogy
from trace.inspections import store as inspections
from trace.items import store as items
from trace.journal import store
from trace.journal.act_projection import project_act
from trace.journal.canonical import loads
from trace.journal.event_projection import Recorded, project_events
from trace.measures import store as measures
from trace.recalls import store as recalls
from trace.rulebooks import store as rulebooks
from trace.suspicion import store as suspicion
from trace.verdicts import store as verdicts

PROJECTIONS: tuple[Table, ...] = (
    store.event_identifier,
    store.event_field,
    store.namespace,
    store.alias,
    items.open_pack,
    batches.batch,
    *genealogy.PROJECTIONS,
    *bulletins.PROJECTIONS,
    *recalls.PROJECTIONS,
    *inspections.PROJECTIONS,
    *documents.PROJECTIONS,
    *measures.PROJECTIONS,
    rulebooks.signoff,
    verdicts.verdict_clause,
)
"""Tables that hold nothing of their own. ``identifier`` and ``verdict`` are facts and stay. What a doubt touches is
derived from these by the spreading job, which begins anew after a rebuild."""


_RUN = 200
"""Events projected together where no act stands between them."""


def rebuild(conn: Connection, public_url: str) -> dict[str, int]:
    """Rebuild all projections; gives how many events and acts were read."""
    for table in (*PROJECTIONS, *suspicion.DERIVED):
        conn.execute(delete(table))
    read = {"event": 0, "act": 0}
    run: list[Recorded] = []
    for source, row in store.replay(conn):
        facts: dict[str, Any] = dict(row._mapping)
        read[source] += 1
        if source == "event":
            run.append((facts, loads(row.document)))
        if run and (source == "act" or len(run) == _RUN):
            project_events(conn, run, public_url, None)
            run = []
        if source == "act":
            project_act(conn, facts, loads(row.body))
    project_events(conn, run, public_url, None)
    newest = verdicts.latest_verdicts(conn)
    verdicts.point_batches(conn, [(row.batch_id, row.status, row.id) for row in newest])
    verdicts.decide_clauses(conn, [dict(row._mapping) for row in newest])
    return read


def snapshot(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every projected row in key order, to compare before and after a rebuild."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table in PROJECTIONS:
        rows = conn.execute(select(table).order_by(*table.primary_key.columns))
        found[table.name] = [tuple(row) for row in rows]
    return found
