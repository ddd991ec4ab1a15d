"""Judge batches by the rulebook in force and remember what it said (system comparison, not an inspection)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from trace.chunking import chunks
from trace.context import Context
from trace.journal.canonical import dumps
from trace.notices.commands import announce_verdicts
from trace.rulebooks.books import current_book
from trace.standards import Rulebook
from trace.verdicts import store
from trace.verdicts.answers import answer
from trace.verdicts.facts import Case, canonical, digest, gather
from trace.verdicts.models import Judged


def judge(ctx: Context, batch_id: int, cause: str) -> str:
    """Evaluate a product batch as it now stands and keep the verdict; gives its status.

    Raw lots are evidence, not products, and have no verdict ('').
    """
    done = judge_many(ctx, [batch_id], cause)
    return done[0].after if done else ""


def judge_many(ctx: Context, batch_ids: Iterable[int], cause: str, book: Rulebook | None = None) -> list[Judged]:
    """Evaluate batches and keep what is new, in a few statements per 500; gives every product batch among them.

    A verdict that says the same of the same facts is not written again, whichever version of the rulebook
    says it: the row keeps the version that first said so.
    """
    used = book or current_book(ctx.conn)
    done: list[Judged] = []
    for part in chunks(batch_ids):
        cases = gather(ctx.conn, part)
        last = store.verdicts_by_id(ctx.conn, [c.row.verdict_id for c in cases.values() if c.row.verdict_id])
        rows: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        for batch_id, case in cases.items():
            text = canonical(case.facts)
            new = _row(ctx, case, digest(text), answer(used, case.facts), cause)
            before = last.get(case.row.verdict_id)
            same = before is not None and _says(before) == _says(new)
            if not same:
                rows.append(new)
                kept.append(
                    {
                        "batch_id": batch_id,
                        "digest": new["facts_digest"],
                        "tenant_id": case.row.tenant_id,
                        "facts": text,
                    }
                )
            done.append(
                Judged(
                    batch_id,
                    case.row.tenant_id,
                    before.status if before is not None else "",
                    new["status"],
                    before.id if before is not None else None,
                    before.id if before is not None and same else new["id"],
                    not same,
                )
            )
        store.keep_facts(ctx.conn, kept)
        store.insert_verdicts(ctx.conn, rows)
        store.decide_clauses(ctx.conn, rows)
        store.point_batches(ctx.conn, [(row["batch_id"], row["status"], row["id"]) for row in rows])
    announce_verdicts(ctx, done)
    return done


def _row(ctx: Context, case: Case, facts_digest: str, told: dict[str, Any], cause: str) -> dict[str, Any]:
    return {
        "id": ctx.new_id(),
        "tenant_id": case.row.tenant_id,
        "batch_id": case.row.id,
        "at": ctx.now,
        "rulebook": told["rulebook"],
        "status": told["verdict"],
        "findings": dumps(told["findings"]),
        "notes": dumps(told.get("notes") or []),
        "product": dumps(told["product"]),
        "cause": cause,
        "request_id": ctx.request_id,
        "facts_digest": facts_digest,
    }


def _says(row: Row[Any] | dict[str, Any]) -> tuple[Any, ...]:
    of = row if isinstance(row, dict) else row._mapping
    return tuple(of[name] for name in ("status", "findings", "notes", "product", "facts_digest"))
