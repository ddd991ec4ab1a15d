"""The ledger as JSON and for templates: every figure with how it was got, source and date; persons for staff alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from chain.ledger import store
from chain.ledger.halves import half_text
from chain.ledger.history import Known
from chain.ledger.kinds import KINDS
from chain.ledger.lagging import reasons
from chain.ledger.loading import CHAPTERS, load_ladder
from chain.ledger.models import (
    LAG_NAMES,
    ORIGIN_NAMES,
    STATE_NAMES,
    STEPS,
    Entry,
    Half,
    Lag,
    Measure,
    Present,
    RowState,
    figure_text,
)
from chain.plan import PlanRow
from service.batches.reading import iso
from trace.parties import store as parties

Json = dict[str, Any]


def plan_row_json(row: PlanRow) -> Json:
    """A row as ``/api/v1/plan`` has always given it."""
    item = row.item
    return {
        "no": item.no,
        "name": item.name,
        "type": item.type,
        "section": item.section,
        "target": item.target,
        "quote": list(item.quote),
        "platform_row": item.platform_row,
        "present": row.present,
        "figures": [
            {
                "key": figure.key,
                "metric": figure.metric,
                "target": figure.target,
                "year": figure.year,
                "year_note": figure.year_note,
                "present": figure.present,
                "source": figure.source,
                "date": _day(figure.date),
                "reached": figure.reached,
            }
            for figure in row.figures
        ],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def state_json(state: RowState) -> Json:
    """What the ledger adds to a row."""
    return {
        "chapter": state.row.chapter,
        "chapter_name": CHAPTERS[state.row.chapter],
        "owner": state.owner,
        "owner_from": state.owner_from,
        "state": state.state,
        "state_name": STATE_NAMES[state.state],
        "not_counted": state.row.none or None,
        "measures": [present_json(one) for one in state.presents],
        "report": half_json(state.halves[0], staff=False) if state.halves else None,
        "lagging": state.lagging,
        "reasons": list(reasons(state)),
    }


def present_json(one: Present) -> Json:
    """A measure with its present figure and how it stands against the target."""
    target = one.measure.target
    return {
        "key": one.measure.key,
        "name": one.measure.name,
        "unit": one.measure.unit,
        "counted": one.mode,
        "how": one.counted.how if one.counted is not None else "数值、单位、所指期间、来源文件、日期",
        "value": None if one.value is None else f"{one.value:f}",
        "most": None if one.most is None else f"{one.most:f}",
        "present": one.text,
        "period": one.period or None,
        "source": one.source or None,
        "date": _day(one.date),
        "note": one.note or None,
        "target": None if target is None else target.text,
        "year": None if target is None else target.year,
        "lag": lag_json(one.lag),
        "rows": len(one.counted.rows) if one.counted is not None else None,
        "trial": any(entry.origin == "trial" for entry in _behind(one)),
    }


def known_json(one: Known, measure: Measure) -> Json:
    """A figure of the past with how it is known."""
    return {
        "date": one.day.isoformat(),
        "value": None if one.value is None else f"{one.value:f}",
        "most": None if one.most is None else f"{one.most:f}",
        "text": figure_text(one.value, one.most, measure.unit),
        "counted": one.mode,
        "source": one.source,
        "trial": one.trial,
    }


def _behind(one: Present) -> Iterable[Entry]:
    """The entries that the figure shown rests on."""
    if one.mode == "自动":
        return one.counted.rows if one.counted is not None else ()
    return one.entered[-1:]


def lag_json(lag: Lag) -> Json:
    line = lag.line
    return {
        "state": lag.state,
        "state_name": LAG_NAMES[lag.state],
        "why": lag.why,
        "line": None
        if line is None
        else {
            "start_date": line.start_date.isoformat(),
            "start": f"{line.start:f}",
            "end_date": line.end_date.isoformat(),
            "end": f"{line.end:f}",
            "due": f"{line.due:.4f}",
        },
    }


def half_json(half: Half, *, staff: bool) -> Json:
    """A half-year's report: each step with its date; the texts for staff."""
    return {
        "half": half.half,
        "name": half_text(half.half),
        "state": half.state,
        "done": half.done,
        "due": half.due.isoformat(),
        "steps": [
            {
                "step": step,
                "date": half.steps[step].data_date.isoformat() if step in half.steps else None,
                "source": half.steps[step].source if step in half.steps else None,
                **({"text": half.steps[step].body["text"] if step in half.steps else None} if staff else {}),
            }
            for step in STEPS
        ],
    }


def entry_json(entry: Entry, *, staff: bool, withdrawn_by: int | None = None, standing: bool = True) -> Json:
    """One entry. Fields for staff are left out for everybody else."""
    kind = KINDS[entry.kind]
    hidden = set() if staff else {spec.name for spec in kind.fields if spec.staff}
    return {
        "id": str(entry.id),
        "no": entry.no,
        "kind": entry.kind,
        "kind_name": kind.name,
        "body": {name: value for name, value in entry.body.items() if name not in hidden and name != "person"},
        "text": said(entry, staff=staff),
        "data_date": entry.data_date.isoformat(),
        "source": entry.source,
        "origin": entry.origin,
        "origin_name": ORIGIN_NAMES[entry.origin],
        "recorded_at": iso(entry.recorded_at),
        "micros": entry.recorded_at,
        "standing": standing and withdrawn_by is None,
        "withdrawn_by": str(withdrawn_by) if withdrawn_by is not None else None,
    }


def history_json(rows: Iterable[Any], standing: Iterable[Entry], *, staff: bool) -> list[Json]:
    """Stored rows as JSON, each marked whether it still holds; single entries of staff kinds only for staff."""
    holds = {entry.id for entry in standing}
    return [
        entry_json(store.read_entry(row), staff=staff, withdrawn_by=row.withdrawn_by, standing=row.id in holds)
        for row in rows
        if staff or not KINDS[row.kind].staff
    ]


def said(entry: Entry, *, staff: bool) -> str:
    """An entry in one line."""
    body: Mapping[str, Any] = entry.body
    if entry.kind == "figure":
        return f"{body['value']} {body['unit']}（{body['period']}）"
    if entry.kind == "report":
        return f"{half_text(body['half'])}：{body['step']}" + (f"，{body['text']}" if staff else "")
    if entry.kind == "ladder":
        return f"{load_ladder().criteria.get(body['criterion'], body['criterion'])}：{body['met']}（{body['proof']}）"
    if entry.kind == "owner":
        return str(body["unit"])
    hidden = set() if staff else {spec.name for spec in KINDS[entry.kind].fields if spec.staff}
    parts = []
    for spec in KINDS[entry.kind].fields:
        value = body.get(spec.name)
        if not value or spec.name in hidden:
            continue
        shown = "、".join(value) if isinstance(value, list) else str(value)
        plain = spec.name in (
            "name",
            "number",
            "what",
            "topic",
            "title",
            "base",
            "text",
            "state",
            "level",
            "role",
            "unit",
        )
        parts.append(shown if plain else f"{spec.label} {shown}")
    return "，".join(parts)


def person_names(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Names behind the opaque numbers of those in charge, for staff alone; 已删除 where the person was."""
    wanted = sorted({int(one) for one in ids if one.isdigit()})
    there = parties.people(conn, wanted) if wanted else {}
    return {str(one): str(there[one].name) if one in there else "（已删除）" for one in wanted}
