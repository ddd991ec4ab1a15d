"""Builds the EPCIS 2.0 events that our own forms write: the same a partner would capture.

Each function returns a JSON-ready dict. Lot URIs are absolute; party URIs name organisations by
their code on this host. People never appear: a smallholder is an opaque number (PIPL).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trace.epcis.values import written
from trace.quantity import number

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OUR_CONTEXT = {"liangpin": "https://liangpin.example/ns/"}


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of one lot in an event: absolute lot URI, millionths, Rec 20 unit.

    ``basis`` says how an input amount is known: ``weighed`` 实称 or ``by_recipe`` 按配方推算.
    """

    uri: str
    quantity: int
    unit: str
    basis: str = "weighed"


def _base(event_type: str, at: int, biz_step: str, disposition: str) -> dict[str, Any]:
    return {
        "@context": [EPCIS_CONTEXT, OUR_CONTEXT],
        "type": event_type,
        "eventID": f"urn:uuid:{uuid.uuid4()}",
        "eventTime": written(at),
        "eventTimeZoneOffset": "+08:00",
        "bizStep": biz_step,
        "disposition": disposition,
    }


def _quantities(amounts: Sequence[Amount]) -> list[dict[str, Any]]:
    return [{"epcClass": a.uri, "quantity": number(a.quantity), "uom": a.unit} for a in amounts]


def received_new(
    at: int, lot: Amount, ilmd: dict[str, Any], source: str | None, destination: str, extra: dict[str, Any]
) -> dict[str, Any]:
    """A raw lot that had no identity here enters the record: ObjectEvent ADD, receiving."""
    event = _base("ObjectEvent", at, "receiving", "in_progress")
    event |= {"action": "ADD", "quantityList": _quantities([lot])}
    if source:
        event["sourceList"] = [{"type": "owning_party", "source": source}]
    event["destinationList"] = [{"type": "owning_party", "destination": destination}]
    event["ilmd"] = ilmd
    return event | extra


def commissioned(at: int, lot: Amount, ilmd: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """A lot made without recorded inputs (a base's harvest, an input not yet known): ObjectEvent ADD."""
    event = _base("ObjectEvent", at, "commissioning", "active")
    return event | {"action": "ADD", "quantityList": _quantities([lot]), "ilmd": ilmd} | extra


def received_known(at: int, lot: Amount, source: str | None, destination: str, extra: dict[str, Any]) -> dict[str, Any]:
    """A lot that already has a code is received: ObjectEvent OBSERVE, receiving."""
    event = _base("ObjectEvent", at, "receiving", "in_progress")
    event |= {"action": "OBSERVE", "quantityList": _quantities([lot])}
    if source:
        event["sourceList"] = [{"type": "owning_party", "source": source}]
    event["destinationList"] = [{"type": "owning_party", "destination": destination}]
    return event | extra


def shipped(at: int, lot: Amount, source: str, destination: str, extra: dict[str, Any]) -> dict[str, Any]:
    """A lot leaves its holder: ObjectEvent OBSERVE, shipping, in_transit."""
    event = _base("ObjectEvent", at, "shipping", "in_transit")
    event |= {
        "action": "OBSERVE",
        "quantityList": _quantities([lot]),
        "sourceList": [{"type": "owning_party", "source": source}],
        "destinationList": [{"type": "owning_party", "destination": destination}],
    }
    return event | extra


def transformed(
    at: int, inputs: Sequence[Amount], output: Amount, ilmd: dict[str, Any], extra: dict[str, Any]
) -> dict[str, Any]:
    """A batch is cooked, mixed or packed: TransformationEvent. Input bases travel beside the list, in its order."""
    event = _base("TransformationEvent", at, "creating_class_instance", "active")
    event |= {
        "inputQuantityList": _quantities(inputs),
        "outputQuantityList": _quantities([output]),
        "ilmd": ilmd,
        "liangpin:inputBasis": [a.basis for a in inputs],
    }
    return event | extra


def observed(at: int, uri: str, elements: Sequence[dict[str, Any]], extra: dict[str, Any]) -> dict[str, Any]:
    """What sensors read of a lot (EPCIS 2.0, 7.4.7): ObjectEvent OBSERVE without a quantity, so that no stock moves."""
    event = _base("ObjectEvent", at, "sensor_reporting", "active")
    del event["disposition"]
    return event | {
        "action": "OBSERVE",
        "quantityList": [{"epcClass": uri}],
        "sensorElementList": list(elements),
        **extra,
    }


def declared_wrong(original: dict[str, Any], at: int, reason: str, corrective: Sequence[str] = ()) -> dict[str, Any]:
    """An error declaration on ``original`` (EPCIS 7.4.1.2); the original stays."""
    declaration: dict[str, Any] = {"declarationTime": written(at), "reason": "incorrect_data"}
    if corrective:
        declaration["correctiveEventIDs"] = list(corrective)
    return original | {"errorDeclaration": declaration | {"liangpin:reasonText": reason}}
