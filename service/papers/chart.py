"""A temperature series as one SVG: pure text, no script and no style, so that a strict policy and paper allow it.

What lies outside the range is told three ways: colour, a thicker line and marks with a word. Of long series each column
of the picture keeps its lowest and highest reading, so that no excursion is drawn away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 16, 38
FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
INK, SOFT, HAIR, GOOD, BAD, BAND = "#1C2B36", "#5b6670", "#d9dfe3", "#2f6b45", "#a32a20", "#eef5ee"
Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """Readings in the order of time; the range in °C, None where there is none on that side."""

    title: str
    readings: Sequence[Point]
    lowest: float | None = None
    highest: float | None = None

    def inside(self, celsius: float) -> bool:
        return (self.lowest is None or celsius >= self.lowest) and (self.highest is None or celsius <= self.highest)


def draw(picture: Picture) -> str:
    """The series as an ``<svg>`` element. Needs at least one reading."""
    first, last = picture.readings[0][0], picture.readings[-1][0]
    span = max((last - first).total_seconds(), 1.0)
    values = [celsius for _, celsius in picture.readings]
    edges = [one for one in (picture.lowest, picture.highest) if one is not None]
    low, high = min([*values, *edges]), max([*values, *edges])
    margin = max((high - low) * 0.1, 1.0)
    low, high = low - margin, high + margin

    def x(at: datetime) -> float:
        return LEFT + (at - first).total_seconds() / span * (WIDTH - LEFT - RIGHT)

    def y(celsius: float) -> float:
        return TOP + (high - celsius) / (high - low) * (HEIGHT - TOP - BOTTOM)

    outside = [point for point in picture.readings if not picture.inside(point[1])]
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" aria-label="{escape(_said(picture, outside))}" '
        f'font-family="{FONT}" font-size="12" xmlns="http://www.w3.org/2000/svg">',
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT - TOP - BOTTOM}" fill="#ffffff"/>',
    ]
    parts += _band(picture, y, low, high)
    for celsius in _ticks(low, high):
        parts.append(_line(LEFT, y(celsius), WIDTH - RIGHT, y(celsius), HAIR))
        parts.append(_text(LEFT - 6, y(celsius) + 4, f"{celsius:g}", SOFT, "end"))
    parts.append(_text(LEFT - 6, TOP - 4, "℃", SOFT, "end"))
    for edge in edges:
        parts.append(_line(LEFT, y(edge), WIDTH - RIGHT, y(edge), GOOD, 'stroke-dasharray="6 4"'))
        parts.append(_text(WIDTH - RIGHT - 4, y(edge) - 5, f"限 {edge:g} ℃", GOOD, "end"))
    kept = _thinned(picture.readings, WIDTH - LEFT - RIGHT)
    parts.append(_path([(x(at), y(celsius)) for at, celsius in kept], INK, 1.6))
    for run in _runs(picture, kept):
        if len(run) > 1:
            parts.append(_path([(x(at), y(celsius)) for at, celsius in run], BAD, 3))
        at, celsius = max(run, key=lambda point: _beyond(picture, point[1]))
        parts.append(f'<circle cx="{x(at):.1f}" cy="{y(celsius):.1f}" r="4" fill="{BAD}"/>')
    if outside:
        at, celsius = max(outside, key=lambda point: _beyond(picture, point[1]))
        right = x(at) > WIDTH / 2
        parts.append(
            _text(
                x(at) - 8 if right else x(at) + 8, max(y(celsius) - 8, TOP + 10), f"超限 {celsius:g} ℃", BAD,
                "end" if right else "start", "700",
            )
        )  # fmt: skip
    parts.append(_text(LEFT, HEIGHT - 14, f"{first:%m-%d %H:%M}", SOFT, "start"))
    if last > first:
        middle = first + (last - first) / 2
        parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, f"{middle:%m-%d %H:%M}", SOFT, "middle"))
        parts.append(_text(WIDTH - RIGHT, HEIGHT - 14, f"{last:%m-%d %H:%M}", SOFT, "end"))
    return "".join([*parts, "</svg>"])


def _said(picture: Picture, outside: Sequence[Point]) -> str:
    values = [celsius for _, celsius in picture.readings]
    told = f"{picture.title}：{len(values)} 个读数，最低 {min(values):g} ℃，最高 {max(values):g} ℃"
    return told + (f"，{len(outside)} 个超出范围" if outside else "")


def _band(picture: Picture, y: object, low: float, high: float) -> list[str]:
    assert callable(y)
    if picture.lowest is None and picture.highest is None:
        return []
    top = y(picture.highest if picture.highest is not None else high)
    bottom = y(picture.lowest if picture.lowest is not None else low)
    return [
        f'<rect x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" height="{max(bottom - top, 0):.1f}" fill="{BAND}"/>'
    ]


def _ticks(low: float, high: float) -> list[float]:
    step = next((one for one in (0.5, 1, 2, 5, 10, 20, 50) if (high - low) / one <= 6), 100)
    first = int(low // step) + 1
    return [place * step for place in range(first, int(high // step) + 1)]


def _beyond(picture: Picture, celsius: float) -> float:
    """How far a reading lies outside the range; 0 inside."""
    above = celsius - picture.highest if picture.highest is not None else 0.0
    below = picture.lowest - celsius if picture.lowest is not None else 0.0
    return max(above, below, 0.0)


def _thinned(readings: Sequence[Point], most: int) -> list[Point]:
    if len(readings) <= most:
        return list(readings)
    size = -(-len(readings) // (most // 2))
    kept: list[Point] = []
    for start in range(0, len(readings), size):
        part = readings[start : start + size]
        ends = {min(range(len(part)), key=lambda i: part[i][1]), max(range(len(part)), key=lambda i: part[i][1])}
        kept += [part[i] for i in sorted(ends)]
    return kept


def _runs(picture: Picture, readings: Sequence[Point]) -> list[list[Point]]:
    """Neighbouring readings outside the range."""
    found: list[list[Point]] = []
    before = False
    for point in readings:
        out = not picture.inside(point[1])
        if out and before:
            found[-1].append(point)
        elif out:
            found.append([point])
        before = out
    return found


def _path(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    told = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, colour: str, anchor: str, weight: str = "400") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
