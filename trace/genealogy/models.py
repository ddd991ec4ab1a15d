"""The answer of a trace: lots as nodes, transformations as edges, where the chain begins, ends and breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

DIRECTIONS = ("up", "down", "both")
UNREGISTERED = "unregistered"
"""State of a lot that was only ever named: used as an input, never received or registered."""
ASSUMPTION = (
    "按投料质量逐级计算，假定每批混合均匀：一批产品的各部分含同样比例的投料；升按千克计，"
    "按件计量的用净含量折算；同一次加工的多个产出按同一比例计"
)
"""What a share rests on; said wherever one is shown."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What an actor may see, decided by one function at the edge; here only asked.

    ``org_id`` is the actor's organisation (0 for none). ``every``: all lots in full, so that nothing about an actor
    need be looked up. ``full(owner, exchanged)``: a lot of ``owner`` in full, where ``exchanged`` says that the actor
    itself handed it over or received it. ``judges(owner)``: its verdict too. ``amounts(owner)``: how much of what
    went into it.
    """

    org_id: int
    every: bool
    full: Callable[[int, bool], bool]
    judges: Callable[[int], bool]
    amounts: Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Holding:
    """Who has a lot on hand. ``holder`` '' where the actor may not know; millionths of ``unit``, None likewise."""

    holder_id: int
    holder: str
    place: str
    quantity: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Passing:
    """A hand-over of a lot. ``reported`` is both, shipped or received: who has said so. Times are µs UTC.

    ``both_here``: both have an account, so that both can report.
    """

    giver: str
    taker: str
    at: int
    quantity: int
    unit: str
    reported: str
    both_here: bool


@dataclass(frozen=True, slots=True)
class Packing:
    """A lot in a case or on a pallet, from when to when (None: still). Says where it is, passes on no fault."""

    container_id: int
    uri: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a container was reported while the lot was in it: by whom, doing what (CBV business step), when, where.

    The last one says where the lot is and with whom; ``place`` is a location's URI or ''.
    """

    container: str
    holder: str
    step: str
    at: int
    place: str


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a lot is the root, by mass; None with the reason."""

    part: Fraction | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One lot as the actor may see it. ``hidden`` nodes say only stage and state, and still count.

    ``end``: ``start`` where the chain begins with this lot, ``stock``, ``gone`` or ``out`` where it ends (on hand,
    nothing left, handed over to somebody without an account), '' inside it.
    """

    id: int
    uri: str | None
    hidden: bool
    depth: int
    name: str = ""
    lot: str = ""
    kind: str = ""
    maker: str = ""
    place: str = ""
    stage: str = ""
    state: str = ""
    halt: str = ""
    halt_text: str = ""
    verdict: str = ""
    produced_on: str | None = None
    best_before: str | None = None
    registered_at: int | None = None
    released_at: int | None = None
    quantity: int | None = None
    unit: str = ""
    origins: Sequence[str] = ()
    registered: bool = True
    item_id: int = 0
    holders: Sequence[Holding] = ()
    passings: Sequence[Passing] = ()
    packed: Sequence[Packing] = ()
    sightings: Sequence[Sighting] = ()
    end: str = ""
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class TraceEdge:
    """``input`` went into ``output``. Amount None where hidden or unstated; ``share`` is of the output's input mass."""

    input: int
    output: int
    event: int
    quantity: int | None
    unit: str
    basis: str
    share: float | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class Break:
    """断链: where the record ends without an origin, or only one side reported, and why."""

    lot: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything connected to ``root`` in one direction or both, cut to the actor."""

    root: int
    nodes: Sequence[Node]
    edges: Sequence[TraceEdge]
    breaks: Sequence[Break]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lots of a trace that have something in common, and what of them is on hand there.

    ``key`` names it ('' for none); ``hidden`` groups stand for what the actor may not know. ``quantities``:
    (millionths, unit) each, empty where the actor may not know them.
    """

    key: str
    name: str
    lots: int
    quantities: Sequence[tuple[int, str]] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Grouped:
    """All groups of a trace; ``lots`` counts each lot once, the root included, hidden ones too."""

    root: int
    by: str
    groups: Sequence[Group]
    lots: int
