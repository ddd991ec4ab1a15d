"""What a laboratory wrote, as something that can be compared: numbers five ways, 未检出, 检出, <0.05.

The text as written is kept beside the parsed value and is what a finding shows; nothing is rounded
(GB/T 8170 full-value comparison, SEM-4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache

from trace.standards.vocabulary.text import fold

MAX_DIGITS = 24
_NUMBER = re.compile(
    r"^(?P<sign>[<>≤≥]=?|小于|大于)?(?P<value>[+-]?\d+(?:\.\d*)?|[+-]?\.\d+)"
    r"(?:[eE](?P<e>[+-]?\d{1,3})|[×xX*·]10\^?(?P<power>[+-]?\d{1,2}))?$"
)
_BARE_POWER = re.compile(r"^(?P<sign>[<>≤≥]=?|小于|大于)?10\^(?P<power>[+-]?\d{1,2})$")
_UNIT_TAIL = re.compile(
    r"^(?P<number>.*?[\d)出性])(?P<unit>(?:CFU|MPN|个|m?g|kg|µg|ug|ng|%|℃|°C|pH|倍|ppm|ppb|毫克|微克|克)[^\d,;，；、]*"
    r"(?:/?\d*(?:g|kg|mL|L|cm\^?2)(?:\(m?L\))?)?|/\d+(?:g|mL|cm\^?2)(?:\(mL\))?)$",
    re.IGNORECASE,
)
_APART = re.compile(r"[0-9０-９⁰¹²³⁴-⁹]\s+[0-9０-９⁰¹²³⁴-⁹]")
_NOT_DETECTED = {"未检出", "nd", "n.d.", "n.d", "阴性", "notdetected", "negative", "0/25g", "0/25ml", "0/25g(ml)"}
_DETECTED = {"检出", "阳性", "detected", "positive"}
_STATED = {"符合", "符合要求", "符合商业无菌", "商业无菌"}
_STATED_NOT = {"不符合", "不符合要求", "不符合商业无菌", "非商业无菌"}


class Sort(Enum):
    """The forms a reading takes."""

    EXACT = "exact"
    BELOW = "below"
    ABOVE = "above"
    DETECTED = "detected"
    NOT_DETECTED = "not_detected"
    CONFORMS = "conforms"
    DEVIATES = "deviates"


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample's result. ``value`` is None for bare 检出 / 未检出; ``unit_text`` is a unit written with it."""

    text: str
    sort: Sort
    value: Decimal | None = None
    unit_text: str = ""


class BadReading(ValueError):
    """A result that is neither a number nor a known word; ``code`` says what is wrong with it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def parse_number(text: str) -> Decimal:
    """A plain number as written (10⁵, 10^5, 1×10⁵, 1E5, full-width digits). Raises BadReading."""
    reading = _parse_one(text)
    if reading.sort is not Sort.EXACT or reading.value is None:
        raise BadReading("not_a_number", f"“{text}”不是一个数")
    return reading.value


@lru_cache(maxsize=4096)
def parse_readings(text: str) -> tuple[Reading, ...]:
    """The results in one text: usually one, several when a bulletin lists five samples in a line."""
    if _APART.search(text):
        raise BadReading(
            "ambiguous_space", f"“{text[:60]}”的数字中间有空格：几个结果请逐个填写，十的幂请写成 10^5 的样子"
        )
    key = fold(text)
    if not key:
        raise BadReading("required", "检验结果是空的")
    if len(key) > 400:
        raise BadReading("too_long", "检验结果太长")
    body, unit = _split_unit(key)
    pieces = _split_samples(body)
    if len(pieces) == 1:
        return (_parse_one(text, unit),)
    return tuple(_parse_one(piece, unit) for piece in pieces)


def _split_unit(key: str) -> tuple[str, str]:
    if key.lower() in _NOT_DETECTED or key.lower() in _DETECTED:
        return key, ""
    found = _UNIT_TAIL.match(key)
    if found:
        return found["number"], found["unit"]
    return key, ""


def _split_samples(body: str) -> list[str]:
    pieces = [piece for piece in re.split(r"[;、]", body) if piece]
    if len(pieces) > 1:
        return pieces
    if body.count("/") >= 2:
        return [piece for piece in body.split("/") if piece]
    commas = body.split(",")
    if len(commas) > 1:
        if all(re.fullmatch(r"\d{3}(?:\.\d+)?", piece) for piece in commas[1:]) and re.fullmatch(r"\d{1,3}", commas[0]):
            raise BadReading("ambiguous_comma", f"“{body}”里的逗号可能是千位分隔，也可能隔开几个样品，请逐个填写")
        return [piece for piece in commas if piece]
    return [body]


def _parse_one(text: str, unit: str = "") -> Reading:
    key, own_unit = _split_unit(fold(text))
    unit = own_unit or unit
    word = key.lower()
    whole = (word + own_unit).lower()
    if word in _NOT_DETECTED or whole in _NOT_DETECTED:
        return Reading(text, Sort.NOT_DETECTED, None, unit)
    if word in _DETECTED:
        return Reading(text, Sort.DETECTED, None, unit)
    if word in _STATED or word in _STATED_NOT:
        return Reading(text, Sort.CONFORMS if word in _STATED else Sort.DEVIATES, None, unit)
    found = _NUMBER.match(key)
    bare = None if found else _BARE_POWER.match(key)
    if found is None and bare is None:
        raise BadReading("not_a_number", f"“{text}”不是检验结果：请填数值，或“未检出”“检出”“符合”“<0.05”")
    if found is not None:
        digits, sign = found["value"], found["sign"]
        exponent = int(found["e"] or found["power"] or 0)
    else:
        assert bare is not None
        digits, sign, exponent = "1", bare["sign"], int(bare["power"])
    if len(digits) > MAX_DIGITS or abs(exponent) > MAX_DIGITS:
        raise BadReading("out_of_range", f"“{text}”的位数过多，不像检验结果")
    try:
        value = Decimal(digits).scaleb(exponent)
    except InvalidOperation as error:
        raise BadReading("not_a_number", f"“{text}”不是一个数") from error
    if sign in ("<", "小于", "≤", "<=", "≤="):
        return Reading(text, Sort.BELOW, value, unit)
    if sign in (">", "大于", "≥", ">=", "≥="):
        return Reading(text, Sort.ABOVE, value, unit)
    return Reading(text, Sort.EXACT, value, unit)
