"""Licences, inputs with their papers, and test reports of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trace.standards.clauses import MAKERS
from trace.standards.models import InputLot, Licence, Paper, Report
from trace.standards.requests.form import Form, choice

REPORT_KINDS = ("出厂自检", "委托", "型式", "监督抽检", "快检")
_MAKER_WORDS = {**{kind: kind for kind in MAKERS}, **{text: kind for kind, text in MAKERS.items()}}


def licence(form: Form, at: str, row: Mapping[str, Any]) -> Licence | None:
    kind = choice(form, at, row, "kind", _MAKER_WORDS.get)
    if kind is None:
        return None
    return Licence(
        kind, form.text(row, "number", at), form.day(row, "valid_from", at), form.day(row, "valid_to", at),
        form.texts(row, "sc_categories", at) or (),
    )  # fmt: skip


def input_lot(form: Form, at: str, row: Mapping[str, Any]) -> InputLot:
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


def report(form: Form, at: str, row: Mapping[str, Any]) -> Report:
    kind = choice(form, at, row, "kind", lambda text: text if text in REPORT_KINDS else None)
    return Report(
        kind or "", form.text(row, "number", at), form.text(row, "laboratory", at), form.text(row, "cma", at),
        form.day(row, "issued_on", at), form.day(row, "valid_to", at), form.text(row, "lot", at),
        form.text(row, "executed_standard", at), form.text(row, "conclusion", at),
        form.texts(row, "parameters", at) or (), form.day(row, "sampled_on", at), form.text(row, "product", at),
    )  # fmt: skip
