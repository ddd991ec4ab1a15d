"""The coverage matrix counts each clause where it binds."""

from __future__ import annotations

from datetime import date

from trace.standards import in_force, load_book
from trace.standards.clauses import STAGES
from trace.standards.coverage import EVERY_FOOD, coverage

BOOK = load_book()
ON = date(2026, 10, 1)


def test_a_cell_is_what_the_list_shows() -> None:
    for row in coverage(BOOK, ON):
        for stage, cell in zip(STAGES, row.cells, strict=True):
            category = None if row.name == EVERY_FOOD else row.name
            listed = [
                clause
                for _, clauses in in_force(BOOK, ON, stage, category)
                for clause in clauses
                if clause.kind != "scope" and (clause.foods is None) == (category is None)
            ]
            assert cell.total == len(listed), (row.name, stage)
            assert cell.open == sum(clause.unknown or clause.confidence == "L" for clause in listed)


def test_meat_is_covered_where_it_is_made() -> None:
    rows = {row.name: dict(zip(STAGES, row.cells, strict=True)) for row in coverage(BOOK, ON)}
    assert len(rows) == 23
    assert rows["肉及肉制品"]["加"].sure >= 20


def test_nothing_is_in_force_before_there_were_standards() -> None:
    assert all(cell.total == 0 for row in coverage(BOOK, date(1999, 1, 1)) for cell in row.cells)
