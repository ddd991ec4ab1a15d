"""The Economic Systemic Risk Index: which share of all output is lost when one firm stops.

Diem, Borsos, Reisch, Kertész, Thurner: Quantifying firm-level economic systemic risk from nation-wide supply
networks, Scientific Reports 12:7719 (2022). Every firm has a generalised Leontief production function: of its
essential inputs, grouped by the supplier's sector, the scarcest binds; non-essential inputs lower output in
proportion to their share of all inputs; negligible ones not at all. A firm also loses what its buyers no longer buy.

With ``h`` the relative output of a firm and ``σ`` how hard a supplier is to replace (1, or its market share):

    down:  h_i = min(1 − max_k Σ_{j∈k} σ_j·w_ji/Σ_{j∈k} w_ji·(1 − h_j),  1 − Σ_{j non-ess.} σ_j·w_ji/Σ_j w_ji·(1 − h_j),  ψ_i)
    up:    h_i = min(Σ_l w_il/Σ_l w_il·h_l,  ψ_i);  1 without buyers
    ESRI:  Σ_j weight_j·(1 − min(h_j down, h_j up)) / Σ_j weight_j

Shocks are worked out many at a time as columns of a matrix; where one has settled, the next takes its column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import SuperLU, splu

Edge = tuple[str, str, float]
"""(supplier, buyer, weight): what the buyer gets from the supplier, in one unit throughout."""
Essential = Callable[[str, str], bool | None]
"""(supplier's sector, buyer's sector) → True essential, False not essential, None negligible."""
Floats = NDArray[np.float64]
Step = Callable[[Floats], Floats]
CELLS = 300_000
"""Firms × shocks worked on at a time: their state stays in the processor's cache."""
TOGETHER = 1024
"""Shocks whose results are held at a time."""
PATIENCE = 60
"""Steps after which an upstream shock that still moves is worked out directly."""


@dataclass(frozen=True)
class Network:
    """A supply network made ready for shocks. ``firms`` gives the order of all rows.

    Firms with the most groups of essential inputs come first, so that the k-th groups of all buyers that have as many
    are the first rows: ``essential[k]`` has one row for each of them, and the scarcest group is a maximum of slices.
    """

    firms: tuple[str, ...]
    out: Floats
    sector: NDArray[np.int64]
    by_sector: csr_array
    up: csr_array
    essential: tuple[csr_array, ...]
    inessential: csr_array

    @cached_property
    def _absorbing(self) -> tuple[SuperLU, NDArray[np.int64], NDArray[np.bool_]]:
        """Factors of I − up with closed groups of firms as ends, each firm's group, and which groups are closed."""
        count, group = connected_components(self.up, directed=True, connection="strong")
        rows, columns = self.up.nonzero()
        closed = np.ones(count, np.bool_)
        closed[group[rows][group[rows] != group[columns]]] = False
        leaving = diags_array((~closed[group]).astype(np.float64))
        return splu(csc_array(eye_array(len(self.firms)) - leaving @ self.up)), group, closed

    def upstream(self, stopped: NDArray[np.int64]) -> Floats:
        """The losses of the upstream shock, worked out directly: the share of sales that ends at the firm.

        Following one's sales from buyer to buyer is a random walk; what is lost is the chance of ever meeting the
        firm that stopped: in a closed group of firms certain, else G_ic / G_cc of the walk's fundamental matrix.
        """
        factors, group, closed = self._absorbing
        right = np.zeros((len(self.firms), len(stopped)))
        right[stopped, np.arange(len(stopped))] = 1.0
        whole = closed[group[stopped]]
        right[:, whole] = (group[:, None] == group[stopped[whole]]).astype(np.float64)
        met: Floats = factors.solve(right)
        met /= met[stopped, np.arange(len(stopped))]
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
    values, settled = shocks(network, network.firms, replaceable, weights, eps, max_steps)
    return values, settled


def shocks(
    network: Network,
    firms: Sequence[str],
    replaceable: bool = False,
    weights: Mapping[str, float] | None = None,
    eps: float = 1e-10,
    max_steps: int = 1000,
) -> tuple[dict[str, float], bool]:
    """As ``esri``, for some firms of a prepared network."""
    counted = _weights(network, weights)
    total = float(counted.sum())
    place = {firm: row for row, firm in enumerate(network.firms)}
    values: dict[str, float] = {}
    settled = True
    for begin in range(0, len(firms), TOGETHER):
        part = firms[begin : begin + TOGETHER]
        remaining, done = _cascade(network, [place[firm] for firm in part], replaceable, eps, max_steps)
        settled &= done
        lost = counted @ (1.0 - remaining)
        values.update((firm, float(value) / total if total else 0.0) for firm, value in zip(part, lost, strict=True))
    return values, settled


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
    needed = kind == 2
    groups, group_of = np.unique(target[needed] * len(sectors) + own[source[needed]], return_inverse=True)
    buyer_of = groups // max(1, len(sectors))
    held = np.bincount(buyer_of, minlength=n)
    order = np.argsort(-held, kind="stable")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    share = amount_of[needed] / np.bincount(group_of, amount_of[needed], len(groups))[group_of]
    slot_of = np.arange(len(groups)) - np.searchsorted(buyer_of, buyer_of)
    slots = []
    for slot in range(int(held.max(initial=0))):
        mine = slot_of[group_of] == slot
        rows = place[buyer_of[group_of[mine]]]
        slots.append(_matrix(share[mine], rows, place[source[needed][mine]], (int((held > slot).sum()), n)))
    rest = kind == 1
    return Network(
        firms=tuple(firms[i] for i in order),
        out=out[order],
        sector=own[order],
        by_sector=_matrix(out, own, place, (len(sectors), n)),
        up=_matrix(amount_of / out[source], place[source], place[target], (n, n)),
        essential=tuple(slots),
        inessential=_matrix(amount_of[rest] / bought[target[rest]], place[target[rest]], place[source[rest]], (n, n)),
    )


def _kinds(flows: Iterable[tuple[str, str]], sector: Mapping[str, str], essential: Essential) -> NDArray[np.int64]:
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


def _matrix(values: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> csr_array:
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
    network: Network, closed: Sequence[int], replaceable: bool, eps: float, max_steps: int
) -> tuple[Floats, bool]:
    """Relative output of every firm (rows) after each firm of ``closed`` stopped alone (columns)."""
    stopped = np.asarray(closed, np.int64)
    down, up = _steps(network, replaceable)
    below, open_below = _settle(down, len(network.firms), stopped, eps, max_steps)
    above, open_above = _settle(up, len(network.firms), stopped, eps, min(max_steps, PATIENCE))
    if len(open_above) and max_steps > PATIENCE:
        above[:, open_above] = network.upstream(stopped[open_above])
        open_above = open_above[:0]
    remaining = 1.0 - np.maximum(below, above)
    return np.clip(remaining, 0.0, 1.0), not (len(open_below) or len(open_above))


def _steps(network: Network, replaceable: bool) -> tuple[Step, Step]:
    """How losses (rows firms, columns shocks) lead to losses: downstream, upstream. Never less for more."""

    def down(lost: Floats) -> Floats:
        if replaceable:
            lost = lost * _hard_to_replace(network, lost)
        found: Floats = network.inessential @ lost
        for slot in network.essential:
            part = found[: slot.shape[0]]
            np.maximum(part, slot @ lost, out=part)
        return found

    def up(lost: Floats) -> Floats:
        found: Floats = network.up @ lost
        return found

    return down, up


def _hard_to_replace(network: Network, lost: Floats) -> Floats:
    """σ: a firm's normal sales as a share of what its sector still sells, at most 1; 1 where nothing is left."""
    still = (network.by_sector @ (1.0 - lost))[network.sector]
    own = network.out[:, None]
    hard: Floats = np.minimum(1.0, np.divide(own, still, out=np.ones_like(still), where=still > 0))
    return hard


def _settle(
    step: Step, n: int, stopped: NDArray[np.int64], eps: float, max_steps: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Step from no loss until no firm moves by more than ``eps``: (losses, columns that still moved at the end).

    As many columns as fit the cache are worked on; where one settles, the next shock takes its place.
    """
    result: Floats = np.zeros((n, len(stopped)))
    width = min(len(stopped), max(8, CELLS // max(1, n)))
    following = width
    left = np.arange(width)
    age = np.zeros(width, np.int64)
    state: Floats = np.zeros((n, width))
    moving: list[int] = []
    while len(left):
        new = step(state)
        new[stopped[left], np.arange(len(left))] = 1.0
        age += 1
        state -= new
        settled = np.abs(state, out=state).max(axis=0, initial=0.0) <= eps
        state = new
        over = settled | (age >= max_steps)
        if not over.any():
            continue
        moving += left[over & ~settled].tolist()
        result[:, left[over]] = state[:, over]
        free = np.flatnonzero(over)
        taken = free[: len(stopped) - following]
        left[taken] = np.arange(following, following + len(taken))
        following += len(taken)
        state[:, taken] = 0.0
        age[taken] = 0
        if len(taken) < len(free):
            kept = np.ones(len(left), np.bool_)
            kept[free[len(taken) :]] = False
            left, age, state = left[kept], age[kept], np.ascontiguousarray(state[:, kept])
    return result, np.array(sorted(moving), np.int64)
