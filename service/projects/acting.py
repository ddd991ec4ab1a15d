"""What staff do with a project from a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.projects import commands
from chain.projects.rules import Entry
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.failing import failed
from service.context import command
from service.params import IdPath
from service.projects import api
from service.projects.pages import board_page, new_page, project_page
from service.projects.schemas import ProjectIn
from service.routing import Router
from service.web import trees
from trace.context import Context
from trace.errors import InvalidInput, NotFound, Refusal

router = Router(prefix="/projects", include_in_schema=False)
Form = Depends(form_data)
STAGE = ("stage", "kind", "proof", "data_date", "reason", "subject", "low", "high", "unit")


def _back(
    request: Request, write: Callable[[Context], Any], address: str, shown: Callable[[Refusal], Response]
) -> Response:
    try:
        made = command(request, write)
    except NotFound:
        raise
    except Refusal as refusal:
        return shown(refusal)
    return RedirectResponse(address.format(made=made), 303)


@router.post("/new")
def add(request: Request, form: FormData = Form, actor: Actor = require("project.edit")) -> Response:
    """A lead."""
    given: dict[str, Any] = {name: text(form, name) for name in ("name", "subject", "owner", "source", "data_date")}
    links = [one for one in (text(form, "link"), text(form, "link2")) if one]
    body = ProjectIn.model_construct(**{"links": links, **given})
    return _back(
        request, lambda ctx: api.open_project(ctx, body), "/projects/{made}?done=new",
        lambda refusal: new_page(request, failed=failed("new", refusal, form)),
    )  # fmt: skip


@router.post("/index")
def enter_index(request: Request, form: FormData = Form, actor: Actor = require("project.edit")) -> Response:
    """The city's index as a document gives it."""
    given = tuple(text(form, name) for name in ("period", "value", "document"))
    return _back(
        request, lambda ctx: commands.enter_index(ctx, *given), "/projects?done=index",
        lambda refusal: board_page(request, failed=failed("index", refusal, form)),
    )  # fmt: skip


@router.post("/{project_id}")
def act(
    request: Request, project_id: IdPath, form: FormData = Form, actor: Actor = require("project.edit")
) -> Response:
    """The form's ``act``: stage, back, note, owner, step, done, end."""
    what = text(form, "act")

    def write(ctx: Context) -> int:
        if what in ("stage", "back"):
            return commands.enter(ctx, project_id, Entry(**{name: text(form, name) for name in STAGE}))
        if what == "note":
            return commands.note(ctx, project_id, text(form, "text"))
        if what == "owner":
            return commands.set_owner(ctx, project_id, api.owner_of(ctx, text(form, "owner")))
        if what == "step":
            return commands.plan_step(ctx, project_id, text(form, "what"), text(form, "due"))
        if what == "done":
            return commands.finish_step(ctx, project_id, trees.number(text(form, "step")) or 0)
        if what == "end":
            return commands.end(ctx, project_id, text(form, "reason"))
        raise InvalidInput.of("/act", "not_a_choice", "请从页面上的表单提交", "use the page's forms")

    done = "stage" if what in ("stage", "back") else "said"
    return _back(
        request, write, f"/projects/{project_id}?done={done}",
        lambda refusal: project_page(request, project_id, failed=failed(what, refusal, form)),
    )  # fmt: skip
