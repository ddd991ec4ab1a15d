"""Samples and their way to the laboratory."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from trace.context import Context, local_datetime
from trace.errors import Conflict, InvalidInput, NotFound
from trace.inspections import store
from trace.inspections.commands import own_inspection
from trace.inspections.models import BEGUN, HANDED, RECEIVED, SEALS, STEPS, Link, NewLink, NewSample
from trace.inspections.rules import next_steps
from trace.journal.commands import record_act
from trace.parties import store as parties
from trace.parties.commands import file_person
from trace.problems import Problems
from trace.recalls.moments import read_moment


def take_sample(ctx: Context, inspection_id: int, new: NewSample) -> int:
    """Record a sample of the inspected lot; its chain of custody begins here. Gives the sample's id."""
    row = own_inspection(ctx, inspection_id, BEGUN)
    if row.lot_id is None:
        raise Conflict("这次检查没有对应批次，请从批次页开始检查后抽样", "No lot is inspected", code="no_lot")
    problems = Problems()
    number = problems.text(new.number, "/number", "样品编号", longest=40)
    quantity = problems.quantity(new.quantity, "/quantity", "抽样数量")
    unit = problems.unit(new.unit, "/unit")
    at = _moment(ctx, problems, new.taken_at, "/taken_at", "抽样时间")
    name = problems.text(new.person, "/person", "抽样人", longest=40)
    body = {
        "seal": problems.text(new.seal, "/seal", "封条号", longest=40),
        "storage": problems.text(new.storage, "/storage", "储存条件", longest=60),
        "base_quantity": problems.text(new.base_quantity, "/base_quantity", "抽样基数", required=False, longest=40),
        "reserve": problems.text(new.reserve, "/reserve", "备样数量", required=False, longest=40),
        "reserve_seal": problems.text(new.reserve_seal, "/reserve_seal", "备样封条号", required=False, longest=40),
        "reserve_place": problems.text(new.reserve_place, "/reserve_place", "备样存放", required=False, longest=80),
        "laboratory": problems.text(new.laboratory, "/laboratory", "检验机构", required=False, longest=80),
        "condition": problems.text(new.condition, "/condition", "样品状况", required=False, longest=120),
        "stage": problems.text(new.stage, "/stage", "抽样环节", required=False, longest=40),
        "task": problems.text(new.task, "/task", "任务来源", required=False, longest=80),
    }
    if body["reserve"] and not body["reserve_seal"]:
        problems.add("/reserve_seal", "required", "有备样的，请填写备样封条号", "the reserve's seal")
    problems.raise_if_any()
    if store.number_taken(ctx.conn, ctx.tenant_id, number):
        raise InvalidInput.of("/number", "taken", f"样品编号 {number} 已用过，请核对", "used already")
    office = parties.get_organisation(ctx.conn, ctx.tenant_id)
    assert office is not None
    sample_id = ctx.new_id()
    body |= {
        "sample_id": str(sample_id),
        "lot_id": str(row.lot_id),
        "number": number,
        "unit": unit or "",
        "written": f"{new.quantity.strip()} {new.unit.strip()}",
        "taken_at": str(at),
        "organisation": office.name,
        "person_id": str(file_person(ctx, name, "")),
    }
    record_act(ctx, "inspection.sampled", "inspection", inspection_id, body | {"quantity": quantity})
    return sample_id


def _moment(ctx: Context, problems: Problems, text: str, pointer: str, name: str) -> int:
    if not text.strip():
        problems.add(pointer, "required", f"请填写{name}", "required")
    found = read_moment(problems, text, pointer, name)
    if found is not None and found > ctx.now:
        shown = f"{local_datetime(found):%Y-%m-%d %H:%M}"
        problems.add(pointer, "in_future", f"{name} {shown} 晚于现在，请核对", "in the future")
    return found or 0


def own_sample(ctx: Context, sample_id: int) -> Row[Any]:
    """A sample of the actor's office. NotFound for everybody else's."""
    found = store.get_sample(ctx.conn, sample_id)
    if found is None or found.tenant_id != ctx.tenant_id:
        raise NotFound("没有这个样品，或不属于本单位", "No such sample of your office")
    return found


def hand_on(ctx: Context, sample_id: int, new: NewLink) -> int:
    """The next step of custody, also after the inspection ended. Gives the act's id.

    What is wrong with the chain is recorded as it was and shown; a step that was left out is not made up.
    """
    sample = own_sample(ctx, sample_id)
    links = [Link(one.step, one.at, one.seal) for one in store.custody_of(ctx.conn, [sample_id]).get(sample_id, [])]
    if not next_steps(links):
        raise Conflict("检验机构已接收这个样品，交接到此为止", "The laboratory has it", code="received")
    problems = Problems()
    body = {
        "sample_id": str(sample_id),
        "step": problems.choice(new.step, {HANDED: STEPS[HANDED], RECEIVED: STEPS[RECEIVED]}, "/step", "环节"),
        "organisation": problems.text(new.organisation, "/organisation", "接手单位", longest=80),
        "condition": problems.text(new.condition, "/condition", "样品状况", longest=120),
        "seal": problems.choice(new.seal, dict(SEALS), "/seal", "封条"),
        "at": str(_moment(ctx, problems, new.at, "/at", "交接时间")),
    }
    name = problems.text(new.person, "/person", "接手人", longest=40)
    problems.raise_if_any()
    body["person_id"] = str(file_person(ctx, name, ""))
    return record_act(ctx, "inspection.custody", "inspection", sample.inspection_id, body)
