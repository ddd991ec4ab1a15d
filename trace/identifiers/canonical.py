"""One front door for a code in whatever notation it was scanned, typed, captured or pasted."""

from __future__ import annotations

import re

from trace.errors import InvalidInput
from trace.identifiers import gs1, models
from trace.identifiers.digital_link import parse_path, parse_uri
from trace.identifiers.epc import digital_link, parse_epc
from trace.identifiers.models import Identifier, Kind
from trace.identifiers.private_key import KEY_LENGTH, SHORT_LENGTH, parse_private_key, parse_short_code

_POINTER = "/identifier"
_BRACKETED = re.compile(r"\((01|00|414|417|10|21|254|22|1[1-7]|3[0-9]{1,3}|400|7003|24[01])\)")


def canonical(text: str, public_url: str) -> Identifier:
    """The identifier that a text names; InvalidInput where the text names none.

    Reads a GS1 Digital Link address of any host, an address of ours, a raw path, an EPC URN, an
    element string as printed, ``(01)…(10)…``, bare GTIN digits, a private key and a short code.
    ``public_url`` is the platform's origin without a trailing slash.
    """
    value = text.strip()
    if value[:8].lower().startswith("urn:epc:"):
        return parse_epc(value)
    if "://" in value:
        return parse_uri(value, public_url)
    if value.startswith("("):
        return _element_string(value)
    if value.startswith("/"):
        return parse_path(value, public_url)
    if re.match(r"(01|00|414|417|id|s)/", value):
        return parse_path("/" + value, public_url)
    if value.isascii() and value.isdigit() and len(value) in (8, 12, 13, 14):
        return models.product(gs1.normalise_gtin(value, _POINTER))
    symbols = re.sub(r"[\W_]+", "", value)
    if len(symbols) == SHORT_LENGTH:
        return models.short(public_url, parse_short_code(value, _POINTER))
    if len(symbols) == KEY_LENGTH:
        return models.private(public_url, parse_private_key(value, _POINTER))
    raise _refuse(value)


def in_journal(text: str, public_url: str) -> Identifier:
    """The identifier under which the journal files any URI of an event; never refuses.

    The journal takes every valid EPCIS event (design section 4): what is no GS1 key and none of ours
    is kept under its own text, as ``Kind.OTHER`` (an asset's or document's URN under its Digital Link). Only full URIs are read here, no typed short forms.
    """
    urn = text[:8].lower() == "urn:epc:"
    if urn or "://" in text:
        try:
            return canonical(text, public_url)
        except InvalidInput:
            pass
    if urn:
        try:
            return Identifier(Kind.OTHER, digital_link(text))
        except InvalidInput:
            pass
    return Identifier(Kind.OTHER, text)


def _element_string(value: str) -> Identifier:
    """GS1 General Specifications 7.11: application identifiers in brackets, each before its value.

    Brackets may occur in a lot too; only known identifiers split, the rest belongs to the value.
    """
    pieces = _BRACKETED.split(value)
    if pieces[0]:
        raise _refuse(value)
    found: dict[str, str] = {}
    for ai, content in zip(pieces[1::2], pieces[2::2], strict=True):
        if ai in found:
            raise _refuse(value)
        found[ai] = content.strip()
    if "01" in found:
        lot = gs1.parse_lot(found["10"], _POINTER) if "10" in found else None
        serial = gs1.parse_serial(found["21"], _POINTER) if "21" in found else None
        return models.product(gs1.normalise_gtin(found["01"], _POINTER), lot, serial)
    if "00" in found:
        return models.logistic_unit(gs1.normalise_sscc(found["00"], _POINTER))
    if "414" in found:
        extension = gs1.parse_serial(found["254"], _POINTER) if "254" in found else None
        return models.location(gs1.normalise_gln(found["414"], _POINTER), extension)
    if "417" in found:
        return models.party(gs1.normalise_gln(found["417"], _POINTER))
    raise _refuse(value)


def _refuse(text: str) -> InvalidInput:
    shown = gs1.show(text)
    return InvalidInput.of(
        _POINTER, "identifier_format", f"“{shown}”不是可识别的编码，请扫描二维码或输入标签上的短码",
        f"“{shown}” is not a code we can read; scan the QR code or type the short code on the label",
    )  # fmt: skip
