"""Units as people write them in the chain, and what each is counted in. Amounts of different bases are never added."""

from __future__ import annotations

from decimal import Decimal

_MANY = Decimal(10_000)
UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("kg", Decimal(1)),
    "g": ("kg", Decimal("0.001")),
    "千克": ("kg", Decimal(1)),
    "公斤": ("kg", Decimal(1)),
    "吨": ("kg", Decimal(1000)),
    "万吨": ("kg", 1000 * _MANY),
    "L": ("L", Decimal(1)),
    "升": ("L", Decimal(1)),
    "件": ("件", Decimal(1)),
    "万件": ("件", _MANY),
    "份": ("份", Decimal(1)),
    "万份": ("份", _MANY),
    "亩": ("亩", Decimal(1)),
    "万亩": ("亩", _MANY),
    "头": ("头", Decimal(1)),
    "万头": ("头", _MANY),
    "只": ("只", Decimal(1)),
    "万只": ("只", _MANY),
    "羽": ("羽", Decimal(1)),
    "万羽": ("羽", _MANY),
    "尾": ("尾", Decimal(1)),
    "万尾": ("尾", _MANY),
    "立方米": ("立方米", Decimal(1)),
    "平方米": ("平方米", Decimal(1)),
    "台": ("台", Decimal(1)),
    "套": ("套", Decimal(1)),
    "辆": ("辆", Decimal(1)),
    "车次": ("车次", Decimal(1)),
    "批次": ("批次", Decimal(1)),
    "笔": ("笔", Decimal(1)),
    "人": ("人", Decimal(1)),
    "人次": ("人次", Decimal(1)),
    "万元": ("元", _MANY),
    "亿元": ("元", _MANY * _MANY),
}
"""Unit → (base, how many of the base one is)."""
BASE_SIZES = ("亩", "万亩", "头", "万头", "只", "万只", "羽", "万羽")
"""What the size of a supply base is given in."""

WEIGHTS = tuple(unit for unit, (base, _) in UNITS.items() if base == "kg")
"""What the yearly volume of a product family is given in."""


def same_base(one: str, other: str) -> bool:
    """Whether two units can be added; a unit that is not in the table only adds to itself."""
    return UNITS.get(one, (one,))[0] == UNITS.get(other, (other,))[0]


def convert(value: Decimal, unit: str, to: str) -> Decimal | None:
    """``value`` in ``to``; None where the two do not convert."""
    if unit == to:
        return value
    here, there = UNITS.get(unit), UNITS.get(to)
    if here is None or there is None or here[0] != there[0]:
        return None
    found = value * here[1] / there[1]
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()
