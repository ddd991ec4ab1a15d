"""What the maker decides about a recall before it is announced: scope, level, time of knowing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.context import Context, local_datetime
from trace.errors import Conflict, InvalidInput, NotFound
from trace.genealogy import store as genealogy
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.recalls import store
from trace.recalls.models import ANNOUNCED, DRAFT, IN, OUT, OWN, STATES, NewRecall, ScopeLot
from trace.recalls.rules import LEVELS
from trace.recalls.scope import read_scope

REASON_LEAST = 4
MAX_SUSPECTS = 50
CHUNK = 500
"""Lots of the scope in one act."""
Clock = Callable[[], int]
"""Integer µs UTC now: how long the scope took is part of the record, and only the edge has a clock."""


def recall_of(conn: Connection, recall_id: int) -> Row[Any]:
    """A recall. Raises NotFound."""
    row = store.get_recall(conn, recall_id)
    if row is None:
        raise NotFound("没有这个召回", "No such recall")
    return row


def own_recall(ctx: Context, recall_id: int) -> Row[Any]:
    """The actor's organisation's recall; NotFound for everybody else's."""
    row = recall_of(ctx.conn, recall_id)
    if row.tenant_id != ctx.tenant_id:
        raise NotFound("没有这个召回，或不属于本企业", "No such recall of your organisation")
    return row


def in_state(row: Row[Any], *states: str) -> None:
    """Raise Conflict unless the recall stands at one of ``states``."""
    if row.state not in states:
        allowed = "、".join(STATES[one] for one in states)
        raise Conflict(
            f"召回现在是“{STATES[row.state]}”，只有“{allowed}”时才能这样做",
            "The recall is in another state",
            code="state",
        )


def written(problems: Problems, text: str, pointer: str = "/reason", name: str = "理由", longest: int = 500) -> str:
    """A reason of at least a few words; what is wrong goes to ``problems``."""
    said = problems.text(text, pointer, name, longest=longest)
    if said and len(said) < REASON_LEAST:
        problems.add(pointer, "too_short", f"{name}“{said}”太短，请写明依据（至少 {REASON_LEAST} 个字）", "say why")
    return said


def propose(ctx: Context, new: NewRecall, clock: Clock) -> int:
    """Propose the whole scope from suspect lots. Gives the recall's id; nothing is halted and nobody told yet."""
    problems = Problems()
    reason = written(problems, new.reason, name="召回原因")
    suspects = list(dict.fromkeys(new.suspects))
    if not suspects:
        problems.add("/suspects", "required", "请至少选一个问题批次", "at least one suspect lot")
    if len(suspects) > MAX_SUSPECTS:
        problems.add("/suspects", "too_many", f"一次最多 {MAX_SUSPECTS} 个问题批次，请分几次发起", "too many")
    source = problems.text(
        new.known_source, "/known_source", "知悉来源", required=new.known_at is not None, longest=200
    )
    _known_at(problems, ctx, new.known_at)
    problems.raise_if_any()
    seen = genealogy.lots_exchanged(ctx.conn, ctx.tenant_id, suspects)
    known = batches.get_batches(ctx.conn, suspects)
    for place, lot_id in enumerate(suspects):
        row = known.get(lot_id)
        if row is None or not (row.tenant_id == ctx.tenant_id or lot_id in seen):
            problems.add(f"/suspects/{place}", "no_such_lot", "没有这个批次，或本企业没有经手", "No such lot of yours")
    problems.raise_if_any()
    scope = read_scope(ctx.conn, ctx.tenant_id, suspects)
    if not any(one.role == OWN for one in scope):
        raise InvalidInput.of(
            "/suspects",
            "nothing_to_recall",
            "本企业没有用这些批次生产或发出任何批次，无可召回；库存原料请在批次页停用",
            "Nothing that you made or delivered is affected",
        )
    recall_id = ctx.new_id()
    body = {
        "mock": new.mock,
        "suspects": [str(one) for one in suspects],
        "known_at": None if new.known_at is None else str(new.known_at),
        "known_source": source,
        "begun_at": str(ctx.now),
    }
    record_act(ctx, "recall.proposed", "recall", recall_id, body, reason)
    for start in range(0, len(scope), CHUNK):
        part: dict[str, Any] = {"lots": [lot_body(one) for one in scope[start : start + CHUNK]]}
        if start + CHUNK >= len(scope):
            part["scoped_at"] = str(clock())
        record_act(ctx, "recall.scoped", "recall", recall_id, part)
    return recall_id


def refresh(ctx: Context, recall_id: int) -> int:
    """Work the scope of a proposal out anew: what was made or delivered since is in it. Gives how many lots are new.

    Lots taken out stay out, lots put in one by one stay in.
    """
    row = own_recall(ctx, recall_id)
    in_state(row, DRAFT)
    present = {one.lot_id: one for one in store.lots_of(ctx.conn, recall_id)}
    added = [lot_id for lot_id, one in present.items() if json.loads(one.path) == [str(lot_id)]]
    suspects = [int(one) for one in json.loads(row.suspects)]
    scope = read_scope(ctx.conn, ctx.tenant_id, list(dict.fromkeys([*suspects, *added])))
    kept = [one for one in scope if one.lot_id not in present or present[one.lot_id].state == IN]
    bodies = [
        lot_body(one) | {"note": present[one.lot_id].remark if one.lot_id in present else one.note} for one in kept
    ]
    for start in range(0, len(bodies), CHUNK):
        part = {"lots": bodies[start : start + CHUNK], "refreshed": True}
        record_act(ctx, "recall.scoped", "recall", recall_id, part)
    return sum(one.lot_id not in present for one in kept)


def lot_body(one: ScopeLot) -> dict[str, Any]:
    """A lot of the scope as it stands in the journal."""
    return {
        "lot": str(one.lot_id),
        "maker": str(one.maker_id),
        "role": one.role,
        "path": [str(lot) for lot in one.path],
        "share": one.share,
        "share_why": one.share_why,
        "quantity": one.quantity,
        "used": one.used,
        "unit": one.unit,
        "note": one.note,
        "holders": [
            {
                "holder": h.holder,
                "quantity": h.quantity,
                "transit": h.transit,
                "sold": h.sold,
                "step": h.step,
                "giver": h.giver,
            }
            for h in one.holders
        ],
    }


def _known_at(problems: Problems, ctx: Context, known_at: int | None) -> None:
    if known_at is not None and known_at > ctx.now:
        shown = f"{local_datetime(known_at):%Y-%m-%d %H:%M}"
        problems.add("/known_at", "in_future", f"知悉时间 {shown} 晚于现在，请核对", "in the future")


def set_known(ctx: Context, recall_id: int, known_at: int | None, source: str) -> None:
    """When the maker came to know and from where: the clock of 24/48/72 hours starts there. Said again, it replaces."""
    in_state(own_recall(ctx, recall_id), DRAFT, ANNOUNCED)
    problems = Problems()
    if known_at is None:
        problems.add("/known_at", "required", "请填写知悉时间", "when it became known")
    _known_at(problems, ctx, known_at)
    said = problems.text(source, "/known_source", "知悉来源", longest=200)
    problems.raise_if_any()
    record_act(ctx, "recall.known", "recall", recall_id, {"known_at": str(known_at), "known_source": said})


def set_level(ctx: Context, recall_id: int, level: str, reason: str) -> None:
    """一级, 二级 or 三级 with the enterprise's own reasoning."""
    in_state(own_recall(ctx, recall_id), DRAFT, ANNOUNCED)
    problems = Problems()
    chosen = problems.choice(level, {one: one for one in LEVELS}, "/level", "召回级别")
    said = written(problems, reason, name="定级理由", longest=1000)
    problems.raise_if_any()
    record_act(ctx, "recall.classed", "recall", recall_id, {"level": chosen}, said)


def take_out(ctx: Context, recall_id: int, lot_id: int, reason: str) -> None:
    """Take one lot out of the scope, with a reason. Of an announced recall, the lot is halted by it no more."""
    row = own_recall(ctx, recall_id)
    in_state(row, DRAFT, ANNOUNCED)
    lot = store.lot_of(ctx.conn, recall_id, lot_id)
    if lot is None or lot.state != IN:
        raise NotFound("召回范围里没有这个批次", "No such lot in the scope")
    problems = Problems()
    said = written(problems, reason, name="移出理由")
    problems.raise_if_any()
    if any(d.lot_id == lot_id for d in store.destructions_of(ctx.conn, recall_id)):
        raise Conflict("这个批次已有销毁预告，不能移出", "Destruction was announced", code="destruction")
    record_act(ctx, "recall.adjusted", "recall", recall_id, {"lot_id": str(lot_id), "state": OUT}, said)
    if row.state == ANNOUNCED and not row.mock and lot.role == OWN:
        record_act(ctx, "recall.closed", "batch", lot_id, {"recall_id": str(recall_id)}, said)


def put_in(ctx: Context, recall_id: int, lot_id: int, reason: str) -> ScopeLot:
    """Add one lot of the maker's own, with a reason; what holds of it is read anew."""
    row = own_recall(ctx, recall_id)
    in_state(row, DRAFT, ANNOUNCED)
    problems = Problems()
    said = written(problems, reason, name="加入理由")
    problems.raise_if_any()
    present = store.lot_of(ctx.conn, recall_id, lot_id)
    if present is not None and present.state == IN:
        raise Conflict("这个批次已在召回范围内", "Already in the scope", code="in_scope")
    batch = batches.get_batch(ctx.conn, lot_id)
    if batch is None or batch.tenant_id != ctx.tenant_id:
        raise InvalidInput.of("/lot_id", "no_such_lot", "没有这个批次，或不是本企业生产", "no such lot of yours")
    found = next((one for one in read_scope(ctx.conn, ctx.tenant_id, [lot_id]) if one.lot_id == lot_id), None)
    if found is None:
        raise InvalidInput.of("/lot_id", "not_recallable", "这个批次尚未生产、已作废或没有发出", "nothing to recall")
    record_act(ctx, "recall.scoped", "recall", recall_id, {"lots": [lot_body(found)], "added": True}, said)
    return found


def drop(ctx: Context, recall_id: int, reason: str) -> None:
    """Give up a proposal that was never announced; it stays on record."""
    in_state(own_recall(ctx, recall_id), DRAFT)
    problems = Problems()
    said = written(problems, reason, name="放弃理由")
    problems.raise_if_any()
    record_act(ctx, "recall.ended", "recall", recall_id, {"dropped": True, "still_open": []}, said)


def in_scope(conn: Connection, recall_id: int, role: str = OWN) -> Sequence[Row[Any]]:
    """Lots that are in scope under a role."""
    return [one for one in store.lots_of(conn, recall_id) if one.state == IN and one.role == role]
