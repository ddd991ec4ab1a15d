"""统一社会信用代码: the 18 characters that name a Chinese legal entity, with their check character.

Source: GB 32100-2015, section 4 (structure: registering authority 1, category 1, district 6, body 9,
check 1) and annex A (weights 3^i mod 31). The district is not looked up: the demo district's codes
are of one that does not exist, and districts change.
"""

from __future__ import annotations

import re

from trace.errors import InvalidInput
from trace.identifiers.gs1 import show

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of the standard: no I, O, S, V, Z."""

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_SHAPE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_BODY = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}")


def credit_code_check(body: str) -> str:
    """The check character that completes the first 17 characters."""
    if not _BODY.fullmatch(body):
        raise InvalidInput.of(
            "/credit_code", "credit_code_format", f"统一社会信用代码前 17 位的格式不对：“{show(body)}”",
            f"“{show(body)}” are not the first 17 characters of a unified social credit code",
        )  # fmt: skip
    total = sum(_VALUE[symbol] * pow(3, place, 31) for place, symbol in enumerate(body))
    return ALPHABET[-total % 31]


def normalise_credit_code(text: str, pointer: str = "/credit_code") -> str:
    """A unified social credit code in capitals, its check character verified."""
    code = text.strip().upper()
    if not _SHAPE.fullmatch(code):
        raise InvalidInput.of(
            pointer, "credit_code_format",
            f"统一社会信用代码应为 18 位（数字和大写字母，不含 I、O、S、V、Z，第 3 至 8 位为数字），收到“{show(text)}”",
            f"A unified social credit code has 18 characters (no I, O, S, V, Z), not “{show(text)}”",
        )  # fmt: skip
    expected = credit_code_check(code[:-1])
    if code[-1] != expected:
        raise InvalidInput.of(
            pointer, "credit_code_check",
            f"统一社会信用代码“{code}”的校验码不对：末位应为 {expected}，现为 {code[-1]}，请核对是否录错",
            f"Credit code “{code}” has a wrong check character: expected {expected}, found {code[-1]}",
        )  # fmt: skip
    return code
