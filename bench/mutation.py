"""Delete or loosen each limit of the book and count what the expectations do not notice (``make soak``).

In process, one clause at a time; only the rows of ``tests/standards/expected.csv`` about the clause's
parameter are asked again. A survivor is a limit that nobody typed from its source a second time.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tests.standards.expecting import Expected, disagreements, rows
from trace.standards import Rulebook, load_book
from trace.standards.clauses import Clause

HARDER, SOFTER = Decimal("1.05"), Decimal("0.95")
EQUIVALENT = {"NDMA-01-3": "表 10 把干制水产品另列一行，限量与水产制品相同，删去不改变任何结果"}
"""Mutations that change no answer, with the reason; they are not survivors."""


def loosened(clause: Clause) -> Clause | None:
    """The clause a little more generous; None where no figure decides (low confidence never does)."""
    if clause.confidence == "L":
        return None
    if clause.maximum is not None:
        return replace(clause, maximum=clause.maximum * HARDER)
    if clause.minimum is not None:
        return replace(clause, minimum=clause.minimum * SOFTER)
    if clause.plan is not None:
        plan = clause.plan
        upper = None if plan.upper is None else plan.upper * HARDER
        return replace(clause, plan=replace(plan, c=min(plan.c + 1, plan.n), m=plan.m * HARDER, upper=upper))
    return None


def with_clause(book: Rulebook, old: Clause, new: Clause | None) -> Rulebook:
    """The book with one clause replaced, or without it."""
    standards = tuple(
        replace(standard, clauses=tuple(new if c is old else c for c in standard.clauses if c is not old or new))
        if any(clause is old for clause in standard.clauses)
        else standard
        for standard in book.standards
    )
    return Rulebook(standards, book.categories, book.dictionary, book.units, book.number, book.digest)


def mutations(book: Rulebook) -> Iterator[tuple[str, Clause, Rulebook]]:
    """Every judging clause deleted, and loosened where it has a figure."""
    for clause in book.clauses.values():
        if not clause.judged:
            continue
        if clause.id not in EQUIVALENT:
            yield "deleted", clause, with_clause(book, clause, None)
        softer = loosened(clause)
        if softer is not None:
            yield "loosened", clause, with_clause(book, clause, softer)


def survivors(book: Rulebook, expected: dict[str, list[Expected]]) -> Iterator[tuple[str, Clause, bool]]:
    """Each mutation with whether the expectations noticed it."""
    for kind, clause, mutant in mutations(book):
        mine = [row for row in expected[clause.parameter] if row.standard == clause.standard]
        yield kind, clause, any(disagreements(mutant, row) for row in mine)


def main() -> int:
    """Print the count and every survivor; the exit code says whether there was one."""
    book = load_book()
    began = time.perf_counter()
    expected: dict[str, list[Expected]] = defaultdict(list)
    for row in rows():
        named = book.dictionary.find(row.parameter).parameter
        expected[named.id if named else ""].append(row)
    tried: dict[str, int] = defaultdict(int)
    missed: dict[str, list[str]] = defaultdict(list)
    for kind, clause, noticed in survivors(book, expected):
        tried[kind] += 1
        if not noticed:
            missed[kind].append(f"{clause.id} ({clause.standard} {clause.parameter_name} {clause.limit_text})")
    for kind, count in tried.items():
        sys.stdout.write(f"{kind}: {count} clauses, {len(missed[kind])} not noticed\n")
        sys.stdout.writelines(f"  {one}\n" for one in missed[kind])
    sys.stdout.write(f"{time.perf_counter() - began:.0f} s\n")
    return 1 if any(missed.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
