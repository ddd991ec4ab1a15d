"""Keys for those without a GS1 prefix, and the short code a person types from a label.

Both are written in Crockford's base 32 (no I, L, O, U; read without regard to case, with I and L
taken as 1 and O as 0). The last symbol is a check over GF(32), Σ αⁱ·sᵢ, so that every single wrong
symbol and every exchange of two neighbours is noticed; Crockford's own modulo-37 check would need
``* ~ $ = U``, which neither an address nor a phone keyboard takes well.

Source: D. Crockford, "Base 32"; the field is the one of BIP 173, x⁵ + x³ + 1.
"""

from __future__ import annotations

import hashlib
import re

from trace.errors import InvalidInput
from trace.identifiers.gs1 import show

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

KEY_LENGTH = 14
"""13 symbols hold 63 bits, one checks."""

SHORT_LENGTH = 10
"""9 symbols (45 bits) and one check, printed as two groups of five."""

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_SEPARATORS = re.compile(r"[\s\-‐‑–—－_·.]+")


def private_key(id_: int) -> str:
    """The key of an item, party or place of ours: 14 symbols that give ``id_`` (0 ≤ id < 2**63) back."""
    if not 0 <= id_ < 1 << 63:
        raise ValueError(f"id must be 0..2**63-1, not {id_}")
    return _with_check(_symbols(id_, KEY_LENGTH - 1))


def parse_private_key(text: str, pointer: str = "/key") -> str:
    """A typed or scanned key in its one spelling; a typing error is an error, never another's key."""
    values = _read(text, KEY_LENGTH, "本平台编码", "platform key", pointer)
    if values[0] > 7:  # above 63 bits: no id of ours
        raise _wrong(text, "本平台编码", "platform key", pointer)
    return "".join(ALPHABET[v] for v in values)


def short_code(id_: int, attempt: int = 0) -> str:
    """The code printed on a label for those whose camera fails: ``XXXXX-XXXXX``.

    45 bits of a hash of the id, so that neighbouring codes do not follow one another and nobody
    can count a maker's batches. Two ids may meet (about once in eight million codes): keep codes
    under a unique key and ask again with the next ``attempt``.
    """
    digest = hashlib.sha256(b"liangpin short code\0%d\0%d" % (id_, attempt)).digest()
    code = _with_check(_symbols(int.from_bytes(digest[:8], "big") >> 19, SHORT_LENGTH - 1))
    return f"{code[:5]}-{code[5:]}"


def parse_short_code(text: str, pointer: str = "/code") -> str:
    """A typed short code in its one spelling, ``XXXXX-XXXXX``, whatever case or separators."""
    values = _read(text, SHORT_LENGTH, "短码", "short code", pointer)
    code = "".join(ALPHABET[v] for v in values)
    return f"{code[:5]}-{code[5:]}"


def _symbols(number: int, length: int) -> list[int]:
    return [number >> 5 * place & 31 for place in reversed(range(length))]


def _with_check(values: list[int]) -> str:
    return "".join(ALPHABET[v] for v in values) + ALPHABET[_check(values)]


def _check(values: list[int]) -> int:
    """Σ α^(n-i)·sᵢ in GF(32): the check symbol s₀ itself has weight 1, so that exchanges with it show too."""
    total = 0
    for value in values:
        total = _times_alpha(total ^ value)
    return total


def _times_alpha(value: int) -> int:
    value <<= 1
    return value ^ 0b101001 if value & 32 else value


def _read(text: str, length: int, name: str, name_en: str, pointer: str) -> list[int]:
    cleaned = _SEPARATORS.sub("", text).upper()
    if len(cleaned) != length or any(c not in _VALUE for c in cleaned):
        raise InvalidInput.of(
            pointer, "code_format", f"{name}应为 {length} 位数字和字母（不含 U），收到“{show(text)}”",
            f"A {name_en} has {length} digits and letters, not “{show(text)}”",
        )  # fmt: skip
    values = [_VALUE[c] for c in cleaned]
    if _check(values[:-1]) != values[-1]:
        raise _wrong(text, name, name_en, pointer)
    return values


def _wrong(text: str, name: str, name_en: str, pointer: str) -> InvalidInput:
    return InvalidInput.of(
        pointer, "code_check", f"{name}“{show(text)}”有一位录错了，请对照标签再输一遍",
        f"The {name_en} “{show(text)}” contains a typing error",
    )  # fmt: skip
