"""What an identifier is once its grammar has been read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

GS1_ROOT = "https://id.gs1.org"
"""Host of every canonical GS1 URI, whatever host or URN brought the key (GS1 Digital Link URI Syntax, 5.4)."""


class Kind(StrEnum):
    """What is named. ``PRIVATE`` is a bare private key: an item, party or place, which only the record knows."""

    PRODUCT = "product"
    LOT = "lot"
    SERIAL = "serial"
    SSCC = "sscc"
    LOCATION = "location"
    PARTY = "party"
    PRIVATE = "private"
    SHORT_CODE = "short_code"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing under its one canonical ``uri``; compare identifiers by ``uri``.

    ``gtin`` has 14 digits, ``sscc`` 18, ``gln`` 13; ``key`` is a private key; exactly one of gtin,
    sscc, gln, key and short_code is set, none for ``OTHER``, whose ``uri`` is the text as it came.
    A serial's ``lot`` is set where the address names both; it is no part of the serial's uri.
    """

    kind: Kind
    uri: str
    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    sscc: str | None = None
    gln: str | None = None
    extension: str | None = None
    key: str | None = None
    short_code: str | None = None

    @property
    def product_uri(self) -> str | None:
        """The trade item of a lot or serial (or itself): where an unknown lot walks up to."""
        if self.kind in (Kind.PRODUCT, Kind.PRIVATE):
            return self.uri
        if self.kind in (Kind.LOT, Kind.SERIAL):
            return self.uri.rsplit("/", 2)[0]
        return None

    @property
    def lot_uri(self) -> str | None:
        """The lot named, also by an address that goes on to a serial."""
        if self.lot is None or self.product_uri is None:
            return None
        return f"{self.product_uri}/10/{encode(self.lot)}"


def encode(value: str) -> str:
    """A lot or serial as one path segment: all but letters, digits and ``- . _`` percent-encoded once.

    ``~``, the fourth unreserved character of RFC 3986, is not in set 82.
    """
    return quote(value, safe="")


def product(gtin: str, lot: str | None = None, serial: str | None = None) -> Identifier:
    """The identifier of an already verified GTIN-14, lot or serial."""
    return _item(Kind.PRODUCT, f"{GS1_ROOT}/01/{gtin}", gtin, None, lot, serial)


def private(public_url: str, key: str, lot: str | None = None, serial: str | None = None) -> Identifier:
    """The identifier of an already verified private key, and of its lot or serial.

    ``public_url`` is the platform's origin without a trailing slash.
    """
    return _item(Kind.PRIVATE, f"{public_url}/id/{key}", None, key, lot, serial)


def logistic_unit(sscc: str) -> Identifier:
    """The identifier of an already verified SSCC."""
    return Identifier(Kind.SSCC, f"{GS1_ROOT}/00/{sscc}", sscc=sscc)


def location(gln: str, extension: str | None = None) -> Identifier:
    """The identifier of an already verified GLN of a place; ``extension`` (AI 254) names a spot in it."""
    tail = "" if extension is None else f"/254/{encode(extension)}"
    return Identifier(Kind.LOCATION, f"{GS1_ROOT}/414/{gln}{tail}", gln=gln, extension=extension)


def party(gln: str) -> Identifier:
    """The identifier of an already verified GLN of a party (AI 417)."""
    return Identifier(Kind.PARTY, f"{GS1_ROOT}/417/{gln}", gln=gln)


def short(public_url: str, code: str) -> Identifier:
    """A short code: an alias that the record resolves, reachable at ``/s/{code}``."""
    return Identifier(Kind.SHORT_CODE, f"{public_url}/s/{code}", short_code=code)


def _item(kind: Kind, root: str, gtin: str | None, key: str | None, lot: str | None, serial: str | None) -> Identifier:
    if serial is not None:
        return Identifier(Kind.SERIAL, f"{root}/21/{encode(serial)}", gtin=gtin, key=key, lot=lot, serial=serial)
    if lot is not None:
        return Identifier(Kind.LOT, f"{root}/10/{encode(lot)}", gtin=gtin, key=key, lot=lot)
    return Identifier(kind, root, gtin=gtin, key=key)
