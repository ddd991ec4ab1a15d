"""Check digits, lengths and the lot alphabet, against keys printed in the GS1 General Specifications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.identifiers import gs1

LOTS = st.text(alphabet=sorted(gs1.CHARSET_82), min_size=1, max_size=20).filter(lambda lot: lot not in (".", ".."))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("96385074", "00000096385074"),
        ("614141999996", "00614141999996"),
        ("6901234567892", "06901234567892"),
        (" 06901234567892 ", "06901234567892"),
        ("9521234543213", "09521234543213"),
    ],
)
def test_a_gtin_of_any_length_is_kept_as_fourteen_digits(written: str, kept: str) -> None:
    assert gs1.normalise_gtin(written) == kept


def test_a_wrong_check_digit_names_field_value_and_the_digit_expected() -> None:
    with pytest.raises(InvalidInput) as caught:
        gs1.normalise_gtin("6901234567890", "/items/0/gtin")
    error = caught.value.errors[0]
    assert error.pointer == "/items/0/gtin"
    assert error.code == "gtin_check_digit"
    assert "商品条码" in error.detail
    assert "6901234567890" in error.detail
    assert "应为 2" in error.detail
    assert "expected 2" in error.detail_en


@pytest.mark.parametrize("text", ["", "123", "690123456789X", "６９０１２３４５", "٦٩٠١٢٣٤٥", "069012345678925"])
def test_what_is_not_a_gtin_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        gs1.normalise_gtin(text)
    assert caught.value.errors[0].code == "gtin_length"


def test_all_zeros_pass_the_check_digit_but_name_nothing() -> None:
    with pytest.raises(InvalidInput) as caught:
        gs1.normalise_gtin("0" * 13)
    assert caught.value.errors[0].code == "gtin_zero"


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(body: str, place: int, shift: int) -> None:
    good = body + gs1.gtin_check_digit(body)
    if not good.strip("0"):
        return
    assert gs1.normalise_gtin(good).endswith(good)
    bad = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(InvalidInput):
        gs1.normalise_gtin(bad)


def test_a_gtin_body_of_a_wrong_length_has_no_check_digit() -> None:
    with pytest.raises(InvalidInput):
        gs1.gtin_check_digit("12345")


def test_sscc_and_gln() -> None:
    assert gs1.normalise_sscc("106141412345678908") == "106141412345678908"
    assert gs1.normalise_gln("0614141123452") == "0614141123452"
    with pytest.raises(InvalidInput) as caught:
        gs1.normalise_sscc("106141412345678907")
    assert "应为 8" in caught.value.errors[0].detail
    with pytest.raises(InvalidInput) as caught:
        gs1.normalise_gln("061414112345")
    assert caught.value.errors[0].code == "gln_length"


def test_the_lot_alphabet_has_the_eighty_two_characters_of_the_standard() -> None:
    assert len(gs1.CHARSET_82) == 82


@given(LOTS)
def test_a_lot_is_kept_exactly_as_written(lot: str) -> None:
    assert gs1.lot_problem(lot) is None
    assert gs1.parse_lot(lot) == lot


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "lot_empty"),
        ("  ", "lot_empty"),
        ("2026年11月24日A班", "lot_characters"),
        ("A B", "lot_characters"),
        ("A#1", "lot_characters"),
        ("A" * 21, "lot_too_long"),
        ("..", "lot_dots"),
        ("A\x00", "lot_characters"),
    ],
)
def test_a_factory_code_that_is_no_lot_says_why(text: str, code: str) -> None:
    problem = gs1.lot_problem(text)
    assert problem is not None
    assert problem.code == code
    assert problem.detail.isprintable()
    with pytest.raises(InvalidInput) as caught:
        gs1.parse_lot(text)
    assert caught.value.errors[0].code == code


@pytest.mark.parametrize("text", ["", "序列", "A" * 21, ".."])
def test_a_serial_has_the_grammar_of_a_lot(text: str) -> None:
    assert gs1.parse_serial("A/1%?") == "A/1%?"
    with pytest.raises(InvalidInput):
        gs1.parse_serial(text)
