"""Register pages to read: subjects, one subject with its history, one link, imports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from chain import sites as constraints
from chain.needs.loading import bills
from chain.register import store
from chain.register.folding import Register, end_of
from chain.register.likeness import count_text, counted
from chain.register.models import BASES, DATUMS, REFERENCE_NAMES, SUBJECT_KINDS
from chain.units import BASE_SIZES, UNITS, WEIGHTS
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.context import today_of
from service.panorama.reading import book
from service.params import IdPath, cursor_id
from service.register import views
from service.register.asking import AsOf, ask, family_in, link_in, search, subject_in
from service.register.choosing import PARTIES, options
from service.register.current import Desk
from service.register.named import OPERATING, hidden_from, operators_shown, sees_supplies
from service.register.seen import seen
from service.routing import Router
from service.web.render import page

router = Router(prefix="/chain/register", include_in_schema=False)
PAGE = 30
HISTORY = 20
Word = Annotated[str, Query(max_length=60)]
NOTICES = {
    "new": "主体已登记。可以在下面补充产能、规模、证照。",
    "said": "已登记；用到它的等级、缺口和指标随即重算。",
    "withdrawn": "已撤回；原登记留在历史里，用到它的等级、缺口和指标随即重算。",
    "same": "已认定为同一主体；统计时只算一家，可在下方撤销认定。",
    "apart": "已撤销认定，重新按两家计算。",
    "imported": "导入完成。",
    "undone": "整次导入已撤销，登记恢复到没有导入过的样子；历史仍保留。",
}


def frame(request: Request) -> dict[str, Any]:
    """Words and choices that every page of the room needs."""
    return {
        "kinds": list(SUBJECT_KINDS.items()),
        "bases": [(key, name) for key, name in BASES.items() if key != "observed"],
        "basis_names": BASES,
        "reference_names": REFERENCE_NAMES,
        "links": [(link.id, f"{link.id} {link.name}") for link in book().links],
        "link_names": {link.id: link.short for link in book().links},
        "datums": list(DATUMS.items()),
        "units": [(unit, unit) for unit in UNITS],
        "weights": [(unit, unit) for unit in WEIGHTS],
        "size_units": [(unit, unit) for unit in BASE_SIZES],
        "whats": list(constraints.NAMES.items()),
        "site_units": constraints.UNITS,
        "yes_no": [("true", "区内"), ("false", "区外")],
        "today": today_of(request.app.state.db).isoformat(),
    }


@router.get("")
def listing(
    request: Request,
    q: Word = "",
    kind: Word = "",
    link: Word = "",
    suspects: Annotated[str, Query(pattern="^1?$")] = "",
    as_of: AsOf = "",
    before: Word = "",
    actor: Actor = require("register.read"),
) -> Response:
    """Subjects, the newest first, with what links they work at and 疑为同一 marks."""
    chosen = kind if kind in SUBJECT_KINDS else ""
    place = link_in(link) if link else ""
    after = cursor_id(before)

    def read(conn: Connection, desk: Desk, register: Register) -> dict[str, Any]:
        suspicions = desk.suspects(register)
        suspected = views.by_subject(suspicions)
        found = search(register, q, chosen, place, suspected, bool(suspects))
        rest = [one for one in found if after is None or int(one.subject) < after]
        return {
            "rows": [views.brief(register, one, suspected) for one in rest[:PAGE]],
            "next": rest[PAGE - 1].subject if len(rest) > PAGE else None,
            "count": count_text(*counted(register, [one.subject for one in found], suspicions)),
            "pairs": len(suspicions),
            "day": register.day.isoformat(),
        }

    told = ask(request, as_of, read)
    return page(
        request, "register/list.html", q=q, kind=chosen, link=place, only=suspects, as_of=as_of, first=after is None,
        **told, **frame(request),
    )  # fmt: skip


@router.get("/new")
def new_form(request: Request, actor: Actor = require("register.edit")) -> Response:
    """Describe somebody new."""
    return new_page(request)


def new_page(request: Request, failed: Failed | None = None) -> Response:
    return page(
        request,
        "register/new.html",
        status_code=failed.status if failed is not None else 200,
        failed=failed,
        **frame(request),
    )


@router.get("/imports")
def imports(request: Request, before: Word = "", done: Word = "", actor: Actor = require("register.read")) -> Response:
    """Files that were imported, each of which can be undone whole."""
    return imports_page(request, before=before, notice=NOTICES.get(done, ""))


def imports_page(request: Request, *, before: str = "", notice: str = "", failed: Failed | None = None) -> Response:
    after = cursor_id(before)
    with request.app.state.db.read() as conn:
        rows = store.imports(conn, after, PAGE + 1)
        who = views.recorders(conn, rows)
    return page(
        request,
        "register/imports.html",
        status_code=failed.status if failed is not None else 200,
        rows=[views.import_json(row) | {"recorder": who[str(row.recorded_by)]} for row in rows[:PAGE]],
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        first=after is None,
        notice=notice,
        failed=failed,
        **frame(request),
    )


@router.get("/links/{link_id}")
def one_link(
    request: Request, link_id: str, as_of: AsOf = "", done: Word = "", actor: Actor = require("register.read")
) -> Response:
    """A link's state, who stands behind it, the survey and need, and forms for the two."""
    return link_page(request, link_id, as_of=as_of, notice=NOTICES.get(done, ""))


def link_page(
    request: Request, link_id: str, *, as_of: str = "", notice: str = "", failed: Failed | None = None
) -> Response:
    link = link_in(link_id[:20])
    actor: Actor = request.state.actor
    shown, mark = operators_shown(request, actor, link, as_of)
    hidden = (*hidden_from(actor), *(() if shown else OPERATING))

    def read(conn: Connection, desk: Desk, register: Register) -> dict[str, Any]:
        rows = store.history(conn, link=link, without=hidden, recorded_before=end_of(register.day), limit=HISTORY)
        names = views.mentioned(conn, rows)
        return {
            "told": views.link_json(register, link, named=shown),
            "history": [views.statement_json(row, names) for row in rows],
            "recorders": views.recorders(conn, rows),
            "day": register.day.isoformat(),
        }

    told = ask(request, as_of, read)
    return page(
        request,
        "register/link.html",
        status_code=failed.status if failed is not None else 200,
        link=book().by_id[link],
        mark=mark,
        as_of=as_of,
        notice=notice,
        failed=failed,
        **told,
        **frame(request),
    )


@router.get("/families/{family_id}")
def one_family(
    request: Request, family_id: str, as_of: AsOf = "", done: Word = "", actor: Actor = require("register.read")
) -> Response:
    """A product family's yearly volume with its history, the links it is counted at, and a form for it."""
    return family_page(request, family_id, as_of=as_of, notice=NOTICES.get(done, ""))


def family_page(
    request: Request, family_id: str, *, as_of: str = "", notice: str = "", failed: Failed | None = None
) -> Response:
    family = family_in(family_id)

    def read(conn: Connection, desk: Desk, register: Register) -> dict[str, Any]:
        rows = store.history(conn, subjects=[family.id], recorded_before=end_of(register.day), limit=HISTORY)
        return {
            "volume": views.volume_json(register.volume(family.id)),
            "history": [views.statement_json(row) for row in rows],
            "recorders": views.recorders(conn, rows),
            "day": register.day.isoformat(),
        }

    told = ask(request, as_of, read)
    return page(
        request,
        "register/family.html",
        status_code=failed.status if failed is not None else 200,
        family=family,
        reach=sorted(bills().reach[family.id]),
        as_of=as_of,
        notice=notice,
        failed=failed,
        **told,
        **frame(request),
    )


@router.get("/{subject_id}")
def one_subject(
    request: Request,
    subject_id: IdPath,
    as_of: AsOf = "",
    before: Word = "",
    done: Word = "",
    actor: Actor = require("register.read"),
) -> Response:
    """What is known of a subject, each figure with source and date; who recorded what; forms for what staff enter."""
    return subject_page(request, subject_id, as_of=as_of, before=before, notice=NOTICES.get(done, ""))


def subject_page(
    request: Request,
    subject_id: int,
    *,
    as_of: str = "",
    before: str = "",
    notice: str = "",
    failed: Failed | None = None,
) -> Response:
    after = cursor_id(before)
    actor: Actor = request.state.actor
    given = failed.given if failed is not None else {}

    def read(conn: Connection, desk: Desk, register: Register) -> dict[str, Any]:
        known = subject_in(register, str(subject_id))
        suspected = views.by_subject(desk.suspects(register))
        told = views.whole(register, known, suspected, supplies=sees_supplies(actor))
        rows = views.history_of(conn, register, known.subject, after, HISTORY + 1, without=hidden_from(actor))
        names = views.people(conn, [one["person"] for one in told["same_as"]])
        for one in told["same_as"]:
            one["person"] = names.get(one["person"], "（已删除）")
        called = views.mentioned(conn, rows)
        parks = [(s.subject, s.name) for s in register.subjects if s.subject_kind == "park"]
        return {
            "subject": told,
            "history": [views.statement_json(row, called) for row in rows[:HISTORY]],
            "recorders": views.recorders(conn, rows),
            "next": rows[HISTORY - 1].seq if len(rows) > HISTORY else None,
            "parks": parks,
            "parties": {
                kind: options(register, given, kind, known.subject)
                for kind in PARTIES
                if failed is not None and failed.act == kind
            },
            "seen": seen(request, conn, register, known.subject),
            "day": register.day.isoformat(),
        }

    told = ask(request, as_of, read)
    return page(
        request,
        "register/subject.html",
        status_code=failed.status if failed is not None else 200,
        as_of=as_of,
        notice=notice,
        failed=failed,
        **told,
        **frame(request),
    )
