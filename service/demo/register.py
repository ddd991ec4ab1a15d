"""The demo district's statements in the register: who is there, what they make, what is needed, what was looked for."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from chain.demo import load_demo
from chain.register import store
from chain.register.commands import statement_row, subject_row
from chain.register.demo import demo_statements
from chain.seeds import load_links
from chain.targets.plan import load_plan_targets, plan_statements
from service.database import Database
from service.demo.people import context
from trace.context import SHANGHAI, local_datetime


def load_register(db: Database, *, organisation: int = 1, account: int = 1) -> dict[str, str]:
    """Record the demo's statements, each at noon of the day after its data; gives seed key → subject id."""
    today = local_datetime(db.now()).date()
    told = demo_statements(load_demo(load_links(), today), today, db.new_id)

    def write(conn: Any) -> None:
        now = db.now()
        ctx = context(db, conn, organisation, now, account)
        rows = []
        for one in told.statements:
            noon = datetime.combine(one.data_date + timedelta(days=1), time(12), SHANGHAI)
            rows.append(statement_row(ctx, one, at=min(now, int(noon.timestamp()) * 1_000_000)))
        store.insert_subjects(conn, [subject_row(ctx, key, kind) for key, kind in told.subjects])
        store.append(conn, rows)

    db.write(write)
    return dict(told.keys)


def load_plan_names(db: Database, *, organisation: int = 1, account: int = 1) -> int:
    """Record the targets that the plan names, each once however often this runs. Gives how many were new."""
    named = load_plan_targets(load_links())

    def write(conn: Any) -> int:
        ctx = context(db, conn, organisation, db.now(), account)
        known = store.sources_of_subjects(conn, {one.source for one in named})
        subjects, said = plan_statements((one for one in named if (one.name, one.source) not in known), db.new_id)
        store.insert_subjects(conn, [subject_row(ctx, key, kind) for key, kind in subjects])
        store.append(conn, [statement_row(ctx, one) for one in said])
        return len(subjects)

    return db.write(write)
