"""Batches that a change concerns: a few are judged at once, the rest wait and are worked off in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from trace.context import Context
from trace.genealogy import store as genealogy
from trace.journal.canonical import dumps, loads
from trace.rulebooks import store as rulebooks
from trace.rulebooks.books import book_before, current_book
from trace.rulebooks.comparing import responsible
from trace.verdicts import store
from trace.verdicts.commands import judge_many

AT_ONCE = 100
"""Batches judged inside the command that concerns them; beyond that the writer would be held too long."""
PIECE = 100
"""Batches worked off in one transaction."""


def judge_again(ctx: Context, batch_ids: Iterable[int], cause: str) -> None:
    """Judge live batches that a change concerns: the newest at once, the others are put on the list."""
    ids = sorted(set(batch_ids), reverse=True)
    if ids:
        judge_many(ctx, ids[:AT_ONCE], cause)
    if ids[AT_ONCE:]:
        store.ask(ctx.conn, ids[AT_ONCE:], cause, ctx.request_id, ctx.now)


def judge_organisation(ctx: Context, cause: str) -> None:
    """Judge the live batches of the actor's organisation again."""
    judge_again(ctx, store.live_of(ctx.conn, tenant_id=ctx.tenant_id), cause)


def judge_item(ctx: Context, item_id: int, cause: str) -> None:
    """Judge the live batches of one trade item again, and those made from its lots, which name it."""
    users = store.live_among(ctx.conn, genealogy.made_from(ctx.conn, store.lots_of_item(ctx.conn, item_id)))
    judge_again(ctx, [*store.live_of(ctx.conn, item_id=item_id), *users], cause)


def judge_users(ctx: Context, lot_id: int, made_from: Iterable[int], cause: str, tenant_id: int | None = None) -> None:
    """Judge again what was made from a lot (of one organisation, where only its record changed)."""
    judge_again(ctx, store.live_among(ctx.conn, (one for one in made_from if one != lot_id), tenant_id), cause)


def work(ctx: Context, limit: int = PIECE) -> int:
    """Judge the next waiting batches and take them off the list; gives how many. 0 when nothing waits.

    May be stopped and begun again at any time: what was not committed is still on the list.
    """
    rows = store.waiting(ctx.conn, limit)
    same = lambda row: (row.rulebook_id, row.cause, row.request_id)  # noqa: E731 - key of sorting and grouping
    for (book_id, cause, request_id), group in groupby(sorted(rows, key=same), same):
        part = list(group)
        done = judge_many(replace(ctx, request_id=request_id), [row.batch_id for row in part], cause)
        if book_id:
            _note_changes(ctx, book_id, [one.batch_id for one in done])
    store.done(ctx.conn, rows)
    return len(rows)


def _note_changes(ctx: Context, book_id: int, batch_ids: Sequence[int]) -> None:
    """Keep which of these batches a published rulebook changed, against their last verdict from before it."""
    before_ids = store.before_book(ctx.conn, batch_ids, book_id)
    now = {row.id: row for row in store.standing(ctx.conn, batch_ids)}
    before = store.verdicts_by_id(ctx.conn, before_ids.values())
    old, new = book_before(ctx.conn, book_id), current_book(ctx.conn)
    rows: list[dict[str, Any]] = []
    for batch_id, row in now.items():
        was: Row[Any] | None = before.get(before_ids.get(batch_id, 0))
        status = was.status if was is not None else ""
        if status == row.status:
            continue
        findings = loads(was.findings) if was is not None else []
        why = responsible(old, new, findings, loads(row.findings))
        rows.append(
            {
                "rulebook_id": book_id,
                "batch_id": batch_id,
                "tenant_id": row.tenant_id,
                "before": status,
                "after": row.status,
                "clauses": dumps(why),
                "at": ctx.now,
            }
        )
    rulebooks.insert_changes(ctx.conn, rows)
