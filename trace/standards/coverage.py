"""How much of the book there is for each stage and food class on a day: counts for a matrix, no verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.standards.book import Rulebook
from trace.standards.clauses import STAGES, Clause


@dataclass(frozen=True, slots=True)
class Cell:
    """Clauses for one stage and class: ``sure`` decide, ``marked`` decide as 待核原文, ``open`` cannot decide."""

    sure: int = 0
    marked: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.sure + self.marked + self.open


@dataclass(frozen=True, slots=True)
class Row:
    """One class of food, or what binds every food (``name`` 各类食品), with a cell for each stage of STAGES."""

    name: str
    cells: tuple[Cell, ...]


EVERY_FOOD = "各类食品"


def coverage(book: Rulebook, on: date) -> tuple[Row, ...]:
    """What is in force on a day, by top class of the tree and stage.

    The first row counts clauses without a food class (records, documents, temperatures, labels, product
    types); each further row those that reach into its class. A clause without stages counts for every stage.
    """
    current = [clause for clause in book.clauses.values() if clause.in_force(on) and clause.kind != "scope"]
    general = [clause for clause in current if clause.foods is None]
    rows = [_row(EVERY_FOOD, general)]
    for node in book.categories.nodes:
        if node.depth == 1:
            rows.append(_row(node.name, [c for c in current if c.foods is not None and c.foods & node.mask]))
    return tuple(rows)


def _row(name: str, clauses: list[Clause]) -> Row:
    return Row(name, tuple(_cell([c for c in clauses if not c.stages or stage in c.stages]) for stage in STAGES))


def _cell(clauses: list[Clause]) -> Cell:
    doubtful = sum(clause.unknown or clause.confidence == "L" for clause in clauses)
    marked = sum(clause.confidence == "M" and not clause.unknown for clause in clauses)
    return Cell(len(clauses) - doubtful - marked, marked, doubtful)
