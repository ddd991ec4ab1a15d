"""The standards room for people: what is in force on a date, one standard, one clause, the 待核 list, 试判."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from service.accounts.dependencies import form_data, require
from service.accounts.permissions import Actor
from service.batches.failing import Failed
from service.bodies import refuse_broken_text
from service.limiting import limit
from service.routing import Router
from service.rulebooks import signoffs
from service.standards import reading, trying, wording
from service.standards.api import today
from service.verdicts import deciding
from service.web.render import page
from trace.errors import InvalidInput
from trace.standards import (
    Rulebook,
    evaluate,
    evaluation_to_json,
    facts_from_request,
    to_verify,
    unknown_clauses,
)
from trace.standards.clauses import EVIDENCE, SOURCES, STAGES
from trace.standards.coverage import EVERY_FOOD, coverage
from trace.standards.models import NOTICE
from trace.standards.signing import content_digest

router = Router(prefix="/standards", include_in_schema=False)

SHOWN_OPEN = 12
"""Up to so many clauses of a standard are shown at once; more are folded by parameter."""
Words = Annotated[str, Query(max_length=60)]


def _frame(book: Rulebook) -> dict[str, Any]:
    """What every page of the room needs."""
    return {
        "w": wording,
        "sources": SOURCES,
        "stages": STAGES,
        "evidence": EVIDENCE,
        "book": book,
        "doubtful": len(unknown_clauses(book)) + len(to_verify(book)),
        "notice": NOTICE,
    }


def category_names(book: Rulebook) -> list[str]:
    """Names of the tree that a form suggests: the standard's own, without repetition."""
    nodes = book.categories.nodes
    return list(dict.fromkeys(node.name for node in nodes if not node.ours))


@router.get("")
def standing(
    request: Request,
    actor: Actor = require("public.read"),
    on: Annotated[str, Query(max_length=10)] = "",
    stage: Annotated[str, Query(max_length=10)] = "",
    category: Annotated[str, Query(max_length=200)] = "",
    q: Words = "",
) -> Response:
    """What is in force for things made on a day, by stage and category, clause by clause, with a search."""
    day, errors = _day(request, on)
    book = reading.book_in_force(request)
    found: reading.Found = []
    if not errors:
        try:
            found = reading.standing(book, day, stage, category.strip(), q)
        except InvalidInput as wrong:
            errors = {error.pointer.rsplit("/", 1)[-1]: error.detail for error in wrong.errors}
    narrowed = bool(q.strip() or category.strip())
    return page(
        request,
        "standards/standing.html",
        status_code=422 if errors else 200,
        on=day,
        stage=stage,
        category=category,
        q=q,
        errors=errors,
        found=[
            (standard, reading.grouped(rows), len(rows), narrowed and len(rows) <= SHOWN_OPEN)
            for standard, rows in found
        ],
        total=sum(len(rows) for _, rows in found),
        categories=category_names(book),
        **_frame(book),
    )


def _day(request: Request, on: str) -> tuple[date, dict[str, str]]:
    """The day asked for, today where none was, with what is wrong about it."""
    if not on:
        return today(request), {}
    try:
        return date.fromisoformat(on), {}
    except ValueError:
        return today(request), {"on": f"“{on}”不是日期，应写成 2026-09-02 的样子"}


@router.get("/coverage")
def covered(
    request: Request, actor: Actor = require("public.read"), on: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """How many clauses the book has for each stage and food class on a day, and how many cannot decide."""
    day, errors = _day(request, on)
    book = reading.book_in_force(request)
    current = [standard for standard in book.standards if standard.in_force(day)]
    return page(
        request,
        "standards/coverage.html",
        status_code=422 if errors else 200,
        on=day,
        errors=errors,
        rows=coverage(book, day),
        editions=len(current),
        total=sum(len(standard.clauses) for standard in current),
        stage_codes=list(STAGES),
        every_food=EVERY_FOOD,
        **_frame(book),
    )


@router.get("/to-verify")
def verify(request: Request, actor: Actor = require("public.read")) -> Response:
    """The 待核 list: what cannot decide, what decides with a mark, and who must settle each."""
    book = reading.book_in_force(request)
    with request.app.state.db.read() as conn:
        signed = signoffs.states(conn, book, actor)
    return page(
        request,
        "standards/to_verify.html",
        unknown=unknown_clauses(book),
        marked=to_verify(book),
        signed=signed,
        waiting=[one for one in signed.values() if one["state"] == "waiting"],
        **_frame(book),
    )


@router.get("/try")
def try_form(request: Request, actor: Actor = require("standards.evaluate")) -> Response:
    """The empty form of 试判."""
    return _try_page(request, trying.blank(today(request).isoformat()))


@router.post("/try")
def try_out(
    request: Request, form: FormData = Depends(form_data), actor: Actor = require("standards.evaluate")
) -> Response:
    """Evaluate what was typed and show the findings; nothing is stored."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    typed = trying.filled(given, more="more" in given)
    if "more" in given:
        return _try_page(request, typed)
    limit(request, actor)
    body = trying.as_request(typed)
    try:
        refuse_broken_text(body)
        book = reading.book_in_force(request)
        answer = evaluation_to_json(evaluate(book, facts_from_request(body, book, today(request))))
    except InvalidInput as wrong:
        return _try_page(request, typed, errors=trying.by_field(typed, wrong.errors))
    return _try_page(request, typed, answer=trying.answer_view(answer))


def _try_page(
    request: Request,
    typed: trying.Filled,
    errors: dict[str, str] | None = None,
    answer: dict[str, Any] | None = None,
) -> Response:
    book = reading.book_in_force(request)
    return page(
        request,
        "standards/try.html",
        status_code=422 if errors else 200,
        form=typed,
        errors=errors or {},
        answer=answer,
        parameters=book.dictionary.parameters,
        units=list(dict.fromkeys(unit for one in book.dictionary.parameters for unit in one.units)),
        categories=[*book.categories.announced, *category_names(book)],
        **_frame(book),
    )


@router.get("/clauses/{clause_id}")
def clause(
    request: Request, clause_id: Annotated[str, Path(max_length=60)], actor: Actor = require("public.read")
) -> Response:
    """One clause with everything the book knows about it, its sign-off, and for experts the form to sign."""
    return clause_page(request, actor, clause_id)


def clause_page(request: Request, actor: Actor, clause_id: str, failed: Failed | None = None) -> Response:
    """The clause's page; after a refused sign-off with what was typed and why."""
    book = reading.book_in_force(request)
    standard, found = reading.one_clause(book, clause_id)
    with request.app.state.db.read() as conn:
        signoff = signoffs.states(conn, book, actor).get(clause_id)
        signed = signoffs.history(conn, clause_id)
        decided = deciding.decided(conn, actor, clause_id)
    return page(
        request,
        "standards/clause.html",
        status_code=failed.status if failed is not None else 200,
        standard=standard,
        clause=found,
        relatives=reading.relatives(book, standard, found),
        on=today(request),
        signoff=signoff,
        signed=signed,
        decided=decided,
        digest=content_digest(found),
        failed=failed,
        **_frame(book),
    )


@router.get("/{name}")
def standard(
    request: Request, name: Annotated[str, Path(max_length=60)], actor: Actor = require("public.read")
) -> Response:
    """One standard with all its editions, the newest first."""
    book = reading.book_in_force(request)
    found = reading.editions(book, name)
    with request.app.state.db.read() as conn:
        decided = deciding.counts(conn, actor, [clause.id for edition in found for clause in edition.clauses])
    return page(
        request,
        "standards/standard.html",
        editions=[(edition, reading.grouped(edition.clauses)) for edition in found],
        decided=[
            (clause, decided[clause.id]) for edition in found for clause in edition.clauses if clause.id in decided
        ],
        name=name,
        on=today(request),
        **_frame(book),
    )
