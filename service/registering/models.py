"""The batch form as typed: text in every field, so that nothing typed is lost on the way through the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from service.web import trees
from service.web.trees import Tree
from service.web.units import readable
from trace.batches.models import InputLine, NewBatch
from trace.evidence.models import NewMeasurement, NewReport
from trace.items.models import Proposal

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class LineForm:
    """One input line. ``lot_id`` is chosen from what is on hand, else ``lot`` is written, else ``code`` scanned."""

    material_id: str = ""
    material: str = ""
    lot_id: str = ""
    lot: str = ""
    code: str = ""
    quantity: str = ""
    unit: str = "KGM"
    basis: str = "weighed"
    small: str = ""
    recipe: str = ""

    @property
    def blank(self) -> bool:
        """Nothing a person said: a material of the recipe without an amount was not used; one added by hand was meant."""
        by_hand = self.material and not self.recipe
        return not (self.quantity or self.lot_id or self.lot or self.code or by_hand)


@dataclass(frozen=True, slots=True)
class MeasureForm:
    """One tested parameter; ``values`` as typed, several in one field."""

    parameter: str = ""
    values: str = ""
    unit: str = ""
    lod: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class ReportForm:
    """One test report."""

    kind: str = "release"
    number: str = ""
    laboratory: str = ""
    cma: str = ""
    issued_on: str = ""
    sampled_on: str = ""
    conclusion: str = ""
    attachment_id: str = ""
    attachment_name: str = ""
    measurements: tuple[MeasureForm, ...] = ()

    @property
    def blank(self) -> bool:
        """Nothing that counts was typed: kind, laboratory, dates and parameters come pre-filled."""
        return not (self.number or self.attachment_id or self.conclusion or any(m.values for m in self.measurements))


@dataclass(frozen=True, slots=True)
class BatchForm:
    """The whole form. ``filled`` says for which product, quantity and day the recipe was last filled in."""

    form_key: str = ""
    item_id: str = ""
    quantity: str = ""
    unit: str = ""
    produced_on: str = ""
    best_before: str = ""
    lot: str = ""
    origin: str = ""
    add: str = ""
    filled: str = ""
    inputs: tuple[LineForm, ...] = ()
    reports: tuple[ReportForm, ...] = ()

    @property
    def filling(self) -> str:
        """What the recipe's amounts follow from."""
        return " ".join((self.item_id, self.quantity, self.unit, self.produced_on))


def _flat(made: type[F], tree: Tree, **more: Any) -> F:
    names = [f.name for f in fields(made) if f.name not in more]  # type: ignore[arg-type]
    return made(**{n: trees.text(tree, n) for n in names}, **more)


def read_form(tree: Tree) -> BatchForm:
    """A submitted form or a kept draft."""
    reports = tuple(
        _flat(
            ReportForm, r, measurements=tuple(_flat(MeasureForm, m) for m in trees.branches(r, "measurements"))
        )
        for r in trees.branches(tree, "reports")
    )  # fmt: skip
    return _flat(
        BatchForm, tree, inputs=tuple(_flat(LineForm, r) for r in trees.branches(tree, "inputs")), reports=reports
    )


def arranged(form: BatchForm) -> BatchForm:
    """The form with blank lines, reports and parameters behind the others.

    What is registered is then a prefix of every list, so that the record's line numbers are the form's.
    """
    reports = tuple(replace(r, measurements=_said_first(r.measurements, lambda m: m.values)) for r in form.reports)
    return replace(
        form,
        inputs=_said_first(form.inputs, lambda x: not x.blank),
        reports=_said_first(reports, lambda r: not r.blank),
    )


def _said_first(rows: Sequence[F], says: Callable[[F], object]) -> tuple[F, ...]:
    return tuple(sorted(rows, key=lambda row: not says(row)))


def tidied(form: BatchForm) -> BatchForm:
    """What is about to be registered: lines, reports and parameters that say nothing are left out."""
    reports = tuple(
        replace(r, measurements=tuple(m for m in r.measurements if m.values)) for r in form.reports if not r.blank
    )
    return replace(form, inputs=tuple(x for x in form.inputs if not x.blank), reports=reports)


def new_batch(form: BatchForm) -> NewBatch:
    """A tidied form for the command; line numbers stay the form's."""
    return NewBatch(
        item_id=trees.number(form.item_id) or 0,
        quantity=form.quantity,
        unit=form.unit,
        produced_on=form.produced_on,
        best_before=form.best_before,
        lot=form.lot,
        origin=form.origin,
        inputs=tuple(_input(line) for line in form.inputs),
        reports=tuple(_report(r) for r in form.reports),
    )


def _input(line: LineForm) -> InputLine:
    lot_id = trees.number(line.lot_id)
    return InputLine(
        quantity=line.quantity,
        unit=line.unit or "KGM",
        lot_id=lot_id,
        code="" if lot_id else line.code,
        material_id=None if lot_id else trees.number(line.material_id),
        material=line.material,
        lot=line.lot,
        basis=line.basis or "weighed",
    )


def _report(report: ReportForm) -> NewReport:
    return NewReport(
        kind=report.kind,
        number=report.number,
        laboratory=report.laboratory,
        cma=report.cma,
        issued_on=report.issued_on,
        sampled_on=report.sampled_on,
        conclusion=report.conclusion,
        attachment_id=trees.number(report.attachment_id),
        measurements=tuple(
            NewMeasurement(m.parameter, split_values(m.values), m.unit, m.lod, m.method) for m in report.measurements
        ),
    )


_GLUE = re.compile(r"\s*([×xX*])\s*(?=10)|([<>≤≥＜＞])\s+")
_CUT = re.compile(r"[\s,，、;；]+")


def split_values(typed: str) -> tuple[str, ...]:
    """Several results out of one field: by blanks or commas, but ``2.0 × 10^5`` and ``< 10`` stay one."""
    glued = _GLUE.sub(lambda m: m[1] or m[2], typed.strip())
    return tuple(v for v in _CUT.split(glued) if v)


def proposed(proposal: Proposal) -> LineForm:
    """A line as the recipe and the stock propose it."""
    quantity, unit = readable(proposal.quantity, proposal.unit)
    return LineForm(
        material_id=str(proposal.material_id),
        material=proposal.material,
        lot_id=str(proposal.lot_id or ""),
        quantity=quantity,
        unit=unit,
        basis=proposal.basis,
        small="1" if proposal.small else "",
        recipe="1",
    )


def refilled(lines: Sequence[LineForm], proposals: Sequence[Proposal]) -> tuple[LineForm, ...]:
    """The lines after the recipe was filled anew: what a person weighed or added stays as it is.

    A material with any weighed line keeps its lines and is not proposed again; other lines that came
    from the recipe are replaced, in recipe order; lines added by hand follow.
    """
    weighed = {x.material_id for x in lines if x.recipe and x.basis == "weighed"}
    kept: dict[str, list[LineForm]] = {}
    for line in lines:
        if line.recipe and line.material_id in weighed:
            kept.setdefault(line.material_id, []).append(line)
    found: list[LineForm] = []
    for proposal in proposals:
        material = str(proposal.material_id)
        if material in weighed:
            found += kept.pop(material, [])
        else:
            found.append(proposed(proposal))
    for rest in kept.values():
        found += rest
    return (*found, *(x for x in lines if not x.recipe and not x.blank))
