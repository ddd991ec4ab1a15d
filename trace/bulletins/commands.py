"""What officers decide about a sample: which batch it was, re-test, objection, denial."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from trace.batches import store as batches
from trace.bulletins import matching, rules, store
from trace.bulletins.cases import note_step, open_case
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal.commands import record_act
from trace.problems import Problems

REASON_LEAST = 4
_DAYS_AROUND = 10


def sample_of(conn: Connection, sample_id: int) -> Row[Any]:
    """A sample with its judgement and where it stands. Raises NotFound."""
    row = store.get_sample(conn, sample_id)
    if row is None:
        raise NotFound("没有这个样品", "No such sample")
    return row


def state_of(row: Row[Any]) -> rules.State:
    """Where a sample stands, as the rules read it."""
    return rules.State(
        task=row.task,
        items=len(json.loads(row.failures)),
        microbial=row.microbial,
        status=row.status,
        result=row.result,
        pending=row.pending,
        ground=row.ground,
        doubted=bool(row.doubted),
        final=bool(row.final),
    )


def candidates(conn: Connection, row: Row[Any]) -> list[matching.Candidate]:
    """Registered batches that may be the sampled one, best first."""
    made = date.fromisoformat(row.produced_on) if row.produced_on else None
    wanted = matching.Wanted(row.maker, row.maker_code, row.food, made, row.lot)
    everybody = store.makers(conn)
    code = row.maker_code
    near = [o.id for o in everybody if row.maker and matching.similarity(row.maker, o.name) >= 0.5]
    codes = store.licence_numbers(conn, [o.id for o in everybody]) if code else {}
    by_code = [o.id for o in everybody if code and (code in codes.get(o.id, ()) or code == o.uscc)]
    ids = list(dict.fromkeys([*near, *by_code]))
    if not ids:
        return []
    first = last = ""
    if made is not None:
        first = (made - timedelta(days=_DAYS_AROUND)).isoformat()
        last = (made + timedelta(days=_DAYS_AROUND)).isoformat()
    names = {o.id: o for o in everybody}
    found = []
    lots = store.lots_of_makers(conn, ids, first, last, row.lot, 300)
    aliases = store.lot_aliases(conn, [lot.id for lot in lots]) if row.lot else {}
    for lot in lots:
        owner = names[lot.tenant_id]
        own_codes = (*codes.get(lot.tenant_id, ()), *((owner.uscc,) if owner.uscc else ()))
        day = date.fromisoformat(lot.produced_on) if lot.produced_on else None
        also = tuple(aliases.get(lot.id, ()))
        found.append(matching.Lot(lot.id, owner.name, own_codes, lot.item_name, day, lot.lot, also))
    return matching.rank(wanted, found)


def written_reason(text: str, name: str = "理由") -> str:
    """A reason of at least a few words. Raises InvalidInput."""
    problems = Problems()
    said = problems.text(text, "/reason", name, longest=500)
    if said and len(said) < REASON_LEAST:
        problems.add("/reason", "too_short", f"{name}“{said}”太短，请写明依据（至少 {REASON_LEAST} 个字）", "say why")
    problems.raise_if_any()
    return said


def match(ctx: Context, sample_id: int, batch_id: int | None, reason: str) -> tuple[int | None, str]:
    """An officer says which batch was sampled, or that none of ours was (None).

    Gives the case that this opens, or None with the reason why none is opened. Only a 监督抽检 failure that stands
    opens one. What is confirmed is not confirmed again for another batch while a case stands on it.
    """
    row = sample_of(ctx.conn, sample_id)
    said = written_reason(reason, "核对依据")
    if row.case_id is not None:
        raise Conflict("这个样品已经立案，不能改配批次；认为配错请通过异议撤销", "A case is open", code="case_open")
    if batch_id is None:
        record_act(ctx, "sample.matched", "sample", sample_id, {"batch_id": None}, said)
        return None, "已登记：不是本平台登记的批次"
    batch = batches.get_batch(ctx.conn, batch_id)
    if batch is None or batch.kind != "product":
        raise InvalidInput.of("/batch_id", "no_such_batch", "没有这个产品批次，请从候选里选", "no such product batch")
    if batch.state in ("reserved", "voided"):
        raise InvalidInput.of("/batch_id", "not_made", "这个批次尚未生产或已作废，不可能被抽到", "never made")
    state = state_of(row)
    if state.doubted:
        raise Conflict(rules.case_refusal(state), "The maker denies it", code="maker_denies")
    record_act(ctx, "sample.matched", "sample", sample_id, {"batch_id": str(batch_id)}, said)
    refusal = rules.case_refusal(state)
    if refusal:
        return None, refusal
    return open_case(ctx, row, batch_id, said), ""


def change(ctx: Context, sample_id: int, wanted: rules.Change, reason: str) -> rules.State:
    """Re-test, objection or denial by the rules of SEM-11; what is refused says why.

    Where the result falls, the case's batch is cleared of this sampling in the same transaction; any other
    measure on it stays.
    """
    row = sample_of(ctx.conn, sample_id)
    said = written_reason(reason, "依据")
    before = state_of(row)
    try:
        after = rules.decide(before, wanted)
    except rules.Refused as refused:
        raise Conflict(refused.detail, f"Not allowed: {refused.code}", code=refused.code) from None
    facts = {
        "told_on": wanted.told_on.isoformat() if wanted.told_on else "",
        "asked_on": wanted.asked_on.isoformat() if wanted.asked_on else "",
        "holidays": wanted.holidays,
        "hours": wanted.hours,
        "reserve": wanted.reserve,
        "method": wanted.method,
        "conforms": wanted.conforms,
        "upheld": wanted.upheld,
        "ground": wanted.ground,
    }
    body = {"change": wanted.kind, "facts": facts, "state": after.told()}
    record_act(ctx, "sample.status", "sample", sample_id, body, said)
    if row.case_id is not None:
        progress = "begun" if after.pending else "done"
        note_step(ctx, row.case_id, row.batch_id, "retest", progress, f"{rules.CHANGES[wanted.kind]}：{said}")
        if after.result == rules.OVERTURNED and before.result != rules.OVERTURNED:
            cleared = {"case_id": str(row.case_id), "sample_id": str(sample_id)}
            record_act(ctx, "sampling.cleared", "batch", row.batch_id, cleared, said)
    return after
