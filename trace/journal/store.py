"""SQL of the journal: append events and acts, give identifiers their surrogates, read history back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlmodel import SQLModel

from trace.journal.tables import Act, Alias, Event, EventField, EventIdentifier, Identifier, Namespace

event: Table = SQLModel.metadata.tables[Event.__tablename__]
act: Table = SQLModel.metadata.tables[Act.__tablename__]
identifier: Table = SQLModel.metadata.tables[Identifier.__tablename__]
event_identifier: Table = SQLModel.metadata.tables[EventIdentifier.__tablename__]
namespace: Table = SQLModel.metadata.tables[Namespace.__tablename__]
event_field: Table = SQLModel.metadata.tables[EventField.__tablename__]
alias: Table = SQLModel.metadata.tables[Alias.__tablename__]

MOST_PREFIX = 100
MOST_NAMESPACE = 500
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
    named, child, wrong = event_identifier.alias("named"), event_identifier.alias("child"), event.alias("wrong")
    declared = (
        select(literal(1))
        .where(
            wrong.c.tenant_id == event.c.tenant_id,
            wrong.c.event_id == event.c.event_id,
            wrong.c.declaration_time != "",
        )
        .exists()
    )
    packs = and_(event.c.event_type == "AggregationEvent", named.c.role == "parent")
    hands_on = and_(event.c.biz_step == "shipping", named.c.role == "epc")
    of_event = and_(child.c.event_id == event.c.id, child.c.role == "child", packs)
    to = and_(event_field.c.event_id == event.c.id, event_field.c.name.in_(_TO), hands_on)
    return (
        select(
            named.c.identifier_id.label("parent_id"),
            event.c.id,
            event.c.tenant_id,
            event.c.event_time,
            event.c.action,
            packs.label("packs"),
            child.c.identifier_id,
            event_field.c.value.label("receiver"),
        )
        .select_from(
            named.join(event, event.c.id == named.c.event_id).outerjoin(child, of_event).outerjoin(event_field, to)
        )
        .where(
            named.c.identifier_id.in_(bindparam("parent_ids", expanding=True)),
            or_(packs, hands_on),
            event.c.declaration_time == "",
            ~declared,
        )
        .order_by(event.c.id)
    )


_TO = ("destination_owning_party", "destination_possessing_party")
_PACKING = _packing()


def packing_of(conn: Connection, parent_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What stands of cases' and pallets' packing and handing on, oldest row first: unit → rows.

    (parent_id, id, tenant_id, event_time, action, packs, identifier_id of a child, receiver's party URI): one row to a
    child of an aggregation, or to a receiver of a shipment.
    """
    found: dict[int, list[Row[Any]]] = {}
    for start in range(0, len(parent_ids), _CHUNK):
        for row in conn.execute(_PACKING, {"parent_ids": parent_ids[start : start + _CHUNK]}).all():
            found.setdefault(row.parent_id, []).append(row)
    return found


def packed_into(conn: Connection, child_ids: Iterable[int]) -> dict[int, set[int]]:
    """The cases and pallets that any aggregation says some units were put into: unit → those around it."""
    child, parent = event_identifier.alias("child"), event_identifier.alias("parent")
    found: dict[int, set[int]] = {}
    ids = sorted(child_ids)
    for start in range(0, len(ids), _CHUNK):
        rows = conn.execute(
            select(child.c.identifier_id.label("inner_id"), parent.c.identifier_id.label("outer_id"))
            .select_from(
                child.join(event, event.c.id == child.c.event_id).join(parent, parent.c.event_id == event.c.id)
            )
            .where(
                child.c.identifier_id.in_(ids[start : start + _CHUNK]),
                child.c.role == "child",
                parent.c.role == "parent",
                event.c.event_type == "AggregationEvent",
                event.c.declaration_time == "",
            )
            .distinct()
        )
        for row in rows:
            found.setdefault(row.inner_id, set()).add(row.outer_id)
    return found


def first_declared(conn: Connection, tenant_id: int, event_ids: Iterable[str]) -> dict[str, int]:
    """When an organisation first declared each of its events wrong: eventID → row id."""
    found: dict[str, int] = {}
    wanted = sorted(set(event_ids))
    for start in range(0, len(wanted), _CHUNK):
        rows = conn.execute(
            select(event.c.event_id, func.min(event.c.id).label("first"))
            .where(
                event.c.tenant_id == tenant_id,
                event.c.event_id.in_(wanted[start : start + _CHUNK]),
                event.c.declaration_time != "",
            )
            .group_by(event.c.event_id)
        )
        found |= {row.event_id: row.first for row in rows}
    return found


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


def insert_namespaces(conn: Connection, wanted: Iterable[tuple[int, str, str]]) -> None:
    """File (organisation, prefix, namespace) that is not filed yet; what is too long to be asked for is left out."""
    rows = sorted(one for one in set(wanted) if len(one[1]) <= MOST_PREFIX and len(one[2]) <= MOST_NAMESPACE)
    if not rows:
        return
    prefixes = sorted({prefix for _, prefix, _ in rows})
    known: set[tuple[int, str, str]] = set()
    for start in range(0, len(prefixes), _CHUNK):
        here = namespace.c.prefix.in_(prefixes[start : start + _CHUNK])
        tenants = namespace.c.tenant_id.in_(sorted({tenant for tenant, _, _ in rows}))
        known |= {(row.tenant_id, row.prefix, row.uri) for row in conn.execute(select(namespace).where(here, tenants))}
    new = [{"tenant_id": t, "prefix": p, "uri": u} for t, p, u in rows if (t, p, u) not in known]
    if new:
        conn.execute(insert(namespace), new)


def namespaces_of(conn: Connection, prefix: str, tenant_id: int | None, most: int) -> list[str]:
    """What a prefix has stood for in an organisation's documents (anybody's with None), at most ``most``."""
    query = select(namespace.c.uri).where(namespace.c.prefix == prefix).distinct().order_by(namespace.c.uri)
    if tenant_id is not None:
        query = query.where(namespace.c.tenant_id == tenant_id)
    return [row.uri for row in conn.execute(query.limit(most))]


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
