"""The nutrition panel (GB 28050) by the edition the label declares: rows, tolerance, NRV arithmetic, energy."""

from __future__ import annotations

from decimal import Decimal

from trace.standards.checks.answers import Answers, one
from trace.standards.checks.supplied import NutritionRow
from trace.standards.clauses import Clause
from trace.standards.models import ADVISORY, FAIL, INSUFFICIENT, PASS, REVIEW, BatchFacts
from trace.standards.vocabulary.text import name_key
from trace.standards.vocabulary.units import EXACT

_ENERGY = (("蛋白质", 17), ("脂肪", 37), ("碳水化合物", 17), ("膳食纤维", 8))
"""kJ per gram (NUT-05)."""


def _rows(facts: BatchFacts) -> dict[str, NutritionRow] | None:
    label = facts.label
    if label is None or label.nutrition is None:
        return None
    return {row.nutrient: row for row in label.nutrition}


def nutrition_panel(clause: Clause, facts: BatchFacts) -> Answers:
    """Every mandatory nutrient has its row and NRV%, and the label says the edition's sentence."""
    rows = _rows(facts)
    label = facts.label
    if rows is None or label is None or label.nutrition_exempt:
        return []
    absent = [name for name in clause.fields if name not in rows]
    referenced = {one.name for one in clause.terms.reference}
    bare = [
        f"{name}的 NRV%" for name in clause.fields if name in rows and name in referenced and rows[name].nrv is None
    ]
    shown = name_key(" ".join(text for _, text in label.fields or ()))
    unsaid = [f"“{words}”" for words in clause.words if name_key(words) not in shown]
    gaps = [*absent, *bare, *unsaid]
    if gaps:
        return one(INSUFFICIENT, f"缺 {len(gaps)} 项", f"营养标签缺{'、'.join(gaps)}")
    return one(PASS, f"{len(rows)} 行", "营养成分表必标内容齐全")


def nutrition_tolerance(clause: Clause, facts: BatchFacts) -> Answers:
    """A laboratory's value lies within the tolerance of the labelled one: at least 80 %, or at most 120 %."""
    limits = dict(clause.terms.tolerance)
    answers = []
    for row in (_rows(facts) or {}).values():
        share = limits.get(row.nutrient)
        if row.measured is None:
            continue
        told = f"{row.nutrient}标示 {row.amount} {row.unit}，实测 {row.measured} {row.unit}"
        if share is None:
            answers.append((REVIEW, str(row.measured), f"{told}，名录没有这种成分的允许误差"))
            continue
        bound = EXACT.multiply(row.amount, share)
        good = row.measured >= bound if share < 1 else row.measured <= bound
        limit = f"{'不低于' if share < 1 else '不高于'}标示值的 {share * 100:.0f}%"
        answers.append((PASS if good else FAIL, str(row.measured), f"{told}，应{limit}"))
    return answers


def nutrition_reference(clause: Clause, facts: BatchFacts) -> Answers:
    """NRV% is the amount divided by the reference value, rounded to a whole per cent."""
    rows = _rows(facts) or {}
    wrong: list[str] = []
    odd: list[str] = []
    right = 0
    for nutrient in clause.terms.reference:
        row = rows.get(nutrient.name)
        if row is None or row.nrv is None:
            continue
        if name_key(row.unit) != name_key(nutrient.unit):
            odd.append(f"{row.nutrient}的单位 {row.unit}（应为 {nutrient.unit}）")
            continue
        exact = EXACT.divide(EXACT.multiply(row.amount, Decimal(100)), nutrient.amount)
        if abs(row.nrv - exact) <= Decimal("0.5"):
            right += 1
        else:
            wrong.append(f"{row.nutrient} {row.amount} {row.unit} 应为 {exact:.0f}%，标 {row.nrv}%")
    if wrong:
        return one(FAIL, f"{len(wrong)} 行", f"NRV% 算式不符：{'；'.join(wrong)}")
    if odd:
        return one(REVIEW, f"{len(odd)} 行", f"不能核对 NRV%：{'；'.join(odd)}")
    return one(PASS, f"{right} 行", "NRV% 与含量吻合") if right else []


def nutrition_energy(clause: Clause, facts: BatchFacts) -> Answers:
    """Labelled energy agrees with protein, fat, carbohydrate and fibre; other sources exist, so a person decides."""
    rows = _rows(facts) or {}
    needed = ("能量", "蛋白质", "脂肪", "碳水化合物")
    if any(name not in rows for name in needed):
        return []
    if rows["能量"].unit.casefold() != "kj" or any(rows[name].unit != "g" for name, _ in _ENERGY if name in rows):
        return one(REVIEW, rows["能量"].unit, "能量应以 kJ、成分应以 g 标示，不能核对能量")
    made = sum(
        (EXACT.multiply(rows[name].amount, Decimal(factor)) for name, factor in _ENERGY if name in rows), Decimal(0)
    )
    share = dict(clause.terms.tolerance)["能量"]
    told = f"标示能量 {rows['能量'].amount} kJ，按成分计算 {made} kJ"
    if abs(rows["能量"].amount - made) <= EXACT.multiply(made, share):
        return one(PASS, str(rows["能量"].amount), told)
    return one(REVIEW, str(rows["能量"].amount), f"{told}，相差超过 {share * 100:.0f}%，须核实")


def nutrition_exempt(clause: Clause, facts: BatchFacts) -> Answers:
    """A label without a panel names a lawful exemption; a panel that is neither there nor excused is missing."""
    label = facts.label
    assert label is not None
    if label.nutrition_exempt:
        if label.nutrition_exempt in clause.words:
            return one(ADVISORY, label.nutrition_exempt, f"按“{label.nutrition_exempt}”豁免营养标签，须核实属实")
        return one(
            REVIEW, label.nutrition_exempt, f"豁免理由“{label.nutrition_exempt}”不在 {'、'.join(clause.words)} 之内"
        )
    return []
