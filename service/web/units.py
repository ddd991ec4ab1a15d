"""Units as forms offer and show them."""

from __future__ import annotations

from trace.quantity import MICRO, convert, show

UNITS: tuple[tuple[str, str], ...] = (
    ("KGM", "kg"),
    ("GRM", "g"),
    ("TNE", "吨"),
    ("LTR", "L"),
    ("MLT", "mL"),
    ("H87", "件（袋、盒、份）"),
)
"""Rec 20 code and what a select shows."""
NET_UNITS = tuple(pair for pair in UNITS if pair[0] in ("KGM", "GRM", "LTR", "MLT"))
SHORT = {code: text.partition("（")[0] for code, text in UNITS} | {"MGM": "mg"}
FAMILIES = {"KGM": ("KGM", "GRM", "TNE"), "LTR": ("LTR", "MLT"), "H87": ("H87",)}
_SMALLER = {"KGM": "GRM", "LTR": "MLT"}
_SMALL = MICRO // 10


def units_of(base: str) -> tuple[tuple[str, str], ...]:
    """The units that convert to a base unit, for a select."""
    return tuple((code, SHORT[code]) for code in FAMILIES.get(base, (base,)))


def digits(quantity: int | None) -> str:
    """Millionths as a form field shows them: ``12.5``; '' for None."""
    return "" if quantity is None else show(quantity)


def readable(quantity: int, unit: str) -> tuple[str, str]:
    """An amount in the unit a person would weigh it in: below 0.1 kg or L in g or mL. Digits and Rec 20 code."""
    smaller = _SMALLER.get(unit)
    if smaller is not None and 0 < quantity < _SMALL:
        return digits(convert(quantity, unit, smaller)), smaller
    return digits(quantity), unit
