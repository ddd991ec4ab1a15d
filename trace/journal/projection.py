"""Projects events and acts into edges, stock, hand-overs, aliases and batch state.

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
from trace.genealogy import store as genealogy
from trace.identifiers.canonical import in_journal
from trace.items import store as items
from trace.journal import halts, store
from trace.journal.canonical import loads
from trace.journal.effects import Effects, Named, effects
from trace.parties import store as parties
from trace.quantity import convert, family
from trace.rulebooks import store as rulebooks

PARTY = "urn:liangpin:party:"
"""Our party URI: the organisation's code follows."""
PERSON = "urn:liangpin:person:"
"""Our URI of a person without an account: the opaque number of the ``person`` table follows."""
MAX_ORIGINS = 20


def stored_uri(text: str, public_url: str) -> str:
    """The URI under which an identifier is filed: canonical, private keys without host."""
    return in_journal(text, public_url).uri.removeprefix(public_url)


def filed_uri(conn: Connection, text: str, public_url: str, row_id: int) -> str:
    """The URI under which event ``row_id`` files an identifier, also one that carries an earlier address of ours.

    Printed codes and old events keep the host of their day when LIANGPIN_PUBLIC_URL changes: a private key on
    another host is ours where it had been filed before the event, or where the other host's never was.
    """
    uri = stored_uri(text, public_url)
    origin, found, _ = uri.rpartition("/id/")
    if not origin or not found:
        return uri
    former = stored_uri(text, origin)
    ids = store.identifiers(conn, [uri, former])
    if former not in ids or (uri in ids and ids[former] > row_id):
        return uri
    return former


def _read(conn: Connection, document: Mapping[str, Any], public_url: str, row_id: int) -> Effects:
    return effects(document, lambda text: filed_uri(conn, text, public_url, row_id))


def item_key(uri: str) -> str:
    """The trade item's key in a stored lot URI: ``01/{GTIN}`` or ``id/{key}``; '' where there is none."""
    path = uri.removeprefix("https://id.gs1.org").lstrip("/")
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) >= 2 and parts[0] in ("01", "id") else ""


def project_event(
    conn: Connection,
    row: Mapping[str, Any],
    document: Mapping[str, Any],
    public_url: str,
    new_id: Callable[[], int] | None,
) -> None:
    """Apply one event row. ``new_id`` gives surrogates to URIs not seen before; None during a rebuild, which sees none."""
    found = _read(conn, document, public_url, row["id"])
    ids = _surrogates(conn, found, new_id)
    store.insert_event_identifiers(
        conn,
        [
            {
                "event_id": row["id"],
                "role": n.role,
                "line": n.line,
                "identifier_id": ids[n.uri],
                "quantity": n.quantity,
                "unit": n.unit,
            }
            for n in found.named
        ],
    )
    if found.voided:
        _void(conn, row, public_url)
        return
    owned = _own_outputs(conn, row, found, ids)
    genealogy.insert_edges(
        conn,
        [
            {
                "output_id": ids[e.output],
                "input_id": ids[e.input],
                "event_id": row["id"],
                "tenant_id": row["tenant_id"],
                "quantity": e.quantity,
                "unit": e.unit,
                "basis": e.basis,
            }
            for e in found.edges
            if e.output in owned
        ],
    )
    material = document.get("liangpin:servesAs")
    for move in found.moves:
        unit = _stock_unit(move.unit)
        delta = convert(move.delta, move.unit, unit) if unit != move.unit else move.delta
        genealogy.add_stock(
            conn, ids[move.uri], row["tenant_id"], unit, delta or 0, int(material) if material else None
        )
    for lot in found.created:
        _commission(conn, row, document, lot, found, ids)
    if found.shipped_to is not None or found.receives:
        _hand_over(conn, row, found, ids)


def _own_outputs(conn: Connection, row: Mapping[str, Any], found: Effects, ids: Mapping[str, int]) -> set[str]:
    """Outputs that are the event's own organisation's to make: nobody puts an input into another's batch.

    A lot belongs to the owner of its trade item, else to whoever commissioned it first (design section 4).
    What others claim stays in the journal and changes no edge.
    """
    outputs = {e.output for e in found.edges}
    known = items.items_by_key(conn, [item_key(uri) for uri in outputs])
    owned: set[str] = set()
    unclaimed: list[str] = []
    for uri in outputs:
        item = known.get(item_key(uri))
        if item is None or item.id > row["id"]:
            unclaimed.append(uri)
        elif item.organisation_id == row["tenant_id"]:
            owned.add(uri)
    first = store.first_made_by(conn, [ids[uri] for uri in unclaimed]) if unclaimed else {}
    return owned | {uri for uri in unclaimed if first.get(ids[uri]) == row["tenant_id"]}


def _surrogates(conn: Connection, found: Effects, new_id: Callable[[], int] | None) -> dict[str, int]:
    uris = {n.uri for n in found.named}
    ids = store.identifiers(conn, uris)
    if new_id is None:
        if lost := sorted(uris - ids.keys()):
            raise RuntimeError(f"the identifier table lost a fact: nothing is filed under {lost[0]}")
        return ids
    missing = [{"id": new_id(), "uri": uri, "kind": "lot", "alias_of": None} for uri in sorted(uris - ids.keys())]
    store.insert_identifiers(conn, missing)
    return ids | {str(m["uri"]): int(str(m["id"])) for m in missing}


def _stock_unit(unit: str) -> str:
    try:
        return family(unit)
    except ValueError:
        return unit


def _commission(
    conn: Connection,
    row: Mapping[str, Any],
    document: Mapping[str, Any],
    lot: Named,
    found: Effects,
    ids: Mapping[str, int],
) -> None:
    """A lot begins (or a reserved one is made): only for the owner of the trade item (design section 4)."""
    item = items.items_by_key(conn, [item_key(lot.uri)]).get(item_key(lot.uri))
    if item is None or item.organisation_id != row["tenant_id"] or item.id > row["id"]:
        return  # an item registered after the event must not change what a rebuild gives
    ilmd = found.ilmd
    own = [str(o) for o in ilmd.get("liangpin:origin") or []]
    inputs = [e.input for e in found.edges if e.output == lot.uri]
    if inputs:
        known = batches.batches_by_id(conn, [ids[uri] for uri in inputs])
        for uri in inputs:
            source = known.get(ids[uri])
            own += json.loads(source.origins) if source is not None else []
    values = {
        "kind": "raw" if item.kind == "material" else "product",
        "produced_on": ilmd.get("liangpin:productionDate"),
        "best_before": ilmd.get("cbvmda:bestBeforeDate"),
        "quantity": lot.quantity,
        "unit": lot.unit,
        "origins": json.dumps(list(dict.fromkeys(own))[:MAX_ORIGINS], ensure_ascii=False),
        "event_id": row["id"],
        "last_event_at": row["event_time"],
    }
    present = batches.get_batch(conn, ids[lot.uri])
    begins = "released" if item.kind == "material" else "awaiting"
    if present is not None:
        again = {"state": begins} if present.state in ("reserved", "voided") else {}
        batches.update_batch(conn, present.id, values | again)
        return
    batches.insert_batch(
        conn,
        values
        | {
            "id": ids[lot.uri],
            "tenant_id": row["tenant_id"],
            "item_id": item.id,
            "lot": str(ilmd.get("cbvmda:lotNumber") or lot.uri.rsplit("/", 1)[-1]),
            "state": begins,
            "was_pending": False,
            "registered_at": row["record_time"],
        },
    )


def _void(conn: Connection, row: Mapping[str, Any], public_url: str) -> None:
    """Take back what the organisation's own event of this eventID did, once however often it is declared.

    What is taken back is what the original says, whatever the declaration repeats of it.
    """
    originals = store.event_rows(conn, row["tenant_id"], row["event_id"], before=row["id"])
    if not originals or store.declared_before(conn, row["tenant_id"], row["event_id"], before=row["id"]):
        return
    genealogy.void_edges(conn, originals)
    genealogy.void_handovers(conn, originals)
    for original_id in originals:
        original = store.get_event(conn, original_id)
        if original is None:
            continue
        did = _read(conn, loads(original.document), public_url, original_id)
        ids = store.identifiers(conn, {n.uri for n in did.named})
        for move in did.moves:
            unit = _stock_unit(move.unit)
            delta = convert(-move.delta, move.unit, unit) if unit != move.unit else -move.delta
            genealogy.add_stock(conn, ids[move.uri], row["tenant_id"], unit, delta or 0, None)
        for lot in did.created:
            present = batches.get_batch(conn, ids[lot.uri])
            if present is not None and present.event_id == original_id:
                batches.update_batch(conn, present.id, {"state": "voided", "last_event_at": row["event_time"]})


def _hand_over(conn: Connection, row: Mapping[str, Any], found: Effects, ids: Mapping[str, int]) -> None:
    other = found.shipped_to if found.shipped_to is not None else found.received_from
    party_id, person_id, name = _party(conn, other or "", row["id"])
    side = "shipped" if found.shipped_to is not None else "received"
    from_id, to_id = (row["tenant_id"], party_id) if side == "shipped" else (party_id, row["tenant_id"])
    for lot in found.named:
        if lot.role != "class" or lot.quantity is None:
            continue
        reported = None
        if party_id is not None:
            reported = genealogy.open_handover(conn, ids[lot.uri], from_id, to_id, side)
        if reported is not None:
            genealogy.confirm_handover(conn, reported.id, reported.lot_id, side, row["id"])
        else:
            genealogy.insert_handover(
                conn,
                {
                    "id": row["id"],
                    "lot_id": ids[lot.uri],
                    "from_id": from_id,
                    "from_person": person_id if side == "received" else None,
                    "from_name": name if side == "received" else "",
                    "to_id": to_id,
                    "to_name": name if side == "shipped" else "",
                    "at": row["event_time"],
                    "quantity": lot.quantity,
                    "unit": lot.unit,
                    f"{side}_event": row["id"],
                },
            )
        batches.update_batch(conn, ids[lot.uri], {"last_event_at": row["event_time"]})
        if side == "shipped":
            batches.mark_shipped(conn, ids[lot.uri], row["tenant_id"])


def _party(conn: Connection, uri: str, before: int) -> tuple[int | None, int | None, str]:
    """A party URI → (organisation id, person number, name as written).

    An organisation that joined after the event (id above ``before``) is a name, then as in a rebuild.
    """
    if uri.startswith(PARTY):
        found = parties.organisation_by_code(conn, uri.removeprefix(PARTY))
        return (found.id, None, "") if found is not None and found.id < before else (None, None, uri)
    number = uri.removeprefix(PERSON)
    if uri.startswith(PERSON) and number.isascii() and number.isdecimal() and len(number) < 19:
        return None, int(number), ""
    return None, None, uri.removeprefix("urn:liangpin:name:")


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
    "alias": _alias,
    "pack.opened": _pack_opened,
    "clause.signed": _clause_signed,
    "clause.signoff_withdrawn": _signoff_withdrawn,
}
