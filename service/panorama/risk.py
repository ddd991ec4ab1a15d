"""Named single points and enterprise risk ranks for authorised staff, and the supplies that only one side tells of."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from chain.register.network import MOST_FIRMS, MOST_SHOCKS, Risk
from chain.staffview import store
from chain.staffview.commands import log_download
from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.reading import iso
from service.context import command
from service.gaps.views import percent
from service.panorama import reading
from service.panorama.api import frame_json
from service.panorama.pages import query_of, words
from service.panorama.sheets import sheet
from service.panorama.shocking import Standing
from service.params import AsOf
from service.register import views
from service.register.api import supplies as told_supplies
from service.register.asking import AsOf as Day
from service.register.asking import day_of
from service.routing import Router
from service.web.render import page
from trace.errors import Conflict

router = Router(tags=["产业链 chain"])
Json = dict[str, Any]
WHAT = "企业风险排序"
FORMULA = (
    "按 ESRI（Diem 等，Sci Rep 12:7719，2022）推演：一家停下时全网产出损失的比例。供给取批次流见到的，没有见到的取申报的；"
    "物料为必需投入，其余为非必需；不考虑临时换供应商。"
    "吨、升、件不相加：每个环节只用一种单位（该环节供给最多用的那种），"
    "一条供给的权重 = 环节权重（A=3、B=2、C=1）× 本条数量 ÷ 该环节同单位供给合计；"
    "单位不同、数量未知、自供自收的不计入。"
)
REFRESH = 2
"""Seconds after which a page looks again while shocks are being worked out."""
SHOWN = 500
"""Ranks that the page lists; the file has all."""


def _standing(request: Request, chain: reading.Chain) -> Standing:
    found: Standing = request.app.state.shocker.ask(chain.as_of)
    return found


def amounts(one: Risk) -> str:
    """What a firm delivers in a year, link by link, each in the link's unit."""
    return "；".join(f"{link} {amount.normalize():,f} {unit}" for (link, unit), amount in one.supplies.items()) or "—"


def _scope(standing: Standing) -> str:
    """Which firms are shocked, and why not all where the network is too large."""
    firms = len(standing.network.firms) if standing.network is not None else 0
    if firms <= MOST_FIRMS:
        return "每一家都推演"
    return (
        f"网络有 {firms:,} 家，超过 {MOST_FIRMS:,} 家：次数和每次的时间都随家数增长，逐家推演太慢，"
        f"所以只推演供给权重最大的 {MOST_SHOCKS} 家，传导仍在全网计算"
    )


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
                    "controller": chain.owned.called(held[0]) if held else "",
                    "enterprises": list(dict.fromkeys(names)),
                    "esri": round(one.risk, 6),
                }
            )
    return found


@router.get("/api/v1/chain/risk", summary="具名单点与企业风险排序")
def risk(request: Request, actor: Actor = require("chain.named"), as_of: AsOf = None) -> Json:
    """For authorised staff. Ranks are worked out beside the request: while ``computing``, ``done`` of ``total`` shocks
    are through and ``items`` is the last outcome there was. ``unsettled`` counts 未收敛; ``ms_per_shock`` as measured.
    """
    chain = reading.current(request, as_of)
    standing = _standing(request, chain)
    network, found = standing.network, standing.ranking
    return frame_json(chain) | {
        "formula": FORMULA,
        "computing": standing.computing,
        "failed": standing.failed,
        "done": standing.done,
        "total": standing.total,
        "computed_at": iso(standing.at) if found else None,
        "register_seq": standing.seq if found else None,
        "scope": _scope(standing),
        "enterprises": found.firms if found else None,
        "shocked": found.shocked if found else 0,
        "ms_per_shock": round(found.ms, 3) if found else None,
        "unsettled": found.unsettled if found else None,
        "settled": found.unsettled == 0 if found else None,
        "left_out": sum(network.left_out.values()) if network else None,
        "left_out_by": network.left_out if network else {},
        "single_points": _singles(chain),
        "items": [
            {
                "rank": n,
                "code": r.code,
                "name": r.name,
                "link": r.link,
                "esri": round(r.value, 9),
                "settled": r.settled,
                "supplies": [
                    {"link": link, "amount": format(amount.normalize(), "f"), "unit": unit}
                    for (link, unit), amount in r.supplies.items()
                ],
            }
            for n, r in enumerate(found.rows if found else (), 1)
        ],
    }


@router.get("/chain/risk", include_in_schema=False)
def risk_page(request: Request, actor: Actor = require("chain.named"), as_of: AsOf = None) -> Response:
    """The same with the reader's login and the time across the page."""
    chain = reading.current(request, as_of)
    standing = _standing(request, chain)
    with request.app.state.db.read() as conn:
        taken = store.downloads(conn)
        who = views.recorders(conn, taken)
    return page(
        request,
        "chain/risk.html",
        chain=chain,
        as_of=as_of,
        keep=query_of({"as_of": as_of.isoformat()} if as_of else {}),
        standing=standing,
        scope=_scope(standing),
        amounts=amounts,
        refresh=REFRESH,
        shown=SHOWN,
        singles=_singles(chain),
        mark=reading.mark(request, actor),
        downloads=[(iso(row.recorded_at), who[str(row.recorded_by)], row.what, row.rows) for row in taken],
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
    """The ranks and the supplies they rest on as a file; who took it and when is logged before it is given, and stands
    in it. Raises Conflict while there is nothing yet."""
    chain = reading.current(request, as_of)
    standing = _standing(request, chain)
    network, found = standing.network, standing.ranking
    if network is None or found is None:
        raise Conflict("风险排序还在计算，请稍后再下载", "The ranking is still being computed")
    mark = reading.mark(request, actor)
    rows: list[list[Any]] = [
        [
            f"{WHAT}，截至 {chain.as_of.isoformat()}",
            f"下载人与时间：{mark}",
            chain.notice,
            f"计算于 {iso(standing.at)}",
        ],
        ["序号", "主体代码", "主体", "环节", "ESRI", "年供给量", "收敛"],
    ]
    for n, one in enumerate(found.rows, 1):
        settled = "是" if one.settled else "未收敛"
        rows.append([n, one.code, one.name, one.link, f"{one.value:.9f}", amounts(one), settled])
    rows += [
        [FORMULA],
        [_scope(standing)],
        ["供给方", "收货方", "环节", "数量", "单位", "权重", "供给方环节", "收货方环节"],
    ]
    for edge in network.deliveries:
        ends = network.sector[edge.giver], network.sector[edge.taker]
        rows.append([edge.giver, edge.taker, edge.link, format(edge.amount, "f"), edge.unit, repr(edge.weight), *ends])
    rows += [[f"不计入：{why}", count] for why, count in network.left_out.items()]
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
