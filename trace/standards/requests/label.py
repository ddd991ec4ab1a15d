"""The label of a request: declared editions, fields, printed dates, allergens, claims, nutrition panel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trace.standards.checks.labels import AUDIENCES, EDITIONS
from trace.standards.checks.supplied import Label, NutritionRow
from trace.standards.requests.form import Form
from trace.standards.vocabulary.text import fold

MAX_NUTRIENTS = 60
_EDITION = re.compile(r"^(?:gb(?:7718|28050)[-—–])?(\d{4})$", re.IGNORECASE)


def label(form: Form, data: Mapping[str, Any]) -> Label | None:
    """The label; None when the request has none. The edition is what the maker declares, "" when nobody did."""
    row = data.get("label")
    if row is None:
        return None
    at = "/label"
    if not isinstance(row, Mapping):
        form.wrong(at, "not_an_object", "label 应为对象", "label must be an object")
        return None
    audience = form.text(row, "audience", at) or AUDIENCES[0]
    if audience not in AUDIENCES:
        form.wrong(
            f"{at}/audience", "unknown_value", f"不认识“{audience}”，可填 {'、'.join(AUDIENCES)}", "unknown audience"
        )
    return Label(
        edition=_edition(form, row, "edition", at),
        nutrition_edition=_edition(form, row, "nutrition_edition", at),
        audience=audience,
        fields=form.texts_by_name(row, "fields", at, 100),
        produced_on=form.text(row, "produced_on", at, most=40) or None,
        expires_on=form.text(row, "expires_on", at, most=40) or None,
        shelf_life=form.text(row, "shelf_life", at, most=40) or None,
        lot=form.text(row, "lot", at) or None,
        allergens=form.texts(row, "allergens", at),
        claims=form.texts(row, "claims", at),
        nutrition=_nutrition(form, row, at),
        nutrition_exempt=form.text(row, "nutrition_exempt", at),
        area_cm2=form.number(row, "area_cm2", at, "0", "1000000"),
    )


def _edition(form: Form, row: Mapping[str, Any], key: str, at: str) -> str:
    text = form.text(row, key, at)
    found = _EDITION.match(fold(text)) if text else None
    if text and (found is None or found[1] not in EDITIONS):
        detail = f"不认识版本“{text}”，可填 {'、'.join(EDITIONS)}"
        form.wrong(f"{at}/{key}", "unknown_value", detail, f"unknown edition: use {' or '.join(EDITIONS)}")
        return ""
    return found[1] if found else ""


def _nutrition(form: Form, row: Mapping[str, Any], at: str) -> tuple[NutritionRow, ...] | None:
    if row.get("nutrition") is None:
        return None
    made: list[NutritionRow] = []
    for where, line in form.rows(row, "nutrition", at, MAX_NUTRIENTS):
        name = form.text(line, "nutrient", where, required=True, most=60)
        if any(one.nutrient == name for one in made):
            form.wrong(f"{where}/nutrient", "duplicate", f"营养成分“{name}”重复", "the nutrient is listed twice")
        amount = form.number(line, "amount", where, "0", "100000", required=True)
        unit = form.text(line, "unit", where, required=True, most=20)
        nrv = form.number(line, "nrv", where, "0", "100000")
        measured = form.number(line, "measured", where, "0", "100000")
        if amount is not None:
            made.append(NutritionRow(name, amount, unit, nrv, measured))
    return tuple(made)
