"""The page of webhooks: register an address, see what was sent to it, send again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.context import command, question
from service.notices.schemas import delivery_json, webhook_json
from service.params import IdPath
from service.routing import Router
from service.web.render import page
from trace.context import Context
from trace.errors import Refusal
from trace.notices import commands, store
from trace.notices.models import STATES, TOPICS

router = Router(prefix="/webhooks", include_in_schema=False)
SHOWN = 50


def _page(
    request: Request, given: Mapping[str, Any], errors: Mapping[str, str], refused: str = "", secret: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    def find(ctx: Context) -> list[dict[str, Any]]:
        return [
            webhook_json(row)
            | {"log": [delivery_json(one) for one in store.deliveries_of(ctx.conn, row.id, None, SHOWN)]}
            for row in store.webhooks_of(ctx.conn, ctx.tenant_id)
        ]

    return page(
        request,
        "notices/webhooks.html",
        status_code=status,
        hooks=question(request, find),
        topics=TOPICS,
        states=STATES,
        given=given,
        errors=errors,
        refused=refused,
        secret=secret,
        private=request.app.state.settings.webhook_private,
    )


@router.get("")
def listing(request: Request, actor: Actor = require("webhook.manage")) -> Response:
    """The organisation's webhooks with the newest entries of their logs."""
    return _page(request, {"topics": list(TOPICS)}, {})


@router.post("")
def subscribe(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("webhook.manage")
) -> Response:
    """Register an address; the page that answers shows its secret, this once."""
    url, label = text(form, "url"), text(form, "label")
    topics = [one for one in form.getlist("topics") if isinstance(one, str)]
    private = request.app.state.settings.webhook_private
    try:
        _, secret = command(
            request,
            lambda ctx: commands.subscribe(ctx, url, topics, label, private=private),
        )
    except Refusal as wrong:
        errors = {one.pointer.strip("/").split("/")[0]: one.detail for one in wrong.errors}
        given = {"url": url, "label": label, "topics": topics}
        return _page(request, given, errors, "" if errors else wrong.detail, status=wrong.status)
    return _page(request, {"topics": list(TOPICS)}, {}, secret=secret, status=201)


@router.post("/{webhook_id}/end")
def end(request: Request, webhook_id: IdPath, actor: Actor = require("webhook.manage")) -> Response:
    """Stop sending to an address."""
    command(request, lambda ctx: commands.end(ctx, webhook_id))
    return RedirectResponse("/webhooks", 303)


@router.post("/deliveries/{delivery_id}/retry")
def retry(request: Request, delivery_id: IdPath, actor: Actor = require("webhook.manage")) -> Response:
    """Send again what was given up."""
    command(request, lambda ctx: commands.send_again(ctx, delivery_id))
    return RedirectResponse("/webhooks", 303)
