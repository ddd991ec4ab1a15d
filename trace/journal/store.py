"""SQL of the journal: append events and acts, give identifiers their surrogates, read history back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, bindparam, insert, literal, or_, select, union_all, update
from sqlmodel import SQLModel

from trace.journal.tables import PROPOSED, Act, Alias, Event, EventField, EventIdentifier, Identifier, Namespace

event: Table = SQLModel.metadata.tables[Event.__tablename__]
act: Table = SQLModel.metadata.tables[Act.__tablename__]
identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
event_identifier: Table = SQLModel.metadata.tables[EventIdentifier.__tablename__]
namespace: Table = SQLModel.metadata.tables[Namespace.__tablename__]
event_field: Table = SQLModel.metadata.tables[EventField.__tablename__]
alias: Table = SQLModel.metadata.tables[Alias.__tablename__]

_CHUNK = 500
"""URIs per IN list: below SQLite's and PostgreSQL's parameter limits with room to spare."""


def insert_events(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(event), list(rows))


def insert_act(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(act), row)


def events_known(conn: Connection, tenant_id: int, event_ids: Iterable[str]) -> dict[str, set[str]]:
    """Which of an organisation's eventIDs are recorded: eventID → declaration times ('' is the event itself)."""
    found: dict[str, set[str]] = {}
    wanted = sorted(set(event_ids))
    for start in range(0, len(wanted), _CHUNK):
        rows = conn.execute(
            select(event.c.event_id, event.c.declaration_time).where(
                event.c.tenant_id == tenant_id, event.c.event_id.in_(wanted[start : start + _CHUNK])
            )
        )
        for row in rows:
            found.setdefault(row.event_id, set()).add(row.declaration_time)
    return found


def lots_made_by(conn: Connection, event_row_ids: Sequence[int]) -> list[int]:
    """Lots that events commissioned, made or measured: those whose verdict may be another now."""
    found: dict[int, None] = {}
    for start in range(0, len(event_row_ids), _CHUNK):
        rows = conn.execute(
            select(event_identifier.c.identifier_id)
            .join(event, event.c.id == event_identifier.c.event_id)
            .where(
                event.c.id.in_(event_row_ids[start : start + _CHUNK]),
                or_(
                    event_identifier.c.role == "output",
                    and_(
                        event_identifier.c.role.in_(("class", "epc")),
                        or_(event.c.action == "ADD", event.c.document.like('%"sensorElementList"%')),
                    ),
                ),
            )
        )
        found |= dict.fromkeys(row.identifier_id for row in rows)
    return list(found)


def _packing() -> Select[Any]:
    parent, child, wrong = event_identifier.alias("parent"), event_identifier.alias("child"), event.alias("wrong")
    declared = (
        select(literal(1))
        .where(
            wrong.c.tenant_id == event.c.tenant_id,
            wrong.c.event_id == event.c.event_id,
            wrong.c.declaration_time != "",
        )
        .exists()
    )
    of_event = and_(child.c.event_id == event.c.id, child.c.role == "child")
    return (
        select(event.c.id, event.c.event_time, event.c.action, child.c.identifier_id)
        .select_from(parent.join(event, event.c.id == parent.c.event_id).outerjoin(child, of_event))
        .where(
            parent.c.identifier_id == bindparam("parent_id"),
            parent.c.role == "parent",
            event.c.event_type == "AggregationEvent",
            event.c.declaration_time == "",
            ~declared,
        )
    )


_PACKING = _packing()


def packing_of(conn: Connection, parent_id: int) -> list[tuple[int, int, str, int | None]]:
    """A parent's standing aggregations: (event row, event time, action, child or None), one row to a child."""
    rows = conn.execute(_PACKING, {"parent_id": parent_id})
    return [(row.id, row.event_time, row.action, row.identifier_id) for row in rows]


def get_event(conn: Connection, row_id: int) -> Row[Any] | None:
    return conn.execute(select(event).where(event.c.id == row_id)).first()


def event_rows(conn: Connection, tenant_id: int, event_id: str, before: int) -> list[int]:
    """Row ids of an organisation's event of this eventID that is no declaration, recorded before ``before``."""
    rows = conn.execute(
        select(event.c.id).where(
            event.c.tenant_id == tenant_id,
            event.c.event_id == event_id,
            event.c.declaration_time == "",
            event.c.id < before,
        )
    )
    return [row.id for row in rows]


def declared_before(conn: Connection, tenant_id: int, event_id: str, before: int) -> bool:
    """Whether an organisation has declared its event wrong already, in a row before ``before``."""
    found = conn.execute(
        select(literal(1)).where(
            event.c.tenant_id == tenant_id,
            event.c.event_id == event_id,
            event.c.declaration_time != "",
            event.c.id < before,
        )
    )
    return found.first() is not None


def first_made_by(conn: Connection, lot_ids: Sequence[int]) -> dict[int, int]:
    """Which organisation first commissioned each lot (ObjectEvent ADD or a transformation's output)."""
    made: dict[int, int] = {}
    rows = conn.execute(
        select(event_identifier.c.identifier_id, event.c.tenant_id)
        .join(event, event.c.id == event_identifier.c.event_id)
        .where(
            event_identifier.c.identifier_id.in_(lot_ids),
            event.c.declaration_time == "",
            or_(
                event_identifier.c.role == "output",
                and_(event_identifier.c.role.in_(("class", "epc")), event.c.action == "ADD"),
            ),
        )
        .order_by(event.c.id)
    )
    for row in rows:
        made.setdefault(row.identifier_id, row.tenant_id)
    return made


def identifiers(conn: Connection, uris: Iterable[str]) -> dict[str, int]:
    """Surrogates of the URIs that are known; an alias gives the id it stands for."""
    wanted = sorted(set(uris))
    known: dict[str, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = conn.execute(
            select(identifier.c.uri, identifier.c.id, identifier.c.alias_of).where(
                identifier.c.uri.in_(wanted[start : start + _CHUNK])
            )
        )
        known |= {row.uri: row.alias_of or row.id for row in rows}
    return known


def insert_identifiers(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(identifier), list(rows))


def set_short_code(conn: Connection, identifier_id: int, code: str) -> None:
    conn.execute(update(identifier).where(identifier.c.id == identifier_id).values(short_code=code))


def short_code_of(conn: Connection, identifier_id: int) -> str | None:
    found = conn.execute(select(identifier.c.short_code).where(identifier.c.id == identifier_id)).scalar()
    return None if found is None else str(found)


def short_code_taken(conn: Connection, code: str) -> bool:
    return conn.execute(select(literal(1)).where(identifier.c.short_code == code)).first() is not None


def uri_of(conn: Connection, identifier_id: int) -> str | None:
    found = conn.execute(select(identifier.c.uri).where(identifier.c.id == identifier_id)).first()
    return None if found is None else str(found.uri)


def uris_of(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """URIs of many identifiers."""
    found: dict[int, str] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        rows = conn.execute(select(identifier.c.id, identifier.c.uri).where(identifier.c.id.in_(part)))
        found |= {row.id: row.uri for row in rows}
    return found


def by_short_code(conn: Connection, code: str) -> str | None:
    found = conn.execute(select(identifier.c.uri).where(identifier.c.short_code == code)).first()
    return None if found is None else str(found.uri)


def insert_event_identifiers(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(event_identifier), list(rows))


def insert_event_fields(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(event_field), list(rows))


def insert_namespaces(conn: Connection, pairs: Iterable[tuple[str, str]]) -> None:
    """File (prefix, namespace) pairs that are not filed yet."""
    wanted = sorted(set(pairs))
    if not wanted:
        return
    rows = conn.execute(select(namespace).where(namespace.c.prefix.in_(sorted({prefix for prefix, _ in wanted}))))
    known = {(row.prefix, row.uri) for row in rows}
    new = [{"prefix": prefix, "uri": uri} for prefix, uri in wanted if (prefix, uri) not in known]
    if new:
        conn.execute(insert(namespace), new)


def namespaces_of(conn: Connection, prefix: str) -> list[str]:
    """What a prefix has stood for in recorded documents."""
    return [row.uri for row in conn.execute(select(namespace.c.uri).where(namespace.c.prefix == prefix))]


def insert_alias(conn: Connection, row: Mapping[str, Any]) -> None:
    same = select(literal(1)).where(
        alias.c.scheme == row["scheme"],
        alias.c.value == row["value"],
        alias.c.tenant_id == row["tenant_id"],
        alias.c.lot_id == row["lot_id"],
    )
    if conn.execute(same).first() is None:
        conn.execute(insert(alias), row)


def lots_of_alias(conn: Connection, value: str) -> list[Row[Any]]:
    """Lots that a foreign or factory code names, newest first, with the scheme and who filed it."""
    return list(
        conn.execute(
            select(alias.c.lot_id, alias.c.scheme, alias.c.tenant_id)
            .where(alias.c.value == value)
            .order_by(alias.c.lot_id.desc())
            .limit(50)
        )
    )


def own_lots_of_alias(conn: Connection, tenant_id: int, scheme: str, value: str) -> list[int]:
    """Lots that one organisation named by a code, newest first; other organisations' aliases never crowd them out."""
    rows = conn.execute(
        select(alias.c.lot_id)
        .where(alias.c.scheme == scheme, alias.c.value == value, alias.c.tenant_id == tenant_id)
        .order_by(alias.c.lot_id.desc())
        .limit(200)
    )
    return [row.lot_id for row in rows]


def aliases_of_lot(conn: Connection, lot_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(alias.c.scheme, alias.c.value, alias.c.tenant_id).where(alias.c.lot_id == lot_id)))


def acts_of(conn: Connection, subject_id: int, kinds: Sequence[str] | None = None) -> list[Row[Any]]:
    """What people did about a subject, oldest first."""
    query: Select[Any] = select(act).where(act.c.subject_id == subject_id).order_by(act.c.id)
    if kinds is not None:
        query = query.where(act.c.kind.in_(kinds))
    return list(conn.execute(query))


def proposed_by(conn: Connection, tenant_id: int) -> list[Row[Any]]:
    """Every measure an organisation's officers proposed, confirmed or not, oldest first."""
    return list(conn.execute(select(act).where(act.c.tenant_id == tenant_id, PROPOSED).order_by(act.c.id)))


def acts_of_many(conn: Connection, subject_ids: Iterable[int], kinds: Sequence[str]) -> dict[int, list[Row[Any]]]:
    """Acts of some kinds about many subjects: subject id → acts, oldest first."""
    found: dict[int, list[Row[Any]]] = {}
    ids = list(dict.fromkeys(subject_ids))
    for start in range(0, len(ids), _CHUNK):
        rows = conn.execute(
            select(act)
            .where(act.c.subject_id.in_(ids[start : start + _CHUNK]), act.c.kind.in_(kinds))
            .order_by(act.c.subject_id, act.c.id)
        ).all()
        for row in rows:
            found.setdefault(row.subject_id, []).append(row)
    return found


def get_act(conn: Connection, act_id: int) -> Row[Any] | None:
    return conn.execute(select(act).where(act.c.id == act_id)).first()


def events_of(conn: Connection, identifier_id: int, limit: int = 500) -> list[Row[Any]]:
    """Events that name an identifier, oldest first."""
    return list(
        conn.execute(
            select(event)
            .where(
                event.c.id.in_(
                    select(event_identifier.c.event_id).where(event_identifier.c.identifier_id == identifier_id)
                )
            )
            .order_by(event.c.event_time, event.c.id)
            .limit(limit)
        )
    )


def replay(conn: Connection) -> Iterator[tuple[str, Row[Any]]]:
    """Every event and act in the order of their ids, which is the order they were projected in."""
    order = union_all(
        select(event.c.id.label("id"), literal("event").label("source")),
        select(act.c.id.label("id"), literal("act").label("source")),
    ).subquery()
    for row in conn.execute(select(order.c.id, order.c.source).order_by(order.c.id)).all():
        table = event if row.source == "event" else act
        found = conn.execute(select(table).where(table.c.id == row.id)).first()
        if found is not None:
            yield row.source, found
