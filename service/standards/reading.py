"""What the standards room asks of the book: in force on a day, for a category as people write it, by address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fastapi import Request

from service.standards.wording import searched, slug
from trace.errors import InvalidInput, NotFound
from trace.rulebooks.books import current_book
from trace.standards import Rulebook, in_force
from trace.standards.clauses import STAGES, Clause, Standard
from trace.standards.models import Product
from trace.standards.vocabulary.categories import UnknownCategory
from trace.standards.vocabulary.placing import place

Found = list[tuple[Standard, tuple[Clause, ...]]]


def book_in_force(request: Request) -> Rulebook:
    """The book that judges now: the newest published one, else the shipped one."""
    with request.app.state.db.read() as conn:
        return current_book(conn)


def known_category(book: Rulebook, written: str) -> str:
    """A category as the tree writes it, from the tree's words or an announcement's (肉制品-酱卤肉制品).

    Raises InvalidInput when the tree has no such place.
    """
    try:
        book.categories.parse(written)
    except UnknownCategory:
        path = place(book, Product(name=written, category=written)).path
        if not path:
            raise InvalidInput.of(
                "/query/category",
                "unknown_category",
                f"类别树中没有“{written}”，请从候选中选，例如 熟肉制品、新鲜蔬菜",
                f"no such food category: {written}",
            ) from None
        return path
    return written


def standing(book: Rulebook, on: date, stage: str = "", category: str = "", words: str = "") -> Found:
    """What is in force on a day, narrowed. Raises InvalidInput for an unknown category or stage."""
    if stage and stage not in STAGES:
        raise InvalidInput.of(
            "/query/stage", "unknown_value", f"环节“{stage}”不在 {'、'.join(STAGES)} 之内", f"unknown stage {stage!r}"
        )
    found = in_force(book, on, stage or None, known_category(book, category) if category else None)
    if words.strip():
        narrowed = ((standard, [c for c in rows if searched(standard, c, words)]) for standard, rows in found)
        found = [(standard, tuple(rows)) for standard, rows in narrowed if rows]
    return found


def editions(book: Rulebook, name: str) -> list[Standard]:
    """All editions of the standard at an address, the newest first. Raises NotFound."""
    found = [standard for standard in book.standards if slug(standard) == name]
    if not found:
        raise NotFound(f"名录中没有这个标准：{name}", "No such standard in the book")
    return sorted(found, key=lambda standard: standard.effective_from, reverse=True)


_KIND_TITLES = {
    "scope": "范围规则",
    "label": "标签",
    "temperature": "温度",
    "time": "时限",
    "lineage": "追溯",
    "advisory": "提示",
}


def one_clause(book: Rulebook, clause_id: str) -> tuple[Standard, Clause]:
    """A clause and its edition by the book's own number. Raises NotFound."""
    for standard in book.standards:
        for clause in standard.clauses:
            if clause.id == clause_id:
                return standard, clause
    raise NotFound(f"名录中没有这个条款：{clause_id}", "No such clause in the book")


def grouped(clauses: Iterable[Clause]) -> list[tuple[str, list[Clause]]]:
    """Clauses under what they are about: the parameter, or 证照与记录, 标签, 温度, 时限 …; in the book's order."""
    groups: dict[str, list[Clause]] = {}
    for clause in clauses:
        title = clause.parameter_name or _KIND_TITLES.get(clause.kind, "证照与记录")
        groups.setdefault(title, []).append(clause)
    return list(groups.items())


def relatives(book: Rulebook, standard: Standard, clause: Clause) -> Sequence[tuple[Standard, Clause]]:
    """What other editions of the same standard say about the same parameter for foods they share."""
    return [
        (other, row)
        for other in book.standards
        if other.number == standard.number and other.edition != standard.edition
        for row in other.clauses
        if clause.parameter
        and row.parameter == clause.parameter
        and (row.foods is None or clause.foods is None or row.foods & clause.foods)
    ]
