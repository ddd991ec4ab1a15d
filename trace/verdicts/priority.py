"""What a supervisor should look at first: harm × spread × strength of evidence. Pure, and published on the page.

The weights are a first choice of ours (团队拟定); they are data below, so that they can be argued about.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DAILY = 10
"""A supervisor gets at most so many a day; the rest are trends."""

HARM = {"pathogen": 5.0, "prohibited": 5.0, "contaminant": 4.0, "other": 3.0, "suspicion": 3.0, "paper": 1.5}
HARM_TEXT = {
    "pathogen": "致病微生物",
    "prohibited": "禁用或不得检出",
    "contaminant": "污染物、残留或添加剂超限",
    "other": "其他项目",
    "suspicion": "上游存疑",
    "paper": "证照与记录",
}
READY_TO_EAT = 1.5
"""A dish eaten without heating: what is in it reaches the eater."""
STRENGTH = {"surveillance": 1.0, "commissioned": 1.0, "release": 0.8, "unruled": 0.5, "paper": 0.4, "rapid": 0.3}
STRENGTH_TEXT = {
    "surveillance": "监督抽检",
    "commissioned": "第三方检验",
    "release": "企业出厂检验",
    "unruled": "须人工核对、尚未裁定",
    "paper": "记录或上游事实",
    "rapid": "快检",
}
PATHOGENS = (
    "沙门氏菌",
    "李斯特",
    "金黄色葡萄球菌",
    "致泻大肠",
    "副溶血",
    "弯曲菌",
    "蜡样芽胞",
    "志贺",
    "克罗诺",
    "肉毒",
)
FORMULA = "分数 = 危害 × 扩散 × 证据强度；扩散 = 1 + log₁₀(1 + 下游批次数 + 持有单位数)；即食产品危害 × 1.5；未放行的批次扩散按 1 计"


@dataclass(frozen=True, slots=True)
class Case:
    """One batch to weigh. ``harm`` and ``strength`` are keys of HARM and STRENGTH; counts as the genealogy has them."""

    batch_id: int
    harm: str
    strength: str
    ready_to_eat: bool
    released: bool
    downstream: int
    holders: int
    reason: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A case with its score and the three factors."""

    case: Case
    harm: float
    spread: float
    strength: float

    @property
    def score(self) -> float:
        return round(self.harm * self.spread * self.strength, 2)


def weigh(case: Case) -> Weighed:
    """The published formula."""
    harm = HARM[case.harm] * (READY_TO_EAT if case.ready_to_eat else 1.0)
    spread = 1.0 + math.log10(1 + case.downstream + case.holders) if case.released else 1.0
    return Weighed(case, harm, spread, STRENGTH[case.strength])


def worklist(cases: Iterable[Case], done_today: int = 0, daily: int = DAILY) -> tuple[list[Weighed], list[Weighed]]:
    """Today's list, the highest score first, and the rest. ``done_today`` counts against the day."""
    ranked = sorted((weigh(case) for case in cases), key=lambda one: (-one.score, -one.case.batch_id))
    cut = max(0, daily - done_today)
    return ranked[:cut], ranked[cut:]


def harm_of(finding: Mapping[str, Any], kind: str) -> str:
    """The harm class of a finding; ``kind`` is the clause's kind, '' where the book has no such clause."""
    if any(word in finding["parameter"] for word in PATHOGENS):
        return "pathogen"
    if kind == "prohibited":
        return "prohibited"
    if finding["parameter"]:
        return "contaminant" if kind == "limit" else "other"
    return "paper"


def trends(findings: Iterable[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, str, int]]:
    """What fails or needs review how often: (status, what, batches), the most frequent first.

    ``findings`` are (batch id, finding) pairs; a batch counts once for each.
    """
    seen: set[tuple[str, str, str]] = set()
    for batch_id, finding in findings:
        if finding["status"] in ("fail", "needs_review"):
            what = finding["parameter"] or f"{finding['standard']} {finding['clause']}".strip() or "归类"
            seen.add((batch_id, finding["status"], what))
    tally = Counter((status, what) for _, status, what in seen)
    return [(status, what, n) for (status, what), n in sorted(tally.items(), key=lambda x: (-x[1], x[0]))]


def gravest(findings: Sequence[tuple[Mapping[str, Any], str, str]]) -> tuple[Mapping[str, Any], str, str] | None:
    """Of (finding, harm, strength) the one that weighs most; None for none."""
    return max(findings, key=lambda one: HARM[one[1]] * STRENGTH[one[2]], default=None)
