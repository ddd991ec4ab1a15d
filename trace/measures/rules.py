"""The law's terms of official measures (行政强制法), and what a document needs. Pure: no session, no clock.

The numbers of the clauses were not checked against the law's text: 第十九条 (report and approval within 24 hours of an
urgent measure), 第二十五条 (30 days for 查封、扣押, one extension of at most 30 days).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from trace.context import local_datetime
from trace.measures.models import (
    DRAFT,
    LAPSED,
    LIFT,
    MEASURES,
    PENDING_NUMBER,
    SEIZURES,
    SERVED,
    STATES,
    STOP,
    TAKEN,
    Officer,
)
from trace.problems import Problems

HOUR = 3_600_000_000
MINUTE = 60_000_000
URGENT_HOURS = 24
SEIZURE_DAYS = 30
EXTENSION_DAYS = 30
REMIND_DAYS = 7
UNCHECKED = "条款号未与法律原文核对"
LAW_URGENT = f"《行政强制法》第十九条：情况紧急当场实施的，24 小时内报告并补办批准（{UNCHECKED}）"
LAW_SEIZURE = f"《行政强制法》第二十五条：查封、扣押不超过 30 日，经批准可延长一次，不超过 30 日（{UNCHECKED}）"

_NUMBER = re.compile(r"[0-9A-Za-z]{6,20}")


class Row(Protocol):
    """What the rules read of a measure."""

    @property
    def measure(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def taken_at(self) -> int | None: ...
    @property
    def approval_noted_at(self) -> int | None: ...
    @property
    def until(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a measure stands at a moment. ``code`` is a state, or ``approved``, ``due`` or ``expired``.

    ``due`` is when an urgent measure lapses (µs UTC), ``left`` the µs to go; ``days`` is days to the end of a seizure,
    negative after it.
    """

    code: str
    text: str
    in_effect: bool
    due: int | None = None
    left: int | None = None
    days: int | None = None

    @property
    def pressing(self) -> bool:
        """Whether somebody has to do something before a term ends, or should have."""
        return self.code in ("taken", "due", "expired", "lapsed")


def lapses_at(taken_at: int) -> int:
    """The last moment (µs UTC) to record the approval of a measure that was taken first."""
    return taken_at + URGENT_HOURS * HOUR


def has_lapsed(row: Row, now: int) -> bool:
    """Whether an urgent measure is over for want of approval, recorded as such yet or not."""
    if row.state == LAPSED:
        return True
    open_ = row.state == TAKEN and row.approval_noted_at is None and row.taken_at is not None
    return open_ and now > lapses_at(int(row.taken_at or 0))


def seizure_until(decided: date, extended: int = 0) -> date:
    """The last day of a seizure: 30 days after the decision, and the days it was extended by."""
    return decided + timedelta(days=SEIZURE_DAYS + extended)


def standing(row: Row, now: int) -> Standing:
    """Where ``row`` stands at ``now``, from its recorded times alone: it never waits for a job."""
    if has_lapsed(row, now):
        return Standing(LAPSED, STATES[LAPSED], False, due=None if row.taken_at is None else lapses_at(row.taken_at))
    if row.state not in (TAKEN, SERVED) or row.measure == LIFT:
        text = "已送达，解除生效" if row.measure == LIFT and row.state == SERVED else STATES[row.state]
        return Standing(row.state, text, False)
    days = None
    if row.until is not None:
        days = (date.fromisoformat(row.until) - local_datetime(now).date()).days
    if row.state == TAKEN:
        assert row.taken_at is not None
        if row.approval_noted_at is not None:
            return Standing("approved", "紧急措施已补办批准，待送达文书", True, days=days)
        due = lapses_at(row.taken_at)
        return Standing(TAKEN, "紧急措施，24 小时内补办批准", True, due=due, left=due - now, days=days)
    if days is not None and days < 0:
        return Standing("expired", "已到期未处理：应解除或作出处理决定", True, days=days)
    if days is not None and days <= REMIND_DAYS:
        return Standing("due", f"还有 {days} 天到期", True, days=days)
    return Standing(SERVED, STATES[SERVED], True, days=days)


def public_text(measure: str, document_no: str, returns: str = "") -> str:
    """What the public page says of a measure in effect; see ``trace.batches.public``."""
    if measure == STOP:
        return document_no or PENDING_NUMBER
    number = f"文书号：{document_no}" if document_no else PENDING_NUMBER
    if measure in SEIZURES:
        return f"{MEASURES[measure]}（{number}）"
    return f"监管责令召回，{number}；退货方式：{returns or '以企业召回公告为准'}"


def read_number(text: str) -> str:
    """A certificate number as it stands on documents: no blanks, half-width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def check_officers(problems: Problems, officers: Sequence[Officer]) -> list[Officer]:
    """Two officers with different certificate numbers (6 to 20 letters and digits) and names; what is missing is named."""
    found = []
    for place in range(2):
        given = officers[place] if place < len(officers) else Officer()
        number, which = read_number(given.number), "一二"[place]
        at = f"/officers/{place}"
        if not number:
            problems.add(f"{at}/number", "required", f"请填写第{which}名执法人员的执法证号", "certificate number")
        elif not _NUMBER.fullmatch(number):
            problems.add(
                f"{at}/number",
                "certificate",
                f"第{which}名执法人员的执法证号“{number[:30]}”应为 6 到 20 位字母或数字，请照证件填写",
                "6 to 20 letters and digits",
            )
        name = problems.text(given.name, f"{at}/name", f"第{which}名执法人员的姓名", longest=40)
        found.append(Officer(number, name))
    first, second = found
    if first.number and first.number.upper() == second.number.upper():
        problems.add("/officers/1/number", "same", "两名执法人员的执法证号相同，须是两个人", "two different officers")
    if first.name and first.name == second.name:
        problems.add("/officers/1/name", "same", "两名执法人员的姓名相同，须是两个人", "two different officers")
    return found


def check_times(
    problems: Problems, *, drafted_at: int, approved_at: int | None, served_at: int | None, now: int, urgent: bool
) -> None:
    """Nothing in the future; service not before the draft; approval before service unless the matter was urgent.

    Times are typed to the minute, so moments of the platform are compared by their minute.
    """
    for at, pointer, name in ((approved_at, "/approved_at", "批准时间"), (served_at, "/served_at", "送达时间")):
        if at is not None and at > now:
            problems.add(pointer, "in_future", f"{name} {shown(at)} 晚于现在，请核对", "in the future")
    if served_at is not None and served_at < drafted_at - drafted_at % MINUTE:
        problems.add(
            "/served_at",
            "before_draft",
            f"送达时间 {shown(served_at)} 早于起草时间 {shown(drafted_at)}，请核对",
            "served before it was drafted",
        )
    if not urgent and approved_at is not None and served_at is not None and approved_at > served_at:
        problems.add(
            "/approved_at",
            "after_service",
            f"批准时间 {shown(approved_at)} 晚于送达时间 {shown(served_at)}：须先批准后送达，情况紧急的先点“紧急先行采取”",
            "approved after service",
        )


def shown(micros: int) -> str:
    """A moment as people read it."""
    return f"{local_datetime(micros):%Y-%m-%d %H:%M}"


def may_draft(measure: str, states: Mapping[str, str]) -> str:
    """Why a further draft of this kind makes no sense; '' where it does. ``states`` are the office's drafts by measure."""
    if states.get(measure) == DRAFT:
        return f"本单位已有一份“{MEASURES[measure]}”草稿，请在那份上办理或先撤回"
    return ""
