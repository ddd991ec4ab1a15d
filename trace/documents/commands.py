"""An office files its own template, or goes back to the built-in one. The file was checked by whoever can read it."""

from __future__ import annotations

import hashlib

from trace.context import Context
from trace.documents import store
from trace.errors import NotFound
from trace.evidence import store as evidence
from trace.journal.commands import record_act

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def set_template(ctx: Context, kind: str, name: str, content: bytes) -> int:
    """Keep the file as an attachment and use it from now on. Gives the act's id."""
    digest = hashlib.sha256(content).hexdigest()
    attachment_id = evidence.same_bytes(ctx.conn, ctx.tenant_id, digest)
    if attachment_id is None:
        attachment_id = ctx.new_id()
        row = {
            "id": attachment_id,
            "tenant_id": ctx.tenant_id,
            "name": name[-120:] or "template.docx",
            "media_type": MEDIA_TYPE,
            "size": len(content),
            "sha256": digest,
            "content": content,
            "created_at": ctx.now,
        }
        evidence.insert_attachment(ctx.conn, row)
    body = {"kind": kind, "attachment_id": str(attachment_id), "name": name[-120:], "sha256": digest}
    return record_act(ctx, "document.template_set", "organisation", ctx.tenant_id, body)


def drop_template(ctx: Context, kind: str) -> None:
    """Back to the built-in template. Raises NotFound where none of one's own was in use."""
    if kind not in store.templates_of(ctx.conn, ctx.tenant_id):
        raise NotFound("本单位没有上传这种文书的模板", "No template of your own")
    record_act(ctx, "document.template_dropped", "organisation", ctx.tenant_id, {"kind": kind})
