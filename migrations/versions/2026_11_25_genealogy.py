"""Genealogy: what carried a lot is found by the lot; on SQLite stock is kept in its key's order, one look-up a lot instead of two.

Revision: genealogy, after epcis, 2026-11-25 19:00:00.
"""

from __future__ import annotations

from alembic import op

revision = "genealogy"
down_revision = "epcis"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("containment", schema=None) as batch_op:
        batch_op.create_index("ix_containment_child_id", ["child_id", "from_time"], unique=False)
    _stock(with_rowid=False)


def downgrade() -> None:
    _stock(with_rowid=True)
    with op.batch_alter_table("containment", schema=None) as batch_op:
        batch_op.drop_index("ix_containment_child_id")


def _stock(*, with_rowid: bool) -> None:
    """Make the table anew with its rows; only SQLite has the choice."""
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("stock", recreate="always", table_kwargs={"sqlite_with_rowid": with_rowid}):
            pass
