"""The compiled rulebook, and the questions a standards page asks of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from trace.standards.checks.terms import CHECKS, MEMBERS
from trace.standards.clauses import Clause, Standard
from trace.standards.judging.drying import Drying
from trace.standards.vocabulary.categories import Categories
from trace.standards.vocabulary.dictionary import Dictionary
from trace.standards.vocabulary.units import Units


class Rulebook:
    """Standards, tree and dictionaries, indexed for evaluation. Immutable after construction by convention.

    ``version`` is what a verdict remembers: the number people use and the digest of every file.
    """

    def __init__(
        self,
        standards: tuple[Standard, ...],
        categories: Categories,
        dictionary: Dictionary,
        units: Units,
        number: str,
        digest: str,
    ) -> None:
        self.standards = standards
        self.categories = categories
        self.dictionary = dictionary
        self.units = units
        self.number = number
        self.digest = digest
        self.version = f"v{number}+{digest.removeprefix('sha256:')[:12]}"
        self.clauses: dict[str, Clause] = {}
        self.by_parameter: dict[str, tuple[Clause, ...]] = {}
        judged: dict[str, list[Clause]] = defaultdict(list)
        for standard in standards:
            for clause in standard.clauses:
                self.clauses[clause.id] = clause
                if clause.judged:
                    judged[clause.parameter].append(clause)
        self.by_parameter = {parameter: tuple(rows) for parameter, rows in judged.items()}
        everything = tuple(self.clauses.values())
        self.release_tests = tuple(
            clause for clause in everything if clause.judged and any(owed.level == "required" for owed in clause.owed)
        )
        asked: dict[str, list[Clause]] = defaultdict(list)
        for clause in everything:
            if clause.check:
                asked[CHECKS[clause.check][0]].append(clause)
        self.papers: dict[str, tuple[Clause, ...]] = {member: tuple(asked[member]) for member in MEMBERS}
        totals: dict[str, list[Clause]] = defaultdict(list)
        for clause in everything:
            if clause.total:
                totals[clause.total].append(clause)
        self.by_total = {parameter: tuple(rows) for parameter, rows in totals.items()}
        self.ratios = tuple(clause for clause in everything if clause.kind == "ratio")
        self.drying = Drying(categories)
        self.words = _vocabulary(everything)
        self.scope = tuple(clause for clause in everything if clause.kind == "scope")

    def earliest(self, parameter: str) -> date | None:
        """The first day on which any edition in the book limits a parameter."""
        rows = self.by_parameter.get(parameter)
        return min(clause.effective_from for clause in rows) if rows else None


def _vocabulary(clauses: Iterable[Clause]) -> dict[str, tuple[str, ...]]:
    """The names that clauses use for record types, documents, places, events and intervals, by request member."""
    found: dict[str, dict[str, None]] = {
        name: {} for name in ("records", "documents", "temperatures", "events", "intervals")
    }
    for clause in clauses:
        terms = clause.terms
        if clause.check == "valid_document":
            found["documents"].update(dict.fromkeys(clause.documents))
        found["records"].update(dict.fromkeys([terms.record]))
        found["temperatures"].update(dict.fromkeys(terms.places))
        times = [terms.begins, terms.ends, *terms.order]
        found["temperatures" if clause.check == "danger_zone" else "events"].update(dict.fromkeys(times))
        found["intervals"].update(dict.fromkeys([terms.interval]))
    return {member: tuple(name for name in names if name) for member, names in found.items()}


def in_force(
    book: Rulebook, on: date, stage: str | None = None, category: str | None = None
) -> list[tuple[Standard, tuple[Clause, ...]]]:
    """What applies to things produced on a day, for a standards page: standards with their clauses.

    ``stage`` is one of 田市加配餐桌. ``category`` is an expression of the tree; a clause is listed when
    it covers any part of it. Raises UnknownCategory.
    """
    wanted = book.categories.parse(category) if category else None
    answer = []
    for standard in book.standards:
        if not standard.in_force(on):
            continue
        rows = tuple(
            clause
            for clause in standard.clauses
            if (stage is None or not clause.stages or stage in clause.stages)
            and (wanted is None or clause.foods is None or clause.foods & wanted)
        )
        if rows:
            answer.append((standard, rows))
    return answer


def unknown_clauses(book: Rulebook) -> list[tuple[Standard, Clause]]:
    """The 待核 list: clauses that cannot decide because the limit is unknown or the confidence is low."""
    return [
        (standard, clause)
        for standard in book.standards
        for clause in standard.clauses
        if clause.unknown or clause.confidence == "L"
    ]


def to_verify(book: Rulebook) -> list[tuple[Standard, Clause]]:
    """Clauses that may decide but whose reason says 待核原文 (confidence M)."""
    return [
        (standard, clause)
        for standard in book.standards
        for clause in standard.clauses
        if clause.confidence == "M" and not clause.unknown
    ]
