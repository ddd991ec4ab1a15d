"""Tables of announcements: what was imported (facts), what was judged (facts), and where samples and cases stand."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlmodel import Field, SQLModel


class BulletinFile(SQLModel, table=True):
    """An uploaded file as it came, kept so that preview, import and the file of refused rows read the same bytes.

    ``imported_at`` is 0 until rows of it were imported; what never is may be thrown away after a week.
    """

    __tablename__ = "bulletin_file"
    __table_args__ = (Index("ix_bulletin_file_tenant_id", "tenant_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Text, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    uploaded_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    imported_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class Bulletin(SQLModel, table=True):
    """One announcement of one authority. ``issued_on`` is ISO text. Never edited."""

    __tablename__ = "bulletin"
    __table_args__ = (Unique("issuer", "number"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    issuer: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False))
    issued_on: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    is_demo: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class BulletinSample(SQLModel, table=True):
    """One failed sample as announced. ``row`` is the verbatim row, ``failures`` a JSON list. Never edited.

    ``sample_key`` identifies it inside the bulletin: its sample number, else the digest of its row.
    """

    __tablename__ = "bulletin_sample"
    __table_args__ = (
        CheckConstraint("task IN ('监督抽检','风险监测','评价性抽检','快检')", name="task"),
        Unique("bulletin_id", "sample_key"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    bulletin_id: int = Field(sa_column=Column(BigInteger, ForeignKey("bulletin.id"), nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    sample_key: str = Field(sa_column=Column(Text, nullable=False))
    digest: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Text, nullable=False))
    task: str = Field(sa_column=Column(Text, nullable=False))
    food: str = Field(sa_column=Column(Text, nullable=False))
    category: str = Field(sa_column=Column(Text, nullable=False))
    produced: str = Field(sa_column=Column(Text, nullable=False))
    produced_on: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    lot: str = Field(sa_column=Column(Text, nullable=False))
    maker: str = Field(sa_column=Column(Text, nullable=False))
    maker_code: str = Field(sa_column=Column(Text, nullable=False))
    sampled_from: str = Field(sa_column=Column(Text, nullable=False))
    spec: str = Field(sa_column=Column(Text, nullable=False))
    brand: str = Field(sa_column=Column(Text, nullable=False))
    remark: str = Field(sa_column=Column(Text, nullable=False))
    failures: str = Field(sa_column=Column(Text, nullable=False))
    microbial: int = Field(sa_column=Column(Integer, nullable=False))
    row: str = Field(sa_column=Column(Text, nullable=False))
    imported_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class BulletinJudgement(SQLModel, table=True):
    """What our engine said of a sample under one rulebook; a fact, never edited, the newest counts."""

    __tablename__ = "bulletin_judgement"
    __table_args__ = (
        CheckConstraint("outcome IN ('agree','needs_review','disagree')", name="outcome"),
        Index("ix_bulletin_judgement_sample_id", "sample_id", "id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sample_id: int = Field(sa_column=Column(BigInteger, ForeignKey("bulletin_sample.id"), nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    rulebook: str = Field(sa_column=Column(Text, nullable=False))
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    judgement: str = Field(sa_column=Column(Text, nullable=False))
    request_id: str = Field(sa_column=Column(Text, nullable=False))


class SampleState(SQLModel, table=True):
    """Where a sample stands after what people did with it. Projection of ``sample.*`` acts; none yet, no row."""

    __tablename__ = "sample_state"
    __table_args__ = (
        CheckConstraint("status IN ('初检','复检','异议')", name="status"),
        CheckConstraint("matched IN ('','confirmed','none')", name="matched"),
        Index("ix_sample_state_batch_id", "batch_id"),
    )

    sample_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    result: str = Field(sa_column=Column(Text, nullable=False))
    pending: str = Field(sa_column=Column(Text, nullable=False))
    ground: str = Field(sa_column=Column(Text, nullable=False))
    doubted: bool = Field(sa_column=Column(Boolean, nullable=False))
    final: bool = Field(sa_column=Column(Boolean, nullable=False))
    matched: str = Field(sa_column=Column(Text, nullable=False))
    batch_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    act_id: int = Field(sa_column=Column(BigInteger, nullable=False))


class CaseFile(SQLModel, table=True):
    """A case that a confirmed failure of a confirmed batch opened. Projection; ``id`` is the opening act's."""

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("state IN ('open','closed')", name="state"),
        Index("ix_case_file_batch_id", "batch_id"),
        Index("ix_case_file_sample_id", "sample_id"),
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    sample_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    batch_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    cleared: bool = Field(sa_column=Column(Boolean, nullable=False))
    opened_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    opened_by: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    closed_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class CaseStep(SQLModel, table=True):
    """One thing done in a case: who, when, why. Projection; ``id`` is the act's."""

    __tablename__ = "case_step"
    __table_args__ = (Index("ix_case_step_case_id", "case_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    case_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    tenant_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    level: str = Field(sa_column=Column(Text, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
