"""Check papers with the very readers of ``/api/v1/standards/evaluate``: what the rulebook cannot read is not filed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from trace.errors import InvalidInput
from trace.problems import Problems
from trace.standards import Rulebook, facts_from_request
from trace.standards.models import BatchFacts

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
Repoint = Callable[[str, str], tuple[str, str]]


def understood(
    book: Rulebook,
    members: Mapping[str, Any],
    problems: Problems,
    *,
    today: date | None = None,
    repoint: Repoint = lambda pointer, detail: (pointer, detail),
) -> BatchFacts | None:
    """``members`` of an evaluation request as facts; None with every error in ``problems``.

    ``repoint`` gives an error's pointer and sentence as the form that asked knows them.
    """
    asked = {"product": {"name": "-"}, "produced_on": "2020-01-01"} | dict(members)
    try:
        return facts_from_request(asked, book, today)
    except InvalidInput as wrong:
        for error in wrong.errors:
            pointer, detail = repoint(error.pointer, error.detail)
            problems.add(pointer, error.code, detail, error.detail_en)
    return None


def below(prefix: str) -> Repoint:
    """Pointers without the place at which a paper stands in the request."""
    return lambda pointer, detail: (pointer.removeprefix(prefix) or "/", detail)


def impersonal(fields: Mapping[str, Any] | None, at: str, problems: Problems) -> None:
    """Refuse phone and identity numbers of people: what is filed can never be deleted (PIPL)."""
    for name, text in (fields or {}).items():
        if isinstance(text, str) and (_MOBILE.search(text) or _IDENTITY.search(text)):
            where = f"{at}/{str(name).replace('~', '~0').replace('/', '~1')}"
            problems.add(
                where,
                "personal_number",
                f"{name}“{text[:40]}”像个人手机号或身份证号；登记的内容不能删除，请改写单位电话或工号",
                "no personal numbers in the journal",
            )
