"""Drafts over JSON: the pages save here while one types."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, Field

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import command
from service.drafts import commands, store
from service.routing import Router
from trace.errors import NotFound

router = Router(prefix="/api/v1/drafts", tags=["草稿 drafts"])
FormName = Annotated[str, Path(description="表单：batch 批次登记，receive 收货登记", pattern="^[a-z_]{1,40}$")]


class DraftIn(BaseModel):
    """The fields of a form as typed: name → text."""

    model_config = ConfigDict(extra="forbid")
    fields: dict[str, Annotated[str, Field(max_length=20_000)]]


class DraftOut(BaseModel):
    """A kept draft; ``saved_at`` is integer µs UTC."""

    form: str
    fields: dict[str, str]
    saved_at: int


@router.put("/{form}", summary="保存草稿")
def put(request: Request, form: FormName, given: DraftIn, actor: Actor = require("draft.save")) -> DraftOut:
    """Keep the form as it stands, over the earlier draft of the same form."""
    saved_at = command(request, lambda ctx: commands.save(ctx, form, given.fields))
    return DraftOut(form=form, fields=given.fields, saved_at=saved_at)


@router.get("/{form}", summary="取回草稿")
def get(request: Request, form: FormName, actor: Actor = require("draft.save")) -> DraftOut:
    """The caller's draft of a form."""
    with request.app.state.db.read() as conn:
        found = commands.kept(conn, actor.account_id, form)
    if found is None:
        raise NotFound("没有这份草稿", "No such draft")
    return DraftOut(form=form, fields=dict(found.fields), saved_at=found.saved_at)


@router.delete("/{form}", status_code=204, summary="删除草稿")
def delete(request: Request, form: FormName, actor: Actor = require("draft.save")) -> None:
    """Drop the draft; nothing happens where there is none."""
    command(request, lambda ctx: store.delete_draft(ctx.conn, ctx.actor_id, form))
