"""Genealogy: what carried a lot is found by the lot.

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


def downgrade() -> None:
    with op.batch_alter_table("containment", schema=None) as batch_op:
        batch_op.drop_index("ix_containment_child_id")
