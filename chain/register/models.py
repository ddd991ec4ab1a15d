"""Statements about the chain and the facts they amount to, as plain frozen data.

A statement is what somebody recorded once, with source and date; it is never changed. A fact is a statement read
for its kind. Quantities are Decimal in the unit as written; ``low`` and ``high`` are equal where one number was
given and both None where it is 未知. Times are integer µs UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from chain.models import Basis

SUBJECT_KINDS: dict[str, str] = {
    "enterprise": "企业",
    "base": "基地",
    "park": "园区",
    "centre": "中心",
    "platform": "平台",
    "cold_store": "冷库",
    "carrier": "承运",
    "lab": "实验室",
    "reference": "参照区",
    "candidate": "候选",
    "site": "地块",
}
LINK = "link"
"""Kind of the subject of a statement about a link of the district as a whole: a survey, a need, a sample flow."""

BASES: dict[str, str] = {"declared": "申报", "observed": "批次流观察", "planned": "计划中"}
KINDS: dict[str, str] = {
    "subject": "主体资料",
    "operates": "从事环节与产能",
    "base_size": "基地规模",
    "supplies": "供给关系",
    "located_in": "所在园区",
    "served_by": "服务关系",
    "candidate_for": "候选环节",
    "survey": "查无记录",
    "need": "年需求",
    "volume": "年产量",
    "reference": "参照区数据",
    "flow": "批次流样例",
    "licence": "证照",
    "equipment": "设备",
    "position": "坐标",
    "requires": "对地块的要求",
    "offers": "地块条件",
    "same_as": "认定为同一主体",
    "withdraw": "撤回",
}
OF_LINK = frozenset({"survey", "need", "reference", "flow"})
"""Kinds whose subject is a link."""
FAMILY = "family"
"""Kind of the subject of a statement about a product family of the district as a whole: its yearly volume."""
OF_FAMILY = frozenset({"volume"})
"""Kinds whose subject is a product family."""
YEAR = "年"
"""The period that capacities and needs are of."""
DATUMS: dict[str, str] = {
    "gcj02": "GCJ-02（高德、腾讯地图）",
    "wgs84": "WGS84（卫星定位仪）",
    "cgcs2000": "CGCS2000（测绘成果）",
    "bd09": "BD-09（百度地图）",
}
"""Coordinate systems by their key. The same place differs by hundreds of metres between some of them."""
REFERENCE_NAMES: Mapping[str, str] = {
    "here": "本区该行业", "here_all": "本区合计", "there": "参照区该行业", "there_all": "参照区合计",
}  # fmt: skip
"""The four numbers of a location quotient, e_ij, e_j, E_i, E, all in one unit of one year."""
State = Literal["present", "absent", "unknown"]
STATE_NAMES: dict[State, str] = {"present": "有证据存在", "absent": "有证据缺失", "unknown": "未知"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One recorded statement. ``seq`` is its place in the order of commit, ``subject`` an id, a link's number or a family's id.

    ``withdraws`` is the id of a statement or of a whole import, for kind ``withdraw`` only.
    """

    seq: int
    id: int
    subject_kind: str
    subject: str
    kind: str
    body: Mapping[str, Any]
    data_date: date
    source: str
    basis: Basis
    recorded_at: int
    recorded_by: int = 0
    organisation: int = 0
    import_id: int | None = None
    withdraws: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What every fact carries. ``subject`` as in the statement; ``import_id`` None unless it came in by a file."""

    kind: ClassVar[str] = ""
    id: int
    seq: int
    subject: str
    data_date: date
    recorded_at: int
    source: str
    basis: Basis
    import_id: int | None

    @property
    def slot(self) -> str:
        """What it is about within (kind, subject): a later fact of the same slot replaces it."""
        return ""

    @property
    def link(self) -> str:
        """The link it is about; '' where none."""
        return ""

    @property
    def order(self) -> tuple[date, int, int]:
        """The greatest of a slot is in force."""
        return (self.data_date, self.recorded_at, self.seq)


@dataclass(frozen=True, slots=True)
class SubjectFact(Fact):
    """Name, credit code ('' if not known), who finally controls it (None is unknown), where it is."""

    kind: ClassVar[str] = "subject"
    subject_kind: str
    name: str
    code: str
    controller: str | None
    inside: bool
    place: str
    fields: tuple[tuple[str, str], ...]
    demo: bool


@dataclass(frozen=True, slots=True)
class Quantified(Fact):
    low: Decimal | None
    high: Decimal | None
    unit: str

    @property
    def exact(self) -> bool:
        return self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Operates(Quantified):
    """A subject works at a link. ``period`` is what the capacity covers; from ``ended`` on it works there no more."""

    kind: ClassVar[str] = "operates"
    at: str
    period: str
    ended: date | None

    @property
    def slot(self) -> str:
        return f"{self.at} {self.basis}"

    @property
    def link(self) -> str:
        return self.at


@dataclass(frozen=True, slots=True)
class BaseSize(Quantified):
    """How large a supply base is, by what it grows or keeps. A plan stands beside what is and does not replace it."""

    kind: ClassVar[str] = "base_size"
    what: str

    @property
    def slot(self) -> str:
        return f"{self.what} planned" if self.basis == "planned" else self.what


@dataclass(frozen=True, slots=True)
class Supplies(Quantified):
    """The subject gives ``to`` (a subject's id) what its link makes. Volume per year."""

    kind: ClassVar[str] = "supplies"
    to: str
    at: str
    what: str

    @property
    def slot(self) -> str:
        return f"{self.to} {self.at} {self.basis}"

    @property
    def link(self) -> str:
        return self.at


@dataclass(frozen=True, slots=True)
class Tie(Fact):
    """``located_in`` a park, ``served_by`` a platform, lab, cold store or carrier."""

    other: str
    what: str


@dataclass(frozen=True, slots=True)
class LocatedIn(Tie):
    kind: ClassVar[str] = "located_in"


@dataclass(frozen=True, slots=True)
class ServedBy(Tie):
    kind: ClassVar[str] = "served_by"

    @property
    def slot(self) -> str:
        return self.other


@dataclass(frozen=True, slots=True)
class CandidateFor(Quantified):
    """An enterprise that might be won for a link. The amount is what somebody assumes it would make in a year
    (假设)."""

    kind: ClassVar[str] = "candidate_for"
    at: str
    note: str

    @property
    def slot(self) -> str:
        return self.at

    @property
    def link(self) -> str:
        return self.at


@dataclass(frozen=True, slots=True)
class Surveyed(Fact):
    """Evidence of absence: somebody looked (``where``) for operators of the link inside the district and found none."""

    kind: ClassVar[str] = "survey"
    where: str

    @property
    def link(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True)
class Needed(Quantified):
    """What the district needs of a link in a year."""

    kind: ClassVar[str] = "need"

    @property
    def link(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True)
class Volumed(Quantified):
    """What is made of a product family in a year and leaves as such; ``subject`` is the family's id."""

    kind: ClassVar[str] = "volume"


@dataclass(frozen=True, slots=True)
class Referred(Fact):
    """The link's industry and everything, here and in a reference ``region``, in one unit and ``year``."""

    kind: ClassVar[str] = "reference"
    here: Decimal
    here_all: Decimal
    there: Decimal
    there_all: Decimal
    unit: str
    region: str
    year: int

    @property
    def link(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True)
class SampleFlow(Fact):
    """An invented batch flow of the demo district; days count back from the day that is looked at."""

    kind: ClassVar[str] = "flow"
    last_days_ago: int | None
    batches: int
    enterprises: int
    top_share: Decimal | None
    observed_days: int

    @property
    def link(self) -> str:
        return self.subject


@dataclass(frozen=True, slots=True)
class Licence(Fact):
    kind: ClassVar[str] = "licence"
    what: str
    number: str
    valid_from: date | None
    valid_to: date | None

    @property
    def slot(self) -> str:
        return f"{self.what} {self.number}"


@dataclass(frozen=True, slots=True)
class Equipment(Fact):
    kind: ClassVar[str] = "equipment"
    what: str
    count: str

    @property
    def slot(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Position(Fact):
    """Where a subject is: decimal degrees in ``datum``, a key of DATUMS or '' where nobody said which."""

    kind: ClassVar[str] = "position"
    lon: Decimal
    lat: Decimal
    datum: str


@dataclass(frozen=True, slots=True)
class OfSite(Quantified):
    """One hard constraint by its key (``chain.sites``)."""

    what: str

    @property
    def slot(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Requires(OfSite):
    """What a target asks of a site, at least."""

    kind: ClassVar[str] = "requires"


@dataclass(frozen=True, slots=True)
class Offers(OfSite):
    """What a park or site has; an amount of 0 is known to be none."""

    kind: ClassVar[str] = "offers"


@dataclass(frozen=True, slots=True)
class SameAs(Fact):
    """A named person (``person``: its opaque number) found two subjects to be one, by a credit code."""

    kind: ClassVar[str] = "same_as"
    other: str
    code: str
    person: str

    @property
    def slot(self) -> str:
        return self.other
