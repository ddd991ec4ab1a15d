"""Reading a request body: every wrong field is named, all wrong fields come together, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from trace.errors import FieldError
from trace.standards.text import fold


class Form:
    """Collects field errors while a body is read; raises them all together."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, pointer: str, code: str, detail: str, detail_en: str) -> None:
        if len(self.errors) < 100:
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
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.wrong(pointer, "bad_date", f"“{value}”不是日期，应写成 2026-09-02 的样子", f"{key} must be YYYY-MM-DD")
        return None

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
