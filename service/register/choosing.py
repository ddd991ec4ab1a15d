"""The other party of a statement: found by name, pinyin initials, credit code or number, then chosen from a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from chain.register.commands import known_links
from chain.register.folding import Register
from chain.register.models import SUBJECT_KINDS, SubjectFact
from chain.register.rules import Checker, NewStatement
from service.accounts.dependencies import require
from service.accounts.permissions import Actor
from service.params import IdPath
from service.register.asking import ask, day_of, search
from service.register.current import Desk
from service.routing import Router
from service.web.render import page
from trace.errors import InvalidInput
from trace.problems import Problems

router = Router(prefix="/chain/register", include_in_schema=False)
PARTIES: Mapping[str, tuple[str, str]] = {"supplies": ("to", "供给对象"), "served_by": ("other", "服务方")}
"""Kind of statement → (the body's field that holds the other party, how the form calls it)."""
MOST = 20
Option = tuple[str, str]


def matching(register: Register, q: str, but: str) -> list[SubjectFact]:
    """Everybody but ``but`` whom ``q`` may mean, the newest first; only those with exactly that name or number if any."""
    words = q.strip()
    if not words:
        return []
    found = [one for one in search(register, words, "", "", {}) if one.subject != but]
    exact = [one for one in register.subjects if words in (one.name, one.subject) and one.subject != but]
    return exact or found


def option(one: SubjectFact) -> Option:
    """A subject in a list of choices: (id, 「名称 · 类型 · 信用代码」)."""
    return one.subject, " · ".join(part for part in (one.name, SUBJECT_KINDS[one.subject_kind], one.code) if part)


def options(register: Register, given: Mapping[str, str], kind: str, but: str) -> list[Option]:
    """What the list of a form shows again: the party that was chosen, then everybody whom the typed words may mean."""
    chosen = register.subject(given.get(PARTIES[kind][0], ""))
    found = matching(register, given.get("find", ""), but)
    listed = [chosen, *(one for one in found if one != chosen)] if chosen is not None else found
    return [option(one) for one in listed[:MOST]]


def with_party(request: Request, new: NewStatement, q: str) -> NewStatement:
    """A statement with its other party: what was chosen, else the only one whom the words can mean, else nobody.

    Raises InvalidInput where the words mean nobody, or several, together with what else is wrong.
    """
    field = PARTIES[new.kind][0]
    if new.body.get(field) or not q.strip():
        return new
    try:
        return replace(new, body={**new.body, field: _meant(request, new.kind, q, new.subject)})
    except InvalidInput as unknown:
        rest = Problems()
        Checker(rest, known_links(), day_of(request, "")).check(new)
        others = [one for one in rest.errors if one.pointer != f"/{field}"]
        raise InvalidInput(errors=[*unknown.errors, *others]) from None


def _meant(request: Request, kind: str, q: str, but: str) -> str:
    name = PARTIES[kind][1]
    found = ask(request, "", lambda _conn, _desk, register: matching(register, q, but))
    if not found:
        raise InvalidInput.of(
            "/find", "no_such_subject",
            f"{name}“{q[:30]}”没有找到：可写名称、拼音首字母、信用代码或编号；还没有登记的请先登记主体", "nobody fits",
        )  # fmt: skip
    if len(found) > 1:
        more = f"（只列前 {MOST} 个，找不到请再写几个字）" if len(found) > MOST else ""
        raise InvalidInput.of(
            "/find",
            "several",
            f"{name}“{q[:30]}”有 {len(found)} 个主体符合，请在下面的列表里选一个{more}",
            "several fit",
        )
    return found[0].subject


@router.get("/{subject_id}/parties")
def parties(
    request: Request,
    subject_id: IdPath,
    kind: Literal["supplies", "served_by"],
    find: Annotated[str, Query(max_length=60)] = "",
    actor: Actor = require("register.edit"),
) -> Response:
    """The list of choices for what has been typed so far, as a part of the page."""

    def read(_conn: Connection, _desk: Desk, register: Register) -> dict[str, Any]:
        found = matching(register, find, str(subject_id))
        return {"found": [option(one) for one in found[:MOST]], "count": len(found)}

    told = ask(request, "", read)
    return page(
        request, "register/parties.html", kind=kind, name=PARTIES[kind][0], label=PARTIES[kind][1], q=find, **told
    )
