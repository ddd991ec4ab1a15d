"""Judging 10,000 batches again under a corrected rulebook, in pieces as the server does it, on SQLite."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

from sqlalchemy import insert, select

import service.schema
from bench.data import District
from service.database import Database
from service.rulebooks.draining import piece
from trace.context import Context
from trace.rulebooks.books import candidate, shipped_texts
from trace.rulebooks.commands import preview, publish
from trace.verdicts import store
from trace.verdicts.commands import judge_many

COUNT = 10_000
_TABLES = service.schema.metadata.tables


def rejudge(district: District, count: int = COUNT) -> list[str]:
    """Copies of a registered batch with its inputs and report; then a dry run, and the work after publishing."""
    db = Database(district.settings)
    copied = db.write(lambda conn: _copies(db, conn, count))

    def context(conn: Any) -> Context:
        return Context(conn, db.now(), db.new_id, 1, copied[1], "bench", district.settings.public_url)

    for start in range(0, count, 500):
        db.write(lambda conn, s=start: judge_many(context(conn), copied[0][s : s + 500], "registered"))
    texts = shipped_texts()
    name = "gb-2726-2016.yaml"
    texts[name] = texts[name].replace("{n: 5, c: 2, m: 10^4, M: 10^5}", "{n: 5, c: 2, m: 10^2, M: 10^3}")
    with db.read() as conn:
        began = time.perf_counter()
        found = candidate(conn, texts)
        foreseen = preview(conn, found)
        tried = time.perf_counter() - began
    db.write(lambda conn: publish(context(conn), found, "量测：更正限量", found.book.digest))
    began, cpu = time.perf_counter(), time.process_time()
    judged, longest = 0, 0.0
    while True:
        start_piece = time.perf_counter()
        done = piece(db)
        longest = max(longest, time.perf_counter() - start_piece)
        if not done:
            break
        judged += done
    spent, used = time.perf_counter() - began, time.process_time() - cpu
    with db.read() as conn:
        left = store.waiting_counts(conn)
    db.close()
    assert not left, left
    inputs = f"{copied[2]} inputs each"
    return [
        f"judge {judged:,} batches again, book of another limit, {len(foreseen.changes):,} change, {inputs}: {spent:.1f} s "
        f"({used / judged * 1e6:,.0f} µs CPU each; longest piece {longest * 1e3:,.0f} ms; goal ≤ 15 s for 10,000)",
        f"  dry run of the same, nothing kept: {tried:.1f} s",
    ]


def _copies(db: Database, conn: Any, count: int) -> tuple[list[int], int, int]:
    """Rows as registrations leave them, many times over: state, edges, report."""
    batch, edge, act, identifier = (_TABLES[n] for n in ("batch", "edge", "act", "identifier"))
    kinds = select(batch).where(batch.c.kind == "product", batch.c.verdict != "").order_by(batch.c.id)
    known = Counter(e.output_id for e in conn.execute(select(edge.c.output_id)).all())
    model = max((row for row in conn.execute(kinds) if row.verdict != "fail"), key=lambda row: known[row.id])
    edges = conn.execute(select(edge).where(edge.c.output_id == model.id)).all()
    reports = conn.execute(select(act).where(act.c.subject_id == model.id, act.c.kind == "report")).all()
    ids = [db.new_id() for _ in range(count)]
    plain = dict(model._mapping) | {"verdict": "", "verdict_id": None}
    conn.execute(insert(batch), [plain | {"id": i, "lot": f"RJ{n:05d}"} for n, i in enumerate(ids)])
    conn.execute(
        insert(identifier),
        [{"id": i, "uri": f"/id/BENCH/10/RJ{n:05d}", "kind": "lot", "alias_of": None} for n, i in enumerate(ids)],
    )
    conn.execute(insert(edge), [dict(e._mapping) | {"output_id": i} for i in ids for e in edges])
    conn.execute(
        insert(act),
        [
            dict(a._mapping)
            | {"id": db.new_id(), "subject_id": i, "body": json.dumps(json.loads(a.body), ensure_ascii=False)}
            for i in ids
            for a in reports
        ],
    )
    return ids, int(model.tenant_id), len(edges)
