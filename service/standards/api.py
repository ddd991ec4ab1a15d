"""The rulebook for programs: evaluate without storing, what is in force, one clause, the parameter dictionary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Body, Depends, Path, Query, Request
from starlette.responses import Response

from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.context import today_of
from service.limiting import limit
from service.routing import Router
from service.standards import reading
from service.standards.schema import SCHEMA
from service.standards.wording import clause_json, parameter_json, standard_json
from trace.errors import InvalidInput
from trace.standards import evaluate, evaluation_to_json, facts_from_request
from trace.standards.models import NOTICE

router = Router(prefix="/api/v1/standards", tags=["标准 standards"])


def _json(content: Mapping[str, Any]) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    return Response(text, media_type="application/json")


async def refuse_repeated_keys(request: Request) -> None:
    """Refuse a member given twice: JSON keeps the last, and the first may have been the failing result."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            shown = twice[:60].encode(errors="replace").decode()
            detail = f"“{shown}”在同一个对象里写了两次，请只留一个"
            raise InvalidInput.of(f"/{shown}", "repeated_key", detail, "a member is given twice in one object")
        return made

    try:
        json.loads(await request.body() or b"null", object_pairs_hook=once)
    except (ValueError, RecursionError):
        return  # not JSON: told by the reading of the body itself


@router.post(
    "/evaluate",
    dependencies=[Depends(refuse_repeated_keys)],
    summary="标准比对（不留存）",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": SCHEMA}}}},
)
def evaluate_request(
    request: Request, body: Annotated[Any, Body()] = None, actor: Actor = require("standards.evaluate")
) -> Response:
    """Product facts, measurements and production date → findings with clause, value, limit, source and reason.

    Nothing is stored. No key is needed; callers without one are limited by address. The answer is a
    comparison by machine, not an inspection conclusion, and says so in ``notice``.
    """
    limit(request, actor)
    book = reading.book_in_force(request)
    facts = facts_from_request(body, book, today(request))
    return _json(evaluation_to_json(evaluate(book, facts)))


def today(request: Request) -> date:
    """The calendar date in Asia/Shanghai."""
    return today_of(request.app.state.db)


@router.get("", summary="某日施行的标准，逐条")
def standing(
    request: Request,
    actor: Actor = require("public.read"),
    on: Annotated[date | None, Query(description="生产日期，默认今天")] = None,
    stage: Annotated[str, Query(max_length=10, description="田、市、加、配、餐、桌")] = "",
    category: Annotated[str, Query(max_length=200, description="食品类别，如 熟肉制品")] = "",
    q: Annotated[str, Query(max_length=60, description="在标准、项目、范围中查找")] = "",
) -> Response:
    """What is in force for things produced on a day, standard by standard and clause by clause."""
    limit(request, actor)
    day = on or today(request)
    book = reading.book_in_force(request)
    found = reading.standing(book, day, stage, category, q)
    return _json(
        {
            "on": day.isoformat(),
            "stage": stage,
            "category": category,
            "rulebook": book.version,
            "notice": NOTICE,
            "items": [
                standard_json(standard) | {"clauses": [clause_json(clause) for clause in clauses]}
                for standard, clauses in found
            ],
        }
    )


@router.get("/parameters", summary="检验项目词典")
def dictionary(request: Request, actor: Actor = require("public.read")) -> Response:
    """Every test parameter with its spellings and units, the usual unit first."""
    limit(request, actor)
    book = reading.book_in_force(request)
    return _json({"rulebook": book.version, "items": [parameter_json(one) for one in book.dictionary.parameters]})


@router.get("/clauses/{clause_id}", summary="一个条款")
def clause(
    request: Request, clause_id: Annotated[str, Path(max_length=60)], actor: Actor = require("public.read")
) -> Response:
    """One clause with its standard."""
    limit(request, actor)
    book = reading.book_in_force(request)
    standard, found = reading.one_clause(book, clause_id)
    return _json(
        clause_json(found)
        | {
            "edition": standard_json(standard),
            "rulebook": book.version,
            "page": f"/standards/clauses/{found.id}",
        }
    )
