"""What an act must say before it is recorded. Pure: wrong fields go to ``Problems``, in Chinese."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chain.projects.models import PROOFS, STAGES, Project, Stage
from chain.projects.projecting import place
from trace.errors import Conflict
from trace.problems import Problems, reason_of

Body = dict[str, Any]
MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class NewProject:
    """A lead as somebody enters it. ``owner`` is the opaque number under which the edge filed the owner's name."""

    name: str
    links: Sequence[str] = ()
    subject: str = ""
    owner: str = ""
    source: str = ""
    data_date: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage to be entered. Forward it needs ``proof`` (for 投产 the batch is looked up), back a ``reason``.

    ``low``, ``high``, ``unit``: the yearly capacity the enterprise declares at 投产, if it does. ``subject`` names the
    project's enterprise where none was named before.
    """

    stage: str
    kind: str = ""
    proof: str = ""
    data_date: str = ""
    reason: str = ""
    subject: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    period: str = field(default="年")


def past_day(problems: Problems, written: str, pointer: str, name: str, today: date) -> date | None:
    """A date that is given and not to come."""
    found = problems.day(written, pointer, name, required=True)
    if found is not None and found > today:
        problems.add(pointer, "in_future", f"{name} {found} 晚于今天（{today}），请核对", "in the future")
    return found


def opened(new: NewProject, known_links: Collection[str], today: date) -> Body:
    """The body of ``opened``. Raises InvalidInput."""
    problems = Problems()
    name = problems.text(new.name, "/name", "项目名称", longest=80)
    links = list(dict.fromkeys(link.strip().upper() for link in new.links if link.strip()))
    if not links:
        problems.add("/links", "required", "请至少选择一个环节", "choose a link")
    for link in links:
        if link not in known_links:
            problems.add("/links", "no_such_link", f"没有环节“{link[:20]}”，请照环节字典填写编号", "no such link")
    if len(links) > MOST_LINKS:
        problems.add("/links", "too_many", f"一个项目最多绑定 {MOST_LINKS} 个环节，现有 {len(links)} 个", "too many")
    source = problems.text(new.source, "/source", "线索来源", longest=200)
    day = past_day(problems, new.data_date, "/data_date", "线索日期", today)
    if not new.owner:
        problems.add("/owner", "required", "请填写负责人姓名", "an owner is needed")
    problems.raise_if_any()
    assert day is not None
    body: Body = {
        "name": name, "links": links, "subject": new.subject or None, "owner": new.owner, "source": source,
        "data_date": day.isoformat(),
    }  # fmt: skip
    return body | ({"demo": True} if new.demo else {})


def entered(project: Project, entry: Entry, today: date) -> Body:
    """The body of ``entered``; for 投产 the proof is still to be looked up. Raises InvalidInput, Conflict."""
    refuse_ended(project)
    problems = Problems()
    written = problems.choice(entry.stage, {str(key): name for key, name in STAGES.items()}, "/stage", "阶段")
    problems.raise_if_any()
    stage: Stage = next(key for key in STAGES if key == written)
    here = STAGES[project.stage]
    if place(stage) < project.place:
        said = reason_of(entry.reason, "退回理由")
        return _body(project, stage, back=True, reason=said)
    if stage == project.stage:
        raise Conflict(f"项目已在「{here}」", "Already there", code="stage")
    if place(stage) > project.place + 1:
        following = STAGES[list(STAGES)[project.place + 1]]
        raise Conflict(
            f"项目在「{here}」，下一步是「{following}」：每个阶段都要有凭证，不能跳过",
            "No stage is skipped",
            code="stage",
        )
    kinds = dict(PROOFS[stage])
    if stage == "producing":
        return _body(project, stage, kind="batch")
    only = next(iter(kinds)) if len(kinds) == 1 else ""
    kind = problems.choice(entry.kind or only, kinds, "/kind", "凭证种类")
    proof = problems.text(entry.proof, "/proof", kinds.get(kind, "凭证"), longest=80)
    day = past_day(problems, entry.data_date, "/data_date", "凭证日期", today)
    problems.raise_if_any()
    assert day is not None
    return _body(project, stage, kind=kind, proof=proof, day=day.isoformat())


def _body(
    project: Project,
    stage: Stage,
    *,
    kind: str = "",
    proof: str = "",
    day: str = "",
    back: bool = False,
    reason: str = "",
) -> Body:
    return {
        "stage": stage, "from": project.stage, "kind": kind, "proof": proof, "data_date": day, "back": back,
        "reason": reason, "statements": [], "subject": None,
    }  # fmt: skip


def refuse_ended(project: Project) -> None:
    if project.ended:
        raise Conflict("项目已终止，不能再登记；如重新启动请另立项目", "The project has ended", code="ended")


def noted(text: str) -> Body:
    """Raises InvalidInput."""
    problems = Problems()
    said = problems.text(text, "/text", "记事", longest=1000)
    problems.raise_if_any()
    return {"text": said}


def stepped(what: str, due: str) -> Body:
    """A next step with the day by which it is to be done; a day gone by is taken, and is overdue at once."""
    problems = Problems()
    said = problems.text(what, "/what", "下一步", longest=200)
    day = problems.day(due, "/due", "完成期限", required=True)
    problems.raise_if_any()
    assert day is not None
    return {"what": said, "due": day.isoformat()}
