"""The one rule of what a text may hold."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.problems import Problems

HIDDEN = [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x00AD, 0x2060]


def codes(text: str) -> list[str]:
    problems = Problems()
    problems.text(text, "/name", "名称")
    return [one.code for one in problems.errors]


@pytest.mark.parametrize("number", HIDDEN, ids=hex)
def test_what_nobody_sees_is_refused_wherever_it_stands(number: int) -> None:
    """They turn a name around, or make two names that look the same."""
    for text in (f"梁平{chr(number)}柚厂", f"{chr(number)}柚厂", f"柚厂{chr(number)}"):
        problems = Problems()
        problems.text(text, "/name", "名称")
        (error,) = problems.errors
        assert (error.pointer, error.code) == ("/name", "invisible_character")
        assert f"第 {text.index(chr(number)) + 1} 个字" in error.detail
        assert f"U+{number:04X}" in error.detail
        assert chr(number) not in error.detail


def test_what_people_write_is_taken() -> None:
    for text in ("梁平 柚厂（一厂）·分部", "第一行\n第二行\t完", "Nº 5 – 鸭 🦆", "𠮷野家", "é"):
        assert codes(text) == [], text


@given(st.text(max_size=20))
def test_no_text_that_is_taken_has_a_format_or_control_character(text: str) -> None:
    if "invisible_character" in codes(text) or "control_character" in codes(text):
        return
    shown = unicodedata.normalize("NFC", text).strip()
    assert not any(unicodedata.category(c) in ("Cf", "Cc", "Cs") and c not in "\n\t" for c in shown)
