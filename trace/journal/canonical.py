"""Canonical bytes and digests of journal rows (RFC 8785), to which a tamper-evident log can commit."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import msgspec
import rfc8785

ALGORITHM = "rfc8785/sha-256"
_AS_GIVEN = msgspec.json.Encoder(decimal_format="number")
_SORTED = msgspec.json.Encoder(decimal_format="number", order="sorted")
_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def dumps(value: Any) -> str:
    """Compact JSON as stored: keys as given, Chinese as is, decimals as numbers."""
    return _AS_GIVEN.encode(value).decode()


def dumps_sorted(value: Any) -> str:
    """The same with keys in order: equal values give equal text."""
    return _SORTED.encode(value).decode()


def loads(text: str) -> Any:
    """JSON with numbers as Decimal, so that no precision is lost on the way back."""
    return _EXACT.decode(text)


def digest(value: Any) -> str:
    """Hex SHA-256 of the RFC 8785 canonical form of a JSON value."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
