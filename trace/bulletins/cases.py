"""Cases: opened by a confirmed failure of a confirmed batch, gone through step by step, closed with everything said.

Enforcement itself (责令停止经营, 责令召回) stays with two officers and the batch's own commands; a step here says
that it was done, or why it need not be.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from trace.bulletins import caserules, store
from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.commands import record_act
from trace.problems import Problems

REASON_LEAST = 4


def public_text(issuer: str, number: str) -> str:
    """What the public page may say of the announcement: who announced it under which number."""
    return number if not issuer or issuer in number else f"{issuer} {number}"


def open_case(ctx: Context, sample: Row[Any], batch_id: int, reason: str) -> int:
    """Record the failed sampling on the batch: its page says so from now on. Gives the case id."""
    body = {
        "sample_id": str(sample.id),
        "bulletin_id": str(sample.bulletin_id),
        "public_text": public_text(sample.issuer, sample.bulletin_number),
    }
    return record_act(ctx, "sampling.failed", "batch", batch_id, body, reason)


def note_step(ctx: Context, case_id: int, batch_id: int, step: str, state: str, reason: str, level: str = "") -> int:
    """Record one step without looking at the rules: for what other commands do in a case."""
    body = {"case_id": str(case_id), "step": step, "state": state, "level": level}
    return record_act(ctx, "case.step", "batch", batch_id, body, reason)


def case_of(conn: Connection, case_id: int) -> Row[Any]:
    """A case. Raises NotFound."""
    row = store.get_case(conn, case_id)
    if row is None:
        raise NotFound("没有这个案件", "No such case")
    return row


def settled_steps(steps: list[Row[Any]]) -> set[str]:
    """Steps whose newest entry says done or not needed."""
    newest = {one.step: one.state for one in steps}
    return {step for step, state in newest.items() if state in ("done", "not_needed")}


def add_step(ctx: Context, case_id: int, step: str, state: str, reason: str, level: str = "") -> int:
    """An officer enters a step with its basis; ``closed`` ends the case where nothing is open. Gives the act's id."""
    row = case_of(ctx.conn, case_id)
    if row.state == "closed":
        raise Conflict("案件已经结案，不能再登记", "The case is closed", code="case_closed")
    problems = Problems()
    what = problems.choice(step, caserules.STEPS, "/step", "办理事项")
    how = "done" if what == "closed" else problems.choice(state, caserules.STATES, "/state", "进展")
    said = problems.text(reason, "/reason", "说明", longest=500)
    if said and len(said) < REASON_LEAST:
        problems.add("/reason", "too_short", f"说明“{said}”太短，请写明依据（至少 {REASON_LEAST} 个字）", "say why")
    levels = {one.level: one.level for one in caserules.RECALL_LEVELS}
    grade = ""
    if what == "recall" and how != "not_needed":
        grade = problems.choice(level, levels, "/level", "召回级别")
    if what == "retest":
        problems.add("/step", "by_sample", "复检、异议请在样品页办理，会自动记入案件", "done on the sample's page")
    problems.raise_if_any()
    if what == "closed":
        sample = store.get_sample(ctx.conn, row.sample_id)
        assert sample is not None
        refusal = caserules.close_refusal(
            settled_steps(store.steps_of(ctx.conn, case_id)), sample.pending, sample.result
        )
        if refusal:
            raise Conflict(refusal, "Steps are still open", code="steps_open")
    return note_step(ctx, case_id, row.batch_id, what, how, said, grade)
