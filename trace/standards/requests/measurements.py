"""Measurements of a request: numbers as written, units known, ranges possible."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trace.standards.book import Rulebook
from trace.standards.models import Measurement
from trace.standards.requests.form import MAX_ERRORS, Form, as_text
from trace.standards.vocabulary.readings import BadReading, Reading, parse_number, parse_readings
from trace.standards.vocabulary.text import name_key, without_brackets
from trace.standards.vocabulary.units import EXACT, Unit

MAX_MEASUREMENTS = 1000
MAX_VALUES = 100
MAX_RESULTS = 5000
"""Over all measurements of a request: five samples of each of a thousand."""
_LOGARITHM = re.compile(r"(?:lg|log)(?:10)?\s*\(?(?:cfu|mpn)")
_UNITLESS = ("pH", "比值")


def measurements(form: Form, book: Rulebook, data: Mapping[str, Any]) -> tuple[Measurement, ...]:
    """All measurements of a request. What is too much to judge, or wrong throughout, is refused without being read."""
    made: list[Measurement] = []
    rows = form.rows(data, "measurements", "", MAX_MEASUREMENTS)
    left = MAX_RESULTS - sum(len(given) for _, row in rows if isinstance(given := row.get("values"), list))
    for at, row in rows if left >= 0 else ():
        if len(form.errors) >= MAX_ERRORS:
            break
        one = measurement(form, book, at, row)
        if one is not None:
            made.append(one)
            left -= max(0, len(one.readings) - len(one.values))
    if left < 0:
        detail = f"检验结果一次最多 {MAX_RESULTS} 个，请分批提交"
        form.wrong("/measurements", "too_many", detail, f"at most {MAX_RESULTS} results in a request")
    return tuple(made)


def measurement(form: Form, book: Rulebook, at: str, row: Mapping[str, Any]) -> Measurement | None:
    before = len(form.errors)
    name = form.text(row, "parameter", at, required=True)
    unit_text = form.text(row, "unit", at, most=40)
    unit = book.units.find(unit_text) if unit_text else None
    if unit_text and unit is None:
        form.wrong(f"{at}/unit", "unknown_unit", f"不认识单位“{unit_text}”", f"unknown unit {unit_text!r}")
    unit_text, unit = _unit_in_name(form, book, at, name, unit_text, unit)
    parameter = book.dictionary.find(name).parameter if name else None
    if not unit_text and parameter and len(parameter.units) == 1 and parameter.units[0] in _UNITLESS:
        unit_text, unit = parameter.units[0], book.units.find(parameter.units[0])
    values, readings, units = _values(form, book, at, row, unit_text, unit)
    lowest = parameter.lowest if parameter else Decimal(0)
    highest = parameter.highest if parameter else None
    for pointer, reading, own in zip(_pointers(at, row, readings), readings, units, strict=True):
        _check_range(form, pointer, name, reading, own or unit, lowest, highest)
    lod = _lod(form, at, row)
    method = form.text(row, "method", at) or None
    if len(form.errors) > before:
        return None
    return Measurement(name, values, readings, units, unit_text, unit, lod, method)


def _unit_in_name(
    form: Form, book: Rulebook, at: str, name: str, unit_text: str, unit: Unit | None
) -> tuple[str, Unit | None]:
    """A unit written in the name's brackets (山梨酸(g/kg)) counts where none is given, and must not contradict one."""
    for remark in without_brackets(name_key(name))[1]:
        if _LOGARITHM.match(remark):
            detail = f"“{name}”是对数值，请换算成原值再填（lg 4.0 是 10^4）"
            form.wrong(f"{at}/parameter", "logarithm", detail, "give the count itself, not its logarithm")
        named = book.units.find(remark)
        if named is None or named is unit:
            continue
        if unit is not None:
            detail = f"“{name}”写的单位是 {named.name}，unit 填的是 {unit_text}，请核对"
            form.wrong(f"{at}/unit", "contradiction", detail, "the unit contradicts the one in the parameter's name")
        elif not unit_text:
            unit_text, unit = named.name, named
    return unit_text, unit


def _pointers(at: str, row: Mapping[str, Any], readings: tuple[Reading, ...]) -> list[str]:
    given = row.get("values")
    if isinstance(given, list) and len(given) == len(readings):
        return [f"{at}/values/{place}" for place in range(len(readings))]
    return [f"{at}/values"] * len(readings)


def _values(
    form: Form, book: Rulebook, at: str, row: Mapping[str, Any], unit_text: str, unit: Unit | None
) -> tuple[tuple[str, ...], tuple[Reading, ...], tuple[Unit | None, ...]]:
    given = row.get("values")
    pointer = f"{at}/values"
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or not given:
        form.wrong(pointer, "required", "缺少检验结果 values（至少一个）", "values needs at least one result")
        return (), (), ()
    if len(given) > MAX_VALUES:
        form.wrong(pointer, "too_many", f"一个项目最多 {MAX_VALUES} 个结果", f"at most {MAX_VALUES} values")
        return (), (), ()
    values: list[str] = []
    readings: list[Reading] = []
    units: list[Unit | None] = []
    for place, one in enumerate(given):
        where = f"{pointer}/{place}"
        if isinstance(one, bool) or not isinstance(one, str | int | float | Decimal):
            form.wrong(where, "not_text", "检验结果应为文字或数", "a value must be a string")
            continue
        if isinstance(one, float) and not math.isfinite(one):
            form.wrong(where, "not_a_number", "检验结果不是有限的数", "a value must be a finite number")
            continue
        try:
            written = as_text(one)
            parsed = parse_readings(written)
        except BadReading as error:
            form.wrong(where, error.code, str(error), "this is not a test result")
            continue
        values.append(written)
        for reading in parsed:
            own = book.units.find(reading.unit_text) if reading.unit_text else None
            if reading.unit_text and own is None:
                form.wrong(
                    where, "unknown_unit", f"不认识单位“{reading.unit_text}”", f"unknown unit {reading.unit_text!r}"
                )
            if reading.value is not None and not reading.unit_text and not unit_text:
                form.wrong(f"{at}/unit", "required", f"“{written}”没有单位", "unit is required for a number")
            readings.append(reading)
            units.append(own)
    if len(readings) > MAX_VALUES:
        form.wrong(pointer, "too_many", f"一个项目最多 {MAX_VALUES} 个结果", f"at most {MAX_VALUES} values")
    return tuple(values), tuple(readings), tuple(units)


def _check_range(
    form: Form, at: str, name: str, reading: Reading, unit: Unit | None, lowest: Decimal, highest: Decimal | None
) -> None:
    value = reading.value
    if value is None:
        return
    if value < lowest or (reading.text and value.is_signed() and value != 0 and lowest >= 0):
        form.wrong(
            at, "out_of_range", f"{name}的结果“{reading.text}”不可能小于 {lowest}", "the value is impossibly low"
        )
    elif highest is not None and value > highest:
        form.wrong(
            at, "out_of_range", f"{name}的结果“{reading.text}”不可能大于 {highest}", "the value is impossibly high"
        )
    elif unit is not None and unit.dimension == "质量分数" and EXACT.multiply(value, unit.size) > 1:
        form.wrong(
            at, "out_of_range", f"{name}的结果“{reading.text} {unit.name}”超过样品本身", "more than the sample itself"
        )
    elif unit is not None and unit.dimension == "温度" and value < Decimal("-273.15"):
        form.wrong(at, "out_of_range", f"{name}的结果“{reading.text}”低于绝对零度", "below absolute zero")


def _lod(form: Form, at: str, row: Mapping[str, Any]) -> Decimal | None:
    given = row.get("lod")
    if given is None or given == "":
        return None
    pointer = f"{at}/lod"
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        form.wrong(pointer, "not_a_number", "检出限应为数", "lod must be a number")
        return None
    try:
        value = parse_number(as_text(given))
    except BadReading as error:
        form.wrong(pointer, error.code, f"检出限{error}", "lod must be a number")
        return None
    if value <= 0:
        form.wrong(pointer, "out_of_range", "检出限应大于 0", "lod must be positive")
        return None
    return value
