"""Keep, fetch and drop a draft; do a form's deed only once however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from service.drafts import store
from trace.context import Context
from trace.errors import InvalidInput

KINDS = {"batch": "批次登记", "receive": "收货登记"}
MAX_FIELDS = 8000
MAX_CHARACTERS = 600_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft: field name → text as typed, and when it was saved (µs UTC)."""

    fields: Mapping[str, str]
    saved_at: int


def save(ctx: Context, kind: str, fields: Mapping[str, str]) -> int:
    """Keep the fields of a form for the actor; gives the time. Raises InvalidInput for what no form of ours sends."""
    if kind not in KINDS:
        raise InvalidInput.of("/form", "unknown_form", "没有这种表单的草稿", "no such form")
    body = json.dumps(dict(fields), ensure_ascii=False)
    if len(fields) > MAX_FIELDS or len(body) > MAX_CHARACTERS:
        raise InvalidInput.of("/fields", "too_large", "草稿过大，无法保存；请直接提交", "the draft is too large")
    store.put_draft(ctx.conn, ctx.new_id(), ctx.actor_id, kind, body, ctx.now)
    return ctx.now


def kept(conn: Connection, account_id: int, kind: str) -> Kept | None:
    """The actor's draft of a form, or None."""
    row = store.get_draft(conn, account_id, kind)
    return None if row is None else Kept(json.loads(row.body), row.saved_at)


def once(ctx: Context, form_key: str, fields: Sequence[tuple[str, str]], deed: Callable[[Context], int]) -> int:
    """Do ``deed`` and remember the id it gives; the same form sent again with the same content gives that id.

    ``form_key`` is the random key the page was rendered with: a second press on a slow network must not
    register a second batch. Without a key the deed is simply done.
    """
    if not form_key:
        return deed(ctx)
    content = json.dumps([form_key, sorted(fields)], ensure_ascii=False)
    key = "form:" + hashlib.sha256(content.encode()).hexdigest()
    earlier = store.done(ctx.conn, ctx.actor_id, key)
    if earlier is not None:
        return int(earlier)
    made = deed(ctx)
    store.set_done(ctx.conn, ctx.actor_id, key, str(made), ctx.now)
    return made
