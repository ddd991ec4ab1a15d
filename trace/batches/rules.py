"""What a registration refuses, keeps as 待补录, and warns about. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from trace.batches.models import HALTS, PENDING
from trace.problems import Problems
from trace.quantity import MICRO, show

YIELD_TOLERANCE = Fraction(15, 100)
"""How far output ÷ input may lie from the usual yield before we warn: 15 %, a first choice of ours (团队拟定)."""


@dataclass(frozen=True, slots=True)
class InputFacts:
    """One input lot as it stands. Quantities in millionths of ``unit``; ``registered`` False means no such lot."""

    label: str
    registered: bool
    wanted: int
    unit: str
    on_hand: int = 0
    state: str = ""
    halt: str = ""
    best_before: str | None = None
    received_on: str | None = None
    produced_on: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell the clerk: machine code, Chinese sentence."""

    code: str
    detail: str

    def told(self) -> dict[str, str]:
        return {"code": self.code, "detail": self.detail}


def shelf_end(produced_on: date, shelf_life_days: int) -> date:
    """Best-before date: production date plus the shelf life, counted in dates."""
    return produced_on + timedelta(days=shelf_life_days)


def check_input(facts: InputFacts, produced_on: date, at: str, problems: Problems) -> list[Finding]:
    """Refusals go to ``problems``; what may be completed later is returned as pending."""
    if not facts.registered:
        return [
            Finding(
                "unknown_input",
                f"{PENDING['unknown_input']}：{facts.label}。请在 24 小时内补登这批原料的收货（批号须一致）",
            )
        ]
    if facts.halt:
        problems.add(
            at, "input_halted", f"投料“{facts.label}”{HALTS.get(facts.halt, '已停用')}，不能使用，请换用其他批次",
            "this input is stopped or recalled",
        )  # fmt: skip
    if facts.state == "voided":
        problems.add(at, "input_voided", f"投料“{facts.label}”已作废，请换用其他批次", "this input is voided")
    if facts.state == "held":
        problems.add(at, "input_held", f"投料“{facts.label}”正在扣留，处理完毕前不能使用", "this input is held")
    if facts.best_before is not None and facts.best_before < produced_on.isoformat():
        problems.add(
            at,
            "input_expired",
            f"投料“{facts.label}”保质期到 {facts.best_before}，在生产日期 {produced_on} 已过期，不能使用",
            "this input had expired",
        )
    pending = []
    if facts.wanted > facts.on_hand:
        pending.append(
            Finding(
                "over_use",
                f"{PENDING['over_use']}：{facts.label} 现有 {show(facts.on_hand, facts.unit)}，"
                f"本次用 {show(facts.wanted, facts.unit)}。请核对用量或补登收货",
            )
        )
    if facts.received_on is not None and facts.received_on > produced_on.isoformat():
        pending.append(
            Finding(
                "before_receipt",
                f"{PENDING['before_receipt']}：{facts.label} 于 {facts.received_on} 收货，"
                f"本批生产日期是 {produced_on}。请核对日期",
            )
        )
    return pending


def mass_balance(inputs: Sequence[tuple[int, str]], output_mass: int | None, usual_yield: int | None) -> Finding | None:
    """Output mass against input mass × usual yield; all in millionths, input units KGM, LTR or H87.

    Litres count as kilograms, which is said. Pieces have no mass: with any, or without the product's
    net content or usual yield, the balance cannot be judged and says why.
    """
    if not inputs:
        return None
    if output_mass is None:
        return Finding("balance_unknown", "物料平衡无法计算（缺净含量）：请在产品资料里补上每份净含量")
    if any(unit == "H87" for _, unit in inputs):
        return Finding("balance_unknown", "物料平衡无法计算：有的投料按件计量，没有质量")
    if usual_yield is None:
        return None
    total = sum(quantity for quantity, _ in inputs)
    if total == 0:
        return None
    ratio = Fraction(output_mass, total)
    usual = Fraction(usual_yield, MICRO)
    if abs(ratio - usual) <= YIELD_TOLERANCE * usual:
        return None
    litres = "（升按千克计）" if any(unit == "LTR" for _, unit in inputs) else ""
    return Finding(
        "balance_off",
        f"物料平衡偏差：投料 {show(total, 'KGM')}{litres}，产出 {show(output_mass, 'KGM')}，"
        f"出品率 {float(ratio):.2f}，常规 {float(usual):.2f}（允许 ±15 %）。请核对用量或数量",
    )


def check_dates(
    produced_on: date, best_before: date | None, shelf_life_days: int | None, today: date, problems: Problems
) -> list[Finding]:
    """Production not in the future, best-before after it and in line with the stated shelf life."""
    warnings: list[Finding] = []
    if produced_on > today:
        problems.add(
            "/produced_on", "in_future", f"生产日期 {produced_on} 晚于今天 {today}，请核对", "produced in the future"
        )
    if best_before is not None and best_before < produced_on:
        problems.add(
            "/best_before",
            "before_production",
            f"保质期到 {best_before} 早于生产日期 {produced_on}，请核对",
            "best before it was made",
        )
    elif best_before is not None and shelf_life_days is not None:
        expected = shelf_end(produced_on, shelf_life_days)
        if best_before != expected:
            warnings.append(
                Finding(
                    "shelf_life_differs",
                    f"保质期到 {best_before} 与产品资料的 {shelf_life_days} 天不一致（应为 {expected}），请核对",
                )
            )
    return warnings


def made_in_order(inputs: Sequence[tuple[str, str | None]], produced_on: date) -> list[Finding]:
    """Inputs (label, production date) that were themselves made only after the batch: told, not refused."""
    return [
        Finding(
            "input_newer",
            f"时间倒置：投料“{label}”的生产日期 {made} 晚于本批生产日期 {produced_on}。请核对日期或投料批号",
        )
        for label, made in inputs
        if made is not None and made > produced_on.isoformat()
    ]


def licensed(credentials: Sequence[tuple[str, str, str | None]], produced_on: date) -> list[Finding]:
    """Whether a licence on file (kind, from, to) was valid on the day; none on file at all is told elsewhere."""
    day = produced_on.isoformat()
    permits = [(start, end) for kind, start, end in credentials if kind != "prepackaged_filing"]
    if not permits or any(start <= day and (end is None or day <= end) for start, end in permits):
        return []
    return [Finding("no_licence", f"证照：登记的证照在生产日期 {produced_on} 都不在有效期内。请在“证照”里补登或延续")]


TRANSITIONS: dict[str, frozenset[str]] = {
    "release": frozenset({"awaiting"}),
    "hold": frozenset({"awaiting", "released", "shipped"}),
    "unhold": frozenset({"held"}),
    "ship": frozenset({"released", "shipped"}),
    "void": frozenset({"reserved", "awaiting", "held"}),
}
"""From which states each act may be done. Life of a batch: 在制 → 待检 → 已放行 / 扣留 → 已出厂."""
