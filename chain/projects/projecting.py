"""Acts folded into projects, and counted. Pure: the same acts give the same projects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from chain.projects.models import STAGES, Act, Counts, Project, Proof, Stage, Step


def fold(acts: Iterable[Act]) -> list[Project]:
    """Projects in the order of their ids, out of acts in any order."""
    found: dict[int, list[Act]] = {}
    for act in acts:
        found.setdefault(act.project, []).append(act)
    return [one(found[project]) for project in sorted(found)]


def one(acts: Iterable[Act]) -> Project:
    """One project out of all its acts; the first must be ``opened``."""
    first, *rest = sorted(acts, key=lambda act: act.number)
    body = first.body
    lead = Proof("lead", "source", body["source"], date.fromisoformat(body["data_date"]))
    project = Project(
        id=first.project,
        name=body["name"],
        links=tuple(body["links"]),
        subject=body["subject"] or "",
        owner=body["owner"],
        stage="lead",
        since=first.at,
        opened_at=first.at,
        changed_at=first.at,
        organisation=first.organisation,
        demo=bool(body.get("demo")),
        proofs={"lead": lead},
        steps=(),
        acts=(first,),
    )
    for act in rest:
        project = replace(_after(project, act), changed_at=act.at, acts=(*project.acts, act))
    return project


def _after(project: Project, act: Act) -> Project:
    body = act.body
    if act.kind == "entered":
        return _entered(project, act)
    if act.kind == "owner":
        return replace(project, owner=body["owner"])
    if act.kind == "step":
        step = Step(act.id, body["what"], date.fromisoformat(body["due"]))
        return replace(project, steps=(*project.steps, step))
    if act.kind == "done":
        done = (replace(s, done_at=act.at) if str(s.id) == body["step"] else s for s in project.steps)
        return replace(project, steps=tuple(done))
    if act.kind == "ended":
        return replace(project, ended=body["reason"])
    return project


def _entered(project: Project, act: Act) -> Project:
    body = act.body
    stage: Stage = body["stage"]
    kept = {key: proof for key, proof in project.proofs.items() if place(key) <= place(stage)}
    if not body["back"]:
        kept[stage] = Proof(stage, body["kind"], body["proof"], date.fromisoformat(body["data_date"]))
    written = tuple(int(one) for one in body["statements"]) if stage == "producing" else ()
    subject = body.get("subject") or project.subject
    return replace(project, stage=stage, since=act.at, proofs=kept, written=written, subject=subject)


def place(stage: Stage) -> int:
    return list(STAGES).index(stage)


def project_counts(projects: Iterable[Project]) -> Counts:
    """By stage, for the ledger: 「落地项目」 are those of ``reached["landed"]``. Ended projects count in no stage."""
    at: dict[Stage, int] = dict.fromkeys(STAGES, 0)
    ended = 0
    for project in projects:
        if project.ended:
            ended += 1
        else:
            at[project.stage] += 1
    reached = {stage: sum(at[other] for other in STAGES if place(other) >= place(stage)) for stage in STAGES}
    return Counts(at, reached, ended)
