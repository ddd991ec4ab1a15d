"""What the chain is made of: links, who operates them, what is needed, what flows, what the plan says.

Plain frozen data. Numbers are ``Decimal`` in the unit as written; dates are calendar dates. Nothing
here knows a clock, a session or a framework.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Literal

Layer = Literal["U", "M", "D", "S"]
Weight = Literal["A", "B", "C"]
Basis = Literal["declared", "observed", "planned"]
EdgeKind = Literal["物料", "配套", "回流"]
Grade = Literal["unknown", "missing", "single", "weak", "external", "concentrated", "stable", "strong"]

LAYER_NAMES: dict[str, str] = {"U": "上游", "M": "中游", "D": "下游", "S": "支撑"}
WEIGHT_NAMES: dict[str, str] = {"A": "核心", "B": "重要", "C": "配套"}
GRADE_NAMES: dict[str, str] = {
    "unknown": "未知",
    "missing": "缺",
    "single": "单点",
    "weak": "弱",
    "external": "依赖外部",
    "concentrated": "集中",
    "stable": "稳",
    "strong": "强",
}
FLAG_STOPPED = "断流"
FLAG_PLANNED = "计划中"


@dataclass(frozen=True, slots=True)
class IndustryCode:
    """One GB/T 4754-2017 class; ``unverified`` keeps the dictionary's ``?``."""

    code: str
    unverified: bool

    def __str__(self) -> str:
        return f"{self.code}?" if self.unverified else self.code


@dataclass(frozen=True, slots=True)
class Link:
    """One link (环节) of the prepared-dish chain, as in the dictionary of links.

    ``expects_batches`` says whether an operator in business should show food batches at all; ``confidence``
    (H/M/L) and ``source`` are those of the industry codes.
    """

    id: str
    layer: Layer
    group: str
    name: str
    short: str
    codes: tuple[IndustryCode, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    weight: Weight
    expects_batches: bool
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class LinkEdge:
    """What one link hands to another.

    物料 carries food batches forward, 配套 equipment, packaging, inputs or services; 回流 runs against the
    direction of the chain (by-products to feed, imports to raw material) and ends a walk up or down the stream.
    """

    from_link: str
    to_link: str
    what: str
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Presence:
    """An organisation that operates a link, or plans to.

    ``capacity`` is per year in ``unit``, the lower end where a range is known (then ``capacity_high`` is the upper); for an organisation outside the district it is what it supplies
    *into* the district per year. ``controller`` is who finally controls it; None means unknown, and the
    organisation then counts as its own controller. ``lapsed`` names the licence that the link asks for and that ran out:
    then it is not known whether the organisation may work there. ``perhaps`` is one text for all organisations of the link
    that may be one under several names (疑为同一), '' for the others. ``alike`` are the controllers that may be one with its
    own, wherever they work.
    """

    org_code: str
    name: str
    link_id: str
    capacity: Decimal | None
    unit: str
    data_date: date
    source: str
    inside_district: bool
    demo: bool
    controller: str | None
    basis: Basis
    capacity_high: Decimal | None = None
    lapsed: str = ""
    perhaps: str = ""
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A link's industry here and in a reference region, each beside everything there, in one ``unit`` and one year."""

    link_id: str
    here: Decimal
    here_all: Decimal
    there: Decimal
    there_all: Decimal
    unit: str
    region: str
    year: int
    data_date: date
    source: str


@dataclass(frozen=True, slots=True)
class Demand:
    """What the district needs of a link's output in a year, in ``unit``.

    ``computed`` where nobody entered it: the families' yearly volumes along their bills of material; ``elsewhere`` where
    one of these families is made at another link.
    """

    link_id: str
    quantity: Decimal
    unit: str
    data_date: date
    source: str
    computed: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """Evidence of absence: a named survey looked for operators of the link inside the district and found none.

    Without one, a link nobody is known to operate is unknown, never missing.
    """

    link_id: str
    data_date: date
    source: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Batches that the record has seen at a link.

    ``last_flow_date`` None means none was ever seen. ``observed_since`` is the day from which enterprises of
    this link report to the record; None means nobody does, so silence says nothing. ``enterprises`` and
    ``top_share`` (0..1, of the batches in 90 days) decide whether the number may be shown at all. ``source`` says
    who saw them: the demo district's samples are nobody's record.
    """

    link_id: str
    last_flow_date: date | None
    batches_90d: int | None
    observed_since: date | None = None
    enterprises: int = 0
    top_share: Decimal | None = None
    source: str = "本平台批次记录"


@dataclass(frozen=True, slots=True)
class ObservedSupply:
    """What one organisation delivered to another of a link's output, summed from the record in one unit (Rec 20).

    A trade secret of both: shown to nobody who may not see each of them.
    """

    giver: str
    giver_name: str
    taker: str
    taker_name: str
    link_id: str
    volume: Decimal
    unit: str
    last: date
    deliveries: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number behind a conclusion: value as text, unit, where it comes from and as of when.

    ``value`` None is 未知; ``note`` says why, or why it is withheld.
    """

    value: str | None
    unit: str = ""
    source: str = ""
    data_date: date | None = None
    note: str = ""

    def as_json(self) -> dict[str, str | None]:
        return {
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "data_date": self.data_date.isoformat() if self.data_date else None,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where one grade ends and the next begins; shown with every conclusion. Drawn up by the team, to be confirmed."""

    stop_days: int = 90
    coverage_enough: Decimal = Decimal("1")
    coverage_strong: Decimal = Decimal("1.2")
    concentrated_share: Decimal = Decimal("0.7")
    external_share: Decimal = Decimal("0.5")
    strong_share: Decimal = Decimal("0.5")
    strong_controllers: int = 3
    shown_enterprises: int = 3
    shown_share: Decimal = Decimal("0.7")

    def as_json(self) -> dict[str, str]:
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Gap:
    """The state of one link: grade, flags, the kinds of gap it shows, and the reason in numbers.

    ``data_date`` is the date of the oldest datum used, since a conclusion is no fresher than that; None when
    there is no datum.
    """

    link: str
    name: str
    layer: Layer
    weight: Weight
    grade: Grade
    flags: tuple[str, ...]
    kinds: tuple[str, ...]
    reason: str
    inputs: tuple[tuple[str, Evidence], ...]
    data_date: date | None
    thresholds: Thresholds

    def as_json(self) -> dict[str, object]:
        """The item of ``GET /api/v1/chain/gaps``."""
        return {
            "link": self.link,
            "name": self.name,
            "layer": self.layer,
            "weight": self.weight,
            "grade": self.grade,
            "flags": list(self.flags),
            "kinds": list(self.kinds),
            "reason": self.reason,
            "inputs": {key: evidence.as_json() for key, evidence in self.inputs},
            "data_date": self.data_date.isoformat() if self.data_date else None,
            "thresholds": self.thresholds.as_json(),
        }


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """A number the plan sets: ``op`` is >=, >, = or between (then ``upper`` is set)."""

    key: str
    metric: str
    op: Literal[">=", ">", "=", "between"]
    value: Decimal
    upper: Decimal | None
    unit: str
    year: int
    year_note: str

    @property
    def text(self) -> str:
        """The target as people read it: 「≥ 120 家」."""
        if self.op == "between":
            return f"{self.value}—{self.upper} {self.unit}"
        sign = {">=": "≥ ", ">": "> ", "=": ""}[self.op]
        return f"{sign}{self.value} {self.unit}"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One row of the district's plan. Where table and document differ, ``target`` follows the document."""

    no: int
    name: str
    type: str
    section: str
    target: str
    targets: tuple[PlanTarget, ...]
    quote: tuple[str, ...]
    document_says: str
    differs: str
    platform_row: str


@dataclass(frozen=True, slots=True)
class PlanMention:
    """Where the plan names an entity, in its own words."""

    section: str
    quote: str
    target: str


@dataclass(frozen=True, slots=True)
class PlanEntity:
    """A zone, centre, platform, enterprise, old brand or dish the plan names, and nothing else about it.

    ``suspected_same`` groups spellings that may be one enterprise; it is an internal mark and merges nothing.
    """

    id: str
    kind: str
    name: str
    suspected_same: str
    mentions: tuple[PlanMention, ...]


@dataclass(frozen=True, slots=True)
class PlanTag:
    """A word of the plan with its members; no members means the plan lists none."""

    id: str
    name: str
    sections: tuple[str, ...]
    members: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """A fictional organisation of the fictional demo district. ``key`` is how other demo data refer to it; ``licences``
    are (kind, number, last day)."""

    key: str
    name: str
    org_code: str
    kind: str
    village: str
    inside_district: bool
    controller: str | None
    licences: tuple[tuple[str, str, date | None], ...]


@dataclass(frozen=True, slots=True)
class DemoChain:
    """Everything the demo district says about its chain, all of it invented and marked so."""

    district: str
    notice: str
    organisations: tuple[DemoOrganisation, ...]
    presences: tuple[Presence, ...]
    demands: tuple[Demand, ...]
    surveys: tuple[Survey, ...]
    flows: tuple[Flow, ...]
