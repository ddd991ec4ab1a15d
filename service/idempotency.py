"""A POST that creates may be sent again: with the same Idempotency-Key it gives the first answer and does nothing.

The answer is stored in the transaction of the deed itself, so that neither exists without the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import delete, insert, select
from starlette.responses import Response

from service.accounts.tables import IdempotencyRow
from service.context import command
from trace.context import Context
from trace.errors import Conflict, InvalidInput

_table: Any = IdempotencyRow.__table__  # type: ignore[attr-defined]
KEEP_US = 72 * 3_600_000_000
"""Answers are kept for three days."""
HEADER = "idempotency-key"


def create(request: Request, body: BaseModel | dict[str, Any], fn: Callable[[Context], Any]) -> Response:
    """Run ``fn`` in one transaction and answer 201 with what it returns as JSON, or give the earlier answer.

    ``fn`` returns a pydantic model or plain JSON data. The same key with another body is refused (422),
    because one of the two would be lost silently.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _response(201, dump(command(request, fn)))
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise InvalidInput("Idempotency-Key 须为 1 到 200 个可见字符。", "Idempotency-Key: 1 to 200 characters.")
    content = body.model_dump_json() if isinstance(body, BaseModel) else json.dumps(body, sort_keys=True)
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n{content}".encode()).hexdigest()

    def once(ctx: Context) -> tuple[int, str, bool]:
        row = ctx.conn.execute(select(_table).where(_table.c.account_id == ctx.actor_id, _table.c.key == key)).first()
        if row is not None and row.created_at > ctx.now - KEEP_US:
            if row.request_hash != digest:
                raise KeyReused(
                    "此 Idempotency-Key 已用于另一份内容；请为新的内容换一个。",
                    "This Idempotency-Key was used with another body.",
                )
            return row.status, row.body, True
        text = dump(fn(ctx))
        ctx.conn.execute(
            delete(_table).where(_table.c.account_id == ctx.actor_id, _table.c.created_at <= ctx.now - KEEP_US)
        )
        ctx.conn.execute(
            insert(_table).values(
                account_id=ctx.actor_id, key=key, request_hash=digest, status=201, body=text, created_at=ctx.now
            )
        )
        return 201, text, False

    status, text, repeated = command(request, once)
    response = _response(status, text)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response


class KeyReused(Conflict):
    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency-Key 重复使用"
    title_en = "Idempotency-Key reused with another body"


def dump(result: Any) -> str:
    """A result as JSON text."""
    if isinstance(result, BaseModel):
        return result.model_dump_json()
    return json.dumps(result, ensure_ascii=False, separators=(",", ":"))


def _response(status: int, text: str) -> Response:
    return Response(text, status, media_type="application/json")
