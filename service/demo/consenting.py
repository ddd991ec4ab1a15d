"""The demo's one written consent (模拟): staff see the batches of this enterprise one by one, of nobody else."""

from __future__ import annotations

from datetime import timedelta

from chain.staffview.commands import record_consent
from service.database import Database
from service.demo.people import DAY, context
from trace.context import local_datetime
from trace.parties import store as parties

MAKER = "demo-maker"
AGO, DAYS = 60, 365
"""When it was signed, and how long it holds."""


def tell_consent(db: Database, *, organisation: int, account: int) -> None:
    """The office records what the maker signed; the maker's administrator finds it under 同意书 and may take it back."""
    at = db.now() - AGO * DAY
    day = local_datetime(at).date()

    def write(conn: object) -> None:
        ctx = context(db, conn, organisation, at, account)
        maker = parties.organisation_by_code(ctx.conn, MAKER)
        assert maker is not None
        until = day + timedelta(days=DAYS)
        record_consent(ctx, [maker.uscc], "（演示）批次明细同意书 1 号", day.isoformat(), until.isoformat())

    db.write(write)
