"""staffview: written consents, the office's map files, the log of downloads.

Revision: staffview, after measures, 2026-11-25 22:30:00. New facts only; nothing that is there is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "staffview"
down_revision = "measures"
branch_labels = None
depends_on = None


def _by() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("recorded_at", "recorded_by", "organisation")]


def upgrade() -> None:
    op.create_table(
        "chain_consent",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("code", "number", "dated", "until", "reason")),
        sa.Column("withdraws", sa.BigInteger(), nullable=True),
        *_by(),
        sa.CheckConstraint("(withdraws IS NULL) = (number <> '')", name=op.f("ck_chain_consent_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_consent")),
    )
    op.create_index("ix_chain_consent_code", "chain_consent", ["code", "id"])
    op.create_index("ix_chain_consent_withdraws", "chain_consent", ["withdraws"])
    op.create_table(
        "chain_map",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("file_name", "sha256", "content")),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False),
        *_by(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_map")),
    )
    op.create_table(
        "chain_download",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        *_by(),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_download")),
    )


def downgrade() -> None:
    op.drop_table("chain_download")
    op.drop_table("chain_map")
    op.drop_table("chain_consent")
