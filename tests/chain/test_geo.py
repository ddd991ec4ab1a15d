"""Boundary files: what is taken, what is refused and why; lines simplified within the tolerance."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.staffview import geo
from chain.staffview.geo import Place, _distance, map_svg, read_boundary, simplified
from trace.errors import InvalidInput

SQUARE = [[107.0, 30.0], [108.0, 30.0], [108.0, 31.0], [107.0, 31.0], [107.0, 30.0]]


def file(*geometries: Any, name: Any = "某镇") -> bytes:
    features = [{"type": "Feature", "properties": {"name": name}, "geometry": one} for one in geometries]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_polygons_and_multipolygons() -> None:
    many = {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}
    found = read_boundary(b"\xef\xbb\xbf" + file(polygon(SQUARE), many))
    assert found.points == 15
    assert [name for name, _ in found.rings] == ["某镇"] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"type":"Polygon"}', "FeatureCollection"),
        (b'{"type":"FeatureCollection","features":[]}', "没有多边形"),
        (file({"type": "Point", "coordinates": [1, 2]}), "第 1 个要素"),
        (file(polygon(SQUARE), None), "第 2 个要素"),
        (file(polygon(SQUARE[:-1])), "没有闭合"),
        (file(polygon([[107, 91]] * 4)), "超出范围"),
        (file(polygon([[float("nan"), 1]] * 4)), "超出范围"),
        (file(polygon([[10**400, 1]] * 4)), "超出范围"),
        (file(polygon([["107", 30]] * 4)), "不是"),
        (file(polygon([[True, 30]] * 4)), "不是"),
        (file({"type": "Polygon", "coordinates": {}}), "coordinates"),
        (b" " * (geo.MOST_BYTES + 1), "5 MB"),
    ],
)
def test_what_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_boundary(content)
    assert said in refused.value.errors[0].detail


def test_too_many_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geo, "MOST_POINTS", 9)
    assert read_boundary(file(polygon(SQUARE))).points == 5
    with pytest.raises(InvalidInput):
        read_boundary(file(polygon(SQUARE), polygon(SQUARE)))


coordinates = st.tuples(st.floats(-50, 50), st.floats(-50, 50))


@settings(max_examples=60)
@given(st.lists(coordinates, min_size=2, max_size=30), st.floats(0.1, 20))
def test_no_point_is_farther_off_than_the_tolerance(line: list[tuple[float, float]], tolerance: float) -> None:
    kept = simplified(line, tolerance)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert all(point in line for point in kept)
    for point in line:
        nearest = min(_distance(point, a, b) for a, b in pairwise(kept)) if len(kept) > 1 else 0.0
        assert nearest <= tolerance + 1e-9


def test_a_straight_line_keeps_its_ends() -> None:
    assert simplified([(float(n), math.pi) for n in range(500)], 0.01) == [(0.0, math.pi), (499.0, math.pi)]


def test_the_map_escapes_and_names() -> None:
    boundary = read_boundary(file(polygon(SQUARE), name="<镇>"))
    places = [Place('甲"<厂>', "base", (107.5, 30.5), "/chain/register/1"), Place("远", "enterprise", (0, 0), "/x")]
    drawn = map_svg(boundary, places, "渝S<1>")
    assert "<镇>" not in drawn
    assert "<厂>" not in drawn
    assert "渝S&lt;1&gt;" in drawn
    assert drawn.count("<a ") == 1, "what lies outside is not drawn"
