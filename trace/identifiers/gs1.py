"""GS1 keys as printed on goods: GTIN, SSCC, GLN with their check digit, and lot and serial text.

Source: GS1 General Specifications, section 7.9 (check digit), 3.2 (AI 00, 01), 3.4 (AI 10), 3.5.2
(AI 21), 3.7.9 (AI 414) and figure 7.11-1 (the 82 characters of AI encodable character set 82);
GB 12904 and GB/T 16986 say the same for China.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

from trace.errors import InvalidInput

CHARSET_82 = frozenset(string.ascii_letters + string.digits + "!\"%&'()*+,-./:;<=>?_")
"""What a lot or serial may contain: no space, no Chinese, none of ``# $ @ [ ] ^ ` { | } ~ \\``."""

MAX_LOT = 20

_GTIN_LENGTHS = (8, 12, 13, 14)


@dataclass(frozen=True, slots=True)
class LotProblem:
    """Why a text cannot be a GS1 lot: ``code`` is lot_empty, lot_too_long, lot_characters or lot_dots."""

    code: str
    detail: str
    detail_en: str


def check_digit(body: str) -> str:
    """The digit that completes any GS1 key: weights 3, 1, 3, … from the right, modulo 10.

    ``body`` is the key's ASCII digits without the check digit.
    """
    total = sum((3 if place % 2 == 0 else 1) * int(digit) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def gtin_check_digit(body: str) -> str:
    """The check digit of a GTIN whose other 7, 11, 12 or 13 digits are ``body``."""
    if not _is_digits(body) or len(body) + 1 not in _GTIN_LENGTHS:
        raise InvalidInput.of(
            "/gtin", "gtin_length", f"计算商品条码校验码需要 7、11、12 或 13 位数字，收到“{show(body)}”",
            f"A GTIN body has 7, 11, 12 or 13 digits, not “{show(body)}”",
        )  # fmt: skip
    return check_digit(body)


def normalise_gtin(text: str, pointer: str = "/gtin") -> str:
    """GTIN-8, -12, -13 or -14 as the 14 digits under which the record keeps a trade item."""
    digits = text.strip()
    if not _is_digits(digits) or len(digits) not in _GTIN_LENGTHS:
        raise InvalidInput.of(
            pointer, "gtin_length", f"商品条码（GTIN）应为 8、12、13 或 14 位数字，收到“{show(text)}”",
            f"A GTIN has 8, 12, 13 or 14 digits, not “{show(text)}”",
        )  # fmt: skip
    if not digits.strip("0"):
        raise InvalidInput.of(
            pointer, "gtin_zero", f"商品条码（GTIN）不能全为 0，收到“{show(text)}”", "A GTIN cannot be all zeros"
        )
    _verify(digits, "商品条码（GTIN）", "GTIN", pointer)
    return digits.zfill(14)


def normalise_sscc(text: str, pointer: str = "/sscc") -> str:
    """The 18 digits of a logistic unit (case, pallet)."""
    return _fixed(text, 18, "物流单元代码（SSCC）", "SSCC", pointer)


def normalise_gln(text: str, pointer: str = "/gln") -> str:
    """The 13 digits of a place or party."""
    return _fixed(text, 13, "位置码（GLN）", "GLN", pointer)


def lot_problem(text: str) -> LotProblem | None:
    """Why a factory's code is not a GS1 lot, or None where it is one.

    Where it is not, the caller issues a short lot and keeps the factory's code as its alias. The
    lots ``.`` and ``..`` are refused too: every browser takes them out of an address.
    """
    value = text.strip()
    if not value:
        return LotProblem("lot_empty", "批号不能为空", "The lot is empty")
    odd = sorted(set(value) - CHARSET_82)
    if odd:
        seen = "".join(odd[:5])
        return LotProblem(
            "lot_characters",
            f"批号“{show(value)}”含有条码不允许的字符“{show(seen)}”（只能用英文字母、数字和 !\"%&'()*+,-./:;<=>?_）；"
            "可由平台发一个短批号，原批号作为别名保留",
            f"The lot “{show(value)}” contains “{show(seen)}”, which GS1 lots cannot; "
            "a short lot can be issued and this code kept as its alias",
        )
    if len(value) > MAX_LOT:
        return LotProblem(
            "lot_too_long",
            f"批号“{show(value)}”有 {len(value)} 个字符，最多 {MAX_LOT} 个；可由平台发一个短批号，原批号作为别名保留",
            f"The lot “{show(value)}” has {len(value)} characters, at most {MAX_LOT} are allowed; "
            "a short lot can be issued and this code kept as its alias",
        )
    if value in (".", ".."):
        return LotProblem("lot_dots", f"批号“{value}”无法写进网址，请换一个", f"The lot “{value}” cannot be an address")
    return None


def parse_lot(text: str, pointer: str = "/lot") -> str:
    """A lot of 1 to 20 characters of set 82, exactly as written (lots tell upper from lower case)."""
    problem = lot_problem(text)
    if problem is not None:
        raise InvalidInput.of(pointer, problem.code, problem.detail, problem.detail_en)
    return text.strip()


def parse_serial(text: str, pointer: str = "/serial") -> str:
    """A serial number (AI 21): the same grammar as a lot."""
    value = text.strip()
    if not 1 <= len(value) <= MAX_LOT or not CHARSET_82.issuperset(value) or value in (".", ".."):
        raise InvalidInput.of(
            pointer, "serial", f"序列号应为 1 至 {MAX_LOT} 个英文字母、数字或允许的符号，收到“{show(text)}”",
            f"A serial has 1 to {MAX_LOT} characters of GS1 set 82, not “{show(text)}”",
        )  # fmt: skip
    return value


def show(text: str, limit: int = 60) -> str:
    """A value quoted in a message: cut, and without what would break a log line or a UTF-8 answer."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def _fixed(text: str, length: int, name: str, name_en: str, pointer: str) -> str:
    digits = text.strip()
    if not _is_digits(digits) or len(digits) != length:
        raise InvalidInput.of(
            pointer, f"{name_en.lower()}_length", f"{name}应为 {length} 位数字，收到“{show(text)}”",
            f"{name_en} has {length} digits, not “{show(text)}”",
        )  # fmt: skip
    _verify(digits, name, name_en, pointer)
    return digits


def _verify(digits: str, name: str, name_en: str, pointer: str) -> None:
    expected = check_digit(digits[:-1])
    if digits[-1] != expected:
        raise InvalidInput.of(
            pointer, f"{name_en.lower()}_check_digit",
            f"{name}“{digits}”的校验码不对：末位应为 {expected}，现为 {digits[-1]}，请核对是否录错",
            f"{name_en} “{digits}” has a wrong check digit: expected {expected}, found {digits[-1]}",
        )  # fmt: skip


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
