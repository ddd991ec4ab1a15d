"""Where each box of a genealogy stands: stages from left to right, farm to fork. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trace.genealogy.models import Node, Trace

STAGES = (("U", "种养与原料"), ("M", "加工"), ("D", "流通与餐饮"))
"""Layers of the chain by the first letter of a link's code, in the order of the goods."""
MOST = 400
"""Boxes in one picture at most."""
SINGLY, CLUTTER = 60, 200
"""Up to so many lots and arrows each lot has its own box unless asked otherwise; more are put together first."""
WIDTH, HEIGHT, ACROSS, DOWN = 184, 62, 240, 76
TOP, MARGIN = 46, 14


@dataclass(frozen=True, slots=True)
class Box:
    """One lot, or several that have stage, product and holder in common; ``lots`` are positions in the trace's nodes."""

    key: str
    lots: Sequence[int]
    stage: int
    column: int = 0
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes with their places, arrows between them (by key), stage bands (name, x, width) and the size of it all.

    ``bends`` are points (x, y of the left end) at which the arrows over a column meet on their way to the same box, so
    that none runs behind a box that it has nothing to do with; ``pieces`` are the arrows from box or bend to the next.
    """

    boxes: Sequence[Box]
    arrows: Sequence[tuple[str, str]]
    bends: Mapping[str, tuple[int, int]]
    pieces: Sequence[tuple[str, str]]
    bands: Sequence[tuple[str, int, int]]
    width: int
    height: int
    grouped: bool


def stage_of(node: Node) -> int:
    """Layer of a lot: by its link, else raw lots and unregistered inputs first, products in the middle."""
    letters = [letter for letter, _ in STAGES]
    if node.stage[:1] in letters:
        return letters.index(node.stage[:1])
    return 1 if node.kind == "product" or node.hidden else 0


def holder_of(node: Node) -> str:
    """Who has a lot, for putting lots together: '' nobody, the name, or several."""
    names = sorted({h.holder or "不可见" for h in node.holders})
    return "" if not names else names[0] if len(names) == 1 else f"{names[0]} 等 {len(names)} 家"


def lay_out(found: Trace, *, singly: bool = False) -> Picture:
    """Place every lot, or where there are many put together those of one stage, product and holder."""
    many = len(found.nodes) > SINGLY or len(found.edges) > CLUTTER
    together = len(found.nodes) > MOST or (many and not singly)
    keys = _keys(found, together)
    members: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        members[key].append(index)
    boxes = {key: Box(key, lots, stage_of(found.nodes[lots[0]])) for key, lots in members.items()}
    key_of = {node.id: keys[index] for index, node in enumerate(found.nodes)}
    arrows = sorted({(key_of[e.input], key_of[e.output]) for e in found.edges} - {(key, key) for key in boxes})
    return _placed(found, boxes, arrows, together)


def _keys(found: Trace, together: bool) -> list[str]:
    if not together:
        return [str(node.id) for node in found.nodes]
    for fine in (_stage_item_holder, _stage_item, _stage_maker, _stage):
        keys = ["root" if n.id == found.root else fine(n) for n in found.nodes]
        if len(set(keys)) <= MOST:
            break
    return keys


def _stage_item_holder(n: Node) -> str:
    return f"{stage_of(n)}|{n.item_id}|{n.hidden}|{n.registered}|{holder_of(n)}"


def _stage_item(n: Node) -> str:
    return f"{stage_of(n)}|{n.item_id}|{n.hidden}|{n.registered}"


def _stage_maker(n: Node) -> str:
    return f"{stage_of(n)}|{n.maker}|{n.hidden}"


def _stage(n: Node) -> str:
    return f"{stage_of(n)}"


def _placed(found: Trace, boxes: dict[str, Box], arrows: Sequence[tuple[str, str]], together: bool) -> Picture:
    levels = _levels(boxes, arrows)
    columns = sorted({(boxes[key].stage, level) for key, level in levels.items()})
    number = {place: index for index, place in enumerate(columns)}
    column_of = {key: number[boxes[key].stage, levels[key]] for key in boxes}
    pieces, column_of = _pieces(arrows, column_of)
    into: dict[str, list[str]] = defaultdict(list)
    nearest: dict[str, int] = {}
    for source, made in pieces:
        into[made].append(source)
    for source, made in arrows:
        nearest[source] = min(nearest.get(source, column_of[made]), column_of[made])
    by_column: dict[int, list[str]] = defaultdict(list)
    for key, column in column_of.items():
        by_column[column].append(key)
    row: dict[str, float] = {}
    placed = []
    bends = {}
    for column in sorted(by_column):

        def wish(key: str) -> tuple[float, int, str]:
            above = [row[one] for one in into[key] if one in row]
            name = found.nodes[boxes[key].lots[0]].name if key in boxes else ""
            return sum(above) / len(above) if above else 1e9, nearest.get(key, 0), name

        for index, key in enumerate(sorted(by_column[column], key=wish)):
            row[key] = index
            x, y = MARGIN + column * ACROSS, TOP + MARGIN + index * DOWN
            if key in boxes:
                placed.append(Box(key, boxes[key].lots, boxes[key].stage, column, x, y))
            else:
                bends[key] = (x, y + HEIGHT // 2)
    bands = []
    for index, (_, name) in enumerate(STAGES):
        mine = [number[place] for place in columns if place[0] == index]
        if mine:
            bands.append((name, mine[0] * ACROSS, (mine[-1] - mine[0] + 1) * ACROSS))
    tallest = max(len(keys) for keys in by_column.values())
    width = len(columns) * ACROSS - (ACROSS - WIDTH) + 2 * MARGIN
    return Picture(placed, arrows, bends, pieces, bands, width, TOP + 2 * MARGIN + tallest * DOWN, together)


def _pieces(
    arrows: Sequence[tuple[str, str]], column_of: Mapping[str, int]
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    """Arrows cut at every column they pass over, and the columns with the bends in them: one to a box and column."""
    columns = dict(column_of)
    pieces: dict[tuple[str, str], None] = {}
    for source, made in arrows:
        here = source
        for column in range(column_of[source] + 1, column_of[made]):
            bend = f"~{made}@{column}"
            columns[bend] = column
            pieces[here, bend] = None
            here = bend
        pieces[here, made] = None
    return list(pieces), columns


def _levels(boxes: dict[str, Box], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Longest way from a source inside each stage; arrows that would close a circle do not push."""
    levels = dict.fromkeys(boxes, 0)
    inside = [(a, b) for a, b in arrows if boxes[a].stage == boxes[b].stage]
    waiting: dict[str, int] = defaultdict(int)
    down: dict[str, list[str]] = defaultdict(list)
    for source, made in inside:
        waiting[made] += 1
        down[source].append(made)
    ready = [key for key in boxes if not waiting[key]]
    while ready:
        here = ready.pop()
        for made in down[here]:
            levels[made] = max(levels[made], levels[here] + 1)
            waiting[made] -= 1
            if waiting[made] == 0:
                ready.append(made)
    return levels
