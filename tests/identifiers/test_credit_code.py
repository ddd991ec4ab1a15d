"""统一社会信用代码 against codes that public authorities publish about themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.identifiers import credit_code

BODIES = st.builds(
    lambda head, district, body: head + district + body,
    st.text(alphabet=credit_code.ALPHABET, min_size=2, max_size=2),
    st.text(alphabet="0123456789", min_size=6, max_size=6),
    st.text(alphabet=credit_code.ALPHABET, min_size=9, max_size=9),
)


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L", "91440300708461136T"])
def test_published_codes_pass(code: str) -> None:
    assert credit_code.normalise_credit_code(f" {code.lower()} ") == code


def test_a_wrong_check_character_says_which_was_expected() -> None:
    with pytest.raises(InvalidInput) as caught:
        credit_code.normalise_credit_code("91350100M000100Y42", "/organisation/credit_code")
    error = caught.value.errors[0]
    assert (error.pointer, error.code) == ("/organisation/credit_code", "credit_code_check")
    assert "应为 3" in error.detail


@pytest.mark.parametrize("text", ["", "9135", "91350100M000100I43", "9135A100M000100Y43", "91350100M000100Y4３"])
def test_what_has_another_shape_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        credit_code.normalise_credit_code(text)
    assert caught.value.errors[0].code == "credit_code_format"


def test_a_body_of_another_shape_has_no_check_character() -> None:
    with pytest.raises(InvalidInput):
        credit_code.credit_code_check("91350100M000100Y43")


@given(BODIES, st.integers(0, 16), st.integers(1, 30))
def test_every_single_wrong_character_is_noticed(body: str, place: int, shift: int) -> None:
    good = body + credit_code.credit_code_check(body)
    assert credit_code.normalise_credit_code(good) == good
    index = credit_code.ALPHABET.index(good[place])
    wrong = credit_code.ALPHABET[(index + shift) % 31]
    with pytest.raises(InvalidInput):
        credit_code.normalise_credit_code(good[:place] + wrong + good[place + 1 :])
