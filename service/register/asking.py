"""What pages and API ask of the register alike: the day, a subject, a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, TypeVar

from fastapi import Query, Request
from sqlalchemy import Connection

from chain.needs.loading import bills
from chain.needs.models import Family
from chain.register.commands import known_links
from chain.register.folding import Register
from chain.register.likeness import Suspicion, initials
from chain.register.models import SubjectFact
from service.database import Database
from service.register.current import Desk, desk_of
from trace.context import local_datetime
from trace.errors import InvalidInput, NotFound
from trace.problems import Problems

T = TypeVar("T")
AsOf = Annotated[str, Query(max_length=10, description="截至哪一天（YYYY-MM-DD），不填为今天")]


def day_of(request: Request, as_of: str) -> date:
    """The day that is asked for, today by default. Raises InvalidInput for a day to come."""
    db: Database = request.app.state.db
    today = local_datetime(db.now()).date()
    problems = Problems()
    day = problems.day(as_of, "/as_of", "截至日期")
    problems.raise_if_any()
    if day is not None and day > today:
        raise InvalidInput.of("/as_of", "in_future", f"截至日期 {day} 晚于今天，请填今天或更早的日期", "in the future")
    return day or today


def ask(request: Request, as_of: str, fn: Callable[[Connection, Desk, Register], T]) -> T:
    """Ask the register of a day; nobody changes it meanwhile."""
    db: Database = request.app.state.db
    day = day_of(request, as_of)
    desk = desk_of(db)
    with db.read() as conn, desk.register(conn, day) as register:
        return fn(conn, desk, register)


def subject_in(register: Register, subject: str) -> SubjectFact:
    """A described subject. Raises NotFound."""
    known = register.subject(subject)
    if known is None:
        raise NotFound("没有这个主体，或登记已撤回", "No such subject")
    return known


def link_in(link: str) -> str:
    """A link's number in capitals. Raises NotFound."""
    if link.upper() not in known_links():
        raise NotFound(f"没有环节「{link[:20]}」", "No such link")
    return link.upper()


def family_in(family_id: str) -> Family:
    """A product family. Raises NotFound."""
    try:
        return bills().family(family_id)
    except KeyError:
        raise NotFound(f"没有产品族「{family_id[:40]}」", "No such product family") from None


def search(
    register: Register, q: str, kind: str, link: str, suspected: dict[str, list[Suspicion]], only_suspects: bool = False
) -> list[SubjectFact]:
    """Subjects by words of name or place, a credit code, or pinyin initials; by kind and link; the newest first."""
    words = q.split()
    at = (
        {fact.subject for fact in register.operates(link)} | {f.subject for f in register.candidates(link)}
        if link
        else None
    )
    found = [
        one
        for one in register.subjects
        if (not kind or one.subject_kind == kind)
        and (at is None or one.subject in at)
        and (not only_suspects or one.subject in suspected)
        and all(_fits(one, word) for word in words)
    ]
    return found[::-1]


def _fits(subject: SubjectFact, word: str) -> bool:
    upper = word.upper()
    return (
        word in subject.name
        or word in subject.place
        or (subject.code != "" and subject.code.startswith(upper))
        or (word.isascii() and word.isalpha() and upper in initials(subject.name))
    )
