"""The demo district shows each kind of doubt once."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from service.database import Database
from service.demo import seed
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot
from trace.suspicion.commands import open_below
from trace.verdicts import store


def test_the_demo_has_a_suspicion_a_ruling_a_note_a_signed_clause_a_label_and_an_excursion(db: Database) -> None:
    seed(db)
    with db.read() as conn:
        kinds = Counter(row.kind for row in conn.execute(select(journal.act.c.kind)))
        under = open_below(conn, None)
        before = snapshot(conn)
        sensors = conn.execute(
            select(func.count()).select_from(journal.event).where(journal.event.c.biz_step == "sensor_reporting")
        ).scalar()
        excursions = [v for v in store.latest_verdicts(conn) if "冷链配送食品温度" in v.findings]
        statuses = {v.status for v in store.latest_verdicts(conn)}
    for kind in ("ruling", "review.noted", "suspicion.concluded", "clause.signed"):
        assert kinds[kind] == 1, kind
    assert kinds["item.label"] == 1
    assert sensors == 1
    assert {(one.status, "CAT-06-1" in one.findings) for one in excursions} == {("fail", True)}
    assert sorted(len(s.path) for _, standing in under for s in standing.open) == [2, 2, 3]
    assert all(s.share is not None for _, standing in under for s in standing.open)
    assert {"pass", "fail", "needs_review", "insufficient_evidence"} <= statuses
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before
