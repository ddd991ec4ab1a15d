"""SQL of the register: append statements, read them in the order of commit, find what a form must not repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, insert, or_, select
from sqlmodel import SQLModel

from chain.register.models import Statement
from chain.register.tables import ChainImport, ChainStatement, ChainSubject

statement: Table = SQLModel.metadata.tables[ChainStatement.__tablename__]
subject: Table = SQLModel.metadata.tables[ChainSubject.__tablename__]
imported: Table = SQLModel.metadata.tables[ChainImport.__tablename__]

MANY = 500
_decode = msgspec.json.Decoder().decode
_FOLDED = (
    statement.c.seq, statement.c.id, statement.c.subject_kind, statement.c.subject_key, statement.c.kind,
    statement.c.body, statement.c.data_date, statement.c.source, statement.c.basis, statement.c.recorded_at,
    statement.c.recorded_by, statement.c.organisation, statement.c.import_id, statement.c.withdraws,
)  # fmt: skip


def last_seq(conn: Connection) -> int:
    """The place of the newest statement; 0 in an empty register."""
    return int(conn.execute(select(func.coalesce(func.max(statement.c.seq), 0))).scalar_one())


def append(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write statements in their order; ``seq`` is given here. A rival transaction makes one of the two run again."""
    if rows:
        first = last_seq(conn) + 1
        conn.execute(insert(statement), [dict(row) | {"seq": first + at} for at, row in enumerate(rows)])


def insert_subjects(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(subject), list(rows))


def insert_import(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(imported), row)


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


@lru_cache(maxsize=4096)
def _shared(text: str) -> str:
    """One object for a source that stands in thousands of rows."""
    return text


def read_statement(row: Sequence[Any]) -> Statement:
    """A stored row as a statement."""
    seq, made, kind, key, what, body, day, source, basis, at, by, organisation, import_id, withdraws = row[:14]
    return Statement(
        seq, made, _shared(kind), key, _shared(what), _decode(body), _day(day), _shared(source), _shared(basis), at, by,  # type: ignore[arg-type]
        organisation, import_id, withdraws,
    )  # fmt: skip


def after(conn: Connection, seq: int) -> Iterator[Statement]:
    """Statements committed after ``seq``, in order."""
    query = select(*_FOLDED).where(statement.c.seq > seq).order_by(statement.c.seq)
    return (read_statement(row) for row in conn.execution_options(yield_per=5000).execute(query))


def before(conn: Connection, micros: int) -> Iterator[Statement]:
    """Statements recorded before a moment, in the order of commit."""
    query = select(*_FOLDED).where(statement.c.recorded_at < micros).order_by(statement.c.seq)
    return (read_statement(row) for row in conn.execution_options(yield_per=5000).execute(query))


def get_statement(conn: Connection, statement_id: int) -> Row[Any] | None:
    return conn.execute(_history().where(statement.c.id == statement_id)).first()


def recorded(conn: Connection, ids: Iterable[int]) -> list[Row[Any]]:
    """Who recorded some statements: rows of ``id``, ``recorded_by``, ``organisation``."""
    wanted = sorted(set(ids))
    found: list[Row[Any]] = []
    for start in range(0, len(wanted), 500):
        query = select(statement.c.id, statement.c.recorded_by, statement.c.organisation)
        found += list(conn.execute(query.where(statement.c.id.in_(wanted[start : start + 500]))))
    return found


def _history() -> Select[Any]:
    gone = statement.alias("gone")
    ended = (
        select(func.min(gone.c.id))
        .where(or_(gone.c.withdraws == statement.c.id, gone.c.withdraws == statement.c.import_id))
        .scalar_subquery()
    )
    return select(statement, ended.label("withdrawn_by"))


def history(
    conn: Connection,
    *,
    subjects: Sequence[str] = (),
    link: str = "",
    kind: str = "",
    without: Sequence[str] = (),
    before_seq: int | None = None,
    recorded_before: int | None = None,
    limit: int = 50,
) -> list[Row[Any]]:
    """Statements, the newest first, each with the id of what withdrew it. ``withdraw`` rows stand with their subject.

    ``without`` are kinds left out, and what withdrew one of them: neither tells that there was any.
    """
    query = _history()
    if subjects:
        query = query.where(statement.c.subject_key.in_(subjects))
    if link:
        query = query.where(statement.c.link == link)
    if kind:
        query = query.where(statement.c.kind == kind)
    if without:
        target = statement.alias("target")
        named = select(target.c.id).where(target.c.id == statement.c.withdraws, target.c.kind.in_(without))
        query = query.where(statement.c.kind.not_in(without), ~named.exists())
    if before_seq is not None:
        query = query.where(statement.c.seq < before_seq)
    if recorded_before is not None:
        query = query.where(statement.c.recorded_at < recorded_before)
    return list(conn.execute(query.order_by(statement.c.seq.desc()).limit(limit)))


def _dead() -> ColumnElement[bool]:
    gone = statement.alias("gone")
    why = or_(gone.c.withdraws == statement.c.id, gone.c.withdraws == statement.c.import_id)
    return select(gone.c.id).where(why).exists()


def _live_subject_rows() -> Select[Any]:
    columns = (statement.c.subject_key, statement.c.subject_kind, statement.c.code, statement.c.body, statement.c.seq)
    return select(*columns).where(statement.c.kind == "subject", ~_dead())


def holders_of_codes(conn: Connection, codes: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """Live descriptions that gave one of these credit codes: code → rows, the newest first."""
    found: dict[str, list[Row[Any]]] = {}
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), MANY):
        query = _live_subject_rows().where(statement.c.code.in_(wanted[start : start + MANY]))
        for row in conn.execute(query.order_by(statement.c.seq.desc())):
            found.setdefault(row.code, []).append(row)
    return found


def codes_of(conn: Connection, keys: Iterable[str]) -> set[str]:
    """The credit codes of every live description of these subjects, earlier ones too."""
    found: set[str] = set()
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), MANY):
        query = _live_subject_rows().where(statement.c.subject_key.in_(wanted[start : start + MANY]))
        found |= {row.code for row in conn.execute(query) if row.code}
    return found


def descriptions(conn: Connection, keys: Iterable[str]) -> dict[str, Row[Any]]:
    """The newest live description of each subject, by key."""
    found: dict[str, Row[Any]] = {}
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), MANY):
        query = _live_subject_rows().where(statement.c.subject_key.in_(wanted[start : start + MANY]))
        for row in conn.execute(query.order_by(statement.c.seq)):
            found[row.subject_key] = row
    return found


def merges(conn: Connection) -> list[tuple[str, str]]:
    """The pairs that stand as found to be one."""
    query = select(statement.c.subject_key, statement.c.body).where(statement.c.kind == "same_as", ~_dead())
    return [(row.subject_key, str(_decode(row.body)["other"])) for row in conn.execute(query)]


def sources_of_subjects(conn: Connection, sources: Iterable[str]) -> set[tuple[str, str]]:
    """(name, source) of every description ever recorded from one of these sources, withdrawn ones too."""
    query = select(statement.c.body, statement.c.source).where(
        statement.c.kind == "subject", statement.c.source.in_(sorted(set(sources)))
    )
    return {(str(_decode(row.body)["name"]), row.source) for row in conn.execute(query)}


def withdrawal_of(conn: Connection, target: int) -> Row[Any] | None:
    """What withdrew a statement or undid an import; None while it stands."""
    return conn.execute(select(statement).where(statement.c.withdraws == target)).first()


def first_units(conn: Connection, links: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Link → (unit, subject key) of the oldest capacity that stands; links without one are absent."""
    first = (
        select(func.min(statement.c.seq))
        .where(
            statement.c.link.in_(sorted(set(links))),
            statement.c.kind == "operates",
            statement.c.body.not_like('%"low":null%'),
            ~_dead(),
        )
        .group_by(statement.c.link)
    )
    query = select(statement.c.link, statement.c.subject_key, statement.c.body).where(statement.c.seq.in_(first))
    return {row.link: (_decode(row.body)["unit"], row.subject_key) for row in conn.execute(query)}


def get_import(conn: Connection, import_id: int) -> Row[Any] | None:
    return conn.execute(select(imported).where(imported.c.id == import_id)).first()


def imports(conn: Connection, before_id: int | None, limit: int) -> list[Row[Any]]:
    """The newest first, each with what undid it."""
    ended = select(func.min(statement.c.id)).where(statement.c.withdraws == imported.c.id).scalar_subquery()
    query = select(imported, ended.label("undone_by"))
    if before_id is not None:
        query = query.where(imported.c.id < before_id)
    return list(conn.execute(query.order_by(imported.c.id.desc()).limit(limit)))


def kinds_of_import(conn: Connection, import_id: int) -> set[str]:
    """Kinds of the statements that an import brought in."""
    query = select(statement.c.kind).where(statement.c.import_id == import_id).distinct()
    return set(conn.execute(query).scalars())
