"""Canonical bytes and digests of journal rows (RFC 8785), to which a tamper-evident log can commit."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

import rfc8785

ALGORITHM = "rfc8785/sha-256"


def dumps(value: Any) -> str:
    """Compact JSON as stored: keys as given, Chinese as is, decimals as numbers."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    """JSON with numbers as Decimal, so that no precision is lost on the way back."""
    return json.loads(text, parse_float=Decimal)


def digest(value: Any) -> str:
    """Hex SHA-256 of the RFC 8785 canonical form of a JSON value."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
