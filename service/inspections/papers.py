"""The documents of an inspection as .docx, and its photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import question
from service.documents.kinds import KINDS
from service.documents.rendering import MEDIA_TYPE, render
from service.inspections import views
from service.params import IdPath
from service.routing import Router
from trace.batches import store as batches
from trace.context import Context
from trace.documents.store import template_bytes
from trace.errors import Conflict, NotFound
from trace.evidence import store as evidence
from trace.inspections import store
from trace.inspections.models import FINISHED
from trace.parties import store as parties

router = Router(include_in_schema=True, tags=["检查 inspections"])
Document = Literal["inspection_record", "rectification_order", "sampling_form"]
Json = dict[str, Any]


def _when(text: str | None) -> str:
    return (text or "")[:16].replace("T", " ")


def _common(told: Json) -> Json:
    row = told["row"]
    found = {
        "office": row.office_name,
        "party": row.party_name,
        "party_code": row.party_code or "",
        "party_address": row.party_address,
        "party_contact": told["contact"],
        "party_phone": told["contact_phone"],
    }
    for place, one in enumerate(told["officers"], 1):
        found |= {f"officer_{place}": one["name"], f"officer_{place}_certificate": one["certificate"]}
    return found


def record_values(told: Json) -> Json:
    """Fields of 现场检查笔录 out of an inspection with names."""
    row = told["row"]
    return _common(told) | {
        "number": row.number,
        "issued_on": (told["finished_at"] or "")[:10],
        "place": row.place,
        "begun_at": _when(told["begun_at"]),
        "ended_at": _when(told["finished_at"]),
        "notified": "",
        "product": row.item_name,
        "lot": row.lot_number,
        "produced_on": row.produced_on,
        "situation": row.situation,
        "items": [
            {
                "number": place,
                "clause": one["clause"],
                "owed": one["owed"],
                "record": one["record"],
                "answer": one["answer_text"],
                "remark": one["remark"] or "无",
            }
            for place, one in enumerate(told["items"], 1)
        ],
        "photos": [
            {
                "number": place,
                "taken": one["taken"] or "未知",
                "received": _when(one["received_at"]),
                "place": one["place"],
                "sha256": one["sha256"],
            }
            for place, one in enumerate((one for one in told["photos"] if one["order_id"] is None), 1)
        ],
        "samples": [
            {"number": one["number"], "product": row.item_name, "lot": row.lot_number, "quantity": one["quantity"],
             "seal": one["seal"]}
            for one in told["samples"]
        ],
        "statement": row.statement,
        "refusal": row.refused,
    }  # fmt: skip


def order_values(told: Json, order: Json) -> Json:
    """Fields of 责令改正通知书."""
    return _common(told) | {
        "number": order["number"] or "",
        "issued_on": order["issued_at"][:10],
        "facts": "；".join(dict.fromkeys(one["problem"] for one in order["items"])),
        "items": [
            {"number": place, "clause": one["clause"], "problem": one["problem"], "demand": one["demand"]}
            for place, one in enumerate(order["items"], 1)
        ],
        "deadline": order["deadline"],
        "recheck_on": order["recheck_on"],
        "contact": order["contact"],
        "phone": order["phone"],
    }


def sampling_values(told: Json, sample: Json, maker: Any, batch: Any) -> Json:
    """Fields of 食品安全抽样单. ``maker`` is the organisation that made the lot."""
    row = told["row"]
    return _common(told) | {
        "number": sample["form_number"] or "",
        "issued_on": sample["taken_at"][:10],
        "sample_number": sample["number"],
        "product": row.item_name,
        "spec": row.spec,
        "lot": row.lot_number,
        "produced_on": row.produced_on,
        "best_before": batch.best_before if batch is not None else "",
        "maker": maker.name if maker is not None else "",
        "maker_address": maker.address if maker is not None else "",
        "place": row.place,
        "sampled_at": _when(sample["taken_at"]),
        "statement": row.statement,
        "custody": [
            {
                "number": place,
                "step": one["step_text"],
                "at": _when(one["at"]),
                "organisation": one["organisation"],
                "person": one["person"],
                "condition": one["condition"],
                "seal": one["seal_text"],
            }
            for place, one in enumerate(sample["custody"], 1)
        ],
    } | {
        name: sample[name]
        for name in ("base_quantity", "quantity", "reserve", "reserve_place", "seal", "reserve_seal", "storage",
                     "laboratory", "stage", "task")
    }  # fmt: skip


def document(request: Request, actor: Actor, inspection_id: int, kind: str, of: int | None) -> Response:
    """One document, filled. NotFound for what the actor may not see; the party gets a record only when it is finished."""

    def read(ctx: Context) -> tuple[Json, bytes | None]:
        told = views.whole(ctx, actor, inspection_id, names=True)
        row = told["row"]
        if not actor.supervises and actor.org_id != row.party_id:
            raise NotFound("文书只给被检查单位和监管部门", "Documents are for the party and supervisors")
        if not actor.supervises and row.state != FINISHED and kind == "inspection_record":
            raise Conflict("检查还没有结束，笔录尚未形成", "Not finished yet", code="state")
        return _values(ctx, told, kind, of), template_bytes(ctx.conn, row.tenant_id, kind)

    values, template = question(request, read)
    name = f"{KINDS[kind].name}-{of or inspection_id}.docx"
    headers = {
        "Content-Disposition": f"attachment; filename=\"{kind}.docx\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(render(kind, values, template), media_type=MEDIA_TYPE, headers=headers)


def _values(ctx: Context, told: Json, kind: str, of: int | None) -> Json:
    if kind == "inspection_record":
        return record_values(told)
    several = told["orders"] if kind == "rectification_order" else told["samples"]
    one = next((each for each in several if of is None or each["id"] == str(of)), None)
    if one is None:
        raise NotFound("这次检查没有这份文书", "No such document")
    if kind == "rectification_order":
        return order_values(told, one)
    row = told["row"]
    maker = parties.get_organisation(ctx.conn, row.owner_id) if row.owner_id is not None else None
    return sampling_values(told, one, maker, batches.get_batch(ctx.conn, row.lot_id))


def _route(prefix: str, *, shown: bool) -> Callable[..., Response]:
    @router.get(
        prefix + "/{inspection_id}/documents/{kind}.docx", summary="检查文书（.docx）", include_in_schema=shown,
        operation_id=f"inspection_document_{'api' if shown else 'page'}",
    )  # fmt: skip
    def download(
        request: Request,
        inspection_id: IdPath,
        kind: Document,
        of: str = "",
        actor: Actor = require("inspection.read"),
    ) -> Response:
        """现场检查笔录, 责令改正通知书 or 抽样单; ``of`` names the order or sample where there are several."""
        which = int(of) if of.isascii() and of.isdigit() and len(of) <= 19 else None
        return document(request, actor, inspection_id, kind, which)

    return download


_route("/api/v1/inspections", shown=True)
_route("/inspections", shown=False)


@router.get("/inspections/{inspection_id}/photos/{photo_id}", include_in_schema=False)
def photo(
    request: Request, inspection_id: IdPath, photo_id: IdPath, actor: Actor = require("inspection.read")
) -> Response:
    """One photo, for whoever may see the inspection."""

    def read(ctx: Context) -> Any:
        told = views.whole(ctx, actor, inspection_id)
        found = store.get_photo(ctx.conn, photo_id)
        if found is None or str(photo_id) not in {one["id"] for one in told["photos"]}:
            raise NotFound("没有这张照片", "No such photo")
        return evidence.get_attachment(ctx.conn, found.attachment_id)

    found = question(request, read)
    headers = {
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, media_type=found.media_type, headers=headers)
