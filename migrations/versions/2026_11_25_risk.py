"""risk: what was made from lots in doubt, and how far each doubt has been spread.

Revision: risk, after recalls, 2026-11-25 21:30:00. Derived rows only; the doubts that stand are queued to be spread.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "risk"
down_revision = "recalls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk",
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "cause_id", name=op.f("pk_risk")),
    )
    op.create_index("ix_risk_cause_id", "risk", ["cause_id", "lot_id"])
    op.create_table(
        "spread",
        sa.Column("cause_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('due','running','settled')", name=op.f("ck_spread_state")),
        sa.PrimaryKeyConstraint("cause_id", name=op.f("pk_spread")),
    )
    waiting = sa.text("state <> 'settled'")
    op.create_index("ix_spread_open", "spread", ["cause_id"], sqlite_where=waiting, postgresql_where=waiting)
    op.execute(
        "INSERT INTO spread (cause_id, state, total, done, after) "
        "SELECT id, 'due', 0, 0, 0 FROM batch WHERE verdict = 'fail' OR halt <> '' OR state = 'held'"
    )


def downgrade() -> None:
    op.drop_table("spread")
    op.drop_table("risk")
