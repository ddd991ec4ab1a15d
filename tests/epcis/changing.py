"""Events with something put wrong in them, anywhere."""

from __future__ import annotations

import copy
from typing import Any

from tests.epcis.documents import CASE, DUCK

VALUES: tuple[Any, ...] = (
    None, True, 5, -1, 0.5, 1e308, 10**30, "", "x", "shipping", "ADD", "KGM", CASE, DUCK, [], {}, [CASE], [{}], {"id": CASE},
    "2026-11-24T00:00:00Z", "2026-11-24", "+08:00", [{"epcClass": DUCK}], {"kitchen:x": 1}, "urn:liangpin:personal:1",
    "https://id.gs1.org/01/6950123450173/10/%2F", [[[]]], {"@value": 3}, "😀",
)  # fmt: skip
NAMES = ("epcList", "parentID", "childEPCs", "ilmd", "action", "type", "eventTime", "quantityList", "note", "kitchen:n")


def changed(event: dict[str, Any], change: tuple[int, str, Any]) -> dict[str, Any]:
    """A copy of an event with one change: (which place, set or drop or add, the value)."""
    place, way, value = change
    event = copy.deepcopy(event)
    paths = _paths(event)
    *parents, last = paths[place % len(paths)]
    here: Any = event
    for key in parents:
        here = here[key]
    if way == "drop":
        del here[last]
    elif way == "add" and isinstance(here, dict):
        here[NAMES[place % len(NAMES)]] = value
    else:
        here[last] = value
    return event


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        found += _paths(one, (*at, key))
    return found
