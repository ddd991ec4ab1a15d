"""Projects events into identifiers, fields, edges, stock, packing, hand-overs and batches.

The same code runs when something is recorded and when everything is rebuilt, so a rebuild gives
identical rows. Reads only what earlier rows projected, never the clock. Many events go in a few
statements; the result is the same as one after another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.epcis.contexts import prefixes
from trace.epcis.fields import fields_of
from trace.epcis.own import OURS, material_of
from trace.genealogy import store as genealogy
from trace.identifiers.canonical import in_journal
from trace.identifiers.models import Kind
from trace.items import store as items
from trace.journal import store
from trace.journal.canonical import loads
from trace.journal.effects import Effects, Move, Named, best_before, effects, lot_number, made_on
from trace.journal.packing import pack
from trace.parties import store as parties
from trace.parties.models import PARTY, PERSON, name_in
from trace.quantity import convert, family

MAX_ORIGINS = 20

Recorded = tuple[Mapping[str, Any], Mapping[str, Any]]
"""An event's row and its document."""


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


@lru_cache(maxsize=65_536)
def names_lot(uri: str, public_url: str) -> bool:
    """Whether a stored URI is that of a lot, in the one form a lot has."""
    full = uri if "://" in uri else public_url + uri
    found = in_journal(full, public_url)
    return found.kind is Kind.LOT and found.uri == full


def item_key(uri: str) -> str:
    """The trade item's key in a stored lot URI: ``01/{GTIN}`` or ``id/{key}``; '' where there is none."""
    path = uri.removeprefix("https://id.gs1.org").lstrip("/")
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) >= 2 and parts[0] in ("01", "id") else ""


@dataclass(slots=True)
class _Pending:
    """What waits to be written in one statement each."""

    edges: list[dict[str, Any]] = field(default_factory=list)
    stock: dict[tuple[int, int, str], list[int | None]] = field(default_factory=dict)


class _Projector:
    """Everything that a run of events refers to, read once."""

    def __init__(
        self, conn: Connection, recorded: Sequence[Recorded], public_url: str, new_id: Callable[[], int] | None
    ) -> None:
        self.conn = conn
        self.public_url = public_url
        self.read = [self._effects(row, document) for row, document in recorded]
        self.ids = self._surrogates({n.uri for found in self.read for n in found.named}, new_id)
        store.insert_event_identifiers(
            conn,
            [
                {
                    "event_id": row["id"],
                    "role": n.role,
                    "line": n.line,
                    "identifier_id": self.ids[n.uri],
                    "quantity": n.quantity,
                    "unit": n.unit,
                    "by_class": n.by_class,
                }
                for (row, _), found in zip(recorded, self.read, strict=True)
                for n in found.named
            ],
        )
        store.insert_event_fields(
            conn,
            [
                {"event_id": row["id"], "line": line, "name": one.name, "value": one.value, "number": one.number}
                for row, document in recorded
                for line, one in enumerate(fields_of(document, lambda text: stored_uri(text, public_url)))
            ],
        )
        store.insert_namespaces(
            conn,
            {
                (row["tenant_id"], prefix, space)
                for row, document in recorded
                for prefix, space in prefixes(document.get("@context")).items()
            },
        )
        keys = {item_key(n.uri) for found in self.read for n in found.created}
        self.items = items.items_by_key(conn, sorted(keys - {""}))
        self.first: dict[int, int] = self._first_makers()
        self.withdrawn = self._withdrawn_before(recorded)
        named = {material for _, document in recorded if (material := material_of(document)) is not None}
        self.materials = items.items_by_id(conn, sorted(named)) if named else {}
        self.parties: dict[str, Row[Any] | None] = {}
        self.pending = _Pending()
        self.packing: set[int] = set()

    def _effects(self, row: Mapping[str, Any], document: Mapping[str, Any]) -> Effects:
        return effects(document, lambda text: filed_uri(self.conn, text, self.public_url, row["id"]))

    def _surrogates(self, uris: set[str], new_id: Callable[[], int] | None) -> dict[str, int]:
        ids = store.identifiers(self.conn, uris)
        missing = sorted(uris - ids.keys())
        if new_id is None:
            if missing:
                raise RuntimeError(f"the identifier table lost a fact: nothing is filed under {missing[0]}")
            return ids
        made = {uri: new_id() for uri in missing}
        store.insert_identifiers(
            self.conn, [{"id": one, "uri": uri, "kind": "lot", "alias_of": None} for uri, one in made.items()]
        )
        return ids | made

    def _first_makers(self) -> dict[int, int]:
        outputs = {e.output for found in self.read for e in found.edges}
        unclaimed = [self.ids[uri] for uri in outputs]
        return store.first_made_by(self.conn, unclaimed) if unclaimed else {}

    def _withdrawn_before(self, recorded: Sequence[Recorded]) -> set[int]:
        """Rows of events whose declaration came before them: they never took effect."""
        tenant_ids = {row["tenant_id"] for row, _ in recorded}
        declared = {
            (tenant, event_id): first
            for tenant in tenant_ids
            for event_id, first in store.first_declared(
                self.conn, tenant, [row["event_id"] for row, _ in recorded if row["tenant_id"] == tenant]
            ).items()
        }
        return {
            row["id"]
            for row, document in recorded
            if "errorDeclaration" not in document
            and declared.get((row["tenant_id"], row["event_id"]), row["id"]) < row["id"]
        }

    def owned(self, row: Mapping[str, Any], uri: str) -> bool:
        """Whether a lot is the event's own organisation's to make: nobody puts an input into another's batch.

        A lot belongs to the owner of its trade item, else to whoever commissioned it first (design section 4).
        What others claim stays in the journal and changes no edge.
        """
        item = self.items.get(item_key(uri))
        if item is None or item.id > row["id"]:  # an item registered after the event must not change a rebuild
            return self.first.get(self.ids[uri]) == int(row["tenant_id"])
        owner: int = item.organisation_id
        return owner == int(row["tenant_id"])

    def apply(self, row: Mapping[str, Any], document: Mapping[str, Any], found: Effects) -> None:
        """One event's effects, in the order of the journal."""
        if found.voided:
            self.flush()
            self._void(row)
            return
        if row["id"] in self.withdrawn:
            return
        for e in found.edges:
            if self.owned(row, e.output):
                self.pending.edges.append(
                    {
                        "output_id": self.ids[e.output],
                        "input_id": self.ids[e.input],
                        "event_id": row["id"],
                        "tenant_id": row["tenant_id"],
                        "quantity": e.quantity,
                        "unit": e.unit,
                        "basis": e.basis,
                    }
                )
        material = self.materials.get(material_of(document) or 0)
        own = material is not None and material.organisation_id == row["tenant_id"] and material.id < row["id"]
        self._move(row["tenant_id"], found.moves, material.id if material is not None and own else None)
        for lot in found.created:
            self._commission(row, lot, found)
        if found.packing:
            self.packing |= {self.ids[n.uri] for n in found.named if n.role == "parent"}
        if found.shipped_to is not None or found.receives:
            self._hand_over(row, found)

    def flush(self) -> None:
        """Write what waits."""
        genealogy.insert_edges(self.conn, self.pending.edges)
        genealogy.add_stocks(self.conn, self.pending.stock)
        self.pending = _Pending()

    def _move(self, holder: int, moves: Iterable[Move], material: int | None, sign: int = 1) -> None:
        for move in moves:
            unit = _stock_unit(move.unit)
            delta = convert(move.delta, move.unit, unit) if unit != move.unit else move.delta
            waiting = self.pending.stock.setdefault((self.ids[move.uri], holder, unit), [0, None])
            waiting[0] = (waiting[0] or 0) + sign * (delta or 0)
            waiting[1] = waiting[1] if material is None else material

    def _commission(self, row: Mapping[str, Any], lot: Named, found: Effects) -> None:
        """A lot begins (or a reserved one is made): only for the owner of the trade item (design section 4)."""
        item = self.items.get(item_key(lot.uri))
        if item is None or item.organisation_id != row["tenant_id"] or item.id > row["id"]:
            return  # an item registered after the event must not change what a rebuild gives
        if not names_lot(lot.uri, self.public_url):
            return  # a serial is one of its lot, an article is no lot
        ilmd, lot_id = found.ilmd, self.ids[lot.uri]
        stated = ilmd.get(OURS + "origin")
        own = [str(one) for one in stated] if isinstance(stated, list) else []
        inputs = [e.input for e in found.edges if e.output == lot.uri]
        if inputs:
            known = batches.batches_by_id(self.conn, [self.ids[uri] for uri in inputs])
            for uri in inputs:
                source = known.get(self.ids[uri])
                own += json.loads(source.origins) if source is not None else []
        values = {
            "kind": "raw" if item.kind == "material" else "product",
            "produced_on": made_on(ilmd),
            "best_before": best_before(ilmd),
            "quantity": lot.quantity,
            "unit": lot.unit,
            "origins": json.dumps(list(dict.fromkeys(own))[:MAX_ORIGINS], ensure_ascii=False),
            "event_id": row["id"],
            "last_event_at": row["event_time"],
        }
        present = batches.get_batch(self.conn, lot_id)
        begins = "released" if item.kind == "material" else "awaiting"
        if present is not None:
            again = {"state": begins} if present.state in ("reserved", "voided") else {}
            batches.update_batch(self.conn, present.id, values | again)
            return
        batches.insert_batch(
            self.conn,
            values
            | {
                "id": lot_id,
                "tenant_id": row["tenant_id"],
                "item_id": item.id,
                "lot": self._lot_name(row["tenant_id"], item.id, lot.uri, lot_number(ilmd)),
                "state": begins,
                "was_pending": False,
                "registered_at": row["record_time"],
            },
        )

    def _lot_name(self, tenant_id: int, item_id: int, uri: str, stated: str) -> str:
        """What the batch is called: the factory's own number where no other batch of the article has it."""
        own = uri.rsplit("/", 1)[-1]
        wanted = [name for name in (stated, own, uri) if name]
        taken = batches.lots_named(self.conn, tenant_id, item_id, wanted)
        return next((name for name in wanted if name not in taken), uri)

    def _void(self, row: Mapping[str, Any]) -> None:
        """Take back what the organisation's own event of this eventID did, once however often it is declared.

        What is taken back is what the original says, whatever the declaration repeats of it.
        """
        originals = store.event_rows(self.conn, row["tenant_id"], row["event_id"], before=row["id"])
        if not originals or store.declared_before(self.conn, row["tenant_id"], row["event_id"], before=row["id"]):
            return
        genealogy.void_edges(self.conn, originals)
        genealogy.void_handovers(self.conn, originals)
        for original_id in originals:
            original = store.get_event(self.conn, original_id)
            if original is None:
                continue
            did = self._effects({"id": original_id}, loads(original.document))
            self.ids |= store.identifiers(self.conn, {n.uri for n in did.named})
            self._move(row["tenant_id"], did.moves, None, sign=-1)
            for lot in did.created:
                present = batches.get_batch(self.conn, self.ids[lot.uri])
                if present is not None and present.event_id == original_id:
                    values = {"state": "voided", "last_event_at": row["event_time"]}
                    batches.update_batch(self.conn, present.id, values)
            if did.packing:
                self.packing |= {self.ids[n.uri] for n in did.named if n.role == "parent"}

    def _hand_over(self, row: Mapping[str, Any], found: Effects) -> None:
        conn = self.conn
        other = found.shipped_to if found.shipped_to is not None else found.received_from
        party_id, person_id, name = self._party(other or "", row["id"])
        side = "shipped" if found.shipped_to is not None else "received"
        from_id, to_id = (row["tenant_id"], party_id) if side == "shipped" else (party_id, row["tenant_id"])
        for lot in found.named:
            if lot.role != "class" or lot.quantity is None:
                continue
            lot_id = self.ids[lot.uri]
            reported = None
            if party_id is not None:
                reported = genealogy.open_handover(conn, lot_id, from_id, to_id, side)
            if reported is not None:
                genealogy.confirm_handover(conn, reported.id, reported.lot_id, side, row["id"])
            else:
                genealogy.insert_handover(
                    conn,
                    {
                        "id": row["id"],
                        "lot_id": lot_id,
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
            batches.touch(conn, lot_id, row["tenant_id"], row["event_time"])
            if side == "shipped":
                batches.mark_shipped(conn, lot_id, row["tenant_id"])

    def _party(self, uri: str, before: int) -> tuple[int | None, int | None, str]:
        """A party URI → (organisation id, person number, name as written).

        An organisation that joined after the event (id above ``before``) is a name, then as in a rebuild.
        """
        if uri.startswith(PARTY):
            if uri not in self.parties:
                self.parties[uri] = parties.organisation_by_code(self.conn, uri.removeprefix(PARTY))
            found = self.parties[uri]
            return (found.id, None, "") if found is not None and found.id < before else (None, None, uri)
        number = uri.removeprefix(PERSON)
        if uri.startswith(PERSON) and number.isascii() and number.isdecimal() and len(number) < 19:
            return None, int(number), ""
        return None, None, name_in(uri)


def project_events(
    conn: Connection, recorded: Sequence[Recorded], public_url: str, new_id: Callable[[], int] | None
) -> None:
    """Apply event rows in their order. ``new_id`` gives surrogates to URIs not seen before; None in a rebuild, which sees none."""
    if not recorded:
        return
    projector = _Projector(conn, recorded, public_url, new_id)
    for (row, document), found in zip(recorded, projector.read, strict=True):
        projector.apply(row, document, found)
    projector.flush()
    pack(conn, projector.packing)


def _stock_unit(unit: str) -> str:
    try:
        return family(unit)
    except ValueError:
        return unit
