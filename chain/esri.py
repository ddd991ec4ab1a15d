"""The Economic Systemic Risk Index: which share of all output is lost when one firm stops.

Diem, Borsos, Reisch, Kertész, Thurner: Quantifying firm-level economic systemic risk from nation-wide supply
networks, Scientific Reports 12:7719 (2022). Every firm has a generalised Leontief production function: of its
essential inputs, grouped by the supplier's sector, the scarcest binds; non-essential inputs lower output in
proportion to their share of all inputs; negligible ones not at all. A firm also loses what its buyers no longer buy.

With ``h`` the relative output of a firm and ``σ`` how hard a supplier is to replace (1, or its market share):

    down:  h_i = min(1 − max_k Σ_{j∈k} σ_j·w_ji/Σ_{j∈k} w_ji·(1 − h_j),  1 − Σ_{j non-ess.} σ_j·w_ji/Σ_j w_ji·(1 − h_j),  ψ_i)
    up:    h_i = min(Σ_l w_il/Σ_l w_il·h_l,  ψ_i);  1 without buyers
    ESRI:  Σ_j weight_j·(1 − min(h_j down, h_j up)) / Σ_j weight_j

Shocks are worked out many at a time as columns of a matrix; where one has settled, the next takes its column. The
steps only ever add losses and end at the least fixed point, whatever the order: what still moves after some
steps goes on in place, block by block along the flow of goods (downstream), or is solved directly (upstream).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array, eye_array, vstack
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, cg, splu

Edge = tuple[str, str, float]
"""(supplier, buyer, weight): what the buyer gets from the supplier, in one unit throughout."""
Essential = Callable[[str, str], bool | None]
"""(supplier's sector, buyer's sector) → True essential, False not essential, None negligible."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Step = Callable[[Floats, Callable[[Floats], None]], Floats]
"""(losses, what holds those who stopped at 1) → the losses that follow."""
CELLS = 600_000
"""Firms × shocks worked on at a time: few enough for the processor's cache, enough to share the way there."""
HELD = 5_000_000
"""Firms × shocks whose results are held at a time (40 MB)."""
BY_STEPS = 20
"""Steps after which a shock that still moves downstream goes on in place."""
PATIENCE = 60
"""Steps after which a shock that still moves upstream is worked out directly."""
LOOK = 4
"""Steps from one look at what has settled to the next."""
BLOCK = 300
"""Firms of a block when losses go on in place."""
SOLVED = 8
"""Shocks solved directly at a time: more no longer fit the cache."""


@dataclass(frozen=True)
class Block:
    """Buyers ``begin`` to ``end``: what their losses downstream are made from, in one matrix.

    The first rows are the non-essential inputs, one for each firm. Then come the k-th groups of essential inputs:
    firms with the most groups stand first, so that ``groups[k]`` rows belong to as many firms from the first on, and
    the scarcest input is a maximum of slices.
    """

    begin: int
    end: int
    inputs: csr_array
    groups: tuple[int, ...]

    def loss(self, lost: Floats) -> Floats:
        found: Floats = self.inputs @ lost
        at = self.end - self.begin
        worst = found[:at]
        for height in self.groups:
            np.maximum(worst[:height], found[at : at + height], out=worst[:height])
            at += height
        return worst


@dataclass(frozen=True)
class Network:
    """A supply network made ready for shocks. ``firms`` gives the order of all rows: along the flow of goods."""

    firms: tuple[str, ...]
    out: Floats
    sector: Ints
    by_sector: csr_array
    up: csr_array
    blocks: tuple[Block, ...]

    @cached_property
    def _absorbing(self) -> tuple[SuperLU, Ints, NDArray[np.bool_]]:
        """Factors of I − up with closed groups of firms as ends, each firm's group, and which groups are closed."""
        count, group = connected_components(self.up, directed=True, connection="strong")
        rows, columns = self.up.nonzero()
        closed = np.ones(count, np.bool_)
        closed[group[rows][group[rows] != group[columns]]] = False
        leaving = diags_array((~closed[group]).astype(np.float64))
        return splu(csc_array(eye_array(len(self.firms)) - leaving @ self.up)), group, closed

    def upstream(self, stopped: Ints) -> Floats:
        """The losses of the upstream shock, worked out directly: the share of sales that ends at the firm.

        Following one's sales from buyer to buyer is a random walk; what is lost is the chance of ever meeting the
        firm that stopped: in a closed group of firms certain, else G_ic / G_cc of the walk's fundamental matrix.
        """
        factors, group, closed = self._absorbing
        met: Floats = np.zeros((len(self.firms), len(stopped)))
        for begin in range(0, len(stopped), SOLVED):
            part = stopped[begin : begin + SOLVED]
            right = np.zeros((len(self.firms), len(part)))
            right[part, np.arange(len(part))] = 1.0
            whole = closed[group[part]]
            right[:, whole] = (group[:, None] == group[part[whole]]).astype(np.float64)
            found = factors.solve(right)
            met[:, begin : begin + len(part)] = found / found[part, np.arange(len(part))]
        return met


def esri(
    edges: Iterable[Edge],
    sector: Mapping[str, str],
    essential: Essential,
    replaceable: bool = False,
    weights: Mapping[str, float] | None = None,
    eps: float = 1e-10,
    max_steps: int = 1000,
) -> tuple[dict[str, float], bool]:
    """({firm: share of the total lost when it stops, 0..1}, whether every shock settled).

    ``edges`` between the same two firms are added. ``weights`` are what a firm counts in the total, by default what it
    sells inside the network. With ``replaceable`` a supplier's loss counts by its share of what its sector still sells.
    A shock has settled when no firm changes by more than ``eps`` in a step; after ``max_steps`` the values are those
    reached so far and the second result is False.

    Raises ValueError for a firm without sector, a weight below zero or not finite, and a weight of an unknown firm.
    """
    network = prepare(edges, sector, essential)
    values, moving = shocks(network, network.firms, replaceable, weights, eps, max_steps)
    return values, not moving


def shocks(
    network: Network,
    firms: Sequence[str],
    replaceable: bool = False,
    weights: Mapping[str, float] | None = None,
    eps: float = 1e-10,
    max_steps: int = 1000,
) -> tuple[dict[str, float], frozenset[str]]:
    """As ``esri``, for some firms of a prepared network; those whose shock did not settle are named."""
    counted = _weights(network, weights)
    total = float(counted.sum())
    place = {firm: row for row, firm in enumerate(network.firms)}
    values: dict[str, float] = {}
    unsettled: set[str] = set()
    together = max(1, HELD // max(1, len(network.firms)))
    for begin in range(0, len(firms), together):
        part = firms[begin : begin + together]
        stopped = np.fromiter((place[firm] for firm in part), np.int64, len(part))
        remaining, moving = _cascade(network, stopped, replaceable, eps, max_steps)
        unsettled.update(part[column] for column in moving)
        lost = counted @ (1.0 - remaining)
        values.update((firm, float(value) / total if total else 0.0) for firm, value in zip(part, lost, strict=True))
    return values, frozenset(unsettled)


def prepare(edges: Iterable[Edge], sector: Mapping[str, str], essential: Essential) -> Network:
    """Normalise the flows once for all shocks. Raises ValueError as ``esri`` says."""
    flows: dict[tuple[str, str], float] = {}
    for supplier, buyer, weight in edges:
        for firm in (supplier, buyer):
            if firm not in sector:
                raise ValueError(f"企业 {firm} 没有所属环节")
        amount = float(weight)
        if not isfinite(amount) or amount < 0:
            raise ValueError(f"{supplier} 供 {buyer} 的量 {weight} 不是有限的非负数")
        if amount:
            flows[supplier, buyer] = flows.get((supplier, buyer), 0.0) + amount
    firms = tuple(dict.fromkeys((*sector, *(firm for pair in flows for firm in pair))))
    row = {firm: i for i, firm in enumerate(firms)}
    n = len(firms)
    sectors = {name: i for i, name in enumerate(dict.fromkeys(sector[firm] for firm in firms))}
    source = np.fromiter((row[supplier] for supplier, _ in flows), np.int64, len(flows))
    target = np.fromiter((row[buyer] for _, buyer in flows), np.int64, len(flows))
    amount_of = np.fromiter(flows.values(), np.float64, len(flows))
    own = np.fromiter((sectors[sector[firm]] for firm in firms), np.int64, n)
    kind = _kinds(flows, sector, essential)
    out = np.bincount(source, amount_of, n).astype(np.float64)
    bought = np.bincount(target, amount_of, n)
    needed, rest = kind == 2, kind == 1
    groups, group_of = np.unique(target[needed] * len(sectors) + own[source[needed]], return_inverse=True)
    buyer_of = groups // max(1, len(sectors))
    held = np.bincount(buyer_of, minlength=n)
    share = amount_of[needed] / np.bincount(group_of, amount_of[needed], len(groups))[group_of]
    part = amount_of[rest] / bought[target[rest]]
    size = max(1, n // BLOCK)
    block_of = np.empty(n, np.int64)
    along = _along(
        n, np.append(source[needed], source[rest]), np.append(target[needed], target[rest]), np.append(share, part)
    )
    block_of[along] = np.arange(n) * size // max(1, n)
    order = np.lexsort((-held, block_of))
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    slot_of = np.arange(len(groups)) - np.searchsorted(buyer_of, buyer_of)
    slots = []
    for slot in range(int(held.max(initial=0))):
        mine = slot_of[group_of] == slot
        rows = place[buyer_of[group_of[mine]]]
        slots.append(_matrix(share[mine], rows, place[source[needed][mine]], (n, n)))
    soft = _matrix(part, place[target[rest]], place[source[rest]], (n, n))
    ends = np.searchsorted(block_of[order], np.arange(size + 1))
    return Network(
        firms=tuple(firms[i] for i in order),
        out=out[order],
        sector=own[order],
        by_sector=_matrix(out, own, place, (len(sectors), n)),
        up=_matrix(amount_of / out[source], place[source], place[target], (n, n)),
        blocks=tuple(_block(int(begin), int(end), soft, slots, held[order]) for begin, end in pairwise(ends)),
    )


def _along(n: int, source: Ints, target: Ints, share: Floats) -> Ints:
    """The firms along the flow of goods, by trophic level (MacKay, Johnson, Sansom 2020): most flows lead onwards."""
    if n <= 2 * BLOCK or not len(share):
        return np.arange(n)
    flow = _matrix(share, target, source, (n, n))
    comes, goes = np.bincount(target, share, n), np.bincount(source, share, n)
    level, _ = cg(diags_array(comes + goes + 1e-6) - flow - flow.T, comes - goes, rtol=1e-4, maxiter=200)
    return np.argsort(level, kind="stable")


def _block(begin: int, end: int, soft: csr_array, slots: Sequence[csr_array], held: Ints) -> Block:
    parts, groups = [soft[begin:end]], []
    for slot, rows in enumerate(slots):
        height = int((held[begin:end] > slot).sum())
        if height:
            parts.append(rows[begin : begin + height])
            groups.append(height)
    return Block(begin, end, csr_array(vstack(parts, format="csr")), tuple(groups))


def _kinds(flows: Iterable[tuple[str, str]], sector: Mapping[str, str], essential: Essential) -> Ints:
    """2 essential, 1 not essential, 0 negligible, for each flow; asked once per pair of sectors."""
    known: dict[tuple[str, str], int] = {}
    found = []
    for supplier, buyer in flows:
        pair = sector[supplier], sector[buyer]
        if pair not in known:
            answer = essential(*pair)
            known[pair] = 0 if answer is None else 2 if answer else 1
        found.append(known[pair])
    return np.array(found, np.int64)


def _matrix(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> csr_array:
    return csr_array((values, (rows, columns)), shape=shape)


def _weights(network: Network, weights: Mapping[str, float] | None) -> Floats:
    if weights is None:
        return network.out
    unknown = sorted(set(weights) - set(network.firms))
    if unknown:
        raise ValueError(f"权重里有网络中没有的企业：{'、'.join(unknown[:5])}")
    counted = np.array([float(weights.get(firm, 0.0)) for firm in network.firms])
    if not np.isfinite(counted).all() or (counted < 0).any():
        raise ValueError("企业权重须是有限的非负数")
    return counted


def _cascade(
    network: Network, stopped: Ints, replaceable: bool, eps: float, max_steps: int
) -> tuple[Floats, frozenset[int]]:
    """Relative output of every firm (rows) after each of ``stopped`` stopped alone (columns); columns that still moved."""
    first = min(max_steps, BY_STEPS)
    below = np.zeros((len(network.firms), len(stopped)))
    moving = _settle(_down(network, replaceable), below, stopped, np.arange(len(stopped)), eps, first)
    if len(moving) and max_steps > first:
        again = _down(network, True) if replaceable else _down_in_place(network)
        moving = _settle(again, below, stopped, moving, eps, max_steps - first)
    above, first = np.zeros_like(below), min(max_steps, PATIENCE)
    open_above = _settle(_up(network), above, stopped, np.arange(len(stopped)), eps, first)
    if len(open_above) and max_steps > first:
        above[:, open_above] = network.upstream(stopped[open_above])
        open_above = open_above[:0]
    np.maximum(below, above, out=below)
    return np.clip(1.0 - below, 0.0, 1.0), frozenset(moving.tolist()) | frozenset(open_above.tolist())


def _down(network: Network, replaceable: bool) -> Step:
    """How losses (rows firms, columns shocks) lead to losses downstream. Never less for more."""

    def step(lost: Floats, hold: Callable[[Floats], None]) -> Floats:
        found = np.empty_like(lost)
        if replaceable:
            lost = lost * _hard_to_replace(network, lost)
        for block in network.blocks:
            found[block.begin : block.end] = block.loss(lost)
        hold(found)
        return found

    return step


def _down_in_place(network: Network) -> Step:
    """As ``_down``, but each block of buyers already sees what the blocks before it lost in this step."""

    def step(lost: Floats, hold: Callable[[Floats], None]) -> Floats:
        found = lost.copy()
        for block in network.blocks:
            found[block.begin : block.end] = block.loss(found)
            hold(found)
        return found

    return step


def _up(network: Network) -> Step:
    """How losses lead to losses upstream."""

    def step(lost: Floats, hold: Callable[[Floats], None]) -> Floats:
        found: Floats = network.up @ lost
        hold(found)
        return found

    return step


def _hard_to_replace(network: Network, lost: Floats) -> Floats:
    """σ: a firm's normal sales as a share of what its sector still sells, at most 1; 1 where nothing is left."""
    still = (network.by_sector @ (1.0 - lost))[network.sector]
    own = network.out[:, None]
    hard: Floats = np.minimum(1.0, np.divide(own, still, out=np.ones_like(still), where=still > 0))
    return hard


def _settle(step: Step, result: Floats, stopped: Ints, columns: Ints, eps: float, max_steps: int) -> Ints:
    """Step on in ``columns`` of ``result`` until no firm moves by more than ``eps``; gives those that still moved.

    As many columns as fit the cache are worked on; where one settles, the next shock takes its place.
    """
    width = min(len(columns), max(8, CELLS // max(1, len(result))))
    following = width
    left = columns[:width].copy()
    age = np.zeros(width, np.int64)
    state = np.ascontiguousarray(result[:, left])
    moving: list[int] = []
    turn = 0
    while len(left):
        rows, across = stopped[left], np.arange(len(left))

        def hold(found: Floats, rows: Ints = rows, across: Ints = across) -> None:
            found[rows, across] = 1.0

        new = step(state, hold)
        age += 1
        turn += 1
        if turn % LOOK and (age < max_steps).all():
            state = new
            continue
        state -= new
        settled = np.abs(state, out=state).max(axis=0, initial=0.0) <= eps
        state = new
        over = settled | (age >= max_steps)
        if not over.any():
            continue
        moving += left[over & ~settled].tolist()
        result[:, left[over]] = state[:, over]
        free = np.flatnonzero(over)
        taken = free[: len(columns) - following]
        left[taken] = columns[following : following + len(taken)]
        following += len(taken)
        state[:, taken] = result[:, left[taken]]
        age[taken] = 0
        if len(taken) < len(free):
            kept = np.ones(len(left), np.bool_)
            kept[free[len(taken) :]] = False
            left, age, state = left[kept], age[kept], np.ascontiguousarray(state[:, kept])
    return np.array(sorted(moving), np.int64)
