"""Sum of ratios (SEM-9): each preservative's amount over its own maximum, together not above one.

A sum is asked for when at least two of the group are present. Every doubt goes to a person or stays
missing evidence: an additive whose maximum the book does not know for this product is never left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trace.standards.book import Rulebook
from trace.standards.clauses import Clause
from trace.standards.judging.applying import YES, relation
from trace.standards.judging.limits import Outcome, too_coarse
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts, Measurement
from trace.standards.vocabulary.placing import Placement
from trace.standards.vocabulary.readings import Sort
from trace.standards.vocabulary.units import EXACT, Unit, Units


@dataclass(frozen=True, slots=True)
class Share:
    """One additive's part of the sum: at least ``least``, at most ``most`` (None: nobody can say)."""

    name: str
    least: Decimal
    most: Decimal | None
    present: bool
    doubt: str = ""


def summed(
    book: Rulebook, facts: BatchFacts, placement: Placement, stage: str | None, clause: Clause
) -> tuple[Outcome, str] | None:
    """The sum for one ratio clause and how it was made; None when fewer than two of the group are present."""
    found: dict[str, list[Measurement]] = {}
    for measurement in facts.measurements:
        named = book.dictionary.find(measurement.parameter)
        if named.parameter is not None and named.parameter.id in clause.parameters:
            found.setdefault(named.parameter.id, []).append(measurement)
    if len(found) < 2:
        return None

    def limit_of(parameter: str) -> Clause | None:
        return _maximum(book, facts.produced_on, placement, stage, clause, parameter)

    shares = [_share(rows, limit_of(parameter), book.units) for parameter, rows in found.items()]
    present = {parameter for parameter, share in zip(found, shares, strict=True) if share.present}
    # Not found by a method that could not have found it: it may be there.
    hidden = {
        parameter
        for parameter, rows in found.items()
        for measured in rows
        if too_coarse(book.dictionary.find(measured.parameter).parameter, measured, book.units)
    }
    if not present or len(present | hidden) < 2:
        return None
    return _outcome(shares), " + ".join(f"{one.name} {_text(one)}" for one in shares)


def _text(share: Share) -> str:
    if share.most is None:
        return "?"
    return f"{share.most:.3g}" if share.least == share.most else f"{share.least:.3g}～{share.most:.3g}"


def _outcome(shares: list[Share]) -> Outcome:
    least = sum((share.least for share in shares), Decimal(0))
    doubts = [share.doubt for share in shares if share.doubt]
    if least > 1:
        return Outcome(FAIL, f"比例之和至少 {least:.4g}，大于 1")
    if doubts:
        return Outcome(REVIEW, f"不能算出比例之和：{'；'.join(doubts)}")
    known = [share.most for share in shares if share.most is not None]
    if len(known) < len(shares):
        blind = "、".join(share.name for share in shares if share.most is None)
        return Outcome(INSUFFICIENT, f"{blind}没有检出限或数值，不能算出比例之和")
    most = sum(known, Decimal(0))
    if most <= 1:
        return Outcome(PASS, f"比例之和 {most:.4g}，不大于 1")
    if any(share.present and share.least != share.most for share in shares):
        return Outcome(REVIEW, f"比例之和在 {least:.4g} 与 {most:.4g} 之间，几个样品须逐个核算")
    return Outcome(INSUFFICIENT, f"比例之和在 {least:.4g} 与 {most:.4g} 之间，方法灵敏度不足")


def _maximum(
    book: Rulebook, on: date, placement: Placement, stage: str | None, ratio: Clause, parameter: str
) -> Clause | None:
    """The one limit of an additive for this product in the same standard; None when there is none or a doubt."""
    number = ratio.standard.rsplit("-", 1)[0]
    sure = []
    for clause in book.by_parameter.get(parameter, ()):
        if not clause.in_force(on) or clause.standard.rsplit("-", 1)[0] != number:
            continue
        answer, _ = relation(clause, placement, stage)
        if answer == YES:
            sure.append(clause)
        elif answer:
            return None
    # A strict bound is one on the residue, not the maximum that a ratio counts with.
    if len(sure) != 1 or not sure[0].maximum or sure[0].strict or sure[0].confidence == "L":
        return None
    return sure[0]


def _share(rows: list[Measurement], limit: Clause | None, units: Units) -> Share:
    name = rows[0].parameter
    present = False
    bounds: list[tuple[Decimal, Decimal | None]] = []
    for measured in rows:
        for reading, own in zip(measured.readings, measured.reading_units, strict=True):
            unit = own or measured.unit

            def part(value: Decimal | None, unit: Unit | None = unit) -> Decimal | None:
                return _part(value, unit, limit, units)

            value, lod = part(reading.value), part(measured.lod)
            if reading.sort is Sort.EXACT and reading.value:
                below = measured.lod is not None and reading.value < measured.lod
                present = present or not below
                bounds.append((Decimal(0), lod) if below else (value or Decimal(0), value))
            elif reading.sort is Sort.EXACT:
                bounds.append((Decimal(0), Decimal(0)))
            elif reading.sort is Sort.BELOW:
                bounds.append((Decimal(0), value))
            elif reading.sort is Sort.NOT_DETECTED:
                bounds.append((Decimal(0), lod))
            else:  # found, but not how much
                present = True
                bounds.append((value or Decimal(0), None))
    doubt = ""
    if limit is None and present:
        doubt = f"名录中没有{name}在这类食品中唯一适用的最大使用量"
    if limit is None and not present:
        return Share(name, Decimal(0), Decimal(0), present)
    least = min(low for low, _ in bounds)
    highs = [high for _, high in bounds]
    most = None if any(high is None for high in highs) else max(high for high in highs if high is not None)
    return Share(name, least, most, present, doubt)


def _part(value: Decimal | None, unit: Unit | None, limit: Clause | None, units: Units) -> Decimal | None:
    if value is None or limit is None or limit.unit is None or limit.maximum is None or unit is None:
        return None
    converted = units.convert(value, unit, limit.unit)
    return None if converted is None else EXACT.divide(converted, limit.maximum)
