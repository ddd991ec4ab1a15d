"""Check a unified social credit code (统一社会信用代码), GB 32100-2015, with the organisation code inside it.

18 characters of a 31-letter alphabet without I, O, S, V, Z; characters 9 to 17 are an organisation code with
its own check character (GB 11714-1997), the last is the check character over the first 17.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DEMO_DISTRICT = "999999"
"""An administrative district that does not exist (GB/T 2260 has no 99xxxx): a code with it is nobody's."""


def organisation_check(body: str) -> str:
    """The check character of an 8-character organisation code (GB 11714-1997, 3.4)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(values.index(char) * weight for char, weight in zip(body, weights, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_check(body: str) -> str:
    """The 18th character for the first 17 (GB 32100-2015, 3.3)."""
    total = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


def is_credit_code(text: str) -> bool:
    """Whether ``text`` is a well-formed unified social credit code with both check characters right."""
    if len(text) != 18 or any(char not in ALPHABET for char in text):
        return False
    return text[16] == organisation_check(text[8:16]) and text[17] == credit_check(text[:17])
