"""What the rulebook asks of labels, records, times and temperatures: the questions of the forms, never written into them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from trace.standards import Rulebook
from trace.standards.checks.labels import AUDIENCES, EDITIONS
from trace.standards.checks.temperatures import range_text
from trace.standards.checks.terms import Keeping
from trace.standards.checks.times import span_text
from trace.standards.clauses import Clause
from trace.standards.judging.applying import NO, relation
from trace.standards.models import Product
from trace.standards.vocabulary.placing import place


@dataclass(frozen=True, slots=True)
class Kind:
    """A record or document that the book asks for: its fields (``甲|乙`` wants one of several) and who asks."""

    member: str
    name: str
    fields: tuple[str, ...]
    clauses: tuple[str, ...]
    keep: str
    required: bool
    here: bool
    """Owed at the batch's own stage, by its maker's kind of credential, of its kind of food."""
    one_of: bool = False
    """Whether another document of the same clause does as well."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a temperature is taken, and what the book demands there."""

    name: str
    demands: str


@dataclass(frozen=True, slots=True)
class LabelQuestions:
    """The fields of a declared edition, the rows of its nutrition panel, its sentences and its exemptions."""

    edition: str
    nutrition_edition: str
    audience: str
    fields: tuple[str, ...]
    nutrients: tuple[tuple[str, str], ...]
    """Nutrient and its unit."""
    sentences: tuple[str, ...]
    exemptions: tuple[str, ...]


UNITS = {"能量": "kJ", "钠": "mg"}


def edition_on(book: Rulebook, on: date) -> str:
    """The labelling edition in force on a day: what a form proposes first; the maker says which one is declared."""
    found = [c.edition for c in book.papers["label"] if c.check == "label_edition" and c.in_force(on)]
    return found[0] if found and found[0] in EDITIONS else EDITIONS[0]


def label_questions(book: Rulebook, edition: str, nutrition_edition: str, audience: str) -> LabelQuestions:
    """What to ask of a label that declares these editions."""
    clauses = book.papers["label"]
    labelled = [c for c in clauses if c.edition == edition and c.standard.startswith("GB 7718")]
    panel = [c for c in clauses if c.edition == nutrition_edition and c.standard.startswith("GB 28050")]
    fields: dict[str, None] = {}
    for clause in labelled:
        if clause.check == "label_fields" and clause.terms.audience in ("", audience):
            fields |= dict.fromkeys(clause.fields)
    rows = [name for c in panel if c.check == "nutrition_panel" for name in c.fields]
    units = {one.name: one.unit for c in panel for one in c.terms.reference}
    return LabelQuestions(
        edition, nutrition_edition, audience if audience in AUDIENCES else AUDIENCES[0], tuple(fields),
        tuple((name, units.get(name) or UNITS.get(name, "g")) for name in rows),
        tuple(word for c in panel if c.check == "nutrition_panel" for word in c.words),
        tuple(word for c in panel if c.check == "nutrition_exempt" for word in c.words),
    )  # fmt: skip


def kinds(book: Rulebook, on: date, stage: str, makers: Iterable[str], product: Product | None = None) -> list[Kind]:
    """Every record and document that clauses in force on a day ask for; what the batch itself owes first.

    A clause for other foods than the ``product`` can be is left out.
    """
    placement = place(book, product) if product is not None else None
    held = set(makers)
    found: list[Kind] = []
    for member in ("records", "documents"):
        for name in book.words[member]:
            clauses = [
                c
                for c in book.papers[member]
                if (c.terms.record == name or (not c.terms.record and name in c.documents))
                and c.in_force(on)
                and (placement is None or relation(c, placement, None)[0] != NO)
            ]
            if not clauses:
                continue
            here = [
                c for c in clauses if (not c.stages or stage in c.stages) and (not c.makers or held & set(c.makers))
            ]
            asked = here or clauses
            fields = dict.fromkeys(field for c in asked for field in c.fields)
            numbers = dict.fromkeys(f for c in asked for f, _ in c.terms.tolerance)
            found.append(
                Kind(
                    member, name, tuple(fields | numbers),
                    tuple(dict.fromkeys(f"{c.standard} {c.clause}" for c in asked)),
                    next((kept for c in asked if (kept := keep_text(c.terms.keep))), ""),
                    any(c.required for c in here), bool(here),
                    all(len(c.documents) > 1 and not c.terms.every for c in asked),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (not one.required, not one.here))


def kind_named(
    book: Rulebook, on: date, stage: str, makers: Iterable[str], name: str, product: Product | None = None
) -> Kind | None:
    """One of ``kinds`` by its name."""
    return next((one for one in kinds(book, on, stage, makers, product) if one.name == name), None)


def keep_text(keep: Keeping | None) -> str:
    """How long a record is to be kept, in words."""
    if keep is None:
        return ""
    if keep.months_after_shelf_life:
        return f"保质期满后 {keep.months_after_shelf_life} 个月"
    return f"{keep.years} 年" if keep.years else f"{keep.months} 个月"


def places(book: Rulebook, on: date) -> list[Place]:
    """Every place of temperature with what the clauses in force on a day demand there."""
    found = []
    for name in book.words["temperatures"]:
        told = [
            _demand(c)
            for c in book.papers["temperatures"]
            if name in (*c.terms.places, c.terms.ends) and c.in_force(on)
        ]
        found.append(Place(name, "；".join(dict.fromkeys(one for one in told if one))))
    return found


def _demand(clause: Clause) -> str:
    terms = clause.terms
    if clause.check == "logging_interval":
        return f"记录间隔不超过 {terms.every_minutes} 分钟"
    if clause.check in ("temperature_range", "temperature_reached") and (terms.lowest, terms.highest) != (None, None):
        storage = "、".join(clause.storage)
        return f"{storage}{range_text(terms.lowest, terms.highest)}"
    return clause.title


def bounds(book: Rulebook, what: str, on: date, storage: str) -> tuple[float | None, float | None]:
    """The range that clauses in force set for a place and way of storage, for a picture; None where there is none."""
    lows, highs = [], []
    for clause in book.papers["temperatures"]:
        terms = clause.terms
        fits = what in terms.places and clause.in_force(on) and (not clause.storage or storage in clause.storage)
        if fits and clause.check == "temperature_range" and clause.kind == "temperature":
            lows += [float(terms.lowest)] if terms.lowest is not None else []
            highs += [float(terms.highest)] if terms.highest is not None else []
    return max(lows, default=None), min(highs, default=None)


def happenings(book: Rulebook, on: date) -> list[tuple[str, str]]:
    """Every event that clauses in force name, with the limit it belongs to."""
    found: dict[str, str] = {}
    for clause in book.papers["events"]:
        terms = clause.terms
        if not clause.in_force(on):
            continue
        limit = f"不超过 {span_text(terms.within)}" if terms.within else f"不少于 {span_text(terms.at_least)}"
        for name in (terms.begins, terms.ends):
            if name:
                found.setdefault(name, f"{terms.begins}到{terms.ends}{limit if terms.within or terms.at_least else ''}")
        for name in terms.order:
            found.setdefault(name, "依次发生")
    return list(found.items())
