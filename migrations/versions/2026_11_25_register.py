"""register: statements of the chain, subjects and imports.

Revision: register, after risk, 2026-11-25 21:30:00. New facts only; nothing that is there is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "register"
down_revision = "risk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chain_statement",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data_date", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column("withdraws", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("digest_algorithm", sa.Text(), nullable=False),
        sa.CheckConstraint("basis IN ('declared','observed','planned')", name=op.f("ck_chain_statement_basis")),
        sa.CheckConstraint("(kind = 'withdraw') = (withdraws IS NOT NULL)", name=op.f("ck_chain_statement_withdraws")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_statement")),
        sa.UniqueConstraint("seq", name=op.f("uq_chain_statement_seq")),
    )
    op.create_index("ix_chain_statement_subject", "chain_statement", ["subject_key", "seq"])
    op.create_index("ix_chain_statement_link", "chain_statement", ["link", "seq"])
    op.create_index("ix_chain_statement_code", "chain_statement", ["code"])
    op.create_index("ix_chain_statement_import_id", "chain_statement", ["import_id"])
    op.create_index("ix_chain_statement_withdraws", "chain_statement", ["withdraws"])
    op.create_table(
        "chain_subject",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_subject")),
    )
    op.create_table(
        "chain_import",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_import")),
    )


def downgrade() -> None:
    op.drop_table("chain_import")
    op.drop_table("chain_subject")
    op.drop_table("chain_statement")
