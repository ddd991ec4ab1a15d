"""JSON API of the chain: panorama, links. Open to all; names of enterprises only for who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request

from chain.flows import EnterpriseBatches, batches_by_code
from chain.layout import Box, Layout
from chain.licensing import asked
from chain.models import GRADE_NAMES, LAYER_NAMES, Link, LinkEdge, Presence
from chain.register.models import STATE_NAMES
from chain.supply import Supply, firms_least
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.database import Database
from service.gaps.views import figures_json, gap_json
from service.panorama import nearby, needs, reading
from service.panorama.wording import GAP_NOTE
from service.params import AsOf
from service.register.seen import band
from service.routing import Router
from trace.errors import NotFound

router = Router(prefix="/api/v1", tags=["产业链 chain"])

Json = dict[str, Any]
LayerQuery = Annotated[Literal["", "U", "M", "D", "S"], Query(description="层：U 上游、M 中游、D 下游、S 支撑")]
LinkPath = Annotated[str, Path(max_length=20, description="环节编号，如 M12")]


@router.get("/chain/panorama", summary="全景图：环节位置、关系与等级")
def panorama(
    request: Request,
    actor: Actor = require("chain.read"),
    link: Annotated[str, Query(max_length=20, description="选中的环节，给出其上下游")] = "",
    as_of: AsOf = None,
) -> Json:
    """Nodes with the positions the picture is drawn from (wide and compact, px), edges, grades, counts."""
    chain, book = reading.current(request, as_of), reading.book()
    by_link = {gap.link: gap for gap in chain.gaps(actor)}
    chosen = book.graph.highlight(link) if link else None
    if link and chosen is None:
        raise NotFound(f"没有环节「{link[:20]}」", "No such link")
    return frame_json(chain) | {
        "counts": dict(chain.counts()),
        "size": {"wide": _size(book.wide), "compact": _size(book.compact)},
        "nodes": [
            {
                "link": one.id,
                "name": one.name,
                "short": one.short,
                "layer": one.layer,
                "group": one.group,
                "weight": one.weight,
                "grade": by_link[one.id].grade,
                "grade_name": GRADE_NAMES[by_link[one.id].grade],
                "state": chain.staff.links[one.id].state,
                "state_name": STATE_NAMES[chain.staff.links[one.id].state],
                "flags": list(by_link[one.id].flags),
                "wide": _box(book.wide.boxes[one.id]),
                "compact": _box(book.compact.boxes[one.id]),
            }
            for one in book.links
        ],
        "edges": [_edge(edge) for edge in book.edges],
        "selected": None
        if chosen is None
        else {
            "link": chosen.selected,
            "upstream": sorted(chosen.upstream),
            "downstream": sorted(chosen.downstream),
        },
    }


@router.get("/chain/links/{link_id}", summary="一个环节：投入产出、行业代码、等级依据、上下游")
def one_link(request: Request, link_id: LinkPath, actor: Actor = require("chain.read"), as_of: AsOf = None) -> Json:
    """One link. ``enterprises`` is there only for investment staff and the operator, of a single point only for those of
    them who are authorised; ``names_withheld`` says that it was left out for that."""
    chain, link = reading.current(request, as_of), find_link(link_id)
    figures = chain.figures(actor).links[link.id]
    graph = reading.book().graph
    edges = reading.book().edges
    operators = chain.operators(link.id)
    answer = frame_json(chain) | {
        "link": link.id,
        "name": link.name,
        "layer": link.layer,
        "layer_name": LAYER_NAMES[link.layer],
        "group": link.group,
        "weight": link.weight,
        "inputs": list(link.inputs),
        "outputs": list(link.outputs),
        "codes": [{"code": code.code, "verified": not code.unverified} for code in link.codes],
        "gap": gap_json(figures.gap),
        "measures": figures_json(figures),
        "need": needs.need_json(needs.need_of(link.id, chain.volumes(actor)), figures.supply.demand),
        "near": nearby.near_json(nearby.nearest(chain, staff=reading.sees_names(actor)).get(link.id)),
        "operators": counts_json(figures.supply),
        "licences": [
            {"any": list(ask.names), "basis": ask.basis, "confidence": ask.confidence}
            for ask in asked().get(link.id, ())
        ],
        "from": [_edge(edge) for edge in edges if edge.to_link == link.id],
        "to": [_edge(edge) for edge in edges if edge.from_link == link.id],
        "upstream": sorted(graph.upstream(link.id)),
        "downstream": sorted(graph.downstream(link.id)),
    }
    shown = reading.names_shown(actor, chain.staff.links[link.id])
    answer["names_withheld"] = reading.sees_names(actor) and not shown
    if shown:
        seen = batches_of(request, chain, operators)
        answer["enterprises"] = [_presence(record, chain, seen.get(record.org_code)) for record in operators]
    return answer


def find_link(link_id: str) -> Link:
    """The link of that number, small letters allowed; NotFound where there is none."""
    link = reading.book().by_id.get(link_id.upper())
    if link is None:
        raise NotFound(f"没有环节「{link_id[:20]}」", "No such link")
    return link


def frame_json(chain: reading.Chain) -> Json:
    """What every answer about the chain says first."""
    return {
        "as_of": chain.as_of.isoformat(),
        "demo": chain.demo,
        "notice": chain.notice,
        "note": GAP_NOTE,
    }


def _size(layout: Layout) -> Json:
    return {"width": layout.width, "height": layout.height}


def _box(box: Box) -> Json:
    return {"x": box.x, "y": box.y, "width": box.width, "height": box.height}


def _edge(edge: LinkEdge) -> Json:
    return {"from": edge.from_link, "to": edge.to_link, "what": edge.what, "kind": edge.kind}


def counts_json(supply: Supply) -> Json:
    """How many work at a link: those that surely do, at least as different ones (``…_least``); ``lapsed`` apart."""
    return {
        "inside": len(supply.inside),
        "inside_least": supply.operators_least,
        "lapsed": len(supply.lapsed),
        "outside": len(supply.outside),
        "outside_least": firms_least(supply.outside),
        "planned": supply.plans,
    }


def batches_of(request: Request, chain: reading.Chain, operators: Sequence[Presence]) -> dict[str, EnterpriseBatches]:
    """What the record has seen of the operators, by code: for whoever sees their names. No batch one by one."""
    db: Database = request.app.state.db
    known = reading.known_codes(db, chain.as_of)
    with db.read() as conn:
        return batches_by_code(
            conn, (one.org_code for one in operators), chain.as_of, include_demo=db.settings.demo, known_codes=known
        )


def _presence(record: Presence, chain: reading.Chain, seen: EnterpriseBatches | None) -> Json:
    return {
        "name": record.name,
        "code": record.org_code,
        "inside": record.inside_district,
        "capacity": None if record.capacity is None else str(record.capacity),
        "unit": record.unit,
        "capacity_band": band(record.capacity, record.unit, record.capacity_high),
        "batches": None if seen is None else seen.count,
        "last_batch": None if seen is None or seen.last is None else seen.last.isoformat(),
        "basis": record.basis,
        "controller": chain.owned.called(record.controller),
        "source": record.source,
        "data_date": record.data_date.isoformat(),
        "demo": record.demo,
        "licence_lapsed": record.lapsed or None,
        "perhaps_same_as": record.perhaps or None,
    }
