"""Private keys and short codes: reversible, forgiving in spelling, unforgiving in typing errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.errors import InvalidInput
from trace.identifiers import private_key as keys

IDS = st.integers(0, 2**63 - 1)


def id_behind(key: str) -> int:
    """Base 32, without the check symbol at the end."""
    number = 0
    for symbol in key[:-1]:
        number = number * 32 + keys.ALPHABET.index(symbol)
    return number


@given(IDS)
def test_a_key_gives_its_id_back_in_any_spelling(id_: int) -> None:
    key = keys.private_key(id_)
    assert len(key) == 14
    assert not set("ILOU") & set(key)
    assert id_behind(key) == id_
    spoken = key.lower().replace("1", "l").replace("0", "o")
    assert keys.parse_private_key(f" {spoken[:7]}-{spoken[7:]} ") == key


@given(IDS, st.integers(0, 13), st.integers(1, 31))
def test_a_wrong_symbol_is_noticed(id_: int, place: int, shift: int) -> None:
    key = keys.private_key(id_)
    wrong = keys.ALPHABET[(keys.ALPHABET.index(key[place]) + shift) % 32]
    with pytest.raises(InvalidInput):
        keys.parse_private_key(key[:place] + wrong + key[place + 1 :])


@given(IDS, st.integers(0, 8))
def test_two_neighbours_exchanged_are_noticed(id_: int, place: int) -> None:
    code = keys.short_code(id_).replace("-", "")
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped == code:
        assert keys.parse_short_code(swapped)
        return
    with pytest.raises(InvalidInput) as caught:
        keys.parse_short_code(swapped)
    assert caught.value.errors[0].code == "code_check"


@given(IDS)
def test_a_short_code_is_two_groups_of_five(id_: int) -> None:
    code = keys.short_code(id_)
    assert code[5] == "-"
    assert keys.parse_short_code(code.replace("-", " ").lower()) == code
    assert keys.short_code(id_, attempt=1) != code


def test_short_codes_of_neighbouring_ids_are_apart() -> None:
    codes = [keys.short_code(id_) for id_ in range(2000)]
    assert len(set(codes)) == 2000
    assert len({code[:2] for code in codes}) > 500


@pytest.mark.parametrize("text", ["", "U" * 14, "中" * 14, "0" * 13, "Z" * 14, "\x00" * 14])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        keys.parse_private_key(text)


def test_a_key_above_63_bits_is_nobodys() -> None:
    values = [31] * 13
    over = keys._with_check(values)
    with pytest.raises(InvalidInput):
        keys.parse_private_key(over)


@pytest.mark.parametrize("id_", [-1, 2**63])
def test_an_id_outside_63_bits_has_no_key(id_: int) -> None:
    with pytest.raises(ValueError, match="id must be"):
        keys.private_key(id_)
