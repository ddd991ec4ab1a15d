"""The district's map: bases and enterprises on a boundary that the office supplies; without one, a list by township."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from fastapi import Depends, Request
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.register.folding import Register
from chain.register.models import SubjectFact
from chain.staffview import store
from chain.staffview.commands import keep_map
from chain.staffview.geo import MOST_BYTES, Boundary, Place, map_svg, read_boundary
from service.accounts.dependencies import form_data, require
from service.accounts.forms import text
from service.accounts.permissions import Actor
from service.batches.reading import iso
from service.context import command
from service.panorama import reading
from service.panorama.pages import words
from service.register.asking import AsOf, ask, day_of
from service.register.current import Desk
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.errors import Refusal

router = Router(include_in_schema=False)
MOST_PLACES = 2_000
NOWHERE = "未登记所在地"


@lru_cache(maxsize=2)
def _boundary(sha256: str, content: str) -> Boundary:
    return read_boundary(content.encode())


def position(subject: SubjectFact) -> tuple[float, float] | None:
    """(longitude, latitude) from the subject's fields 经度/lon and 纬度/lat; None where they are not two numbers."""
    fields = dict(subject.fields)
    try:
        lon = float(fields.get("经度") or fields.get("lon") or "")
        lat = float(fields.get("纬度") or fields.get("lat") or "")
    except ValueError:
        return None
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


@router.get("/chain/map")
def map_page(request: Request, actor: Actor = require("register.read"), as_of: AsOf = "") -> Response:
    """Points on the office's map where it has a 审图号, and the same by township."""
    return _page(request, as_of)


def _page(request: Request, as_of: str, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    def read(conn: Connection, _desk: Desk, register: Register) -> dict[str, Any]:
        subjects = [s for s in register.subjects if s.subject_kind in ("base", "enterprise") and s.inside]
        by_place: dict[str, list[SubjectFact]] = {}
        for one in subjects:
            by_place.setdefault(one.place or NOWHERE, []).append(one)
        told = sorted(by_place.items(), key=lambda pair: (pair[0] == NOWHERE, pair[0]))
        at = [(one, position(one)) for one in subjects]
        places = [Place(o.name, o.subject_kind, p, f"/chain/register/{o.subject}") for o, p in at if p is not None]
        return {"by_place": told, "places": places, "file": store.newest_map(conn), "total": len(subjects)}

    found = ask(request, as_of, read)
    file = found["file"]
    drawn = ""
    if file is not None and file.approval:
        boundary = _boundary(file.sha256, file.content)
        svg = map_svg(boundary, found["places"][:MOST_PLACES], file.approval)
        drawn = Markup(svg)  # noqa: S704 - map_svg escapes every text it is given
    day = day_of(request, as_of) if as_of else None
    return page(
        request,
        "chain/map.html",
        status_code=status,
        chain=reading.current(request, day),
        as_of=day,
        errors=errors or {},
        drawn=drawn,
        kept=iso(file.recorded_at) if file is not None else "",
        most=MOST_BYTES // 1024 // 1024,
        **found,
        **words(),
    )


@router.post("/chain/map")
def upload(
    request: Request,
    form: FormData = Depends(form_data),
    actor: Actor = require("ledger.edit"),
) -> Response:
    """Keep the office's boundary file."""
    try:
        name, content = chosen_file(form, MOST_BYTES, "请选择 GeoJSON 文件")
        command(request, lambda ctx: keep_map(ctx, name, content, text(form, "approval")))
    except Refusal as refusal:
        return _page(request, "", trees.by_name(refusal.errors) or {"file": refusal.detail}, refusal.status)
    return RedirectResponse("/chain/map", 303)
