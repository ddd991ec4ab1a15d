"""Tables of the application itself: people, accounts, sessions, keys, and what makes a repeated request harmless.

None of these belong to the journal, and none holds a person's name or telephone number: those are in
``person``, where they can be corrected and deleted (PIPL). Times are integer µs UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from trace.parties import tables as _parties  # noqa: F401 - organisation must be known before it is referred to


class Account(SQLModel, table=True):
    """A log-in of one organisation. ``roles`` is a comma list of names from permissions.ROLES.

    The name is in ``person`` (trace.parties), without a foreign key: it may be erased, the account stays.
    """

    __tablename__ = "account"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    organisation_id: int = Field(foreign_key="organisation.id", sa_type=BigInteger, index=True)
    person_id: int = Field(sa_type=BigInteger)
    login: str = Field(sa_type=Text, unique=True)
    password_hash: str = Field(sa_type=Text)
    roles: str = Field(sa_type=Text)
    is_demo: bool = False
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class SessionRow(SQLModel, table=True):
    """A log-in that can be ended from the server; the cookie's token is kept only as its SHA-256."""

    __tablename__ = "session"

    id: int = Field(primary_key=True, sa_type=BigInteger)
    token_hash: str = Field(sa_type=Text, unique=True)
    account_id: int = Field(foreign_key="account.id", sa_type=BigInteger, index=True)
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    address: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)


class ApiKey(SQLModel, table=True):
    """A key for programs: found by its public prefix, checked by SHA-256. ``scope`` is 'all' or 'read'."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("scope IN ('all', 'read')", name="scope"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    account_id: int = Field(foreign_key="account.id", sa_type=BigInteger, index=True)
    prefix: str = Field(sa_type=Text, unique=True)
    key_hash: str = Field(sa_type=Text)
    label: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    used_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class LoginFailure(SQLModel, table=True):
    """A wrong password, for the lock-out by account and by address; old rows are swept at log-in."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_login_at", "login", "at"),
        Index("ix_login_failure_address_at", "address", "at"),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger)
    login: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class AccountChange(SQLModel, table=True):
    """Who changed an account, an organisation, a session or a key: when, why, under which request."""

    __tablename__ = "account_change"
    __table_args__ = (Index("ix_account_change_subject", "subject_kind", "subject_id", "id"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    subject_kind: str = Field(sa_type=Text)
    subject_id: int = Field(sa_type=BigInteger)
    what: str = Field(sa_type=Text)
    actor_id: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)
    request_id: str = Field(sa_type=Text)


class NodeLeaseRow(SQLModel, table=True):
    """Which process makes ids under which node number."""

    __tablename__ = "node_lease"

    node: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    holder: str = Field(sa_type=Text)
    leased_until: int = Field(sa_type=BigInteger)


class IdempotencyRow(SQLModel, table=True):
    """The answer a POST got, to be given again when the same key comes back (Idempotency-Key)."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    account_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    key: str = Field(sa_type=Text, primary_key=True)
    request_hash: str = Field(sa_type=Text)
    status: int
    body: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)


class Draft(SQLModel, table=True):
    """A half-filled form, one per account and kind, so that an interrupted clerk goes on where they were."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("account_id", "kind", name="uq_draft_account_id"),)

    id: int = Field(primary_key=True, sa_type=BigInteger)
    account_id: int = Field(foreign_key="account.id", sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    saved_at: int = Field(sa_type=BigInteger)
