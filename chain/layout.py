"""Where everything stands on the panorama: positions computed once, drawn by SVG and ECharts alike.

Layers run left to right, U, M, D, each in as many columns as its links need; S is a band below. Links stand
in the groups of the dictionary, groups in its order; inside a group the barycentre heuristic (Sugiyama et al.
1981) puts a link near those it trades with, so that fewer edges cross. Integer coordinates, same input same
output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from chain.graph import ChainGraph
from chain.models import LAYER_NAMES, Link

MAX_ROWS = 15
SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: of a link (``id`` its id), a group or a layer (``id`` its name). ``column`` counts from the left."""

    id: str
    x: int
    y: int
    width: int
    height: int
    column: int = 0

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """The panorama's geometry; ``compact`` is the one for a phone. ``legend`` is the room kept at the top."""

    width: int
    height: int
    compact: bool
    legend: Box
    layers: tuple[Box, ...]
    groups: tuple[Box, ...]
    boxes: dict[str, Box]


@dataclass(frozen=True, slots=True)
class Measures:
    """Sizes in px of one variant."""

    margin: int
    legend: int
    layer_title: int
    group_title: int
    group_gap: int
    box_width: int
    box_height: int
    row: int
    column_gap: int
    layer_gap: int
    pad: int


WIDE = Measures(8, 54, 40, 28, 8, 176, 31, 37, 36, 44, 10)
COMPACT = Measures(8, 118, 38, 28, 8, 170, 44, 50, 8, 14, 8)
PHONE_WIDTH = 390

Group = tuple[str, list[str]]


def wide_layout(links: Sequence[Link], graph: ChainGraph) -> Layout:
    """The panorama for a desk: the shipped dictionary fits a 1440 px screen."""
    size = WIDE
    columns = {layer: _columns(_groups(links, layer)) for layer in "UMD"}
    ordered = _order([column for layer in "UMD" for column in columns[layer]], graph)
    top = size.margin + size.legend
    boxes: dict[str, Box] = {}
    groups: list[Box] = []
    layers: list[Box] = []
    x, index, bottom = size.margin, 0, top
    for layer in "UMD":
        if not columns[layer]:
            continue
        left = x
        x += size.pad
        for _ in columns[layer]:
            y = top + size.layer_title
            for name, ids in ordered[index]:
                group = Box(name, x, y, size.box_width, size.group_title + size.row * len(ids), index)
                groups.append(group)
                for place, link_id in enumerate(ids):
                    row_y = y + size.group_title + place * size.row
                    boxes[link_id] = Box(link_id, x, row_y, size.box_width, size.box_height, index)
                y = group.bottom + size.group_gap
            bottom = max(bottom, y)
            index += 1
            x += size.box_width + size.column_gap
        x += size.pad - size.column_gap
        layers.append(Box(layer, left, top, x - left, 0))
        x += size.layer_gap
    support = len(_groups(links, "S"))
    narrowest = 2 * size.margin + size.pad + max(1, support) * (size.box_width + size.pad)
    width = max(x - size.layer_gap + size.margin, narrowest)
    layers = [Box(box.id, box.x, box.y, box.width, bottom - top + 4) for box in layers]
    bottom += 4 + size.group_gap * 2
    bottom = _support_band(links, size, bottom, width, boxes, groups, layers)
    legend = Box("legend", size.margin, size.margin, width - 2 * size.margin, size.legend)
    return Layout(width, bottom + size.margin, False, legend, tuple(layers), tuple(groups), boxes)


def _support_band(
    links: Sequence[Link],
    size: Measures,
    top: int,
    width: int,
    boxes: dict[str, Box],
    groups: list[Box],
    layers: list[Box],
) -> int:
    """Lay the S layer below the others, its groups side by side; returns the bottom edge."""
    support = _groups(links, "S")
    if not support:
        return top
    room = width - 2 * size.margin - 2 * size.pad
    bottom = top
    for place, (name, ids) in enumerate(support):
        x = size.margin + size.pad + place * (room - size.box_width) // max(1, len(support) - 1)
        y = top + size.layer_title
        groups.append(Box(name, x, y, size.box_width, size.group_title + size.row * len(ids), place))
        for row, link_id in enumerate(ids):
            boxes[link_id] = Box(
                link_id, x, y + size.group_title + row * size.row, size.box_width, size.box_height, place
            )
        bottom = max(bottom, y + size.group_title + size.row * len(ids))
    bottom += 4
    layers.append(Box("S", size.margin, top, width - 2 * size.margin, bottom - top))
    return bottom


def compact_layout(links: Sequence[Link], graph: ChainGraph) -> Layout:
    """The panorama for a phone, 390 px wide: layers one under the other, two links a row, targets of 44 px."""
    size = COMPACT
    width = PHONE_WIDTH
    boxes: dict[str, Box] = {}
    groups: list[Box] = []
    layers: list[Box] = []
    y = size.margin + size.legend
    for layer in LAYER_NAMES:
        members = _order([_groups(links, layer)], graph)[0]
        if not members:
            continue
        top = y
        y += size.layer_title
        for name, ids in members:
            rows = (len(ids) + 1) // 2
            inner = width - 2 * size.margin - 2 * size.pad
            box_width = (inner - size.column_gap) // 2
            groups.append(Box(name, size.margin + size.pad, y, inner, size.group_title + rows * size.row))
            for place, link_id in enumerate(ids):
                x = size.margin + size.pad + (place % 2) * (box_width + size.column_gap)
                row_y = y + size.group_title + (place // 2) * size.row
                boxes[link_id] = Box(link_id, x, row_y, box_width, size.box_height, place % 2)
            y = groups[-1].bottom + size.group_gap
        layers.append(Box(layer, size.margin, top, width - 2 * size.margin, y - top))
        y += size.layer_gap
    legend = Box("legend", size.margin, size.margin, width - 2 * size.margin, size.legend)
    y += size.margin - size.layer_gap
    return Layout(width, y, True, legend, tuple(layers), tuple(groups), boxes)


def _groups(links: Iterable[Link], layer: str) -> list[Group]:
    """The layer's groups in the dictionary's order, each with its links in id order."""
    groups: dict[str, list[str]] = {}
    for link in links:
        if link.layer == layer:
            groups.setdefault(link.group, []).append(link.id)
    return [(name, sorted(ids)) for name, ids in groups.items()]


def _columns(groups: list[Group]) -> list[list[Group]]:
    """Cut the groups, kept in order, into the fewest columns of at most MAX_ROWS links, evenly."""
    if not groups:
        return []
    best: list[list[Group]] = []
    for count in range(1, len(groups) + 1):
        choices = []
        for cuts in combinations(range(1, len(groups)), count - 1):
            edges = (0, *cuts, len(groups))
            columns = [groups[start:end] for start, end in pairwise(edges)]
            choices.append((max(sum(len(ids) for _, ids in column) for column in columns), cuts, columns))
        tallest, _, best = min(choices, key=lambda choice: (choice[0], choice[1]))
        if tallest <= MAX_ROWS:
            break
    return best


def _order(columns: list[list[Group]], graph: ChainGraph) -> list[list[Group]]:
    """Barycentre sweeps, right and left in turn: sort each group by the mean place of its neighbours elsewhere.

    Keeps the best order seen, counted in crossings, so that more sweeps never make it worse.
    """
    best = columns
    fewest = crossings(columns, graph)
    current = columns
    for sweep in range(SWEEPS):
        current = _sweep(current, graph, reverse=sweep % 2 == 1)
        count = crossings(current, graph)
        if count < fewest:
            best, fewest = current, count
    return best


def _sweep(columns: list[list[Group]], graph: ChainGraph, *, reverse: bool) -> list[list[Group]]:
    result = [[(name, list(ids)) for name, ids in column] for column in columns]
    steps = range(len(result) - 1, -1, -1) if reverse else range(len(result))
    for step in steps:
        places = _places(result)
        own = {link_id for _, ids in result[step] for link_id in ids}
        for _, ids in result[step]:
            centres = {link_id: _centre(link_id, places, own, graph) for link_id in ids}
            ids[:] = [link_id for _, link_id in sorted((centre, link_id) for link_id, centre in centres.items())]
    return result


def _centre(link_id: str, places: dict[str, tuple[int, int]], own: set[str], graph: ChainGraph) -> float:
    """The mean row of the link's neighbours in other columns; its own row if it has none."""
    neighbours = (*graph.material.predecessors(link_id), *graph.material.successors(link_id))
    rows = [places[other][1] for other in neighbours if other in places and other not in own]
    return sum(rows) / len(rows) if rows else float(places[link_id][1])


def _places(columns: list[list[Group]]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for index, column in enumerate(columns):
        ordered = [link_id for _, ids in column for link_id in ids]
        places.update((link_id, (index, row)) for row, link_id in enumerate(ordered))
    return places


def crossings(columns: list[list[Group]], graph: ChainGraph) -> int:
    """How many pairs of 物料 edges between the same two columns cross."""
    places = _places(columns)
    by_columns: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for source, target in graph.material.edges:
        if source in places and target in places:
            (left, row), (right, other) = places[source], places[target]
            if left < right:
                by_columns.setdefault((left, right), []).append((row, other))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for pairs in by_columns.values() for a, b in combinations(sorted(pairs), 2)
    )
