"""The district's map: bases, enterprises and parks on a boundary that the office supplies; without one, a list by township."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from fastapi import Depends, Request
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from chain.register.folding import Register
from chain.register.models import DATUMS, SUBJECT_KINDS, Position, SubjectFact
from chain.register.rules import LATITUDE, LONGITUDE
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
from service.params import Cursor, Limit, cursor_id
from service.register.asking import AsOf, ask, day_of
from service.register.current import Desk
from service.register.views import position_json
from service.routing import Router
from service.web import trees
from service.web.files import chosen_file
from service.web.render import page
from trace.errors import Refusal

router = Router()
Json = dict[str, Any]
MAPPED = ("base", "enterprise", "park")
MOST_PLACES = 2_000
NOWHERE = "未登记所在地"


@lru_cache(maxsize=2)
def _boundary(sha256: str, content: str) -> Boundary:
    return read_boundary(content.encode())


@dataclass(frozen=True, slots=True)
class Placed:
    """A subject of the map; ``at`` None while nobody recorded where it is."""

    subject: SubjectFact
    at: Position | None


def placed(register: Register) -> list[Placed]:
    """Everybody inside the district whom the map shows, in the order of their ids."""
    shown = [one for one in register.subjects if one.subject_kind in MAPPED and one.inside]
    return [Placed(one, register.position(one.subject) or _of_fields(one)) for one in shown]


def _of_fields(subject: SubjectFact) -> Position | None:
    """Coordinates that were written into a description's fields 经度/lon and 纬度/lat; None where they are not two numbers."""
    fields = dict(subject.fields)
    try:
        lon = Decimal(fields.get("经度") or fields.get("lon") or "")
        lat = Decimal(fields.get("纬度") or fields.get("lat") or "")
    except InvalidOperation:
        return None
    if not (lon.is_finite() and lat.is_finite() and abs(lon) <= LONGITUDE and abs(lat) <= LATITUDE):
        return None
    s = subject
    return Position(
        s.id,
        s.seq,
        s.subject,
        s.data_date,
        s.recorded_at,
        s.source,
        s.basis,
        s.import_id,
        lon,
        lat,
        fields.get("坐标系", ""),
    )


@router.get("/api/v1/chain/map", summary="分布图的点：区内的基地、企业和园区", tags=["产业链 chain"])
def points(
    request: Request,
    actor: Actor = require("register.read"),
    as_of: AsOf = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Json:
    """Who has coordinates on a day, the newest first, with the coordinate system as recorded (null is unknown) and where
    the figures come from. Nothing is converted. ``total`` counts those without coordinates too; ``next`` is the next
    page's cursor."""
    after = cursor_id(cursor)

    def read(_conn: Connection, _desk: Desk, register: Register) -> Json:
        every = placed(register)
        found = [(one.subject, one.at) for one in reversed(every) if one.at is not None]
        rest = [pair for pair in found if after is None or int(pair[0].subject) < after]
        return {
            "as_of": register.day.isoformat(),
            "total": len(every),
            "located": len(found),
            "items": [
                {
                    "id": subject.subject,
                    "name": subject.name,
                    "kind": subject.subject_kind,
                    "kind_name": SUBJECT_KINDS[subject.subject_kind],
                    "place": subject.place or None,
                    "demo": subject.demo,
                    **position_json(at),
                }
                for subject, at in rest[:limit]
            ],
            "next": rest[limit - 1][0].subject if len(rest) > limit else None,
        }

    return ask(request, as_of, read)


@router.get("/chain/map", include_in_schema=False)
def map_page(request: Request, actor: Actor = require("register.read"), as_of: AsOf = "") -> Response:
    """Points on the office's map where it has a 审图号, and the same by township."""
    return _page(request, as_of)


def _page(request: Request, as_of: str, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    def read(conn: Connection, _desk: Desk, register: Register) -> dict[str, Any]:
        every = placed(register)
        by_place: dict[str, list[Placed]] = {}
        for one in every:
            by_place.setdefault(one.subject.place or NOWHERE, []).append(one)
        told = sorted(by_place.items(), key=lambda pair: (pair[0] == NOWHERE, pair[0]))
        places = [_place(one.subject, one.at) for one in every if one.at is not None]
        datums = {one.at.datum for one in every if one.at is not None}
        return {
            "by_place": told,
            "places": places,
            "datums": sorted(DATUMS.get(one, "未知") for one in datums),
            "file": store.newest_map(conn),
            "total": len(every),
        }

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
        kind_names=SUBJECT_KINDS,
        **found,
        **words(),
    )


def _place(subject: SubjectFact, at: Position) -> Place:
    return Place(
        subject.name, subject.subject_kind, (float(at.lon), float(at.lat)), f"/chain/register/{subject.subject}"
    )


@router.post("/chain/map", include_in_schema=False)
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
