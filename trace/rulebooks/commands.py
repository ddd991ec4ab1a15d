"""Try a rulebook on all live batches, publish it, and see what it changed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from trace.chunking import CHUNK
from trace.context import Context
from trace.errors import Conflict
from trace.journal.canonical import dumps
from trace.journal.commands import record_act
from trace.problems import MIN_REASON, Problems
from trace.rulebooks import store
from trace.rulebooks.books import Candidate, current_book, pack
from trace.rulebooks.comparing import responsible
from trace.verdicts import store as verdicts
from trace.verdicts.answers import answer
from trace.verdicts.facts import gather


@dataclass(frozen=True, slots=True)
class Change:
    """One batch whose verdict a candidate would change, and the clauses responsible (see ``responsible``)."""

    batch_id: int
    tenant_id: int
    before: str
    after: str
    clauses: Sequence[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Preview:
    """The outcome of a dry run over ``concerned`` live batches."""

    concerned: int
    changes: Sequence[Change]

    def counts(self) -> list[tuple[str, str, int]]:
        """(before, after, how many), the most first."""
        tally = Counter((one.before, one.after) for one in self.changes)
        return [(before, after, n) for (before, after), n in tally.most_common()]


def preview(conn: Connection, candidate: Candidate) -> Preview:
    """Judge every live product batch by a candidate and keep nothing: what would change, and why."""
    old = current_book(conn)
    concerned = 0
    changes: list[Change] = []
    for part in _live(conn):
        cases = gather(conn, part)
        last = verdicts.verdicts_by_id(conn, [c.row.verdict_id for c in cases.values() if c.row.verdict_id])
        concerned += len(cases)
        for batch_id, case in cases.items():
            told = answer(candidate.book, case.facts)
            before = last.get(case.row.verdict_id)
            status = before.status if before is not None else ""
            if status != told["verdict"]:
                findings = json.loads(before.findings) if before is not None else []
                why = responsible(old, candidate.book, findings, told["findings"])
                changes.append(Change(batch_id, case.row.tenant_id, status, told["verdict"], why))
    return Preview(concerned, changes)


def _live(conn: Connection) -> Iterator[list[int]]:
    after = 0
    while part := verdicts.live_after(conn, after, CHUNK):
        yield part
        after = part[-1]


def publish(ctx: Context, candidate: Candidate, reason: str, digest: str) -> int:
    """Make a candidate the book in force and put every live batch on the list to be judged again. Gives its id.

    ``digest`` is the tried candidate's: what was not tried is not published. The list is worked off in
    pieces (``trace.verdicts.waiting``), so that no transaction holds the writer for long.
    """
    problems = Problems()
    why = problems.text(reason, "/reason", "发布理由", longest=500)
    if why and len(why) < MIN_REASON:
        problems.add("/reason", "too_short", f"发布理由“{why}”太短，请写明改了什么、为什么", "say why")
    problems.raise_if_any()
    book = candidate.book
    if digest != book.digest:
        raise Conflict(
            "要发布的规则库与试算时的不同（文件或审签有变动），请重新试算后再发布",
            "The candidate changed since its dry run",
            code="candidate_changed",
        )
    newest = store.newest(ctx.conn)
    if newest is not None and verdicts.waiting_counts(ctx.conn).get(newest.id):
        raise Conflict(
            f"规则库 v{newest.number} 的重新比对还没有做完，做完后才能发布下一版",
            "The last rulebook's batches are still being judged again",
            code="still_judging",
        )
    if newest is not None and newest.digest == book.digest:
        raise Conflict(
            f"规则库与已发布的 v{newest.number} 完全相同，不需要再发布", "Nothing has changed", code="nothing_new"
        )
    signed = [{"clause_id": one.clause_id, "digest": one.digest} for one in candidate.signoffs]
    body = {"number": str(candidate.number), "version": book.version, "digest": book.digest, "signoffs": signed}
    book_id = ctx.new_id()
    row: dict[str, Any] = {
        "id": book_id,
        "number": candidate.number,
        "version": book.version,
        "digest": book.digest,
        "texts": pack(candidate.texts),
        "signoffs": dumps(signed),
        "published_at": ctx.now,
        "actor_id": ctx.actor_id,
        "tenant_id": ctx.tenant_id,
        "reason": why,
        "request_id": ctx.request_id,
        "concerned": verdicts.ask_all(ctx.conn, book_id, "rulebook", ctx.request_id, ctx.now),
    }
    store.insert_book(ctx.conn, row)
    record_act(ctx, "rulebook.published", "rulebook", book_id, body, why)
    return book_id
