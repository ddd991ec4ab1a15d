"""EPCIS documents of a prepared-dish maker, for the tests: one event of each type, every standard field somewhere."""

from __future__ import annotations

from typing import Any

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"kitchen": "https://kitchen.example.cn/ns/"},
]
DUCK = "urn:epc:class:lgtin:695012345.0017.L20261124"
SAUCE = "https://id.gs1.org/01/06950123450029/10/S-88"
CASE = "urn:epc:id:sscc:695012345.00000042"
PLACE = "urn:epc:id:sgln:695012345.001.0"
WHEN = {"eventTime": "2026-11-24T08:30:00.000+08:00", "eventTimeZoneOffset": "+08:00"}


def document(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Events as an EPCISDocument under the kitchen's prefix."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-24T09:00:00Z",
        "epcisBody": {"eventList": list(events)},
    } | more


def made(**more: Any) -> dict[str, Any]:
    """A cook: sauce and a duck carcass become braised duck."""
    return {
        "type": "TransformationEvent",
        **WHEN,
        "inputEPCList": ["urn:epc:id:sgtin:695012345.0033.carcass-1"],
        "inputQuantityList": [{"epcClass": SAUCE, "quantity": 12.5, "uom": "KGM"}],
        "outputQuantityList": [{"epcClass": DUCK, "quantity": 400}],
        "transformationID": "urn:uuid:0b7f5a7e-0d1c-4f5f-9f43-2a4a4a3a1a11",
        "bizStep": "creating_class_instance",
        "disposition": "active",
        "persistentDisposition": {"set": ["completeness_inferred"], "unset": ["completeness_verified"]},
        "readPoint": {"id": PLACE},
        "bizLocation": {"id": PLACE, "kitchen:hall": "二车间"},
        "ilmd": {"cbvmda:lotNumber": "L20261124", "kitchen:recipe": "R-7"},
        "kitchen:pot": {"kitchen:number": 3, "kitchen:celsius": 96.50},
    } | more


def packed(**more: Any) -> dict[str, Any]:
    """Forty bags into a case."""
    return {
        "type": "AggregationEvent",
        **WHEN,
        "parentID": CASE,
        "childEPCs": [],
        "childQuantityList": [{"epcClass": DUCK, "quantity": 40}],
        "action": "ADD",
        "bizStep": "packing",
    } | more


def shipped(**more: Any) -> dict[str, Any]:
    """A case leaves for a shop."""
    return {
        "type": "ObjectEvent",
        **WHEN,
        "action": "OBSERVE",
        "epcList": [CASE],
        "quantityList": [{"epcClass": DUCK, "quantity": 40}],
        "bizStep": "shipping",
        "disposition": "in_transit",
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:6950123450018:1152"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:695012345.001"}],
        "destinationList": [{"type": "owning_party", "destination": "urn:liangpin:party:shop"}],
        "certificationInfo": ["https://certificates.example.cn/1"],
    } | more


def measured(**more: Any) -> dict[str, Any]:
    """A logger in the cold van."""
    return {
        "type": "ObjectEvent",
        **WHEN,
        "action": "OBSERVE",
        "quantityList": [{"epcClass": DUCK, "quantity": 40}],
        "bizStep": "transporting",
        "readPoint": {"id": PLACE},
        "sensorElementList": [
            {
                "sensorMetadata": {"deviceID": "urn:epc:id:giai:695012345.logger1", "kitchen:calibrated": "2026-06-01"},
                "sensorReport": [
                    {"type": "Temperature", "value": 3.50, "uom": "CEL", "time": "2026-11-24T08:00:00+08:00"},
                    {"type": "Temperature", "value": 4, "uom": "CEL", "time": "2026-11-24T08:30:00+08:00"},
                ],
            }
        ],
    } | more


def billed(**more: Any) -> dict[str, Any]:
    """A purchase order covers a case."""
    return {
        "type": "TransactionEvent",
        **WHEN,
        "action": "ADD",
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6950123450018:77"}],
        "parentID": CASE,
        "epcList": [],
    } | more


def fitted(**more: Any) -> dict[str, Any]:
    """A logger is fixed to a returnable box."""
    return {
        "type": "AssociationEvent",
        **WHEN,
        "action": "ADD",
        "parentID": "urn:epc:id:grai:695012345.01.box7",
        "childEPCs": ["urn:epc:id:giai:695012345.logger1"],
        "bizStep": "assembling",
    } | more


def every() -> list[dict[str, Any]]:
    """One of each."""
    return [made(), packed(), shipped(), measured(), billed(), fitted()]
