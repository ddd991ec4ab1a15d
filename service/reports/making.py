"""Make a report for somebody and write down that it was taken."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from fastapi import Request

from chain.register.folding import Register
from chain.targets.judging import ordered
from chain.targets.models import Target
from chain.targets.yielding import targets_at
from service.accounts.permissions import Actor, decide
from service.codes.pages import FONT
from service.context import command
from service.panorama import reading
from service.projects.reading import board
from service.reports import store
from service.reports.content import FIRST, Report, Stamp, report_of
from service.reports.paper import full_pdf, page_pdf
from service.reports.workbook import workbook
from service.targets.reading import of_register, scenario_of
from trace.context import Context, local_datetime

Kind = Literal["page", "full", "tables"]
KINDS: dict[str, str] = {"page": "一页报告", "full": "完整报告", "tables": "表格"}


def content(request: Request, actor: Actor, day: date | None) -> Report:
    """What the report of a day says, for this actor."""
    chain = reading.current(request, day)
    settings = request.app.state.settings
    links = [one.figures.link.id for one in chain.staff.ranked]

    def candidates(register: Register) -> dict[str, list[Target]]:
        found = {link: targets_at(register, link) for link in links}
        return {link: several for link, several in found.items() if several}

    known = of_register(request, chain, candidates)
    scenario = scenario_of(chain)
    first = [link for link in links if link in known][:FIRST]
    told = board(request, chain.as_of)
    named = decide(actor, "chain.named").allowed
    holders: dict[str, list[str]] = {}
    for link, one in chain.staff.links.items():
        if one.gap.grade == "single" and named:
            names = (p.name for p in chain.operators(link) if p.inside_district and p.basis != "planned")
            holders[link] = list(dict.fromkeys(names))
    now = local_datetime(request.app.state.db.now())
    return report_of(
        chain.staff,
        holders if named else None,
        [(link, ordered(scenario, link, known[link])) for link in first],
        told.projects,
        told.counts,
        Stamp(settings.public_url.rstrip("/"), actor.login, f"{now:%Y-%m-%d %H:%M}"),
        demo=chain.demo,
        notice=chain.notice,
    )


def take(request: Request, actor: Actor, kind: Kind, day: date | None) -> tuple[bytes, Report]:
    """The file, once its taking is on record."""
    report, book = content(request, actor, day), reading.book()
    if kind == "tables":
        made = workbook(report)
    else:
        draw = page_pdf if kind == "page" else full_pdf
        made = draw(report, FONT, book.wide, book.links, book.edges)
    row = {
        "kind": kind,
        "as_of": report.day.isoformat(),
        "names": len(report.singles.lines) if kind != "page" and decide(actor, "chain.named").allowed else 0,
        "sha256": hashlib.sha256(made).hexdigest(),
    }

    def write(ctx: Context) -> None:
        own = {"id": ctx.new_id(), "at": ctx.now, "recorded_by": ctx.actor_id, "organisation": ctx.tenant_id}
        store.insert_taken(ctx.conn, row | own)

    command(request, write)
    return made, report
