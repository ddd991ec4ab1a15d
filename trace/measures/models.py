"""The words of official measures and what a person states of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STOP, SEAL, DETAIN, RECALL, LIFT = "stop", "seal", "detain", "recall", "lift"
MEASURES: Mapping[str, str] = {
    STOP: "责令停止经营",
    SEAL: "查封",
    DETAIN: "扣押",
    RECALL: "责令召回",
    LIFT: "解除",
}
SEIZURES = (SEAL, DETAIN)
URGENT = (STOP, SEAL, DETAIN)
"""Which measures may be taken first and approved afterwards."""

DOCUMENTS: Mapping[str, Mapping[str, str]] = {
    STOP: {"stop_order": "责令停止经营通知书", "rectification_order": "责令改正通知书"},
    SEAL: {"seizure_decision": "查封（扣押）决定书"},
    DETAIN: {"seizure_decision": "查封（扣押）决定书"},
    RECALL: {"recall_order": "责令召回通知书"},
    LIFT: {"lift_decision": "解除决定书"},
}
"""Measure → the documents that bring it into effect, the usual one first."""

SERVICE: Mapping[str, str] = {
    "direct": "直接送达",
    "left": "留置送达",
    "post": "邮寄送达",
    "electronic": "电子送达",
    "public": "公告送达",
}
GROUNDS: Mapping[str, str] = {
    "unsafe": "不符合食品安全标准，或有证据证明可能危害健康",
    "label": "标签、标识、说明书问题",
    "records": "记录、凭证不全或不一致",
    "other": "其他",
}
"""What a measure rests on; only ``unsafe`` lets the maker know that a recall is due."""

DRAFT, TAKEN, SERVED, LAPSED, LIFTED, WITHDRAWN = "draft", "taken", "served", "lapsed", "lifted", "withdrawn"
STATES: Mapping[str, str] = {
    DRAFT: "草稿，未生效",
    TAKEN: "紧急措施，已先行采取",
    SERVED: "已生效",
    LAPSED: "已失效（未在 24 小时内补办批准）",
    LIFTED: "已解除",
    WITHDRAWN: "草稿已撤回",
}
IN_EFFECT = (TAKEN, SERVED)
PENDING_NUMBER = "紧急措施，文书号待补"


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer on a document: certificate number as text, the name for ``person`` only."""

    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """What the first officer says. ``ends`` is the measure a lift ends; ``quantity`` and ``place`` are of seized goods."""

    measure: str
    reason: str
    ground: str = "other"
    source: str = ""
    ends: int | None = None
    quantity: str = ""
    unit: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved and when; ``approved_at`` as typed (Shanghai time unless it has an offset)."""

    approver: str = ""
    position: str = ""
    approved_at: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that makes a draft complete. Times as typed; ``quantity`` and ``place`` where the draft has none yet."""

    document_kind: str = ""
    document_no: str = ""
    approval: Approval = field(default_factory=Approval)
    officers: Sequence[Officer] = ()
    served_at: str = ""
    service: str = ""
    quantity: str = ""
    unit: str = ""
    place: str = ""
    returns: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """A seizure's one extension: ``days`` as typed, at most 30."""

    days: str = ""
    document_no: str = ""
    reason: str = ""
    approval: Approval = field(default_factory=Approval)
