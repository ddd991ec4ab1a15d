"""EPCIS: capture jobs, what else an event says, prefixes; extension event types are taken too.

Revision: epcis, after proposals, 2026-11-25 18:20:00. The new projections of older events come with ``liangpin rebuild``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "epcis"
down_revision = "proposals"
branch_labels = None
depends_on = None

_TYPES = "event_type IN ('ObjectEvent','AggregationEvent','TransactionEvent','TransformationEvent','AssociationEvent')"


def upgrade() -> None:

    op.create_table(
        "capture_job",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("captured", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_job")),
    )
    op.create_index("ix_capture_job_tenant_id", "capture_job", ["tenant_id", "id"])
    op.create_table(
        "event_field",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "line", name=op.f("pk_event_field")),
    )
    op.create_index("ix_event_field_name", "event_field", ["name", "value", "event_id"])
    op.create_table(
        "namespace",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "uri", name=op.f("pk_namespace")),
    )
    with op.batch_alter_table("event") as table:
        table.drop_constraint(op.f("ck_event_event_type"), type_="check")
    op.create_index("ix_event_event_time", "event", ["event_time", "id"])
    op.create_index("ix_event_event_id", "event", ["event_id"])
    op.add_column("event_identifier", sa.Column("by_class", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.text("UPDATE event_identifier SET by_class = true WHERE quantity IS NOT NULL"))


def downgrade() -> None:

    op.drop_column("event_identifier", "by_class")
    op.drop_index("ix_event_event_id", table_name="event")
    op.drop_index("ix_event_event_time", table_name="event")
    with op.batch_alter_table("event") as table:
        table.create_check_constraint(op.f("ck_event_event_type"), _TYPES)
    op.drop_table("namespace")
    op.drop_index("ix_event_field_name", table_name="event_field")
    op.drop_table("event_field")
    op.drop_index("ix_capture_job_tenant_id", table_name="capture_job")
    op.drop_table("capture_job")
