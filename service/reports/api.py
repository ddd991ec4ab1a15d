"""JSON API of reports: the files, and the log of who took one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.reading import iso
from service.params import AsOf, Cursor, Limit, cursor_id
from service.register import views
from service.reports import store
from service.reports.making import KINDS, Kind, take
from service.reports.workbook import MEDIA_TYPE
from service.routing import Router

router = Router(prefix="/api/v1/chain/reports", tags=["产业链报告 reports"])
KindQuery = Annotated[Kind, Query(description="page 一页、full 完整（PDF），tables 表格（xlsx）")]


def file(request: Request, actor: Actor, kind: Kind, as_of: Any) -> Response:
    """The file as a download; its taking is recorded first."""
    made, report = take(request, actor, kind, as_of)
    ending, media = ("xlsx", MEDIA_TYPE) if kind == "tables" else ("pdf", "application/pdf")
    name = f"chain-{kind}-{report.day}{'-demo' if report.demo else ''}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(made, media_type=media, headers=headers)


@router.get("/file", summary="下载产业链报告；下载会记录在案")
def download(
    request: Request, kind: KindQuery = "page", as_of: AsOf = None, actor: Actor = require("report.download")
) -> Response:
    """PDF or workbook with the taker's log-in and the time on it."""
    return file(request, actor, kind, as_of)


@router.get("/log", summary="报告下载记录，新的在前")
def log(
    request: Request, limit: Limit = 50, cursor: Cursor = "", actor: Actor = require("report.log")
) -> dict[str, Any]:
    """Who took which report when: all of them for the operator, one's own organisation's for its administrator."""
    rows = rows_of(request, actor, cursor_id(cursor), limit + 1)
    return {"items": rows[:limit], "next": rows[limit - 1]["id"] if len(rows) > limit else None}


def rows_of(request: Request, actor: Actor, before: int | None, limit: int) -> list[dict[str, Any]]:
    own = None if "operator" in actor.roles else actor.org_id
    with request.app.state.db.read() as conn:
        rows = store.reports_taken(conn, before, limit, own)
        who = views.recorders(conn, rows)
    return [
        {
            "id": str(row.id),
            "kind": row.kind,
            "kind_name": KINDS[row.kind],
            "as_of": row.as_of,
            "names": row.names,
            "sha256": row.sha256,
            "at": iso(row.at),
            "micros": row.at,
            "taken_by": who[str(row.recorded_by)],
        }
        for row in rows
    ]
