"""Compare one measurement with one clause: full values, no rounding, missing evidence never a pass."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trace.standards.clauses import Clause, Plan
from trace.standards.models import FAIL, INSUFFICIENT, PASS, REVIEW, VERDICT_ORDER, Measurement
from trace.standards.vocabulary.dictionary import Parameter
from trace.standards.vocabulary.readings import Reading, Sort
from trace.standards.vocabulary.units import Unit, Units

_CONCENTRATED = ("干重计", "以固态产品计")
_COUNTS = ("菌落数", "最可能数")
_WORDS = {Sort.DETECTED: "检出", Sort.CONFORMS: "符合", Sort.DEVIATES: "不符合"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A comparison's status and the end of its sentence."""

    status: str
    why: str


@dataclass(frozen=True, slots=True)
class _Sample:
    sort: Sort
    value: Decimal | None
    lod: Decimal | None


def compare(
    clause: Clause,
    measured: Measurement,
    basis: str,
    foreign_basis: str,
    units: Units,
    parameter: Parameter | None = None,
) -> Outcome:
    """One measurement against one clause, before the clause's confidence is weighed.

    ``basis`` is what the report says the result is counted on (干重计), ``foreign_basis`` a basis that the
    dictionary does not accept for the parameter; ``parameter`` says how fine a method must be for
    "not detected" to mean something.
    """
    if clause.unknown:
        return Outcome(REVIEW, "本版限量未知，名录中没有经核对的数值")
    if foreign_basis:
        return Outcome(REVIEW, f"结果{foreign_basis}，与限量的计法不同，不能直接比对")
    samples: list[_Sample] = []
    for reading, unit in zip(measured.readings, measured.reading_units, strict=True):
        given = unit or measured.unit
        sample = _in_clause_unit(clause, reading, given, measured, units)
        if sample is None or not _counts(clause, given, units):
            written = reading.unit_text or measured.unit_text or "（未写）"
            return Outcome(REVIEW, f"单位 {written} 不能换算成限量的单位")
        samples.append(sample)
    if clause.plan is not None:
        outcome = _by_plan(clause.plan, samples)
    elif clause.absent:
        blind = too_coarse(parameter, measured, units)
        outcome = blind or _worst([_absent(sample, qualitative=clause.unit is None) for sample in samples])
        if blind and any(map(_is_found, samples)):
            outcome = Outcome(FAIL, "检出即不符合")
    else:
        outcome = _worst([_bounded(clause, sample) for sample in samples])
    return _on_basis(clause, basis, outcome)


def _in_clause_unit(
    clause: Clause, reading: Reading, unit: Unit | None, measured: Measurement, units: Units
) -> _Sample | None:
    def convert(value: Decimal | None, given: Unit | None) -> Decimal | None:
        if value is None or clause.unit is None:
            return value
        return None if given is None else units.convert(value, given, clause.unit)

    value = convert(reading.value, unit)
    if reading.value is not None and value is None:
        return None
    lod = convert(measured.lod, measured.unit or unit)
    if measured.lod is not None and lod is None:
        return None
    return _Sample(reading.sort, value, lod)


def _counts(clause: Clause, given: Unit | None, units: Units) -> bool:
    """Whether a result counts what the plan counts: a plate count says nothing of a 25 g portion, found or not."""
    if clause.plan is None or given is None:
        return True
    if clause.plan.absent:
        return not given.dimension.startswith(_COUNTS)
    return clause.unit is None or units.convert(Decimal(1), given, clause.unit) is not None


def _bounded(clause: Clause, sample: _Sample) -> Outcome:
    if clause.maximum is not None:
        upper = _at_most(clause.maximum, sample, strict=clause.strict)
        if upper.status != PASS or clause.minimum is None:
            return upper
    if clause.minimum is not None:
        return _at_least(clause.minimum, sample)
    raise AssertionError("a limit clause has a bound; the loader checked it")


def _at_most(limit: Decimal, sample: _Sample, *, strict: bool = False) -> Outcome:
    value, lod = sample.value, sample.lod
    if sample.sort is Sort.EXACT and value is not None:
        if value > limit or (strict and value == limit):
            return Outcome(FAIL, "超过限量")
        if lod is not None and value < lod and lod > limit:
            return Outcome(INSUFFICIENT, "低于方法检出限而检出限高于限量，方法灵敏度不足")
        return Outcome(PASS, "未超过限量")
    if sample.sort is Sort.BELOW and value is not None:
        return (
            Outcome(PASS, "未超过限量")
            if value <= limit
            else Outcome(INSUFFICIENT, "方法灵敏度不足，不能证明未超过限量")
        )
    if sample.sort is Sort.ABOVE and value is not None:
        return Outcome(FAIL, "超过限量") if value >= limit else Outcome(INSUFFICIENT, "只有下限值，不能与限量比对")
    if sample.sort is Sort.NOT_DETECTED:
        if lod is None:
            return Outcome(INSUFFICIENT, "未检出但没有写方法检出限")
        if lod <= limit:
            return Outcome(PASS, "未检出，检出限不高于限量")
        return Outcome(INSUFFICIENT, "未检出但检出限高于限量，方法灵敏度不足")
    return Outcome(INSUFFICIENT, f"只写{_WORDS[sample.sort]}，没有数值，不能与限量比对")


def _at_least(limit: Decimal, sample: _Sample) -> Outcome:
    value = sample.value
    if sample.sort is Sort.EXACT and value is not None:
        return Outcome(PASS, "不低于规定值") if value >= limit else Outcome(FAIL, "低于规定值")
    if sample.sort is Sort.ABOVE and value is not None and value >= limit:
        return Outcome(PASS, "不低于规定值")
    if sample.sort is Sort.BELOW and value is not None and value <= limit:
        return Outcome(FAIL, "低于规定值")
    if sample.sort is Sort.NOT_DETECTED and sample.lod is not None and sample.lod <= limit:
        return Outcome(FAIL, "低于规定值")
    return Outcome(INSUFFICIENT, "没有可比的数值")


def _absent(sample: _Sample, *, qualitative: bool) -> Outcome:
    if _is_found(sample):
        return Outcome(FAIL, "检出即不符合")
    if sample.sort is Sort.CONFORMS:
        return Outcome(PASS, "结果为符合") if qualitative else Outcome(INSUFFICIENT, "只写符合，没有结果")
    if sample.lod is None and sample.sort is not Sort.BELOW:
        return Outcome(INSUFFICIENT, "未检出但没有写方法检出限")
    return Outcome(PASS, "未检出")


def too_coarse(parameter: Parameter | None, measured: Measurement, units: Units) -> Outcome | None:
    """What a method too coarse for a forbidden substance proves: nothing. None when it is fine enough."""
    wanted = units.find(parameter.units[0]) if parameter and parameter.fine_enough else None
    if parameter is None or parameter.fine_enough is None or wanted is None:
        return None
    most = parameter.fine_enough
    for reading, own in zip(measured.readings, measured.reading_units, strict=True):
        given = own or measured.unit
        floor = reading.value if reading.sort is Sort.BELOW else measured.lod
        if floor is None or given is None:
            continue
        converted = units.convert(floor, given, wanted)
        if converted is None:
            return Outcome(REVIEW, f"单位 {given.name} 不能换算成 {wanted.name}")
        if converted > most:
            why = f"方法灵敏度不足：只能说明低于 {floor} {given.name}，检出限应不高于 {most} {wanted.name}"
            return Outcome(INSUFFICIENT, why)
    return None


def _is_found(sample: _Sample) -> bool:
    if sample.sort in (Sort.DETECTED, Sort.DEVIATES):
        return True
    if sample.value is None or sample.sort is Sort.BELOW:
        return False
    if sample.sort is Sort.ABOVE:
        return True
    return sample.value > 0 and (sample.lod is None or sample.value >= sample.lod)


def _by_plan(plan: Plan, samples: list[_Sample]) -> Outcome:
    """GB 29921-2021 2.3: none above M, at most c between m and M, and n samples to say so."""
    if plan.absent:
        found = sum(_is_found(sample) for sample in samples)
        if found > plan.c:
            return Outcome(FAIL, f"{found} 件检出，允许 {plan.c} 件")
        if len(samples) < plan.n:
            return Outcome(INSUFFICIENT, f"只有 {len(samples)} 件结果，采样方案要求 {plan.n} 件")
        if any(sample.sort is Sort.CONFORMS for sample in samples):
            return Outcome(INSUFFICIENT, "只写符合，没有结果")
        if any(sample.sort is Sort.BELOW for sample in samples):
            return Outcome(INSUFFICIENT, "结果写成“小于某值”，不能说明每份样品未检出")
        return Outcome(PASS, f"{found} 件检出，允许 {plan.c} 件")
    above_m = above_upper = unsure_m = unsure_upper = 0
    for sample in samples:
        over_m = _over(plan.m, sample)
        above_m += over_m is True
        unsure_m += over_m is None
        if plan.upper is not None:
            over_upper = _over(plan.upper, sample)
            above_upper += over_upper is True
            unsure_upper += over_upper is None
    if above_upper:
        return Outcome(FAIL, f"{above_upper} 件超过 M")
    if above_m > plan.c and len(samples) <= plan.n:
        between = "在 m 与 M 之间" if plan.upper is not None else "超过 m"
        return Outcome(FAIL, f"{above_m} 件{between}，多于允许的 {plan.c} 件")
    if above_m > plan.c:
        return Outcome(REVIEW, f"采样 {len(samples)} 件多于方案的 {plan.n} 件，{above_m} 件超过 m，不能按方案直接判定")
    if len(samples) < plan.n:
        return Outcome(INSUFFICIENT, f"只有 {len(samples)} 件结果，采样方案要求 {plan.n} 件")
    if unsure_upper or above_m + unsure_m > plan.c:
        return Outcome(INSUFFICIENT, "有结果只写检出或方法灵敏度不足，不能与 m、M 比对")
    return Outcome(PASS, f"{above_m} 件超过 m，不多于允许的 {plan.c} 件")


def _over(limit: Decimal, sample: _Sample) -> bool | None:
    """Whether a sample exceeds a limit; None when its form cannot tell."""
    outcome = _at_most(limit, sample)
    if sample.sort is Sort.NOT_DETECTED and sample.lod is None:
        return False  # a plate count without colonies is below the lowest dilution, hence below m
    return {PASS: False, FAIL: True}.get(outcome.status)


def _worst(outcomes: list[Outcome]) -> Outcome:
    return min(outcomes, key=lambda one: VERDICT_ORDER.index(one.status))


def _on_basis(clause: Clause, basis: str, outcome: Outcome) -> Outcome:
    """Dry-weight figures are never below wet-weight ones: that decides one direction only."""
    if clause.basis in _CONCENTRATED and basis != clause.basis and outcome.status == PASS:
        return Outcome(INSUFFICIENT, f"数值未超过限量，但限量{clause.basis}，报告没有写明")
    if basis in _CONCENTRATED and clause.basis != basis and outcome.status == FAIL:
        return Outcome(REVIEW, f"结果{basis}而限量不是，须折算后再判")
    return outcome
