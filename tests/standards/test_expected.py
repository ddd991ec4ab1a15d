"""The book agrees with what was typed from the sources beside it."""

from __future__ import annotations

import pytest

from tests.standards.expecting import Expected, disagreements, rows
from trace.standards import load_book

BOOK = load_book()


@pytest.mark.parametrize(
    "row", list(rows()), ids=lambda row: f"{row.line}-{row.standard}-{row.parameter}-{row.category}"[:90]
)
def test_the_book_says_what_the_source_says(row: Expected) -> None:
    assert disagreements(BOOK, row) == []


def test_every_edition_with_limits_has_rows() -> None:
    limited = {standard.label for standard in BOOK.standards if any(clause.judged for clause in standard.clauses)}
    assert limited - {row.standard for row in rows()} == set()
