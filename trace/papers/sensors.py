"""Temperature series of EPCIS sensor events, and what of them cannot be compared. Pure.

An ObjectEvent that names the lot carries ``sensorElementList`` (EPCIS 2.0, 7.4.7). Ours have one element with one
``sensorReport`` a reading; a partner's may have several. Place, device, calibration and range are extension members of
the element or of the event. Nothing is guessed: without a place of the rulebook's words there is no clause to compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trace.context import SHANGHAI
from trace.epcis.contexts import expand, prefixes
from trace.journal.documents import OUR_CONTEXT
from trace.papers.models import CALIBRATION_DUE, DEVICE, HIGHEST, INTERVAL, LOWEST, PLACE
from trace.standards.requests.process import MAX_READINGS, MAX_SERIES

_PREFIX = "liangpin"
_DEGREES = re.compile(r"-?\d{1,4}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """One sensor element: ``series`` as a row of a request's ``temperatures``, or why it cannot be one."""

    series: Mapping[str, Any] | None
    why_not: str = ""
    device: str = ""


def stated_time(moment: datetime) -> str:
    """A time as it is filed: with the offset of Asia/Shanghai, to the second where it is whole."""
    local = moment.astimezone(SHANGHAI)
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def sensor_elements(series: Mapping[str, Any], device: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """``sensorElementList`` of a series and the extension members beside it; readings in the order of time."""
    readings = sorted(series["readings"], key=lambda one: datetime.fromisoformat(one["at"]))
    metadata = {"startTime": readings[0]["at"], "endTime": readings[-1]["at"]}
    reports = [
        {"type": "Temperature", "value": float(Decimal(one["celsius"])), "uom": "CEL", "time": one["at"]}
        for one in readings
    ]
    beside = {
        PLACE: series["what"],
        DEVICE: device,
        CALIBRATION_DUE: series.get("calibration_due"),
        INTERVAL: series.get("interval_minutes"),
        LOWEST: series.get("min_celsius"),
        HIGHEST: series.get("max_celsius"),
    }
    kept = {f"{_PREFIX}:{name}": value for name, value in beside.items() if value not in (None, "")}
    return [{"sensorMetadata": metadata, "sensorReport": reports}], kept


def series_in(document: Mapping[str, Any]) -> list[Told]:
    """Every temperature series of one event; elements without a temperature are none of ours."""
    found = []
    known = prefixes(document.get("@context")) or OUR_CONTEXT
    elements = document.get("sensorElementList")
    for element in elements if isinstance(elements, list) else ():
        told = _element(document, element, known) if isinstance(element, Mapping) else None
        if told is not None:
            found.append(told)
    return found


def _ours(of: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """Extension members of our namespace by their local name, whatever prefix the document gives it."""
    space = OUR_CONTEXT[_PREFIX]
    named = ((expand(name, known), value) for name, value in of.items() if ":" in name)
    return {name.removeprefix(space): value for name, value in named if name.startswith(space)}


def _element(document: Mapping[str, Any], element: Mapping[str, Any], known: Mapping[str, str]) -> Told | None:
    reports = [
        one
        for one in element.get("sensorReport") or ()
        if isinstance(one, Mapping) and _name(one.get("type")) == "Temperature"
    ]
    if not reports:
        return None
    metadata = element.get("sensorMetadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}

    beside = (_ours(document, known) | _ours(element, known)).get
    place = beside(PLACE)
    device = str(beside(DEVICE) or metadata.get("deviceID") or "")
    if not isinstance(place, str) or not place.strip():
        return Told(None, f"一段温度记录（{len(reports)} 个读数）没有写明测温位置", device)
    units = sorted({_name(one.get("uom")) or "没有写" for one in reports} - {"CEL"})
    if units:
        return Told(None, f"{place}的温度单位是 {'、'.join(units)}，不是 CEL（℃）", device)
    readings = []
    for one in reports:
        at = _moment(one.get("time", metadata.get("time")))
        value = one.get("value")
        if at is None or isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return Told(None, f"{place}有读数没有写时间或数值", device)
        celsius = Decimal(str(value))
        if not celsius.is_finite() or celsius.adjusted() > 4 or celsius.adjusted() < -9:
            return Told(None, f"{place}有读数 {str(value)[:20]} 不像温度", device)
        readings.append({"at": at, "celsius": f"{celsius:f}"})
    series: dict[str, Any] = {"what": place.strip(), "readings": sorted(readings, key=lambda one: one["at"])}
    every = beside(INTERVAL)
    if isinstance(every, int | Decimal) and not isinstance(every, bool) and every == int(every):
        series["interval_minutes"] = int(every)
    for name, member in (("min_celsius", LOWEST), ("max_celsius", HIGHEST)):
        if (text := beside(member)) not in (None, ""):
            if not _DEGREES.fullmatch(str(text)):
                return Told(None, f"{place}标示的温度范围“{str(text)[:20]}”不是一个数", device)
            series[name] = str(text)
    if (due := beside(CALIBRATION_DUE)) not in (None, ""):
        series["calibration_due"] = str(due)
    return Told(series, "", device)


def _name(text: Any) -> str:
    return str(text or "").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _moment(text: Any) -> str | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return stated_time(found) if found is not None and found.tzinfo is not None else None


def within_limits(told: Iterable[Told]) -> tuple[list[dict[str, Any]], list[str]]:
    """The series that a verdict is given on, and a sentence for each that it cannot be given on."""
    taken: list[dict[str, Any]] = []
    left: list[str] = []
    count = 0
    for one in told:
        if one.series is None:
            left.append(f"{one.why_not}，未比对")
        elif len(taken) >= MAX_SERIES or count + len(one.series["readings"]) > MAX_READINGS:
            left.append(f"{one.series['what']}的读数超过每批 {MAX_SERIES} 段、{MAX_READINGS} 个的上限，这一段未比对")
        else:
            taken.append(dict(one.series))
            count += len(one.series["readings"])
    return taken, left


def micros(text: str) -> int:
    """A filed time as µs UTC."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
