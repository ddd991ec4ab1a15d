"""Quantities: decimal text to integer millionths of a UN/ECE Rec 20 unit, and back, without a float.

Units a person writes (千克, 克, 吨, 升, 毫升, 袋, 盒 …) are mapped to Rec 20 codes; 斤 has none and is refused. Mass converts to
KGM, volume to LTR, pieces to H87; nothing else is converted.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from trace.errors import InvalidInput

MICRO = 1_000_000
MAX_QUANTITY = 10**12
"""Largest accepted quantity in units; beyond it a typing error is certain and BIGINT micro would overflow near."""

_MASS = {"KGM": Fraction(1), "GRM": Fraction(1, 1000), "TNE": Fraction(1000), "MGM": Fraction(1, 1_000_000)}
_VOLUME = {"LTR": Fraction(1), "MLT": Fraction(1, 1000)}
_PIECES = {"H87": Fraction(1)}
_FAMILIES = (("KGM", _MASS), ("LTR", _VOLUME), ("H87", _PIECES))

_WRITTEN = {
    "kg": "KGM", "千克": "KGM", "公斤": "KGM", "g": "GRM", "克": "GRM", "mg": "MGM", "毫克": "MGM",
    "t": "TNE", "吨": "TNE", "l": "LTR", "升": "LTR", "ml": "MLT", "毫升": "MLT",
    "件": "H87", "袋": "H87", "盒": "H87", "份": "H87", "个": "H87", "只": "H87", "包": "H87", "瓶": "H87",
    "罐": "H87", "箱": "H87", "枚": "H87", "ea": "H87", "c62": "H87", "pcs": "H87",
}  # fmt: skip
_SHOWN = {"KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "吨", "LTR": "L", "MLT": "mL", "H87": "件"}
_NUMBER = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,6})?")
_FULL_WIDTH = {0x3000: " "} | {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms and their ASCII twins. Not NFKC, which would also read 10⁵ as 105."""
MAX_DIGITS = 15
"""Significant digits that a JSON number carries without loss; an EPCIS document has no other kind."""


def parse_quantity(text: object, pointer: str, name: str) -> int:
    """A positive decimal as written → integer millionths.

    At most 6 decimals and 15 significant digits; full-width digits are read, a comma only between
    thousands (``1,5`` is refused, not fifteen). Raises InvalidInput naming ``pointer``.
    """
    written = str(text).translate(_FULL_WIDTH).strip()
    if not _NUMBER.fullmatch(written):
        raise InvalidInput.of(
            pointer,
            "not_a_quantity",
            f"{name}“{str(text)[:40]}”不是数量：请填大于 0 的数字，最多 6 位小数，例如 12.5",
            f"{name}: write a positive number with at most 6 decimals",
        )
    try:
        value = Decimal(written.replace(",", ""))
    except InvalidOperation:  # pragma: no cover - the pattern admits only decimals
        raise InvalidInput.of(pointer, "not_a_quantity", f"{name}不是数量") from None
    if value <= 0:
        raise InvalidInput.of(
            pointer, "not_positive", f"{name}“{written}”须大于 0，请填实际数量", f"{name} must be above 0"
        )
    if value > MAX_QUANTITY or len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise InvalidInput.of(
            pointer, "too_large", f"{name}“{written}”过大，请检查单位和小数点", f"{name} is too large; check the unit"
        )
    return int(value * MICRO)


def parse_unit(text: object, pointer: str, name: str = "单位") -> str:
    """A unit as a person or a Rec 20 list writes it → Rec 20 code."""
    written = unicodedata.normalize("NFKC", str(text)).strip()
    code = written.upper() if written.upper() in _SHOWN else _WRITTEN.get(written.lower())
    if code is None:
        known = "、".join(["kg", "g", "吨", "L", "mL", "件（袋、盒、份…）"])
        raise InvalidInput.of(
            pointer, "unknown_unit", f"{name}“{written[:20]}”不认识，请用 {known}", f"unknown unit {written[:20]!r}"
        )
    return code


def family(unit: str) -> str:
    """The base unit a Rec 20 code converts to: KGM, LTR or H87."""
    for base, members in _FAMILIES:
        if unit in members:
            return base
    raise ValueError(f"not a known unit: {unit}")


def convert(quantity: int, unit: str, to: str) -> int | None:
    """Millionths of ``unit`` → millionths of ``to``; None where the two do not convert.

    Rounded half away from zero, so that taking back is exactly the opposite of putting in.
    """
    for _, members in _FAMILIES:
        if unit in members and to in members:
            exact = abs(quantity) * members[unit] / members[to]
            rounded = int(exact + Fraction(1, 2))
            return -rounded if quantity < 0 else rounded
    return None


@lru_cache(maxsize=16_384)
def show(quantity: int | None, unit: str = "") -> str:
    """Millionths as people read them: ``12.5 kg``; 未知 where there is none."""
    if quantity is None:
        return "未知"
    sign = "-" if quantity < 0 else ""
    whole, rest = divmod(abs(quantity), MICRO)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(whole)
    return f"{sign}{text} {_SHOWN.get(unit, unit)}".strip()


def number(quantity: int) -> int | float:
    """Millionths as a JSON number for an EPCIS document."""
    whole, rest = divmod(quantity, MICRO)
    return whole if rest == 0 else float(Decimal(quantity) / MICRO)


def micro(value: int | float | Decimal) -> int:
    """A JSON number of an EPCIS document as millionths, rounded half even at the sixth decimal."""
    return int((Decimal(str(value)) * MICRO).to_integral_value())
