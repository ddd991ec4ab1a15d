"""What is noticed about a valid event and kept with it: doubtful, but not for us to refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trace.epcis.keys import wrong_key
from trace.epcis.values import micros
from trace.errors import FieldError

FAR_US = 24 * 3_600_000_000
"""How far a reading may lie from its event before it is noticed."""

UNKNOWN_ORIGINAL = FieldError(
    "/errorDeclaration", "unknown_original", "声明更正的原事件没有登记过；声明已保存，原事件以后到达也不起作用",
    "the event that is declared wrong is not recorded",
)  # fmt: skip
_TWICE = ("time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


def warnings_of(event: Mapping[str, Any]) -> list[FieldError]:
    """What is doubtful about a valid event; pointers are relative to it."""
    return [*_sensors(event), *_keys(event)]


def _sensors(event: Mapping[str, Any]) -> Iterator[FieldError]:
    at_event = micros(event["eventTime"])
    for place, element in enumerate(event.get("sensorElementList") or ()):
        at = f"/sensorElementList/{place}"
        metadata = element.get("sensorMetadata") or {}
        for number, report in enumerate(element["sensorReport"]):
            for name in _TWICE:
                if name in metadata and name in report:
                    why = f"{name} 在 sensorMetadata 和 sensorReport 里都有；读数以 sensorReport 的为准，请只写一处"
                    yield FieldError(
                        f"{at}/sensorReport/{number}/{name}", "stated_twice", why, f"{name} is stated twice"
                    )
        times = [(f"{at}/sensorMetadata/{name}", metadata.get(name)) for name in ("time", "startTime", "endTime")]
        times += [(f"{at}/sensorReport/{n}/time", row.get("time")) for n, row in enumerate(element["sensorReport"])]
        for pointer, text in times:
            when = micros(text) if text is not None else None
            if when is not None and at_event is not None and abs(when - at_event) > FAR_US:
                why = f"传感器时间 {text} 与事件时间 {event['eventTime']} 相差超过 24 小时，请核对设备时钟"
                yield FieldError(pointer, "far_from_event", why, "more than 24 hours from the event")


def _keys(event: Mapping[str, Any]) -> Iterator[FieldError]:
    named = [(f"/{name}/{place}", uri) for name in _LISTS for place, uri in enumerate(event.get(name) or ())]
    named += [("/parentID", event["parentID"])] if "parentID" in event else []
    named += [(f"/{name}/id", event[name]["id"]) for name in ("readPoint", "bizLocation") if name in event]
    for pointer, uri in named:
        why = wrong_key(uri)
        if why:
            yield FieldError(pointer, "check_digit", f"{why}，请核对", "a check digit is wrong")
