"""Is it 预制菜, 主食, 净菜, 即食 or central-kitchen food? The scope rules of notice 〔2024〕27, run before any limit.

They classify and say why; "不确定" is an answer. Preservatives end the 预制菜 claim, not the product's
conformity with a national standard (SCOPE-6); what the notice leaves grey goes to a person (SCOPE-7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from trace.standards.book import Rulebook
from trace.standards.clauses import Clause
from trace.standards.models import ADVISORY, REVIEW, BatchFacts, Classification, Finding, Measurement, Product
from trace.standards.vocabulary.placing import Placement
from trace.standards.vocabulary.readings import Sort

YES, NO, UNSURE = "是", "否", "不确定"


def _found(clause: Clause, text: str) -> str:
    return next((word for word in clause.words if word in text), "")


def _inside(book: Rulebook, placement: Placement, *names: str) -> bool:
    whole = 0
    for name in names:
        whole |= book.categories.names[name]
    return bool(placement.mask) and placement.mask & ~whole == 0


def classify(
    book: Rulebook, facts: BatchFacts, placement: Placement
) -> tuple[tuple[Classification, ...], tuple[Finding, ...]]:
    """The five answers, 预制菜 first, and the findings that the scope rules themselves give."""
    rules = _rules(book, facts.produced_on)
    if "definition" not in rules:
        return (), ()
    found = _measured_preservative(rules["preservative"], facts.measurements)
    return _classified(book, facts.product, placement, facts.stage or placement.stage, facts.produced_on, found)


@lru_cache(maxsize=256)
def _rules(book: Rulebook, on: date) -> Mapping[str, Clause]:
    return {clause.rule: clause for clause in book.scope if clause.in_force(on)}


@lru_cache(maxsize=4096)
def _classified(
    book: Rulebook, product: Product, placement: Placement, stage: str | None, on: date, measured_preservative: str
) -> tuple[tuple[Classification, ...], tuple[Finding, ...]]:
    rules = _rules(book, on)
    kitchen = product.central_kitchen is True or bool(_found(rules["central_kitchen"], placement.text))
    staple_word = _found(rules["staple"], placement.text)
    grain = _inside(book, placement, "谷物及其制品", "焙烤食品")
    staple = bool(staple_word) or grain or "速冻面米食品" in placement.types
    cut_word = _found(rules["fresh_cut"], placement.text)
    raw = _inside(book, placement, "新鲜蔬菜", "新鲜水果", "新鲜食用菌", "肉类", "鲜、冻水产动物", "鲜蛋", "谷物")
    assumed = any(field == "ready_to_eat" for field, _ in placement.assumed)
    ready = None if assumed else placement.ready_to_eat
    ready_word = _found(rules["ready_to_eat"], placement.text) if ready is None else ""

    answers = [
        Classification("主食", YES if staple else NO, rules["staple"].id,
                       f"名称或类别含“{staple_word}”" if staple_word else "属谷物、焙烤或速冻面米" if staple else "未见主食名称"),
        Classification("净菜", YES if cut_word and raw else UNSURE if cut_word else NO, rules["fresh_cut"].id,
                       f"含“{cut_word}”，仅经简单加工" if cut_word else "未见净菜、鲜切字样"),
        Classification("即食", YES if ready or ready_word else NO if ready is False else UNSURE, rules["ready_to_eat"].id,
                       "登记为即食" if ready else f"含“{ready_word}”" if ready_word
                       else "登记为非即食" if ready is False else "未说明是否即食"),
        Classification("中央厨房", YES if kitchen else NO if product.central_kitchen is False else UNSURE,
                       rules["central_kitchen"].id,
                       "中央厨房制作，属餐饮食品" if kitchen else "登记为非中央厨房" if product.central_kitchen is False
                       else "未说明是否由中央厨房制作并配送自有门店"),
    ]  # fmt: skip

    def verdict() -> Classification:
        def of(answer: str, rule: str, why: str) -> Classification:
            return Classification("预制菜", answer, rules[rule].id, why)

        if kitchen or stage == "餐":
            return of(NO, "central_kitchen", "餐饮环节或中央厨房制作，属餐饮食品")
        if staple:
            return of(NO, "staple", answers[0].why + "，属主食")
        if raw:
            return of(NO, "fresh_cut", "未经烹制的食用农产品" + (f"（{cut_word}）" if cut_word else ""))
        if ready or ready_word:
            return of(NO, "ready_to_eat", "即食食品不属于预制菜")
        if not placement.prepackaged:
            return of(NO, "definition", "不是预包装食品")
        added = _ingredient(rules["preservative"], product) or measured_preservative
        if added:
            return of(NO, "preservative", f"含防腐剂（{added}），不得按预制菜登记，回所属类别判")
        if not placement.placed:
            return of(UNSURE, "definition", "名称和类别都不足以归类")
        if ready is None:
            return of(UNSURE, "definition", "未说明是否须加热或熟制后食用")
        grey = _ingredient(rules["grey"], product)
        if grey:
            return of(UNSURE, "grey", f"配料有“{grey}”，是否算添加防腐剂须人工裁定")
        dish = bool(_found(rules["definition"], product.name)) or bool(placement.types)
        if not dish:
            return of(UNSURE, "definition", "从名称看不出是菜肴")
        if product.ingredients is None:
            return of(UNSURE, "definition", "没有配料信息，不能确认未添加防腐剂")
        return of(YES, "definition", "预包装菜肴，须加热或熟制后食用，配料中未见防腐剂")

    main = verdict()
    return (main, *answers), _findings(rules, product, main)


def _ingredient(clause: Clause, product: Product) -> str:
    """The first ingredient in which a rule finds one of its words; "" where none does."""
    return next((one for one in product.ingredients or () if _found(clause, one)), "")


@lru_cache(maxsize=4096)
def _names(names: tuple[str, ...], parameter: str) -> bool:
    return any(name in parameter for name in names)


def _measured_preservative(clause: Clause, measurements: Iterable[Measurement]) -> str:
    for measured in measurements:
        if _names(clause.parameters, measured.parameter) and any(
            reading.sort in (Sort.DETECTED, Sort.ABOVE)
            or (reading.sort is Sort.EXACT and reading.value is not None and reading.value > (measured.lod or 0))
            for reading in measured.readings
        ):
            return f"检出{measured.parameter}"
    return ""


def _findings(rules: Mapping[str, Clause], product: Product, main: Classification) -> tuple[Finding, ...]:
    made: list[Finding] = []

    def add(rule: str, status: str, value: str, reason: str) -> None:
        clause = rules[rule]
        made.append(
            Finding(status, clause.standard, clause.edition, clause.clause, clause.id, "", value, clause.title, "",
                    clause.source, clause.confidence, clause.evidence, f"{clause.standard} {clause.clause}：{reason}")
        )  # fmt: skip

    if main.rule == rules["preservative"].id:
        add("preservative", ADVISORY, main.why, main.why)
    if main.rule == rules["grey"].id:
        add("grey", REVIEW, main.why, main.why)
    if main.answer != NO:
        days, most = product.shelf_life_days, rules["shelf_life"].days
        if days is not None and days > most:
            reason = f"预制菜保质期 {days} 天，超过征求意见稿的 12 个月（草案未生效，只作预警）"
            add("shelf_life", ADVISORY, f"{days} 天", reason)
        if product.heating is not None and not product.heating.strip():
            add("heating", ADVISORY, "未标", "标签没有写加热方式（草案未生效，只作预警）")
    return tuple(made)
