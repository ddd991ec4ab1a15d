"""Names of our own namespace in captured events: what our forms write, a partner may send too, in the same form. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trace.epcis.contexts import expand, prefixes
from trace.errors import FieldError

OURS = "https://liangpin.example/ns/"
"""Namespace of the names that our own forms add to events."""
BASES = ("weighed", "by_recipe", "")
MOST_ORIGINS = 20


def faults_of_own(event: Mapping[str, Any]) -> Iterator[FieldError]:
    """Our own names that do not have the form in which they mean something."""
    bases = event.get("liangpin:inputBasis")
    if bases is not None and not (isinstance(bases, list) and all(one in BASES for one in bases)):
        yield _wrong("/liangpin:inputBasis", "应为列表，每项 weighed（实称）或 by_recipe（按配方推算）")
    serves = event.get("liangpin:servesAs")
    if serves is not None and material_of(event) is None:
        yield _wrong("/liangpin:servesAs", "应为本单位原料的编号（数字）")
    ilmd = event.get("ilmd")
    if isinstance(ilmd, Mapping):
        known = prefixes(event.get("@context"))
        for name, value in ilmd.items():
            if expand(name, known) == OURS + "origin" and not _texts(value):
                yield _wrong(f"/ilmd/{name}", f"应为产地的列表，最多 {MOST_ORIGINS} 个")


def material_of(event: Mapping[str, Any]) -> int | None:
    """Which material of its own the sender says a lot serves as; None where it says none, or nothing readable."""
    given = event.get("liangpin:servesAs")
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63 else None


def _texts(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MOST_ORIGINS
        and all(isinstance(one, str) and len(one) <= 200 for one in value)
    )


def _wrong(at: str, what: str) -> FieldError:
    return FieldError(at, "own_name", f"{at.rsplit('/', 1)[-1]} {what}", "not the form of this name")
