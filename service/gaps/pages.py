"""Pages of gaps. Every view is an address that can be passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from chain.assessment.loading import frame
from chain.assessment.models import DIRECTIONS, Weights
from chain.assessment.questions import questions
from chain.assessment.ranking import FORMULA, ranked
from chain.completeness import FORMULA as COMPLETENESS
from chain.models import GRADE_NAMES, LAYER_NAMES, Thresholds
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.gaps.api import Direction, Factor
from service.gaps.views import chosen, percent, span
from service.panorama import reading
from service.panorama.api import AsOf, GradeQuery, KindQuery, LayerQuery, WeightQuery
from service.panorama.pages import words
from service.panorama.sheets import nearest, sheet
from service.panorama.wording import GAP_NOTE, KINDS, evidence_rows, flag_rules, grade_rules, kinds_of
from service.web.render import page

router = APIRouter(include_in_schema=False)

STEPS = ((0.0, "不计"), (0.5, "0.5"), (1.0, "1"), (2.0, "2"), (3.0, "3"))
All = Annotated[str, Query(pattern="^(all)?$")]


def _chosen(layer: str, weight: str, kind: str, grade: str, show: str, direction: str) -> dict[str, str]:
    names = ("layer", "weight", "kind", "grade", "show", "direction")
    return dict(zip(names, (layer, weight, kind, grade, show, direction), strict=True))


def _moved(weights: Weights, as_of: Any) -> dict[str, str]:
    """What differs from the default, for addresses."""
    given = {
        name: f"{value:g}"
        for name, value in (("risk", weights.risk), ("lack", weights.lack), ("local", weights.local))
        if value != 1
    }
    return given | ({"as_of": as_of.isoformat()} if as_of else {})


@router.get("/chain/gaps")
def gaps(
    request: Request,
    actor: Actor = require("chain.read"),
    layer: LayerQuery = "",
    weight: WeightQuery = "",
    kind: KindQuery = "",
    grade: GradeQuery = "",
    show: All = "",
    direction: Direction = "",
    risk: Factor = 1.0,
    lack: Factor = 1.0,
    local: Factor = 1.0,
    as_of: AsOf = None,
) -> Response:
    """Where the chain is broken, the most pressing first, with reason, factors, inputs, thresholds and data date."""
    chain = reading.current(request, as_of)
    weights = Weights(risk, lack, local)
    order = ranked(chain.figures(actor).links.values(), frame().risk, weights)
    picked = _chosen(layer, weight, kind, grade, show, direction)
    narrowed = chosen(order, layer=layer, weight=weight, direction=direction, show="all")
    shown = chosen(narrowed, kind=kind, grade=grade, show=show)
    counts = Counter(word for one in narrowed for word in kinds_of(one.figures.gap))
    kept = _moved(weights, as_of)
    return page(
        request,
        "chain/gaps.html",
        chain=chain,
        as_of=as_of,
        near=nearest(chain),
        chosen=picked,
        kept=kept,
        weights=weights,
        steps=STEPS,
        directions=DIRECTIONS,
        gaps=shown,
        places={one.figures.link.id: place for place, one in enumerate(order, 1)},
        evidence=evidence_rows,
        chips=_chips(picked | kept, counts, sum(bool(kinds_of(one.figures.gap)) for one in narrowed), len(narrowed)),
        unknown=sum(one.figures.gap.grade == "unknown" for one in narrowed),
        unknown_address="/chain/gaps" + _query(picked | kept | {"grade": "unknown", "kind": "", "show": ""}),
        csv_address="/chain/gaps.csv" + _query(picked | kept),
        rules=grade_rules(Thresholds()),
        flags=flag_rules(Thresholds()),
        formula=FORMULA,
        settled=frame().settled,
        percent=percent,
        span=span,
        **words(),
    )


def _chips(picked: dict[str, str], counts: Counter[str], some: int, every: int) -> list[dict[str, Any]]:
    """The kinds of gap as links that keep the other filters."""
    plain = picked | {"kind": "", "grade": "", "show": ""}
    now = (picked["kind"], picked["grade"], picked["show"])
    chips = [{"text": "全部缺口", "count": some, "href": "/chain/gaps" + _query(plain), "current": now == ("", "", "")}]
    for kind in KINDS:
        href = "/chain/gaps" + _query(plain | {"kind": kind})
        chips.append({"text": kind, "count": counts[kind], "href": href, "current": picked["kind"] == kind})
    href = "/chain/gaps" + _query(plain | {"show": "all"})
    chips.append({"text": "所有环节", "count": every, "href": href, "current": now == ("", "", "all")})
    return chips


def _query(given: dict[str, str]) -> str:
    said = {key: value for key, value in given.items() if value}
    return f"?{urlencode(said)}" if said else ""


@router.get("/chain/gaps.csv")
def gaps_csv(
    request: Request,
    actor: Actor = require("chain.read"),
    layer: LayerQuery = "",
    weight: WeightQuery = "",
    kind: KindQuery = "",
    grade: GradeQuery = "",
    show: All = "",
    direction: Direction = "",
    risk: Factor = 1.0,
    lack: Factor = 1.0,
    local: Factor = 1.0,
    as_of: AsOf = None,
) -> Response:
    """The same list with the factors of every score, so that it can be worked out again by hand."""
    chain = reading.current(request, as_of)
    order = ranked(chain.figures(actor).links.values(), frame().risk, Weights(risk, lack, local))
    found = chosen(order, layer=layer, weight=weight, kind=kind, grade=grade, show=show, direction=direction)
    rows: list[Sequence[Any]] = [
        [f"缺口清单，截至 {chain.as_of.isoformat()}", chain.notice, GAP_NOTE],
        ["序号", "环节", "名称", "层", "权重", "等级", "缺口种类", "依据", "停摆影响", "缺口下限", "缺口上限", "怎么补", "可本地化",
         "得分下限", "得分上限", "最早数据日期"],
    ]  # fmt: skip
    for place, one in enumerate(found, 1):
        gap = one.figures.gap
        rows.append(
            [place, gap.link, gap.name, LAYER_NAMES[gap.layer], gap.weight, GRADE_NAMES[gap.grade], "、".join(kinds_of(gap)), gap.reason,
             f"{one.risk:.6f}", f"{one.lack.low:.6f}", f"{one.lack.high:.6f}", one.figures.locality.advice, one.local,
             f"{one.score.low:.6f}", f"{one.score.high:.6f}", gap.data_date.isoformat() if gap.data_date else "未知"]
        )  # fmt: skip
    rows.append([FORMULA, f"本表权重：停摆影响 {risk:g}，缺口 {lack:g}，可本地化 {local:g}"])
    return sheet(f"chain-gaps-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)


@router.get("/chain/families")
def families(request: Request, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Response:
    """How complete each product family and the whole chain are, and what the figures rest on."""
    chain = reading.current(request, as_of)
    found = chain.figures(actor)
    by_id = {family.id: family for family in frame().graph.families}
    return page(
        request,
        "chain/families.html",
        chain=chain,
        as_of=as_of,
        found=found,
        families=[(one, by_id[one.id]) for one in found.families],
        links=found.links,
        staff=reading.sees_names(actor),
        formula=COMPLETENESS,
        span=span,
        percent=percent,
        **words(),
    )


@router.get("/chain/questions")
def asked(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """先问这 10 个数: a form to send out, and where each answer is entered."""
    chain = reading.current(request, as_of)
    return page(
        request,
        "chain/questions.html",
        chain=chain,
        as_of=as_of,
        questions=questions(frame(), chain.known, chain.as_of, chain.staff),
        unknown=sum(one.gap.grade == "unknown" for one in chain.staff.links.values()),
        **words(),
    )


@router.get("/chain/questions.csv")
def asked_csv(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """The same as a form to send out: the answer, its date and its source are left to be filled in."""
    chain = reading.current(request, as_of)
    rows: list[Sequence[Any]] = [
        [f"产业链数据征询表，截至 {chain.as_of.isoformat()}", chain.notice, "产能可以写区间，如 3000-5000；不知道请写“未知”，不要估"],
        ["序号", "环节", "请问", "请谁答", "单位", "答复（下限）", "答复（上限）", "数据日期", "来源", "为什么问"],
    ]  # fmt: skip
    for place, one in enumerate(questions(frame(), chain.known, chain.as_of, chain.staff), 1):
        rows.append([place, f"{one.link} {one.link_name}", one.text, one.whom, one.unit, "", "", "", "", one.why])
    return sheet(f"chain-questions-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)
