"""Pages of the chain: panorama, one link. Every view is an address that can be passed on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from html import escape
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from markupsafe import Markup
from starlette.responses import Response

from chain.assessment.loading import frame
from chain.layout import Layout, compact_layout
from chain.licensing import asked
from chain.models import GRADE_NAMES, LAYER_NAMES, WEIGHT_NAMES, Gap, Presence
from chain.register.folding import Register
from chain.register.likeness import count_text
from chain.register.models import STATE_NAMES, SubjectFact
from chain.register.owning import org_code
from chain.staffview.commands import log_download
from chain.svg import LOOKS, panorama_svg
from service.accounts.dependencies import require
from service.accounts.permissions import Actor, decide
from service.context import command
from service.gaps.views import held, measure_rows, percent, span
from service.panorama import nearby, needs, reading
from service.panorama.api import LayerQuery, LinkPath, batches_of, counts_json, find_link
from service.panorama.sheets import link_rows, sheet
from service.panorama.wording import (
    BASIS_NAMES,
    CONFIDENCE_NAMES,
    GAP_NOTE,
    LINK_SOURCES,
    evidence_rows,
    flag_rules,
    grade_rules,
    missing_note,
)
from service.params import AsOf
from service.register.asking import ask, search
from service.register.seen import band
from service.routing import Router
from service.web.render import page

router = Router(include_in_schema=False)

Search = Annotated[str, Query(max_length=60)]


def words() -> dict[str, Any]:
    """Names every page of the chain needs."""
    return {
        "looks": LOOKS,
        "grade_names": GRADE_NAMES,
        "layer_names": LAYER_NAMES,
        "weight_names": WEIGHT_NAMES,
        "gap_note": GAP_NOTE,
        "state_names": STATE_NAMES,
    }


@router.get("/chain")
def panorama(
    request: Request,
    actor: Actor = require("chain.read"),
    link: Annotated[str, Query(max_length=20)] = "",
    q: Search = "",
    layer: LayerQuery = "",
    view: Annotated[Literal["", "table"], Query()] = "",
    as_of: AsOf = None,
) -> Response:
    """The whole chain or one layer in one picture or table, a link and its streams highlighted, a search marked."""
    chain, book = reading.current(request, as_of), reading.book()
    found = reading.matching(q)
    chosen = find_link(link) if link else found[0] if len(found) == 1 else None
    gaps = chain.gaps(actor)
    kept = {"as_of": as_of.isoformat()} if as_of else {}
    shown = [one for one in book.links if not layer or one.layer == layer]
    wide, compact = (book.wide, book.compact) if not layer else (None, layer_layout(layer))
    drawn = chosen.id if chosen and chosen in shown else ""
    return page(
        request,
        "chain/panorama.html",
        chain=chain,
        q=q,
        found=found,
        subjects=_subjects(request, q, as_of) if q and reading.sees_names(actor) else [],
        chosen=chosen,
        layer=layer,
        view=view,
        as_of=as_of,
        kept=kept,
        keep=query_of(kept),
        table_address="/chain" + query_of({"layer": layer, "view": "table"} | kept),
        picture_address="/chain" + query_of({"layer": layer} | kept),
        highlight=book.graph.highlight(chosen.id) if chosen else None,
        gap_of={gap.link: gap for gap in gaps},
        counts=chain.counts(),
        total=len(book.links),
        missing_note=missing_note(gaps),
        figures=[chain.figures(actor).links[one.id] for one in shown] if layer or view else [],
        held=held,
        wide=None if wide is None or view else _draw(wide, chain, gaps, drawn, q, kept),
        compact="" if view else _draw(compact, chain, gaps, drawn, q, kept, layer),
        rules=grade_rules(frame().limits),
        span=span,
        percent=percent,
        **words(),
    )


def subject_of(request: Request, operators: Iterable[Presence], as_of: date | None) -> dict[str, str]:
    """The register's number of each operator, by its code."""

    def find(register: Register) -> dict[str, str]:
        links = {one.link_id for one in operators}
        facts = [fact for link in links for fact in register.operates(link)]
        return {org_code(register, fact.subject): register.root(fact.subject) for fact in facts}

    day = as_of.isoformat() if as_of else ""
    return ask(request, day, lambda _conn, _desk, register: find(register))


def query_of(given: dict[str, str]) -> str:
    """The query part of an address; empty values are left out."""
    said = {key: value for key, value in given.items() if value}
    return f"?{urlencode(said)}" if said else ""


@cache
def layer_layout(layer: str) -> Layout:
    """One layer alone, two links a row: large on a desk, whole on a phone."""
    return compact_layout([one for one in reading.book().links if one.layer == layer], reading.book().graph)


def _subjects(request: Request, q: str, as_of: date | None) -> list[SubjectFact]:
    """Enterprises that staff may look for by name, code or initials, the first dozen."""
    day = as_of.isoformat() if as_of else ""
    return ask(request, day, lambda _conn, _desk, register: search(register, q, "", "", {})[:12])


def _draw(
    layout: Layout,
    chain: reading.Chain,
    gaps: tuple[Gap, ...],
    chosen: str,
    q: str,
    kept: dict[str, str],
    layer: str = "",
) -> Markup:
    """The SVG with what the search needs: the words of each link, and a mark on those that match."""
    book = reading.book()
    rest = urlencode({key: value for key, value in (kept | {"layer": layer}).items() if value})
    shown = [one for one in book.links if one.id in layout.boxes]
    text = panorama_svg(
        layout,
        shown,
        [gap for gap in gaps if gap.link in layout.boxes],
        book.edges,
        highlight=book.graph.highlight(chosen) if chosen else None,
        notice=chain.notice if chain.demo else "",
        href="/chain?link={id}" + (f"&{rest}" if rest else ""),
    )
    hits = {link.id for link in reading.matching(q)}
    for link_id, words in book.words.items():
        mark = ' data-hit="1"' if link_id in hits else ""
        anchor = f'data-link="{link_id}"'
        text = text.replace(anchor, f'{anchor} data-words="{escape(words)}"{mark}')
    return Markup(text)  # noqa: S704 - chain.svg escapes every text it is given


@router.get("/chain/links/{link_id}.csv")
def link_csv(
    request: Request, link_id: LinkPath, actor: Actor = require("chain.flows"), as_of: AsOf = None
) -> Response:
    """The rows behind a link's figures, so that each can be worked out again by hand.

    Of a single point who is behind it is named only for those authorised; then it is logged and stands in the file.
    """
    chain, link = reading.current(request, as_of), find_link(link_id)
    figures = chain.staff.links[link.id]
    shown = reading.names_shown(actor, figures)
    rows = link_rows(chain, figures, named=shown, authorised=decide(actor, "chain.named").allowed)
    if shown and reading.single(figures):
        what = f"单点环节 {link.id} 的行，截至 {chain.as_of.isoformat()}"
        rows = [[what, f"下载人与时间：{reading.mark(request, actor)}"], *rows]
        command(request, lambda ctx: log_download(ctx, what, len(rows)))
    name = f"chain-{link.id}-{chain.as_of.isoformat()}{'-demo' if chain.demo else ''}.csv"
    return sheet(name, rows)


@router.get("/chain/links/{link_id}")
def one_link(request: Request, link_id: LinkPath, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Response:
    """One link: what goes in and out, its state and why, its neighbours, and for staff who stands behind it."""
    chain, book, link = reading.current(request, as_of), reading.book(), find_link(link_id)
    figures = chain.figures(actor).links[link.id]
    gap = figures.gap
    by_link = {one.link: one for one in chain.gaps(actor)}
    operators = chain.operators(link.id)
    shown = reading.names_shown(actor, chain.staff.links[link.id])
    return page(
        request,
        "chain/link.html",
        chain=chain,
        as_of=as_of,
        keep=query_of({"as_of": as_of.isoformat()} if as_of else {}),
        figures=figures,
        need=needs.need_of(link.id, chain.volumes(actor)),
        needs=needs,
        near=nearby.nearest(chain, staff=reading.sees_names(actor)).get(link.id),
        why_near=lambda near: nearby.reason(near, {one.id: one.name for one in book.links}),
        near_formula=nearby.FORMULA,
        percent=percent,
        links=book.by_id,
        link=link,
        gap=gap,
        rule=grade_rules(frame().limits)[gap.grade],
        rules=grade_rules(frame().limits),
        flags=flag_rules(frame().limits),
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
        operators=operators if shown else None,
        withheld=reading.sees_names(actor) and not shown,
        mark=reading.mark(request, actor) if shown and reading.single(chain.staff.links[link.id]) else "",
        seen=batches_of(request, chain, operators) if shown else {},
        band=band,
        subject_of=subject_of(request, operators, as_of) if shown else {},
        asks=asked().get(link.id, ()),
        counts=counts_json(figures.supply),
        count_text=count_text,
        basis_names=BASIS_NAMES,
        confidence=CONFIDENCE_NAMES[link.confidence],
        origin=LINK_SOURCES[link.source],
        **words(),
    )
