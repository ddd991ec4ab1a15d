"""What a recall consists of, as plain frozen data, and the words its columns may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DRAFT, ANNOUNCED, CLOSED, DROPPED = "draft", "announced", "closed", "dropped"
STATES: Mapping[str, str] = {DRAFT: "拟定范围", ANNOUNCED: "召回中", CLOSED: "已结束", DROPPED: "已放弃"}

OWN, NOTIFY = "own", "notify"
ROLES: Mapping[str, str] = {OWN: "本企业召回", NOTIFY: "通知生产者"}
"""An enterprise recalls what it made; makers of what was made from it are told and recall their own."""

IN, OUT = "in", "out"

HERE, TRANSIT, CHANNEL, SOLD = "here", "transit", "channel", "sold"
PLACES: Mapping[str, str] = {HERE: "本企业库存", TRANSIT: "在途", CHANNEL: "渠道（经销、餐饮）", SOLD: "已售出"}
CONTROLLED, RETURNED, DESTROYED, LOST, UNREACHED = "controlled", "returned", "destroyed", "unrecoverable", "not_reached"
FATES: Mapping[str, str] = {
    CONTROLLED: "已控制（封存）",
    RETURNED: "已退回",
    DESTROYED: "已销毁",
    LOST: "无法追回",
    UNREACHED: "尚未落实",
}

Grid = dict[tuple[str, str], int]
"""(place, fate) → millionths of the lot's unit."""


@dataclass(frozen=True, slots=True)
class NewRecall:
    """A proposal: suspect lots (ids), why, when the maker came to know and from where (µs UTC)."""

    suspects: Sequence[int]
    reason: str
    known_at: int | None = None
    known_source: str = ""
    mock: bool = False


@dataclass(frozen=True, slots=True)
class ScopeLot:
    """One affected lot: why (the chain of lot ids from the suspect), how much of it is suspect, how much was made.

    ``share`` is in millionths of the lot's input mass, None where it cannot be worked out (``share_why``).
    """

    lot_id: int
    maker_id: int
    role: str
    path: Sequence[int]
    quantity: int
    unit: str
    share: int | None = None
    share_why: str = ""
    holders: Sequence[Holding] = field(default_factory=tuple)
    used: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of a lot one holder must account for: ``quantity`` = ``transit`` + ``sold`` by the books + on hand.

    Negative where the books hand over more than came in.
    """

    holder: str
    """The organisation's id as text, else ``~`` and the name of a party without an account."""
    quantity: int
    transit: int = 0
    sold: int = 0
    step: int = 0
    """Hand-overs away from the maker: 0 the maker itself, 1 whom it delivered to, 2 farther on."""
    giver: str = ""
    """Who delivered it (the first by name where several did): the one that may know the holder and reach it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a holder says of one lot, in millionths; all of it is part of the quantity to account for.

    ``recovered`` and ``lost`` are parts of ``sold``.
    """

    controlled: int = 0
    returned: int = 0
    destroyed: int = 0
    sold: int = 0
    recovered: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One lot of one holder's task: what it must account for, and what it reported, if anything yet."""

    quantity: int
    transit: int
    sold: int
    at_maker: bool
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Destruction:
    """So much destroyed of what the maker has ``controlled`` or got ``returned``."""

    quantity: int
    source: str


@dataclass(frozen=True, slots=True)
class Account:
    """Where a lot is and what became of it: ``made`` = sum of ``grid`` + ``used`` + ``difference``.

    ``used`` went into other lots, which are accounted for themselves; ``difference`` is what the books do not explain.
    """

    made: int
    grid: Grid
    used: int
    difference: int
