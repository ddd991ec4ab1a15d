"""试判: a form's fields as an evaluation request, and its answer as a page shows it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.standards.wording import STATUS_LOOKS
from trace.errors import FieldError

ROWS = 4
MORE = 4
MAX_ROWS = 60
ROW_FIELDS = ("parameter", "values", "unit", "lod")
FACTS = ("name", "category", "processing", "ready_to_eat", "storage", "prepackaged", "produced_on", "stage")
ORDER = ("fail", "needs_review", "insufficient_evidence", "pass", "advisory", "not_applicable")
_FLAGS = {"yes": True, "no": False}
_LOOSE = re.compile(r"\s*([×*])\s*|(?<=[<>≤≥＜＞])\s+")
_POINTER = re.compile(r"^/measurements/(\d+)(?:/(\w+))?")


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed: ``facts`` by field, ``rows`` of the result table with empty ones kept."""

    facts: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]

    @property
    def used(self) -> list[int]:
        """The rows in which something was typed, by their place in the table."""
        return [place for place, row in enumerate(self.rows) if any(row[field] for field in ROW_FIELDS)]


def blank(today: str) -> Filled:
    """An empty form for a batch made today."""
    return Filled(dict.fromkeys(FACTS, "") | {"produced_on": today}, _padded([], ROWS))


def filled(given: Mapping[str, str], *, more: bool = False) -> Filled:
    """The form as typed. ``more`` adds empty rows at the end."""
    facts = {field: given.get(field, "").strip() for field in FACTS}
    numbers = [int(n) for name in given if (n := name.removeprefix("parameter.")).isdecimal() and len(n) < 4]
    rows = [
        {field: given.get(f"{field}.{number}", "").strip() for field in ROW_FIELDS}
        for number in sorted(numbers)[:MAX_ROWS]
    ]
    return Filled(facts, _padded(rows, len(rows) + MORE if more else ROWS))


def _padded(rows: Sequence[Mapping[str, str]], least: int) -> list[Mapping[str, str]]:
    lacking = min(least, MAX_ROWS) - len(rows)
    return [*rows, *(dict.fromkeys(ROW_FIELDS, "") for _ in range(lacking))]


def samples(text: str) -> list[str]:
    """The results in one box: one a sample, between spaces; signs stay with their number (``< 10``, ``1 × 10^4``)."""
    return _LOOSE.sub(lambda found: found[1] or "", text).split()


def as_request(form: Filled) -> dict[str, Any]:
    """The body that ``POST /api/v1/standards/evaluate`` takes; a box may hold several samples."""
    facts = form.facts
    product: dict[str, Any] = {field: facts[field] for field in ("name", "category", "processing", "storage")}
    product |= {field: _FLAGS[facts[field]] for field in ("ready_to_eat", "prepackaged") if facts[field] in _FLAGS}
    return {
        "product": product,
        "produced_on": facts["produced_on"],
        "stage": facts["stage"],
        "measurements": [
            {
                "parameter": form.rows[place]["parameter"],
                "values": samples(form.rows[place]["values"]),
                "unit": form.rows[place]["unit"],
                "lod": form.rows[place]["lod"],
            }
            for place in form.used
        ],
    }


LABELS = {
    "name": "产品名称",
    "category": "食品类别",
    "processing": "加工方式",
    "ready_to_eat": "是否即食",
    "storage": "储存方式",
    "prepackaged": "是否预包装",
    "produced_on": "生产日期",
    "stage": "环节",
    "parameter": "检验项目",
    "values": "结果",
    "unit": "单位",
    "lod": "检出限",
}


def by_field(form: Filled, errors: Sequence[FieldError]) -> dict[str, str]:
    """Field name of the form → what is wrong, so that each sentence stands beside its box."""
    found: dict[str, str] = {}
    for error in errors:
        row = _POINTER.match(error.pointer)
        if row:
            place = form.used[int(row[1])]
            field = row[2] if row[2] in ROW_FIELDS else "parameter"
            name = f"{field}.{place}"
        else:
            field = name = error.pointer.rsplit("/", 1)[-1]
        sentence = "请填写" + LABELS[field] if error.code == "required" and field in LABELS else error.detail
        found.setdefault(name, sentence)
    return found


def answer_view(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation for the page: findings by urgency with sign and text, counted by status."""
    findings = [
        finding | {"look": STATUS_LOOKS[finding["status"]], "to_verify": finding["confidence"] in ("M", "L")}
        for finding in sorted(answer["findings"], key=lambda one: ORDER.index(one["status"]))
    ]
    counts = Counter(finding["status"] for finding in findings)
    return {
        **answer,
        "look": STATUS_LOOKS[answer["verdict"]],
        "findings": findings,
        "tally": [(STATUS_LOOKS[status], counts[status]) for status in ORDER if counts[status]],
    }
