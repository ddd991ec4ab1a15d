"""An event as it is given back: EPCs as GS1 Digital Link URIs, or as they were captured. Pure.

The other way, from a Digital Link to a URN, needs the length of the company prefix, which a key does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace.epcis.keys import as_link

FORMATS = ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates")
"""Values of ``GS1-EPC-Format``; the default is ``Always_GS1_Digital_Link`` (EPCIS 2.0, section 12.6)."""
SUPPORTED = ("Always_GS1_Digital_Link", "Never_Translates")

_ONE = ("parentID", "transformationID")
_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_PLACES = ("readPoint", "bizLocation")
_ROWS = (("bizTransactionList", "bizTransaction"), ("sourceList", "source"), ("destinationList", "destination"))


def as_links(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with every EPC URN in a standard field as the Digital Link of the same key; extensions stay."""
    made = dict(event)
    for name in _ONE:
        if name in made:
            made[name] = as_link(made[name])
    for name in _LISTS:
        if name in made:
            made[name] = [as_link(uri) for uri in made[name]]
    for name in _QUANTITIES:
        if name in made:
            made[name] = [row | {"epcClass": as_link(row["epcClass"])} for row in made[name]]
    for name in _PLACES:
        if name in made:
            made[name] = made[name] | {"id": as_link(made[name]["id"])}
    for name, key in _ROWS:
        if name in made:
            made[name] = [row | {key: as_link(row[key])} for row in made[name]]
    if "sensorElementList" in made:
        made["sensorElementList"] = [_sensor(element) for element in made["sensorElementList"]]
    return made


def _sensor(element: Mapping[str, Any]) -> dict[str, Any]:
    def links(row: Mapping[str, Any]) -> dict[str, Any]:
        named = ("deviceID", "deviceMetadata")
        return {key: as_link(value) if key in named else value for key, value in row.items()}

    made = dict(element)
    if "sensorMetadata" in made:
        made["sensorMetadata"] = links(made["sensorMetadata"])
    made["sensorReport"] = [links(row) for row in made["sensorReport"]]
    return made
