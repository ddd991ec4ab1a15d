"""EPC URNs, the notation of EPCIS 1.x partners, to canonical identifiers and Digital Link URIs.

Only this way: back to a URN needs the length of the company prefix, which the key does not tell, so
the journal keeps a captured event's own spelling. Source: GS1 EPC Tag Data Standard 2.0, section 6.3
(pure identity URNs) and 8 (patterns); CBV 2.0, section 8.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from trace.errors import InvalidInput
from trace.identifiers import gs1, models
from trace.identifiers.models import Identifier

_POINTER = "/identifier"
_URN = re.compile(r"urn:epc:(?P<type>id|class|idpat):(?P<scheme>[a-z]+):(?P<body>.+)", re.IGNORECASE | re.DOTALL)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_epc(urn: str) -> Identifier:
    """The identifier a ``urn:epc:…`` names; InvalidInput where it names none, or a whole range."""
    match = _URN.fullmatch(urn)
    if match is None:
        raise _refuse(urn)
    kind = f"{match['type']}:{match['scheme']}".lower()
    parts = match["body"].split(".", 2)
    if kind in ("id:sgtin", "class:lgtin") and len(parts) == 3:
        gtin = _gtin(parts[0], parts[1], urn)
        if kind == "class:lgtin":
            return models.product(gtin, lot=gs1.parse_lot(_value(parts[2], urn), _POINTER))
        return models.product(gtin, serial=gs1.parse_serial(_value(parts[2], urn), _POINTER))
    if kind == "idpat:sgtin" and len(parts) == 3 and parts[2] == "*":
        return models.product(_gtin(parts[0], parts[1], urn))
    if kind == "id:sscc" and len(parts) == 2:
        prefix, reference = _digits(parts, 17, urn)
        body = reference[:1] + prefix + reference[1:]
        return models.logistic_unit(body + gs1.check_digit(body))
    if kind == "id:sgln" and len(parts) == 3:
        body = "".join(_digits(parts[:2], 12, urn, empty_reference=True))
        extension = _value(parts[2], urn)
        gln = body + gs1.check_digit(body)
        # TDS 6.3.3: extension 0 stands for the place itself
        return models.location(gln, None if extension == "0" else gs1.parse_serial(extension, _POINTER))
    if kind == "id:pgln" and len(parts) == 2:
        body = "".join(_digits(parts, 12, urn, empty_reference=True))
        return models.party(body + gs1.check_digit(body))
    raise _refuse(urn)


_ASSETS = {"grai": ("8003/0", 12), "gdti": ("253/", 12), "sgcn": ("255/", 12)}
"""Keys with a check digit and a serial behind it: scheme → (start of the path, digits before the check digit)."""
_RELATIONS = {"gsrn": ("8018/", 17), "gsrnp": ("8017/", 17), "gsin": ("402/", 16)}
"""Keys of digits and a check digit alone."""


def digital_link(urn: str) -> str:
    """The Digital Link URI of the key that a ``urn:epc:…`` names; InvalidInput where the scheme has none.

    Also for schemes that name no lot, item or place (assets, documents, services), which the record keeps but never
    traces. Source: GS1 EPC Tag Data Standard 2.0, table 6-1; GS1 Digital Link URI Syntax 1.4, table 4.3.
    """
    try:
        return parse_epc(urn).uri
    except InvalidInput:
        match = _URN.fullmatch(urn)
        if match is None:
            raise
    scheme, body = match["scheme"].lower(), match["body"]
    parts = body.split(".")
    root = models.GS1_ROOT
    if scheme in _ASSETS and len(parts) >= 3:
        path, digits = _ASSETS[scheme]
        key = "".join(_digits(parts[:2], digits, urn, empty_reference=True))
        serial = "" if parts[2:] == ["*"] else models.encode(_value(".".join(parts[2:]), urn))
        return f"{root}/{path}{key}{gs1.check_digit(key)}{serial}"
    if scheme in _RELATIONS and len(parts) == 2:
        path, digits = _RELATIONS[scheme]
        key = "".join(_digits(parts, digits, urn))
        return f"{root}/{path}{key}{gs1.check_digit(key)}"
    if scheme in ("giai", "ginc") and len(parts) >= 2 and _is_prefix(parts[0]):
        reference = _value(".".join(parts[1:]), urn)
        return f"{root}/{'8004' if scheme == 'giai' else '401'}/{parts[0]}{models.encode(reference)}"
    if scheme == "cpi" and len(parts) == 3 and _is_prefix(parts[0]):
        part = models.encode(parts[0] + _value(parts[1], urn))
        return f"{root}/8010/{part}" + ("" if parts[2] == "*" else f"/8011/{models.encode(_value(parts[2], urn))}")
    if scheme == "upui" and len(parts) == 3:
        return f"{root}/01/{_gtin(parts[0], parts[1], urn)}/235/{models.encode(_value(parts[2], urn))}"
    if scheme == "itip" and len(parts) == 5 and all(one.isascii() and one.isdigit() for one in parts[2:4]):
        piece = f"{root}/8006/{_gtin(parts[0], parts[1], urn)}{parts[2]}{parts[3]}"
        return piece + ("" if parts[4] == "*" else f"/21/{models.encode(_value(parts[4], urn))}")
    raise _refuse(urn)


def _is_prefix(text: str) -> bool:
    return text.isascii() and text.isdigit() and 6 <= len(text) <= 12


def _gtin(prefix: str, reference: str, urn: str) -> str:
    _digits([prefix, reference], 13, urn)
    body = reference[0] + prefix + reference[1:]  # the indicator digit leads the item reference
    return body + gs1.check_digit(body)


def _digits(parts: list[str], total: int, urn: str, *, empty_reference: bool = False) -> tuple[str, str]:
    """Company prefix (6 to 12 digits) and reference, together ``total`` digits."""
    prefix, reference = parts
    whole = prefix + reference
    if not (whole.isascii() and whole.isdigit() and len(whole) == total and 6 <= len(prefix) <= 12):
        raise _refuse(urn)
    if not reference and not empty_reference:
        raise _refuse(urn)
    return prefix, reference


def _value(text: str, urn: str) -> str:
    if _BAD_PERCENT.search(text):
        raise _refuse(urn)
    try:
        value = unquote_to_bytes(text).decode()
    except UnicodeError:
        raise _refuse(urn) from None
    if value != value.strip():
        raise _refuse(urn)
    return value


def _refuse(urn: str) -> InvalidInput:
    shown = gs1.show(urn)
    return InvalidInput.of(
        _POINTER, "epc_format", f"“{shown}”不是可识别的 EPC 编码（URN）", f"“{shown}” is not an EPC URN for one object"
    )
