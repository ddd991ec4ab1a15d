"""Temperature series: range, excursion, logging interval, calibration.

Excursion minutes are counted on the safe side: the time between two readings counts when either lies
outside. The mean kinetic temperature (MKT) uses the customary activation energy of 83.144 kJ/mol.
Standards give no uniform tolerance (CC-13), so what lies outside a range that is not a hard limit goes to
a person with minutes, peak and MKT.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from trace.standards.checks.answers import Answer, Answers, missing
from trace.standards.checks.supplied import Sample, Series
from trace.standards.clauses import Clause
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts

_ZERO = 273.15
_ACTIVATION = 83.144 / 8.314472e-3
"""ΔH/R in kelvin."""
SHANGHAI = ZoneInfo("Asia/Shanghai")


def excursion_minutes(readings: Sequence[Sample], inside: Callable[[Decimal], bool]) -> int:
    """Minutes between readings of which at least one lies outside, rounded up."""
    seconds = 0.0
    for first, second in itertools.pairwise(readings):
        if not (inside(first.celsius) and inside(second.celsius)):
            seconds += (second.at - first.at).total_seconds()
    return math.ceil(seconds / 60)


def mean_kinetic(readings: Sequence[Sample]) -> float:
    """The mean kinetic temperature in °C. Needs at least one reading above absolute zero."""
    kelvins = [max(float(sample.celsius) + _ZERO, 1.0) for sample in readings]
    powers = [-_ACTIVATION / kelvin for kelvin in kelvins]
    top = max(powers)  # factored out: e^-40000 is zero in a float
    mean = top + math.log(sum(math.exp(power - top) for power in powers) / len(powers))
    return -_ACTIVATION / mean - _ZERO


def _inside(lowest: Decimal | None, highest: Decimal | None) -> Callable[[Decimal], bool]:
    return lambda celsius: (lowest is None or celsius >= lowest) and (highest is None or celsius <= highest)


def range_text(lowest: Decimal | None, highest: Decimal | None) -> str:
    """``0～10 ℃``, ``≤-18 ℃``, ``≥70 ℃``."""
    if lowest is not None and highest is not None:
        return f"{lowest}～{highest} ℃"
    return f"≤{highest} ℃" if highest is not None else f"≥{lowest} ℃"


def _told(series: Series, inside: Callable[[Decimal], bool]) -> str:
    values = [sample.celsius for sample in series.readings]
    minutes = excursion_minutes(series.readings, inside)
    return (
        f"最低 {min(values)} ℃、最高 {max(values)} ℃，超限约 {minutes} 分钟，MKT {mean_kinetic(series.readings):.1f} ℃"
    )


def _over(clause: Clause, facts: BatchFacts, judge: Callable[[Series], Answer | None]) -> Answers:
    """One answer per series of the clause's places."""
    places = clause.terms.places
    found = [series for series in facts.temperatures or () if not places or series.what in places]
    if not found:
        return missing(clause, f"{'、'.join(places)}的记录" if places else "温度记录")
    answers: list[Answer] = []
    for series in found:
        if not series.readings:
            answers.append((INSUFFICIENT, series.what, f"{series.what}没有温度读数"))
            continue
        answer = judge(series)
        if answer is not None:
            answers.append(answer)
    return answers


def temperature_range(clause: Clause, facts: BatchFacts) -> Answers:
    """Every reading lies inside the clause's range; outside it fails, unless the clause sends it to a person."""
    terms = clause.terms

    def judge(series: Series) -> Answer:
        inside = _inside(terms.lowest, terms.highest)
        limit = range_text(terms.lowest, terms.highest)
        outside = [sample.celsius for sample in series.readings if not inside(sample.celsius)]
        if not outside:
            return PASS, series.what, f"{series.what}的 {len(series.readings)} 个读数都在 {limit} 之内"
        told = f"{series.what}超出 {limit}：{_told(series, inside)}"
        if len(outside) == len(series.readings):
            return FAIL, series.what, told
        bearable = terms.brief is not None and max(outside) <= terms.brief
        if terms.lowest is not None and min(outside) < terms.lowest:
            bearable = False
        if bearable:
            return REVIEW, series.what, f"{told}；未超过短时上限 {terms.brief} ℃，须核实是否为装卸短时并尽快恢复"
        if terms.brief is None and terms.over_review:
            return REVIEW, series.what, f"{told}；标准没有统一容忍值，是否处置由产品规程定"
        return FAIL, series.what, told

    return _over(clause, facts, judge)


def temperature_reached(clause: Clause, facts: BatchFacts) -> Answers:
    """The highest reading reaches what the clause wants (cooked through, heated again)."""
    least = clause.terms.lowest
    assert least is not None

    def judge(series: Series) -> Answer:
        top = max(sample.celsius for sample in series.readings)
        if top >= least:
            return PASS, f"{top} ℃", f"{series.what}达到 {top} ℃，不低于 {least} ℃"
        return FAIL, f"{top} ℃", f"{series.what}最高只有 {top} ℃，低于 {least} ℃"

    return _over(clause, facts, judge)


def temperature_rise(clause: Clause, facts: BatchFacts) -> Answers:
    """The food itself does not warm by more than allowed after the first reading."""
    most = clause.terms.highest
    assert most is not None

    def judge(series: Series) -> Answer:
        if len(series.readings) < 2:
            return INSUFFICIENT, "1 个读数", f"{series.what}只有 1 个读数，看不出温升"
        rise = max(sample.celsius for sample in series.readings) - series.readings[0].celsius
        told = f"{series.what}最大温升 {rise} ℃，限 {most} ℃"
        return PASS if rise <= most else FAIL, f"{rise} ℃", told

    return _over(clause, facts, judge)


def declared_margin(clause: Clause, facts: BatchFacts) -> Answers:
    """No reading is more than the clause's margin above the temperature that the label states."""
    margin = clause.terms.highest
    assert margin is not None

    def judge(series: Series) -> Answer:
        if series.highest is None:
            return INSUFFICIENT, series.what, f"{series.what}没有写标签标示的温度上限，不能核对"
        top = max(sample.celsius for sample in series.readings)
        told = f"{series.what}最高 {top} ℃，标签 {series.highest} ℃，允许再高 {margin} ℃"
        return PASS if top <= series.highest + margin else FAIL, f"{top} ℃", told

    return _over(clause, facts, judge)


def danger_zone(clause: Clause, facts: BatchFacts) -> Answers:
    """Food not longer than allowed between two temperatures, else heated again to the clause's ``brief``."""
    terms = clause.terms
    assert terms.lowest is not None
    assert terms.highest is not None
    low, high, again = terms.lowest, terms.highest, terms.brief

    def judge(series: Series) -> Answer:
        minutes = excursion_minutes(series.readings, lambda celsius: not low <= celsius <= high)
        told = f"{series.what}在 {low}～{high} ℃ 之间约 {minutes} 分钟"
        if minutes <= terms.within:
            return PASS, series.what, f"{told}，不超过 {terms.within} 分钟"
        last = max(sample.at for sample in series.readings)
        heated = [
            sample.celsius
            for other in facts.temperatures or ()
            if other.what == terms.ends
            for sample in other.readings
            if sample.at >= last
        ]
        if again is not None and heated and max(heated) >= again:
            return PASS, series.what, f"{told}，供餐前已再加热到 {max(heated)} ℃"
        return FAIL, series.what, f"{told}，超过 {terms.within} 分钟，没有再加热到 {again} ℃ 的记录"

    return _over(clause, facts, judge)


def declared_range(clause: Clause, facts: BatchFacts) -> Answers:
    """A series that names the range of the label or product standard and stays inside it. Outside: see excursion."""

    def judge(series: Series) -> Answer | None:
        if series.lowest is None and series.highest is None:
            return None
        inside = _inside(series.lowest, series.highest)
        if not all(inside(sample.celsius) for sample in series.readings):
            return None
        limit = range_text(series.lowest, series.highest)
        return PASS, series.what, f"{series.what}的 {len(series.readings)} 个读数都在标示的 {limit} 之内"

    return _over(clause, facts, judge)


def excursion(clause: Clause, facts: BatchFacts) -> Answers:
    """What left the stated range, in minutes and MKT, for a person to decide."""

    def judge(series: Series) -> Answer | None:
        if series.lowest is None and series.highest is None:
            return None
        inside = _inside(series.lowest, series.highest)
        if all(inside(sample.celsius) for sample in series.readings):
            return None
        limit = range_text(series.lowest, series.highest)
        why = f"{series.what}超出标示的 {limit}：{_told(series, inside)}；标准没有统一容忍值，是否处置由产品规程定"
        return REVIEW, series.what, why

    return _over(clause, facts, judge)


def logging_interval(clause: Clause, facts: BatchFacts) -> Answers:
    """The logger writes often enough, and no reading is missing."""
    most = clause.terms.every_minutes

    def judge(series: Series) -> Answer:
        if series.interval_minutes is not None and series.interval_minutes > most:
            return (
                FAIL,
                f"{series.interval_minutes} 分钟",
                (f"{series.what}设定的记录间隔 {series.interval_minutes} 分钟，超过 {most} 分钟"),
            )
        pauses = [(b.at - a.at).total_seconds() / 60 for a, b in itertools.pairwise(series.readings)]
        if not pauses:
            return INSUFFICIENT, "1 个读数", f"{series.what}只有 1 个读数，看不出记录间隔"
        longest = max(pauses)
        if longest > most:
            return (
                INSUFFICIENT,
                f"{longest:g} 分钟",
                f"{series.what}有 {longest:g} 分钟没有读数，间隔应不超过 {most} 分钟",
            )
        return PASS, f"{longest:g} 分钟", f"{series.what}的记录间隔不超过 {most} 分钟"

    return _over(clause, facts, judge)


def calibration(clause: Clause, facts: BatchFacts) -> Answers:
    """The sensor's calibration was not due before the last reading."""

    def judge(series: Series) -> Answer:
        last = max(sample.at for sample in series.readings).astimezone(SHANGHAI).date()
        due = series.calibration_due
        if due is None:
            return INSUFFICIENT, series.what, f"{series.what}的监控装置没有写校验有效期"
        if due < last:
            return FAIL, str(due), f"{series.what}的监控装置校验有效期至 {due}，读数到 {last}"
        return PASS, str(due), f"{series.what}的监控装置校验有效期至 {due}"

    return _over(clause, facts, judge)
