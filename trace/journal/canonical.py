"""Canonical bytes and digests of journal rows (RFC 8785), to which a tamper-evident log can commit."""

from __future__ import annotations

import hashlib
import math
from decimal import Decimal
from typing import Any

import msgspec
import rfc8785

ALGORITHM = "rfc8785/sha-256"
_SAFE = 2**53 - 1
_AS_GIVEN = msgspec.json.Encoder(decimal_format="number")
_SORTED = msgspec.json.Encoder(decimal_format="number", order="sorted")
_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def dumps(value: Any) -> str:
    """Compact JSON as stored: keys as given, Chinese as is, decimals as numbers."""
    return _AS_GIVEN.encode(value).decode()


def dumps_sorted(value: Any) -> str:
    """The same with keys in order: equal values give equal text."""
    return _SORTED.encode(value).decode()


def loads(text: str | bytes) -> Any:
    """JSON with numbers as Decimal, so that no precision is lost on the way back."""
    return _EXACT.decode(text)


def digest(value: Any) -> str:
    """Hex SHA-256 of the RFC 8785 canonical form of a JSON value.

    RFC 8785 knows numbers as IEEE doubles only; one that a double does not hold exactly stands as text, its digits as
    they were written, so that two numbers never share a digest by rounding.
    """
    return hashlib.sha256(rfc8785.dumps(_doubles(value))).hexdigest()


def _doubles(value: Any) -> Any:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {key: _doubles(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_doubles(one) for one in value]
    if isinstance(value, int):
        return value if abs(value) <= _SAFE else str(value)
    if isinstance(value, Decimal):
        near = float(value)
        return near if math.isfinite(near) and Decimal(repr(near)) == value else str(value)
    return value
