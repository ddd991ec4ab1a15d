"""``expected.csv``: limits typed from the sources, not from the book, and whether a book agrees with them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace.standards import Rulebook, evaluate, facts_from_request

FILE = Path(__file__).resolve().parent / "expected.csv"
EXPECTATIONS = {
    # expect → status of a result just inside the limit, status of one just outside
    "decides": ("pass", "fail"),
    "floor": ("needs_review", "fail"),
    "never": ("needs_review", "needs_review"),
    "none": ("", ""),
}


@dataclass(frozen=True, slots=True)
class Expected:
    """One row. ``inside`` and ``outside`` are results separated by ";" (one a sample); ``facts`` more product facts.

    ``expect``: decides (inside passes, outside fails), floor (outside fails, inside is left to a person),
    never (a person decides), none (the standard says nothing of this food: no finding of it).
    """

    line: int
    standard: str
    parameter: str
    category: str
    facts: dict[str, Any]
    produced_on: str
    unit: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]
    expect: str
    source: str


def rows(file: Path = FILE) -> Iterator[Expected]:
    """The table, row by row. Raises ValueError naming the line where a row is not understood."""
    with file.open(encoding="utf-8", newline="") as opened:
        for line, row in enumerate(csv.DictReader(opened), start=2):
            if row["expect"] not in EXPECTATIONS or not row["source"]:
                raise ValueError(f"{file.name}:{line}: expect {row['expect']!r}, source {row['source']!r}")
            yield Expected(
                line,
                row["standard"],
                row["parameter"],
                row["category"],
                json.loads(row["facts"] or "{}"),
                row["produced_on"],
                row["unit"],
                tuple(row["inside"].split(";")),
                tuple(row["outside"].split(";")),
                row["expect"],
                row["source"],
            )


def status(book: Rulebook, row: Expected, values: tuple[str, ...]) -> set[str]:
    """The statuses that the row's standard gives to a result."""
    measurement: dict[str, Any] = {"parameter": row.parameter, "values": list(values), "unit": row.unit}
    if values == ("未检出",):
        measurement["lod"] = "0.000000001"
    body = {
        "product": {"name": "样品", "category": row.category} | row.facts,
        "produced_on": row.produced_on,
        "measurements": [measurement],
    }
    answer = evaluate(book, facts_from_request(body, book))
    return {f.status for f in answer.findings if f.measurement == 0 and f.standard == row.standard}


def disagreements(book: Rulebook, row: Expected) -> list[str]:
    """What a book says other than the row expects; empty where they agree."""
    found = []
    for name, values, wanted in zip(
        ("inside", "outside"), (row.inside, row.outside), EXPECTATIONS[row.expect], strict=True
    ):
        given = status(book, row, values)
        if given != ({wanted} if wanted else set()):
            found.append(
                f"expected.csv:{row.line} {row.parameter} {row.category} {name} {values}: {given} not {wanted}"
            )
    return found
