"""The schema: up, down, up again on both databases, and exactly what the tables declare."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from service.migrating import alembic_config, downgrade, migrate
from service.schema import metadata
from tests.fixtures.databases import _admin, _named, make_settings


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'folder' / 'x.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"empty_{uuid.uuid4().hex[:10]}"
    _admin(server, f"CREATE DATABASE {name}")
    yield _named(server, name)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_down_up_and_nothing_left_to_generate(empty_url: str) -> None:
    settings = make_settings(empty_url)
    migrate(settings)
    assert tables(empty_url) == set(metadata.tables)
    command.check(alembic_config(settings))
    downgrade(settings, "base")
    assert tables(empty_url) == set()
    migrate(settings)
    assert tables(empty_url) == set(metadata.tables)
    command.check(alembic_config(settings))


def test_every_constraint_has_a_name() -> None:
    """A nameless constraint could not be dropped by a later migration."""
    nameless = [
        f"{table.name}: {constraint}"
        for table in metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name and not (isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint))
    ]
    assert nameless == []


def test_no_sequences_and_no_floats() -> None:
    """Kept open for a distributed PostgreSQL (design section 4): our own ids, integer quantities."""
    for table in metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, sa.Float | sa.Numeric | sa.DateTime | sa.Enum), column
            if column.primary_key and isinstance(column.type, sa.Integer):
                assert column.autoincrement is False or isinstance(column.type, sa.BigInteger), column
