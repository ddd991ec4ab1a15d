"""Recalls: started in time, finished within working days, announced with what a notice must say."""

from __future__ import annotations

from datetime import date, timedelta

from trace.standards.checks.answers import Answers, gaps, one
from trace.standards.checks.supplied import Recall
from trace.standards.checks.times import span_text
from trace.standards.clauses import Clause
from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts

LEVELS = ("一级", "二级", "三级", "标签瑕疵")
SCOPES = ("省内", "跨省")
_MOST_DAYS = 3660


def recall_start(clause: Clause, facts: BatchFacts) -> Answers:
    """Started and the plan reported within the hours of its level."""
    recall = facts.recall
    if recall is None or recall.level != clause.terms.level:
        return []
    if recall.started_at is None:
        return one(
            INSUFFICIENT,
            "无",
            f"没有启动召回的时间，{recall.level}召回应在知悉后 {span_text(clause.terms.within)}内启动",
        )
    hours = (recall.started_at - recall.known_at).total_seconds() / 3600
    if hours < 0:
        return one(REVIEW, "时间颠倒", "启动召回早于知悉，时间颠倒，须核实")
    told = f"知悉后 {hours:.2f} 小时启动，{recall.level}召回限 {span_text(clause.terms.within)}"
    return one(PASS if hours * 60 <= clause.terms.within else FAIL, f"{hours:.2f} 小时", told)


def recall_finish(clause: Clause, facts: BatchFacts) -> Answers:
    """Finished within the working days of its level, counted from the day after the announcement."""
    recall = facts.recall
    if recall is None or recall.level != clause.terms.level:
        return []
    if recall.announced_on is None or recall.finished_on is None:
        what = "公告" if recall.announced_on is None else "完成召回"
        return one(INSUFFICIENT, "无", f"没有{what}的日期，不能核对 {clause.terms.workdays} 个工作日的期限")
    if recall.finished_on < recall.announced_on:
        return one(REVIEW, "时间颠倒", "完成召回早于公告，时间颠倒，须核实")
    return _counted(clause, recall, recall.announced_on, recall.finished_on)


def _counted(clause: Clause, recall: Recall, first: date, last: date) -> Answers:
    most = clause.terms.workdays
    days = (last - first).days
    if days <= most:  # even if every day were a working day
        return one(PASS, f"{days} 天", f"公告后 {days} 天完成，{recall.level}召回限 {most} 个工作日")
    if recall.holidays is None:
        why = f"公告后 {days} 天完成，限 {most} 个工作日；没有提供节假日安排，工作日数须人工核对"
        return one(REVIEW, f"{days} 天", why)
    count = working_days(first, last, recall.holidays, recall.workdays)
    told = f"公告后 {count} 个工作日完成，{recall.level}召回限 {most} 个工作日"
    return one(PASS if count <= most else FAIL, f"{count} 个工作日", told)


def working_days(first: date, last: date, holidays: tuple[date, ...], extra: tuple[date, ...]) -> int:
    """Working days after ``first`` up to ``last``: Monday to Friday without holidays, and days worked instead.

    Ten years are the longest span that is counted; what is longer gives the count of ten years.
    """
    free, worked = set(holidays), set(extra)
    count = 0
    for step in range(1, min((last - first).days, _MOST_DAYS) + 1):
        day = first + timedelta(days=step)
        count += day in worked or (day.weekday() < 5 and day not in free)
    return count


def recall_notice(clause: Clause, facts: BatchFacts) -> Answers:
    """The announcement says what it must, on the platform that its reach asks for."""
    recall = facts.recall
    if recall is None or recall.announced_on is None or recall.level == "标签瑕疵":
        return []
    fields = dict(recall.fields)
    empty = gaps(clause.fields, lambda name: fields.get(name, ""))
    if not recall.scope:
        empty.append("召回范围（省内或跨省）")
    if empty:
        return one(INSUFFICIENT, "公告", f"召回公告缺{'、'.join(empty)}")
    wanted = "国家级" if recall.scope == "跨省" else "省级"
    platform = fields.get("公告平台", "")
    if not platform.startswith(wanted):
        return one(FAIL, platform, f"召回范围{recall.scope}，应在{wanted}平台公告，实为“{platform}”")
    return one(PASS, platform, f"召回范围{recall.scope}，已在{platform}公告，内容齐全")


def recall_hint(clause: Clause, facts: BatchFacts) -> Answers:
    """Something to be told about a recall of a level; lowers nothing."""
    if facts.recall is None or (clause.terms.level and facts.recall.level != clause.terms.level):
        return []
    return one(ADVISORY, facts.recall.level, clause.note or clause.title)
