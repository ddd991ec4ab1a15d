"""The dictionary of test parameters: how bulletins and reports write them, and what that means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trace.standards.vocabulary.text import name_key, trailing_bracket

_AS = re.compile(r"^以.+计$")
_DRY = ("干重计", "以干重计", "干基计", "以干基计")
_SALT = re.compile(r"及其(?:钠盐|钾盐|钙盐|钠盐、钙盐|钠盐和钾盐|盐)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One test parameter for forms and clauses.

    ``units`` are the units a form offers, the default first; ``lowest``/``highest`` the range outside
    which a value is impossible; ``samples`` the usual number of sample units;
    ``fine_enough`` the highest limit of detection, in the first unit, at which 未检出 still says that a
    forbidden substance is not there; ``parts`` are the spellings that name one substance of a group limited together.
    """

    id: str
    name: str
    family: str
    units: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    expressed_as: tuple[str, ...] = ()
    lowest: Decimal = Decimal(0)
    highest: Decimal | None = None
    samples: int = 1
    fine_enough: Decimal | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter name as written, understood. ``parameter`` is None when the dictionary lacks it."""

    written: str
    parameter: Parameter | None
    basis: str = ""
    foreign_basis: str = ""


class Dictionary:
    """Looks names up; every answer is remembered, since names repeat by the thousand."""

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self.parameters = parameters
        self._by_key: dict[str, Parameter] = {}
        self._seen: dict[str, Named] = {}
        for parameter in parameters:
            for spelling in (parameter.name, parameter.id, *parameter.also):
                self._by_key[name_key(spelling)] = parameter

    def find(self, written: str) -> Named:
        """What a name means: brackets, salts and “以…计” taken off, dry weight and foreign bases kept."""
        known = self._seen.get(written)
        if known is None:
            known = self._look_up(written)
            if len(self._seen) < 5000:
                self._seen[written] = known
        return known

    def _look_up(self, written: str) -> Named:
        key = name_key(written).replace("^", "")
        basis = foreign = ""
        remarks: list[str] = []
        while True:
            parameter = self._by_key.get(key) or self._by_key.get(_SALT.sub("", key))
            if parameter is not None:
                break
            shorter, bracket = trailing_bracket(key)
            if not bracket or not shorter:
                return Named(written, None)
            remarks.append(bracket)
            key = shorter
        allowed = {name_key(text).replace("^", "") for text in parameter.expressed_as}
        for remark in remarks:
            plain = remark.replace("⁻", "-").replace("−", "-")
            if plain in _DRY:
                basis = "干重计"
            elif plain == "以固态产品计":
                basis = plain
            elif _AS.match(plain) and allowed and plain not in allowed:
                foreign = plain
        return Named(written, parameter, basis, foreign)


def build_dictionary(data: dict[str, Any]) -> Dictionary:
    """Compile ``parameters.yaml``."""
    made = []
    for row in data["parameters"]:
        low, high = row.get("range", (Decimal(0), None))
        made.append(
            Parameter(
                id=row["id"],
                name=row["name"],
                family=row["family"],
                units=tuple(row.get("units", ())),
                also=tuple(row.get("also", ())),
                expressed_as=tuple(row.get("expressed_as", ())),
                lowest=Decimal(low),
                highest=None if high is None else Decimal(high),
                samples=int(row.get("samples", 1)),
                parts=tuple(row.get("parts", ())),
                fine_enough=Decimal(str(row["lod"])) if "lod" in row else None,
            )
        )
    return Dictionary(tuple(made))
