"""On SQLite the ids of events, identifiers and batches become the row's own number: one look-up instead of two.

Revision: rowids, after projects, 2026-11-26 03:40:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "rowids"
down_revision = "projects"
branch_labels = None
depends_on = None

TABLES = ("event", "identifier", "batch")


def upgrade() -> None:
    _ids(sa.BigInteger(), sa.Integer())


def downgrade() -> None:
    _ids(sa.Integer(), sa.BigInteger())


def _ids(was: sa.types.TypeEngine[int], becomes: sa.types.TypeEngine[int]) -> None:
    """Make each table anew with its rows; elsewhere the two are one."""
    if op.get_bind().dialect.name == "sqlite":
        for name in TABLES:
            with op.batch_alter_table(name, recreate="always") as table:
                table.alter_column("id", existing_type=was, type_=becomes, existing_nullable=False, autoincrement=False)
