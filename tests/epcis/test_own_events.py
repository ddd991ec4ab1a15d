"""Our own forms write what a partner would capture: every event of the demo is valid EPCIS 2.0."""

from __future__ import annotations

from sqlalchemy import select

from service.database import Database
from service.demo import seed
from trace.epcis.validating import faults_of
from trace.journal import store
from trace.journal.canonical import loads


def test_every_event_of_the_demo_is_valid(db: Database) -> None:
    seed(db)
    with db.read() as conn:
        events = [loads(row.document) for row in conn.execute(select(store.event))]
    assert len(events) > 30
    assert {one["type"] for one in events} >= {"ObjectEvent", "TransformationEvent"}
    assert [(one["eventID"], fault) for one in events for fault in faults_of(one, db.now())] == []
