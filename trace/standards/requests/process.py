"""Records, documents, temperatures, events, recall and lineage of a request; every member is optional."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from trace.standards.book import Rulebook
from trace.standards.checks.lineage import FIRST_STOPS
from trace.standards.checks.recalls import LEVELS, SCOPES
from trace.standards.checks.supplied import Document, Event, Happenings, Interval, Link, Recall, Record, Sample, Series
from trace.standards.requests.form import Form

MAX_RECORDS = 500
MAX_SERIES = 50
MAX_READINGS = 20_000
MAX_EVENTS = 2000
MAX_LINKS = 2000
COLDEST, HOTTEST = "-273.15", "400"
Row = Mapping[str, Any]


def records(form: Form, book: Rulebook, data: Row) -> tuple[Record, ...] | None:
    """Kept records by type: ``{"kind", "fields": {name: text}, "made_on"?, "kept_until"?}``."""
    if data.get("records") is None:
        return None
    made = []
    for at, row in form.rows(data, "records", "", MAX_RECORDS):
        kind = form.named(row, "kind", at, book.words["records"])
        fields = form.texts_by_name(row, "fields", at, 60) or ()
        made_on, kept_until = form.day(row, "made_on", at), form.day(row, "kept_until", at)
        form.in_order(made_on, kept_until, f"{at}/kept_until", "保存期限")
        made.append(Record(kind or "", fields, made_on, kept_until))
    return tuple(made)


def documents(form: Form, book: Rulebook, data: Row) -> tuple[Document, ...] | None:
    """Licences and certificates: ``{"kind", "number"?, "valid_from"?, "valid_to"?, "used_on"?, "fields"?}``."""
    if data.get("documents") is None:
        return None
    made = []
    for at, row in form.rows(data, "documents", "", MAX_RECORDS):
        kind = form.named(row, "kind", at, book.words["documents"])
        begins, ends = form.day(row, "valid_from", at), form.day(row, "valid_to", at)
        form.in_order(begins, ends, f"{at}/valid_to", "有效期")
        fields = form.texts_by_name(row, "fields", at, 60) or ()
        made.append(
            Document(kind or "", form.text(row, "number", at), begins, ends, form.day(row, "used_on", at), fields)
        )
    return tuple(made)


def temperatures(form: Form, book: Rulebook, data: Row) -> tuple[Series, ...] | None:
    """Temperature series by place; readings may come in any order, but one time has one value."""
    if data.get("temperatures") is None:
        return None
    left = MAX_READINGS
    made = []
    for at, row in form.rows(data, "temperatures", "", MAX_SERIES):
        what = form.named(row, "what", at, book.words["temperatures"])
        given = row.get("readings")
        count = len(given) if isinstance(given, list) else 0
        if count > left:
            detail = f"温度读数一次最多 {MAX_READINGS} 个，这里还有 {count} 个；请分段提交或取每 10 分钟一个"
            form.wrong(f"{at}/readings", "too_many", detail, f"at most {MAX_READINGS} readings in a request")
            continue
        left -= count
        samples = []
        for where, reading in form.rows(row, "readings", at, MAX_READINGS):
            time = form.time(reading, "at", where, required=True)
            celsius = form.number(reading, "celsius", where, COLDEST, HOTTEST, required=True)
            if time is not None and celsius is not None:
                samples.append((time, celsius, where))
        samples.sort(key=lambda one: one[0])
        twice = next((after for before, after in itertools.pairwise(samples) if before[0] == after[0]), None)
        if twice is not None:
            form.wrong(f"{twice[2]}/at", "duplicate", f"{twice[0].isoformat()} 有两个读数", "two readings at one time")
        low = form.number(row, "min_celsius", at, COLDEST, HOTTEST)
        high = form.number(row, "max_celsius", at, COLDEST, HOTTEST)
        if low is not None and high is not None and low > high:
            form.wrong(f"{at}/max_celsius", "reversed", f"上限 {high} 低于下限 {low}", "max is below min")
        every = form.whole(row, "interval_minutes", at, 1, 100_000)
        readings = tuple(Sample(time, celsius) for time, celsius, _ in samples)
        made.append(Series(what or "", readings, every, form.day(row, "calibration_due", at), low, high))
    return tuple(made)


def events(form: Form, book: Rulebook, data: Row) -> Happenings | None:
    """``events`` and the ``intervals`` that belong to them; ``of`` tells dishes or pesticides apart."""
    if data.get("events") is None and data.get("intervals") is None:
        return None
    happened: list[Event] = []
    for at, row in form.rows(data, "events", "", MAX_EVENTS):
        what = form.named(row, "what", at, book.words["events"])
        time = form.time(row, "at", at, required=True)
        of = form.text(row, "of", at)
        if what and any(one.what == what and one.of == of for one in happened):
            detail = f"“{what}”{f'（{of}）' if of else ''}重复；不同对象请用 of 区分"
            form.wrong(f"{at}/what", "duplicate", detail, "the event is listed twice")
        if what and time:
            happened.append(Event(what, time, of))
    waits: list[Interval] = []
    for at, row in form.rows(data, "intervals", "", MAX_RECORDS):
        what = form.named(row, "what", at, book.words["intervals"])
        days = form.whole(row, "days", at, 0, 3650)
        of = form.text(row, "of", at)
        if row.get("days") is None:
            form.wrong(f"{at}/days", "required", "缺少 days（天数）", "days is required")
        if what and any(one.what == what and one.of == of for one in waits):
            form.wrong(
                f"{at}/what", "duplicate", f"“{what}”{f'（{of}）' if of else ''}重复", "the interval is listed twice"
            )
        if what and days is not None:
            waits.append(Interval(what, days, of))
    return Happenings(tuple(happened), tuple(waits))


def recall(form: Form, data: Row) -> Recall | None:
    """A recall; ``holidays`` and ``workdays`` are the State Council's calendar of the year."""
    row = data.get("recall")
    if row is None:
        return None
    at = "/recall"
    if not isinstance(row, Mapping):
        form.wrong(at, "not_an_object", "recall 应为对象", "recall must be an object")
        return None
    level = form.named(row, "level", at, LEVELS)
    known = form.time(row, "known_at", at, required=True)
    started = form.time(row, "started_at", at)
    announced, finished = form.day(row, "announced_on", at), form.day(row, "finished_on", at)
    form.in_order(announced, finished, f"{at}/finished_on", "召回完成日期")
    if known and started and started < known:
        form.wrong(f"{at}/started_at", "reversed", "启动召回早于知悉时间，前后颠倒", "started before it was known")
    scope = form.text(row, "scope", at)
    if scope and scope not in SCOPES:
        form.wrong(f"{at}/scope", "unknown_value", f"不认识“{scope}”，可填 {'、'.join(SCOPES)}", "unknown scope")
    holidays = form.days(row, "holidays", at)
    workdays = form.days(row, "workdays", at) or ()
    fields = form.texts_by_name(row, "fields", at, 60) or ()
    if level is None or known is None:
        return None
    return Recall(level, known, started, announced, finished, scope, fields, holidays, workdays)


def lineage(form: Form, data: Row) -> tuple[Link, ...] | None:
    """Lots and what went into them: ``{"lot", "inputs"?, "origin"?, "documents"?}``."""
    if data.get("lineage") is None:
        return None
    made: list[Link] = []
    seen: set[str] = set()
    for at, row in form.rows(data, "lineage", "", MAX_LINKS):
        lot = form.text(row, "lot", at, required=True)
        if lot in seen:
            form.wrong(f"{at}/lot", "duplicate", f"批次“{lot}”重复", "the lot is listed twice")
        seen.add(lot)
        origin = form.text(row, "origin", at)
        if origin and origin not in FIRST_STOPS:
            form.wrong(
                f"{at}/origin", "unknown_value", f"不认识“{origin}”，可填 {'、'.join(FIRST_STOPS)}", "unknown origin"
            )
        inputs, papers = form.texts(row, "inputs", at) or (), form.texts(row, "documents", at) or ()
        made.append(Link(lot, inputs, origin, tuple(paper for paper in papers if paper.strip())))
    return tuple(made)
