"""JSON in and out for ``POST /api/v1/standards/evaluate``: every wrong field named, nothing guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from trace.errors import FieldError, InvalidInput
from trace.standards.book import Rulebook
from trace.standards.clauses import MAKERS
from trace.standards.loading import load_book
from trace.standards.models import (
    NOTICE,
    BatchFacts,
    Evaluation,
    Finding,
    InputLot,
    Licence,
    Measurement,
    Paper,
    Product,
    Report,
)
from trace.standards.readings import BadReading, Reading, parse_number, parse_readings
from trace.standards.text import fold
from trace.standards.units import EXACT, Unit

MAX_MEASUREMENTS = 1000
MAX_VALUES = 100
REPORT_KINDS = ("出厂自检", "委托", "型式", "监督抽检", "快检")
_STAGE_WORDS = (
    ("田", ("田", "种植", "养殖", "field", "farm")),
    ("餐", ("餐饮", "餐", "catering")),
    ("市", ("市", "流通", "销售", "批发", "零售", "market", "retail")),
    ("配", ("配送", "仓储", "冷链", "运输", "配", "logistics", "distribution")),
    ("加", ("加工", "生产", "屠宰", "加", "processing", "production", "manufactur", "slaughter")),
    ("桌", ("桌", "消费", "consumer", "table")),
)
_STORAGE_WORDS = (
    ("冷冻", ("冻", "frozen", "freez")),
    ("冷藏", ("冷藏", "藏", "chill", "refrigerat")),
    ("常温", ("常温", "室温", "阴凉", "干燥", "通风", "避光", "ambient", "room")),
)
_DEEP_FROZEN = re.compile(r"(?<!\d)[-−]18")
_MAKER_WORDS = {**{kind: kind for kind in MAKERS}, **{text: kind for kind, text in MAKERS.items()}}


class _Form:
    """Collects field errors while a body is read; raises them all together."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, pointer: str, code: str, detail: str, detail_en: str) -> None:
        if len(self.errors) < 100:
            self.errors.append(FieldError(pointer, code, detail, detail_en))

    def text(self, row: Mapping[str, Any], key: str, at: str, *, required: bool = False, most: int = 200) -> str:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少 {key}", f"{key} is required")
            return ""
        if not isinstance(value, str):
            self.wrong(pointer, "not_text", f"{key} 应为文字", f"{key} must be a string")
            return ""
        if len(value) > most:
            self.wrong(pointer, "too_long", f"{key} 超过 {most} 字", f"{key} is longer than {most} characters")
            return ""
        if required and not value.strip():
            self.wrong(pointer, "required", f"缺少 {key}", f"{key} is required")
        return value.strip()

    def flag(self, row: Mapping[str, Any], key: str, at: str) -> bool | None:
        value = row.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.wrong(f"{at}/{key}", "not_boolean", f"{key} 应为 true 或 false", f"{key} must be true or false")
        return None

    def day(self, row: Mapping[str, Any], key: str, at: str, *, required: bool = False) -> date | None:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None or value == "":
            if required:
                self.wrong(pointer, "required", f"缺少日期 {key}（年-月-日）", f"{key} is required (YYYY-MM-DD)")
            return None
        if isinstance(value, str) and len(value) == 10:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.wrong(pointer, "bad_date", f"“{value}”不是日期，应写成 2026-09-02 的样子", f"{key} must be YYYY-MM-DD")
        return None

    def rows(self, row: Mapping[str, Any], key: str, at: str, most: int) -> list[tuple[str, Mapping[str, Any]]]:
        value = row.get(key)
        pointer = f"{at}/{key}"
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(pointer, "not_a_list", f"{key} 应为列表", f"{key} must be a list")
            return []
        if len(value) > most:
            self.wrong(pointer, "too_many", f"{key} 最多 {most} 项，现有 {len(value)} 项", f"at most {most} {key}")
            return []
        good = []
        for place, one in enumerate(value):
            if isinstance(one, Mapping):
                good.append((f"{pointer}/{place}", one))
            else:
                self.wrong(f"{pointer}/{place}", "not_an_object", f"{key} 的每一项应为对象", "must be an object")
        return good

    def texts(self, row: Mapping[str, Any], key: str, at: str) -> tuple[str, ...] | None:
        value = row.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > 500:
            self.wrong(f"{at}/{key}", "not_a_list", f"{key} 应为文字的列表", f"{key} must be a list of strings")
            return None
        if any(len(one) > 200 for one in value):
            self.wrong(f"{at}/{key}", "too_long", f"{key} 有一项超过 200 字", f"an entry of {key} is too long")
            return None
        return tuple(value)


def _word(text: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> str | None:
    low = fold(text).lower()
    return next((meaning for meaning, words in table if any(word in low for word in words)), None)


def facts_from_request(data: Any, book: Rulebook | None = None, today: date | None = None) -> BatchFacts:
    """A request body as facts. ``maker``, ``inputs`` and ``reports`` absent mean not asked.

    Raises InvalidInput with a JSON pointer for every wrong field. ``today`` refuses a production date
    after it.
    """
    book = book or load_book()
    form = _Form()
    if not isinstance(data, Mapping):
        raise InvalidInput.of("", "not_an_object", "请求应为 JSON 对象", "the body must be a JSON object")
    product = _product(form, data)
    produced_on = form.day(data, "produced_on", "", required=True)
    if produced_on and today and produced_on > today:
        form.wrong("/produced_on", "future_date", f"生产日期 {produced_on} 在今天之后", "produced_on is in the future")
    stage_text = form.text(data, "stage", "")
    stage = _word(stage_text, _STAGE_WORDS) if stage_text else None
    if stage_text and stage is None:
        form.wrong("/stage", "unknown_value", f"不认识环节“{stage_text}”，可填 田、市、加、配、餐、桌", "unknown stage")
    measurements = [
        _measurement(form, book, at, row) for at, row in form.rows(data, "measurements", "", MAX_MEASUREMENTS)
    ]
    maker = inputs = reports = None
    if data.get("maker") is not None:
        maker = tuple(made for at, row in form.rows(data, "maker", "", 20) if (made := _licence(form, at, row)))
    if data.get("inputs") is not None:
        inputs = tuple(_input(form, at, row) for at, row in form.rows(data, "inputs", "", 500))
    if data.get("reports") is not None:
        reports = tuple(_report(form, at, row) for at, row in form.rows(data, "reports", "", 100))
    lot = form.text(data, "lot", "")
    if form.errors:
        first = form.errors[0]
        raise InvalidInput(first.detail, first.detail_en, errors=form.errors)
    assert produced_on is not None
    good = tuple(one for one in measurements if one is not None)
    return BatchFacts(product, produced_on, good, stage, lot, maker, inputs, reports)


def _product(form: _Form, data: Mapping[str, Any]) -> Product:
    row = data.get("product")
    if not isinstance(row, Mapping):
        form.wrong("/product", "required", "缺少 product（产品名称、类别……）", "product is required")
        return Product("")
    at = "/product"
    days = row.get("shelf_life_days")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 0 < days < 40_000):
        form.wrong(f"{at}/shelf_life_days", "out_of_range", "保质期应为天数（正整数）", "must be a positive integer")
        days = None
    heating = row.get("heating")
    if heating is not None:
        form.text(row, "heating", at, most=500)
    return Product(
        name=form.text(row, "name", at, required=True),
        category=form.text(row, "category", at, most=1000) or None,
        processing=form.text(row, "processing", at) or None,
        ready_to_eat=form.flag(row, "ready_to_eat", at),
        storage=_storage(form, row, at),
        prepackaged=form.flag(row, "prepackaged", at),
        sc_category=form.text(row, "sc_category", at) or None,
        executed_standard=form.text(row, "executed_standard", at) or None,
        shelf_life_days=days,
        ingredients=form.texts(row, "ingredients", at),
        central_kitchen=form.flag(row, "central_kitchen", at),
        heating=heating if isinstance(heating, str) else None,
    )


def _storage(form: _Form, row: Mapping[str, Any], at: str) -> str | None:
    text = form.text(row, "storage", at)
    if not text:
        return None
    found = "冷冻" if _DEEP_FROZEN.search(fold(text)) else _word(text, _STORAGE_WORDS)
    if found is None:
        form.wrong(
            f"{at}/storage",
            "unknown_value",
            f"不认识储存方式“{text}”，可填 常温、冷藏、冷冻",
            f"unknown storage {text!r}: use 常温, 冷藏 or 冷冻",
        )
    return found


def _measurement(form: _Form, book: Rulebook, at: str, row: Mapping[str, Any]) -> Measurement | None:
    before = len(form.errors)
    name = form.text(row, "parameter", at, required=True)
    unit_text = form.text(row, "unit", at, most=40)
    unit = book.units.find(unit_text) if unit_text else None
    if unit_text and unit is None:
        form.wrong(f"{at}/unit", "unknown_unit", f"不认识单位“{unit_text}”", f"unknown unit {unit_text!r}")
    parameter = book.dictionary.find(name).parameter if name else None
    if not unit_text and parameter and len(parameter.units) == 1 and parameter.units[0] == "pH":
        unit_text, unit = "pH", book.units.find("pH")
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


def _pointers(at: str, row: Mapping[str, Any], readings: tuple[Reading, ...]) -> list[str]:
    given = row.get("values")
    if isinstance(given, list) and len(given) == len(readings):
        return [f"{at}/values/{place}" for place in range(len(readings))]
    return [f"{at}/values"] * len(readings)


def _values(
    form: _Form, book: Rulebook, at: str, row: Mapping[str, Any], unit_text: str, unit: Unit | None
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
        written = one if isinstance(one, str) else str(one)
        values.append(written)
        try:
            parsed = parse_readings(written)
        except BadReading as error:
            form.wrong(where, error.code, str(error), f"{written[:60]!r} is not a test result")
            continue
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
    form: _Form, at: str, name: str, reading: Reading, unit: Unit | None, lowest: Decimal, highest: Decimal | None
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


def _lod(form: _Form, at: str, row: Mapping[str, Any]) -> Decimal | None:
    given = row.get("lod")
    if given is None or given == "":
        return None
    pointer = f"{at}/lod"
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        form.wrong(pointer, "not_a_number", "检出限应为数", "lod must be a number")
        return None
    try:
        value = parse_number(str(given))
    except BadReading as error:
        form.wrong(pointer, error.code, f"检出限{error}", "lod must be a number")
        return None
    if value <= 0:
        form.wrong(pointer, "out_of_range", "检出限应大于 0", "lod must be positive")
        return None
    return value


def _licence(form: _Form, at: str, row: Mapping[str, Any]) -> Licence | None:
    kind = _choice(form, at, row, "kind", _MAKER_WORDS.get)
    if kind is None:
        return None
    return Licence(
        kind, form.text(row, "number", at), form.day(row, "valid_from", at), form.day(row, "valid_to", at),
        form.texts(row, "sc_categories", at) or (),
    )  # fmt: skip


def _input(form: _Form, at: str, row: Mapping[str, Any]) -> InputLot:
    papers = tuple(
        Paper(
            form.text(paper, "kind", where, required=True), form.text(paper, "number", where),
            form.day(paper, "valid_from", where), form.day(paper, "valid_to", where),
        )
        for where, paper in form.rows(row, "documents", at, 50)
    )  # fmt: skip
    return InputLot(
        form.text(row, "name", at, required=True), form.text(row, "quantity", at), form.text(row, "lot_or_date", at),
        form.text(row, "supplier", at), form.day(row, "received_on", at), papers,
    )  # fmt: skip


def _report(form: _Form, at: str, row: Mapping[str, Any]) -> Report:
    kind = _choice(form, at, row, "kind", lambda text: text if text in REPORT_KINDS else None)
    return Report(
        kind or "", form.text(row, "number", at), form.text(row, "laboratory", at), form.text(row, "cma", at),
        form.day(row, "issued_on", at), form.day(row, "valid_to", at), form.text(row, "lot", at),
        form.text(row, "executed_standard", at), form.text(row, "conclusion", at),
        form.texts(row, "parameters", at) or (),
    )  # fmt: skip


def _choice(form: _Form, at: str, row: Mapping[str, Any], key: str, find: Callable[[str], str | None]) -> str | None:
    text = form.text(row, key, at, required=True)
    found = find(text) if text else None
    if text and found is None:
        form.wrong(f"{at}/{key}", "unknown_value", f"不认识“{text}”", f"unknown {key}")
    return found


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The answer in the shape of design section 5, every finding with its source and one Chinese sentence."""
    return {
        "verdict": evaluation.verdict,
        "notice": NOTICE,
        "rulebook": evaluation.rulebook,
        "product": {
            "name": evaluation.name,
            "category": evaluation.category,
            "category_reason": evaluation.category_why,
            "types": list(evaluation.types),
            "classification": [
                {"label": one.label, "answer": one.answer, "rule": one.rule, "reason": one.why}
                for one in evaluation.classification
            ],
        },
        "findings": [_finding_to_json(finding) for finding in evaluation.findings],
        "notes": list(evaluation.notes),
    }


def _finding_to_json(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {
        "status": finding.status,
        "standard": finding.standard,
        "edition": finding.edition,
        "clause": finding.clause,
        "clause_id": finding.clause_id,
        "parameter": finding.parameter,
        "value": finding.value,
        "limit": finding.limit,
        "unit": finding.unit,
        "source": finding.source,
        "confidence": finding.confidence,
        "evidence": list(finding.evidence),
        "reason": finding.reason,
    }
    if finding.measurement is not None:
        made["measurement"] = finding.measurement
    return made
