"""Projects of the investment office as plain frozen data. Times are integer µs UTC, dates calendar dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Stage = Literal["lead", "signed", "landed", "producing"]
STAGES: dict[Stage, str] = {"lead": "线索", "signed": "签约", "landed": "落地", "producing": "投产"}
PROOFS: Mapping[Stage, Mapping[str, str]] = {
    "lead": {"source": "线索来源"},
    "signed": {"agreement": "协议编号"},
    "landed": {"project_code": "项目代码", "land": "土地出让合同号", "lease": "厂房租赁合同号"},
    "producing": {"batch": "首批放行批次"},
}
"""What each stage cannot be entered without: kind → name. The batch is looked up in the record, never typed in."""
KINDS: dict[str, str] = {
    "opened": "立项",
    "entered": "进入阶段",
    "noted": "记事",
    "owner": "更换负责人",
    "step": "下一步",
    "done": "完成一步",
    "ended": "终止",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One recorded act. ``number`` counts 1, 2, 3 … within the project, whose id is that of its first act."""

    id: int
    project: int
    number: int
    kind: str
    body: Mapping[str, Any]
    at: int
    by: int
    organisation: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves that a stage was reached: ``kind`` a key of PROOFS, ``value`` the number or source."""

    stage: Stage
    kind: str
    value: str
    day: date

    @property
    def name(self) -> str:
        return PROOFS[self.stage][self.kind]


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done next; ``done_at`` None while it is open. ``id`` is that of its act."""

    id: int
    what: str
    due: date
    done_at: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project stands. ``subject`` is its enterprise in the register, '' while none is named; ``owner`` the
    opaque number of a person; ``written`` the register's statements that its production stands on."""

    id: int
    name: str
    links: tuple[str, ...]
    subject: str
    owner: str
    stage: Stage
    since: int
    opened_at: int
    changed_at: int
    organisation: int
    demo: bool
    proofs: Mapping[Stage, Proof]
    steps: tuple[Step, ...]
    acts: tuple[Act, ...] = field(repr=False)
    written: tuple[int, ...] = ()
    ended: str = ""

    @property
    def open_steps(self) -> tuple[Step, ...]:
        return tuple(sorted((s for s in self.steps if s.done_at is None), key=lambda s: (s.due, s.id)))

    @property
    def place(self) -> int:
        """0 for a lead … 3 for producing."""
        return list(STAGES).index(self.stage)


@dataclass(frozen=True, slots=True)
class Counts:
    """Projects at a stage, projects that stand at it or beyond, and those that were ended (in neither)."""

    at: Mapping[Stage, int]
    reached: Mapping[Stage, int]
    ended: int

    @property
    def open(self) -> int:
        return sum(self.at.values())
