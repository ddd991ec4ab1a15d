"""Pages of gaps. Every view is an address that can be passed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from chain.assessment.loading import frame
from chain.assessment.models import DIRECTIONS, Ranked
from chain.assessment.ranking import FORMULA, ranked
from chain.assessment.whole import flows_suffice
from chain.models import GRADE_NAMES, LAYER_NAMES
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.gaps.asking import Question, counted
from service.gaps.views import percent, span
from service.panorama import nearby, reading
from service.panorama.pages import subject_of, words
from service.panorama.sheets import sheet
from service.panorama.wording import GAP_NOTE, KINDS, evidence_rows, flag_rules, grade_rules, kinds_of, missing_note
from service.params import AsOf
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)

STEPS = ((0.0, "不计"), (0.5, "0.5"), (1.0, "1"), (2.0, "2"), (3.0, "3"))


@router.get("/chain/gaps")
def gaps(request: Request, asked: Question, actor: Actor = require("chain.read")) -> Response:
    """Where the chain is broken, the most pressing first, with reason, factors, inputs, thresholds and data date."""
    chain = reading.current(request, asked.as_of)
    order = ranked(chain.figures(actor).links.values(), frame().risk, asked.weights)
    narrowed = asked.of_frame(order)
    picked = asked.filters
    return page(
        request,
        "chain/gaps.html",
        chain=chain,
        as_of=asked.as_of,
        near=nearby.nearest(chain, staff=reading.sees_names(actor)),
        why_near=lambda near: nearby.reason(near, {one.id: one.short for one in frame().links}),
        chosen=picked,
        kept=asked.kept,
        weights=asked.weights,
        steps=STEPS,
        directions=DIRECTIONS,
        gaps=asked.pick(order),
        places={one.figures.link.id: place for place, one in enumerate(order, 1)},
        evidence=evidence_rows,
        chips=_chips(picked, asked.kept, narrowed),
        missing_note=missing_note(one.figures.gap for one in narrowed),
        unknown=sum(one.figures.gap.grade == "unknown" for one in narrowed),
        unknown_address="/chain/gaps" + _query(picked | asked.kept | {"grade": "unknown", "kind": "", "show": ""}),
        csv_address="/chain/gaps.csv" + _query(picked | asked.kept),
        rules=grade_rules(frame().limits),
        flags=flag_rules(frame().limits),
        formula=FORMULA,
        settled=frame().settled,
        percent=percent,
        span=span,
        **words(),
    )


def _chips(picked: dict[str, str], kept: dict[str, str], narrowed: Sequence[Ranked]) -> list[dict[str, Any]]:
    """The kinds of gap as links that keep the other filters."""
    counts = Counter(counted(narrowed))
    some = sum(bool(kinds_of(one.figures.gap)) for one in narrowed)
    plain = picked | kept | {"kind": "", "grade": "", "show": ""}
    now = (picked["kind"], picked["grade"], picked["show"])
    chips = [{"text": "全部缺口", "count": some, "href": "/chain/gaps" + _query(plain), "current": now == ("", "", "")}]
    for kind in KINDS:
        href = "/chain/gaps" + _query(plain | {"kind": kind})
        chips.append({"text": kind, "count": counts[kind], "href": href, "current": picked["kind"] == kind})
    href = "/chain/gaps" + _query(plain | {"show": "all"})
    chips.append({"text": "所有环节", "count": len(narrowed), "href": href, "current": now == ("", "", "all")})
    return chips


def _query(given: dict[str, str]) -> str:
    said = {key: value for key, value in given.items() if value}
    return f"?{urlencode(said)}" if said else ""


@router.get("/chain/gaps.csv")
def gaps_csv(request: Request, asked: Question, actor: Actor = require("chain.read")) -> Response:
    """The same list with the factors of every score, so that it can be worked out again by hand."""
    chain = reading.current(request, asked.as_of)
    found = asked.pick(ranked(chain.figures(actor).links.values(), frame().risk, asked.weights))
    rows: list[Sequence[Any]] = [
        [f"缺口清单，截至 {chain.as_of.isoformat()}", chain.notice, GAP_NOTE],
        ["序号", "环节", "名称", "层", "权重", "等级", "缺口种类", "依据", "停摆影响", "缺口下限", "缺口上限", "怎么补", "可本地化",
         "得分下限", "得分上限", "最早数据日期", "距离现有产业", "距离的依据"],
    ]  # fmt: skip
    near = nearby.nearest(chain, staff=reading.sees_names(actor))
    names = {link.id: link.name for link in frame().links}
    for place, one in enumerate(found, 1):
        gap = one.figures.gap
        close = near.get(gap.link)
        rows.append(
            [place, gap.link, gap.name, LAYER_NAMES[gap.layer], gap.weight, GRADE_NAMES[gap.grade], "、".join(kinds_of(gap)), gap.reason,
             f"{one.risk:.6f}", f"{one.lack.low:.6f}", f"{one.lack.high:.6f}", one.figures.locality.advice, one.local,
             f"{one.score.low:.6f}", f"{one.score.high:.6f}", gap.data_date.isoformat() if gap.data_date else "未知",
             "" if close is None else f"{close.nearness:.6f}", "" if close is None else nearby.reason(close, names)]
        )  # fmt: skip
    rows.append([FORMULA, f"本表权重：停摆影响 {asked.risk:g}，缺口 {asked.lack:g}，可本地化 {asked.local:g}"])
    return sheet(f"chain-gaps-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)


@router.get("/chain/start")
def start(request: Request, actor: Actor = require("chain.flows")) -> Response:
    """Where investment staff begin: with the panorama once batches tell enough, else with the numbers to ask for."""
    enough = flows_suffice(reading.current(request).staff, frame().limits.stop_days)
    return RedirectResponse("/chain" if enough else "/chain/questions", 303)


@router.get("/chain/questions")
def ten_questions(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """先问这 10 个数: a form to send out, and where each answer is entered."""
    chain = reading.current(request, as_of)
    asked = chain.questions(actor)
    people = [one for q in asked if q.org_code for one in chain.operators(q.link) if one.org_code == q.org_code]
    own = subject_of(request, people, as_of) if people else {}
    return page(
        request,
        "chain/questions.html",
        chain=chain,
        as_of=as_of,
        questions=[(q, own.get(q.org_code, f"links/{q.link}")) for q in asked],
        unknown=sum(one.gap.grade == "unknown" for one in chain.staff.links.values()),
        **words(),
    )


@router.get("/chain/questions.csv")
def ten_questions_csv(request: Request, actor: Actor = require("chain.flows"), as_of: AsOf = None) -> Response:
    """The same as a form to send out: the answer, its date and its source are left to be filled in."""
    chain = reading.current(request, as_of)
    rows: list[Sequence[Any]] = [
        [f"产业链数据征询表，截至 {chain.as_of.isoformat()}", chain.notice, "产能可以写区间，如 3000-5000；不知道请写“未知”，不要估"],
        ["序号", "环节", "请问", "请谁答", "单位", "答复（下限）", "答复（上限）", "数据日期", "来源", "为什么问"],
    ]  # fmt: skip
    for place, one in enumerate(chain.questions(actor), 1):
        rows.append([place, f"{one.link} {one.link_name}", one.text, one.whom, one.unit, "", "", "", "", one.why])
    return sheet(f"chain-questions-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv", rows)
