"""The daily report and the closing report of a recall, as PDF and as a workbook."""

from __future__ import annotations

from typing import Literal

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.codes.pages import FONT
from service.context import question
from service.params import IdPath
from service.recalls import views
from service.routing import Router
from trace.context import Context, local_datetime
from trace.errors import Conflict
from trace.recalls.accounting import read_accounts
from trace.recalls.models import CLOSED, DRAFT, DROPPED
from trace.recalls.paper import RecallPaper, paper_of, paper_pdf
from trace.recalls.workbook import MEDIA_TYPE, workbook

router = Router(prefix="/recalls", include_in_schema=False)
Kind = Literal["daily", "closing"]


def _paper(request: Request, actor: Actor, recall_id: int, kind: Kind) -> RecallPaper:
    def read(ctx: Context) -> RecallPaper:
        row = views.seen(ctx, actor, recall_id)
        if row.state in (DRAFT, DROPPED) or (kind == "closing" and row.state != CLOSED):
            raise Conflict("召回发布后才有日报，结束后才有总结", "Nothing to report yet", code="state")
        tasks = views.task_rows(ctx.conn, row, actor, ctx.today)
        clocks = [f"{one['name']}：{one['text']}" for one in views.clock_lines(row, ctx.now)]
        return paper_of(ctx.conn, row, read_accounts(ctx.conn, recall_id), tasks, clocks, kind, local_datetime(ctx.now))

    return question(request, read)


def _headers(recall_id: int, kind: str, ending: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'inline; filename="recall-{recall_id}-{kind}.{ending}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


@router.get("/{recall_id}/report.pdf")
def pdf(request: Request, recall_id: IdPath, kind: Kind = "daily", actor: Actor = require("recall.read")) -> Response:
    """On paper."""
    content = paper_pdf(_paper(request, actor, recall_id, kind), FONT)
    return Response(content, media_type="application/pdf", headers=_headers(recall_id, kind, "pdf"))


@router.get("/{recall_id}/report.xlsx")
def excel(request: Request, recall_id: IdPath, kind: Kind = "daily", actor: Actor = require("recall.read")) -> Response:
    """As a workbook: legal fields and the account of every lot."""
    content = workbook(_paper(request, actor, recall_id, kind))
    return Response(content, media_type=MEDIA_TYPE, headers=_headers(recall_id, kind, "xlsx"))
