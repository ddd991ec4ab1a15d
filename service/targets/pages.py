"""Pages of targets: list by link, one target before and after, sites."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from chain import sites as constraints
from chain.targets.judging import ORDER
from chain.units import UNITS
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import today_of
from service.gaps.views import span
from service.panorama.pages import words
from service.panorama.reading import book
from service.params import AsOf, IdPath
from service.register.asking import link_in
from service.routing import Router
from service.targets import reading, views
from service.web.render import page

router = Router(prefix="/targets", include_in_schema=False)
SHOWN = 50
Word = Annotated[str, Query(max_length=60)]
NOTICES = {
    "new": "目标企业已登记；下面是它来了之后的变化。",
    "said": "已登记，变化已按新的内容重算。",
    "site": "地块已登记，可继续登记它的条件。",
}


def frame(request: Request) -> dict[str, Any]:
    """Words and choices that every page of the room needs."""
    return {
        "links": [(link.id, f"{link.id} {link.name}") for link in book().links],
        "by_id": book().by_id,
        "units": [(unit, unit) for unit in UNITS],
        "whats": list(constraints.NAMES.items()),
        "site_units": constraints.UNITS,
        "met_names": constraints.MET_NAMES,
        "today": today_of(request.app.state.db).isoformat(),
        "span": span,
        "capacity": views.capacity,
        **words(),
    }  # fmt: skip


@router.get("")
def listing(
    request: Request, link: Word = "", as_of: AsOf = None, actor: Actor = require("candidate.read")
) -> Response:
    """Links that have candidates, in the order of the gap list; with ``link`` its candidates by what would improve."""
    kept = as_of.isoformat() if as_of else ""
    if link:
        place = link_in(link)
        chain, found = reading.listed(request, as_of, place)
        return page(
            request, "targets/link.html", chain=chain, link=book().by_id[place], found=found[:SHOWN], total=len(found),
            gap=chain.staff.links[place].gap, order=ORDER, as_of=kept, rows=views.figure_rows, **frame(request),
        )  # fmt: skip
    chain, every = reading.overview(request, as_of)
    counts = Counter(wish.link for target in every for wish in target.wishes)
    ranked = [(place, one, counts[one.figures.link.id]) for place, one in enumerate(chain.staff.ranked, 1)]
    return page(
        request, "targets/list.html", chain=chain, ranked=[row for row in ranked if row[2]], total=len(every),
        named=[target for target in every if target.named], as_of=kept, without=sum(not row[2] for row in ranked),
        **frame(request),
    )  # fmt: skip


@router.get("/new")
def new_form(request: Request, link: Word = "", actor: Actor = require("candidate.edit")) -> Response:
    """Enter a target."""
    return new_page(request, link=link)


def new_page(request: Request, *, link: str = "", failed: Failed | None = None) -> Response:
    return page(
        request, "targets/new.html", status_code=failed.status if failed is not None else 200, failed=failed,
        link=link.upper(), **frame(request),
    )  # fmt: skip


@router.get("/sites")
def sites(request: Request, as_of: AsOf = None, done: Word = "", actor: Actor = require("candidate.read")) -> Response:
    """Parks and plots with what they offer."""
    return sites_page(request, as_of=as_of, notice=NOTICES.get(done, ""))


def sites_page(request: Request, *, as_of: Any = None, notice: str = "", failed: Failed | None = None) -> Response:
    chain, found = reading.sites(request, as_of)
    return page(
        request, "targets/sites.html", status_code=failed.status if failed is not None else 200, chain=chain,
        sites=[views.site_json(site) for site in found], as_of=as_of.isoformat() if as_of else "", notice=notice,
        failed=failed, **frame(request),
    )  # fmt: skip


@router.get("/{target_id}")
def one(
    request: Request,
    target_id: IdPath,
    as_of: AsOf = None,
    done: Word = "",
    actor: Actor = require("candidate.read"),
) -> Response:
    """Before and after, sites, why and why not."""
    return target_page(request, target_id, as_of=as_of, notice=NOTICES.get(done, ""))


def target_page(
    request: Request, target_id: int, *, as_of: Any = None, notice: str = "", failed: Failed | None = None
) -> Response:
    found = reading.whole(request, as_of, target_id)
    outcome = found.judged.outcome
    families = [(change, views.family_rows(change)) for change in outcome.families]
    return page(
        request,
        "targets/one.html",
        status_code=failed.status if failed is not None else 200,
        chain=found.chain,
        target=found.judged.target,
        judged=found.judged,
        fits=found.fits,
        changes=[(change, views.figure_rows(change)) for change in outcome.links],
        moved=[row for row in families if any(before != after for _, before, after in row[1])],
        still=[row for row in families if all(before == after for _, before, after in row[1])],
        as_of=as_of.isoformat() if as_of else "",
        notice=notice,
        failed=failed,
        **frame(request),
    )
