"""Alembic's way in: our ``trace`` first, then every table, on the database of the settings."""

from __future__ import annotations

import sys
from pathlib import Path

_root = str(Path(__file__).resolve().parent.parent)
if _root not in sys.path:
    sys.path.insert(0, _root)

import service  # noqa: E402, F401, I001 - before anything that says "import trace"

from alembic import context  # noqa: E402
from sqlalchemy import create_engine, event, pool  # noqa: E402

from service.database import normal_url  # noqa: E402
from service.schema import metadata  # noqa: E402
from service.settings import Settings  # noqa: E402

config = context.config


def run() -> None:
    """Run the migrations in one transaction where the database can."""
    settings = Settings()
    url = config.attributes.get("url") or normal_url(settings.database_url)
    if context.is_offline_mode():
        context.configure(url=url, target_metadata=metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(url, poolclass=pool.NullPool)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:

        @event.listens_for(engine, "connect")
        def _connect(dbapi, _record):
            dbapi.isolation_level = None
            dbapi.execute("PRAGMA journal_mode=WAL")
            dbapi.execute("PRAGMA busy_timeout=30000")
            dbapi.execute("PRAGMA foreign_keys=OFF")  # batch mode rebuilds tables that others refer to

        @event.listens_for(engine, "begin")
        def _begin(conn):
            conn.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=sqlite,
            compare_type=True,
            compare_server_default=False,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
