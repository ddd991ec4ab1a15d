"""JSON API of document templates: what there is, an office's own, back to the built-in one."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import File, Request, UploadFile
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import command, question
from service.documents.building import built_in
from service.documents.checking import MAX_BYTES
from service.documents.kinds import KINDS
from service.documents.rendering import MEDIA_TYPE, accept_template
from service.idempotency import create
from service.routing import Router
from service.web.render import moment
from trace.context import Context
from trace.documents import commands, store
from trace.errors import NotFound

router = Router(prefix="/api/v1/documents/templates", tags=["文书 documents"])
Json = dict[str, Any]


def known(kind: str) -> str:
    """The kind itself. Raises NotFound for one there is not."""
    if kind not in KINDS:
        raise NotFound("没有这种文书，可选：" + "、".join(KINDS), "No such kind of document")
    return kind


def templates(ctx: Context, actor: Actor) -> list[Json]:
    """Every kind with its fields and whether the actor's office uses its own template."""
    own = store.templates_of(ctx.conn, actor.org_id)
    return [
        {
            "kind": kind,
            "name": one.name,
            "own": None
            if kind not in own
            else {"name": own[kind].name, "sha256": own[kind].sha256, "at": moment(own[kind].at)},
            "fields": [
                {
                    "name": name,
                    "label": field.label,
                    "required": field.required,
                    "rows": None if field.rows is None else dict(field.rows),
                }
                for name, field in one.fields.items()
            ],
        }
        for kind, one in KINDS.items()
    ]


def keep(request: Request, kind: str, name: str, content: bytes) -> int:
    """Check, then use from now on. Checking is slow and takes no transaction."""
    accept_template(known(kind), content)
    return command(request, lambda ctx: commands.set_template(ctx, kind, name, content))


@router.get("", summary="文书模板")
def listing(request: Request, actor: Actor = require("document.template")) -> Json:
    """Kinds, their placeholders, and the office's own templates."""
    return {"items": question(request, lambda ctx: templates(ctx, actor))}


@router.post("/{kind}", summary="上传本单位模板", status_code=201)
def upload(
    request: Request,
    kind: str,
    file: Annotated[UploadFile, File(description=".docx，最大 2 MB，不含宏")],
    actor: Actor = require("document.template"),
) -> Response:
    """Checked and tried before it is accepted; unknown placeholders are named."""
    with file.file:
        content = file.file.read(MAX_BYTES + 1)
    accept_template(known(kind), content)
    name = file.filename or f"{kind}.docx"

    def write(ctx: Context) -> Json:
        return {"id": str(commands.set_template(ctx, kind, name, content))}

    return create(request, {"kind": kind, "sha256": hashlib.sha256(content).hexdigest(), "name": name}, write)


@router.delete("/{kind}", summary="恢复内置模板", status_code=204)
def drop(request: Request, kind: str, actor: Actor = require("document.template")) -> Response:
    """Back to the built-in template."""
    command(request, lambda ctx: commands.drop_template(ctx, known(kind)))
    return Response(status_code=204)


@router.get("/{kind}.docx", summary="下载模板")
def download(request: Request, kind: str, actor: Actor = require("document.template")) -> Response:
    """The template in use: the office's own or the built-in one, to start from."""
    own = question(request, lambda ctx: store.template_bytes(ctx.conn, actor.org_id, known(kind)))
    name = quote(f"{KINDS[kind].name}-模板.docx", safe="")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{kind}.docx\"; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(own if own is not None else built_in(kind), media_type=MEDIA_TYPE, headers=headers)
