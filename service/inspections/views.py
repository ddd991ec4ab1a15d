"""What of an inspection is shown to whom, as JSON and for pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts.permissions import Actor, View, visibility
from trace.context import Context, local_datetime
from trace.errors import NotFound
from trace.inspections import store
from trace.inspections.checklist import KINDS
from trace.inspections.commands import ABROAD
from trace.inspections.models import (
    ANSWERS,
    BEGUN,
    CONFORMS,
    FINISHED,
    NOT_FOR,
    OPEN,
    RESULTS,
    SEALS,
    STATES,
    STEPS,
    TIME_SOURCES,
    UNCHECKED,
    VIOLATES,
    Link,
)
from trace.inspections.rules import custody_faults, lateness, next_steps
from trace.parties import store as parties

Json = dict[str, Any]
STATE_BADGES = {BEGUN: "warn", FINISHED: "good"}
ANSWER_BADGES = {CONFORMS: "good", VIOLATES: "bad", NOT_FOR: "quiet", UNCHECKED: "warn"}
RESULT_BADGES = {"": "quiet", "corrected": "good", "uncorrected": "bad"}
OTHER = "本批的持有单位"
OPEN_BELOW = (View.OWN, View.REGULATOR)


def iso(micros: int | None) -> str | None:
    """µs UTC as ISO 8601 in Asia/Shanghai."""
    return None if micros is None else local_datetime(micros).isoformat(timespec="seconds")


def seen(ctx: Context, actor: Actor, inspection_id: int) -> Row[Any]:
    """An inspection that the actor may see: supervisors every one; the party and the lot's maker once it is shared."""
    row = store.get_inspection(ctx.conn, inspection_id)
    if row is None:
        raise NotFound(ABROAD, "No such inspection")
    owners = [row.party_id] + ([row.owner_id] if row.owner_id is not None else [])
    views = {visibility(actor, owner) for owner in owners}
    if View.REGULATOR in views or (View.OWN in views and row.shared_at is not None):
        return row
    raise NotFound(ABROAD, "No such inspection")


def is_party(actor: Actor, row: Row[Any]) -> bool:
    """Whether the actor supervises or was inspected. A lot's maker that was neither is not told where its lot was found."""
    return actor.supervises or actor.org_id == row.party_id


def listed(row: Row[Any], actor: Actor) -> Json:
    """One line of a list; who holds a maker's lot farther on is a trade secret, so the party stays unnamed to it."""
    told = _listed(row)
    return told if is_party(actor, row) else told | {"party_id": None, "party": OTHER, "place": "", "number": None}


def _listed(row: Row[Any]) -> Json:
    return {
        "id": str(row.id),
        "state": row.state,
        "state_text": STATES[row.state],
        "office": row.office_name,
        "party_id": str(row.party_id),
        "party": row.party_name,
        "lot_id": None if row.lot_id is None else str(row.lot_id),
        "product": row.item_name,
        "lot": row.lot_number,
        "place": row.place,
        "begun_at": iso(row.begun_at),
        "finished_at": iso(row.finished_at),
        "violating": row.violating,
        "number": row.number or None,
        "rulebook": row.rulebook,
    }


def item_json(one: Row[Any]) -> Json:
    return {
        "key": one.key,
        "group": KINDS.get(one.kind, one.kind),
        "clause_id": one.clause_id,
        "clause": one.clause,
        "owed": one.owed,
        "record_status": one.status,
        "record": one.record,
        "answer": one.answer,
        "answer_text": ANSWERS[one.answer],
        "remark": one.remark,
    }


def photo_json(one: Row[Any]) -> Json:
    return {
        "id": str(one.id),
        "item": one.item or None,
        "order_id": None if one.order_id is None else str(one.order_id),
        "sha256": one.sha256,
        "taken": one.taken or None,
        "taken_from": TIME_SOURCES[one.taken_from],
        "received_at": iso(one.received_at),
        "account_id": str(one.actor_id),
        "place": one.place,
        "latitude": one.latitude or None,
        "longitude": one.longitude or None,
        "address": f"/inspections/{one.inspection_id}/photos/{one.id}",
    }


def sample_json(one: Row[Any], links: Sequence[Row[Any]], people: Mapping[int, Row[Any]] | None) -> Json:
    """A sample with its chain; ``people`` None leaves names out."""
    plain = [Link(link.step, link.at, link.seal) for link in links]
    return {
        "id": str(one.id),
        "number": one.number,
        "quantity": one.written,
        "base_quantity": one.base_quantity,
        "seal": one.seal,
        "reserve": one.reserve,
        "reserve_seal": one.reserve_seal,
        "reserve_place": one.reserve_place,
        "storage": one.storage,
        "laboratory": one.laboratory,
        "stage": one.stage,
        "task": one.task,
        "taken_at": iso(one.taken_at),
        "form_number": one.form_number or None,
        "custody": [
            {
                "step": link.step,
                "step_text": STEPS[link.step],
                "at": iso(link.at),
                "organisation": link.organisation,
                "person_id": str(link.person_id),
                "condition": link.condition,
                "seal": link.seal,
                "seal_text": SEALS[link.seal],
            }
            | ({} if people is None else {"person": name_of(people, link.person_id)})
            for link in links
        ],
        "custody_faults": custody_faults(plain),
        "next_steps": {step: STEPS[step] for step in next_steps(plain)},
    }


def name_of(people: Mapping[int, Row[Any]], person_id: int | None) -> str:
    """A person's name, or that it was deleted; '' for nobody."""
    if person_id is None:
        return ""
    return str(people[person_id].name) if person_id in people else "（已删除）"


def order_json(one: Row[Any], items: Sequence[Row[Any]], today: Any) -> Json:
    late = lateness(one.state, one.deadline, one.recheck_on, one.reported_at is not None, today)
    return {
        "id": str(one.id),
        "state": one.state,
        "state_text": "待改正或复查" if one.state == OPEN else "已改正",
        "issued_at": iso(one.issued_at),
        "deadline": one.deadline,
        "recheck_on": one.recheck_on,
        "number": one.number or None,
        "reported_at": iso(one.reported_at),
        "rechecked_at": iso(one.rechecked_at),
        "late": late,
        "items": [
            {
                "key": each.key,
                "clause": each.clause,
                "problem": each.problem,
                "demand": each.demand,
                "result": each.result,
                "result_text": RESULTS.get(each.result, "未复查"),
            }
            for each in items
        ],
    }


def note_json(one: Row[Any]) -> Json:
    return {
        "id": str(one.id),
        "kind": one.kind,
        "order_id": None if one.order_id is None else str(one.order_id),
        "text": one.text,
        "at": iso(one.at),
        "late": one.late,
    }


def whole(ctx: Context, actor: Actor, inspection_id: int, *, names: bool = False) -> Json:
    """Everything of an inspection that the actor may see. ``names`` adds people's names, for pages and documents.

    A lot's maker that was not the inspected party sees the findings and samples, nothing that tells who that party is.
    """
    row = seen(ctx, actor, inspection_id)
    conn = ctx.conn
    party = is_party(actor, row)
    samples = store.samples_of(conn, inspection_id)
    links = store.custody_of(conn, [one.id for one in samples])
    orders = store.orders_of(conn, inspection_id) if party else []
    things = store.order_items(conn, [one.id for one in orders])
    items = store.items_of(conn, inspection_id)
    officers = json.loads(row.officers)
    people = _people(conn, row, officers, links, orders) if names else None
    tally = {key: sum(one.answer == key for one in items) for key in ANSWERS}
    told = listed(row, actor) | {
        "latitude": (row.latitude or None) if party else None,
        "longitude": (row.longitude or None) if party else None,
        "produced_on": row.produced_on,
        "tally": tally,
        "items": [item_json(one) for one in items],
        "photos": [photo_json(one) for one in store.photos_of(conn, inspection_id) if party],
        "samples": [sample_json(one, links.get(one.id, []), people) for one in samples],
        "orders": [order_json(one, things.get(one.id, []), ctx.today) for one in orders],
        "notes": [note_json(one) for one in store.notes_of(conn, inspection_id) if party],
        "situation": row.situation if party else "",
        "statement": row.statement if party else "",
        "refused": row.refused if party else "",
        "officers": [{"person_id": one["person"], "certificate": one["certificate"]} for one in officers],
    }
    if people is not None:
        told["row"] = row
        told["people"] = people
        for one in told["officers"]:
            one["name"] = name_of(people, int(one["person_id"]))
        contact = people.get(row.contact_id) if row.contact_id is not None else None
        told["contact"] = contact.name if contact is not None else ""
        told["contact_phone"] = contact.phone if contact is not None else ""
        for shown, one in zip(told["orders"], orders, strict=True):
            who = people.get(one.contact_id) if one.contact_id is not None else None
            shown["contact"] = who.name if who is not None else ""
            shown["phone"] = who.phone if who is not None else ""
    return told


def _people(
    conn: Connection,
    row: Row[Any],
    officers: Sequence[Mapping[str, str]],
    links: Mapping[int, Sequence[Row[Any]]],
    orders: Sequence[Row[Any]],
) -> dict[int, Row[Any]]:
    ids = {int(one["person"]) for one in officers} | {one.person_id for each in links.values() for one in each}
    ids |= {one.contact_id for one in orders if one.contact_id is not None}
    if row.contact_id is not None:
        ids.add(row.contact_id)
    return parties.people(conn, sorted(ids))


def of_lot(conn: Connection, actor: Actor, owner_id: int, lot_id: int) -> list[Json]:
    """Inspections of a lot with what did not comply, for its owner and supervisors; [] for everybody else."""
    view = visibility(actor, owner_id)
    if view not in OPEN_BELOW:
        return []
    rows = store.list_inspections(
        conn, seen_by=None if view is View.REGULATOR else actor.org_id, limit=20, lot_id=lot_id
    )
    wrong = store.violations_of(conn, [row.id for row in rows]) if rows else {}
    return [listed(row, actor) | {"violations": [item_json(one) for one in wrong.get(row.id, [])]} for row in rows]


def due(conn: Connection, actor: Actor, today: Any) -> list[Json]:
    """Open orders of the actor's office, or to its enterprise, the earliest re-check first."""
    who = {"tenant_id": actor.org_id} if actor.supervises else {"party_id": actor.org_id}
    return [
        {
            "id": str(one.id),
            "inspection_id": str(one.inspection_id),
            "party": one.party_name,
            "office": one.office_name,
            "product": one.item_name,
            "lot": one.lot_number,
            "deadline": one.deadline,
            "recheck_on": one.recheck_on,
            "reported": one.reported_at is not None,
            "late": lateness(one.state, one.deadline, one.recheck_on, one.reported_at is not None, today),
        }
        for one in store.open_orders(conn, **who)
    ]
