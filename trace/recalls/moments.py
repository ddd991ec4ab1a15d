"""A date with time as a person types it. Pure."""

from __future__ import annotations

from datetime import datetime

from trace.context import SHANGHAI
from trace.problems import EARLIEST, LATEST, Problems


def read_moment(problems: Problems, text: str, pointer: str, name: str) -> int | None:
    """``2026-11-24T09:30`` or with a space → µs UTC; without an offset it is Shanghai time. '' is None."""
    plain = text.strip().replace(" ", "T", 1)
    if not plain:
        return None
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found.date() < LATEST or len(plain) < 16:
        detail = f"{name}“{text.strip()[:30]}”不是有效的日期和时间，请写成 2026-11-24 09:30"
        problems.add(pointer, "not_a_moment", detail, "write YYYY-MM-DD HH:MM")
        return None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)
    return int(aware.timestamp()) * 1_000_000
