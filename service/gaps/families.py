"""The page of the product families and the rows that their figures are worked out from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from chain.assessment.families import states_of, tied
from chain.assessment.loading import frame
from chain.assessment.models import Assessment, FamilyFigures, LinkFigures
from chain.completeness import WEIGHTS, state_of
from chain.measures import Interval
from chain.needs.models import ROLE_NAMES, Volume
from chain.register.likeness import count_text
from service.accounts.dependencies import require
from service.accounts.permissions import Actor, decide
from service.gaps.views import CUTS, FIGURES, percent, span
from service.panorama import needs, reading
from service.panorama.pages import query_of, words
from service.panorama.sheets import sheet
from service.params import AsOf
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)
COLUMNS = (
    "类别", "产品族", "名称", "环节", "必需", "证据", "控制方", "数值", "公式", "权重", "满足下限", "满足上限", "有无下限",
    "有无上限",
)  # fmt: skip


@router.get("/chain/families")
def families(request: Request, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Response:
    """How complete each product family and the whole chain are, and what they hang on."""
    chain = reading.current(request, as_of)
    found, volumes = chain.figures(actor), chain.volumes(actor)
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
        cuts=CUTS,
        figures=FIGURES,
        role_names=ROLE_NAMES,
        needs=needs,
        count_text=count_text,
        volumes=volumes,
        computed={link: needs.need_of(link, volumes) for link in frame().graph.lines},
        span=span,
        percent=percent,
        **words(),
    )


@router.get("/chain/families.csv")
def families_csv(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """The needs, controllers, ways, volumes and parks behind every figure of the page; controllers by name for the
    authorised."""
    chain = reading.current(request, as_of)
    named = decide(actor, "chain.named").allowed
    rows: list[Sequence[Any]] = [
        [
            f"完备度、支配环节、最小割、k 与集聚度所用的行，截至 {chain.as_of.isoformat()}",
            chain.notice,
            "多个值之间用 | 隔开",
        ],
        COLUMNS,
    ]
    for one in chain.staff.families:
        rows += family_rows(one, chain.staff.links, named)
    rows += whole_rows(chain.staff, chain.known.volumes)
    name = f"chain-families-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv"
    return sheet(name, rows)


@router.get("/chain/needs.csv")
def needs_csv(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """The needs of all links by the families' volumes, one row a way down a bill of material, to be multiplied again."""
    chain = reading.current(request, as_of)
    rows: list[Sequence[Any]] = [
        [f"按配料单推算的年需求，截至 {chain.as_of.isoformat()}", chain.notice, needs.FORMULA, "多个值之间用 | 隔开"],
        needs.COLUMNS,
    ]
    for link in frame().graph.lines:
        rows += needs.sheet_rows(link, chain.known.volumes, chain.staff.links[link].supply.demand)
    return sheet(f"chain-needs-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)


def family_rows(one: FamilyFigures, links: Mapping[str, LinkFigures], named: bool) -> Iterator[Sequence[Any]]:
    """The rows of one family: 需求 (one a need), 环节 with 路径 (steps to the dish) and 支路 (all others), then its figures
    with their formulas.

    Without ``named`` the controllers are numbered: the same number is the same controller throughout the family.
    """
    exists, amounts = states_of(frame().graph.family(one.id), links)
    needs = [need for need in frame().needs[one.id] if need.necessity != "negligible"]
    numbers: dict[str, str] = {}

    def shown(controller: str) -> str:
        return controller if named else numbers.setdefault(controller, f"控制方 {len(numbers) + 1}")

    for need in needs:
        holders = sorted({c for link in need.links for c in links[link].supply.controllers})
        known = holders or all(links[link].state != "unknown" for link in need.links)
        who = "|".join(shown(holder) for holder in holders)
        yield ("需求", one.name, need.name, "|".join(need.links), need.necessity, "已知" if known else "未知", who, "", "",
               WEIGHTS[need.necessity], *_ends(state_of(need, amounts)), *_ends(state_of(need, exists)))  # fmt: skip
    asked = tuple(dict.fromkeys(link for need in needs for link in need.links))
    told: set[tuple[str, str]] = set()
    for link in asked:
        supply = links[link].supply
        lapsed = "|".join(shown(c) for c in sorted({operator.controller for operator in supply.lapsed}))
        if lapsed:
            yield ("证照已到期", one.name, links[link].link.name, link, "", "未知", lapsed)
        for pair in supply.ties:
            told.add(pair)
            yield ("疑为同一", one.name, links[link].link.name, link, "", "未知", "|".join(shown(c) for c in pair))
    for pair in sorted(tied(links[link].supply for link in asked)):
        if pair not in told:
            at = [link for link in asked if links[link].supply.controllers_most.intersection(pair)]
            yield ("疑为同一", one.name, "不同环节", "|".join(at), "", "未知", "|".join(shown(c) for c in pair))
    seen: set[str] = set()
    for kind, starts in (("路径", [one.made_at]), ("支路", [link for need in needs for link in need.links])):
        waiting = [link for link in dict.fromkeys(starts) if link not in seen]
        seen.update(waiting)
        while waiting:
            link = waiting.pop()
            yield ("环节", one.name, links[link].link.name, link, *[""] * 8, *_ends(exists[link]))
            for source in frame().ways.get(link, ()):
                yield (kind, one.name, f"{source} → {link}", f"{source}|{link}")
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
    yield from _figure_rows(one, shown)


def _figure_rows(one: FamilyFigures, shown: Callable[[str], str]) -> Iterator[Sequence[Any]]:
    for name, value in (
        ("完备度", one.figures.weighted),
        ("成品完备", one.figures.dish),
        ("路径覆盖", one.figures.paths),
    ):
        yield from _interval_rows(one.name, name, value, FIGURES[name])
    fragile = one.fragility
    values = {
        "支配环节": "|".join(sorted(one.cuts.dominators)),
        "最小割（路径）": "|".join(sorted(one.cuts.cut)),
        "最小割（必需项）": "；".join("|".join(sorted(group)) for group in one.cuts.stops),
        "k": fragile.text,
    }
    for name, told in values.items():
        groups = "；".join("|".join(shown(c) for c in sorted(group)) for group in fragile.sets) if name == "k" else ""
        yield ("指标", one.name, name, one.made_at, "", "", groups, told, CUTS[name])


def whole_rows(found: Assessment, volumes: Mapping[str, Volume]) -> Iterator[Sequence[Any]]:
    """The yearly volumes by which the families are weighted, who is in which park, and the figures of the whole."""
    for one in found.families:
        volume = volumes.get(one.id, Volume(None))
        amount = volume.amount
        told = "未知" if amount is None else format((amount.low + amount.high) / 2, "f")
        dated = "" if volume.data_date is None else f"{volume.source}，{volume.data_date.isoformat()}；kg，区间取中值"
        yield ("产量", one.name, "全年产量", "", "", "", "", told, dated)
    if found.whole is not None:
        yield from _interval_rows("", "全链完备度", found.whole, FIGURES["全链完备度"])
    parks = found.clustering
    yield ("主体", "", "区内在产主体", "", "", "", "", parks.sure, "")
    yield ("主体", "", "所在园区未登记", "", "", "", "", parks.unplaced, "")
    for name, count in zip(("在园区", "不在园区", "所在园区未登记"), parks.lapsed, strict=True):
        yield ("主体", "", f"证照已到期、{name}", "", "", "", "", count, "是否在产未知")
    for name, count in zip(("在园区，下限不计", "不在园区，上限不计"), parks.spare, strict=True):
        yield ("主体", "", f"疑为同一、{name}", "", "", "", "", count, "每组留一家")
    for park, count in sorted(parks.parks.items()):
        yield ("园区", "", park, "", "", "", "", count, "")
    yield from _interval_rows("", "集聚度", parks.in_parks, FIGURES["集聚度"])
    hhi = "未知" if parks.hhi is None else f"{parks.hhi:.6f}"
    yield ("指标", "", "园区集中度 HHI", "", "", "", "", hhi, FIGURES["园区集中度 HHI"])


def _interval_rows(family: str, name: str, value: Interval, formula: str) -> Iterator[Sequence[Any]]:
    for end, text in zip(("下限", "上限"), _ends(value), strict=True):
        yield ("指标", family, name + end, "", "", "", "", text, formula)


def _ends(one: Interval) -> tuple[str, str]:
    return f"{one.low:.6f}", f"{one.high:.6f}"
