"""SEM-11: what a re-test, an objection or a maker's denial may change, by kind of task. Pure.

Source: facts of the rulebook, section 1 SEM-11 (食品安全抽样检验管理办法), and section 13 (食品召回管理办法).
The duties to stop, seal and recall are not in these rules on purpose: nothing here ends them but a result
that is overturned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from trace.bulletins.models import FIRST, MONITORING, OBJECTION, RAPID, RETEST, SURVEILLANCE, TASKS

FAILED, OVERTURNED = "failed", "overturned"
RETEST_WORKING_DAYS = 7
RAPID_OBJECTION_HOURS = 4
MAX_HOLIDAYS = 10
GROUNDS = {
    "sampling": "抽样过程",
    "authenticity": "样品真实性",
    "method": "检验方法",
    "standard": "标准适用",
}
RESERVES = {"good": "完好", "expired": "已过期", "damaged": "已毁损"}
METHODS = {"laboratory": "实验室检验", "rapid": "快速检测"}


class Refused(Exception):
    """A change that the rules do not allow: machine code and one Chinese sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class State:
    """Where a sample's result stands.

    ``microbial`` counts the failed items that are microbiological, of ``items`` in all. ``pending`` is
    '' or what is being dealt with (retest, objection); ``final`` after a re-test's conclusion.
    ``doubted`` is 真实性待核: the named maker denies having made it.
    """

    task: str
    items: int = 1
    microbial: int = 0
    status: str = FIRST
    result: str = FAILED
    pending: str = ""
    ground: str = ""
    doubted: bool = False
    final: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON, to be written into the act that leads here."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody asks or concludes. Dates are calendar dates; ``hours`` since a rapid result was told."""

    kind: str
    told_on: date | None = None
    asked_on: date | None = None
    holidays: int = 0
    hours: int = 0
    reserve: str = "good"
    method: str = "laboratory"
    conforms: bool = False
    upheld: bool = False
    ground: str = ""


CHANGES = {
    "retest": "受理复检申请",
    "retest_concluded": "登记复检结论",
    "objection": "受理异议",
    "objection_decided": "登记异议审核结论",
    "denial": "标称生产者否认",
}


def decide(state: State, change: Change) -> State:
    """The state after a change. Raises Refused with the reason where it is not allowed."""
    if change.kind not in _RULES:
        raise Refused("unknown_change", f"没有“{change.kind}”这种办理事项")
    return _RULES[change.kind](state, change)


def last_day(told_on: date, working_days: int, holidays: int = 0) -> date:
    """The last day of a term in working days that begins the day after; ``holidays`` weekdays off lengthen it.

    Weekends are known here, public holidays are not: the officer states how many weekdays were off.
    """
    day, left = told_on, working_days + holidays
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5:
            left -= 1
    return day


def _retest(state: State, change: Change) -> State:
    if state.task not in (SURVEILLANCE, RAPID):
        raise Refused("no_retest_for_task", f"{state.task}没有复检程序；要定案须另行监督抽检")
    if state.final or state.status == RETEST:
        raise Refused("already_retested", "已经复检过，复检结论是最终结论，不再复检")
    _settled(state)
    if state.items and state.microbial == state.items:
        raise Refused("microbiology", "不合格项目是微生物，不予复检")
    if change.reserve == "expired":
        raise Refused("reserve_expired", "备份样品已超过保质期，不予复检")
    if change.reserve == "damaged":
        raise Refused("reserve_damaged", "备份样品已毁损，不能复检")
    if change.reserve not in RESERVES:
        raise Refused("reserve_unknown", "请说明备份样品是否完好：完好、已过期或已毁损")
    if state.task == RAPID:
        _within_hours(change)
    else:
        _in_time(change)
    return replace(state, status=RETEST, pending="retest")


def _in_time(change: Change) -> None:
    if change.told_on is None or change.asked_on is None:
        raise Refused("dates_missing", "请填写收到不合格结论的日期和申请复检的日期")
    if change.asked_on < change.told_on:
        raise Refused("dates_reversed", f"申请日期 {change.asked_on} 早于收到结论的日期 {change.told_on}，请核对")
    if not 0 <= change.holidays <= MAX_HOLIDAYS:
        raise Refused("holidays_range", f"期间的法定节假日应为 0 到 {MAX_HOLIDAYS} 个工作日，请核对")
    end = last_day(change.told_on, RETEST_WORKING_DAYS, change.holidays)
    if change.asked_on > end:
        raise Refused(
            "too_late",
            f"{change.told_on} 收到结论，{RETEST_WORKING_DAYS} 个工作日到 {end} 为止，{change.asked_on} 申请已逾期，不予复检"
            "（期间如有法定节假日，请填写天数）",
        )


def _within_hours(change: Change) -> None:
    if not 0 <= change.hours <= RAPID_OBJECTION_HOURS:
        raise Refused(
            "rapid_too_late",
            f"对快检结果的异议应在得知结果后 {RAPID_OBJECTION_HOURS} 小时内提出，已过 {change.hours} 小时",
        )


def _settled(state: State) -> None:
    if state.pending:
        what = {"retest": "复检", "objection": "异议"}[state.pending]
        raise Refused("still_pending", f"还有一件{what}没有结论，先登记它的结论")
    if state.result == OVERTURNED:
        raise Refused("already_overturned", "不合格结论已被推翻，无须再办")


def _retest_concluded(state: State, change: Change) -> State:
    if state.pending != "retest":
        raise Refused("no_retest", "没有受理过复检，不能登记复检结论")
    if change.method not in METHODS:
        raise Refused("method_unknown", "请说明复检方法：实验室检验或快速检测")
    if change.method == "rapid":
        raise Refused("rapid_retest", "复检不得采用快速检测，请用国家规定的检验方法")
    overturned = change.conforms and state.microbial == 0
    return replace(
        state,
        pending="",
        final=True,
        result=OVERTURNED if overturned else FAILED,
        doubted=state.doubted and not overturned,
    )


def _objection(state: State, change: Change) -> State:
    if change.ground not in GROUNDS:
        raise Refused("ground_unknown", f"请选择异议的内容：{'、'.join(GROUNDS.values())}")
    _settled(state)
    if state.final and change.ground in ("method", "standard"):
        raise Refused("retest_final", "复检结论是最终结论，不再受理检验方法、标准适用的异议")
    if state.task == RAPID:
        _within_hours(change)
    doubted = state.doubted or change.ground == "authenticity"
    return replace(state, status=OBJECTION, pending="objection", ground=change.ground, doubted=doubted)


def _denial(state: State, change: Change) -> State:
    return _objection(state, replace(change, kind="objection", ground="authenticity", hours=0))


def _objection_decided(state: State, change: Change) -> State:
    if state.pending != "objection":
        raise Refused("no_objection", "没有受理过异议，不能登记审核结论")
    after = RETEST if state.final else OBJECTION
    result = OVERTURNED if change.upheld else state.result
    return replace(state, status=after, pending="", ground=state.ground, doubted=False, result=result)


_RULES: Mapping[str, Callable[[State, Change], State]] = {
    "retest": _retest,
    "retest_concluded": _retest_concluded,
    "objection": _objection,
    "objection_decided": _objection_decided,
    "denial": _denial,
}


# what a sample may lead to --------------------------------------------------------------------------


def is_public(task: str) -> bool:
    """Whether a sample's result may be told to the public or to enterprises: never 风险监测."""
    return task in TASKS and task != MONITORING


def case_refusal(state: State) -> str:
    """Why a confirmed match must not open a case; '' where it may."""
    if state.task != SURVEILLANCE:
        return {
            MONITORING: "风险监测不能直接定案：请另行监督抽检",
            RAPID: "快检不能直接定案：请抽样送检",
        }.get(state.task, f"{state.task}不直接定案：请另行监督抽检")
    if state.result == OVERTURNED:
        return "不合格结论已被推翻，不立案"
    if state.doubted:
        return "标称生产者否认，真实性待核：查清之前不动其批次"
    return ""
