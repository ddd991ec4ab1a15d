"""Judging again under the present rulebook, chunk by chunk, so that others are served in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.database import Database
from trace.bulletins import importing, store
from trace.context import Context
from trace.rulebooks.books import current_book
from trace.standards import Rulebook

Write = Callable[[Callable[[Context], Any]], Any]


def judge_one(write: Write, bulletin_id: int) -> dict[str, Any]:
    """One bulletin; ``write`` runs a command in a transaction of its own. Raises NotFound."""
    book: Rulebook = write(lambda ctx: current_book(ctx.conn))
    looked = changed = 0
    after: int | None = 0
    while after is not None:
        start = after

        def chunk(ctx: Context, start: int = start) -> tuple[int, int, int | None]:
            return importing.judge_again(ctx, bulletin_id, book, start)

        seen, fresh, after = write(chunk)
        looked, changed = looked + seen, changed + fresh
    return {"samples": looked, "changed": changed, "rulebook": book.version}


def judge_all(db: Database) -> dict[str, int]:
    """Every bulletin, as the platform itself (no account)."""

    def write(fn: Callable[[Context], Any]) -> Any:
        return db.write(lambda conn: fn(Context(conn, db.now(), db.new_id, 0, 0, "cli", db.settings.public_url)))

    told = {"bulletins": 0, "samples": 0, "changed": 0}
    before: int | None = None
    while True:
        with db.read() as conn:
            rows = store.list_bulletins(conn, before=before, limit=100)
        for row in rows:
            done = judge_one(write, row.id)
            told["bulletins"] += 1
            told["samples"] += done["samples"]
            told["changed"] += done["changed"]
        if len(rows) < 100:
            return told
        before = rows[-1].id
