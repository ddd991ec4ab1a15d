"""Pages of projects: the board by stage, one project, what is due."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from chain.projects.models import PROOFS, STAGES
from chain.projects.todo import EXPIRING_DAYS, SOON_DAYS, STALE_DAYS
from chain.register.models import KINDS as REGISTER_KINDS
from chain.targets.yielding import all_targets
from chain.units import UNITS
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import today_of
from service.panorama.reading import book
from service.params import AsOf, IdPath
from service.projects import reading, views
from service.register.asking import ask
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)
Word = Annotated[str, Query(max_length=60)]
LANDED = "landed_projects"
"""Key of the plan's target for projects that landed."""
MOST_CHOICES = 500
MOST_LISTED = 200
"""Of each kind of thing that waits; the API gives all."""
NOTICES = {
    "new": "已立项，阶段为「线索」。",
    "said": "已登记。",
    "stage": "阶段已更新；进入「投产」的，登记与等级已随之更新。",
    "index": "指数已录入。",
}


def frame(request: Request) -> dict[str, Any]:
    """Words and choices that every page of the room needs."""
    return {
        "stages": STAGES,
        "stage_proofs": PROOFS,
        "links": [(link.id, f"{link.id} {link.name}") for link in book().links],
        "link_names": {link.id: link.short for link in book().links},
        "units": [(unit, unit) for unit in UNITS],
        "today": today_of(request.app.state.db).isoformat(),
    }


@router.get("/projects")
def board(request: Request, as_of: AsOf = None, done: Word = "", actor: Actor = require("project.read")) -> Response:
    """Projects by stage; on a phone one list under the other."""
    return board_page(request, as_of=as_of, notice=NOTICES.get(done, ""))


def board_page(request: Request, *, as_of: Any = None, notice: str = "", failed: Failed | None = None) -> Response:
    found = reading.board(request, as_of)
    rows = [views.brief(one, found.names) for one in found.projects]
    return page(
        request, "projects/board.html", status_code=failed.status if failed is not None else 200,
        columns=[(stage, [one for one in rows if one["stage"] == stage and not one["ended"]]) for stage in STAGES],
        ended=[one for one in rows if one["ended"]], counts=found.counts, day=found.day.isoformat(),
        as_of=as_of.isoformat() if as_of else "", index=reading.index_rows(request), notice=notice, failed=failed,
        target=None if request.app.state.settings.demo else _target(), **frame(request),
    )  # fmt: skip


def _target() -> str:
    """What the plan sets for projects that landed, in its own figure."""
    found = [one for item in book().plan for one in item.targets if one.key == LANDED]
    return f"{found[0].text}（{found[0].year} 年）" if found else ""


@router.get("/projects/new")
def new_form(request: Request, subject: Word = "", link: Word = "", actor: Actor = require("project.edit")) -> Response:
    """Enter a lead."""
    return new_page(request, subject=subject, link=link)


def new_page(request: Request, *, subject: str = "", link: str = "", failed: Failed | None = None) -> Response:
    return page(
        request, "projects/new.html", status_code=failed.status if failed is not None else 200, failed=failed,
        subject=subject, link=link.upper(), subjects=_subjects(request), **frame(request),
    )  # fmt: skip


def _subjects(request: Request) -> list[tuple[str, str]]:
    """Targets to choose a project's enterprise from; others are entered by number over the API."""
    found = ask(request, "", lambda _c, _d, register: [(one.id, one.name) for one in all_targets(register)])
    return found[:MOST_CHOICES]


@router.get("/projects/{project_id}")
def one(
    request: Request, project_id: IdPath, as_of: AsOf = None, done: Word = "", actor: Actor = require("project.read")
) -> Response:
    """Stage, proofs, next steps, log, and the forms for what comes next."""
    return project_page(request, project_id, as_of=as_of, notice=NOTICES.get(done, ""))


def project_page(
    request: Request, project_id: int, *, as_of: Any = None, notice: str = "", failed: Failed | None = None
) -> Response:
    project, names = reading.one(request, project_id, as_of)
    order = list(STAGES)
    following = order[project.place + 1] if project.place + 1 < len(order) else ""
    return page(
        request,
        "projects/one.html",
        status_code=failed.status if failed is not None else 200,
        project=project,
        told=views.whole(project, names),
        following=following,
        earlier=[(stage, STAGES[stage]) for stage in order[: project.place]],
        subjects=_subjects(request) if following == "producing" and not project.subject else [],
        as_of=as_of.isoformat() if as_of else "",
        notice=notice,
        failed=failed,
        **frame(request),
    )


@router.get("/chain/todo")
def todo(request: Request, as_of: AsOf = None, actor: Actor = require("project.read")) -> Response:
    """Evidence that grew old, papers that expire, steps that are due."""
    found = reading.todo(request, as_of)
    return page(
        request, "projects/todo.html", day=found.day.isoformat(), as_of=as_of.isoformat() if as_of else "",
        stale=[views.stale_json(one, found.recorders) for one in found.stale],
        expiring=[views.expiring_json(one) for one in found.expiring],
        due=[views.due_json(one, found.names) for one in found.due],
        stale_kinds=Counter(REGISTER_KINDS[one.fact.kind] for one in found.stale), most=MOST_LISTED,
        stale_days=STALE_DAYS, soon_days=SOON_DAYS, expiring_days=EXPIRING_DAYS, **frame(request),
    )  # fmt: skip
