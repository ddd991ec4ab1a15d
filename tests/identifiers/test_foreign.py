"""Codes of other systems: recognised only by their name, kept as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.identifiers.foreign import ForeignCode, Scheme, recognise


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("动物检疫合格证明编号：No 5000123456", Scheme.QUARANTINE, "No5000123456"),
        ("检疫证号:５００１２３", Scheme.QUARANTINE, "500123"),
        ("承诺达标合格证 编号 CQ-2026-0001", Scheme.COMMITMENT, "CQ-2026-0001"),
        ("渝溯源码：AB12", Scheme.YUSUYUAN, "AB12"),
        ("渝溯源", Scheme.YUSUYUAN, "渝溯源"),
        (" 123 456 ", Scheme.OTHER, "123456"),
        ("https://example.org/q?c=１ 2", Scheme.OTHER, "https://example.org/q?c=１ 2"),
    ],
)
def test_the_text_names_its_scheme_or_nothing_does(text: str, scheme: Scheme, value: str) -> None:
    assert recognise(text) == ForeignCode(scheme, value)


def test_what_the_person_chose_wins() -> None:
    url = "https://example.org/abc"
    assert recognise(url, Scheme.YUSUYUAN) == ForeignCode(Scheme.YUSUYUAN, url)
    assert Scheme.YUSUYUAN.label == "渝溯源"


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a" * 2049, "\ud800"])
def test_what_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        recognise(text)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_recognising_twice_changes_nothing(text: str) -> None:
    try:
        code = recognise(text)
    except InvalidInput:
        return
    assert code.value
    assert recognise(code.value, code.scheme).value == code.value
