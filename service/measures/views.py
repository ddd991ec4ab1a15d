"""Official measures as JSON and for templates, cut to who asks: supervisors and the maker of the batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts.permissions import Actor
from service.batches.reading import iso
from trace.context import Context
from trace.errors import NotFound
from trace.measures import rules, store
from trace.measures.commands import STRANGER
from trace.measures.models import DOCUMENTS, GROUNDS, LIFT, MEASURES, RECALL, SERVICE
from trace.parties import store as parties
from trace.quantity import show
from trace.recalls.rules import LEVELS

Json = dict[str, Any]
BADGES: Mapping[str, str] = {
    "draft": "warn",
    "taken": "bad",
    "approved": "bad",
    "served": "bad",
    "due": "warn",
    "expired": "bad",
    "lapsed": "warn",
    "lifted": "quiet",
    "withdrawn": "quiet",
}
RECENT = 7 * 86_400_000_000
"""How long what lapsed stays on the lists of what is to be done, in µs."""
MOST = 100


def seen(ctx: Context, actor: Actor, measure_id: int) -> Row[Any]:
    """The measure, for supervisors and the maker of the batch; NotFound for everybody else."""
    row = store.get_measure(ctx.conn, measure_id)
    if row is None or not (actor.supervises or row.maker_id == actor.org_id):
        raise NotFound(STRANGER, "No such measure of yours")
    return row


def people_of(conn: Connection, rows: Iterable[Row[Any]]) -> dict[int, str]:
    """Names of the approvers and officers of measures, as far as they are still kept."""
    ids: set[int] = set()
    for row in rows:
        ids |= {int(one["person"]) for one in json.loads(row.officers)}
        if row.approver_id is not None:
            ids.add(row.approver_id)
    return {key: str(one.name) for key, one in parties.people(conn, sorted(ids)).items()} if ids else {}


def left_text(left: int) -> str:
    """How long an urgent measure may still wait for its approval."""
    minutes = max(left, 0) // rules.MINUTE
    return f"还剩 {minutes // 60} 小时 {minutes % 60} 分钟"


def title_of(row: Row[Any]) -> str:
    """What the measure is called; a lifting says so."""
    return MEASURES[row.measure] + ("措施" if row.measure == LIFT else "")


def measure_json(row: Row[Any], now: int, names: Mapping[int, str] | None = None) -> Json:
    """A measure with where it stands at ``now``. ``names`` (of ``people_of``) add who approved and who carried it out."""
    where = rules.standing(row, now)
    told: Json = {
        "id": str(row.id),
        "batch_id": str(row.batch_id),
        "lot": row.lot,
        "product": row.item_name,
        "maker": row.maker_name,
        "office": row.office_name,
        "measure": row.measure,
        "measure_text": title_of(row),
        "state": where.code,
        "state_text": where.text,
        "in_effect": where.in_effect,
        "ends": None if row.ends is None else str(row.ends),
        "reason": row.reason,
        "ground": row.ground,
        "ground_text": GROUNDS.get(row.ground, ""),
        "source": row.source,
        "goods": show(row.quantity, row.unit) if row.quantity is not None else "",
        "place": row.place,
        "returns": row.returns,
        "drafted_at": iso(row.drafted_at),
        "taken_at": iso(row.taken_at),
        "approval_due": iso(where.due),
        "approval_left": left_text(where.left) if where.left is not None else "",
        "approval_recorded_at": iso(row.approval_noted_at),
        "document_kind": DOCUMENTS[row.measure].get(row.document_kind, ""),
        "document_no": row.document_no,
        "served_at": iso(row.served_at),
        "service": SERVICE.get(row.service, ""),
        "effective_at": iso(row.effective_at),
        "until": row.until,
        "days_left": where.days,
        "extended_days": row.extended_days,
        "extension_no": row.extension_no,
        "extension_reason": row.extension_reason,
        "ended_at": iso(row.ended_at),
        "ended_by": None if row.ended_by is None else str(row.ended_by),
    }
    if names is not None:
        told |= {
            "approver": names.get(row.approver_id or 0, "") if row.approver_id else "",
            "position": row.position,
            "approved_at": iso(row.approved_at),
            "officers": [
                {"number": one["number"], "name": names.get(int(one["person"]), "（姓名已删除）")}
                for one in json.loads(row.officers)
            ],
        }
    return told


def recall_duty(row: Row[Any], recalls: Sequence[Row[Any]], now: int) -> Json | None:
    """Of a served order to recall: the maker's recalls that cover the lot, and its clock from the service on."""
    if row.measure != RECALL or row.served_at is None:
        return None
    after = [one for one in recalls if one.announced_at is not None]
    level = after[0].level if after else ""
    begun = after[0].announced_at if after else None
    terms = [{"level": one.level, "due": iso(row.served_at + one.begin_hours * rules.HOUR)} for one in LEVELS.values()]
    longest = row.served_at + max(one.begin_hours for one in LEVELS.values()) * rules.HOUR
    shortest = row.served_at + min(one.begin_hours for one in LEVELS.values()) * rules.HOUR
    return {
        "recalls": [{"id": str(one.id), "level": one.level, "announced_at": iso(one.announced_at)} for one in after],
        "level": level,
        "begun_at": iso(begun),
        "terms": terms,
        "overdue": begun is None and now > longest,
        "first_term_over": begun is None and now > shortest,
    }


def whole(ctx: Context, actor: Actor, measure_id: int) -> Json:
    """One measure with everything about it that the actor may read."""
    row = seen(ctx, actor, measure_id)
    told = measure_json(row, ctx.now, people_of(ctx.conn, [row]))
    told["recall"] = recall_duty(row, store.recalls_covering(ctx.conn, [row.batch_id]).get(row.batch_id, []), ctx.now)
    ended = store.get_measure(ctx.conn, row.ends) if row.ends is not None else None
    told["ended"] = None if ended is None else measure_json(ended, ctx.now)
    return told


def office_to_do(ctx: Context, office_id: int) -> list[Json]:
    """What an office has to go on with, the most pressing first."""
    until = rules.seizure_until(ctx.today, rules.REMIND_DAYS - rules.SEIZURE_DAYS).isoformat()
    rows = store.to_do_of_office(ctx.conn, office_id, until, ctx.now - RECENT, MOST)
    found = [measure_json(row, ctx.now) | {"drafted_by": row.drafted_by} for row in rows]
    order = {"taken": 0, "expired": 1, "due": 2, "approved": 3, "draft": 4, "served": 5, "lapsed": 6}
    return sorted(found, key=lambda one: order.get(one["state"], 9))


def maker_to_do(ctx: Context, maker_id: int) -> list[Json]:
    """Alerts, measures in effect and what lapsed of late, of a maker's batches."""
    rows = store.to_do_of_maker(ctx.conn, maker_id, ctx.now - RECENT, MOST)
    covering = store.recalls_covering(ctx.conn, [row.batch_id for row in rows if row.measure == RECALL])
    return [
        measure_json(row, ctx.now) | {"recall": recall_duty(row, covering.get(row.batch_id, []), ctx.now)}
        for row in rows
    ]
