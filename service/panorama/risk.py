"""Named single points and enterprise risk ranks for authorised staff, and the supplies that only one side tells of."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import Response

from chain.flows import observed_supplies
from chain.register.folding import Register
from chain.register.network import MOST_SHOCKS, Network, Ranking, network_of, rank
from chain.staffview import store
from chain.staffview.commands import log_download
from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.reading import iso
from service.context import command
from service.gaps.views import percent
from service.panorama import reading
from service.panorama.api import AsOf, frame_json
from service.panorama.pages import query_of, words
from service.panorama.sheets import sheet
from service.register import views
from service.register.api import supplies as told_supplies
from service.register.asking import AsOf as Day
from service.register.asking import ask, day_of
from service.register.current import Desk
from service.routing import Router
from service.web.render import page
from trace.context import local_datetime

router = Router(tags=["产业链 chain"])
Json = dict[str, Any]
WHAT = "企业风险排序"
FORMULA = (
    "按 ESRI（Diem 等，Sci Rep 12:7719，2022）推演：一家停下时全网产出损失的比例。供给取批次流见到的，没有见到的取申报的；"
    "物料为必需投入，其余为非必需；供给量按吨计，不按重量计或数量未知的不计入。"
)


def _ranked(request: Request, day: str) -> tuple[Network, Ranking]:
    db = request.app.state.db

    def read(conn: Connection, _desk: Desk, register: Register) -> tuple[Network, tuple[Any, ...]]:
        codes = reading.known_codes(db, register.day)
        seen = observed_supplies(conn, register.day, include_demo=db.settings.demo, known_codes=codes)
        state = (register.day, register.seq, tuple(seen))
        return network_of(register, seen), state

    network, state = ask(request, day, read)
    kept: tuple[Any, Ranking] | None = getattr(request.app.state, "risk", None)
    if kept is None or kept[0] != state:
        kept = request.app.state.risk = (state, rank(network, reading.book().edges))
    return network, kept[1]


def _singles(chain: reading.Chain) -> list[Json]:
    found = []
    for one in chain.staff.ranked:
        if one.figures.gap.grade == "single":
            inside = {operator.org_code for operator in one.figures.supply.inside}
            names = [p.name for p in chain.operators(one.figures.link.id) if p.org_code in inside]
            held = sorted(one.figures.supply.controllers)
            found.append(
                {
                    "link": one.figures.link.id,
                    "name": one.figures.link.name,
                    "controller": held[0] if held else "",
                    "enterprises": list(dict.fromkeys(names)),
                    "esri": round(one.risk, 6),
                }
            )
    return found


def _mark(request: Request, actor: Actor) -> str:
    at = local_datetime(request.app.state.db.now())
    return f"{actor.login} {at:%Y-%m-%d %H:%M}"


@router.get("/api/v1/chain/risk", summary="具名单点与企业风险排序")
def risk(request: Request, actor: Actor = require("chain.named"), as_of: AsOf = None) -> Json:
    """For authorised staff. ``settled`` false is 未收敛; ``ms_per_shock`` is the time of one shock in this process."""
    chain = reading.current(request, as_of)
    network, found = _ranked(request, as_of.isoformat() if as_of else "")
    return frame_json(chain) | {
        "formula": FORMULA,
        "settled": found.settled,
        "ms_per_shock": round(found.ms, 3),
        "enterprises": found.firms,
        "shocked": found.shocked,
        "left_out": network.left_out,
        "single_points": _singles(chain),
        "items": [
            {"rank": n, "code": r.code, "name": r.name, "link": r.link, "esri": round(r.value, 9), "tonnes": r.out}
            for n, r in enumerate(found.rows, 1)
        ],
    }


@router.get("/chain/risk", include_in_schema=False)
def risk_page(request: Request, actor: Actor = require("chain.named"), as_of: AsOf = None) -> Response:
    """The same with the reader's login and the time across the page."""
    chain = reading.current(request, as_of)
    network, found = _ranked(request, as_of.isoformat() if as_of else "")
    with request.app.state.db.read() as conn:
        taken = store.downloads(conn)
        who = views.recorders(conn, taken)
    return page(
        request,
        "chain/risk.html",
        chain=chain,
        as_of=as_of,
        keep=query_of({"as_of": as_of.isoformat()} if as_of else {}),
        network=network,
        found=found,
        singles=_singles(chain),
        mark=_mark(request, actor),
        downloads=[(iso(row.recorded_at), who[str(row.recorded_by)], row.what, row.rows) for row in taken],
        most=MOST_SHOCKS,
        formula=FORMULA,
        percent=percent,
        **words(),
    )


@router.post("/chain/risk.csv", include_in_schema=False)
def risk_csv(
    request: Request,
    form: FormData = Depends(form_data),
    actor: Actor = require("chain.export"),
    as_of: AsOf = None,
) -> Response:
    """The ranks as a file; who took it and when is logged before it is given, and stands in it."""
    chain = reading.current(request, as_of)
    _, found = _ranked(request, as_of.isoformat() if as_of else "")
    mark = _mark(request, actor)
    rows: list[list[Any]] = [
        [f"{WHAT}，截至 {chain.as_of.isoformat()}", f"下载人与时间：{mark}", chain.notice],
        ["序号", "主体代码", "主体", "环节", "ESRI", "供给量（吨/年）", "收敛"],
    ]
    settled = "是" if found.settled else "未收敛"
    for n, one in enumerate(found.rows, 1):
        rows.append([n, one.code, one.name, one.link, f"{one.value:.9f}", f"{one.out:.3f}", settled])
    rows.append([FORMULA])
    command(request, lambda ctx: log_download(ctx, f"{WHAT}，截至 {chain.as_of.isoformat()}", len(found.rows)))
    return sheet(f"chain-risk-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)


@router.get("/chain/supplies", include_in_schema=False)
def supplies_page(request: Request, actor: Actor = require("register.read"), as_of: Day = "") -> Response:
    """Declared and never seen, seen and never declared, and sums by link where they may be shown."""
    told = told_supplies(request, as_of, actor)
    chain = reading.current(request, day_of(request, as_of))
    day = day_of(request, as_of) if as_of else None
    return page(
        request, "chain/supplies.html", chain=chain, as_of=day, told=told, links=reading.book().by_id, **words()
    )
