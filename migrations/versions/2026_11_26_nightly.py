"""nightly: the reports of the record checks are kept, with what is new and what is settled since the night before.

Revision: nightly, after rowids, 2026-11-26 04:00:00. New tables only; nothing that is there is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "nightly"
down_revision = "rowids"
branch_labels = None
depends_on = None

SCHEDULED = sa.text("made <> 'command'")


def upgrade() -> None:
    op.create_table(
        "record_check",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("night", "made")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "finished_at")),
        sa.Column("since", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("counts", "cut", "uncompared")),
        sa.CheckConstraint("made IN ('night','late','first','command')", name=op.f("ck_record_check_made")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_check")),
    )
    op.create_index("ix_record_check_night", "record_check", ["night", "id"])
    op.create_index(
        "uq_record_check_night",
        "record_check",
        ["night"],
        unique=True,
        sqlite_where=SCHEDULED,
        postgresql_where=SCHEDULED,
    )
    op.create_table(
        "check_finding",
        sa.Column("check_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("code", "key", "state", "lots", "detail", "fix", "fix_text")
        ),
        sa.CheckConstraint("state IN ('new','open','settled')", name=op.f("ck_check_finding_state")),
        sa.PrimaryKeyConstraint("check_id", "nr", name=op.f("pk_check_finding")),
    )
    op.create_table(
        "check_concern",
        *(sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False) for name in ("org_id", "check_id")),
        sa.Column("nr", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("org_id", "check_id", "nr", name=op.f("pk_check_concern")),
    )


def downgrade() -> None:
    for name in ("check_concern", "check_finding", "record_check"):
        op.drop_table(name)
