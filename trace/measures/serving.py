"""Second officer: approval of an urgent measure, service of the complete document, extension of a seizure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from trace.context import Context, local_datetime
from trace.errors import Conflict
from trace.journal.commands import record_act
from trace.measures import rules
from trace.measures.commands import (
    any_batch,
    file_officers,
    own_measure,
    read_goods,
    require_recall_owed,
    second_officer,
    target_of,
)
from trace.measures.models import (
    DOCUMENTS,
    DRAFT,
    LIFT,
    MEASURES,
    RECALL,
    SEIZURES,
    SERVICE,
    TAKEN,
    Approval,
    Extension,
    Service,
)
from trace.parties.commands import file_person
from trace.problems import Problems, reason_of
from trace.quantity import show
from trace.recalls.moments import read_moment


def _open(ctx: Context, row: Row[Any]) -> None:
    """Conflict unless the measure waits for approval or service."""
    if rules.has_lapsed(row, ctx.now):
        raise Conflict(
            "紧急措施没有在 24 小时内补办批准，已经失效；仍有必要的，请重新起草", "It has lapsed", code="lapsed"
        )
    if row.state not in (DRAFT, TAKEN):
        raise Conflict("这项措施已生效或已结束，不能再办理", "In effect or over", code="not_open")


def _read_approval(problems: Problems, said: Approval, required: bool = True) -> tuple[str, str, int | None]:
    name = problems.text(said.approver, "/approver", "批准人（负责人）姓名", required=required, longest=40)
    position = problems.text(said.position, "/position", "批准人职务", required=required, longest=60)
    at = read_moment(problems, said.approved_at, "/approved_at", "批准时间")
    if required and not said.approved_at.strip():
        problems.add("/approved_at", "required", "请填写批准时间", "when it was approved")
    return name, position, at


def approve(ctx: Context, measure_id: int, said: Approval, document_kind: str = "", document_no: str = "") -> None:
    """补办批准 of an urgent measure, recorded within 24 hours; the number may come with it or with the service."""
    row = own_measure(ctx, measure_id)
    _open(ctx, row)
    if row.state != TAKEN or row.approval_noted_at is not None:
        raise Conflict("只有先行采取、还没有补办批准的措施才补办批准", "No approval is due", code="no_approval_due")
    second_officer(ctx, row)
    problems = Problems()
    name, position, at = _read_approval(problems, said)
    number = problems.text(document_no, "/document_no", "文书号", required=False, longest=60)
    kind = ""
    if number:
        kind = problems.choice(document_kind, dict(DOCUMENTS[row.measure]), "/document_kind", "文书种类")
    rules.check_times(problems, drafted_at=row.drafted_at, approved_at=at, served_at=None, now=ctx.now, urgent=True)
    problems.raise_if_any()
    body = {
        "measure_id": str(measure_id),
        "measure": row.measure,
        "approver_id": str(file_person(ctx, name, "")),
        "position": position,
        "approved_at": str(at),
        "document_kind": kind,
        "document_no": number,
        "public_text": rules.public_text(row.measure, number),
    }
    record_act(ctx, "measure.approved", "batch", row.batch_id, body)


def serve(ctx: Context, measure_id: int, said: Service) -> None:
    """The document is complete and was served: the measure is in effect and the public page says so.

    Raises InvalidInput that names every missing piece.
    """
    row = own_measure(ctx, measure_id)
    _open(ctx, row)
    second_officer(ctx, row)
    batch = any_batch(ctx.conn, row.batch_id)
    problems = Problems()
    kind = problems.choice(said.document_kind, dict(DOCUMENTS[row.measure]), "/document_kind", "文书种类")
    number = problems.text(said.document_no, "/document_no", "文书号", longest=60)
    noted = row.approval_noted_at is not None
    name, position, approved = _read_approval(problems, said.approval, required=not noted)
    two = rules.check_officers(problems, said.officers)
    served = read_moment(problems, said.served_at, "/served_at", "送达时间")
    if not said.served_at.strip():
        problems.add("/served_at", "required", "请填写送达时间", "when it was served")
    way = problems.choice(said.service, dict(SERVICE), "/service", "送达方式")
    quantity = said.quantity or ("" if row.quantity is None else show(row.quantity).replace("未知", ""))
    goods = read_goods(problems, row.measure, quantity, said.unit or row.unit, said.place or row.place, required=True)
    returns = problems.text(said.returns, "/returns", "退货方式", required=False, longest=200)
    if noted:
        approved = int(row.approved_at)
    rules.check_times(
        problems,
        drafted_at=row.drafted_at,
        approved_at=approved,
        served_at=served,
        now=ctx.now,
        urgent=row.state == TAKEN,
    )
    if row.measure == LIFT and row.ends is None:
        problems.add("/ends", "required", "旧版起草的解除没有写明解除哪一项，请撤回后重新起草", "draft it anew")
    problems.raise_if_any()
    assert approved is not None
    if row.measure == RECALL:
        require_recall_owed(ctx, batch)
    body: dict[str, Any] = {
        "measure_id": str(measure_id),
        "measure": row.measure,
        "document_kind": kind,
        "document_no": number,
        "approver_id": str(row.approver_id) if noted else str(file_person(ctx, name, "")),
        "position": row.position if noted else position,
        "approved_at": str(approved),
        "officers": file_officers(ctx, two),
        "served_at": str(served),
        "service": way,
        "returns": returns,
        "taken": row.state == TAKEN,
        "noted": not noted,
    } | goods
    if row.measure == LIFT:
        body["ends"] = str(target_of(ctx, row.batch_id, row.ends).id)
    else:
        body["public_text"] = rules.public_text(row.measure, number, returns)
    if row.measure in SEIZURES:
        begun = min(approved, row.taken_at) if row.taken_at is not None else approved
        body["until"] = rules.seizure_until(local_datetime(begun).date()).isoformat()
    record_act(ctx, "measure.served", "batch", row.batch_id, body, row.reason)


def extend(ctx: Context, measure_id: int, said: Extension) -> str:
    """One extension of a seizure by at most 30 days, before it ends; gives the new last day (ISO date)."""
    row = own_measure(ctx, measure_id)
    now = rules.standing(row, ctx.now)
    if row.measure not in SEIZURES or row.state != "served":
        raise Conflict(f"只有生效的查封、扣押才能延长，这是“{MEASURES[row.measure]}”，{now.text}", "Not a seizure in effect",
                       code="not_extendable")  # fmt: skip
    if row.extended_days is not None:
        raise Conflict("查封、扣押只能延长一次，已经延长过", "Extended already", code="extended")
    if now.code == "expired":
        raise Conflict("查封、扣押已到期，不能再延长，应解除或作出处理决定", "It has expired", code="expired")
    second_officer(ctx, row)
    problems = Problems()
    number = problems.text(said.document_no, "/document_no", "延长决定文书号", longest=60)
    plain = said.days.strip()
    days = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 4 else 0
    if not 1 <= days <= rules.EXTENSION_DAYS:
        problems.add("/days", "days", f"延长天数“{plain[:10]}”应为 1 到 {rules.EXTENSION_DAYS} 的整数", "1 to 30 days")
    name, position, at = _read_approval(problems, said.approval)
    rules.check_times(problems, drafted_at=row.drafted_at, approved_at=at, served_at=None, now=ctx.now, urgent=False)
    problems.raise_if_any()
    begun = min(one for one in (row.approved_at, row.taken_at) if one is not None)
    until = rules.seizure_until(local_datetime(begun).date(), days).isoformat()
    body = {
        "measure_id": str(measure_id),
        "measure": row.measure,
        "days": str(days),
        "until": until,
        "document_no": number,
        "approver_id": str(file_person(ctx, name, "")),
        "position": position,
        "approved_at": str(at),
    }
    record_act(ctx, "measure.extended", "batch", row.batch_id, body, reason_of(said.reason, "延长理由"))
    return until
