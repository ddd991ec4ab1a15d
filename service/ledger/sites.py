"""Zones, centres, platforms and facilities of the plan in one table: function, unit, interface, state, active use."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from chain.ledger.models import Entry, Row
from chain.ledger.whole import Whole
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.ledger import reading
from service.ledger.pages import frame
from service.ledger.schemas import Json
from service.ledger.views import entry_json
from service.panorama.api import frame_json
from service.params import AsOf
from service.routing import Router
from service.web.render import page

api = Router(prefix="/api/v1/plan", tags=["方案台账 ledger"])
router = Router(prefix="/plan", include_in_schema=False)
UNKNOWN = "未知"


def sites_of(whole: Whole) -> list[tuple[Row, str, Entry | None]]:
    """(row, name, what is registered of it) of everything the plan lists, in its order; None where nothing is known."""
    known = {(one.no, one.body["name"]): one for one in whole.ledger.of("site")}
    rows = (state.row for state in whole.rows)
    return [(row, name, known.get((row.no, name))) for row in rows for name in row.sites]


@api.get("/sites", summary="方案所列的区、中心、平台、设施：功能、单位、接口、状态、使用")
def list_sites(request: Request, as_of: AsOf = None, actor: Actor = require("chain.read")) -> Json:
    """Everything that rows of the plan list; ``entry`` is null where nothing is registered, which is 未知."""
    chain, whole = reading.current(request, as_of)
    staff = reading.sees_staff(actor)
    items = [
        {
            "no": row.no,
            "type": row.item.type,
            "name": name,
            "entry": entry_json(one, staff=staff) if one is not None else None,
        }
        for row, name, one in sites_of(whole)
    ]
    return frame_json(chain) | {"items": items}


@router.get("/sites")
def sites_page(
    request: Request, type: Annotated[str, Query(max_length=20)] = "", as_of: AsOf = None,
    actor: Actor = require("chain.read"),
) -> Response:  # fmt: skip
    """The same as a table, by type."""
    chain, whole = reading.current(request, as_of)
    staff = reading.sees_staff(actor)
    every = sites_of(whole)
    shown = [
        {"no": row.no, "name": name, "entry": entry_json(one, staff=staff) if one is not None else None}
        for row, name, one in every
        if not type or row.item.type == type
    ]
    return page(
        request,
        "ledger/sites.html",
        sites=shown,
        type=type,
        types=list(Counter(row.item.type for row, _, _ in every).items()),
        states=Counter(one.body["state"] if one is not None else UNKNOWN for _, _, one in every).most_common(),
        **frame(request, actor, chain, as_of),
    )
