"""Experts' sign-offs laid over a rulebook: a clause compared with the standard's own text gets source P, confidence H.

A sign-off holds for the content it was given for. It never makes an unknown limit a known one. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from trace.standards.book import Rulebook
from trace.standards.clauses import Clause

_RAISED = ("source", "confidence")
"""What a sign-off itself changes, hence no part of the content it is for."""
_DERIVED = ("foods",)
"""Bits of a tree that grows: the category's words (``foods_text``) are the content."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """``digest`` is of the clause's content (:func:`content_digest`) when the expert compared it."""

    clause_id: str
    digest: str


def content_digest(clause: Clause) -> str:
    """SHA-256 of what a clause says, without its source and confidence.

    Empty fields are left out, so that a field which the rulebook learns later changes no sign-off.
    """
    told = _plain(clause, skip=_RAISED + _DERIVED)
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any, skip: tuple[str, ...] = ()) -> Any:
    if is_dataclass(value):
        told = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in skip}
        return {name: one for name, one in told.items() if not _empty(one)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Decimal | date):
        return str(value)
    return value


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {}) or (type(value) is int and value == 0)


def applies(clause: Clause, signoff: SignOff) -> bool:
    """Whether a sign-off is for this clause as it now reads, and may raise it."""
    return not clause.unknown and signoff.clause_id == clause.id and signoff.digest == content_digest(clause)


def with_signoffs(book: Rulebook, signoffs: Sequence[SignOff], number: str = "") -> Rulebook:
    """The book in which every clause that a sign-off still fits is 标准原文, high confidence.

    ``number`` is the new book's; the digest names texts and the sign-offs that apply. The given book stays.
    """
    by_id = {one.clause_id: one for one in signoffs}
    used: list[str] = []

    def raised(clause: Clause) -> Clause:
        signoff = by_id.get(clause.id)
        if signoff is None or not applies(clause, signoff):
            return clause
        used.append(f"{signoff.clause_id} {signoff.digest}")
        return replace(clause, source="P", confidence="H")

    standards = tuple(replace(one, clauses=tuple(raised(clause) for clause in one.clauses)) for one in book.standards)
    digest = book.digest
    if used:
        lines = "\n".join((book.digest, *sorted(used)))
        digest = "sha256:" + hashlib.sha256(lines.encode()).hexdigest()
    return Rulebook(standards, book.categories, book.dictionary, book.units, number or book.number, digest)
