"""产业链完备度, per product family and for the whole chain, as an interval: what is unknown counts as 0 … as 1.

A need (one input, step, package or test of a family) may be met at any of its links (alternatives). Its state is
the cover of the best of them: 0 on evidence of absence, [0, 1] unknown, the interval of ``cover`` where somebody is.

    完备度   = Σ weight·state / Σ weight over the needs (one that nothing else can meet 3, one with alternatives 1)
    成品完备 = min of the states of all needs but negligible ones: an AND, five of six ingredients make no dish
    路径覆盖 = share of the ways from a source to the dish on which every link is present: an OR, any way counts
    whole    = Σ share·completeness of the families, by yearly volume; equal where a volume is unknown

Weights are a first choice (团队拟定) and printed beside every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from chain.measures import UNKNOWN, Interval

Necessity = Literal["essential", "replaceable", "negligible"]
WEIGHTS: Mapping[Necessity, int] = {"essential": 3, "replaceable": 1, "negligible": 0}
FORMULA = (
    "完备度 = Σ 权重×满足程度 ÷ Σ 权重；必需 3、有替代的一组 1、可忽略的不计（团队拟定）；未知按 0 至 1 计，故为区间"
)


@dataclass(frozen=True, slots=True)
class Need:
    """What a family needs and the links at which it can be met, any one of which is enough."""

    name: str
    links: tuple[str, ...]
    necessity: Necessity


@dataclass(frozen=True, slots=True)
class Completeness:
    """The three figures of one family. ``missing`` and ``unknown`` name the needs that keep the dish from 1."""

    weighted: Interval
    dish: Interval
    paths: Interval
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def state_of(need: Need, states: Mapping[str, Interval]) -> Interval:
    """How far a need is met, 0 to 1; links that ``states`` does not name are unknown."""
    found = [states.get(link, UNKNOWN) for link in need.links]
    return Interval(max(s.low for s in found), max(s.high for s in found)) if found else UNKNOWN


def completeness(
    needs: Sequence[Need],
    states: Mapping[str, Interval],
    ways: Mapping[str, Sequence[str]] | None = None,
    amounts: Mapping[str, Interval] | None = None,
) -> Completeness:
    """Of one family. ``ways`` gives for each link of the family those it takes from, up to the sources.

    ``states`` says whether anybody is there; ``amounts``, for the weighted figure, how far the need is covered.
    Raises ValueError for a family without essential needs, and for ``ways`` that run in a circle.
    """
    wanted = [need for need in needs if need.necessity != "negligible"]
    if not wanted:
        raise ValueError("产品族没有必需的需求，完备度没有定义")
    met = [state_of(need, states) for need in wanted]
    return Completeness(
        weighted=weighted(wanted, amounts or states),
        dish=Interval(min(s.low for s in met), min(s.high for s in met)),
        paths=path_cover(wanted, states, ways or {}),
        missing=tuple(need.name for need, state in zip(wanted, met, strict=True) if state.high == 0),
        unknown=tuple(need.name for need, state in zip(wanted, met, strict=True) if state == UNKNOWN),
    )


def weighted(needs: Iterable[Need], amounts: Mapping[str, Interval]) -> Interval:
    """完备度 of one family that has essential needs: how far each is covered, by weight."""
    counted = [(weight, state_of(need, amounts)) for need in needs if (weight := WEIGHTS[need.necessity])]
    total = sum(weight for weight, _ in counted)
    return Interval(
        sum(weight * state.low for weight, state in counted) / total,
        sum(weight * state.high for weight, state in counted) / total,
    )


def path_cover(needs: Iterable[Need], states: Mapping[str, Interval], ways: Mapping[str, Sequence[str]]) -> Interval:
    """Share of the ways from any source through ``ways`` to the needs' links on which every link is present."""
    ends = [link for need in needs for link in need.links]
    if not ends:
        return UNKNOWN
    order = _sources_first(ends, ways)
    every = _count(ends, order, ways, lambda _: True)
    sure = _count(ends, order, ways, lambda link: states.get(link, UNKNOWN).low > 0)
    possible = _count(ends, order, ways, lambda link: states.get(link, UNKNOWN).high > 0)
    return Interval(sure / every, possible / every)


def _sources_first(ends: Iterable[str], ways: Mapping[str, Sequence[str]]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    left, seen = list(ends), set(ends)
    while left:
        link = left.pop()
        sorter.add(link, *ways.get(link, ()))
        for source in ways.get(link, ()):
            if source not in seen:
                seen.add(source)
                left.append(source)
    try:
        return list(sorter.static_order())
    except CycleError as circle:
        raise ValueError(f"供给关系成环：{' → '.join(circle.args[1])}") from circle


def _count(
    ends: Iterable[str], order: Iterable[str], ways: Mapping[str, Sequence[str]], kept: Callable[[str], bool]
) -> int:
    """How many ways lead from a source to ``ends`` over links that are ``kept``."""
    found: dict[str, int] = {}
    for link in order:
        sources = ways.get(link, ())
        found[link] = (sum(found[source] for source in sources) if sources else 1) if kept(link) else 0
    return sum(found[end] for end in ends)


def whole(families: Iterable[tuple[Interval, float | None]]) -> Interval:
    """Of all families: (completeness, yearly volume); without every volume each family counts the same."""
    rows = list(families)
    if not rows:
        raise ValueError("没有产品族，完备度没有定义")
    by_volume = all(volume for _, volume in rows)
    weights = [float(volume) if by_volume and volume else 1.0 for _, volume in rows]
    total = sum(weights)
    return Interval(
        sum(w * state.low for w, (state, _) in zip(weights, rows, strict=True)) / total,
        sum(w * state.high for w, (state, _) in zip(weights, rows, strict=True)) / total,
    )
