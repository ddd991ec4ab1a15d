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
from service.inspections.views import of_lot
from service.measures.views import BADGES
from service.scan import store
from service.scan.public import PublicRecord
from service.web.render import page
from service.web.units import UNITS
from trace.batches.models import HALTS, STATES
from trace.measures.models import GROUNDS
from trace.suspicion.models import CONCLUSIONS

Part = tuple[BatchRecord, dict[str, int], list[dict[str, Any]]]
"""The batch, how often it was scanned, and its inspections."""


def part(conn: Connection, actor: Actor, lot_id: int) -> Part | None:
    """The batch behind a scan with how often it was scanned; None for whom the public page is all there is."""
    record = reading.load(conn, lot_id)
    view = reading.view_of(actor, record)
    if view is View.PUBLIC:
        return None
    scans = store.scans_of(conn, int(record.row.tenant_id), lot_id) if view is not View.PARTNER else {}
    return record, scans, of_lot(conn, actor, int(record.row.tenant_id), lot_id)


def page_of(
    request: Request,
    record: PublicRecord,
    found: Part | None,
    risks: int,
    headers: Mapping[str, str],
) -> Response:
    """The public facts in the staff frame, and below them the actor's own part."""
    actor: Actor = request.state.actor
    context: dict[str, Any] = {"sheet": None, "scans": {}, "risks": 0, "inspections": []}
    if found is not None:
        sheet = sheet_of(found[0], actor, record.as_of)
        context = {"sheet": sheet, "scans": found[1], "risks": risks, "inspections": found[2]}
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
