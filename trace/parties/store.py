"""SQL of parties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select
from sqlmodel import SQLModel

from trace.parties.tables import Credential, Organisation, Person

organisation: Table = SQLModel.metadata.tables[Organisation.__tablename__]
credential: Table = SQLModel.metadata.tables[Credential.__tablename__]
person: Table = SQLModel.metadata.tables[Person.__tablename__]


def insert_organisation(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(organisation), row)


def get_organisation(conn: Connection, organisation_id: int) -> Row[Any] | None:
    return conn.execute(select(organisation).where(organisation.c.id == organisation_id)).first()


def organisation_by_code(conn: Connection, code: str) -> Row[Any] | None:
    return conn.execute(select(organisation).where(organisation.c.code == code)).first()


def organisations(conn: Connection, kinds: Sequence[str] = ()) -> list[Row[Any]]:
    query = select(organisation).order_by(organisation.c.kind, organisation.c.code)
    if kinds:
        query = query.where(organisation.c.kind.in_(kinds))
    return list(conn.execute(query))


def names(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    rows = conn.execute(select(organisation.c.id, organisation.c.name).where(organisation.c.id.in_(ids)))
    return {row.id: row.name for row in rows}


def insert_credential(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(credential), row)


def credentials_of(conn: Connection, organisation_id: int) -> list[Row[Any]]:
    """All credentials ever filed, newest validity first."""
    return list(
        conn.execute(
            select(credential)
            .where(credential.c.organisation_id == organisation_id)
            .order_by(credential.c.valid_from.desc(), credential.c.id.desc())
        )
    )


def credentials_of_many(conn: Connection, organisation_ids: Iterable[int]) -> dict[int, list[Row[Any]]]:
    """The same for many organisations."""
    found: dict[int, list[Row[Any]]] = {}
    ids = list(dict.fromkeys(organisation_ids))
    for start in range(0, len(ids), 500):
        rows = conn.execute(
            select(credential)
            .where(credential.c.organisation_id.in_(ids[start : start + 500]))
            .order_by(credential.c.organisation_id, credential.c.valid_from.desc(), credential.c.id.desc())
        )
        for row in rows:
            found.setdefault(row.organisation_id, []).append(row)
    return found


def insert_person(conn: Connection, row: Mapping[str, Any]) -> None:
    conn.execute(insert(person), row)


def person_named(conn: Connection, tenant_id: int, name: str, phone: str) -> Row[Any] | None:
    return conn.execute(
        select(person).where(person.c.tenant_id == tenant_id, person.c.name == name, person.c.phone == phone)
    ).first()


def people(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in conn.execute(select(person).where(person.c.id.in_(ids)))}
