"""recalls: scope, lines of holders, tasks, destruction, one-time links.

Revision: recalls, after genealogy, 2026-11-25 19:05:00. New projections and links only; no fact is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "recalls"
down_revision = "genealogy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("mock", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suspects", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("level_reason", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=True),
        sa.Column("known_source", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("scoped_at", sa.BigInteger(), nullable=True),
        sa.Column("announced_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("respond_by", sa.Text(), nullable=True),
        sa.Column("returns", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("public_reason", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("notice_at", sa.Text(), nullable=False),
        sa.Column("notice_on", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("still_open", sa.Text(), nullable=False),
        sa.CheckConstraint("level IN ('','一级','二级','三级')", name=op.f("ck_recall_level")),
        sa.CheckConstraint("state IN ('draft','announced','closed','dropped')", name=op.f("ck_recall_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
    )
    op.create_index("ix_recall_tenant_id", "recall", ["tenant_id", "id"])
    op.create_table(
        "recall_lot",
        sa.Column("recall_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("maker_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=True),
        sa.Column("share_why", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("act_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('own','notify')", name=op.f("ck_recall_lot_role")),
        sa.CheckConstraint("state IN ('in','out')", name=op.f("ck_recall_lot_state")),
        sa.PrimaryKeyConstraint("recall_id", "lot_id", name=op.f("pk_recall_lot")),
    )
    op.create_index("ix_recall_lot_lot_id", "recall_lot", ["lot_id"])
    op.create_index("ix_recall_lot_maker_id", "recall_lot", ["maker_id", "recall_id"])
    op.create_table(
        "recall_line",
        sa.Column("recall_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("transit", sa.BigInteger(), nullable=False),
        sa.Column("book_sold", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("controlled", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.BigInteger(), nullable=True),
        sa.Column("destroyed", sa.BigInteger(), nullable=True),
        sa.Column("sold", sa.BigInteger(), nullable=True),
        sa.Column("recovered", sa.BigInteger(), nullable=True),
        sa.Column("lost", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("recall_id", "lot_id", "holder", name=op.f("pk_recall_line")),
    )
    op.create_index("ix_recall_line_holder", "recall_line", ["holder", "recall_id"])
    op.create_table(
        "recall_task",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("photos", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('holder','maker')", name=op.f("ck_recall_task_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_task")),
    )
    op.create_index("ix_recall_task_organisation_id", "recall_task", ["organisation_id", "id"])
    op.create_index("ix_recall_task_recall_id", "recall_task", ["recall_id", "id"])
    op.create_table(
        "recall_destruction",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recall_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.BigInteger(), nullable=False),
        sa.Column("witnessed_at", sa.BigInteger(), nullable=True),
        sa.Column("witness_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("source IN ('controlled','returned')", name=op.f("ck_recall_destruction_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_destruction")),
    )
    op.create_index("ix_recall_destruction_recall_id", "recall_destruction", ["recall_id", "id"])
    op.create_table(
        "recall_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_recall_link")),
    )
    op.create_index("ix_recall_link_task_id", "recall_link", ["task_id"])


def downgrade() -> None:
    op.drop_table("recall_link")
    op.drop_table("recall_destruction")
    op.drop_table("recall_task")
    op.drop_table("recall_line")
    op.drop_table("recall_lot")
    op.drop_table("recall")
