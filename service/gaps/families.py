"""The page of the product families and the rows that their figures are worked out from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from chain.assessment.loading import frame
from chain.assessment.models import FamilyFigures, LinkFigures
from chain.completeness import FORMULA as COMPLETENESS
from chain.resilience import MOST
from service.accounts.dependencies import require
from service.accounts.permissions import Actor, decide
from service.gaps.views import percent, span
from service.panorama import reading
from service.panorama.pages import query_of, words
from service.panorama.sheets import sheet
from service.params import AsOf
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)
CUTS: Mapping[str, str] = {
    "支配环节": "从原料到成品的每一条路径都要经过的环节（环节图上的支配点，只走物料关系）",
    "最小割（路径）": "加工环节之前最少停掉哪几个环节，就没有一条路径能从原料到成品；有几组时取离成品最近的一组（最大流最小割）",
    "最小割（必需项）": "最少停掉哪几个环节，就有一项必需投入没有任何环节能供；一样大的各组都列出",
    "k": "最少失去几个控制方，就有一项必需投入在区内没有人做：各必需项的控制方个数取最小；"
    f"环节情况未知的项不计入；精确到 {MOST}，0 为现在就做不成",
}
COLUMNS = ("类别", "产品族", "名称", "环节", "必需", "证据", "控制方", "数值", "公式")


@router.get("/chain/families")
def families(request: Request, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Response:
    """How complete each product family and the whole chain are, and what they hang on."""
    chain = reading.current(request, as_of)
    found = chain.figures(actor)
    by_id = {family.id: family for family in frame().graph.families}
    return page(
        request,
        "chain/families.html",
        chain=chain,
        as_of=as_of,
        keep=query_of({"as_of": as_of.isoformat()} if as_of else {}),
        found=found,
        families=[(one, by_id[one.id]) for one in found.families],
        links=found.links,
        staff=reading.sees_names(actor),
        named=decide(actor, "chain.named").allowed,
        formula=COMPLETENESS,
        cuts=CUTS,
        span=span,
        percent=percent,
        **words(),
    )


@router.get("/chain/families.csv")
def families_csv(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """The needs, controllers and ways behind the cuts and k of every family; controllers by name for the authorised."""
    chain = reading.current(request, as_of)
    named = decide(actor, "chain.named").allowed
    rows: list[Sequence[Any]] = [
        [f"产品族的支配环节、最小割与 k，截至 {chain.as_of.isoformat()}", chain.notice, "多个值之间用 | 隔开"],
        COLUMNS,
    ]
    for one in chain.staff.families:
        rows += family_rows(one, chain.staff.links, named)
    name = f"chain-families-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv"
    return sheet(name, rows)


def family_rows(one: FamilyFigures, links: Mapping[str, LinkFigures], named: bool) -> Iterator[Sequence[Any]]:
    """The rows of one family: 需求 (one a need), 路径 (one a step to the dish), then its figures with their formulas.

    Without ``named`` the controllers are numbered: the same number is the same controller throughout the family.
    """
    needs = [need for need in frame().needs[one.id] if need.necessity != "negligible"]
    numbers: dict[str, str] = {}

    def shown(controller: str) -> str:
        return controller if named else numbers.setdefault(controller, f"控制方 {len(numbers) + 1}")

    for need in needs:
        known = [link for link in need.links if links[link].state != "unknown"]
        holders = sorted({c for link in need.links for c in links[link].supply.controllers})
        yield ("需求", one.name, need.name, "|".join(need.links), need.necessity, "已知" if known else "未知",
               "|".join(shown(holder) for holder in holders), "", "")  # fmt: skip
    waiting, seen = [one.made_at], {one.made_at}
    while waiting:
        link = waiting.pop()
        for source in frame().ways.get(link, ()):
            yield ("路径", one.name, f"{source} → {link}", f"{source}|{link}", "", "", "", "", "")
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    fragile = one.fragility
    values = {
        "支配环节": "|".join(sorted(one.cuts.dominators)),
        "最小割（路径）": "|".join(sorted(one.cuts.cut)),
        "最小割（必需项）": "；".join("|".join(sorted(group)) for group in one.cuts.stops),
        "k": f"大于 {MOST}" if fragile.k is None else fragile.k,
    }
    for name, value in values.items():
        groups = "；".join("|".join(shown(c) for c in sorted(group)) for group in fragile.sets) if name == "k" else ""
        yield ("指标", one.name, name, one.made_at, "", "", groups, value, CUTS[name])
