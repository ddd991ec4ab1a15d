"""Why a lot is in doubt, and what that means for a product further down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

KINDS = {
    "fail": "系统比对不符合",
    "own_stop": "企业已停止销售",
    "ordered_stop": "监管责令停止经营",
    "seized": "监管查封、扣押",
    "failed_sampling": "监督抽检不合格",
    "recall": "召回中",
    "held": "企业扣留",
}
PUBLISHED = frozenset({"own_stop", "ordered_stop", "seized", "failed_sampling", "recall"})
"""Kinds that the public page of the lot itself states."""
CONCLUSIONS = {
    "unaffected": "经核查本批不受影响",
    "stopped": "本批已停止销售",
    "returned": "本批已退货或召回",
    "disposed": "本批已销毁或无害化处理",
}
WORKING_DAYS = 3
"""How many working days the holder has to conclude; a first choice of ours (团队拟定)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A time during which a lot was in doubt. ``source_id`` is the act or verdict that began it; ``ended`` None: open.

    Times are µs UTC. ``text`` is what was said then: a document number, a notice, a reason.
    """

    lot_id: int
    kind: str
    source_id: int
    began: int
    ended: int | None
    text: str = ""

    @property
    def key(self) -> str:
        """How a conclusion names it."""
        return f"{self.lot_id}-{self.source_id}"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A cause upstream of one product: the chain of lots down to it, and how much of it is the suspect lot.

    ``path`` runs from the suspect lot to the product, both included. ``share`` is of the product's input mass,
    None with the reason in ``share_why``. ``since`` is when it began to concern the product (µs UTC).
    """

    cause: Cause
    path: Sequence[int]
    share: Fraction | None
    share_why: str
    since: int
    due: str
