"""A refused form: which one, why, and what had been typed, so that nothing is typed twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import FormData

from service.web import trees
from trace.errors import Refusal


@dataclass(frozen=True, slots=True)
class Failed:
    """``errors`` and ``given`` by field name; ``status`` is the answer's."""

    act: str
    detail: str
    status: int
    errors: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


def failed(act: str, refusal: Refusal, form: FormData) -> Failed:
    """What the page needs to show the form again."""
    errors = trees.by_name(refusal.errors)
    detail = refusal.detail
    if refusal.errors and refusal.detail == refusal.title:
        detail = "；".join(e.detail for e in refusal.errors[:3])
    return Failed(act, detail, refusal.status, errors, dict(trees.texts(form)))
