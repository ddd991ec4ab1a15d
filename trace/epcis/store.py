"""SQL of capture jobs and of queries over the journal's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, false, func, insert, or_, select
from sqlmodel import SQLModel

from trace.epcis.querying import Asked, Ends, FieldTest, Named, Query
from trace.epcis.tables import CaptureJob, PersonalValue
from trace.journal.store import event, event_field, event_identifier, identifier

job: Table = SQLModel.metadata.tables[CaptureJob.__tablename__]
personal: Table = SQLModel.metadata.tables[PersonalValue.__tablename__]

_PARTY_FIELDS = (
    "source_owning_party", "source_possessing_party", "destination_owning_party", "destination_possessing_party",
)  # fmt: skip


def insert_job(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(job), row)


def get_job(conn: Connection, job_id: int, tenant_id: int) -> Row[Any] | None:
    """An organisation's own job."""
    return conn.execute(select(job).where(job.c.id == job_id, job.c.tenant_id == tenant_id)).first()


def jobs_of(conn: Connection, tenant_id: int, before: int | None, limit: int) -> list[Row[Any]]:
    """An organisation's jobs, the newest first."""
    query = select(job).where(job.c.tenant_id == tenant_id).order_by(job.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(job.c.id < before)
    return list(conn.execute(query))


def keep_personal(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(personal), list(rows))


def personal_values(conn: Connection, tenant_id: int, ids: Sequence[int]) -> dict[int, str]:
    """Personal values that an organisation itself sent: number → JSON."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        here = (personal.c.tenant_id == tenant_id, personal.c.id.in_(ids[start : start + 500]))
        found |= {row.id: row.value for row in conn.execute(select(personal.c.id, personal.c.value).where(*here))}
    return found


def forget_personal(conn: Connection, tenant_id: int, number: int) -> bool:
    """Delete a personal value for good; False where the organisation has none under the number."""
    return (
        conn.execute(delete(personal).where(personal.c.id == number, personal.c.tenant_id == tenant_id)).rowcount == 1
    )


def visible(organisation: tuple[int, str] | None) -> ColumnElement[bool] | None:
    """Which events an organisation (id, party URI) gets: its own and those that name it; None: all of them.

    An event is given whole or not at all (design section 4).
    """
    if organisation is None:
        return None
    organisation_id, party = organisation
    named = select(event_field.c.event_id).where(event_field.c.name.in_(_PARTY_FIELDS), event_field.c.value == party)
    return or_(event.c.tenant_id == organisation_id, event.c.id.in_(named))


def find(conn: Connection, query: Query, organisation: tuple[int, str] | None, limit: int) -> list[Row[Any]]:
    """The events a query asks for, in its order, at most ``limit``; the keyset continues after ``query.after``."""
    statement = select(event)
    seen = visible(organisation)
    conditions = [] if seen is None else [seen]
    conditions += [_condition(conn, one) for one in query.asked]
    order = event.c.event_time if query.order_by == "eventTime" else event.c.id
    if query.after is not None:
        at, row_id = query.after
        past = or_(order < at, and_(order == at, event.c.id < row_id))
        ahead = or_(order > at, and_(order == at, event.c.id > row_id))
        conditions.append(past if query.descending else ahead)
    keys = (order, event.c.id)
    statement = statement.where(*conditions).order_by(*(key.desc() if query.descending else key for key in keys))
    return list(conn.execute(statement.limit(limit)))


def naming(
    conn: Connection, lot_ids: Sequence[int], organisation: tuple[int, str] | None, limit: int
) -> list[Row[Any]]:
    """Events that name any of the lots, oldest first, as far as an organisation gets them; at most ``limit``."""
    seen = visible(organisation)
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(lot_ids), 500):
        part = event_identifier.c.identifier_id.in_(lot_ids[start : start + 500])
        query = select(event).where(event.c.id.in_(select(event_identifier.c.event_id).where(part)))
        query = query.order_by(event.c.id).limit(limit)
        found |= {row.id: row for row in conn.execute(query if seen is None else query.where(seen))}
    return [found[row_id] for row_id in sorted(found)][:limit]


def declarations_of(
    conn: Connection, organisation: tuple[int, str] | None, event_id: str, limit: int
) -> list[Row[Any]]:
    """An event and its author's declarations about it, oldest first.

    Others may have used the same eventID: what an organisation recorded itself goes before, else the first author's.
    """
    seen = visible(organisation)
    query = select(event).where(event.c.event_id == event_id).order_by(event.c.id)
    rows = list(conn.execute(query if seen is None else query.where(seen)))
    authors = dict.fromkeys(row.tenant_id for row in rows if row.declaration_time == "") or dict.fromkeys(
        row.tenant_id for row in rows
    )
    own = organisation[0] if organisation is not None else 0
    author = own if own in {row.tenant_id for row in rows} else next(iter(authors), None)
    return [row for row in rows if row.tenant_id == author][:limit]


def _condition(conn: Connection, asked: Asked) -> ColumnElement[bool]:
    if isinstance(asked, Named):
        return _named(conn, asked)
    if isinstance(asked, FieldTest):
        return _field(asked)
    column = {
        "eventType": event.c.event_type,
        "action": event.c.action,
        "bizStep": event.c.biz_step,
        "disposition": event.c.disposition,
        "eventID": event.c.event_id,
        "eventTime": event.c.event_time,
        "recordTime": event.c.record_time,
        "errorDeclaration": event.c.declaration_time,
    }[asked.column]
    if isinstance(asked, Ends):
        bounds = [column >= asked.least] if asked.least is not None else []
        return and_(*bounds, *([column < asked.below] if asked.below is not None else []))
    if asked.column == "errorDeclaration":
        return column != "" if asked.values == ("true",) else column == ""
    return column.in_(asked.values)


def _named(conn: Connection, asked: Named) -> ColumnElement[bool]:
    if not asked.roles:
        return false()
    exact = [one.uri for one in asked.patterns if not one.any_end]
    wanted: list[ColumnElement[bool]] = [identifier.c.uri.in_(exact)] if exact else []
    for one in asked.patterns:
        if one.any_end:
            wanted.append(_like(conn, one.pieces))
    lots = select(func.coalesce(identifier.c.alias_of, identifier.c.id)).where(or_(*wanted))
    places = [
        and_(event_identifier.c.role == role, event_identifier.c.by_class.is_(by_class))
        for role, by_class in asked.roles
    ]
    return event.c.id.in_(
        select(event_identifier.c.event_id).where(event_identifier.c.identifier_id.in_(lots), or_(*places))
    )


def _like(conn: Connection, pieces: Sequence[str]) -> ColumnElement[bool]:
    """URIs that have the pieces in order with anything between; literal, and telling upper from lower case.

    The first piece bounds the index; SQLite's LIKE would ignore case, its GLOB does not.
    """
    column = identifier.c.uri
    start = pieces[0].split("\0")[0]
    bounded = and_(column >= start, column < start[:-1] + chr(ord(start[-1]) + 1)) if start else column != ""
    if conn.dialect.name == "sqlite":
        escaped = ["".join(f"[{c}]" if c in "*?[" else "?" if c == "\0" else c for c in piece) for piece in pieces]
        return and_(bounded, column.op("GLOB")("*".join(escaped)))
    escaped = ["".join(f"\\{c}" if c in "%_\\" else "_" if c == "\0" else c for c in piece) for piece in pieces]
    return and_(bounded, column.like("%".join(escaped), escape="\\"))


def _field(asked: FieldTest) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = [event_field.c.name.in_(asked.names)]
    if asked.values:
        tests.append(event_field.c.value.in_(asked.values))
    if asked.number is not None:
        comparison, amount = asked.number
        column = event_field.c.number
        tests.append(
            {"GT": column > amount, "GE": column >= amount, "LT": column < amount, "LE": column <= amount}[comparison]
        )
    there = event.c.id.in_(select(event_field.c.event_id).where(*tests))
    return there if asked.present else ~there
