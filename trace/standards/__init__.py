"""Standards that execute: rulebook data compiled and evaluated by a pure function (design section 5).

::

    book = load_book()
    facts = facts_from_request({"product": {...}, "produced_on": "2026-09-02", "measurements": [...]})
    answer = evaluation_to_json(evaluate(book, facts))
"""

from __future__ import annotations

from trace.standards.book import Rulebook, in_force, to_verify, unknown_clauses
from trace.standards.engine import evaluate
from trace.standards.loading import BookError, load_book
from trace.standards.models import BatchFacts, Evaluation, Finding
from trace.standards.requests.body import facts_from_request
from trace.standards.vocabulary.dictionary import Parameter
from trace.standards.wire import evaluation_to_json


def parameters() -> tuple[Parameter, ...]:
    """The parameter dictionary for forms: names, spellings, units (the default first)."""
    return load_book().dictionary.parameters


__all__ = [
    "BatchFacts",
    "BookError",
    "Evaluation",
    "Finding",
    "Parameter",
    "Rulebook",
    "evaluate",
    "evaluation_to_json",
    "facts_from_request",
    "in_force",
    "load_book",
    "parameters",
    "to_verify",
    "unknown_clauses",
]
