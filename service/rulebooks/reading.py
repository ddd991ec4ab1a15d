"""Published rulebooks as JSON and for pages, cut to the actor: an enterprise reads its own batches' changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from service.accounts.permissions import Actor
from service.batches.reading import iso
from trace.batches import store as batches
from trace.errors import NotFound
from trace.rulebooks import store
from trace.rulebooks.books import Candidate, current_book
from trace.rulebooks.commands import Change, Preview
from trace.rulebooks.comparing import KINDS, sentence
from trace.verdicts import store as verdicts

PAGE = 200
"""Changed batches told at once."""


def scope_of(actor: Actor) -> int | None:
    """Whose batches' changes the actor reads: all (None) for operators and officers, else the own organisation's."""
    everything = "operator" in actor.roles or actor.supervises
    return None if everything else actor.org_id


def listed(conn: Connection, actor: Actor) -> list[dict[str, Any]]:
    """Every published rulebook with its one line, newest first."""
    counts, waiting = store.change_counts(conn, scope_of(actor)), verdicts.waiting_counts(conn)
    now = current_book(conn).version
    return [
        _head(row, counts.get(row.id, []), waiting.get(row.id, 0), now == row.version) for row in store.published(conn)
    ]


def one(conn: Connection, actor: Actor, book_id: int, after: int = 0, limit: int = PAGE) -> dict[str, Any]:
    """One published rulebook with a page of the batches it changed; ``next`` goes on. Raises NotFound."""
    row = store.get(conn, book_id)
    if row is None:
        raise NotFound("没有这个规则库版本", "No such published rulebook")
    scope = scope_of(actor)
    counts = store.change_counts(conn, scope).get(book_id, [])
    changes = store.changes_of(conn, book_id, scope, limit + 1, after)
    following = str(changes[limit - 1].batch_id) if len(changes) > limit else None
    found = [Change(c.batch_id, c.tenant_id, c.before, c.after, json.loads(c.clauses)) for c in changes[:limit]]
    waiting = verdicts.waiting_counts(conn).get(book_id, 0)
    head = _head(row, counts, waiting, current_book(conn).version == row.version)
    return head | {"signoffs": json.loads(row.signoffs), "changes": changed(conn, found), "next": following}


def _head(row: Row[Any], counts: Sequence[Row[Any]], waiting: int, in_force: bool) -> dict[str, Any]:
    tally = sorted(((c.before, c.after, c.batches) for c in counts), key=lambda one: -one[2])
    return {
        "id": str(row.id),
        "number": row.number,
        "version": row.version,
        "digest": row.digest,
        "published_at": iso(row.published_at),
        "reason": row.reason,
        "concerned": row.concerned,
        "waiting": waiting,
        "finished": waiting == 0,
        "in_force": in_force,
        "summary": sentence(row.number, tally),
        "counts": [{"before": before, "after": after, "batches": n} for before, after, n in tally],
    }


def previewed(conn: Connection, candidate: Candidate, found: Preview) -> dict[str, Any]:
    """A dry run for the operator."""
    newest = store.newest(conn)
    return {
        "number": candidate.number,
        "version": candidate.book.version,
        "digest": candidate.book.digest,
        "nothing_new": newest is not None and newest.digest == candidate.book.digest,
        "signoffs": len(candidate.signoffs),
        "concerned": found.concerned,
        "summary": sentence(candidate.number, found.counts()),
        "counts": [{"before": b, "after": a, "batches": n} for b, a, n in found.counts()],
        "changes": changed(conn, found.changes),
    }


def changed(conn: Connection, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes with the names of the batches."""
    rows: Mapping[int, Row[Any]] = batches.batches_by_id(conn, [one.batch_id for one in changes])
    return [
        {
            "batch_id": str(one.batch_id),
            "product": rows[one.batch_id].item_name if one.batch_id in rows else "",
            "lot": rows[one.batch_id].lot if one.batch_id in rows else "",
            "maker": rows[one.batch_id].maker_name if one.batch_id in rows else "",
            "before": one.before,
            "after": one.after,
            "clauses": [dict(clause) | {"kind_text": KINDS[clause["kind"]]} for clause in one.clauses],
        }
        for one in changes
    ]
