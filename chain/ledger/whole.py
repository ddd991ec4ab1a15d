"""The whole ledger of a day: every row with figures, owner, reports and lag. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chain.ledger.counting import real
from chain.ledger.folding import Ledger
from chain.ledger.lagging import given_on, half_states, lag_of, missing_of, owner_of
from chain.ledger.models import Entry, Facts, Measure, Present, Row, RowState
from chain.ledger.ruling import counted
from chain.plan import Figure, PlanRow, plan_rows


@dataclass(frozen=True, slots=True)
class Whole:
    """The ledger of a day. ``plan``: the same rows as the plan page has always given them, with the targets' figures."""

    day: date
    ledger: Ledger
    facts: Facts
    rows: tuple[RowState, ...]
    plan: tuple[PlanRow, ...]

    @property
    def laggards(self) -> tuple[RowState, ...]:
        return tuple(state for state in self.rows if state.lagging)


def whole(rows: Iterable[Row], ledger: Ledger, facts: Facts) -> Whole:
    """Work out every row."""
    figures: dict[str, list[Entry]] = {}
    for one in real(ledger.of("figure")):
        figures.setdefault(one.body["measure"], []).append(one)
    owners, reports = _by_row(real(ledger.of("owner"))), _by_row(real(ledger.of("report")))
    states = tuple(_state(row, ledger, facts, figures, owners.get(row.no, []), reports.get(row.no, [])) for row in rows)
    beside = {
        one.measure.key: Figure(one.value, one.source, one.date)
        for state in states
        for one in state.presents
        if one.measure.target is not None and one.value is not None and one.date is not None
    }
    return Whole(ledger.day, ledger, facts, states, tuple(plan_rows([s.row.item for s in states], beside)))


def _by_row(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.no or 0, []).append(one)
    return found


def _state(
    row: Row,
    ledger: Ledger,
    facts: Facts,
    figures: Mapping[str, list[Entry]],
    owners: list[Entry],
    reports: list[Entry],
) -> RowState:
    presents = tuple(_present(measure, row, ledger, facts, figures.get(measure.key, [])) for measure in row.measures)
    assigned = owners[-1] if owners else None
    owner, owner_from = owner_of(row, assigned)
    halves = half_states(reports, given_on(owners), ledger.day)
    person = str(assigned.body.get("person") or "") if assigned is not None else ""
    return RowState(
        row, presents, owner, owner_from, person, assigned, halves, missing_of(halves, ledger.day)
    )  # fmt: skip


def _present(measure: Measure, row: Row, ledger: Ledger, facts: Facts, entered: list[Entry]) -> Present:
    """What is counted stands before what is entered; both are kept for whoever looks."""
    count = counted(measure.count, row, ledger, facts) if measure.count else None
    last = entered[-1] if entered else None
    start = (entered[0].data_date, Decimal(entered[0].body["value"])) if entered else None
    note = ""
    if count is not None and count.value is not None:
        value, mode, source, day, period, note = count.value, "自动", count.how, ledger.day, "", count.note
        if last is not None and not value <= Decimal(last.body["value"]) <= (count.most or value):
            other = f"录入数是 {last.body['value']} {measure.unit}（{last.source}），与自动数不同，请核对登记簿"
            note = f"{note}；{other}" if note else other
    elif last is not None:
        value, mode, source, day = Decimal(last.body["value"]), "录入", last.source, last.data_date
        period = str(last.body["period"])
    else:
        mode, note = ("自动", count.note) if count is not None else ("录入", "还没有录入")
        return Present(measure, None, mode, "", None, "", count, (), lag_of(measure, None, None), note)
    lag = lag_of(measure, (day, value), start)
    return Present(measure, value, mode, source, day, period, count, tuple(entered), lag, note)
