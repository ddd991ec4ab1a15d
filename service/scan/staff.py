"""The part of the scan page for those who hold the batch or supervise it: findings, tests, one step each way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from service.accounts.permissions import Actor, View
from service.batches import reading
from service.batches.reading import BatchRecord
from service.batches.sheet import sheet_of
from service.batches.words import STATE_BADGES, VERDICTS
from service.measures.views import BADGES
from service.scan import store
from service.scan.public import PublicRecord
from service.web.render import page
from service.web.units import UNITS
from trace.batches.models import HALTS, STATES
from trace.measures.models import GROUNDS
from trace.suspicion.models import CONCLUSIONS


def part(conn: Connection, actor: Actor, lot_id: int) -> tuple[BatchRecord, dict[str, int]] | None:
    """The batch behind a scan with how often it was scanned; None for whom the public page is all there is."""
    record = reading.load(conn, lot_id)
    view = reading.view_of(actor, record)
    if view is View.PUBLIC:
        return None
    scans = store.scans_of(conn, int(record.row.tenant_id), lot_id) if view is not View.PARTNER else {}
    return record, scans


def page_of(
    request: Request,
    record: PublicRecord,
    found: tuple[BatchRecord, dict[str, int]] | None,
    headers: Mapping[str, str],
) -> Response:
    """The public facts in the staff frame, and below them the actor's own part."""
    actor: Actor = request.state.actor
    context: dict[str, Any] = {"sheet": None, "scans": {}}
    if found is not None:
        context = {"sheet": sheet_of(found[0], actor, record.as_of), "scans": found[1]}
    return page(
        request,
        "scan/staff.html",
        headers=headers,
        record=record,
        verdicts=VERDICTS,
        states=STATES,
        halts=HALTS,
        failed=None,
        conclusions=CONCLUSIONS,
        state_badges=STATE_BADGES,
        notice="",
        badges=BADGES,
        grounds=list(GROUNDS.items()),
        units=UNITS,
        **context,
    )
