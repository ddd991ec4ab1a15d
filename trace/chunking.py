"""Many ids, so many a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

CHUNK = 500


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Distinct ids in lists that fit one statement."""
    known = list(dict.fromkeys(ids))
    for start in range(0, len(known), CHUNK):
        yield known[start : start + CHUNK]
