"""Projects as JSON and as lines of a page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.projects.models import KINDS, PROOFS, STAGES, Act, Counts, Project
from chain.projects.todo import Due, Expiring, Stale
from chain.register.models import KINDS as REGISTER_KINDS
from chain.register.models import BaseSize, Needed, Operates, Surveyed
from service.batches.reading import iso
from service.projects.reading import Names
from service.register.views import amount_text

Json = dict[str, Any]
FORMS = {
    "operates": "operates", "base_size": "sizes", "need": "need", "survey": "survey", "licence": "papers", "consent": "seen",
}  # fmt: skip
"""Where on its page the form for each kind stands."""
EXPIRING_NAMES = {"licence": "证照", "consent": "同意书"}


def brief(project: Project, names: Names) -> Json:
    """A project in a list."""
    following = project.open_steps[0] if project.open_steps else None
    return {
        "id": str(project.id),
        "name": project.name,
        "stage": project.stage,
        "stage_name": STAGES[project.stage],
        "ended": project.ended or None,
        "links": list(project.links),
        "subject": project.subject or None,
        "subject_name": names.subjects.get(project.subject),
        "owner": names.owners.get(project.owner, "（已删除）"),
        "since": iso(project.since),
        "next_step": None if following is None else {"what": following.what, "due": following.due.isoformat()},
        "demo": project.demo,
    }


def whole(project: Project, names: Names) -> Json:
    """A project with its proofs, steps and log."""
    return brief(project, names) | {
        "opened_at": iso(project.opened_at),
        "proofs": [
            {"stage": stage, "stage_name": STAGES[stage], "kind": p.kind, "kind_name": p.name, "value": p.value, "date": p.day.isoformat()}
            for stage, p in project.proofs.items()
        ],
        "steps": [
            {"id": str(s.id), "what": s.what, "due": s.due.isoformat(), "done": None if s.done_at is None else iso(s.done_at)}
            for s in project.steps
        ],
        "statements": [str(one) for one in project.written],
        "log": [act_json(act, names) for act in reversed(project.acts)],
    }  # fmt: skip


def act_json(act: Act, names: Names) -> Json:
    return {
        "id": str(act.id),
        "kind": act.kind,
        "kind_name": KINDS[act.kind],
        "text": said(act, names),
        "at": iso(act.at),
        "micros": act.at,
        "by": names.accounts.get(str(act.by), f"账号 {act.by}"),
    }


def said(act: Act, names: Names) -> str:
    """An act in one line."""
    body = act.body
    if act.kind == "opened":
        return f"线索来源：{body['source']}（{body['data_date']}）"
    if act.kind == "entered":
        name = STAGES[body["stage"]]
        if body["back"]:
            return f"退回「{name}」：{body['reason']}"
        return f"进入「{name}」：{PROOFS[body['stage']][body['kind']]} {body['proof']}（{body['data_date']}）"
    if act.kind == "owner":
        return names.owners.get(str(body["owner"]), "（已删除）")
    if act.kind == "step":
        return f"{body['what']}，{body['due']} 前"
    if act.kind == "done":
        return "已完成一步"
    return str(body.get("text") or body.get("reason") or "")


def counts_json(counts: Counts) -> Json:
    return {
        "at": dict(counts.at),
        "reached": dict(counts.reached),
        "open": counts.open,
        "ended": counts.ended,
        "landed": counts.reached["landed"],
    }


def stale_json(one: Stale, recorders: Mapping[int, str]) -> Json:
    """Old evidence: of whom, what it says, how old, and the page with the form to say it anew."""
    fact, subject = one.fact, one.subject
    return {
        "kind": fact.kind,
        "kind_name": REGISTER_KINDS[fact.kind],
        "subject": None if subject is None else subject.subject,
        "name": None if subject is None else subject.name,
        "link": fact.link or None,
        "text": _stale_text(fact),
        "data_date": fact.data_date.isoformat(),
        "days": one.days,
        "source": fact.source,
        "recorder": recorders.get(fact.id),
        "form": f"/chain/register/links/{fact.link}" if subject is None else f"/chain/register/{subject.subject}",
        "place": FORMS[fact.kind],
    }


def _stale_text(fact: Operates | BaseSize | Needed | Surveyed) -> str:
    if isinstance(fact, Surveyed):
        return f"{fact.where}：区内没有找到"
    amount = amount_text(fact.low, fact.high, fact.unit)
    return f"{fact.what} {amount}" if isinstance(fact, BaseSize) else amount


def expiring_json(one: Expiring) -> Json:
    """A licence or consent that ends soon or has ended, with the page that takes the new one."""
    return {
        "kind": one.kind,
        "kind_name": EXPIRING_NAMES[one.kind],
        "subject": one.subject.subject,
        "name": one.subject.name,
        "what": one.what,
        "number": one.number,
        "until": one.until.isoformat(),
        "days": one.days,
        "expired": one.days < 0,
        "form": f"/chain/register/{one.subject.subject}",
        "place": FORMS[one.kind],
    }


def due_json(one: Due, names: Names) -> Json:
    return {
        "project": str(one.project.id),
        "name": one.project.name,
        "stage": one.project.stage,
        "owner": names.owners.get(one.project.owner, "（已删除）"),
        "step": str(one.step.id),
        "what": one.step.what,
        "due": one.step.due.isoformat(),
        "days": one.days,
        "overdue": one.overdue,
    }
