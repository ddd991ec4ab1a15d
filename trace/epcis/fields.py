"""What an event says beside what it names, as flat fields that a query can ask for.

Names: ``readPoint``, ``bizLocation``, ``transformationID``, ``bizTransaction``, ``source`` and
``destination`` each also with ``_{type}``, ``persistentDisposition_set`` and ``_unset``, ``errorReason``, ``correctiveEventID``, sensor
attributes (``sensor_deviceID`` …), extensions by full name: ``ext:{name}`` of the event, ``ilmd:{name}`` of its master
data, ``inner:{name}`` inside either. Pure. Source: EPCIS 2.0, section 8.2.7.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trace.epcis.contexts import expand, prefixes
from trace.epcis.values import is_number
from trace.epcis.vocabulary import bare

MAX_VALUE = 500
"""Characters of a value that is indexed as it stands; a longer one is indexed by its digest."""
MAX_DEPTH = 20
_MICRO = 1_000_000
_PLAIN = 30
"""Powers of ten up to which a number is indexed in plain digits."""
_LARGEST = 2**63 - 1
_SENSOR = (
    "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism", "chemicalSubstance",
    "stringValue", "hexBinaryValue", "uriValue", "booleanValue", "type", "exception",
)  # fmt: skip
STANDARD = frozenset(
    [
        "@context",
        "type",
        "eventID",
        "eventTime",
        "recordTime",
        "eventTimeZoneOffset",
        "certificationInfo",
        "errorDeclaration",
        "epcList",
        "quantityList",
        "parentID",
        "childEPCs",
        "childQuantityList",
        "inputEPCList",
        "inputQuantityList",
        "outputEPCList",
        "outputQuantityList",
        "action",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "readPoint",
        "bizLocation",
        "transformationID",
        "bizTransactionList",
        "sourceList",
        "destinationList",
        "sensorElementList",
        "ilmd",
    ]
)


@dataclass(frozen=True, slots=True)
class Field:
    """A name and what stands under it; ``number`` in millionths where it is one."""

    name: str
    value: str
    number: int | None = None


def indexed(value: Any) -> str:
    """A value as it is indexed and asked for; an object or list only by its presence: ""."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        exact = Decimal(str(value))
        if not exact:
            return "0"
        if abs(exact.adjusted()) > _PLAIN:
            return _short(str(exact))
        text = format(exact, "f")
        return _short(text.rstrip("0").rstrip(".") if "." in text else text)
    return _short(value) if isinstance(value, str) else ""


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def millionths(value: Any) -> int | None:
    """A number, or text that is one, in millionths; None where it is none or too large."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        exact = Decimal(str(value)) * _MICRO
        found = int(exact) if exact.is_finite() and abs(exact) <= _LARGEST else None
    except ArithmeticError:
        return None
    return found


def fields_of(document: Mapping[str, Any], canonical: Callable[[str], str]) -> Iterator[Field]:
    """The fields of one event; ``canonical`` maps any form of a place's or party's identifier to the stored one."""
    for name in ("readPoint", "bizLocation"):
        place = document.get(name)
        if place:
            yield Field(name, indexed(canonical(place["id"])))
    if "transformationID" in document:
        yield Field("transformationID", indexed(document["transformationID"]))
    for row in document.get("bizTransactionList") or ():
        yield from _typed("bizTransaction", row.get("type", ""), indexed(row["bizTransaction"]))
    for name in ("source", "destination"):
        for row in document.get(f"{name}List") or ():
            yield from _typed(name, row["type"], indexed(canonical(row[name])))
    for way, values in (document.get("persistentDisposition") or {}).items():
        for value in values:
            yield Field(f"persistentDisposition_{way}", bare(value))
    declaration = document.get("errorDeclaration")
    if declaration:
        yield Field("errorReason", bare(declaration.get("reason", "")))
        for corrective in declaration.get("correctiveEventIDs") or ():
            yield Field("correctiveEventID", indexed(corrective))
    yield from _sensors(document.get("sensorElementList") or ())
    known = prefixes(document.get("@context"))
    for name, value in document.items():
        if name not in STANDARD:
            yield from _extension("ext", expand(name, known), value, known, 0)
    for name, value in (document.get("ilmd") or {}).items():
        yield from _extension("ilmd", expand(name, known), value, known, 0)


def _typed(name: str, of: str, value: str) -> Iterator[Field]:
    """A row of a list with types, under its type and under the list's own name."""
    yield Field(name, value)
    if of:
        yield Field(f"{name}_{_short(bare(of))}", value)


def _sensors(elements: Any) -> Iterator[Field]:
    """Each attribute once per event, however many readings repeat it."""
    seen: dict[Field, None] = {}
    for element in elements:
        for row in (element.get("sensorMetadata") or {}, *element["sensorReport"]):
            for name in _SENSOR:
                if name in row:
                    seen.setdefault(Field(f"sensor_{name}", indexed(row[name])))
    yield from seen


def named(kind: str, name: str) -> str:
    """The name under which an extension is filed and asked for: ``kind`` ext, ilmd or inner, ``name`` in full."""
    return f"{kind}:{_short(name)}"


def _extension(kind: str, name: str, value: Any, known: Mapping[str, str], depth: int) -> Iterator[Field]:
    if isinstance(value, list):
        yield Field(named(kind, name), "")
        for one in value if depth < MAX_DEPTH else ():
            yield from _extension(kind, name, one, known, depth + 1)
        return
    if isinstance(value, Mapping):
        yield Field(named(kind, name), indexed(value.get("@value", "")))
        for inner, one in value.items() if depth < MAX_DEPTH else ():
            if not inner.startswith("@"):
                yield from _extension("inner", expand(inner, known), one, known, depth + 1)
        return
    yield Field(named(kind, name), indexed(value), millionths(value))
