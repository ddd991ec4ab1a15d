"""Is this a valid EPCIS 2.0 event? Every fault with its place, in Chinese and English.

Says no to all that the standard's JSON schema refuses (fields by event type, value types, vocabularies, what an
event must name), and beyond it to what the standard's text forbids and a schema cannot see: a wrong GTIN check
digit, a time without zone or in the future, a negative amount, a unit outside UN/ECE Rec 20, an association or
aggregation that ADDs nothing or to nothing. Pure. Source: EPCIS 2.0 sections 7.3 and 7.4, JSON binding of section 10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from trace.epcis import vocabulary
from trace.epcis.contexts import MOST_TERMS, parts, terms
from trace.epcis.keys import wrong_gtin
from trace.epcis.own import faults_of_own
from trace.epcis.values import is_context, is_number, is_uri, micros
from trace.errors import FieldError
from trace.quantity import MAX_QUANTITY

FUTURE_US = 5 * 60_000_000
"""How far an event may lie ahead of our clock: clocks differ, facts do not lie in the future."""
MAX_DEPTH = 60
"""Levels of lists and objects inside an event."""
MOST_PAIRS = 20_000
"""Inputs × outputs of one transformation: each pair is an edge of the genealogy."""
MAX_ERRORS = 50
"""Faults told of one event."""

_DISGUISED = re.compile(
    r"(?:epcis:|https?://(?:ns|ref)\.gs1\.org/epcis/|urn:epcglobal:epcis:)(" + "|".join(vocabulary.EVENT_TYPES) + ")"
)
_OFFSET = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_HEX = re.compile(r"[A-Fa-f0-9]+")
_CBV_NAME = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_GS1_TERM = re.compile(r"https?://(?:www\.)?gs1\.org/voc/")
_COMMON = frozenset(
    [
        "@context",
        "type",
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "eventID",
        "certificationInfo",
        "errorDeclaration",
    ]
)


class Faults:
    """Faults of one event. ``now`` in µs UTC bounds its times; None leaves the future open."""

    def __init__(self, now: int | None = None) -> None:
        self.found: list[FieldError] = []
        self.now = now

    def add(self, at: str, code: str, detail: str, detail_en: str) -> None:
        if len(self.found) < MAX_ERRORS:
            self.found.append(FieldError(at, code, detail, detail_en))

    def not_one(self, at: str, value: Any, what: str, what_en: str, code: str = "value") -> None:
        name = at.rsplit("/", 1)[-1]
        self.add(at, code, f"{name} 的值“{_shown(value)}”{what}", f"{name}: {what_en}")


def faults_of(event: Any, now: int | None = None) -> list[FieldError]:
    """Everything wrong with an event; [] when it may be recorded. Pointers are relative to the event."""
    faults = Faults(now)
    if not isinstance(event, Mapping):
        faults.add("", "not_an_object", f"事件应为对象，收到“{_shown(event)}”", "an event must be an object")
        return faults.found
    if _deeper(event, MAX_DEPTH):
        faults.add("", "too_deep", f"事件嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")
        return faults.found
    _context(event.get("@context"), faults)
    kind = event.get("type")
    plain = _DISGUISED.fullmatch(kind) if isinstance(kind, str) else None
    if plain:
        faults.not_one("/type", kind, f"请写成 {plain[1]}", f"write {plain[1]}", "vocabulary")
        return faults.found
    if not isinstance(kind, str) or (kind not in _FIELDS and not is_uri(kind)):
        types = "、".join(_FIELDS)
        faults.not_one("/type", kind, f"不是事件类型，应为 {types} 之一或扩展类型的 URI", "not a type of event")
        return faults.found
    for name in ("eventTime", "eventTimeZoneOffset"):
        if name not in event:
            faults.add(f"/{name}", "required", f"缺少 {name}", f"{name} is required")
    fields = _FIELDS.get(kind)
    for name, value in event.items():
        check = _OF_ALL.get(name) or (fields or _OF_ANY).get(name)
        if check is not None:
            check(value, f"/{name}", faults)
        elif name not in _COMMON and fields is not None and not is_uri(name):
            why = f"{kind} 没有字段 {_shown(name)}；自定义字段须带前缀（如 example:{_shown(name)}）"
            faults.add(f"/{name}", "unknown_field", why, f"unknown field of {kind}")
    if fields is not None:
        _whole(kind, event, faults)
    for fault in faults_of_own(event):
        faults.add(fault.pointer, fault.code, fault.detail, fault.detail_en)
    return faults.found


def _context(context: Any, faults: Faults) -> None:
    for part in parts(context):
        if not is_context(part):
            faults.not_one("/@context", part, "只能是网址、对象或它们的列表", "addresses and objects only", "context")
    if sum(1 for _ in terms(context)) > MOST_TERMS:
        why = f"@context 里的名称超过 {MOST_TERMS} 个，请只写用到的前缀"
        faults.add("/@context", "too_many", why, f"more than {MOST_TERMS} terms")


def _deeper(value: Any, levels: int) -> bool:
    if isinstance(value, Mapping):
        return levels == 0 or any(_deeper(one, levels - 1) for one in value.values() if isinstance(one, dict | list))
    return levels == 0 or any(_deeper(one, levels - 1) for one in value if isinstance(one, dict | list))


# ---- values --------------------------------------------------------------------------------------

Check = Callable[[Any, str, Faults], None]


def _shown(value: Any) -> str:
    return str(value)[:60]


def _uri(value: Any, at: str, faults: Faults) -> None:
    if not is_uri(value):
        faults.not_one(at, value, "不是 URI", "must be a URI", "uri")


def _epc(value: Any, at: str, faults: Faults) -> None:
    if not is_uri(value):
        faults.not_one(at, value, "不是 URI", "must be a URI", "uri")
    elif expected := wrong_gtin(value):
        faults.not_one(
            at, value, f"里的商品条码（GTIN）不对（校验码应为 {expected}），请核对",
            f"the GTIN is wrong, expected {expected}", "gtin_check_digit",
        )  # fmt: skip


def _time(value: Any, at: str, faults: Faults) -> None:
    if micros(value) is None:
        faults.not_one(at, value, "不是带时区的时间，请写成 2026-11-25T08:00:00+08:00", "not a time with zone", "time")


def _past(value: Any, at: str, faults: Faults) -> None:
    when = micros(value)
    if when is None:
        _time(value, at, faults)
    elif faults.now is not None and when > faults.now + FUTURE_US:
        minutes = FUTURE_US // 60_000_000
        faults.not_one(at, value, f"晚于现在（容差 {minutes} 分钟），事件须是已发生的事", "in the future", "in_future")


def _offset(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        faults.not_one(at, value, "不是时区偏移，请写成 +08:00", "an offset like +08:00", "offset")


def _text(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, str):
        faults.not_one(at, value, "应为文字", "must be a string", "text")


def _boolean(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, bool):
        faults.not_one(at, value, "应为 true 或 false", "must be a boolean", "boolean")


def _number(value: Any, at: str, faults: Faults) -> None:
    if not is_number(value):
        faults.not_one(at, value, "应为数", "must be a number", "number")


def _hex(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        faults.not_one(at, value, "应为十六进制数字", "must be hexadecimal", "hexadecimal")


def _word(words: frozenset[str], of: str, forbidden: re.Pattern[str] = _CBV_NAME) -> Check:
    """A bare word of a vocabulary, or a URI of somebody else's."""

    def check(value: Any, at: str, faults: Faults) -> None:
        if isinstance(value, str) and (value in words or (is_uri(value) and not forbidden.match(value))):
            return
        better = vocabulary.bare(value) if isinstance(value, str) else ""
        hint = f"，请写成 {better}" if better in words else "，自定义的值须为 URI"
        faults.not_one(at, value, f"不在 {of} 词表中{hint}", f"not in the vocabulary of {of}", "vocabulary")

    return check


def _action(value: Any, at: str, faults: Faults) -> None:
    if value not in vocabulary.ACTIONS:
        faults.not_one(at, value, "应为 ADD、OBSERVE 或 DELETE", "ADD, OBSERVE or DELETE", "action")


def _unit(value: Any, at: str, faults: Faults) -> None:
    if not isinstance(value, str) or value not in vocabulary.rec20():
        faults.not_one(
            at, value, "不是 UN/ECE 第 20 号建议书的单位代码（千克为 KGM）", "not a unit of UN/ECE Rec 20", "unit"
        )


def _amount(value: Any, at: str, faults: Faults) -> None:
    if not is_number(value):
        faults.not_one(at, value, "应为数", "must be a number", "number")
    elif value < 0:
        faults.not_one(at, value, "是负数；数量不能小于 0", "must not be negative", "negative")
    elif value > MAX_QUANTITY:
        faults.not_one(at, value, f"超过可登记的上限 {MAX_QUANTITY}", "too large to record", "too_large")


def _list(check: Check, least: int = 0, *, unique: bool = False) -> Check:
    def each(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, list):
            faults.not_one(at, value, "应为列表", "must be a list", "list")
            return
        if len(value) < least:
            faults.not_one(at, value, f"至少要有 {least} 项", f"at least {least} item", "too_few")
        for place, one in enumerate(value):
            check(one, f"{at}/{place}", faults)
        if unique and len(value) > 1 and all(isinstance(one, str) for one in value) and len(set(value)) < len(value):
            twice = next(one for place, one in enumerate(value) if one in value[:place])
            faults.not_one(at, twice, "重复出现", "listed twice", "duplicate")

    return each


def _object(fields: Mapping[str, Check], required: tuple[str, ...] = (), *, extensions: str = "named") -> Check:
    """An object: ``extensions`` none, named (their names are URIs) or any."""

    def check(value: Any, at: str, faults: Faults) -> None:
        if not isinstance(value, Mapping):
            faults.not_one(at, value, "应为对象", "must be an object", "object")
            return
        for name in required:
            if name not in value:
                faults.add(f"{at}/{name}", "required", f"缺少 {name}", f"{name} is required")
        for name, one in value.items():
            known = fields.get(name)
            if known is not None:
                known(one, f"{at}/{name}", faults)
            elif extensions == "none" or (extensions == "named" and not is_uri(name)):
                faults.add(f"{at}/{name}", "unknown_field", f"不认识字段 {_shown(name)}", "unknown field")

    return check


def _anything(_value: Any, _at: str, _faults: Faults) -> None:
    return None


def _any_of(*checks: Check, what: str, what_en: str) -> Check:
    def check(value: Any, at: str, faults: Faults) -> None:
        for one in checks:
            tried = Faults()
            one(value, at, tried)
            if not tried.found:
                return
        faults.not_one(at, value, what, what_en)

    return check


# ---- fields --------------------------------------------------------------------------------------

_BIZ_STEP = _word(vocabulary.BIZ_STEPS, "bizStep")
_DISPOSITION = _word(vocabulary.DISPOSITIONS, "disposition")
_SOURCE_TYPE = _word(vocabulary.SOURCE_TYPES, "来源/去向类型")
_PLACE = _object({"id": _epc}, ("id",), extensions="any")
_QUANTITY = _object({"epcClass": _epc, "quantity": _amount, "uom": _unit}, ("epcClass",), extensions="none")
_TRANSACTION = _object(
    {"type": _word(vocabulary.TRANSACTION_TYPES, "bizTransaction 类型"), "bizTransaction": _uri},
    ("bizTransaction",), extensions="none",
)  # fmt: skip
_SOURCE = _object({"type": _SOURCE_TYPE, "source": _epc}, ("type", "source"), extensions="none")
_DESTINATION = _object({"type": _SOURCE_TYPE, "destination": _epc}, ("type", "destination"), extensions="none")
_METADATA = _object(
    {
        "time": _time, "startTime": _time, "endTime": _time, "deviceID": _uri, "deviceMetadata": _uri,
        "rawData": _uri, "dataProcessingMethod": _uri, "bizRules": _uri,
    }
)  # fmt: skip
_REPORT = _object(
    {
        "type": _word(vocabulary.MEASUREMENTS, "measurementType", _GS1_TERM),
        "exception": _word(vocabulary.SENSOR_ALERTS, "sensorAlertType", _GS1_TERM),
        "component": _word(vocabulary.COMPONENTS, "component"),
        "time": _time, "stringValue": _text, "booleanValue": _boolean, "hexBinaryValue": _hex, "uom": _unit,
        **dict.fromkeys(
            ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism",
             "chemicalSubstance", "coordinateReferenceSystem", "uriValue"), _uri),
        **dict.fromkeys(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _number),
    },
    ("type",),
)  # fmt: skip
_SENSOR = _object({"sensorMetadata": _METADATA, "sensorReport": _list(_REPORT, 1)}, ("sensorReport",))


def _persistent(value: Any, at: str, faults: Faults) -> None:
    each = _list(_DISPOSITION, 1, unique=True)
    _object({"set": each, "unset": each}, extensions="none")(value, at, faults)
    if isinstance(value, Mapping) and not ("set" in value or "unset" in value):
        faults.add(at, "required", "persistentDisposition 须有 set 或 unset", "set or unset is required")


_DECLARATION = _object(
    {"declarationTime": _past, "reason": _word(vocabulary.ERROR_REASONS, "errorReason"), "correctiveEventIDs": _list(_uri)},
    ("declarationTime",),
)  # fmt: skip
_OF_ALL: Mapping[str, Check] = {
    "eventTime": _past,
    "recordTime": _time,
    "eventTimeZoneOffset": _offset,
    "eventID": _uri,
    "certificationInfo": _any_of(_uri, _list(_uri), what="应为 URI 或 URI 列表", what_en="a URI or a list of them"),
    "errorDeclaration": _DECLARATION,
}
_WHERE: Mapping[str, Check] = {
    "bizStep": _BIZ_STEP,
    "disposition": _DISPOSITION,
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "bizTransactionList": _list(_TRANSACTION),
    "sourceList": _list(_SOURCE),
    "destinationList": _list(_DESTINATION),
    "sensorElementList": _list(_SENSOR),
}
_EPCS = _list(_epc, unique=True)
_LIST = _list(_epc)
_QUANTITIES = _list(_QUANTITY)
_ILMD = _object({})
_AGGREGATED: Mapping[str, Check] = {
    "action": _action, "parentID": _epc, "childEPCs": _LIST, "childQuantityList": _QUANTITIES,
}  # fmt: skip
_FIELDS: Mapping[str, Mapping[str, Check]] = {
    "ObjectEvent": {
        "action": _action, "epcList": _EPCS, "quantityList": _QUANTITIES, "persistentDisposition": _persistent,
        "ilmd": _ILMD, **_WHERE,
    },
    "AggregationEvent": {**_AGGREGATED, **_WHERE},
    "TransactionEvent": {
        "action": _action, "parentID": _epc, "epcList": _LIST, "quantityList": _QUANTITIES, **_WHERE,
        "bizTransactionList": _list(_TRANSACTION, 1),
    },
    "TransformationEvent": {
        "inputEPCList": _EPCS, "inputQuantityList": _QUANTITIES, "outputEPCList": _EPCS,
        "outputQuantityList": _QUANTITIES, "transformationID": _uri, "persistentDisposition": _persistent,
        "ilmd": _ILMD, **_WHERE,
    },
    "AssociationEvent": {**_AGGREGATED, **_WHERE},
}  # fmt: skip


_OF_ANY: Mapping[str, Check] = {
    **{name: check for fields in _FIELDS.values() for name, check in fields.items()},
    **_WHERE,
}
"""A type of somebody else extends one of the standard's (7.4): the standard's fields mean there what they mean here."""


# ---- what an event must name ---------------------------------------------------------------------


def _some(event: Mapping[str, Any], *names: str) -> bool:
    return any(isinstance(event.get(name), list) and event[name] for name in names)


def _needs(event: Mapping[str, Any], faults: Faults, *names: str) -> None:
    for name in names:
        if name not in event:
            faults.add(f"/{name}", "required", f"{event['type']} 缺少 {name}", f"{name} is required")


def _whole(kind: str, event: Mapping[str, Any], faults: Faults) -> None:
    action = event.get("action")
    if kind == "TransformationEvent":
        _transformed(event, faults)
    elif kind == "ObjectEvent":
        _needs(event, faults, "action")
        if "ilmd" in event and action in ("OBSERVE", "DELETE"):
            faults.add("/ilmd", "not_allowed", f"action 为 {action} 的事件不能带 ilmd，只有 ADD 可以", "ilmd needs ADD")
        seen = _some(event, "sensorElementList") and "readPoint" in event
        if not ("epcList" in event or _some(event, "quantityList") or seen):
            why = "没有说明涉及哪些批次：须有 epcList、quantityList，或 sensorElementList 加 readPoint"
            faults.add("", "no_object", why, "epcList, quantityList, or sensorElementList with readPoint")
    elif kind == "TransactionEvent":
        _needs(event, faults, "action", "bizTransactionList")
        if not ("epcList" in event or _some(event, "quantityList") or action == "DELETE"):
            why = "没有说明涉及哪些批次：须有 epcList 或 quantityList"
            faults.add("", "no_object", why, "epcList or quantityList is required")
    else:
        _needs(
            event,
            faults,
            "action",
            *(["parentID"] if kind == "AssociationEvent" or action in ("ADD", "DELETE") else []),
        )
        if not (_some(event, "childEPCs", "childQuantityList") or action == "DELETE"):
            why = (
                f"{action or '此'} 事件没有子件：须有 childEPCs 或 childQuantityList（只有 DELETE 可以不写，表示全部）"
            )
            faults.add("/childEPCs", "no_children", why, "children are required, except with DELETE, which means all")


def _transformed(event: Mapping[str, Any], faults: Faults) -> None:
    lines = [
        sum(len(event[name]) for name in (f"{way}EPCList", f"{way}QuantityList") if isinstance(event.get(name), list))
        for way in ("input", "output")
    ]
    if lines[0] * lines[1] > MOST_PAIRS:
        why = f"投入 {lines[0]} 项 × 产出 {lines[1]} 项太多，一个加工事件最多 {MOST_PAIRS} 对，请按锅次分成几个事件"
        faults.add("", "too_many", why, f"at most {MOST_PAIRS} pairs of input and output in an event")
    took = _some(event, "inputEPCList", "inputQuantityList")
    gave = _some(event, "outputEPCList", "outputQuantityList")
    if took and gave:
        return
    if not took and not gave:
        faults.add("", "no_object", "加工事件既没有投入也没有产出", "neither inputs nor outputs")
    elif "transformationID" not in event:
        lacking = "产出（outputEPCList 或 outputQuantityList）" if took else "投入（inputEPCList 或 inputQuantityList）"
        why = f"加工事件缺少{lacking}；分几个事件写的须有相同的 transformationID"
        faults.add("", "no_object", why, "inputs and outputs, or one of them with a transformationID")
