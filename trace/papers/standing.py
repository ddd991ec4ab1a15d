"""Which papers stand: what was filed and not withdrawn, as members of an evaluation request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trace.journal.canonical import loads
from trace.papers.models import (
    DOCUMENT,
    LABEL,
    LABEL_WITHDRAWN,
    PRINTED,
    RECORD,
    TIMES,
    WITHDRAWN,
)


def labels_standing(acts: Iterable[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """An item's labels that nobody has withdrawn, in the order they were filed: (act, body)."""
    told = [(act, loads(act.body)) for act in acts if act.kind in (LABEL, LABEL_WITHDRAWN)]
    gone = {body["label_id"] for act, body in told if act.kind == LABEL_WITHDRAWN}
    return [(act, body) for act, body in told if act.kind == LABEL and str(act.id) not in gone]


def label_on(acts: Iterable[Any], produced_on: str) -> dict[str, Any] | None:
    """The label of what was made on a day: the last one filed that was in use by then. None where there is none."""
    fitting = [body for _, body in labels_standing(acts) if body["used_from"] <= produced_on]
    return fitting[-1] if fitting else None


def papers_standing(acts: Iterable[Any]) -> list[tuple[Any, dict[str, Any]]]:
    """A batch's records, documents, times and label checks that nobody has withdrawn, oldest first: (act, body)."""
    told = [(act, loads(act.body)) for act in acts if act.kind in (RECORD, DOCUMENT, TIMES, PRINTED, WITHDRAWN)]
    gone = {body["paper_id"] for act, body in told if act.kind == WITHDRAWN}
    return [(act, body) for act, body in told if act.kind != WITHDRAWN and str(act.id) not in gone]


def members(
    item_acts: Sequence[Any], batch_acts: Sequence[Any], series: Sequence[Mapping[str, Any]], produced_on: str
) -> dict[str, Any]:
    """What was filed, by member of the evaluation request; a member of which nothing was filed is not there.

    What a label prints per batch (dates, lot) comes only from a check of a package of that batch, never from how
    the artwork says dates are printed.
    """
    found: dict[str, Any] = {}
    standing = papers_standing(batch_acts)
    label = label_on(item_acts, produced_on)
    if label is not None:
        checks = [body["printed"] for act, body in standing if act.kind == PRINTED]
        printed: dict[str, str] = checks[-1] if checks else {}
        found["label"] = label["label"] | printed
    for member, kind in (("records", RECORD), ("documents", DOCUMENT)):
        rows = [body["stated"] for act, body in standing if act.kind == kind]
        if rows:
            found[member] = rows
    times = [body for act, body in standing if act.kind == TIMES]
    if times:
        found["events"] = [event for body in times for event in body["events"]]
        found["intervals"] = [interval for body in times for interval in body["intervals"]]
    if series:
        found["temperatures"] = [dict(one) for one in series]
    return found
