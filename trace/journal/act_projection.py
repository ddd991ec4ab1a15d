"""Projects acts into batch state, aliases, cases and sign-offs; events are projected beside it.

The same code runs when something is recorded and when everything is rebuilt, so a rebuild gives
identical rows. Reads only what earlier rows projected, never the clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from trace.batches import store as batches
from trace.bulletins import projecting as bulletins
from trace.documents import projecting as documents
from trace.genealogy import store as genealogy
from trace.inspections import projecting as inspections
from trace.items import store as items
from trace.journal import halts, store
from trace.journal.canonical import loads
from trace.measures import projecting as measures
from trace.recalls import projecting as recalls
from trace.rulebooks import store as rulebooks


def project_act(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Apply one act row; acts that only document (a report, a view with a reason) change no projection."""
    apply = _ACTS.get(row["kind"])
    if apply is not None:
        apply(conn, row, body)


def _reserved(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    batches.insert_batch(
        conn,
        {
            "id": row["subject_id"],
            "tenant_id": row["tenant_id"],
            "item_id": int(body["item_id"]),
            "kind": "product",
            "lot": body["lot"],
            "state": "reserved",
            "produced_on": body.get("produced_on"),
            "best_before": body.get("best_before"),
            "was_pending": False,
            "registered_at": row["at"],
            "last_event_at": row["at"],
        },
    )


def _registered(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    pending = list(body.get("pending") or [])
    values: dict[str, Any] = {
        "pending": json.dumps(pending, ensure_ascii=False),
        "warnings": json.dumps(list(body.get("warnings") or []), ensure_ascii=False),
        "receipt": json.dumps(body.get("receipt") or {}, ensure_ascii=False),
    }
    if pending:
        values["was_pending"] = True
    batches.update_batch(conn, row["subject_id"], values)


def _completed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    pending = list(body.get("pending") or [])
    values: dict[str, Any] = {"pending": json.dumps(pending, ensure_ascii=False)}
    if pending:
        values["was_pending"] = True
    batches.update_batch(conn, row["subject_id"], values)


def _state(state: str) -> Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]:
    def apply(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        values: dict[str, Any] = {"state": state, "last_event_at": row["at"]}
        if state == "released":
            values["released_at"] = row["at"]
        batches.update_batch(conn, row["subject_id"], values)

    return apply


def _corrected(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    batches.update_batch(conn, row["subject_id"], {"state": body["state"]})


def _halts(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Work out anew which measure the batch stands under, from its acts up to this one."""
    present = batches.get_batch(conn, row["subject_id"])
    if present is None:
        return
    acts = store.acts_of(conn, row["subject_id"], halts.KINDS)
    halt, text = halts.standing((a.id, a.kind, loads(a.body)) for a in acts if a.id <= row["id"])
    if (halt, text) != (present.halt, present.halt_text):
        values = {"halt": halt, "halt_text": text, "last_event_at": row["at"]}
        batches.update_batch(conn, row["subject_id"], values)


def _measured(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    measures.ACTS[row["kind"]](conn, row, body)
    if row["kind"] in halts.KINDS:
        _halts(conn, row, body)


def _sampling_failed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    bulletins.opened(conn, row, body)
    _halts(conn, row, body)


def _sampling_cleared(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    bulletins.cleared(conn, row, body)
    _halts(conn, row, body)


def _alias(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    store.insert_alias(
        conn,
        {
            "scheme": body["scheme"],
            "value": body["value"],
            "tenant_id": row["tenant_id"],
            "lot_id": row["subject_id"],
            "act_id": row["id"],
        },
    )


def _pack_opened(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    items.set_open_pack(conn, row["tenant_id"], int(body["material_id"]), row["subject_id"], row["id"])


def _clause_signed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    rulebooks.set_signoff(
        conn,
        {
            "clause_id": body["clause_id"],
            "digest": body["digest"],
            "document": body["document"],
            "page": body["page"],
            "remark": row["reason"],
            "actor_id": row["actor_id"],
            "tenant_id": row["tenant_id"],
            "at": row["at"],
            "act_id": row["id"],
        },
    )


def _signoff_withdrawn(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    rulebooks.drop_signoff(conn, body["clause_id"])


def _claim_confirmed(conn: Connection, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """The inputs another's event names for the lot become its own, under that event: its withdrawal takes them along."""
    known = {"output_id": row["subject_id"], "event_id": int(body["event_row"]), "tenant_id": int(body["claimant"])}
    genealogy.insert_edges(
        conn,
        [
            known
            | {
                "input_id": int(one["input_id"]),
                "quantity": one["quantity"],
                "unit": one["unit"],
                "basis": one["basis"],
            }
            for one in body["inputs"]
        ],
    )


_ACTS: dict[str, Callable[[Connection, Mapping[str, Any], Mapping[str, Any]], None]] = {
    "batch.reserved": _reserved,
    "batch.registered": _registered,
    "batch.completed": _completed,
    "batch.released": _state("released"),
    "batch.held": _state("held"),
    "batch.unheld": _state("awaiting"),
    "batch.voided": _state("voided"),
    "batch.corrected": _corrected,
    **dict.fromkeys(halts.KINDS, _halts),
    "sampling.failed": _sampling_failed,
    "sampling.cleared": _sampling_cleared,
    **bulletins.ACTS,
    **recalls.ACTS,
    **inspections.ACTS,
    **documents.ACTS,
    **dict.fromkeys(measures.ACTS, _measured),
    "alias": _alias,
    "pack.opened": _pack_opened,
    "claim.confirmed": _claim_confirmed,
    "clause.signed": _clause_signed,
    "clause.signoff_withdrawn": _signoff_withdrawn,
}
