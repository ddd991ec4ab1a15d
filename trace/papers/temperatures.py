"""Record a temperature series of a batch as an EPCIS sensor event; a wrong one is declared wrong, as any event is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from trace.batches.lifecycle import own_batch
from trace.batches.lots import absolute
from trace.context import SHANGHAI, Context, local_datetime
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal import documents
from trace.journal import store as journal
from trace.journal.canonical import loads
from trace.journal.commands import record_event
from trace.papers import store
from trace.papers.filing import judged_batch
from trace.papers.models import NewSeries
from trace.papers.reading import Repoint, understood
from trace.papers.sensors import Told, micros, sensor_elements, series_in, stated_time
from trace.problems import Problems, reason_of
from trace.rulebooks.books import current_book
from trace.standards import Rulebook
from trace.standards.requests.form import as_text
from trace.standards.requests.process import MAX_READINGS, MAX_SERIES
from trace.standards.vocabulary.readings import parse_number
from trace.verdicts.commands import judge

MOST_DECIMALS = 4
SHOWN = 50
"""Errors told at once: of ten thousand wrong rows nobody reads more."""


def checked_series(ctx: Context, batch_id: int, new: NewSeries) -> dict[str, Any]:
    """A series as it would be recorded, readings in the order of time. Raises InvalidInput, Conflict; writes nothing."""
    row = judged_batch(ctx, batch_id)
    book = current_book(ctx.conn)
    problems = Problems()
    device = problems.text(new.device, "/device", "设备编号", required=False, longest=60)
    if len(new.readings) > MAX_READINGS:
        raise InvalidInput.of(
            "/readings",
            "too_many",
            f"这段有 {len(new.readings)} 个读数，一批最多 {MAX_READINGS} 个；请分段，或取每 10 分钟一个",
            f"at most {MAX_READINGS} readings",
        )
    if not new.readings:
        problems.add("/readings", "required", "没有温度读数", "no readings")
    facts = understood(book, {"temperatures": [new.stated()]}, problems, today=ctx.today, repoint=_in_file(new))
    if facts is None or problems.errors:
        problems.errors = problems.errors[:SHOWN]
        problems.raise_if_any()
        raise InvalidInput
    assert facts.temperatures is not None
    read = facts.temperatures[0]
    _possible(ctx, book, row, new, problems)
    problems.raise_if_any()
    stated = new.stated()
    stated["readings"] = [{"at": stated_time(one.at), "celsius": f"{one.celsius:f}"} for one in read.readings]
    for name, value in (("min_celsius", read.lowest), ("max_celsius", read.highest)):
        if value is not None:
            stated[name] = f"{value:f}"
    _beside_others(ctx, row, stated, device)
    return stated | {"device": device}


def record_series(ctx: Context, batch_id: int, new: NewSeries) -> int:
    """Record a series and judge the batch again; gives the event row's id. Refused input changes nothing."""
    series = checked_series(ctx, batch_id, new)
    device = series.pop("device")
    elements, beside = sensor_elements(series, device)
    uri = absolute(str(journal.uri_of(ctx.conn, batch_id)), ctx.public_url)
    last = micros(series["readings"][-1]["at"])
    made = record_event(ctx, documents.observed(last, uri, elements, beside))
    judge(ctx, batch_id, "temperatures")
    return made


def withdraw_series(ctx: Context, batch_id: int, event_row_id: int, reason: str) -> int:
    """Declare a series wrong (EPCIS 7.4.1.2): the original stays and is judged no more. Gives the declaration's row id."""
    own_batch(ctx, batch_id)
    found = store.sensor_event(ctx.conn, batch_id, event_row_id)
    if found is None or found.tenant_id != ctx.tenant_id:
        raise NotFound("本批没有这段温度记录", "No such series of this batch")
    if store.is_declared(ctx.conn, ctx.tenant_id, found.event_id):
        raise Conflict("这段温度记录已经撤回", "Withdrawn already", code="already_withdrawn")
    why = reason_of(reason, "撤回原因")
    made = record_event(ctx, documents.declared_wrong(loads(found.document), ctx.now, why))
    judge(ctx, batch_id, "temperatures withdrawn")
    return made


def series_of(ctx_rows: list[Row[Any]]) -> list[tuple[Row[Any], Told]]:
    """The series of a batch's standing sensor events with the event of each."""
    return [(row, told) for row in ctx_rows for told in series_in(loads(row.document))]


def _in_file(new: NewSeries) -> Repoint:
    """Errors of a reading name the row of the file it came from."""

    def place(pointer: str, detail: str) -> tuple[str, str]:
        found = pointer.removeprefix("/temperatures/0")
        return found or "/readings", _row_of(new, found) + detail

    return place


def _row_of(new: NewSeries, pointer: str) -> str:
    parts = pointer.split("/")
    if len(parts) < 3 or parts[1] != "readings" or not parts[2].isdigit():
        return ""
    index = int(parts[2])
    return f"第 {new.rows[index]} 行：" if index < len(new.rows) else f"第 {index + 1} 个读数："


def _possible(ctx: Context, book: Rulebook, row: Row[Any], new: NewSeries, problems: Problems) -> None:
    """Refuse readings to come, of goods not yet made, and finer than any sensor; told by the order of the file."""
    now = local_datetime(ctx.now)
    made_on = date.fromisoformat(row.produced_on)
    after_only = _after_production(book, new.what)
    for index, one in enumerate(new.readings):
        moment, celsius = datetime.fromisoformat(one["at"]), parse_number(as_text(one["celsius"]))
        at = f"/readings/{index}"
        where = _row_of(new, at)
        if moment > now:
            problems.add(
                f"{at}/at", "future_time", f"{where}时间 {one['at']} 还没有到，请核对记录仪的时钟和时区", "future"
            )
        elif after_only and moment.astimezone(SHANGHAI).date() < made_on:
            problems.add(
                f"{at}/at",
                "before_production",
                f"{where}时间 {one['at']} 早于本批生产日期 {made_on}，{new.what}不可能有更早的读数；请核对时区，或删去不属于本批的行",
                "before the batch was made",
            )
        if -int(celsius.as_tuple().exponent) > MOST_DECIMALS:
            problems.add(
                f"{at}/celsius", "too_precise", f"{where}温度 {one['celsius']} 的小数多于 {MOST_DECIMALS} 位", ""
            )
        if len(problems.errors) >= SHOWN:
            return


def _after_production(book: Rulebook, what: str) -> bool:
    """Whether a place only sees goods that are made: every clause that names it is of storage, transport or serving."""
    stages = {
        stage for clause in book.papers["temperatures"] if what in (*clause.terms.places, clause.terms.ends)
        for stage in clause.stages or ("加",)
    }  # fmt: skip
    return not stages & {"田", "加"}


def _beside_others(ctx: Context, row: Row[Any], stated: Mapping[str, Any], device: str) -> None:
    """Refuse what is recorded already, and what would be too much together with it."""
    events = store.sensor_events(ctx.conn, {row.id: row.tenant_id}).get(row.id, [])
    others = [told for _, told in series_of(events) if told.series is not None]
    count = sum(len(told.series["readings"]) for told in others if told.series is not None)
    if len(others) >= MAX_SERIES or count + len(stated["readings"]) > MAX_READINGS:
        raise Conflict(
            f"本批已有 {len(others)} 段、{count} 个读数；一批最多 {MAX_SERIES} 段、{MAX_READINGS} 个。请取每 10 分钟一个再导入",
            "Too many readings for one batch",
            code="too_many_readings",
        )
    mine = {one["at"] for one in stated["readings"]}
    for told in others:
        assert told.series is not None
        twice = mine & {one["at"] for one in told.series["readings"]}
        if told.series["what"] == stated["what"] and told.device == device and twice:
            raise Conflict(
                f"{stated['what']}在 {min(twice)} 已有登记的读数（同一设备）；重复导入请取消，更正请先撤回原来那段",
                "Recorded already",
                code="duplicate_series",
            )
