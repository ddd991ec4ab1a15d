"""What the ledger holds and what it works out: entries, measures of a row, states of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from chain.models import PlanItem, PlanTarget

Origin = Literal["entered", "trial", "seed"]
ORIGIN_NAMES: Mapping[str, str] = {"entered": "录入", "trial": "演示期间录入", "seed": "模拟"}
STEPS = ("任务", "分办", "落实", "跟踪", "反馈", "上报")
"""The plan's chain of work, in its order."""
LISTS: Mapping[str, str] = {"projects": "项目", "policies": "政策", "reforms": "改革", "platforms": "平台"}
"""The four yearly lists."""
EXPIRING_DAYS = 90
REPORTING_DAYS = 7
"""Days within which a smart factory or workshop must have reported to be counted."""
DUE_DAYS = 15
"""Days after the end of a half-year in which its report is due; drawn up by the team, the plan says only 每半年."""
UNDECIDED = "未定"


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded entry. ``seq`` orders entries by commit; ``recorded_at`` µs UTC."""

    seq: int
    id: int
    no: int | None
    kind: str
    body: Mapping[str, Any]
    data_date: date
    source: str
    origin: Origin
    recorded_at: int
    recorded_by: int
    organisation: int
    withdraws: int | None = None

    @property
    def order(self) -> tuple[date, int]:
        """Of two about the same thing the greater holds."""
        return (self.data_date, self.seq)


@dataclass(frozen=True, slots=True)
class Measure:
    """One present figure that a row asks for. ``count`` is the rule that counts it, empty where it is entered."""

    key: str
    name: str
    unit: str
    count: str
    flat: bool
    target: PlanTarget | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the plan with what makes it work here. ``owner`` only where the document names one."""

    item: PlanItem
    chapter: str
    owner: str
    measures: tuple[Measure, ...]
    sites: tuple[str, ...]
    none: str = ""
    """Why nothing is counted, where nothing is."""
    see: tuple[str, ...] = ()
    """Other rooms of the platform where the row's work is done."""

    @property
    def no(self) -> int:
        return self.item.no


@dataclass(frozen=True, slots=True)
class Facts:
    """What others count for the ledger; None is unknown. Nothing of a demonstration is ever in here.

    ``devices``: device id → µs UTC at which it last reported; None when nobody asked. ``projects``: stage → projects.
    ``links``: links of which something is known. ``sizes``: (group of the plan, amount, unit) of bases inside the
    district; ``subjects``: kind → subjects inside the district (at least, at most: some may be one under two
    names), a kind left out where nobody is registered.
    ``standards``: numbers in force in the rulebook.
    """

    enterprises: int | None = None
    batches: int | None = None
    links: int | None = None
    devices: Mapping[str, int] | None = None
    projects: Mapping[str, int] | None = None
    sizes: tuple[tuple[str, Decimal, str], ...] | None = None
    subjects: Mapping[str, tuple[int, int]] | None = None
    standards: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a rule of counting gives: ``value`` None is 未知, ``note`` then says why; ``how`` is the query in words.

    ``most``: where some of what is counted may be the same under two names, how many it is if none is; ``value`` is
    then what it is at least.
    """

    value: Decimal | None
    how: str
    note: str = ""
    rows: tuple[Entry, ...] = ()
    """The entries it was counted from."""
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """The straight line from the first known figure to the target; ``due`` is its height on the figure's date."""

    start_date: date
    start: Decimal
    end_date: date
    end: Decimal
    due: Decimal


LagState = Literal["reached", "ahead", "behind", "unknown"]
LAG_NAMES: Mapping[str, str] = {"reached": "已达目标", "ahead": "不慢于直线", "behind": "低于直线", "unknown": "未知"}


@dataclass(frozen=True, slots=True)
class Lag:
    """Where a figure stands against its target. ``unknown`` is not lagging."""

    state: LagState
    why: str
    line: Line | None = None


def number_text(value: Decimal | None, most: Decimal | None) -> str:
    """「98」, 「3～4」 where two of those counted may be one, or 未知."""
    if value is None:
        return "未知"
    return f"{value:f}" if most is None else f"{value:f}～{most:f}"


def figure_text(value: Decimal | None, most: Decimal | None, unit: str) -> str:
    """The same with its unit."""
    return number_text(value, most) + ("" if value is None else f" {unit}")


@dataclass(frozen=True, slots=True)
class Present:
    """A measure with its present figure: counted, entered, or unknown (``value`` None).

    ``most``: see ``Counted``. ``mode``: how the value shown was got (自动, 录入), or how it would be. ``entered`` are all standing entries of the
    measure, the oldest first; ``counted`` is there when a rule counts it.
    """

    measure: Measure
    value: Decimal | None
    mode: str
    source: str
    date: date | None
    period: str
    counted: Counted | None
    entered: tuple[Entry, ...]
    lag: Lag
    note: str = ""

    @property
    def most(self) -> Decimal | None:
        return self.counted.most if self.mode == "自动" and self.counted is not None else None

    @property
    def text(self) -> str:
        return figure_text(self.value, self.most, self.measure.unit)


@dataclass(frozen=True, slots=True)
class Half:
    """A half-year with the steps of a row's report that are recorded."""

    half: str
    ends: date
    due: date
    steps: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The last step reached; 未开始 before the first."""
        return next((step for step in reversed(STEPS) if step in self.steps), "未开始")

    @property
    def done(self) -> bool:
        return STEPS[-1] in self.steps


@dataclass(frozen=True, slots=True)
class RowState:
    """A row on a day. ``owner`` is 未定 where neither the document nor an entry names one."""

    row: Row
    presents: tuple[Present, ...]
    owner: str
    owner_from: str
    person: str
    """Opaque number of the person in charge; empty for none."""
    assigned: Entry | None
    halves: tuple[Half, ...]
    missing: tuple[Half, ...]
    """Half-year reports that were due and are not there."""

    @property
    def behind(self) -> tuple[Present, ...]:
        return tuple(one for one in self.presents if one.lag.state == "behind")

    @property
    def lagging(self) -> bool:
        """建议专题督导."""
        return bool(self.missing or self.behind)

    @property
    def known(self) -> bool:
        return any(one.value is not None for one in self.presents)

    @property
    def state(self) -> str:
        """One word for the list: 滞后 / 已达目标 / 有数 / 未知."""
        if self.lagging:
            return "lagging"
        targets = [one for one in self.presents if one.measure.target is not None]
        if targets and all(one.lag.state == "reached" for one in targets):
            return "reached"
        return "known" if self.known else "unknown"


STATE_NAMES: Mapping[str, str] = {
    "lagging": "建议专题督导",
    "reached": "已达目标",
    "known": "有现状数",
    "unknown": "未知",
}
