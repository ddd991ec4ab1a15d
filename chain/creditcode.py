"""Credit codes of the demo district: GB 32100-2015 (``trace.identifiers.credit_code``) and, inside it, GB 11714-1997.

The check of GB 11714 over characters 9 to 17 is asked of the codes that we invent; of anybody else's only what
GB 32100 itself demands.
"""

from __future__ import annotations

from trace.errors import InvalidInput
from trace.identifiers.credit_code import normalise_credit_code

DEMO_DISTRICT = "999999"
"""An administrative district that does not exist (GB/T 2260 has no 99xxxx): a code with it is nobody's."""


def organisation_check(body: str) -> str:
    """The check character of an 8-character organisation code (GB 11714-1997, 3.4)."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    rest = 11 - sum(values.index(char) * weight for char, weight in zip(body, weights, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def is_credit_code(text: str) -> bool:
    """Whether ``text`` is a unified social credit code with both check characters right."""
    try:
        return normalise_credit_code(text) == text and text[16] == organisation_check(text[8:16])
    except InvalidInput:
        return False
