"""Test reports and documents as a person states them; the allowed kinds in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

REPORT_KINDS = {
    "release": "出厂自检",
    "commissioned": "委托检验",
    "type": "型式检验",
    "surveillance": "监督抽检",
    "rapid": "快检",
}
THIRD_PARTY = frozenset({"commissioned", "type", "surveillance"})
"""Reports of a third party: these, and only these, must name the laboratory's CMA number."""

DOCUMENT_KINDS = {
    "conformity_certificate": "承诺达标合格证",
    "quarantine_certificate": "动物检疫合格证明",
    "meat_inspection": "肉品品质检验合格证",
    "purchase_slip": "购货凭证",
    "market_ticket": "市场票据",
    "rapid_test": "快检结果",
    "test_report": "检验报告",
    "import_inspection": "入境货物检验检疫证明",
    "photo": "照片",
    "supplier_licence": "供货者许可证",
    "other": "其他",
}


@dataclass(frozen=True, slots=True)
class NewMeasurement:
    """One parameter with its sample values as written, e.g. ``["2.0×10⁵", "未检出"]``."""

    parameter: str
    values: Sequence[str]
    unit: str = ""
    lod: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class NewReport:
    """A test report; ``attachment_id`` is the file handed in before."""

    kind: str
    number: str
    laboratory: str = ""
    cma: str = ""
    issued_on: str = ""
    sampled_on: str = ""
    valid_to: str = ""
    conclusion: str = ""
    attachment_id: int | None = None
    measurements: Sequence[NewMeasurement] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A certificate, ticket or photo that came with a raw lot."""

    kind: str
    number: str = ""
    issued_on: str = ""
    valid_to: str = ""
    attachment_id: int | None = None
