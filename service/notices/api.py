"""JSON API of webhooks: where an organisation wants to be told of recalls, stop-sales and changed verdicts."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.schemas import Json
from service.context import command, question
from service.notices.schemas import WebhookIn, delivery_json, webhook_json
from service.params import Cursor, IdPath, Limit, cursor_id
from service.routing import Router
from trace.context import Context
from trace.errors import InvalidInput
from trace.journal.canonical import dumps
from trace.notices import commands, store

router = Router(prefix="/api/v1/webhooks", tags=["通知 webhooks"])


@router.get("", summary="接收地址")
def listing(request: Request, actor: Actor = require("webhook.manage")) -> Json:
    """The organisation's webhooks, also those that have ended."""
    rows = question(request, lambda ctx: store.webhooks_of(ctx.conn, ctx.tenant_id))
    return {"items": [webhook_json(row) for row in rows]}


@router.post("", summary="登记接收地址", status_code=201)
def subscribe(request: Request, body: WebhookIn, actor: Actor = require("webhook.manage")) -> Response:
    """Register an address. ``secret`` is shown this once; a repeat with the same Idempotency-Key is refused."""
    if "idempotency-key" in request.headers:
        raise InvalidInput(
            "登记接收地址不支持 Idempotency-Key：签名密钥只显示一次。",
            "The secret is shown once, so its creation cannot be replayed.",
        )
    private = request.app.state.settings.webhook_private

    def make(ctx: Context) -> Json:
        made, secret = commands.subscribe(ctx, body.url, body.topics, body.label, private=private)
        return webhook_json(commands.own_webhook(ctx, made)) | {"secret": secret}

    return Response(dumps(command(request, make)), 201, media_type="application/json")


@router.delete("/{webhook_id}", summary="停用接收地址", status_code=204)
def end(request: Request, webhook_id: IdPath, actor: Actor = require("webhook.manage")) -> None:
    """Stop sending to an address; its log stays."""
    command(request, lambda ctx: commands.end(ctx, webhook_id))


@router.get("/{webhook_id}/deliveries", summary="发送记录")
def deliveries(
    request: Request, webhook_id: IdPath, cursor: Cursor = "", limit: Limit = 50,
    actor: Actor = require("webhook.manage"),
) -> Json:  # fmt: skip
    """What was sent to an address and how it went, the newest first."""
    before = cursor_id(cursor)

    def find(ctx: Context) -> list[Json]:
        commands.own_webhook(ctx, webhook_id)
        rows = store.deliveries_of(ctx.conn, webhook_id, before, limit + 1)
        return [delivery_json(row) for row in rows]

    items = question(request, find)
    return {"items": items[:limit], "next": items[limit - 1]["id"] if len(items) > limit else None}


@router.post("/deliveries/{delivery_id}/retry", summary="重发已放弃的通知", status_code=204)
def retry(request: Request, delivery_id: IdPath, actor: Actor = require("webhook.manage")) -> None:
    """Send again what was given up."""
    command(request, lambda ctx: commands.send_again(ctx, delivery_id))
