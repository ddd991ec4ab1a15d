"""projects: acts of investment projects, entered values of the city's index, the log of reports.

Revision: projects, after ledger, 2026-11-25 22:20:00. New facts only; nothing that is there is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "projects"
down_revision = "ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chain_project_act",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("digest_algorithm", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opened','entered','noted','owner','step','done','ended')", name=op.f("ck_chain_project_act_kind")
        ),
        sa.CheckConstraint("(kind = 'opened') = (number = 1)", name=op.f("ck_chain_project_act_first")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_project_act")),
        sa.UniqueConstraint("project_id", "number", name=op.f("uq_chain_project_act_project_id_number")),
    )
    op.create_index("ix_chain_project_act_at", "chain_project_act", ["at"])
    op.create_table(
        "chain_index_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_index_entry")),
    )
    op.create_table(
        "chain_report_taken",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_report_taken")),
    )


def downgrade() -> None:
    op.drop_table("chain_report_taken")
    op.drop_table("chain_index_entry")
    op.drop_table("chain_project_act")
