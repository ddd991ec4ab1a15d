"""Experts sign clauses off against the standard's own text (未核 → 已核原文), and take a sign-off back."""

from __future__ import annotations

import hashlib

from trace.context import Context
from trace.errors import Conflict, NotFound
from trace.journal.commands import record_act
from trace.problems import Problems
from trace.rulebooks import store
from trace.rulebooks.books import current_book
from trace.standards import load_book
from trace.standards.clauses import Clause
from trace.standards.signing import content_digest

SUBJECT = "clause"
MIN_REMARK = 4


def clause_ref(clause_id: str) -> int:
    """The integer under which the journal files acts about a clause: the first 63 bits of SHA-256 of its id.

    Derived, not issued: every database and every rebuild gives the same number, nothing has to be written
    before a clause can be signed, and a clause needs no row of its own. The act's body names the clause in
    full, so that a collision (about 10⁻¹² for a thousand clauses) could be seen and does no harm.
    """
    return int.from_bytes(hashlib.sha256(clause_id.encode()).digest()[:8], "big") >> 1


def readings(ctx: Context, clause_id: str) -> list[Clause]:
    """A clause as the book in force has it and as the shipped files have it. Raises NotFound."""
    books = (current_book(ctx.conn), load_book())
    found = [book.clauses[clause_id] for book in books if clause_id in book.clauses]
    if not found:
        raise NotFound(f"规则库中没有条款 {clause_id[:60]}", "No such clause")
    return found


def sign(ctx: Context, clause_id: str, document: str, page: str, remark: str, digest: str = "") -> int:
    """Record that an expert compared a clause with the standard's text: which document, which page, what was seen.

    ``digest`` is of the content the expert was shown; a clause that changed meanwhile is refused. It takes
    effect in the next published rulebook.
    """
    known = readings(ctx, clause_id)
    problems = Problems()
    where = problems.text(document, "/document", "所核文件（标准号与版本）", longest=120)
    which = problems.text(page, "/page", "页码或条号", longest=60)
    said = problems.text(remark, "/remark", "核对说明", longest=500)
    if said and len(said) < MIN_REMARK:
        problems.add("/remark", "too_short", f"核对说明“{said}”太短，请写明核对了什么", "say what was compared")
    shown = next((one for one in known if not digest or content_digest(one) == digest), None)
    if shown is None:
        problems.add("/digest", "changed", "条款内容在您打开页面后有变动，请刷新后按新内容核对", "the clause changed")
    problems.raise_if_any()
    assert shown is not None
    if shown.unknown:
        raise Conflict(
            f"条款 {clause_id} 的限量未知：请先在规则库文件中补上限量，再对照原文审签",
            "An unknown limit cannot be signed off: fill it in first",
            code="unknown_limit",
        )
    standing = store.get_signoff(ctx.conn, clause_id)
    if standing is not None and standing.digest == content_digest(shown):
        raise Conflict(f"条款 {clause_id} 的现有内容已经审签", "Signed off already", code="already_signed")
    body = {"clause_id": clause_id, "digest": content_digest(shown), "document": where, "page": which}
    return record_act(ctx, "clause.signed", SUBJECT, clause_ref(clause_id), body, said)


def withdraw(ctx: Context, clause_id: str, reason: str) -> int:
    """Take a sign-off back; the clause is 未核 again from the next published rulebook on."""
    standing = store.get_signoff(ctx.conn, clause_id)
    if standing is None:
        raise NotFound(f"条款 {clause_id[:60]} 没有审签，无可撤回", "Not signed off")
    problems = Problems()
    why = problems.text(reason, "/reason", "撤回理由", longest=500)
    if why and len(why) < MIN_REMARK:
        problems.add("/reason", "too_short", f"撤回理由“{why}”太短，请写明依据", "say why")
    problems.raise_if_any()
    body = {"clause_id": clause_id, "signoff_id": str(standing.act_id)}
    return record_act(ctx, "clause.signoff_withdrawn", SUBJECT, clause_ref(clause_id), body, why)
