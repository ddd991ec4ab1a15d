"""GS1 keys inside URIs of captured events: check digits, and the Digital Link a URN stands for."""

from __future__ import annotations

import re
from functools import lru_cache

from trace.errors import InvalidInput
from trace.identifiers import gs1
from trace.identifiers.epc import digital_link

_IN_LINK = re.compile(r"https?://[^/?#]+(?:/[^?#]*?)?/(01|00|414|417)/(\d+)(?=[/?#]|$)", re.ASCII | re.IGNORECASE)
_OF_GS1 = re.compile(r"https?://id\.gs1\.org/01/([^/?#]*)", re.ASCII | re.IGNORECASE)
_GTIN_LENGTHS = (8, 12, 13, 14)
_LENGTHS = {"00": 18, "414": 13, "417": 13}
_NAMES = {"00": "SSCC", "414": "GLN", "417": "GLN"}


@lru_cache(maxsize=65_536)
def wrong_gtin(uri: str) -> str:
    """What a GTIN in a Digital Link should end in, or be; "" where it is right or there is none."""
    found = _IN_LINK.match(uri)
    of_gs1 = _OF_GS1.match(uri)
    if of_gs1 and not (of_gs1[1].isascii() and of_gs1[1].isdigit() and len(of_gs1[1]) in _GTIN_LENGTHS):
        return "8、12、13 或 14 位数字"
    if found is None or found[1] != "01" or len(found[2]) not in _GTIN_LENGTHS:
        return ""
    expected = gs1.check_digit(found[2][:-1])
    return "" if found[2][-1] == expected else expected


def wrong_key(uri: str) -> str:
    """A sentence about an SSCC or GLN whose check digit is wrong; "" where nothing is."""
    found = _IN_LINK.match(uri)
    if found is None or len(found[2]) != _LENGTHS.get(found[1]):
        return ""
    expected = gs1.check_digit(found[2][:-1])
    return "" if found[2][-1] == expected else f"{_NAMES[found[1]]} {found[2]} 的校验码不对，末位应为 {expected}"


@lru_cache(maxsize=65_536)
def as_link(uri: str) -> str:
    """An EPC URN as the Digital Link URI of the same key; any other URI as it is."""
    if uri[:8].lower() != "urn:epc:":
        return uri
    try:
        return digital_link(uri)
    except InvalidInput:
        return uri
