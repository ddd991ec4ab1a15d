"""What stands of a product's labels and a batch's papers, as pages and the API show it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row

from service.batches.reading import iso
from service.papers.chart import Picture, draw
from trace.items.models import STORAGE
from trace.journal.canonical import loads
from trace.papers import store
from trace.papers.asking import bounds
from trace.papers.logger import Summary, summary
from trace.papers.models import FILED, LABEL, LABEL_WITHDRAWN, PRINTED, TIMES, WITHDRAWN
from trace.papers.sensors import series_in
from trace.papers.standing import labels_standing, papers_standing
from trace.standards import Rulebook

MOST_ROWS = 300
"""Readings told one by one; of longer series each hour is told."""
PRINTED_NAMES = {"produced_on": "生产日期", "expires_on": "保质期到期日", "lot": "批号"}


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One standing series: ``svg`` is the picture, ``rows`` its table (time, lowest, highest, readings, outside)."""

    event_id: int
    what: str
    device: str
    calibration_due: str
    stated_range: str
    drawn_range: str
    own: bool
    summary: Summary | None
    outside: int
    svg: Markup
    rows: Sequence[tuple[str, str, str, int, bool]]
    hourly: bool
    why_not: str


def labels_of(acts: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Every label filed of a product, newest first; ``withdrawn`` is why, '' where it stands."""
    standing = {act.id for act, _ in labels_standing(acts)}
    reasons = {json.loads(a.body)["label_id"]: a.reason for a in acts if a.kind == LABEL_WITHDRAWN}
    return [
        json.loads(act.body)
        | {
            "id": str(act.id),
            "filed_at": act.at,
            "stands": act.id in standing,
            "withdrawn": reasons.get(str(act.id), ""),
        }
        for act in reversed(acts)
        if act.kind == LABEL
    ]


def labels_json(acts: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    return [one | {"filed_at": iso(one["filed_at"])} for one in labels_of(acts)]


def papers_of(acts: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Every record, document, time and label check filed of a batch, newest first, with one line of what it says."""
    standing = {act.id for act, _ in papers_standing(acts)}
    reasons = {json.loads(a.body)["paper_id"]: a.reason for a in acts if a.kind == WITHDRAWN}
    found = []
    for act in reversed(acts):
        if act.kind not in FILED:
            continue
        body = json.loads(act.body)
        found.append(
            {
                "id": str(act.id),
                "kind": act.kind,
                "kind_text": FILED[act.kind],
                "name": (body.get("stated") or {}).get("kind") or FILED[act.kind],
                "lines": _lines(act.kind, body),
                "body": body,
                "attachment_id": body.get("attachment_id"),
                "filed_at": act.at,
                "stands": act.id in standing,
                "withdrawn": reasons.get(str(act.id), ""),
            }
        )
    return found


def _lines(kind: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    if kind == TIMES:
        told = [
            (one["what"] + (f"（{one['of']}）" if one.get("of") else ""), _short(one["at"])) for one in body["events"]
        ]
        return told + [
            (one["what"] + (f"（{one['of']}）" if one.get("of") else ""), f"{one['days']} 天")
            for one in body["intervals"]
        ]
    if kind == PRINTED:
        return [(PRINTED_NAMES[name], text) for name, text in body["printed"].items()]
    stated = body["stated"]
    names = {
        "number": "编号", "made_on": "记录日期", "kept_until": "保存到", "valid_from": "有效期起", "valid_to": "有效期止",
        "used_on": "使用日",
    }  # fmt: skip
    return [
        *(stated.get("fields") or {}).items(),
        *((text, stated[key]) for key, text in names.items() if key in stated),
    ]


def _short(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M")


def series_of(conn: Connection, book: Rulebook, row: Any, item: Any) -> list[SeriesView]:
    """The standing temperature series that the batch's owner recorded, oldest first."""
    found: list[SeriesView] = []
    for event in store.sensor_events(conn, {row.id: row.tenant_id}).get(row.id, []):
        for told in series_in(loads(event.document)):
            series = dict(told.series or {})
            found.append(series_view(book, series, row.produced_on, item.storage, event.id, told.device, told.why_not))
    return found


def series_view(
    book: Rulebook, series: Mapping[str, Any], produced_on: str, storage: str, event_id: int = 0, device: str = "",
    why_not: str = "",
) -> SeriesView:  # fmt: skip
    """One series with its picture; the range is what the label states, else what the book demands there."""
    points = [(datetime.fromisoformat(one["at"]), float(one["celsius"])) for one in series.get("readings") or ()]
    points.sort()
    stated = (_number(series.get("min_celsius")), _number(series.get("max_celsius")))
    what = str(series.get("what") or "")
    drawn = stated
    if stated == (None, None) and what:
        drawn = bounds(book, what, date.fromisoformat(produced_on), STORAGE.get(storage, ""))
    picture = Picture(what, points, *drawn)
    hourly = len(points) > MOST_ROWS
    return SeriesView(
        event_id=event_id,
        what=what or "温度记录",
        device=device,
        calibration_due=str(series.get("calibration_due") or ""),
        stated_range=_range(*stated),
        drawn_range=_range(*drawn),
        own=stated != (None, None),
        summary=summary(series["readings"]) if points else None,
        outside=sum(1 for _, celsius in points if not picture.inside(celsius)),
        svg=Markup(draw(picture)) if points else Markup(""),  # noqa: S704 - our own drawing; every text in it is escaped
        rows=_rows(picture, hourly),
        hourly=hourly,
        why_not=why_not,
    )


def _rows(picture: Picture, hourly: bool) -> list[tuple[str, str, str, int, bool]]:
    groups: dict[str, list[float]] = {}
    for at, celsius in picture.readings:
        groups.setdefault(f"{at:%Y-%m-%d %H:00}" if hourly else f"{at:%Y-%m-%d %H:%M:%S}", []).append(celsius)
    return [
        (name, f"{min(values):g}", f"{max(values):g}", len(values), any(not picture.inside(one) for one in values))
        for name, values in groups.items()
    ]


def _number(text: Any) -> float | None:
    return float(Decimal(str(text))) if text not in (None, "") else None


def _range(lowest: float | None, highest: float | None) -> str:
    if lowest is not None and highest is not None:
        return f"{lowest:g}～{highest:g} ℃"
    return f"≤{highest:g} ℃" if highest is not None else f"≥{lowest:g} ℃" if lowest is not None else ""
