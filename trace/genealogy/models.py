"""The answer of a trace: lots as nodes, transformations as edges, and where the chain breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One lot as the actor may see it. ``hidden`` nodes say only stage and state, and still count."""

    id: int
    uri: str | None
    hidden: bool
    depth: int
    name: str = ""
    lot: str = ""
    maker: str = ""
    stage: str = ""
    state: str = ""
    halt: str = ""
    verdict: str = ""
    produced_on: str | None = None
    best_before: str | None = None
    origins: Sequence[str] = ()
    registered: bool = True


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
    """断链: where the record ends without an origin, and why."""

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
