"""A request body as facts for ``POST /api/v1/standards/evaluate``: strict, with a JSON pointer for each error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from trace.errors import InvalidInput
from trace.standards.book import Rulebook
from trace.standards.loading import load_book
from trace.standards.models import BatchFacts, Product
from trace.standards.requests import process
from trace.standards.requests.evidence import input_lot, licence, report
from trace.standards.requests.form import Form, word
from trace.standards.requests.label import label
from trace.standards.requests.measurements import measurements
from trace.standards.vocabulary.text import fold
from trace.standards.vocabulary.units import EXACT

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


def facts_from_request(data: Any, book: Rulebook | None = None, today: date | None = None) -> BatchFacts:
    """A request body as facts. An optional member that is absent is not asked (maker, records, label …).

    Raises InvalidInput with a JSON pointer for every wrong field. ``today`` refuses a production date
    after it.
    """
    book = book or load_book()
    form = Form(today)
    if not isinstance(data, Mapping):
        raise InvalidInput.of("", "not_an_object", "请求应为 JSON 对象", "the body must be a JSON object")
    product = _product(form, data)
    produced_on = form.day(data, "produced_on", "", required=True)
    if produced_on and today and produced_on > today:
        form.wrong("/produced_on", "future_date", f"生产日期 {produced_on} 在今天之后", "produced_on is in the future")
    stage_text = form.text(data, "stage", "")
    stage = word(stage_text, _STAGE_WORDS) if stage_text else None
    if stage_text and stage is None:
        form.wrong("/stage", "unknown_value", f"不认识环节“{stage_text}”，可填 田、市、加、配、餐、桌", "unknown stage")
    good = measurements(form, book, data)
    maker = inputs = reports = None
    if data.get("maker") is not None:
        maker = tuple(made for at, row in form.rows(data, "maker", "", 20) if (made := licence(form, at, row)))
    if data.get("inputs") is not None:
        inputs = tuple(input_lot(form, at, row) for at, row in form.rows(data, "inputs", "", 500))
    if data.get("reports") is not None:
        reports = tuple(report(form, at, row) for at, row in form.rows(data, "reports", "", 100))
    lot = form.text(data, "lot", "")
    kept, papers = process.records(form, book, data), process.documents(form, book, data)
    shown, series = label(form, data), process.temperatures(form, book, data)
    happened, recalled = process.events(form, book, data), process.recall(form, data)
    descent, any_stage = process.lineage(form, data), form.flag(data, "any_stage", "")
    if form.errors:
        first = form.errors[0]
        raise InvalidInput(first.detail, first.detail_en, errors=form.errors)
    assert produced_on is not None
    return BatchFacts(
        product, produced_on, good, stage, lot, maker, inputs, reports, kept, papers, shown, series, happened, recalled,
        descent, bool(any_stage),
    )  # fmt: skip


def _product(form: Form, data: Mapping[str, Any]) -> Product:
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
        concentration=_concentration(form, row, at),
    )


def _concentration(form: Form, row: Mapping[str, Any], at: str) -> Decimal | None:
    """Parts of fresh food in one part of the dried, from the water lost or from both moistures (per cent, by mass)."""
    lost = form.number(row, "dehydration", at, "0", "99.99")
    fresh = form.number(row, "moisture_fresh", at, "0", "99.99")
    dried = form.number(row, "moisture_dried", at, "0", "99.99")
    given = [key for key in ("moisture_fresh", "moisture_dried") if row.get(key) not in (None, "")]
    if len(given) == 1:
        lacking = "moisture_dried" if given == ["moisture_fresh"] else "moisture_fresh"
        form.wrong(f"{at}/{lacking}", "required", "鲜品和干品的水分要一起填（百分数）", "both moistures are needed")
    by_loss = None if lost is None else EXACT.divide(Decimal(100), 100 - lost)
    if fresh is None or dried is None:
        return by_loss
    if dried > fresh:
        detail = f"干品水分 {dried}% 高于鲜品水分 {fresh}%，前后颠倒"
        form.wrong(f"{at}/moisture_dried", "reversed", detail, "the dried food cannot be wetter")
        return None
    by_moisture = EXACT.divide(100 - dried, 100 - fresh)
    if by_loss is not None and abs(by_loss - by_moisture) > Decimal("0.1"):
        detail = f"脱水率 {lost}% 与水分 {fresh}%、{dried}% 算出的折算倍数不一致，只填一种"
        form.wrong(f"{at}/dehydration", "contradiction", detail, "dehydration and moistures disagree")
        return None
    return min(by_loss, by_moisture) if by_loss is not None else by_moisture


def _storage(form: Form, row: Mapping[str, Any], at: str) -> str | None:
    text = form.text(row, "storage", at)
    if not text:
        return None
    found = "冷冻" if _DEEP_FROZEN.search(fold(text)) else word(text, _STORAGE_WORDS)
    if found is None:
        form.wrong(
            f"{at}/storage",
            "unknown_value",
            f"不认识储存方式“{text}”，可填 常温、冷藏、冷冻",
            f"unknown storage {text!r}: use 常温, 冷藏 or 冷冻",
        )
    return found
