"""JSON API of the register: statements with history, subjects, links, merges, supplies declared and seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from chain.flows import observed_supplies
from chain.needs.loading import bills
from chain.register import commands, store
from chain.register.folding import Register, end_of
from chain.register.likeness import count_text, counted
from chain.register.models import KINDS, SUBJECT_KINDS
from chain.register.observed import cells, declared_never_observed, summed_until, undeclared
from service.accounts.dependencies import check, require
from service.accounts.permissions import Actor
from service.context import today_of
from service.idempotency import create
from service.panorama.reading import current, known_codes
from service.params import Cursor, IdPath, Limit, cursor_id
from service.register import views
from service.register.asking import AsOf, ask, day_of, family_in, link_in, search, subject_in
from service.register.current import Desk
from service.register.named import (
    NAMED,
    hidden_from,
    operators_shown,
    refuse_unless_authorised,
    refuse_withdrawal,
    sees_supplies,
)
from service.register.schemas import ApartIn, Json, ReasonIn, SameAsIn, StatementIn
from service.routing import Router
from trace.context import Context
from trace.errors import InvalidInput, NotFound
from trace.parties.commands import file_person
from trace.problems import Problems

router = Router(prefix="/api/v1/chain", tags=["产业链主体登记 register"])
LinkPath = Annotated[str, Path(max_length=20, description="环节编号，如 M12")]
Word = Annotated[str, Query(max_length=60)]


@router.post("/statements", summary="登记一条：新主体，或主体、环节、产品族的一项资料", status_code=201)
def record(request: Request, body: StatementIn, actor: Actor = require("register.edit")) -> Response:
    """Append one statement; a correction is a later one. Gives the ids of the statement's subject and of itself."""
    new = body.plain()
    refuse_unless_authorised(actor, (new.kind,))

    def write(ctx: Context) -> Json:
        if new.kind == "subject" and not new.subject:
            made = commands.add_subject(ctx, new.subject_kind, new)
            return {"subject": str(made)}
        return {"id": str(commands.record(ctx, new)), "subject": new.subject}

    return create(request, body, write)


@router.get("/statements", summary="登记的历史，新的在前")
def list_statements(
    request: Request,
    subject: Annotated[str, Query(max_length=20, description="主体编号，或产品族编号")] = "",
    link: Annotated[str, Query(max_length=20, description="环节编号")] = "",
    kind: Annotated[str, Query(max_length=20, description="类别")] = "",
    as_of: AsOf = "",
    limit: Limit = 50,
    cursor: Cursor = "",
    actor: Actor = require("register.read"),
) -> Json:
    """Every statement ever recorded about a subject or link, withdrawn ones too; ``next`` is the next page's cursor.

    Supplies are there for authorised staff only.
    """
    if kind and kind not in KINDS:
        raise InvalidInput.of("/kind", "not_a_choice", f"没有类别“{kind}”，可选：{'、'.join(KINDS)}", "no such kind")
    if kind in NAMED:
        check(actor, "supply.read")
    until = end_of(day_of(request, as_of)) if as_of else None
    with request.app.state.db.read() as conn:
        rows = store.history(
            conn,
            subjects=[subject] if subject else (),
            link=link_in(link) if link else "",
            kind=kind,
            without=hidden_from(actor),
            before_seq=cursor_id(cursor),
            recorded_before=until,
            limit=limit + 1,
        )
        who, names = views.recorders(conn, rows), views.mentioned(conn, rows)
    items = [views.statement_json(row, names) | {"recorder": who[str(row.recorded_by)]} for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1].seq) if len(rows) > limit else None}


@router.post("/statements/{statement_id}/withdraw", summary="撤回一条登记", status_code=201)
def withdraw(
    request: Request, statement_id: IdPath, body: ReasonIn, actor: Actor = require("register.edit")
) -> Response:
    """Take a statement back with a reason; it stays in the history. Withdrawing a 认定 takes two subjects apart again."""

    def write(ctx: Context) -> Json:
        refuse_withdrawal(ctx.conn, actor, statement_id)
        return {"id": str(commands.withdraw(ctx, statement_id, body.reason))}

    return create(request, body, write)


@router.get("/subjects", summary="主体列表：按名称、代码、拼音首字母、类型、环节查")
def list_subjects(
    request: Request,
    q: Word = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    link: Annotated[str, Query(max_length=20)] = "",
    as_of: AsOf = "",
    limit: Limit = 50,
    cursor: Cursor = "",
    actor: Actor = require("register.read"),
) -> Json:
    """The newest first. ``count`` is a text: 「3～4」 where two of them may be one."""
    if kind and kind not in SUBJECT_KINDS:
        raise InvalidInput.of("/kind", "not_a_choice", f"没有主体类型“{kind}”", "no such kind")
    place = link_in(link) if link else ""
    after = cursor_id(cursor)

    def read(conn: Connection, desk: Desk, register: Register) -> Json:
        suspicions = desk.suspects(register)
        suspected = views.by_subject(suspicions)
        found = search(register, q, kind, place, suspected)
        low, high = counted(register, [one.subject for one in found], suspicions)
        rest = [one for one in found if after is None or int(one.subject) < after]
        return {
            "as_of": register.day.isoformat(),
            "count": count_text(low, high),
            "items": [views.brief(register, one, suspected) for one in rest[:limit]],
            "next": rest[limit - 1].subject if len(rest) > limit else None,
        }

    return ask(request, as_of, read)


@router.get("/subjects/{subject_id}", summary="一个主体：现状、来源、历史、疑为同一")
def one_subject(
    request: Request, subject_id: IdPath, as_of: AsOf = "", actor: Actor = require("register.read")
) -> Json:
    """Everything that holds of a subject on a day, each figure with source and date, and its newest history.

    ``supplies`` and ``supplied_by`` are null for who may not see who deals with whom.
    """

    def read(conn: Connection, desk: Desk, register: Register) -> Json:
        known = subject_in(register, str(subject_id))
        suspected = views.by_subject(desk.suspects(register))
        rows = views.history_of(conn, register, known.subject, None, 50, without=hidden_from(actor))
        called = views.mentioned(conn, rows)
        told = views.whole(register, known, suspected, supplies=sees_supplies(actor))
        names = views.people(conn, [one["person"] for one in told["same_as"]])
        for one in told["same_as"]:
            one["person"] = names.get(one["person"], "（已删除）")
        return {
            "as_of": register.day.isoformat(),
            **told,
            "history": [views.statement_json(row, called) for row in rows],
        }

    return ask(request, as_of, read)


@router.post("/subjects/{subject_id}/same-as", summary="认定两个主体为同一个", status_code=201)
def same_as(request: Request, subject_id: IdPath, body: SameAsIn, actor: Actor = require("register.edit")) -> Response:
    """With a valid credit code and a named person; it can be taken back by ``apart``."""
    return create(request, body, lambda ctx: {"id": str(merge(ctx, subject_id, body))})


def merge(ctx: Context, subject_id: int, body: SameAsIn) -> int:
    """File who found it as a person, and record the finding with that person's number alone."""
    problems = Problems()
    name = problems.text(body.person, "/person", "认定人姓名", required=False, longest=40)
    problems.raise_if_any()
    person = file_person(ctx, name, "") if name else None
    return commands.merge(ctx, str(subject_id), str(body.other), body.code, person, body.reason)


@router.post("/subjects/{subject_id}/apart", summary="撤销认定，重新分为两个主体", status_code=201)
def apart(request: Request, subject_id: IdPath, body: ApartIn, actor: Actor = require("register.edit")) -> Response:
    """Withdraw the finding that made these two one."""

    def find(conn: Connection, desk: Desk, register: Register) -> int:
        ends = {str(subject_id), str(body.other)}
        for fact in register.merges(str(subject_id)):
            if {fact.subject, fact.other} == ends:
                return fact.id
        raise NotFound("这两个主体没有被认定为同一个", "They were not found to be one")

    statement_id = ask(request, "", find)
    return create(request, body, lambda ctx: {"id": str(commands.withdraw(ctx, statement_id, body.reason))})


@router.get("/links/{link_id}/register", summary="一个环节的登记：有证据存在、有证据缺失或未知")
def one_link(request: Request, link_id: LinkPath, as_of: AsOf = "", actor: Actor = require("register.read")) -> Json:
    """State, operators, candidates, survey and need of a link on a day.

    ``operates`` is null for who may not see names where the link may hang on one controller alone.
    """
    link = link_in(link_id)
    shown, _ = operators_shown(request, actor, link, as_of)
    return ask(
        request,
        as_of,
        lambda _c, _d, register: {
            "as_of": register.day.isoformat(),
            **views.link_json(register, link, named=shown),
        },
    )


@router.get("/families/{family_id}/register", summary="一个产品族的年产量，和它用到的环节")
def one_family(
    request: Request,
    family_id: Annotated[str, Path(max_length=40, description="产品族编号，如 pomelo")],
    as_of: AsOf = "",
    actor: Actor = require("register.read"),
) -> Json:
    """The yearly volume on record on a day (null: nobody said anything), and the links whose need it has a part in."""
    family = family_in(family_id)
    links = sorted(bills().reach[family.id])
    return ask(
        request,
        as_of,
        lambda _c, _d, register: {
            "as_of": register.day.isoformat(),
            "family": family.id,
            "name": family.name,
            "links": links,
            "volume": views.volume_json(register.volume(family.id)),
        },
    )


@router.get("/supplies", summary="供给关系：申报的与批次流中见到的")
def supplies(request: Request, as_of: AsOf = "", actor: Actor = require("register.read")) -> Json:
    """Deliveries of a year up to ``observed_until``, the end of a month, summed by link (保密 below three givers or three
    takers, or one above 70 %; firms of one owner are one), declared supplies never seen (null but for authorised staff),
    and how many seen ones were never declared. Who delivered to whom is never named from the batch record."""

    owners = current(request, day_of(request, as_of)).owned.owners  # of register and record together

    def read(conn: Connection, desk: Desk, register: Register) -> Json:
        db = request.app.state.db
        codes = known_codes(db, register.day)
        demo = db.settings.demo
        seen = observed_supplies(conn, register.day, include_demo=demo, known_codes=codes)
        until = summed_until(register.day, today_of(db))
        summed = observed_supplies(conn, until, include_demo=demo, known_codes=codes)
        return {
            "as_of": register.day.isoformat(),
            "observed_until": until.isoformat(),
            "observed": [
                {
                    "link": cell.link_id,
                    "unit": cell.unit,
                    "enterprises": None if cell.volume is None else cell.enterprises,
                    "volume": None if cell.volume is None else str(cell.volume),
                    "deliveries": cell.deliveries,
                    "last": None if cell.volume is None else cell.last.isoformat(),
                    "withheld": cell.volume is None,
                }
                for cell in cells(summed, owners)
            ],
            "declared_never_observed": None
            if not sees_supplies(actor)
            else [
                {
                    "from": views.called(register, fact.subject),
                    "to": views.called(register, fact.to),
                    "link": fact.at,
                    **views.known_as(fact),
                }
                for fact in declared_never_observed(register, seen)
            ],
            "observed_never_declared": [
                {"link": link, "pairs": pairs} for link, pairs in undeclared(register, seen, owners).items()
            ],
        }

    return ask(request, as_of, read)
