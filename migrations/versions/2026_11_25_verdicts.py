"""Verdicts keep their inputs; published rulebooks, their changes, sign-offs, batches to judge again.

Revision: verdicts, after 0001, 2026-11-25 14:47:30
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "verdicts"
down_revision = "bulletins"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "clause_signoff",
        sa.Column("clause_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("clause_id", name=op.f("pk_clause_signoff")),
    )
    op.create_table(
        "rejudge",
        sa.Column("rulebook_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rulebook_id", "batch_id", name=op.f("pk_rejudge")),
    )
    op.create_table(
        "rulebook",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.Column("signoffs", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("concerned", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook")),
        sa.UniqueConstraint("number", name=op.f("uq_rulebook_number")),
    )
    op.create_table(
        "rulebook_change",
        sa.Column("rulebook_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("clauses", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rulebook_id", "batch_id", name=op.f("pk_rulebook_change")),
    )
    with op.batch_alter_table("rulebook_change", schema=None) as batch_op:
        batch_op.create_index("ix_rulebook_change_tenant_id", ["tenant_id", "rulebook_id"], unique=False)

    op.create_table(
        "verdict_facts",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "digest", name=op.f("pk_verdict_facts")),
    )
    op.create_table(
        "verdict_clause",
        sa.Column("clause_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("clause_id", "batch_id", name=op.f("pk_verdict_clause")),
    )
    with op.batch_alter_table("verdict_clause", schema=None) as batch_op:
        batch_op.create_index("ix_verdict_clause_batch_id", ["batch_id"], unique=False)

    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.add_column(sa.Column("product", sa.Text(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("facts_digest", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:

    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.drop_column("facts_digest")
        batch_op.drop_column("product")

    with op.batch_alter_table("verdict_clause", schema=None) as batch_op:
        batch_op.drop_index("ix_verdict_clause_batch_id")

    op.drop_table("verdict_clause")
    op.drop_table("verdict_facts")
    with op.batch_alter_table("rulebook_change", schema=None) as batch_op:
        batch_op.drop_index("ix_rulebook_change_tenant_id")

    op.drop_table("rulebook_change")
    op.drop_table("rulebook")
    op.drop_table("rejudge")
    op.drop_table("clause_signoff")
