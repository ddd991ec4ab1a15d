"""Draws a laid-out genealogy as one SVG: presentation attributes only, which a strict Content-Security-Policy allows.

State is told by colour, by a sign and by a word, so that it survives grey print and colour blindness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

from service.tracing.layout import HEIGHT, WIDTH, Box, Picture, holder_of
from trace.batches.models import HALTS, STATES
from trace.genealogy.models import Node, Trace

FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
INK, SOFT, LINE, PAPER, GREEN = "#1d2823", "#4e5953", "#8b8672", "#fffdf7", "#1e5b45"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: sign, word colour (contrast above 4.5 on the tint), border and tint."""

    sign: str
    word: str
    border: str
    tint: str


LOOKS = {
    "bad": Look("✕", "#8f2a1c", "#9c3526", "#fbe9e3"),
    "warn": Look("⚠", "#6f4700", "#a06a10", "#fcefd0"),
    "good": Look("✓", "#12402f", "#1e5b45", "#fffdf7"),
    "quiet": Look("·", "#4e5953", "#8b8672", "#efe9da"),
}


def state_of(node: Node) -> tuple[str, str]:
    """(look, word) of a lot: what is wrong with it before how far it is."""
    if not node.registered:
        return "warn", "尚未登记"
    halt = node.halt or (node.state if node.state in HALTS else "")
    if halt:
        return "bad", HALTS[halt]
    if node.state == "held":
        return "bad", STATES["held"]
    if node.verdict == "fail":
        return "bad", "比对不符合"
    word = STATES.get(node.state, node.state)
    return ("good" if node.state in ("released", "shipped") else "quiet"), word


def svg(found: Trace, picture: Picture, href: Callable[[Box], str], broken: frozenset[int]) -> str:
    """The picture; every box a link that ``href`` gives. ``broken`` are lots (ids) at which the chain breaks."""
    parts = [_band(name, x, width, picture.height) for name, x, width in picture.bands]
    at = {box.key: box for box in picture.boxes}
    few = len(picture.pieces) < 100
    parts += [_arrow(*_ends(a, b, at, picture), tip=b in at, few=few) for a, b in picture.pieces]
    parts += [_box(found, box, href(box), broken) for box in picture.boxes]
    marker = (
        '<defs><marker id="trace-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8Z" fill="{LINE}"/></marker></defs>'
    )
    label = f"谱系图：{len(found.nodes)} 批，从左到右依次为{'、'.join(name for name, _, _ in picture.bands)}；同样内容见下表"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label="{escape(label)}" class="trace-graph" '
        f'viewBox="0 0 {picture.width} {picture.height}" width="{picture.width}" height="{picture.height}" '
        f'font-family="{FONT}" font-size="13" fill="{INK}">{marker}{"".join(parts)}</svg>'
    )


def _band(name: str, x: int, width: int, height: int) -> str:
    return (
        f'<g><rect x="{x + 2}" y="0" width="{width - 4}" height="{height}" rx="8" fill="#efe9da" fill-opacity="0.55"/>'
        f'<text x="{x + 14}" y="26" font-size="14" font-weight="700" fill="{GREEN}">{escape(name)}</text></g>'
    )


def _ends(a: str, b: str, at: Mapping[str, Box], picture: Picture) -> tuple[int, int, int, int]:
    """From the right side of a box (or past a bend) to the left side of the next."""
    x1, y1 = (at[a].x, at[a].y + HEIGHT // 2) if a in at else picture.bends[a]
    x2, y2 = (at[b].x, at[b].y + HEIGHT // 2) if b in at else picture.bends[b]
    return x1 + WIDTH, y1, x2, y2


def _arrow(x1: int, y1: int, x2: int, y2: int, *, tip: bool, few: bool) -> str:
    """A curve; from a bend on also the way past its column. A rework goes back round below, dashed."""
    if x2 > x1:
        bend = max(24, (x2 - x1) // 2)
        path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 2 * tip} {y2}" + ("" if tip else f"h{WIDTH}")
        dashes = ""
    else:
        path = f"M{x1} {y1}C{x1 + 40} {y1 + 46} {x2 - 40} {y2 + 46} {x2 - 2} {y2}"
        dashes = ' stroke-dasharray="5 4"'
    end = ' marker-end="url(#trace-tip)"' if tip else ""
    return (
        f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="1.4" '
        f'stroke-opacity="{0.75 if few else 0.4}"{dashes}{end}/>'
    )


def _box(found: Trace, box: Box, href: str, broken: frozenset[int]) -> str:
    nodes = [found.nodes[index] for index in box.lots]
    first = nodes[0]
    looks = sorted({state_of(n) for n in nodes}, key=lambda one: tuple(LOOKS).index(one[0]))
    look = LOOKS[looks[0][0]]
    word = looks[0][1] + (" 等" if len(looks) > 1 else "")
    gap = any(n.id in broken for n in nodes)
    if first.hidden:
        name, second = "不可见", "他方商业秘密"
    else:
        name = first.name or "未登记批次"
        second = f"{first.lot} {first.produced_on or ''}".strip()
    if len(nodes) > 1:
        second = f"{len(nodes)} 批" + (f" · {holder_of(first)}" if not first.hidden and holder_of(first) else "")
    root = any(n.id == found.root for n in nodes)
    title = "，".join(part for part in (name, second, word, "断链" if gap else "", "本批" if root else "") if part)
    heavy = 3 if root else 1.4
    third = f"{look.sign} {word}" + ("　⚠ 断链" if gap else "") + ("　◉ 本批" if root else "")
    drawn = (
        f"<title>{escape(title)}</title>"
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{look.tint}" '
        f'stroke="{GREEN if root else look.border}" stroke-width="{heavy}"/>'
        f'<text x="{box.x + 10}" y="{box.y + 19}" font-weight="650">{escape(fit(name, 24))}</text>'
        f'<text x="{box.x + 10}" y="{box.y + 36}" font-size="12" fill="{SOFT}">{escape(fit(second, 26))}</text>'
        f'<text x="{box.x + 10}" y="{box.y + 54}" font-size="12" font-weight="600" fill="{look.word}">{escape(third)}</text>'
    )
    if not href:
        return f"<g>{drawn}</g>"
    return f'<a href="{escape(href)}" aria-label="{escape(title)}">{drawn}</a>'


def fit(text: str, halves: int) -> str:
    """``text`` cut to a width of so many half-width characters."""
    used, kept = 0, ""
    for char in text:
        used += 2 if east_asian_width(char) in "FWA" else 1
        if used > halves:
            return kept + "…"
        kept += char
    return kept
