"""Find the measures that wait for a second officer without reading the whole journal.

Revision: proposals, after verdicts, 2026-11-25 16:52:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "proposals"
down_revision = "verdicts"
branch_labels = None
depends_on = None

PROPOSED = sa.text("kind = 'order.proposed'")


def upgrade() -> None:
    op.create_index(
        "ix_act_proposed", "act", ["tenant_id", "id"], sqlite_where=PROPOSED, postgresql_where=PROPOSED
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_act_proposed", "act")
