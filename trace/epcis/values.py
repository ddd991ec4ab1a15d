"""The plain values of EPCIS JSON: URIs, times with a zone, numbers. Read once, the same everywhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)
MOST = 2048
"""Characters of a URI."""


def is_uri(value: Any) -> bool:
    """An absolute URI of RFC 3986 (``format: uri`` of the JSON schema): a prefix and a local name are one too."""
    return (
        isinstance(value, str) and len(value) <= MOST and _URI.fullmatch(value) is not None
        and not _BAD_PERCENT.search(value)
    )  # fmt: skip


def is_context(part: Any) -> bool:
    """One part of a JSON-LD context: an address, or an object of terms."""
    return isinstance(part, dict) or is_uri(part)


def micros(value: Any) -> int | None:
    """A time of RFC 3339 as integer µs UTC; None where it is none, or has no zone."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    zone = found[8]
    offset = timedelta(0)
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    whole = (since.days * 86_400 + since.seconds) * 1_000_000
    return whole + int((found[7] or "")[:6].ljust(6, "0"))


def is_time(value: Any) -> bool:
    return micros(value) is not None


def written(at: int) -> str:
    """Integer µs UTC as a time with zone, to the millisecond."""
    moment = datetime.fromtimestamp(at // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1_000_000 // 1000:03d}Z"


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)
