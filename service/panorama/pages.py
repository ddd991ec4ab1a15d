"""Pages of the chain: panorama, one link. Every view is an address that can be passed on."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from chain.layout import Layout
from chain.models import GRADE_NAMES, LAYER_NAMES, WEIGHT_NAMES, Gap, Thresholds
from chain.svg import LOOKS, panorama_svg
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.gaps.views import measure_rows
from service.panorama import reading
from service.panorama.api import AsOf, LinkPath, find_link
from service.panorama.wording import (
    BASIS_NAMES,
    CONFIDENCE_NAMES,
    GAP_NOTE,
    LINK_SOURCES,
    evidence_rows,
    flag_rules,
    grade_rules,
)
from service.web.render import page

router = APIRouter(include_in_schema=False)

Search = Annotated[str, Query(max_length=60)]


def words() -> dict[str, Any]:
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
    as_of: AsOf = None,
) -> Response:
    """The whole chain in one picture, a link and its streams highlighted, a search marked."""
    chain, book = reading.current(request, as_of), reading.book()
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
        **words(),
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


@router.get("/chain/links/{link_id}")
def one_link(request: Request, link_id: LinkPath, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Response:
    """One link: what goes in and out, its state and why, its neighbours, and for staff who stands behind it."""
    chain, book, link = reading.current(request, as_of), reading.book(), find_link(link_id)
    figures = chain.figures(actor).links[link.id]
    gap = figures.gap
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
        measures=measure_rows(figures, not reading.sees_names(actor) and figures != chain.staff.links[link.id]),
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
        **words(),
    )
