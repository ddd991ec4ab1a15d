"""Pages of the chain: panorama, gap list, one link, the plan. Every view is an address that can be passed on."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from chain.gaps import RANK_FORMULA
from chain.layout import Layout
from chain.models import GRADE_NAMES, LAYER_NAMES, WEIGHT_NAMES, Gap, Thresholds
from chain.plan import PlanRow
from chain.svg import LOOKS, panorama_svg
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.panorama import reading
from service.panorama.api import GradeQuery, KindQuery, LayerQuery, LinkPath, WeightQuery, find_link
from service.panorama.wording import (
    BASIS_NAMES,
    CONFIDENCE_NAMES,
    GAP_NOTE,
    KINDS,
    LINK_SOURCES,
    evidence_rows,
    flag_rules,
    grade_rules,
    kinds_of,
)
from service.web.render import page

router = APIRouter(include_in_schema=False)

ENTITY_KINDS = ("三区", "两中心", "九平台", "企业", "老字号", "地标菜")
Search = Annotated[str, Query(max_length=60)]
Flag = Annotated[str, Query(pattern="^1?$")]


def _words() -> dict[str, Any]:
    """Names every page of the chain needs."""
    return {
        "looks": LOOKS,
        "grade_names": GRADE_NAMES,
        "layer_names": LAYER_NAMES,
        "weight_names": WEIGHT_NAMES,
        "gap_note": GAP_NOTE,
    }


@router.get("/chain")
def panorama(
    request: Request,
    actor: Actor = require("chain.read"),
    link: Annotated[str, Query(max_length=20)] = "",
    q: Search = "",
) -> Response:
    """The whole chain in one picture, a link and its streams highlighted, a search marked."""
    chain, book = reading.current(request), reading.book()
    found = reading.matching(q)
    chosen = find_link(link) if link else found[0] if len(found) == 1 else None
    gaps = chain.gaps(actor)
    return page(
        request,
        "chain/panorama.html",
        chain=chain,
        q=q,
        found=found,
        chosen=chosen,
        highlight=book.graph.highlight(chosen.id) if chosen else None,
        gap_of={gap.link: gap for gap in gaps},
        counts=chain.counts(),
        total=len(book.links),
        wide=_draw(book.wide, chain, gaps, chosen.id if chosen else "", q),
        compact=_draw(book.compact, chain, gaps, chosen.id if chosen else "", q),
        rules=grade_rules(Thresholds()),
        **_words(),
    )


def _draw(layout: Layout, chain: reading.Chain, gaps: tuple[Gap, ...], chosen: str, q: str) -> Markup:
    """The SVG with what the search needs: the words of each link, and a mark on those that match."""
    book = reading.book()
    text = panorama_svg(
        layout,
        book.links,
        gaps,
        book.edges,
        highlight=book.graph.highlight(chosen) if chosen else None,
        notice=chain.notice if chain.demo else "",
        href="/chain?link={id}",
    )
    hits = {link.id for link in reading.matching(q)}
    for link_id, words in book.words.items():
        mark = ' data-hit="1"' if link_id in hits else ""
        anchor = f'data-link="{link_id}"'
        text = text.replace(anchor, f'{anchor} data-words="{escape(words)}"{mark}')
    return Markup(text)  # noqa: S704 - chain.svg escapes every text it is given


@router.get("/chain/gaps")
def gaps(
    request: Request,
    actor: Actor = require("chain.read"),
    layer: LayerQuery = "",
    weight: WeightQuery = "",
    kind: KindQuery = "",
    grade: GradeQuery = "",
    show: Annotated[str, Query(pattern="^(all)?$")] = "",
) -> Response:
    """Where the chain is broken, the most pressing first, with reason, inputs, thresholds and data date."""
    chain = reading.current(request)
    chosen = {"layer": layer, "weight": weight, "kind": kind, "grade": grade, "show": show}
    narrowed = reading.filtered(chain.gaps(actor), layer=layer, weight=weight, everything=True)
    shown = reading.filtered(narrowed, kind=kind, grade=grade, everything=bool(show))
    counts = Counter(word for gap in narrowed for word in kinds_of(gap))
    return page(
        request,
        "chain/gaps.html",
        chain=chain,
        chosen=chosen,
        gaps=shown,
        evidence=evidence_rows,
        chips=_chips(chosen, counts, sum(bool(kinds_of(gap)) for gap in narrowed), len(narrowed)),
        unknown=sum(gap.grade == "unknown" for gap in narrowed),
        unknown_address="/chain/gaps" + _query(chosen | {"grade": "unknown", "kind": "", "show": ""}),
        csv_address="/chain/gaps.csv" + _query(chosen),
        rules=grade_rules(Thresholds()),
        flags=flag_rules(Thresholds()),
        formula=RANK_FORMULA,
        **_words(),
    )


def _chips(chosen: dict[str, str], counts: Counter[str], some: int, every: int) -> list[dict[str, Any]]:
    """The kinds of gap as links that keep the other filters."""
    plain = chosen | {"kind": "", "grade": "", "show": ""}
    now = (chosen["kind"], chosen["grade"], chosen["show"])
    chips = [{"text": "全部缺口", "count": some, "href": "/chain/gaps" + _query(plain), "current": now == ("", "", "")}]
    for kind in KINDS:
        href = "/chain/gaps" + _query(plain | {"kind": kind})
        chips.append({"text": kind, "count": counts[kind], "href": href, "current": chosen["kind"] == kind})
    href = "/chain/gaps" + _query(plain | {"show": "all"})
    chips.append({"text": "所有环节", "count": every, "href": href, "current": now == ("", "", "all")})
    return chips


def _query(chosen: dict[str, str]) -> str:
    given = {key: value for key, value in chosen.items() if value}
    return f"?{urlencode(given)}" if given else ""


@router.get("/chain/gaps.csv")
def gaps_csv(
    request: Request,
    actor: Actor = require("chain.read"),
    layer: LayerQuery = "",
    weight: WeightQuery = "",
    kind: KindQuery = "",
    grade: GradeQuery = "",
    show: Annotated[str, Query(pattern="^(all)?$")] = "",
) -> Response:
    """The same list as a file that Excel opens (UTF-8 with BOM)."""
    chain = reading.current(request)
    found = reading.filtered(
        chain.gaps(actor), layer=layer, weight=weight, kind=kind, grade=grade, everything=bool(show)
    )
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow([f"缺口清单，截至 {chain.as_of.isoformat()}", chain.notice, GAP_NOTE])
    heads = ["序号", "环节", "名称", "层", "权重", "等级", "缺口种类", "依据", "排序分", "最早数据日期"]
    write.writerow(heads)
    for no, gap in enumerate(found, 1):
        write.writerow(
            [
                no,
                gap.link,
                gap.name,
                LAYER_NAMES[gap.layer],
                gap.weight,
                GRADE_NAMES[gap.grade],
                "、".join(kinds_of(gap)),
                gap.reason,
                gap.score,
                gap.data_date.isoformat() if gap.data_date else "未知",
            ]
        )
    write.writerow([RANK_FORMULA])
    name = f"chain-gaps-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv"
    return Response(
        "\ufeff" + out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.get("/chain/links/{link_id}")
def one_link(request: Request, link_id: LinkPath, actor: Actor = require("chain.read")) -> Response:
    """One link: what goes in and out, its state and why, its neighbours, and for staff who stands behind it."""
    chain, book, link = reading.current(request), reading.book(), find_link(link_id)
    gap = chain.gap(actor, link.id)
    by_link = {one.link: one for one in chain.gaps(actor)}
    operators = chain.operators(link.id)
    working = [record for record in operators if record.basis != "planned"]
    return page(
        request,
        "chain/link.html",
        chain=chain,
        link=link,
        gap=gap,
        rule=grade_rules(Thresholds())[gap.grade],
        rules=grade_rules(Thresholds()),
        flags=flag_rules(Thresholds()),
        evidence=evidence_rows(gap.inputs),
        streams=[
            (title, [(by_link[end], book.by_id[end], edge) for edge, end in edges])
            for title, edges in (
                ("从上游来", [(e, e.from_link) for e in book.edges if e.to_link == link.id]),
                ("往下游去", [(e, e.to_link) for e in book.edges if e.from_link == link.id]),
            )
        ],
        reach=(len(book.graph.upstream(link.id)), len(book.graph.downstream(link.id))),
        operators=operators if reading.sees_names(actor) else None,
        counts={
            "inside": sum(record.inside_district for record in working),
            "outside": sum(not record.inside_district for record in working),
            "planned": len(operators) - len(working),
        },
        basis_names=BASIS_NAMES,
        confidence=CONFIDENCE_NAMES[link.confidence],
        origin=LINK_SOURCES[link.source],
        **_words(),
    )


@router.get("/plan")
def plan(
    request: Request,
    actor: Actor = require("chain.read"),
    q: Search = "",
    type: Annotated[str, Query(max_length=20)] = "",
    numbers: Flag = "",
) -> Response:
    """The plan's rows with target and present figure; 未知 where the platform has none."""
    chain, book = reading.current(request), reading.book()
    shown = [row for row in chain.rows if _wanted(row, q, type, numbers)]
    return page(
        request,
        "chain/plan.html",
        chain=chain,
        book=book,
        rows=shown,
        q=q,
        type=type,
        numbers=numbers,
        types=_types(chain.rows),
        known=sum(figure.date is not None for row in chain.rows for figure in row.figures),
        targets=sum(len(row.figures) for row in chain.rows),
        entities=[(kind, [e for e in book.entities if e.kind == kind]) for kind in ENTITY_KINDS],
        **_words(),
    )


def _wanted(row: PlanRow, q: str, type: str, numbers: str) -> bool:
    item = row.item
    text = " ".join((item.name, item.target, item.section, *item.quote, *(f.metric for f in row.figures))).casefold()
    return (
        all(word in text for word in q.casefold().split())
        and (not type or item.type == type)
        and (not numbers or bool(row.figures))
    )


def _types(rows: Iterable[PlanRow]) -> list[tuple[str, str]]:
    """Types of rows for the filter, the frequent first."""
    found = Counter(row.item.type for row in rows)
    return [(name, f"{name}（{count}）") for name, count in found.most_common()]
