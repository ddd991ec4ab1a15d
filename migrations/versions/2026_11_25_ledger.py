"""ledger: entries of the ledger of the plan.

Revision: ledger, after staffview, 2026-11-25 23:00:00. New facts only; nothing that is there is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ledger"
down_revision = "staffview"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data_date", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.Column("withdraws", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("digest_algorithm", sa.Text(), nullable=False),
        sa.CheckConstraint("origin IN ('entered','trial','seed')", name=op.f("ck_ledger_entry_origin")),
        sa.CheckConstraint("(kind = 'withdraw') = (withdraws IS NOT NULL)", name=op.f("ck_ledger_entry_withdraws")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("seq", name=op.f("uq_ledger_entry_seq")),
    )
    op.create_index("ix_ledger_entry_no", "ledger_entry", ["no", "seq"])
    op.create_index("ix_ledger_entry_kind", "ledger_entry", ["kind", "seq"])
    op.create_index("ix_ledger_entry_withdraws", "ledger_entry", ["withdraws"])


def downgrade() -> None:
    op.drop_table("ledger_entry")
