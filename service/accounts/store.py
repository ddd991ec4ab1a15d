"""SQL of accounts, sessions and keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, or_, select, update

from service.accounts.permissions import Actor
from service.accounts.tables import (
    Account,
    AccountChange,
    ApiKey,
    LoginFailure,
    SessionRow,
)
from trace.parties.tables import Organisation, Person

if TYPE_CHECKING:
    from service.database import Database
    from service.settings import Settings

organisations: Any = Organisation.__table__  # type: ignore[attr-defined]
accounts: Any = Account.__table__  # type: ignore[attr-defined]
persons: Any = Person.__table__  # type: ignore[attr-defined]
sessions: Any = SessionRow.__table__  # type: ignore[attr-defined]
keys: Any = ApiKey.__table__  # type: ignore[attr-defined]
failures: Any = LoginFailure.__table__  # type: ignore[attr-defined]
changes: Any = AccountChange.__table__  # type: ignore[attr-defined]

TOUCH_US = 60 * 1_000_000
"""Last-use times are written at most once a minute."""
KEY_PREFIX = "lp_"

_WHO = (
    select(
        accounts.c.id.label("account_id"),
        accounts.c.login,
        accounts.c.roles,
        accounts.c.password_hash,
        accounts.c.is_demo,
        organisations.c.id.label("org_id"),
        organisations.c.kind.label("org_kind"),
        organisations.c.name.label("org_name"),
        organisations.c.level,
        organisations.c.stages,
        func.coalesce(persons.c.name, "").label("display_name"),
    )
    .select_from(
        accounts.join(organisations, organisations.c.id == accounts.c.organisation_id).outerjoin(
            persons, persons.c.id == accounts.c.person_id
        )
    )
    .where(accounts.c.ended_at.is_(None))
)


def digest(token: str) -> str:
    """SHA-256 of a random token: tokens have 256 bits, so no salt and no slow hash are needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """The form token that belongs to a session token; not derivable without it."""
    return hmac.new(token.encode(), b"liangpin csrf", hashlib.sha256).hexdigest()


def split(text: str | None) -> frozenset[str]:
    """A comma list as a set."""
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())


def _actor(row: RowMapping, **more: Any) -> Actor:
    return Actor(
        account_id=row["account_id"],
        login=row["login"],
        org_id=row["org_id"],
        org_kind=row["org_kind"],
        org_name=row["org_name"],
        roles=split(row["roles"]),
        level=row["level"],
        stages=split(row["stages"]),
        display_name=row["display_name"],
        **more,
    )


def actor_of_key(db: Database, key: str) -> Actor | None:
    """The account behind an API key, or None."""
    prefix = key[: len(KEY_PREFIX) + 8]
    with db.read() as conn:
        row = (
            conn.execute(
                _WHO.add_columns(keys.c.id.label("key_id"), keys.c.key_hash, keys.c.scope, keys.c.used_at)
                .join(keys, keys.c.account_id == accounts.c.id)
                .where(keys.c.prefix == prefix, keys.c.revoked_at.is_(None))
            )
            .mappings()
            .first()
        )
    if row is None or not hmac.compare_digest(row["key_hash"], digest(key)):
        return None
    now = db.now()
    if row["used_at"] is None or now - row["used_at"] > TOUCH_US:
        db.write(lambda conn: conn.execute(update(keys).where(keys.c.id == row["key_id"]).values(used_at=now)))
    return _actor(row, via="key", scope=row["scope"])


def actor_of_session(db: Database, token: str, settings: Settings) -> Actor | None:
    """The account behind a session cookie; None when it ended, expired or idled out."""
    now = db.now()
    with db.read() as conn:
        row = (
            conn.execute(
                _WHO.add_columns(sessions.c.id.label("session_id"), sessions.c.seen_at)
                .join(sessions, sessions.c.account_id == accounts.c.id)
                .where(
                    sessions.c.token_hash == digest(token),
                    sessions.c.ended_at.is_(None),
                    sessions.c.expires_at > now,
                    sessions.c.seen_at > now - settings.session_idle_minutes * 60_000_000,
                )
            )
            .mappings()
            .first()
        )
    if row is None:
        return None
    if now - row["seen_at"] > TOUCH_US:
        db.write(
            lambda conn: conn.execute(update(sessions).where(sessions.c.id == row["session_id"]).values(seen_at=now))
        )
    return _actor(row, via="session", session_id=row["session_id"], csrf=csrf_of(token))


def account_by_login(conn: Connection, login: str) -> RowMapping | None:
    """The open account of a log-in name, with its password hash."""
    return conn.execute(_WHO.where(accounts.c.login == login)).mappings().first()


def account_by_id(conn: Connection, account_id: int) -> RowMapping | None:
    return conn.execute(_WHO.where(accounts.c.id == account_id)).mappings().first()


def actor_of_login(conn: Connection, login: str) -> Actor | None:
    """An account as actor, for commands run beside the server (CLI, seeds)."""
    row = account_by_login(conn, login)
    return None if row is None else _actor(row, via="cli")


# log-in failures


def recent_failures(conn: Connection, login: str, address: str, since: int) -> tuple[int, int, int]:
    """Failures of the login and of the address since ``since``, and the time of the newest of either."""
    row = conn.execute(
        select(
            func.count().filter(failures.c.login == login),
            func.count().filter(failures.c.address == address),
            func.max(failures.c.at),
        ).where(failures.c.at > since, or_(failures.c.login == login, failures.c.address == address))
    ).one()
    return int(row[0]), int(row[1]), int(row[2] or 0)


def add_failure(conn: Connection, row_id: int, login: str, address: str, at: int, sweep_before: int) -> None:
    conn.execute(delete(failures).where(failures.c.at < sweep_before))
    conn.execute(insert(failures).values(id=row_id, login=login, address=address, at=at))


def clear_failures(conn: Connection, login: str) -> None:
    conn.execute(delete(failures).where(failures.c.login == login))


# sessions


def add_session(conn: Connection, values: dict[str, Any]) -> None:
    conn.execute(insert(sessions).values(**values))


def open_sessions(conn: Connection, account_id: int, now: int, idle_us: int) -> list[RowMapping]:
    """The sessions of an account that still work, newest first."""
    return list(
        conn.execute(
            select(
                sessions.c.id,
                sessions.c.created_at,
                sessions.c.seen_at,
                sessions.c.expires_at,
                sessions.c.address,
                sessions.c.agent,
            )
            .where(
                sessions.c.account_id == account_id,
                sessions.c.ended_at.is_(None),
                sessions.c.expires_at > now,
                sessions.c.seen_at > now - idle_us,
            )
            .order_by(sessions.c.id.desc())
            .limit(100)
        ).mappings()
    )


def end_sessions(conn: Connection, account_id: int, now: int, session_id: int | None = None) -> int:
    """End one session of the account, or all; how many were ended."""
    where = and_(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
    if session_id is not None:
        where = and_(where, sessions.c.id == session_id)
    return conn.execute(update(sessions).where(where).values(ended_at=now)).rowcount


# keys


def new_key() -> tuple[str, str]:
    """A fresh key and its public prefix. 8 characters of prefix to find it, 43 to prove it."""
    prefix = KEY_PREFIX + secrets.token_hex(4)
    return f"{prefix}_{secrets.token_urlsafe(32)}", prefix


def add_key(conn: Connection, values: dict[str, Any]) -> None:
    conn.execute(insert(keys).values(**values))


def list_keys(conn: Connection, account_id: int) -> list[RowMapping]:
    """The account's keys that still work, newest first, without anything that could be used."""
    columns = (keys.c.id, keys.c.prefix, keys.c.label, keys.c.scope, keys.c.created_at, keys.c.used_at)
    return list(
        conn.execute(
            select(*columns)
            .where(keys.c.account_id == account_id, keys.c.revoked_at.is_(None))
            .order_by(keys.c.id.desc())
        ).mappings()
    )


def revoke_keys(conn: Connection, account_id: int, now: int, key_id: int | None = None) -> int:
    where = and_(keys.c.account_id == account_id, keys.c.revoked_at.is_(None))
    if key_id is not None:
        where = and_(where, keys.c.id == key_id)
    return conn.execute(update(keys).where(where).values(revoked_at=now)).rowcount


# organisations and accounts


def add_organisation(conn: Connection, values: dict[str, Any]) -> None:
    conn.execute(insert(organisations).values(**values))


def organisation_by_code(conn: Connection, code: str) -> RowMapping | None:
    return conn.execute(select(organisations).where(organisations.c.code == code)).mappings().first()


def organisation_by_id(conn: Connection, organisation_id: int) -> RowMapping | None:
    return conn.execute(select(organisations).where(organisations.c.id == organisation_id)).mappings().first()


def organisation_by_uscc(conn: Connection, uscc: str) -> RowMapping | None:
    return conn.execute(select(organisations).where(organisations.c.uscc == uscc)).mappings().first()


def list_organisations(conn: Connection, after: int = 0, limit: int = 100) -> list[RowMapping]:
    """Organisations by id, with the number of open accounts."""
    count = (
        select(func.count())
        .select_from(accounts)
        .where(accounts.c.organisation_id == organisations.c.id, accounts.c.ended_at.is_(None))
        .scalar_subquery()
    )
    return list(
        conn.execute(
            select(organisations, count.label("accounts"))
            .where(organisations.c.id > after)
            .order_by(organisations.c.id)
            .limit(limit)
        ).mappings()
    )


def list_accounts(
    conn: Connection, organisation_id: int | None = None, after: int = 0, limit: int = 100
) -> list[RowMapping]:
    """Accounts by id, ended ones too, with name and organisation."""
    query = (
        select(
            accounts.c.id,
            accounts.c.login,
            accounts.c.roles,
            accounts.c.is_demo,
            accounts.c.created_at,
            accounts.c.ended_at,
            accounts.c.organisation_id,
            organisations.c.name.label("organisation"),
            func.coalesce(persons.c.name, "").label("display_name"),
        )
        .select_from(
            accounts.join(organisations, organisations.c.id == accounts.c.organisation_id).outerjoin(
                persons, persons.c.id == accounts.c.person_id
            )
        )
        .where(accounts.c.id > after)
        .order_by(accounts.c.id)
        .limit(limit)
    )
    if organisation_id is not None:
        query = query.where(accounts.c.organisation_id == organisation_id)
    return list(conn.execute(query).mappings())


def login_taken(conn: Connection, login: str) -> bool:
    return conn.execute(select(accounts.c.id).where(accounts.c.login == login)).first() is not None


def add_account(conn: Connection, person: dict[str, Any], account: dict[str, Any]) -> None:
    conn.execute(insert(persons).values(**person))
    conn.execute(insert(accounts).values(**account))


def update_account(conn: Connection, account_id: int, values: dict[str, Any]) -> int:
    return conn.execute(update(accounts).where(accounts.c.id == account_id).values(**values)).rowcount


def demo_accounts(conn: Connection) -> list[RowMapping]:
    """Open accounts that were made for the demonstration, by id."""
    return list(
        conn.execute(
            select(
                accounts.c.login,
                accounts.c.roles,
                accounts.c.password_hash,
                organisations.c.kind,
                organisations.c.name.label("organisation"),
                organisations.c.level,
            )
            .select_from(accounts.join(organisations, organisations.c.id == accounts.c.organisation_id))
            .where(accounts.c.is_demo.is_(True), accounts.c.ended_at.is_(None))
            .order_by(accounts.c.id)
        ).mappings()
    )


def password_hashes(conn: Connection) -> list[tuple[str, str]]:
    """Log-in and hash of every open account, for the start-up check of the demo password."""
    rows = conn.execute(select(accounts.c.login, accounts.c.password_hash).where(accounts.c.ended_at.is_(None)))
    return [(row.login, row.password_hash) for row in rows]


# the record of changes


def add_change(conn: Connection, values: dict[str, Any]) -> None:
    conn.execute(insert(changes).values(**values))


def changes_of(conn: Connection, kind: str, subject_id: int, limit: int = 50) -> list[RowMapping]:
    """Who did what to one account or organisation, newest first."""
    return list(
        conn.execute(
            select(changes, accounts.c.login.label("actor_login"))
            .select_from(changes.outerjoin(accounts, accounts.c.id == changes.c.actor_id))
            .where(changes.c.subject_kind == kind, changes.c.subject_id == subject_id)
            .order_by(changes.c.id.desc())
            .limit(limit)
        ).mappings()
    )
