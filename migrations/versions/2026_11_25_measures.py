"""measures: official measures with approval, service, terms; seizure as a state of a batch.

Revision: measures, after inspections, 2026-11-25 21:05:00. Orders that were recorded before are projected into the new
table; no fact is touched. The index of proposals goes: the table answers for it.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "measures"
down_revision = "inspections"
branch_labels = None
depends_on = None

PROPOSED = sa.text("kind = 'order.proposed'")
HALTS = "halt IN ('','own_stop','ordered_stop','seized','recall','failed_sampling')"
HALTS_BEFORE = "halt IN ('','own_stop','ordered_stop','recall','failed_sampling')"


def _halts(condition: str) -> None:
    with op.batch_alter_table("batch") as table:
        table.drop_constraint(op.f("ck_batch_halt"), type_="check")
        table.create_check_constraint(op.f("ck_batch_halt"), condition)


_ACT = sa.table(
    "act", *(sa.column(name) for name in ("id", "tenant_id", "kind", "subject_id", "at", "reason", "actor_id", "body"))
)
_EMPTY = (
    "ground",
    "source",
    "unit",
    "place",
    "position",
    "document_kind",
    "service",
    "extension_no",
    "extension_reason",
)


def _project_orders(measure: sa.Table) -> None:
    """What was proposed and confirmed before, as a rebuild projects it."""
    conn = op.get_bind()
    kinds = ("order.proposed", "order.confirmed", "order.lifted", "recall.announced")
    for act in conn.execute(sa.select(_ACT).where(_ACT.c.kind.in_(kinds)).order_by(_ACT.c.id)).all():
        body = json.loads(act.body)
        if act.kind == "order.proposed":
            values = dict.fromkeys(_EMPTY, "") | {
                "id": act.id,
                "tenant_id": act.tenant_id,
                "batch_id": act.subject_id,
                "measure": body.get("measure", "stop"),
                "state": "draft",
                "reason": act.reason,
                "returns": body.get("returns", ""),
                "drafted_at": act.at,
                "drafted_by": act.actor_id,
                "officers": "[]",
                "document_no": body["document_no"],
            }
            conn.execute(sa.insert(measure).values(values))
            continue
        proposal = body.get("proposal_id")
        if proposal is None:
            continue
        served = {"state": "served", "effective_at": act.at, "confirmed_by": act.actor_id}
        conn.execute(sa.update(measure).where(measure.c.id == int(proposal)).values(served))
        if act.kind == "order.lifted":
            stops = (measure.c.batch_id == act.subject_id, measure.c.measure == "stop", measure.c.state == "served")
            ended = {"state": "lifted", "ended_at": act.at, "ended_by": int(proposal)}
            conn.execute(sa.update(measure).where(*stops).values(ended))


def upgrade() -> None:
    measure = op.create_table(
        "measure",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("returns", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.Column("drafted_by", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.Column("officers", sa.Text(), nullable=False),
        sa.Column("approver_id", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("approval_noted_at", sa.BigInteger(), nullable=True),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("served_at", sa.BigInteger(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("effective_at", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("extended_days", sa.Integer(), nullable=True),
        sa.Column("extension_no", sa.Text(), nullable=False),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("measure IN ('stop','seal','detain','recall','lift')", name=op.f("ck_measure_measure")),
        sa.CheckConstraint(
            "state IN ('draft','taken','served','lapsed','lifted','withdrawn')", name=op.f("ck_measure_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    op.create_index("ix_measure_batch_id", "measure", ["batch_id", "id"])
    op.create_index("ix_measure_tenant_id", "measure", ["tenant_id", "id"])
    op.create_index("ix_measure_state", "measure", ["state", "id"])
    _halts(HALTS)
    op.drop_index("ix_act_proposed", "act")
    _project_orders(measure)


def downgrade() -> None:
    op.create_index(
        "ix_act_proposed", "act", ["tenant_id", "id"], sqlite_where=PROPOSED, postgresql_where=PROPOSED
    )  # fmt: skip
    op.execute("UPDATE batch SET halt = 'ordered_stop' WHERE halt = 'seized'")
    _halts(HALTS_BEFORE)
    op.drop_table("measure")
