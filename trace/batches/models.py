"""Receipts and batches as a person or an API client states them; the allowed words in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trace.evidence.models import NewDocument, NewReport

SOURCES = {
    "base": "供应基地或合作社",
    "smallholder": "农户",
    "collector": "收购商（混批、分批）",
    "market": "批发或农贸市场",
    "enterprise": "其他企业的批次（扫码）",
    "import": "进口",
    "own": "自产",
}
STATES = {
    "reserved": "在制",
    "awaiting": "待检",
    "released": "已放行",
    "held": "扣留",
    "shipped": "已出厂",
    "voided": "已作废",
}
HALTS = {
    "own_stop": "企业已停止销售",
    "ordered_stop": "监管责令停止经营",
    "seized": "监管查封、扣押",
    "recall": "召回中",
    "failed_sampling": "监督抽检不合格",
}
BASES = {"weighed": "实称", "by_recipe": "按配方推算"}
PENDING = {
    "unknown_input": "投料批次尚未登记",
    "over_use": "用量多于现有量",
    "before_receipt": "生产日期早于投料收货日期",
    "no_inputs": "没有登记投料",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One source inside a mixed lot: a collector's village or farmer, with its amount where known."""

    origin: str
    name: str = ""
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A raw lot as received. ``material_id`` or ``material`` (a new name) says what; ``code`` is a scanned code."""

    source: str
    quantity: str
    unit: str
    material_id: int | None = None
    material: str = ""
    code: str = ""
    lot: str = ""
    supplier: str = ""
    supplier_phone: str = ""
    supplier_code: str = ""
    origin: str = ""
    parts: Sequence[Part] = field(default_factory=tuple)
    received_on: str = ""
    produced_on: str = ""
    best_before: str = ""
    documents: Sequence[NewDocument] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class InputLine:
    """One input of a batch: a lot by id, by any code, or by material and lot number as written on the pack."""

    quantity: str
    unit: str
    lot_id: int | None = None
    code: str = ""
    material_id: int | None = None
    material: str = ""
    lot: str = ""
    basis: str = "weighed"


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A product batch. Empty ``lot`` has one issued; empty ``best_before`` follows from the shelf life."""

    item_id: int
    quantity: str
    produced_on: str
    unit: str = ""
    lot: str = ""
    best_before: str = ""
    inputs: Sequence[InputLine] = field(default_factory=tuple)
    reports: Sequence[NewReport] = field(default_factory=tuple)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a registration gives back: ids, the printed forms, and everything still open."""

    batch_id: int
    lot: str
    uri: str
    short_code: str
    pending: Sequence[dict[str, str]]
    warnings: Sequence[dict[str, str]]
