"""Personal data in captured events: taken out before the journal keeps them, put back for whoever sent them (PIPL).

Which extension fields are personal is data (``seeds/epcis/personal.yaml``). The journal keeps an opaque number;
deleting the value leaves every digest and every rebuild as they were. Pure but for reading the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trace.epcis.fields import STANDARD
from trace.journal.canonical import dumps

PREFIX = "urn:liangpin:personal:"
_SEED = Path(__file__).resolve().parents[2] / "seeds" / "epcis" / "personal.yaml"
_NUMBER = re.compile(re.escape(PREFIX) + r"(\d{1,19})", re.ASCII)
_SIGNS = re.compile(r"[\s_\-.]")


@lru_cache(maxsize=1)
def _table() -> tuple[frozenset[str], tuple[str, ...]]:
    seed = yaml.safe_load(_SEED.read_text(encoding="utf-8"))
    return frozenset(_key(name) for name in seed["names"]), tuple(_key(ending) for ending in seed["endings"])


def take_out(event: Mapping[str, Any], new_id: Callable[[], int]) -> tuple[dict[str, Any], dict[int, str]]:
    """The event with an opaque number for every personal value, and number → the value as JSON.

    Only extensions are looked at, wherever they stand: names with a prefix inside the standard's own objects, every
    name inside an extension.
    """
    taken: dict[int, str] = {}

    def clean(name: str, value: Any, *, inside: bool) -> Any:
        extension = inside or ":" in name
        if extension and value is not None and is_personal(name):
            number = new_id()
            taken[number] = dumps(value)
            return f"{PREFIX}{number}"
        if isinstance(value, Mapping):
            return {key: clean(key, one, inside=extension) for key, one in value.items()}
        if isinstance(value, list):
            return [clean("", one, inside=extension) for one in value]
        return value

    made = {
        name: value if name == "@context" else clean(name, value, inside=name not in STANDARD)
        for name, value in event.items()
    }
    return made, taken


@lru_cache(maxsize=4096)
def is_personal(name: str) -> bool:
    """Whether a field of this name (``prefix:local`` or a full URI) holds personal data."""
    names, endings = _table()
    key = _key(re.split(r"[:/#]", name)[-1])
    return key in names or key.endswith(endings)


def numbers_in(value: Any) -> list[int]:
    """The opaque numbers inside an event."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        return [int(found[1])] if found else []
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [number for one in parts for number in numbers_in(one)]


def put_back(value: Any, values: Mapping[int, Any]) -> Any:
    """An event with the values of the numbers that are known; the others stay opaque."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        return values.get(int(found[1]), value) if found else value
    if isinstance(value, Mapping):
        return {key: put_back(one, values) for key, one in value.items()}
    return [put_back(one, values) for one in value] if isinstance(value, list) else value


def _key(name: str) -> str:
    return _SIGNS.sub("", name).lower()
