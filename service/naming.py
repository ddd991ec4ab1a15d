"""Names of constraints and indexes, fixed before the first table is declared, equal on every database.

Without them SQLite's constraints are nameless, and a nameless constraint cannot be dropped by a migration.
"""

from __future__ import annotations

from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

if SQLModel.metadata.tables:
    raise ImportError("import service before any tables module, so that constraints get their names")
SQLModel.metadata.naming_convention = NAMING
