"""Quantities: what a person writes is kept exactly, or refused; nothing is guessed."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.journal.canonical import loads
from trace.quantity import MAX_QUANTITY, MICRO, convert, family, micro, number, parse_quantity, parse_unit, show

UNITS = ("KGM", "GRM", "TNE", "MGM", "LTR", "MLT", "H87")
written = st.integers(1, 10**15 - 1).flatmap(
    lambda digits: st.integers(0, 6).map(lambda places: Decimal(digits).scaleb(-places))
).filter(lambda value: value <= MAX_QUANTITY)  # fmt: skip


def parse(text: object) -> int:
    return parse_quantity(text, "/quantity", "数量")


def code_of(text: object) -> str:
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    (error,) = refused.value.errors
    assert error.pointer == "/quantity"
    assert error.detail.startswith("数量")
    assert error.detail_en
    return error.code


@given(written)
def test_what_is_written_is_shown_again(value: Decimal) -> None:
    text = format(value, "f")
    parsed = parse(text)
    assert parsed == value * MICRO
    assert Decimal(show(parsed)) == value
    assert parse(show(parsed)) == parsed


@given(written)
def test_an_amount_survives_an_epcis_document(value: Decimal) -> None:
    parsed = parse(format(value, "f"))
    stored = json.dumps({"quantity": number(parsed)})
    assert micro(json.loads(stored)["quantity"]) == parsed
    assert micro(loads(stored)["quantity"]) == parsed


@given(st.integers(-(10**18), 10**18), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_conversion_stays_in_its_family_and_is_odd(quantity: int, unit: str, to: str) -> None:
    there = convert(quantity, unit, to)
    assert (there is None) == (family(unit) != family(to))
    if there is not None:
        back = convert(-quantity, unit, to)
        assert back == -there, "what is taken back must be exactly what was put in"


@given(st.integers(-(10**15), 10**15), st.sampled_from(UNITS))
def test_the_base_of_a_base_is_itself(quantity: int, unit: str) -> None:
    base = family(unit)
    assert family(base) == base
    assert convert(quantity, base, base) == quantity


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("12.5", 12_500_000),
        (" 12.50 ", 12_500_000),
        ("１２．５", 12_500_000),
        ("　３　", 3_000_000),
        ("1,000", 1_000_000_000),
        ("1，000.5", 1_000_500_000),
        ("1,234,567", 1_234_567_000_000),
        ("0.000001", 1),
        (7, 7_000_000),
        ("000000000000012", 12_000_000),
        ("1000000000000", 10**18),
    ],
)
def test_forms_that_are_read(text: object, micros: int) -> None:
    assert parse(text) == micros


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "NaN", "nan", "inf", "-Infinity", "1e5", "1E5", "-3", "－３", "+3", "0x10", "1_000", "½", "①", "²",
        "10⁵", "5²", "1,5", "1，5", "12,34", "1,0000", ",5", "5,", "1,,000", ".5", "5.", "1.2.3", "0.0000001",
        "1234567890123456", "12 kg", "12千克", "十二", "١٢", "१२", "1 000", "1\u200b2", "1\n2", "1\x00", None, True,
        "一", "1/2", "1000,000",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: object) -> None:
    assert code_of(text) == "not_a_quantity"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "not_positive"),
        ("0.000000", "not_positive"),
        ("０", "not_positive"),
        ("1000000000000.000001", "too_large"),
        ("1000000000001", "too_large"),
        ("999999999999999", "too_large"),
        ("99999999999.123456", "too_large"),
    ],
)
def test_impossible_amounts_are_refused(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("kg", "KGM"), ("KG", "KGM"), ("㎏", "KGM"), ("ｋｇ", "KGM"), ("公斤", "KGM"), ("克", "GRM"), ("吨", "TNE"),
     ("mL", "MLT"), ("袋", "H87"), ("kgm", "KGM"), ("H87", "H87"), (" 盒 ", "H87"), ("mgm", "MGM"), ("C62", "H87")],
)  # fmt: skip
def test_units_as_people_write_them(text: str, code: str) -> None:
    assert parse_unit(text, "/unit") == code


@pytest.mark.parametrize("text", ["", "斤半", "kgs", "lb", "℃", "m3", "<b>", "亩", None, "公  斤"])
def test_unknown_units_are_refused_with_the_known_ones(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_unit(text, "/unit")
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/unit", "unknown_unit")
    assert "kg" in error.detail


def test_a_jin_is_not_read_as_anything_else() -> None:
    """斤 is half a kilogram: reading it as a kilogram would double an amount."""
    with pytest.raises(InvalidInput):
        parse_unit("斤", "/unit")


def test_what_is_not_known_is_said() -> None:
    assert show(None) == "未知"
    assert show(0, "KGM") == "0 kg"
    assert show(-1_500_000, "KGM") == "-1.5 kg"
    assert show(1, "XYZ") == "0.000001 XYZ"
    with pytest.raises(ValueError, match="XYZ"):
        family("XYZ")
