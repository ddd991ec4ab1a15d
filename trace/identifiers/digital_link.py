"""GS1 Digital Link addresses, and ours of the same shape, read from the raw path and written back.

Raw matters: a lot may contain ``/``, ``%`` or ``?``, and a server that decodes the path before
reading it can no longer tell a lot ``A/21/B`` from lot ``A`` and serial ``B``.

Source: GS1 Digital Link Standard: URI Syntax 1.4, sections 4.4 (path grammar and order of key
qualifiers), 4.6 (query string attributes, which are no part of the key), 5.1 (percent-encoding).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from trace.errors import InvalidInput
from trace.identifiers import gs1, models
from trace.identifiers.models import Identifier, Kind
from trace.identifiers.private_key import parse_private_key, parse_short_code

_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<host>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_POINTER = "/identifier"
_MAX = 2048

_ITEM_QUALIFIERS = ("22", "10", "21")
"""Key qualifiers of a trade item in their one order. The variant (22) is read over: a lot is a lot of the GTIN."""


def parse_path(raw: str | bytes, public_url: str) -> Identifier:
    """The identifier a request's raw path names: ``/01/``, ``/00/``, ``/414/``, ``/417/``, ``/id/`` or ``/s/`` and on.

    ``raw`` is the path as it came over the wire (ASGI ``raw_path``), undecoded; a query string or a
    trailing slash is tolerated. Raises InvalidInput for anything else, whatever the bytes.
    """
    segments = _segments(_text(raw))
    return _parse(segments, public_url, private=True)


def parse_uri(text: str, public_url: str) -> Identifier:
    """The identifier in an absolute ``http(s)`` address of any host.

    GS1 keys count on any host and below any path (the standard allows a stem before the key);
    ``/id/`` and ``/s/`` only below our own ``public_url``.
    """
    match = _URI.fullmatch(_text(text))
    if match is None or match["scheme"].lower() not in ("http", "https") or not match["host"]:
        raise _refuse(text)
    ours = _below(match["host"], match["rest"], public_url)
    if ours is not None:
        return _parse(_segments(ours), public_url, private=True)
    segments = _segments(match["rest"])
    first: InvalidInput | None = None
    for start, segment in enumerate(segments):
        if segment in _GS1:
            try:
                return _parse(segments[start:], public_url, private=False)
            except InvalidInput as error:
                first = first or error
    raise first or _refuse(text)


def build_path(identifier: Identifier) -> str:
    """The path at which any resolver of GS1 Digital Link serves this identifier, percent-encoded.

    A serial's address names its lot too where the lot is known, so that the page can fall back on it.
    """
    if identifier.kind is Kind.OTHER:
        raise _refuse(identifier.uri)
    if identifier.short_code is not None:
        return f"/s/{identifier.short_code}"
    if identifier.sscc is not None:
        return f"/00/{identifier.sscc}"
    if identifier.gln is not None:
        tail = "" if identifier.extension is None else f"/254/{models.encode(identifier.extension)}"
        return f"/{'417' if identifier.kind is Kind.PARTY else '414'}/{identifier.gln}{tail}"
    root = f"/01/{identifier.gtin}" if identifier.gtin is not None else f"/id/{identifier.key}"
    lot = "" if identifier.lot is None else f"/10/{models.encode(identifier.lot)}"
    serial = "" if identifier.serial is None else f"/21/{models.encode(identifier.serial)}"
    return root + lot + serial


def _parse(segments: list[str], public_url: str, *, private: bool) -> Identifier:
    if len(segments) < 2:
        raise _refuse("/" + "/".join(segments))
    kind, value, rest = segments[0], _decode(segments[1]), segments[2:]
    if private and kind == "id":
        key = parse_private_key(value, _POINTER)
        lot, serial = _qualifiers(rest, ("10", "21"))
        return models.private(public_url, key, lot, serial)
    if private and kind == "s" and not rest:
        return models.short(public_url, parse_short_code(value, _POINTER))
    if kind in _GS1:
        return _GS1[kind](value, rest)
    raise _refuse("/" + "/".join(segments))


def _trade_item(value: str, rest: list[str]) -> Identifier:
    lot, serial = _qualifiers(rest, _ITEM_QUALIFIERS)
    return models.product(gs1.normalise_gtin(value, _POINTER), lot, serial)


def _logistic_unit(value: str, rest: list[str]) -> Identifier:
    _nothing_after(rest)
    return models.logistic_unit(gs1.normalise_sscc(value, _POINTER))


def _location(value: str, rest: list[str]) -> Identifier:
    gln = gs1.normalise_gln(value, _POINTER)
    if len(rest) == 2 and rest[0] == "254":
        return models.location(gln, gs1.parse_serial(_exact(rest[1]), _POINTER))
    _nothing_after(rest)
    return models.location(gln)


def _party(value: str, rest: list[str]) -> Identifier:
    _nothing_after(rest)
    return models.party(gs1.normalise_gln(value, _POINTER))


_GS1: dict[str, Callable[[str, list[str]], Identifier]] = {
    "01": _trade_item,
    "00": _logistic_unit,
    "414": _location,
    "417": _party,
}


def _qualifiers(rest: list[str], order: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Lot and serial from the pairs after the key; each at most once and in the standard's order."""
    found: dict[str, str] = {}
    place = 0
    for ai, raw in zip(rest[::2], rest[1::2], strict=False):
        if ai not in order[place:]:
            raise _refuse("/".join(rest))
        place = order.index(ai) + 1
        found[ai] = _exact(raw)
    if len(rest) % 2:
        raise _refuse("/".join(rest))
    lot = None if "10" not in found else gs1.parse_lot(found["10"], _POINTER)
    serial = None if "21" not in found else gs1.parse_serial(found["21"], _POINTER)
    return lot, serial


def _nothing_after(rest: list[str]) -> None:
    if rest:
        raise _refuse("/".join(rest))


def _segments(path: str) -> list[str]:
    path = path.partition("#")[0].partition("?")[0]
    return path.removeprefix("/").removesuffix("/").split("/")


def _exact(raw: str) -> str:
    """A decoded value in which a space is an error, not something to trim."""
    value = _decode(raw)
    if value != value.strip():
        raise _refuse(value)
    return value


def _decode(segment: str) -> str:
    if _BAD_PERCENT.search(segment):
        raise _refuse(segment)
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeError:
        raise _refuse(segment) from None


def _text(raw: str | bytes) -> str:
    if len(raw) > _MAX:
        raise _refuse(raw[:_MAX].decode("latin-1") if isinstance(raw, bytes) else raw)
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _refuse(raw.decode("latin-1")) from None


def _below(host: str, rest: str, public_url: str) -> str | None:
    """What follows ``public_url`` in an address, or None where it is another's; http and https are one."""
    match = _URI.fullmatch(public_url)
    if match is None or host.lower() != match["host"].lower():
        return None
    stem = match["rest"]
    if not rest.startswith(stem + "/"):
        return None
    return rest[len(stem) :]


def _refuse(text: str) -> InvalidInput:
    shown = gs1.show(text)
    return InvalidInput.of(
        _POINTER, "identifier_format", f"“{shown}”不是可识别的产品、批次或场所编码",
        f"“{shown}” is not a product, lot or place identifier",
    )  # fmt: skip
