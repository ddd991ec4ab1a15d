"""Papers as a person states them, the acts that keep them, and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LABEL = "item.label"
LABEL_WITHDRAWN = "item.label_withdrawn"
ITEM_ACTS = (LABEL, LABEL_WITHDRAWN)
RECORD, DOCUMENT, TIMES, PRINTED = "batch.record", "batch.document", "batch.times", "batch.printed"
WITHDRAWN = "batch.paper_withdrawn"
BATCH_ACTS = (RECORD, DOCUMENT, TIMES, PRINTED, WITHDRAWN)
FILED = {RECORD: "记录", DOCUMENT: "证明文件", TIMES: "过程时间", PRINTED: "喷码核对"}
"""What is filed for a batch by an act: kind → what a person calls it."""

MEMBERS = {
    "label": "标签",
    "records": "记录",
    "documents": "证明文件",
    "events": "过程时间",
    "temperatures": "温度记录",
}
"""Members of an evaluation request that papers supply → what a person calls them."""

PLACE = "place"
"""Where a temperature was taken, in the rulebook's words; extension members of an EPCIS sensor event, in our namespace."""
DEVICE = "device"
CALIBRATION_DUE = "calibrationDue"
INTERVAL = "intervalMinutes"
LOWEST, HIGHEST = "minCelsius", "maxCelsius"

DATES_AS = ("YYYY年MM月DD日", "YYYY-MM-DD", "YYYYMMDD", "其他写法")
"""How a label prints its dates; the first three are those of GB 7718-2025 4.7."""


@dataclass(frozen=True, slots=True)
class NewLabel:
    """A label's artwork before it is checked. ``label`` is the member ``label`` of an evaluation request."""

    label: Mapping[str, Any]
    used_from: str
    dates_as: str = ""
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewPaper:
    """One record or document: ``stated`` is a row of the request's ``records`` or ``documents``."""

    stated: Mapping[str, Any]
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewTimes:
    """Rows of a request's ``events`` and ``intervals``."""

    events: Sequence[Mapping[str, Any]] = ()
    intervals: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A temperature series: a row of a request's ``temperatures`` and the device. ``rows`` are the file's line numbers."""

    what: str
    readings: Sequence[Mapping[str, Any]]
    interval_minutes: int | None = None
    calibration_due: str = ""
    min_celsius: str = ""
    max_celsius: str = ""
    device: str = ""
    rows: Sequence[int] = field(default_factory=tuple)

    def stated(self) -> dict[str, Any]:
        """As a row of the request's ``temperatures``; what was not stated is left out."""
        told: dict[str, Any] = {"what": self.what, "readings": list(self.readings)}
        told |= {"interval_minutes": self.interval_minutes} if self.interval_minutes is not None else {}
        given = {name: getattr(self, name).strip() for name in ("calibration_due", "min_celsius", "max_celsius")}
        return told | {name: text for name, text in given.items() if text}
