"""One spelling for names and numbers that bulletins, labels and laboratories write in many ways (SEM-12)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(r"(?<=10)[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_SPACE = re.compile(r"\s+")
_BRACKETS = str.maketrans({"[": "(", "]": ")", "【": "(", "】": ")", "〔": "(", "〕": ")", "{": "(", "}": ")"})


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Half width, one µ, no white space: for comparing, never for showing.

    Powers of ten keep their meaning: 10⁵ becomes 10^5 before NFKC would make it 105.
    """
    text = _POWER.sub(lambda found: "^" + found.group().translate(SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub("", text).replace("μ", "µ")


@lru_cache(maxsize=16_384)
def name_key(text: str) -> str:
    """The spelling under which a category, parameter or kind is looked up: all brackets round, lower case."""
    return fold(text).translate(_BRACKETS).lower()


def split_top(text: str, separators: str) -> list[str]:
    """Split at separators that stand outside brackets; empty pieces are dropped."""
    pieces: list[str] = []
    depth = 0
    start = 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and sign in separators:
            pieces.append(text[start:place])
            start = place + 1
    pieces.append(text[start:])
    return [piece for piece in pieces if piece]


def trailing_bracket(key: str) -> tuple[str, str]:
    """``"肉制品(内脏制品除外)"`` as ``("肉制品", "内脏制品除外")``; no trailing bracket gives ``(key, "")``."""
    if not key.endswith(")"):
        return key, ""
    depth = 0
    for place in range(len(key) - 1, -1, -1):
        if key[place] == ")":
            depth += 1
        elif key[place] == "(":
            depth -= 1
            if depth == 0:
                return key[:place], key[place + 1 : -1]
    return key, ""


def without_brackets(key: str) -> tuple[str, list[str]]:
    """A name without its brackets, and what stood in them."""
    inside: list[str] = []
    outside: list[str] = []
    depth = 0
    current: list[str] = []
    for sign in key:
        if sign == "(":
            if depth:
                current.append(sign)
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            if depth:
                current.append(sign)
            else:
                inside.append("".join(current))
                current = []
        elif depth:
            current.append(sign)
        else:
            outside.append(sign)
    if current:
        inside.append("".join(current))
    return "".join(outside), inside
