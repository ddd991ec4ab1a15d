"""What the JSON API takes for labels, records, documents, times, label checks and temperature series.

The members are those of ``POST /api/v1/standards/evaluate``; what is inside them is checked by its readers.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from service.batches.schemas import Amount, In, OptionalId, Text
from trace.papers.models import NewLabel, NewPaper, NewSeries, NewTimes

Fields = Annotated[dict[str, str], Field(max_length=100, description="字段名: 文字，照原件填写")]
Day = Annotated[str, Field(max_length=40, examples=["2026-11-23"])]
Time = Annotated[str, Field(max_length=60, examples=["2026-11-23T08:00:00+08:00"], description="须带时区")]
MAX_BODY_READINGS = 200_000
"""Longer lists are refused before they are read; a batch takes 20,000, and is told so."""


class NutrientIn(In):
    nutrient: Text
    amount: Amount
    unit: Text
    nrv: Amount | None = None
    measured: Amount | None = None


class ArtworkIn(In):
    """A label as its artwork shows it. What is printed per batch (dates, lot) is filed with the batch."""

    edition: Text = ""
    nutrition_edition: Text = ""
    audience: Text = ""
    fields: Fields | None = None
    produced_on: Text = ""
    expires_on: Text = ""
    lot: Text = ""
    shelf_life: Text = ""
    allergens: Annotated[list[Text], Field(max_length=500)] | None = None
    claims: Annotated[list[Text], Field(max_length=500)] | None = None
    nutrition: Annotated[list[NutrientIn], Field(max_length=60)] | None = None
    nutrition_exempt: Text = ""
    area_cm2: Amount | None = None


class LabelIn(In):
    """``used_from`` is the first production date of the label; ``dates_as`` how it says that dates are printed."""

    label: ArtworkIn
    used_from: Day
    dates_as: Text = ""
    attachment_id: OptionalId

    def plain(self) -> NewLabel:
        stated = self.label.model_dump(exclude_none=True)
        if self.label.nutrition is not None:
            stated["nutrition"] = [one.model_dump(exclude_none=True) for one in self.label.nutrition]
        return NewLabel(stated, self.used_from, self.dates_as, self.attachment_id)


class RecordIn(In):
    kind: Text
    fields: Fields = Field(default_factory=dict)
    made_on: Day = ""
    kept_until: Day = ""
    attachment_id: OptionalId

    def plain(self) -> NewPaper:
        return NewPaper(self.model_dump(exclude={"attachment_id"}), self.attachment_id)


class PaperIn(In):
    kind: Text
    number: Text = ""
    valid_from: Day = ""
    valid_to: Day = ""
    used_on: Day = ""
    fields: Fields = Field(default_factory=dict)
    attachment_id: OptionalId

    def plain(self) -> NewPaper:
        return NewPaper(self.model_dump(exclude={"attachment_id"}), self.attachment_id)


class EventIn(In):
    what: Text
    at: Time
    of: Text = ""

    def plain(self) -> dict[str, Any]:
        return {name: text for name, text in self.model_dump().items() if text != ""}


class IntervalIn(In):
    what: Text
    days: Annotated[int, Field(ge=0, le=3650)]
    of: Text = ""

    def plain(self) -> dict[str, Any]:
        return {name: text for name, text in self.model_dump().items() if text != ""}


class TimesIn(In):
    events: Annotated[list[EventIn], Field(max_length=500)] = Field(default_factory=list)
    intervals: Annotated[list[IntervalIn], Field(max_length=100)] = Field(default_factory=list)

    def plain(self) -> NewTimes:
        return NewTimes([one.plain() for one in self.events], [one.plain() for one in self.intervals])


class PrintedIn(In):
    """What was read on a package of this batch, as printed."""

    produced_on: Text = ""
    expires_on: Text = ""
    lot: Text = ""


class ReadingIn(In):
    at: Time
    celsius: Amount


class SeriesIn(In):
    """A series of one place; readings in any order, one time one value. 一批最多 50 段、20000 个读数。"""

    what: Text
    readings: Annotated[list[ReadingIn], Field(max_length=MAX_BODY_READINGS)]
    interval_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    calibration_due: Day = ""
    min_celsius: Amount = ""
    max_celsius: Amount = ""
    device: Text = ""

    def plain(self) -> NewSeries:
        stated = self.model_dump(exclude={"readings"})
        return NewSeries(**stated, readings=[{"at": one.at, "celsius": one.celsius} for one in self.readings])
