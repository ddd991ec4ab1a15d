"""Time limits between events, waiting intervals that must be supplied, and the order of events."""

from __future__ import annotations

import itertools
from datetime import datetime
from zoneinfo import ZoneInfo

from trace.standards.checks.answers import Answer, Answers, missing
from trace.standards.checks.supplied import Event
from trace.standards.clauses import Clause
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _events(facts: BatchFacts, what: str) -> list[Event]:
    return [event for event in (facts.events.events if facts.events else ()) if event.what == what]


def span_text(minutes: int) -> str:
    """``4 小时``, ``90 分钟``, ``2 天``."""
    if minutes % 1440 == 0 and minutes > 1440 * 2:
        return f"{minutes // 1440} 天"
    return f"{minutes // 60} 小时" if minutes % 60 == 0 else f"{minutes} 分钟"


def between(clause: Clause, facts: BatchFacts) -> Answers:
    """Each beginning has its end, not later (``within``) and not earlier (``at_least``) than allowed."""
    terms = clause.terms
    begins, ends = _events(facts, terms.begins), _events(facts, terms.ends)
    if not begins and not ends:
        return missing(clause, f"{terms.begins}和{terms.ends}的时间")
    answers: list[Answer] = []
    for of in dict.fromkeys(event.of for event in [*begins, *ends]):
        start = next((event for event in begins if event.of == of), None)
        end = next((event for event in ends if event.of == of), None)
        name = f"{of}：" if of else ""
        if start is None or end is None:
            answers.append((INSUFFICIENT, of, f"{name}没有{terms.begins if start is None else terms.ends}的时间"))
            continue
        answers.append(_span(clause, name, start.at, end.at))
    return answers


def _span(clause: Clause, name: str, start: datetime, end: datetime) -> Answer:
    terms = clause.terms
    seconds = (end - start).total_seconds()
    told = f"{name}{terms.begins}到{terms.ends} {seconds / 3600:.2f} 小时"
    if seconds < 0:
        return REVIEW, "时间颠倒", f"{name}{terms.ends}早于{terms.begins}，时间颠倒，须核实"
    if terms.within and seconds > terms.within * 60:
        return FAIL, f"{seconds / 3600:.2f} 小时", f"{told}，超过 {span_text(terms.within)}"
    if terms.at_least and seconds < terms.at_least * 60:
        return FAIL, f"{seconds / 3600:.2f} 小时", f"{told}，不足 {span_text(terms.at_least)}"
    limit = f"不超过 {span_text(terms.within)}" if terms.within else f"不少于 {span_text(terms.at_least)}"
    return PASS, f"{seconds / 3600:.2f} 小时", f"{told}，{limit}"


def waiting(clause: Clause, facts: BatchFacts) -> Answers:
    """Days between the last treatment and the harvest reach the interval, which must be supplied."""
    terms = clause.terms
    begins, ends = _events(facts, terms.begins), _events(facts, terms.ends)
    if not begins:
        return missing(clause, f"{terms.begins}的日期")
    intervals = [one for one in (facts.events.intervals if facts.events else ()) if one.what == terms.interval]
    last = min((event.at for event in ends), default=None)
    answers: list[Answer] = []
    for event in begins:
        name = event.of or terms.begins
        # One interval may be given for several treatments; the longest that fits binds.
        days = max((one.days for one in intervals if one.of in ("", event.of)), default=None)
        if last is None:
            answers.append((INSUFFICIENT, name, f"{name}：没有{terms.ends}的日期"))
        elif days is None:
            answers.append((INSUFFICIENT, name, f"{name}：没有提供{terms.interval}，不能判断间隔是否足够"))
        else:
            waited = (last.astimezone(SHANGHAI).date() - event.at.astimezone(SHANGHAI).date()).days
            told = f"{name}：{terms.begins}到{terms.ends} {waited} 天，{terms.interval} {days} 天"
            if waited < 0:
                answers.append((REVIEW, "时间颠倒", f"{told}，时间颠倒，须核实"))
            else:
                enough = waited >= days
                answers.append((PASS if enough else FAIL, f"{waited} 天", told + ("" if enough else "，间隔不足")))
    return answers


def in_order(clause: Clause, facts: BatchFacts) -> Answers:
    """Events of a life stand in order: harvest, receipt, production, dispatch, arrival, heating."""
    known = {what: [event.at for event in _events(facts, what)] for what in clause.terms.order}
    present = [(what, times) for what, times in known.items() if times]
    if len(present) < 2:
        return []
    wrong = [
        f"{later}早于{earlier}"
        for (earlier, before), (later, after) in itertools.combinations(present, 2)
        if min(after) < min(before)
    ]
    if wrong:
        return [(REVIEW, "时间颠倒", f"{'；'.join(wrong)}，须核实")]
    return [(PASS, f"{len(present)} 个时间", f"{'、'.join(what for what, _ in present)}的时间先后一致")]
