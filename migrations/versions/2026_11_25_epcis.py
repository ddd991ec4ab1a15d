"""EPCIS: capture jobs, what else an event says, prefixes, any event type; webhooks and their deliveries.

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
        "personal_value",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_value")),
    )
    op.create_index("ix_personal_value_tenant_id", "personal_value", ["tenant_id", "id"])
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
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "prefix", "uri", name=op.f("pk_namespace")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_tenant_id", "webhook", ["tenant_id", "id"])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("webhook_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending','delivered','failed')", name=op.f("ck_webhook_delivery_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    op.create_index("ix_webhook_delivery_state", "webhook_delivery", ["state", "next_at"])
    op.create_index("ix_webhook_delivery_webhook_id", "webhook_delivery", ["webhook_id", "id"])
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
    op.drop_index("ix_webhook_delivery_webhook_id", table_name="webhook_delivery")
    op.drop_index("ix_webhook_delivery_state", table_name="webhook_delivery")
    op.drop_table("webhook_delivery")
    op.drop_index("ix_webhook_tenant_id", table_name="webhook")
    op.drop_table("webhook")
    op.drop_table("namespace")
    op.drop_index("ix_event_field_name", table_name="event_field")
    op.drop_table("event_field")
    op.drop_index("ix_personal_value_tenant_id", table_name="personal_value")
    op.drop_table("personal_value")
    op.drop_index("ix_capture_job_tenant_id", table_name="capture_job")
    op.drop_table("capture_job")
