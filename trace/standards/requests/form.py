"""Reading a request body: every wrong field is named, all wrong fields come together, nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from trace.errors import FieldError
from trace.standards.vocabulary.readings import BadReading, parse_number
from trace.standards.vocabulary.text import fold

SHANGHAI = ZoneInfo("Asia/Shanghai")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST = 1900
MAX_ERRORS = 100


def as_text(value: str | int | float | Decimal) -> str:
    """A number or text as text. Raises BadReading for an integer with more digits than any measurement has."""
    if isinstance(value, int) and value.bit_length() > 400:
        raise BadReading("out_of_range", "位数过多，不像检验结果")
    return str(value)


def shown(value: object) -> str:
    """The beginning of a wrong value, for an error's sentence; of what is no text or number only what it is."""
    if isinstance(value, int) and value.bit_length() > 400:
        return "位数过多的数"
    if isinstance(value, str | int | float | Decimal):
        return str(value)[:60]
    return "列表" if isinstance(value, list) else "对象" if isinstance(value, Mapping) else type(value).__name__


class Form:
    """Collects field errors while a body is read; raises them all together."""

    def __init__(self, today: date | None = None) -> None:
        self.errors: list[FieldError] = []
        self.today = today

    def wrong(self, pointer: str, code: str, detail: str, detail_en: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(FieldError(pointer, code, detail, detail_en))

    def text(self, row: Mapping[str, Any], key: str, at: str, *, required: bool = False, most: int = 200) -> str:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少 {key}", f"{key} is required")
            return ""
        if not isinstance(value, str):
            self.wrong(pointer, "not_text", f"{key} 应为文字", f"{key} must be a string")
            return ""
        if len(value) > most:
            self.wrong(pointer, "too_long", f"{key} 超过 {most} 字", f"{key} is longer than {most} characters")
            return ""
        if required and not value.strip():
            self.wrong(pointer, "required", f"缺少 {key}", f"{key} is required")
        return value.strip()

    def flag(self, row: Mapping[str, Any], key: str, at: str) -> bool | None:
        value = row.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(f"{at}/{key}", "not_boolean", f"{key} 应为 true 或 false", f"{key} must be true or false")
        return None

    def day(self, row: Mapping[str, Any], key: str, at: str, *, required: bool = False) -> date | None:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少日期 {key}（年-月-日）", f"{key} is required (YYYY-MM-DD)")
            return None
        found = None
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                found = date.fromisoformat(value)
            except ValueError:
                found = None
        if found is None:
            detail = f"“{shown(value)}”不是日期，应写成 2026-09-02 的样子"
            self.wrong(pointer, "bad_date", detail, f"{key} must be YYYY-MM-DD")
        elif found.year < EARLIEST:
            self.wrong(pointer, "out_of_range", f"日期 {value} 不可能，请核对年份", f"{key} is impossible")
            return None
        return found

    def number(
        self, row: Mapping[str, Any], key: str, at: str, lowest: str, highest: str, *, required: bool = False
    ) -> Decimal | None:
        """A number within bounds, both included; None (and an error) when it is wrong."""
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少 {key}", f"{key} is required")
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            self.wrong(pointer, "not_a_number", f"{key} 应为数", f"{key} must be a number")
            return None
        try:
            found = parse_number(as_text(value))
        except BadReading:
            self.wrong(pointer, "not_a_number", f"{key} “{shown(value)}”不是一个数", f"{key} must be a number")
            return None
        if not Decimal(lowest) <= found <= Decimal(highest):
            detail = f"{key} {shown(value)} 不可能，应在 {lowest}～{highest} 之间"
            self.wrong(pointer, "out_of_range", detail, f"{key} must be between {lowest} and {highest}")
            return None
        return found

    def whole(self, row: Mapping[str, Any], key: str, at: str, lowest: int, highest: int) -> int | None:
        """A whole number within bounds; None (and an error) when it is wrong."""
        value = row.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            detail = f"{key} 应为 {lowest}～{highest} 的整数"
            self.wrong(f"{at}/{key}", "out_of_range", detail, f"{key} must be an integer {lowest}..{highest}")
            return None
        return value

    def time(self, row: Mapping[str, Any], key: str, at: str, *, required: bool = False) -> datetime | None:
        """A time with its offset, as 2026-10-01T08:00:00+08:00, not after ``today``."""
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少时间 {key}", f"{key} is required")
            return None
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) and 15 < len(value) < 40 else None
        except ValueError:
            found = None
        if found is None:
            detail = f"“{shown(value)}”不是时间，应写成 2026-10-01T08:00:00+08:00 的样子"
            self.wrong(pointer, "bad_time", detail, f"{key} must be an RFC 3339 time with offset")
            return None
        if found.tzinfo is None:
            detail = f"时间 {value} 没有写时区，应写成 2026-10-01T08:00:00+08:00 的样子"
            self.wrong(pointer, "naive_time", detail, f"{key} must carry its offset")
            return None
        if not 1990 <= found.year <= 2200:
            self.wrong(pointer, "out_of_range", f"时间 {value} 不可能，请核对年份", f"{key} is impossible")
            return None
        if self.today and found.astimezone(SHANGHAI).date() > self.today:
            self.wrong(pointer, "future_time", f"时间 {value} 在今天之后", f"{key} is in the future")
            return None
        return found

    def texts_by_name(self, row: Mapping[str, Any], key: str, at: str, most: int) -> tuple[tuple[str, str], ...] | None:
        """An object of name → text; None when absent. Numbers and lists are refused, not converted."""
        value = row.get(key)
        if value is None:
            return None
        pointer = f"{at}/{key}"
        if not isinstance(value, Mapping):
            self.wrong(pointer, "not_an_object", f"{key} 应为对象（名称: 文字）", f"{key} must be an object of strings")
            return None
        if len(value) > most:
            self.wrong(pointer, "too_many", f"{key} 最多 {most} 项，现有 {len(value)} 项", f"at most {most} entries")
            return None
        made = []
        for name, text in value.items():
            where = f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"
            if not isinstance(text, str) or len(str(name)) > 60:
                self.wrong(where, "not_text", f"{str(name)[:60]} 应为文字", "must be a string")
            elif len(text) > 5000:
                self.wrong(where, "too_long", f"{name} 超过 5000 字", "must be at most 5000 characters")
            else:
                made.append((str(name), text.strip()))
        return tuple(made)

    def named(self, row: Mapping[str, Any], key: str, at: str, allowed: Sequence[str]) -> str | None:
        """A required name out of a closed list."""
        text = self.text(row, key, at, required=True)
        if not text or text in allowed:
            return text or None
        listed = "、".join(allowed)
        self.wrong(f"{at}/{key}", "unknown_value", f"不认识“{text}”，可填 {listed}", f"unknown {key}")
        return None

    def in_order(self, earlier: date | None, later: date | None, at: str, what: str) -> None:
        """Refuse an end that lies before its beginning."""
        if earlier and later and later < earlier:
            self.wrong(at, "reversed", f"{what}：{later} 早于 {earlier}，前后颠倒", "the end lies before the beginning")

    def days(self, row: Mapping[str, Any], key: str, at: str) -> tuple[date, ...] | None:
        """A list of dates; None when absent."""
        texts = self.texts(row, key, at)
        if texts is None:
            return None
        found = [self.day({str(place): text}, str(place), f"{at}/{key}") for place, text in enumerate(texts)]
        return tuple(day for day in found if day is not None)

    def rows(self, row: Mapping[str, Any], key: str, at: str, most: int) -> list[tuple[str, Mapping[str, Any]]]:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(pointer, "not_a_list", f"{key} 应为列表", f"{key} must be a list")
            return []
        if len(value) > most:
            self.wrong(pointer, "too_many", f"{key} 最多 {most} 项，现有 {len(value)} 项", f"at most {most} {key}")
            return []
        good = []
        for place, one in enumerate(value):
            if isinstance(one, Mapping):
                good.append((f"{pointer}/{place}", one))
            else:
                self.wrong(f"{pointer}/{place}", "not_an_object", f"{key} 的每一项应为对象", "must be an object")
        return good

    def texts(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...] | None:
        value = row.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > 500:
            self.wrong(f"{at}/{key}", "not_a_list", f"{key} 应为文字的列表", f"{key} must be a list of strings")
            return None
        if any(len(one) > 200 for one in value):
            self.wrong(f"{at}/{key}", "too_long", f"{key} 有一项超过 200 字", f"an entry of {key} is too long")
            return None
        return tuple(value)


def word(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    """The meaning whose words occur in a text; None when none does."""
    low = fold(text).lower()
    return next((meaning for meaning, words in table if any(word in low for word in words)), None)


def choice(form: Form, at: str, row: Mapping[str, Any], key: str, find: Callable[[str], str | None]) -> str | None:
    """A required text that ``find`` must know; None (and an error) otherwise."""
    text = form.text(row, key, at, required=True)
    found = find(text) if text else None
    if text and found is None:
        form.wrong(f"{at}/{key}", "unknown_value", f"不认识“{text}”", f"unknown {key}")
    return found
