"""Everything known of one batch, and the cut of it that an actor may see. One function decides: ``visibility``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts.permissions import FIELDS, Actor, View, visibility
from trace.batches import store as batches
from trace.batches.lots import absolute
from trace.batches.public import public_line
from trace.context import local_datetime
from trace.errors import NotFound
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal
from trace.measures import store as measures
from trace.parties import store as parties
from trace.quantity import show
from trace.suspicion import store as suspicion
from trace.suspicion.commands import NOTHING, Standing, of_lot
from trace.verdicts import store as verdicts

STRANGER = "没有这个批次，或不属于本企业的上下游；公开信息请扫码查看"
STRANGER_EN = "No such batch of yours"
"""One answer for a batch that is not there and for one that is not the caller's, so that ids tell nothing."""


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch with all that hangs on it, before any cut. Rows are as the stores give them."""

    row: Row[Any]
    item: Row[Any]
    verdict: Row[Any] | None
    acts: list[Row[Any]]
    inputs: list[Row[Any]]
    outputs: list[Row[Any]]
    lots: Mapping[int, Row[Any]]
    handovers: list[Row[Any]]
    stock: list[Row[Any]]
    aliases: list[Row[Any]]
    names: Mapping[int, str]
    people: Mapping[int, Row[Any]] = field(default_factory=dict)
    suspicion: Standing = NOTHING
    spread: Row[Any] | None = None
    """How far a doubt about this lot has been marked on what was made from it."""
    measures: Sequence[Row[Any]] = ()
    recalls: Sequence[Row[Any]] = ()
    """Announced or ended recalls of the maker that cover the lot."""


def load(conn: Connection, batch_id: int) -> BatchRecord:
    """Read a batch; NotFound where there is none."""
    row = batches.batches_by_id(conn, [batch_id]).get(batch_id)
    if row is None:
        raise NotFound(STRANGER, STRANGER_EN)
    item = items.items_by_id(conn, [row.item_id])[row.item_id]
    inputs, outputs = genealogy.inputs_of(conn, batch_id), genealogy.outputs_of(conn, batch_id)
    lots = batches.batches_by_id(conn, [e.input_id for e in inputs] + [e.output_id for e in outputs])
    handovers = genealogy.handovers_of(conn, batch_id)
    stock = genealogy.holders_of(conn, batch_id)
    acts = journal.acts_of(conn, batch_id)
    organisations = {h.from_id for h in handovers} | {h.to_id for h in handovers} | {s.holder_id for s in stock}
    organisations |= {a.tenant_id for a in acts} | {row.tenant_id}
    person_ids = {h.from_person for h in handovers if h.from_person is not None}
    return BatchRecord(
        row=row,
        item=item,
        verdict=verdicts.latest_verdict(conn, batch_id),
        acts=acts,
        inputs=inputs,
        outputs=outputs,
        lots=lots,
        handovers=handovers,
        stock=stock,
        aliases=journal.aliases_of_lot(conn, batch_id),
        names=parties.names(conn, [o for o in organisations if o is not None]),
        people=parties.people(conn, sorted(person_ids)),
        suspicion=of_lot(conn, batch_id),
        spread=suspicion.progress(conn, batch_id),
        measures=measures.of_batch(conn, batch_id),
        recalls=measures.recalls_covering(conn, [batch_id]).get(batch_id, []),
    )


def partners(record: BatchRecord) -> set[int]:
    """Organisations that handed this lot over or took it over."""
    return {p for h in record.handovers for p in (h.from_id, h.to_id) if p is not None}


def view_of(actor: Actor, record: BatchRecord) -> View:
    """Which view of the batch the actor gets; a holder of the lot counts as a partner."""
    holders = {s.holder_id for s in record.stock}
    return visibility(actor, record.row.tenant_id, partners(record) | holders)


def uri_text(record: BatchRecord, public_url: str) -> str:
    return absolute(record.row.uri, public_url)


def to_json(record: BatchRecord, view: View, actor: Actor, now: int, public_url: str) -> dict[str, Any]:
    """The batch as JSON, cut to ``view``: a field is there exactly when the view's list has it."""
    row, item = record.row, record.item
    today = local_datetime(now).date()
    line = public_line(row.state, row.halt, row.halt_text, row.best_before, today, _clock(now))
    shown_handovers = [h for h in record.handovers if view is View.REGULATOR or actor.org_id in (h.from_id, h.to_id)]
    withdrawn = {json.loads(a.body)["report_id"] for a in record.acts if a.kind == "report.withdrawn"}
    full: dict[str, Any] = {
        "uri": uri_text(record, public_url),
        "product": {"id": str(item.id), "name": item.name, "gtin": item.gtin, "spec": item.spec},
        "maker": row.maker_name,
        "origin": json.loads(row.origins),
        "produced_on": row.produced_on,
        "best_before": row.best_before,
        "storage": item.storage,
        "heating": item.heating,
        "net_content": show(item.net_content, item.net_unit or "") if item.net_content else None,
        "state": {"code": line.code, "text": line.text, "life": row.state, "halt": row.halt},
        "notices": row.halt_text,
        "registered_at": iso(row.registered_at),
        "lot": row.lot,
        "quantity": show(row.quantity, row.unit),
        "on_hand": [
            {"holder": record.names.get(s.holder_id, ""), "quantity": show(s.quantity, s.unit)}
            for s in record.stock
            if view is View.REGULATOR or s.holder_id == actor.org_id
        ],
        "counterparty": [_handover(record, h) for h in shown_handovers],
        "release": iso(row.released_at),
        "inputs": [_input(record, e, view is View.OWN) for e in record.inputs],
        "reports": [
            json.loads(a.body) | {"id": str(a.id), "filed_at": iso(a.at), "withdrawn": str(a.id) in withdrawn}
            for a in record.acts
            if a.kind == "report"
        ],
        "verdict": row.verdict,
        "findings": json.loads(record.verdict.findings) if record.verdict is not None else [],
        "completeness": {
            "pending": json.loads(row.pending),
            "was_pending": row.was_pending,
            "warnings": json.loads(row.warnings),
        },
        "spread": spread_json(record.spread),
        "aliases": [{"scheme": a.scheme, "value": a.value} for a in record.aliases],
        "history": [history_line(record, a) for a in record.acts if told(a, record, view)],
    }
    allowed = FIELDS[view] | ({"on_hand"} if view is View.PARTNER else frozenset())
    cut = {k: v for k, v in full.items() if k in allowed}
    return {"id": str(row.id), "view": str(view)} | cut


def spread_json(spread: Row[Any] | None) -> dict[str, Any] | None:
    """How many lots made from this one are marked as touched, of how many; None where nothing is in doubt."""
    if spread is None:
        return None
    return {"state": "settled" if spread.state == "settled" else "running", "marked": spread.done, "of": spread.total}


IN_EFFECT = frozenset(
    {
        "order.confirmed",
        "order.lifted",
        "recall.announced",
        "recall.closed",
        "sampling.failed",
        "sampling.cleared",
        "measure.drafted",
        "measure.taken",
        "measure.approved",
        "measure.served",
        "measure.lapsed",
        "measure.extended",
        "measure.withdrawn",
        "measure.recall_refused",
        "review.noted",
    }
)


def told(act: Row[Any], record: BatchRecord, view: View) -> bool:
    """Whether an act is in the history that ``view`` shows.

    The owner reads its own acts, alerts and what a regulator has put into effect: not what an officer only
    proposed before drafts were alerts, nor what buyers file about their own receipts.
    """
    return view is View.REGULATOR or act.tenant_id == record.row.tenant_id or act.kind in IN_EFFECT


def history_line(record: BatchRecord, act: Row[Any]) -> dict[str, Any]:
    """One act as its record shows it: who (organisation and account number), when, why, request."""
    return {
        "id": str(act.id),
        "kind": act.kind,
        "at": iso(act.at),
        "organisation": record.names.get(act.tenant_id, ""),
        "account_id": str(act.actor_id),
        "reason": act.reason,
        "request_id": act.request_id,
        "body": json.loads(act.body),
    }


def _handover(record: BatchRecord, h: Row[Any]) -> dict[str, Any]:
    person = record.people.get(h.from_person) if h.from_person is not None else None
    return {
        "from": record.names.get(h.from_id, "") or (person.name if person is not None else h.from_name),
        "to": record.names.get(h.to_id, "") or h.to_name,
        "at": iso(h.at),
        "quantity": show(h.quantity, h.unit),
        "shipped_reported": h.shipped_event is not None,
        "received_reported": h.received_event is not None,
    }


def _input(record: BatchRecord, edge: Row[Any], amounts: bool) -> dict[str, Any]:
    lot = record.lots.get(edge.input_id)
    found: dict[str, Any] = {
        "lot_id": str(edge.input_id),
        "name": lot.item_name if lot is not None else None,
        "lot": lot.lot if lot is not None else None,
        "registered": lot is not None,
    }
    if amounts:
        found |= {"quantity": show(edge.quantity, edge.unit), "basis": edge.basis}
    return found


def iso(micros: int | None) -> str | None:
    """µs UTC as ISO 8601 in Asia/Shanghai."""
    return None if micros is None else local_datetime(micros).isoformat(timespec="seconds")


def _clock(now: int) -> str:
    return f"{local_datetime(now):%Y-%m-%d %H:%M}"
