"""Collects everything wrong with an input, so that a person is told all of it at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from math import isfinite
from typing import TypeVar

from trace.errors import FieldError, InvalidInput
from trace.quantity import parse_quantity, parse_unit

T = TypeVar("T")

MIN_REASON = 4
"""Characters below which a reason says nothing."""
EARLIEST = date(2000, 1, 1)
LATEST = date(2100, 1, 1)


class Problems:
    """Field errors found so far. Readers return None for what they refused; ``raise_if_any`` ends the matter."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, pointer: str, code: str, detail: str, detail_en: str = "") -> None:
        self.errors.append(FieldError(pointer, code, detail, detail_en))

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Take over the field errors of any InvalidInput raised inside."""
        try:
            yield
        except InvalidInput as wrong:
            self.errors += wrong.errors

    def attempt(self, read: Callable[[], T]) -> T | None:
        """What ``read`` gives, or None with its field errors taken over."""
        with self.caught():
            return read()
        return None

    def quantity(self, text: object, pointer: str, name: str) -> int | None:
        return self.attempt(lambda: parse_quantity(text, pointer, name))

    def unit(self, text: object, pointer: str, name: str = "单位") -> str | None:
        return self.attempt(lambda: parse_unit(text, pointer, name))

    def plain(self, value: object, pointer: str, name: str) -> str | None:
        """What stands in a field of JSON as text: '' for nothing, None for what is neither text nor a number."""
        if value is None or isinstance(value, str):
            return (value or "").strip()
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            self.add(
                pointer, "not_text", f"{name}请写成一段文字或一个数字，不要写成列表、对象或是否", "text or a number"
            )
            return None
        return str(value)

    def text(self, value: str, pointer: str, name: str, *, required: bool = True, longest: int = 200) -> str:
        """Trimmed NFC text without control characters, and without format characters that nobody sees: they turn a name
        around or make two of one."""
        cleaned = unicodedata.normalize("NFC", value).strip()
        if required and not cleaned:
            self.add(pointer, "required", f"请填写{name}", f"{pointer} is required")
        if len(cleaned) > longest:
            self.add(
                pointer,
                "too_long",
                f"{name}共 {len(cleaned)} 个字，最多 {longest} 个，请缩短",
                f"at most {longest} characters",
            )
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in cleaned):
            self.add(pointer, "control_character", f"{name}含有不可见的控制字符，请重新输入", "control characters")
        hidden = next(((at, c) for at, c in enumerate(cleaned, 1) if unicodedata.category(c) == "Cf"), None)
        if hidden is not None:
            at, sign = hidden
            self.add(
                pointer,
                "invisible_character",
                f"{name}的第 {at} 个字是看不见的格式字符（U+{ord(sign):04X}），会使看到的与写的不同，请删去它，或不要粘贴、重新输入",
                "an invisible format character",
            )
        return cleaned

    def day(self, value: str | None, pointer: str, name: str, *, required: bool = False) -> date | None:
        """An ISO date (YYYY-MM-DD; YYYYMMDD and / . are read too)."""
        written = unicodedata.normalize("NFKC", value or "").strip()
        if not written:
            if required:
                self.add(pointer, "required", f"请填写{name}", f"{pointer} is required")
            return None
        plain = written.replace("/", "-").replace(".", "-")
        if len(plain) == 8 and plain.isdigit():
            plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
        try:
            found = date.fromisoformat(plain)
        except ValueError:
            found = None
        if found is None or not EARLIEST <= found < LATEST:
            self.add(
                pointer,
                "not_a_date",
                f"{name}“{written[:20]}”不是有效日期，请写成 2026-11-24 这样的年-月-日",
                "write the date as YYYY-MM-DD",
            )
            return None
        return found

    def choice(self, value: str, allowed: dict[str, str], pointer: str, name: str, *, required: bool = True) -> str:
        """One of the keys of ``allowed`` (key → Chinese label); the label itself is read too."""
        written = value.strip()
        if written in allowed:
            return written
        for key, label in allowed.items():
            if written == label:
                return key
        if written or required:
            self.add(
                pointer,
                "not_a_choice",
                f"{name}“{written[:20]}”不在可选项中，请选：" + "、".join(allowed.values()),
                "one of " + ", ".join(allowed),
            )
        return ""

    def raise_if_any(self) -> None:
        if self.errors:
            raise InvalidInput(errors=self.errors)


def reason_of(reason: str, name: str = "理由", longest: int = 500) -> str:
    """A written reason. Raises InvalidInput for none, or one too short to say anything."""
    problems = Problems()
    text = problems.text(reason, "/reason", name, longest=longest)
    if text and len(text) < MIN_REASON:
        problems.add("/reason", "too_short", f"{name}“{text}”太短，请写明依据（至少 {MIN_REASON} 个字）", "say why")
    problems.raise_if_any()
    return text
