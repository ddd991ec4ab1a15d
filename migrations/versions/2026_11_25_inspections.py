"""inspections: check-lists, photos, samples with custody, orders to correct; templates of documents.

Revision: inspections, after register, 2026-11-25 21:20:00. New projections only; no fact is touched.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "inspections"
down_revision = "register"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_template",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_document_template")),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("shared_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("officers", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('begun','finished')", name=op.f("ck_inspection_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_lot_id", ["lot_id"], unique=False)
        batch_op.create_index("ix_inspection_party_id", ["party_id", "id"], unique=False)
        batch_op.create_index("ix_inspection_tenant_id", ["tenant_id", "id"], unique=False)

    op.create_table(
        "inspection_custody",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.CheckConstraint("seal IN ('intact','broken','unknown')", name=op.f("ck_inspection_custody_seal")),
        sa.CheckConstraint("step IN ('taken','handed','received')", name=op.f("ck_inspection_custody_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_custody")),
    )
    with op.batch_alter_table("inspection_custody", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_custody_sample_id", ["sample_id", "id"], unique=False)

    op.create_table(
        "inspection_item",
        sa.Column("inspection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("clause_id", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("owed", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("answer <> 'violates' OR remark <> ''", name=op.f("ck_inspection_item_remark")),
        sa.CheckConstraint(
            "answer IN ('unchecked','conforms','violates','not_applicable')", name=op.f("ck_inspection_item_answer")
        ),
        sa.PrimaryKeyConstraint("inspection_id", "key", name=op.f("pk_inspection_item")),
    )
    op.create_table(
        "inspection_note",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('rectified','rechecked','corrected')", name=op.f("ck_inspection_note_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_note")),
    )
    with op.batch_alter_table("inspection_note", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_note_inspection_id", ["inspection_id", "id"], unique=False)

    op.create_table(
        "inspection_order",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.Text(), nullable=False),
        sa.Column("recheck_on", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=True),
        sa.Column("rechecked_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open','closed')", name=op.f("ck_inspection_order_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_order")),
    )
    with op.batch_alter_table("inspection_order", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_order_inspection_id", ["inspection_id", "id"], unique=False)
        batch_op.create_index("ix_inspection_order_party_id", ["party_id", "state"], unique=False)
        batch_op.create_index("ix_inspection_order_tenant_id", ["tenant_id", "state", "recheck_on"], unique=False)

    op.create_table(
        "inspection_order_item",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('','corrected','uncorrected')", name=op.f("ck_inspection_order_item_result")),
        sa.PrimaryKeyConstraint("order_id", "key", name=op.f("pk_inspection_order_item")),
    )
    op.create_table(
        "inspection_photo",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("taken", sa.Text(), nullable=False),
        sa.Column("taken_from", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_photo")),
    )
    with op.batch_alter_table("inspection_photo", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_photo_inspection_id", ["inspection_id", "id"], unique=False)

    op.create_table(
        "inspection_sample",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("base_quantity", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("reserve", sa.Text(), nullable=False),
        sa.Column("reserve_seal", sa.Text(), nullable=False),
        sa.Column("reserve_place", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("laboratory", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("form_number", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_sample")),
    )
    with op.batch_alter_table("inspection_sample", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_sample_inspection_id", ["inspection_id", "id"], unique=False)
        batch_op.create_index("ix_inspection_sample_tenant_id", ["tenant_id", "number"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("inspection_sample", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_sample_tenant_id")
        batch_op.drop_index("ix_inspection_sample_inspection_id")

    op.drop_table("inspection_sample")
    with op.batch_alter_table("inspection_photo", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_photo_inspection_id")

    op.drop_table("inspection_photo")
    op.drop_table("inspection_order_item")
    with op.batch_alter_table("inspection_order", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_order_tenant_id")
        batch_op.drop_index("ix_inspection_order_party_id")
        batch_op.drop_index("ix_inspection_order_inspection_id")

    op.drop_table("inspection_order")
    with op.batch_alter_table("inspection_note", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_note_inspection_id")

    op.drop_table("inspection_note")
    op.drop_table("inspection_item")
    with op.batch_alter_table("inspection_custody", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_custody_sample_id")

    op.drop_table("inspection_custody")
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index("ix_inspection_tenant_id")
        batch_op.drop_index("ix_inspection_party_id")
        batch_op.drop_index("ix_inspection_lot_id")

    op.drop_table("inspection")
    op.drop_table("document_template")
