"""A district's boundary from GeoJSON (RFC 7946), checked and simplified, and a map drawn from it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, hypot, radians
from typing import Any

from trace.errors import InvalidInput

Point = tuple[float, float]
"""(longitude, latitude) in degrees."""
Ring = tuple[Point, ...]
MOST_BYTES = 5 * 1024 * 1024
MOST_POINTS = 200_000
TOLERANCE = 0.7
"""px by which a simplified line may leave the true one."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Rings of all polygons with the name of their feature; ``points`` as in the file."""

    rings: tuple[tuple[str, Ring], ...]
    points: int


@dataclass(frozen=True, slots=True)
class Place:
    """Something on the map. ``kind`` is base, enterprise or park; ``href`` its page."""

    name: str
    kind: str
    at: Point
    href: str


def _wrong(detail: str) -> InvalidInput:
    return InvalidInput.of("/file", "geojson", detail, "not a GeoJSON FeatureCollection of polygons within limits")


def read_boundary(content: bytes) -> Boundary:
    """A valid FeatureCollection of Polygons and MultiPolygons. Raises InvalidInput saying what is wrong where."""
    if len(content) > MOST_BYTES:
        raise _wrong(f"文件有 {len(content) / 1024 / 1024:.1f} MB，最大 5 MB；请先简化")
    try:
        top = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _wrong("文件不是 UTF-8 的 JSON，请导出为 GeoJSON") from None
    if not isinstance(top, dict) or top.get("type") != "FeatureCollection" or not isinstance(top.get("features"), list):
        raise _wrong("最外层须是 FeatureCollection，且有 features")
    rings: list[tuple[str, Ring]] = []
    count = 0
    for n, feature in enumerate(top["features"], 1):
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
            raise _wrong(f"第 {n} 个要素须是 Polygon 或 MultiPolygon")
        given = geometry.get("coordinates")
        polygons = [given] if geometry["type"] == "Polygon" else given
        known = feature.get("properties")
        name = str(known.get("name", "")) if isinstance(known, dict) else ""
        for polygon in _listed(polygons, n):
            for ring in _listed(polygon, n):
                points = tuple(_point(one, n) for one in _listed(ring, n))
                count += len(points)
                if count > MOST_POINTS:
                    raise _wrong(f"坐标点超过 {MOST_POINTS} 个，请先简化")
                if len(points) < 4 or points[0] != points[-1]:
                    raise _wrong(f"第 {n} 个要素有一个环没有闭合，或不足 4 个点")
                rings.append((name.encode(errors="replace").decode()[:40], points))
    if not rings:
        raise _wrong("文件里没有多边形")
    return Boundary(tuple(rings), count)


def _listed(value: Any, n: int) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _wrong(f"第 {n} 个要素的 coordinates 不合 GeoJSON 的写法")
    return value


def _point(value: Any, n: int) -> Point:
    good = isinstance(value, list) and len(value) in (2, 3)
    if not good or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in value):
        raise _wrong(f"第 {n} 个要素有一个坐标不是 [经度, 纬度]")
    if not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        raise _wrong(
            f"第 {n} 个要素有坐标超出范围（{str(value[0])[:20]}, {str(value[1])[:20]}）：须是经度 -180～180、纬度 -90～90"
        )
    return float(value[0]), float(value[1])


def simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker (1973): the fewest of the points found so that none is farther than ``tolerance`` off."""
    if len(line) < 3:
        return list(line)
    keep = [False] * len(line)
    keep[0] = keep[-1] = True
    waiting = [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        farthest, at = tolerance, -1
        for n in range(first + 1, last):
            off = _distance(line[n], line[first], line[last])
            if off > farthest:
                farthest, at = off, n
        if at >= 0:
            keep[at] = True
            waiting += [(first, at), (at, last)]
    return [point for point, kept in zip(line, keep, strict=True) if kept]


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = 0.0
    if length:
        along = max(0.0, min(1.0, ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length))
    return hypot(point[0] - start[0] - along * dx, point[1] - start[1] - along * dy)


def map_svg(boundary: Boundary, places: Iterable[Place], approval: str, width: int = 800) -> str:
    """The boundary with everybody on it; north up, longitudes shortened by the cosine of the middle latitude."""
    every = [point for _, ring in boundary.rings for point in ring]
    west, east = min(p[0] for p in every), max(p[0] for p in every)
    south, north = min(p[1] for p in every), max(p[1] for p in every)
    squeeze = max(0.01, cos(radians((south + north) / 2)))
    scale = (width - 40) / max(1e-9, (east - west) * squeeze, (north - south) * 0.5)
    height = round((north - south) * scale) + 70

    def on_page(point: Point) -> Point:
        return 20 + (point[0] - west) * squeeze * scale, 20 + (north - point[1]) * scale

    parts = []
    for name, ring in boundary.rings:
        line = simplified([on_page(point) for point in ring], TOLERANCE)
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) + "Z"
        title = f"<title>{escape(name)}</title>" if name else ""
        parts.append(f'<path d="{path}" fill="#F3F6F8" stroke="#586773" fill-rule="evenodd">{title}</path>')
    for place in places:
        x, y = on_page(place.at)
        if not (0 <= x <= width and 0 <= y <= height):
            continue
        if place.kind == "base":
            shape = f'<path d="M{x:.1f} {y - 7:.1f}l7 12h-14z" fill="#1C7050" stroke="#FFFFFF"/>'
        elif place.kind == "park":
            shape = f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="#7A4B12" stroke="#FFFFFF"/>'
        else:
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#0B5E8A" stroke="#FFFFFF"/>'
        label = escape(place.name, quote=True)
        parts.append(
            f'<a href="{escape(place.href, quote=True)}" aria-label="{label}"><title>{label}</title>{shape}</a>'
        )
    note = f'<text x="20" y="{height - 14}" font-size="13" fill="#586773">审图号：{escape(approval)}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label="区域地图：基地、企业与园区" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">{"".join(parts)}{note}</svg>'
    )
