"""SQL of verdicts, of the inputs they were judged on, and of the batches still to be judged again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, delete, func, insert, literal, or_, select, update
from sqlmodel import SQLModel

from trace.batches.tables import Batch
from trace.chunking import chunks
from trace.suspicion import store as suspicion
from trace.verdicts.findings import deciding
from trace.verdicts.tables import Rejudge, Verdict, VerdictClause, VerdictFacts

verdict: Table = SQLModel.metadata.tables[Verdict.__tablename__]
verdict_facts: Table = SQLModel.metadata.tables[VerdictFacts.__tablename__]
rejudge: Table = SQLModel.metadata.tables[Rejudge.__tablename__]
verdict_clause: Table = SQLModel.metadata.tables[VerdictClause.__tablename__]
_batch: Table = SQLModel.metadata.tables[Batch.__tablename__]


def insert_verdicts(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(verdict), list(rows))


def point_batches(conn: Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    """Let batches show their newest verdict: (batch id, status, verdict id)."""
    if rows:
        statement = update(_batch).where(_batch.c.id == bindparam("b_id"))
        conn.execute(
            statement.values(verdict=bindparam("b_status"), verdict_id=bindparam("b_verdict")),
            [{"b_id": batch_id, "b_status": status, "b_verdict": made} for batch_id, status, made in rows],
        )
        suspicion.begin(conn, (batch_id for batch_id, status, _ in rows if status == "fail"))
        suspicion.again(conn, (batch_id for batch_id, status, _ in rows if status != "fail"))


def decide_clauses(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which clauses decided the verdicts that were just made; what decided earlier ones goes."""
    for part in chunks(row["batch_id"] for row in rows):
        conn.execute(delete(verdict_clause).where(verdict_clause.c.batch_id.in_(part)))
    decided = [
        {"clause_id": clause, "batch_id": row["batch_id"], "tenant_id": row["tenant_id"], "status": row["status"]}
        for row in rows
        for clause in deciding(row["status"], row["findings"])
    ]
    if decided:
        conn.execute(insert(verdict_clause), decided)


def decided_by(conn: Connection, clause_id: str, tenant_id: int | None, limit: int) -> list[Row[Any]]:
    """Batches whose newest verdict a clause decided, the newest batch first; of one organisation, or of all with None."""
    query = select(verdict_clause.c.batch_id, verdict_clause.c.status).where(verdict_clause.c.clause_id == clause_id)
    if tenant_id is not None:
        query = query.where(verdict_clause.c.tenant_id == tenant_id)
    return list(conn.execute(query.order_by(verdict_clause.c.batch_id.desc()).limit(limit)))


def count_decided_by(conn: Connection, clause_ids: Sequence[str], tenant_id: int | None) -> dict[str, int]:
    """How many batches each clause decided; clauses without one are left out."""
    query = select(verdict_clause.c.clause_id, func.count().label("n")).group_by(verdict_clause.c.clause_id)
    query = query.where(verdict_clause.c.clause_id.in_(clause_ids))
    if tenant_id is not None:
        query = query.where(verdict_clause.c.tenant_id == tenant_id)
    return {row.clause_id: row.n for row in conn.execute(query)}


def keep_facts(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep inputs, each once: a batch judged again on the same ones refers to the row that is there."""
    known: set[tuple[int, str]] = set()
    for part in chunks(row["batch_id"] for row in rows):
        found = conn.execute(
            select(verdict_facts.c.batch_id, verdict_facts.c.digest).where(verdict_facts.c.batch_id.in_(part))
        )
        known |= {(row.batch_id, row.digest) for row in found}
    new = [row for row in rows if (row["batch_id"], row["digest"]) not in known]
    if new:
        conn.execute(insert(verdict_facts), new)


def facts_of(conn: Connection, batch_id: int, digest: str) -> str | None:
    """The canonical JSON that a verdict was judged on."""
    found = conn.execute(
        select(verdict_facts.c.facts).where(verdict_facts.c.batch_id == batch_id, verdict_facts.c.digest == digest)
    ).scalar()
    return None if found is None else str(found)


def get_verdict(conn: Connection, verdict_id: int) -> Row[Any] | None:
    return conn.execute(select(verdict).where(verdict.c.id == verdict_id)).first()


def verdicts_by_id(conn: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for part in chunks(ids):
        found |= {row.id: row for row in conn.execute(select(verdict).where(verdict.c.id.in_(part)))}
    return found


def latest_verdict(conn: Connection, batch_id: int) -> Row[Any] | None:
    return conn.execute(
        select(verdict).where(verdict.c.batch_id == batch_id).order_by(verdict.c.id.desc()).limit(1)
    ).first()


def verdicts_of(conn: Connection, batch_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(verdict).where(verdict.c.batch_id == batch_id).order_by(verdict.c.id)))


def standing(conn: Connection, batch_ids: Iterable[int]) -> list[Row[Any]]:
    """Many batches as they stand: (id, tenant_id, status, findings) of each batch's verdict, by batch id."""
    found: list[Row[Any]] = []
    for part in chunks(batch_ids):
        query = select(_batch.c.id, _batch.c.tenant_id, verdict.c.status, verdict.c.findings)
        joined = query.join(verdict, verdict.c.id == _batch.c.verdict_id)
        found += conn.execute(joined.where(_batch.c.id.in_(part)).order_by(_batch.c.id))
    return found


def latest_verdicts(conn: Connection) -> list[Row[Any]]:
    """The newest verdict of every batch: (batch_id, id, tenant_id, status, findings)."""
    newest = select(func.max(verdict.c.id)).group_by(verdict.c.batch_id)
    columns = (verdict.c.batch_id, verdict.c.id, verdict.c.tenant_id, verdict.c.status, verdict.c.findings)
    return list(conn.execute(select(*columns).where(verdict.c.id.in_(newest))))


def before_book(conn: Connection, batch_ids: Iterable[int], book_id: int) -> dict[int, int]:
    """The last verdict of each batch from before a rulebook was published: batch id → verdict id."""
    found: dict[int, int] = {}
    for part in chunks(batch_ids):
        rows = conn.execute(
            select(verdict.c.batch_id, func.max(verdict.c.id).label("id"))
            .where(verdict.c.batch_id.in_(part), verdict.c.id < book_id)
            .group_by(verdict.c.batch_id)
        )
        found |= {row.batch_id: row.id for row in rows}
    return found


# ---- live batches and the work left --------------------------------------------------------------

LIVE = and_(
    _batch.c.kind == "product", _batch.c.produced_on.is_not(None), _batch.c.state.not_in(("reserved", "voided"))
)
"""Which batches a changed rulebook concerns."""


def live_after(conn: Connection, after: int, limit: int, tenant_id: int | None = None) -> list[int]:
    """Ids of live product batches above ``after``, in order: for walking all of them in pieces."""
    query = select(_batch.c.id).where(LIVE, _batch.c.id > after).order_by(_batch.c.id).limit(limit)
    if tenant_id is not None:
        query = query.where(_batch.c.tenant_id == tenant_id)
    return [row.id for row in conn.execute(query)]


def live_of(conn: Connection, *, tenant_id: int | None = None, item_id: int | None = None) -> list[int]:
    """Ids of the live product batches of an organisation or of one trade item."""
    query = select(_batch.c.id).where(LIVE).order_by(_batch.c.id.desc())
    if tenant_id is not None:
        query = query.where(_batch.c.tenant_id == tenant_id)
    if item_id is not None:
        query = query.where(_batch.c.item_id == item_id)
    return [row.id for row in conn.execute(query)]


def lots_of_item(conn: Connection, item_id: int) -> list[int]:
    """Ids of all lots of a trade item, raw ones too."""
    return [row.id for row in conn.execute(select(_batch.c.id).where(_batch.c.item_id == item_id))]


def live_among(conn: Connection, ids: Iterable[int], tenant_id: int | None = None) -> list[int]:
    """Which lots are live product batches (of one organisation)."""
    found: list[int] = []
    for part in chunks(ids):
        query = select(_batch.c.id).where(LIVE, _batch.c.id.in_(part)).order_by(_batch.c.id)
        if tenant_id is not None:
            query = query.where(_batch.c.tenant_id == tenant_id)
        found += [row.id for row in conn.execute(query)]
    return found


def ask_all(conn: Connection, book_id: int, cause: str, request_id: str, at: int) -> int:
    """Put every live batch on the list for a rulebook, in one statement; gives how many."""
    rows = select(literal(book_id), _batch.c.id, literal(cause), literal(request_id), literal(at)).where(LIVE)
    columns = ["rulebook_id", "batch_id", "cause", "request_id", "asked_at"]
    conn.execute(insert(rejudge).from_select(columns, rows))
    return waiting_counts(conn).get(book_id, 0)


def ask(conn: Connection, ids: Iterable[int], cause: str, request_id: str, at: int) -> None:
    """Put batches on the list; one that is there already stays as it is."""
    for part in chunks(ids):
        there = conn.execute(select(rejudge.c.batch_id).where(rejudge.c.rulebook_id == 0, rejudge.c.batch_id.in_(part)))
        known = {row.batch_id for row in there}
        rows = [
            {"rulebook_id": 0, "batch_id": one, "cause": cause, "request_id": request_id, "asked_at": at}
            for one in part
            if one not in known
        ]
        if rows:
            conn.execute(insert(rejudge), rows)


def waiting(conn: Connection, limit: int) -> list[Row[Any]]:
    """The next batches to judge again; those of one rulebook or cause stand together."""
    query = select(rejudge).order_by(rejudge.c.rulebook_id, rejudge.c.batch_id).limit(limit)
    return list(conn.execute(query))


def waiting_counts(conn: Connection) -> dict[int, int]:
    """How many batches still wait, by rulebook (0: other causes)."""
    rows = conn.execute(select(rejudge.c.rulebook_id, func.count().label("n")).group_by(rejudge.c.rulebook_id))
    return {row.rulebook_id: row.n for row in rows}


def done(conn: Connection, rows: Sequence[Row[Any]]) -> None:
    """Take batches off the list."""
    for start in range(0, len(rows), 200):
        part = rows[start : start + 200]
        same = or_(
            *(
                and_(
                    rejudge.c.rulebook_id == book_id,
                    rejudge.c.batch_id.in_([r.batch_id for r in part if r.rulebook_id == book_id]),
                )
                for book_id in {r.rulebook_id for r in part}
            )
        )
        conn.execute(delete(rejudge).where(same))
