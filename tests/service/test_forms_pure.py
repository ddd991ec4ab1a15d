"""What forms are made of: names into trees, values split, lines refilled, amounts made readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.registering.models import (
    BatchForm,
    LineForm,
    MeasureForm,
    ReportForm,
    arranged,
    refilled,
    split_values,
    tidied,
)
from service.web import trees
from service.web.units import readable
from trace.errors import FieldError
from trace.items.models import Proposal


def test_names_grow_into_a_tree_and_gaps_close() -> None:
    tree = trees.grow(
        [("a", "1"), ("rows.7.x", "late"), ("rows.2.x", "early"), ("rows.2.deep.0.y", "z"), ("", "no"), ("b..c", "no")]
    )
    assert tree == {"a": "1", "rows": [{"x": "early", "deep": [{"y": "z"}]}, {"x": "late"}]}
    assert trees.branches(tree, "a") == []
    assert trees.text(tree, "rows") == ""


@given(st.lists(st.tuples(st.text(alphabet="ab0129.", max_size=20), st.text(max_size=5)), max_size=30))
def test_no_name_breaks_the_tree(pairs: list[tuple[str, str]]) -> None:
    assert isinstance(trees.grow(pairs), dict)


def test_errors_find_their_fields() -> None:
    errors = [FieldError("/inputs/3/quantity", "x", "first"), FieldError("/inputs/3/quantity", "x", "second")]
    assert trees.by_name(errors) == {"inputs.3.quantity": "first"}


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("10 20，30、40;50", ("10", "20", "30", "40", "50")),
        ("2.0 × 10^5 <  10", ("2.0×10^5", "<10")),
        ("1.5x10⁵ 未检出", ("1.5x10⁵", "未检出")),
        ("  ", ()),
    ],
)
def test_values_of_one_field(typed: str, values: tuple[str, ...]) -> None:
    assert split_values(typed) == values


@pytest.mark.parametrize(
    ("quantity", "unit", "shown"),
    [
        (22_000, "KGM", ("22", "GRM")),
        (100_000, "KGM", ("0.1", "KGM")),
        (1, "KGM", ("0.001", "GRM")),
        (5_000_000, "H87", ("5", "H87")),
    ],
)
def test_small_amounts_are_shown_as_weighed(quantity: int, unit: str, shown: tuple[str, str]) -> None:
    assert readable(quantity, unit) == shown


def proposal(material: int, quantity: int = 1_000_000, lot: int | None = 9) -> Proposal:
    return Proposal(material, f"m{material}", lot, "L", None, quantity, "KGM", "by_recipe", False)


def test_refill_keeps_what_a_person_did() -> None:
    weighed = LineForm(material_id="1", lot_id="5", quantity="3", basis="weighed", recipe="1")
    old = LineForm(material_id="2", lot_id="6", quantity="4", basis="by_recipe", recipe="1")
    by_hand = LineForm(material="泡椒", lot="PJ", quantity="1")
    lines = refilled([weighed, old, by_hand], [proposal(1), proposal(2), proposal(3)])
    assert [(x.material_id or x.material, x.quantity) for x in lines] == [
        ("1", "3"),
        ("2", "1"),
        ("3", "1"),
        ("泡椒", "1"),
    ]


def test_blank_lines_go_behind_so_that_numbers_agree() -> None:
    panel = (MeasureForm("铅"), MeasureForm("镉", values="0.1"))
    form = BatchForm(
        inputs=(
            LineForm(),
            LineForm(material="配方未用", recipe="1"),
            LineForm(material="手加"),
            LineForm(material="有", quantity="1"),
        ),
        reports=(ReportForm(), ReportForm(number="R", measurements=panel)),
    )
    shown = arranged(form)
    sent = tidied(shown)
    assert shown.inputs[: len(sent.inputs)] == sent.inputs
    assert [x.material for x in sent.inputs] == ["手加", "有"], "what a person added is answered, never dropped"
    assert [m.parameter for m in sent.reports[0].measurements] == ["镉"]
    assert [m.parameter for m in shown.reports[0].measurements] == ["镉", "铅"]
    assert len(shown.inputs) == len(form.inputs)
