"""What goes on the pack: the QR as PNG and SVG, the label as PDF, and the page to print them from."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import Row
from starlette.responses import Response

from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor, Subject, View
from service.batches import reading
from service.batches.pages import public_path
from service.params import IdPath
from service.routing import Router
from service.web.render import VENDOR, page
from trace.codes import qr
from trace.codes.label import Label, label_pdf
from trace.errors import Conflict, NotFound

router = Router(include_in_schema=False)
FONT = VENDOR / "fonts" / "NotoSansSC-Regular.ttf"
Copies = Annotated[int, Query(ge=1, le=500, description="张数")]
_PRIVATE = {"Cache-Control": "private, max-age=300"}


def _row(request: Request, actor: Actor, batch_id: int) -> Row[Any]:
    with request.app.state.db.read() as conn:
        record = reading.load(conn, batch_id)
    if reading.view_of(actor, record) is View.PUBLIC:
        raise NotFound("没有这个批次，或不属于本企业的上下游。", "No such batch of yours.")
    return record.row


def _own_row(request: Request, actor: Actor, batch_id: int) -> Row[Any]:
    row = _row(request, actor, batch_id)
    check(actor, "batch.label", Subject(owner_id=row.tenant_id))
    return row


def printed_url(request: Request, row: Row[Any]) -> str:
    """The address in the code: our own host, where a phone reaches the page."""
    return str(request.app.state.settings.public_url + public_path(row.uri))


@router.get("/batches/{batch_id}/qr.png")
def qr_png(
    request: Request,
    batch_id: IdPath,
    dots: Annotated[int, Query(ge=1, le=40)] = 12,
    actor: Actor = require("batch.read"),
) -> Response:
    """The QR with every module the same whole number of dots."""
    url = printed_url(request, _row(request, actor, batch_id))
    return Response(qr.png(url, dots), media_type="image/png", headers=_PRIVATE)


@router.get("/batches/{batch_id}/qr.svg")
def qr_svg(request: Request, batch_id: IdPath, actor: Actor = require("batch.read")) -> Response:
    """The QR as a drawing that scales."""
    row = _row(request, actor, batch_id)
    text = qr.svg(printed_url(request, row), title=f"{row.item_name} {row.lot}")
    return Response(text, media_type="image/svg+xml", headers=_PRIVATE)


@router.get("/batches/{batch_id}/label.pdf")
def label(request: Request, batch_id: IdPath, copies: Copies = 1, actor: Actor = require("batch.label")) -> Response:
    """60 × 40 mm labels, one a page."""
    row = _own_row(request, actor, batch_id)
    if row.produced_on is None:
        raise Conflict("这批还没有生产日期，登记批次后再打印标签。", "No production date yet.", code="no_date")
    one = Label(
        uri=printed_url(request, row),
        product=row.item_name,
        lot=row.lot,
        produced_on=date.fromisoformat(row.produced_on),
        best_before=date.fromisoformat(row.best_before) if row.best_before else None,
        short_code=row.short_code or "",
        maker=row.maker_name,
        demo=bool(row.is_demo),
    )
    try:
        content = label_pdf([one] * copies, FONT)
    except ValueError:
        raise Conflict(
            "网址太长，标签上放不下可扫的二维码；请用较短的批号，或下载二维码放大印。",
            "The address is too long for the label.",
            code="label_too_small",
        ) from None
    name = f'attachment; filename="label-{row.id}.pdf"'
    return Response(content, media_type="application/pdf", headers=_PRIVATE | {"Content-Disposition": name})


@router.get("/batches/{batch_id}/label")
def label_page(request: Request, batch_id: IdPath, actor: Actor = require("batch.label")) -> Response:
    """What will be printed, and how many."""
    row = _own_row(request, actor, batch_id)
    return page(
        request,
        "batches/label.html",
        row=row,
        url=printed_url(request, row),
        printable=row.produced_on is not None,
    )
