"""The measures of record, label, document, temperature, time and lineage clauses, read from a seed row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from trace.standards.checks.terms import CHECKS, NO_TERMS, PAPER_KINDS, Keeping, Nutrient, Terms
from trace.standards.vocabulary.readings import BadReading, parse_number

TERM_FIELDS = frozenset({
    "record", "keep", "every", "dated", "places", "min_celsius", "max_celsius", "brief_celsius", "over_review",
    "every_minutes", "begins", "ends", "order", "within", "at_least", "interval", "level", "workdays", "audience",
    "groups", "pattern", "reference", "tolerance",
})  # fmt: skip
_SPAN = re.compile(r"^(\d+)\s*(min|h|d)$")
_MINUTES = {"min": 1, "h": 60, "d": 24 * 60}
_AMOUNT = re.compile(r"^(\d+(?:\.\d+)?)\s*(\S+)$")
Wrong = Callable[[str, str], None]


def read_terms(row: Mapping[str, Any], kind: str, wrong: Wrong) -> Terms:
    """The terms of one clause; ``wrong(field, why)`` collects what does not make sense."""
    check = str(row.get("check") or "")
    if kind in PAPER_KINDS and (check or kind != "advisory"):
        known = CHECKS.get(check)
        if known is None:
            wrong("check", f"“{check}”不是已有的核对方法：{'、'.join(CHECKS)}")
        elif kind not in known[1]:
            wrong("check", f"“{check}”只能用于 {'、'.join(known[1])}，不能用于 {kind}")
    given = TERM_FIELDS & set(row)
    if not given:
        return NO_TERMS
    if kind not in PAPER_KINDS:
        for field in sorted(given):
            wrong(field, f"{kind} 类条款不用这个字段")
        return NO_TERMS
    reader = _Terms(row, wrong)
    pattern = reader.text("pattern")
    try:
        re.compile(pattern)
    except re.error:
        wrong("pattern", f"“{pattern}”不是正则表达式")
        pattern = ""
    lowest, highest = reader.number("min_celsius"), reader.number("max_celsius")
    if lowest is not None and highest is not None and lowest > highest:
        wrong("max_celsius", "低于 min_celsius")
    return Terms(
        record=reader.text("record"),
        keep=reader.keeping(),
        every=row.get("every") is True,
        dated=row.get("dated") is True,
        places=reader.texts("places"),
        lowest=lowest,
        highest=highest,
        brief=reader.number("brief_celsius"),
        over_review=row.get("over_review") is True,
        every_minutes=reader.whole("every_minutes"),
        begins=reader.text("begins"),
        ends=reader.text("ends"),
        order=reader.texts("order"),
        within=reader.span("within"),
        at_least=reader.span("at_least"),
        interval=reader.text("interval"),
        level=reader.text("level"),
        workdays=reader.whole("workdays"),
        audience=reader.text("audience"),
        groups=reader.groups(),
        pattern=pattern,
        reference=reader.reference(),
        tolerance=reader.tolerance(),
    )


class _Terms:
    def __init__(self, row: Mapping[str, Any], wrong: Wrong) -> None:
        self.row = row
        self.wrong = wrong

    def text(self, field: str) -> str:
        return str(self.row.get(field) or "")

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.row.get(field) or ()
        if not isinstance(value, list | tuple):
            self.wrong(field, "应为列表，例如 [甲, 乙]")
            return ()
        return tuple(str(one) for one in value)

    def number(self, field: str) -> Decimal | None:
        value = self.row.get(field)
        if value is None:
            return None
        try:
            return parse_number(str(value))
        except BadReading:
            self.wrong(field, f"“{value}”不是一个数")
            return None

    def whole(self, field: str) -> int:
        value = str(self.row.get(field) or "0")
        if value.isdecimal():
            return int(value)
        self.wrong(field, f"“{value}”应为整数")
        return 0

    def span(self, field: str) -> int:
        value = self.row.get(field)
        if value is None:
            return 0
        found = _SPAN.match(str(value))
        if found is None:
            self.wrong(field, f"“{value}”应写成 30 min、4 h 或 2 d")
            return 0
        return int(found[1]) * _MINUTES[found[2]]

    def keeping(self) -> Keeping | None:
        value = self.row.get("keep")
        if value is None:
            return None
        allowed = {"months_after_shelf_life", "years", "months"}
        if not isinstance(value, dict) or not set(value) <= allowed or not value:
            self.wrong("keep", "应写成 {months_after_shelf_life: 6, years: 2}、{years: 2} 或 {months: 6}")
            return None
        try:
            return Keeping(**{name: int(count) for name, count in value.items()})
        except (TypeError, ValueError):
            self.wrong("keep", "年、月应为整数")
            return None

    def _pairs(self, field: str) -> list[tuple[str, Any]]:
        value = self.row.get(field) or {}
        if not isinstance(value, dict):
            self.wrong(field, "应写成 {名称: 内容}")
            return []
        return [(str(name), inner) for name, inner in value.items()]

    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((name, tuple(str(word) for word in words or ())) for name, words in self._pairs("groups"))

    def reference(self) -> tuple[Nutrient, ...]:
        made = []
        for name, amount in self._pairs("reference"):
            found = _AMOUNT.match(str(amount))
            if found is None:
                self.wrong("reference", f"“{amount}”应写成 60 g")
                continue
            made.append(Nutrient(name, Decimal(found[1]), found[2]))
        return tuple(made)

    def tolerance(self) -> tuple[tuple[str, Decimal], ...]:
        made = []
        for name, share in self._pairs("tolerance"):
            try:
                made.append((name, parse_number(str(share))))
            except BadReading:
                self.wrong("tolerance", f"“{share}”不是一个数")
        return tuple(made)
