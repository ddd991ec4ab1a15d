"""The demo's papers: one label that agrees with its product, and one cold-chain series with an excursion (模拟)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from trace.batches import store as batches
from trace.context import SHANGHAI
from trace.papers.labels import file_label
from trace.papers.models import NewLabel, NewSeries
from trace.papers.temperatures import record_series

if TYPE_CHECKING:
    from service.demo.story import Story


def tell_papers(story: Story) -> None:
    """File both as their makers would: the label from today on, so that older batches stay as they were judged."""
    told: Mapping[str, Any] = story.told["papers"]
    label, series = told["label"], told["series"]
    item = story.items[label["item"]]
    new = NewLabel(label["label"], story.day(0), label["dates_as"])
    story.do("demo-maker", 0, lambda c: file_label(c, item, new))
    ago = series["made_ago"]
    with story.db.read() as conn:
        rows = batches.list_batches(
            conn, tenant_id=story.ids["demo-kitchen"], before=None, limit=100, kind="product", text=""
        )
    meal = next(
        row.id for row in rows if row.item_id == story.items[series["item"]] and row.produced_on == story.day(ago)
    )
    begins = datetime.fromisoformat(f"{story.day(ago)}T{series['from']}:00").replace(tzinfo=SHANGHAI)
    readings = [
        {"at": (begins + timedelta(minutes=series["minutes"] * place)).isoformat(), "celsius": str(value)}
        for place, value in enumerate(series["celsius"])
    ]
    measured = NewSeries(
        series["what"],
        readings,
        interval_minutes=series["minutes"],
        calibration_due=story.day(-series["calibration"]),
        device=series["device"],
    )
    story.do("demo-kitchen", ago - 1, lambda c: record_series(c, meal, measured))
