"""Record what happens to a project. Nothing is ever changed: where it stands is folded from its acts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from chain.flows import first_released
from chain.projects import rules, store
from chain.projects.models import STAGES, Counts, Project
from chain.projects.projecting import fold, one, project_counts
from chain.projects.rules import Entry, NewProject
from chain.register import commands as register
from chain.register import store as statements
from chain.register.folding import end_of
from chain.register.rules import Checker, NewStatement
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal.canonical import ALGORITHM, dumps_sorted, loads
from trace.problems import Problems, reason_of


def project_in(conn: Connection, project_id: int, before: int | None = None) -> Project:
    """Raises NotFound."""
    acts = store.acts_of(conn, project_id, before)
    if not acts:
        raise NotFound("没有这个项目", "No such project")
    return one(acts)


def projects_on(conn: Connection, day: Any = None, *, demo: bool = True) -> list[Project]:
    """Every project as it stood at the end of a day, now where none is given."""
    found = fold(store.all_acts(conn, None if day is None else end_of(day)))
    return [project for project in found if demo or not project.demo]


def read_counts(conn: Connection, day: Any = None, *, demo: bool = False) -> Counts:
    """For the ledger of the plan; invented projects are left out unless asked for."""
    return project_counts(projects_on(conn, day, demo=demo))


def _append(ctx: Context, project: int | None, number: int, kind: str, body: Mapping[str, Any]) -> int:
    made = ctx.new_id()
    row: dict[str, Any] = {
        "id": made,
        "project_id": project or made,
        "number": number,
        "kind": kind,
        "body": dumps_sorted(dict(body)),
        "at": ctx.now,
        "recorded_by": ctx.actor_id,
        "organisation": ctx.tenant_id,
    }
    said = {name: str(value) for name, value in row.items() if name != "body"}
    digest = hashlib.sha256(dumps_sorted(said | {"body": dict(body)}).encode()).hexdigest()
    store.append(ctx.conn, row | {"digest": digest, "digest_algorithm": ALGORITHM})
    return made


def _next(ctx: Context, project: Project, kind: str, body: Mapping[str, Any]) -> int:
    return _append(ctx, project.id, project.acts[-1].number + 1, kind, body)


def open_project(ctx: Context, new: NewProject) -> int:
    """A lead, with its source and owner. Gives the project's id. Raises InvalidInput."""
    body = rules.opened(new, register.known_links(), ctx.today)
    if new.subject:
        _subject(ctx, new.subject)
    return _append(ctx, None, 1, "opened", body)


def _subject(ctx: Context, subject: str) -> Any:
    known = statements.descriptions(ctx.conn, [subject]).get(subject)
    if known is None:
        raise InvalidInput.of("/subject", "no_such_subject", "没有这个企业，请从主体或目标企业里选", "no such subject")
    return known


def enter(ctx: Context, project_id: int, entry: Entry) -> int:
    """Enter a stage with its proof, or go back with a reason. Entering 投产 writes who operates the links into the
    register, going back from it withdraws that. Raises InvalidInput, Conflict, NotFound."""
    project = project_in(ctx.conn, project_id)
    body = rules.entered(project, entry, ctx.today)
    if entry.subject and not project.subject:
        _subject(ctx, entry.subject)
        body["subject"] = entry.subject
    if body["back"]:
        for statement in project.written:
            row = statements.get_statement(ctx.conn, statement)
            if row is not None and row.withdrawn_by is None:
                register.withdraw(ctx, statement, f"项目退回「{STAGES[body['stage']]}」：{body['reason']}")
    elif body["stage"] == "producing":
        body |= _produce(ctx, project, entry)
    return _next(ctx, project, "entered", body)


def _produce(ctx: Context, project: Project, entry: Entry) -> dict[str, Any]:
    """The proof of 投产 out of the batch record, and the statements that it puts into the register."""
    subject = project.subject or entry.subject
    if not subject:
        raise InvalidInput.of("/subject", "required", "投产要核对企业的批次：请先选择项目的企业", "name the enterprise")
    known = _subject(ctx, subject)
    if not known.code:
        name = loads(known.body)["name"]
        raise InvalidInput.of(
            "/subject", "no_code",
            f"“{name}”没有登记统一社会信用代码，不能核对它的批次：请先在主体页补上", "its credit code is unknown",
        )  # fmt: skip
    batch = first_released(ctx.conn, known.code)
    if batch is None:
        raise Conflict(
            f"批次记录里没有代码 {known.code} 的企业已放行的批次：放行第一批之后才能进入「投产」",
            "No released batch of this enterprise", code="no_batch",
        )  # fmt: skip
    # a source is printed on public pages: it names no project, enterprise or lot
    source = f"招商项目投产登记{'（演示）' if project.demo else ''}，项目编号 {project.id}"
    written = [register.settle(ctx, subject, source)]
    working = {
        row.link
        for row in statements.history(ctx.conn, subjects=[subject], kind="operates", limit=200)
        if row.withdrawn_by is None and row.basis == "declared" and loads(row.body)["ended"] is None
    }
    amount = {"low": entry.low, "high": entry.high, "unit": entry.unit if entry.low.strip() else ""}
    if amount["low"] and len(project.links) > 1:
        raise InvalidInput.of(
            "/low", "several_links", "项目绑定了几个环节，产能不能共用一个数：请留空，投产后在主体页逐个环节登记",
            "one amount for several links",
        )  # fmt: skip
    for link in project.links:
        if link not in working or amount["low"]:
            told = {"link": link, "period": entry.period, **amount}
            new = NewStatement("enterprise", subject, "operates", told, ctx.today.isoformat(), source)
            written.append(register.record(ctx, new))
    return {
        "proof": batch.lot,
        "data_date": batch.released_on.isoformat(),
        "statements": [str(statement) for statement in written if statement is not None],
    }


def note(ctx: Context, project_id: int, text: str) -> int:
    """Write something into the log."""
    project = project_in(ctx.conn, project_id)
    return _next(ctx, project, "noted", rules.noted(text))


def set_owner(ctx: Context, project_id: int, owner: str) -> int:
    """Another owner, by the opaque number under which the edge filed the name."""
    project = project_in(ctx.conn, project_id)
    rules.refuse_ended(project)
    if not owner:
        raise InvalidInput.of("/owner", "required", "请填写负责人姓名", "an owner is needed")
    return _next(ctx, project, "owner", {"owner": owner})


def plan_step(ctx: Context, project_id: int, what: str, due: str) -> int:
    """A next step with its day."""
    project = project_in(ctx.conn, project_id)
    rules.refuse_ended(project)
    return _next(ctx, project, "step", rules.stepped(what, due))


def finish_step(ctx: Context, project_id: int, step_id: int) -> int:
    """A step is done. Raises NotFound, Conflict."""
    project = project_in(ctx.conn, project_id)
    step = next((one for one in project.steps if one.id == step_id), None)
    if step is None:
        raise NotFound("这个项目没有这一步", "No such step")
    if step.done_at is not None:
        raise Conflict("这一步已经完成", "Already done", code="done")
    return _next(ctx, project, "done", {"step": str(step_id)})


def end(ctx: Context, project_id: int, reason: str) -> int:
    """The project comes to nothing, with a reason; it stays on record and counts in no stage."""
    project = project_in(ctx.conn, project_id)
    rules.refuse_ended(project)
    if project.stage == "producing":
        raise Conflict(
            "项目已投产：停产请在主体页登记停产日期，登记有误请先退回上一阶段", "In production", code="stage"
        )
    return _next(ctx, project, "ended", {"reason": reason_of(reason, "终止理由")})


def enter_index(ctx: Context, period: str, value: str, document: str) -> int:
    """The city's 招商活跃指数 as a document gives it: period, value, document. Raises InvalidInput."""
    problems = Problems()
    made = ctx.new_id()
    written = problems.text(value, "/value", "数值", longest=20)
    row: dict[str, Any] = {
        "id": made,
        "period": problems.text(period, "/period", "期间", longest=20),
        "value": Checker(problems, (), ctx.today).number(written, "value", "数值"),
        "document": problems.text(document, "/document", "依据文件", longest=200),
        "at": ctx.now,
        "recorded_by": ctx.actor_id,
        "organisation": ctx.tenant_id,
    }
    problems.raise_if_any()
    store.insert_index(ctx.conn, row)
    return made
