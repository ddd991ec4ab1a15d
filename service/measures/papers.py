"""The document of a measure as .docx, filled with what is on record; what is not known stays a blank."""

from __future__ import annotations

from typing import Any

from service.accounts.permissions import Actor
from service.documents.rendering import render
from service.measures import views
from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.documents import store as documents
from trace.measures import store
from trace.measures.models import LIFT, MEASURES, RECALL, SEIZURES, SERVICE, STOP
from trace.parties import store as parties
from trace.quantity import show

KINDS = {STOP: "stop_order", "seal": "seizure_decision", "detain": "seizure_decision", RECALL: "recall_order",
         LIFT: "lift_decision"}  # fmt: skip
Values = dict[str, object]


def document_of(ctx: Context, actor: Actor, measure_id: int) -> tuple[str, bytes]:
    """(file name, .docx) of a measure that the actor may read."""
    row = views.seen(ctx, actor, measure_id)
    number = row.document_no or "草稿"
    kind = KINDS[row.measure]
    template = documents.template_bytes(ctx.conn, row.tenant_id, kind)
    return f"{MEASURES[row.measure]}-{row.lot}-{number}.docx", render(kind, values_of(ctx, row), template)


def _day(micros: int | None) -> str:
    return "" if micros is None else f"{local_datetime(micros):%Y年%m月%d日}"


def _moment(micros: int | None) -> str:
    return "" if micros is None else f"{local_datetime(micros):%Y年%m月%d日 %H时%M分}"


def values_of(ctx: Context, row: Any) -> Values:
    """The fields of the document's kind that are on record."""
    batch = batches.batches_by_id(ctx.conn, [row.batch_id])[row.batch_id]
    maker = parties.get_organisation(ctx.conn, row.maker_id)
    names = views.people_of(ctx.conn, [row])
    told = views.measure_json(row, ctx.now, names)
    officers = [*told["officers"], {}, {}][:2]
    goods = {
        "number": "1",
        "product": batch.item_name,
        "lot": batch.lot,
        "produced_on": batch.produced_on,
        "quantity": told["goods"] or show(batch.quantity, batch.unit),
        "maker": batch.maker_name,
    }
    values: Values = {
        "number": row.document_no,
        "office": row.office_name,
        "issued_on": _day(row.approved_at),
        "party": row.maker_name,
        "party_code": maker.uscc if maker is not None else "",
        "party_address": row.maker_address,
        "facts": row.reason,
        "approver": told["approver"],
        "approver_position": row.position,
        "approved_at": _moment(row.approved_at),
        "served_at": _moment(row.served_at),
        "served_how": SERVICE.get(row.service, ""),
        "goods": [goods],
        "officer_1": officers[0].get("name", ""),
        "officer_1_certificate": officers[0].get("number", ""),
        "officer_2": officers[1].get("name", ""),
        "officer_2_certificate": officers[1].get("number", ""),
    }
    product = {"product": batch.item_name, "lot": batch.lot, "produced_on": batch.produced_on}
    if row.measure in SEIZURES:
        begun = [one for one in (row.approved_at, row.taken_at) if one is not None]
        values |= {
            "measure": MEASURES[row.measure],
            "place": row.place,
            "begins_on": _day(min(begun)) if begun else "",
            "ends_on": row.until or "",
        }
    else:
        values |= product
    if row.measure == STOP:
        values["measure"] = MEASURES[STOP]
    if row.taken_at is not None and row.measure != RECALL:
        values["urgent"] = f"{_moment(row.taken_at)} 先行采取：{row.reason}"
    if row.measure == RECALL and row.served_at is not None:
        values["deadline"] = "、".join(
            f"{one['level']} {one['due']}" for one in (views.recall_duty(row, [], ctx.now) or {}).get("terms", [])
        )
    if row.measure == LIFT:
        ended = store.get_measure(ctx.conn, row.ends) if row.ends is not None else None
        values["measure"] = MEASURES[ended.measure] if ended is not None else ""
        values["ended_number"] = ended.document_no if ended is not None else ""
        values["ended_served_at"] = _moment(ended.served_at) if ended is not None else ""
    return values
