"""The chain graph on paper: the positions of chain/layout.py, the colours and shapes of chain/svg.py."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from chain.layout import Layout
from chain.models import GRADE_NAMES, LAYER_NAMES, Grade, Link, LinkEdge
from chain.svg import HAIR, INK, LAYER_TINT, LEGEND_ORDER, LOOKS, MUTED, Look, edge_points

_RADIUS = re.compile(r"A([0-9.]+) ")
_NUMBER = re.compile(r"[0-9.]+")
_TEXT, _SMALL = 15, 12


class Picture:
    """Draws in the layout's pixels, y downwards, scaled to a width in points; ``height`` is what it takes."""

    def __init__(self, canvas: Canvas, layout: Layout, font: str, left: float, top: float, width: float) -> None:
        self.canvas, self.layout, self.font = canvas, layout, font
        self.left, self.top, self.scale = left, top, width / layout.width
        self.height = layout.height * self.scale

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.scale, self.top - y * self.scale

    def rect(self, x: float, y: float, width: float, height: float, fill: str, stroke: str = "") -> None:
        self.canvas.setFillColor(HexColor(fill))
        if stroke:
            self.canvas.setStrokeColor(HexColor(stroke))
        left, bottom = self.at(x, y + height)
        self.canvas.roundRect(
            left, bottom, width * self.scale, height * self.scale, 5 * self.scale, stroke=int(bool(stroke)), fill=1
        )

    def text(self, x: float, y: float, said: str, size: float, colour: str = INK, *, room: float = 0) -> float:
        """Writes with the baseline at ``y``, smaller where it does not fit ``room``; gives its width in pixels."""
        points = size * self.scale
        wide = pdfmetrics.stringWidth(said, self.font, points)
        if room and wide > room * self.scale:
            points *= room * self.scale / wide
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.setFont(self.font, points)
        self.canvas.drawString(*self.at(x, y), said)
        return float(pdfmetrics.stringWidth(said, self.font, points)) / self.scale

    def wide(self, said: str, size: float, room: float) -> float:
        """How wide a text will be, in pixels."""
        return min(room, float(pdfmetrics.stringWidth(said, self.font, size * self.scale)) / self.scale)

    def shape(self, x: float, y: float, look: Look) -> None:
        """A grade's shape in its 12 × 12 square: a polygon, or circles one inside the other."""
        self.canvas.setFillColor(HexColor(look.colour))
        radii = sorted({float(one) for one in _RADIUS.findall(look.shape)}, reverse=True)
        for number, radius in enumerate(radii):
            if number:
                self.canvas.setFillColor(HexColor(look.tint))
            self.canvas.circle(*self.at(x + 6, y + 6), radius * self.scale, stroke=0, fill=1)
        if radii:
            return
        numbers = [float(one) for one in _NUMBER.findall(look.shape)]
        path = self.canvas.beginPath()
        for place in range(0, len(numbers), 2):
            point = self.at(x + numbers[place], y + numbers[place + 1])
            if place:
                path.lineTo(*point)
            else:
                path.moveTo(*point)
        path.close()
        self.canvas.drawPath(path, stroke=0, fill=1)


def draw_chain(
    picture: Picture,
    links: Iterable[Link],
    edges: Iterable[LinkEdge],
    grades: Mapping[str, Grade],
    href: str = "",
) -> None:
    """Layers, material edges, and every link with its grade by colour and shape and word. ``href`` is an address with
    {id}: then every box is a link."""
    canvas, layout = picture.canvas, picture.layout
    canvas.setLineWidth(0.5 * picture.scale)
    for box in layout.layers:
        picture.rect(box.x, box.y, box.width, box.height, LAYER_TINT)
        picture.text(box.x + 14, box.y + 27, LAYER_NAMES[box.id], 17)
    canvas.setStrokeColor(HexColor("#B4C2CC"))
    canvas.setLineWidth(0.8 * picture.scale)
    for edge in edges:
        source, target = layout.boxes.get(edge.from_link), layout.boxes.get(edge.to_link)
        if edge.kind == "物料" and source is not None and target is not None:
            points = [picture.at(*point) for point in edge_points(source, target)]
            canvas.bezier(*(value for point in points for value in point))
    for group in layout.groups:
        wide = picture.wide(group.id, _SMALL, group.width)
        picture.rect(group.x, group.y + 7, wide + 4, 17, LAYER_TINT)
        picture.text(group.x + 2, group.y + 20, group.id, _SMALL, MUTED, room=group.width)
    _legend(picture, grades)
    for link in links:
        box = layout.boxes[link.id]
        look = LOOKS[grades.get(link.id, "unknown")]
        canvas.setLineWidth(0.8 * picture.scale)
        picture.rect(box.x, box.y, box.width, box.height, look.tint, HAIR)
        picture.rect(box.x, box.y, 6, box.height, look.colour)
        middle = box.y + box.height / 2
        picture.shape(box.x + 11, middle - 6, look)
        word = GRADE_NAMES[grades.get(link.id, "unknown")]
        taken = 12 * len(word)
        picture.text(box.x + 28, middle + 5, link.short, _TEXT, room=box.width - 42 - taken)
        picture.text(box.right - taken - 8, middle + 5, word, _SMALL, look.word)
        if href:
            left, bottom = picture.at(box.x, box.bottom)
            right, top = picture.at(box.right, box.y)
            canvas.linkURL(href.format(id=link.id), (left, bottom, right, top), relative=0)
    canvas.setFillColor(HexColor(INK))


def _legend(picture: Picture, grades: Mapping[str, Grade]) -> None:
    counts = Counter(grades.values())
    x, y = float(picture.layout.legend.x + 4), picture.layout.legend.y + 14
    for grade in LEGEND_ORDER:
        picture.shape(x, y, LOOKS[grade])
        x += 18
        x += picture.text(x, y + 11, f"{GRADE_NAMES[grade]} {counts[grade]}", _TEXT) + 26
