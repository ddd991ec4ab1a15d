"""What the public page may say of a lot: sourced facts only, one line first (design section 1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from trace.measures.models import PENDING_NUMBER

TONE = {"plain": "说明", "notice": "留意", "stop": "请勿购买"}


@dataclass(frozen=True, slots=True)
class PublicLine:
    """The first line: machine code, Chinese text, and how loud the page says it (plain, notice, stop)."""

    code: str
    text: str
    tone: str


UNKNOWN = PublicLine("unknown", "本平台无此批次登记；企业可能未接入，不等于产品有问题", "notice")


def public_line(state: str, halt: str, halt_text: str, best_before: str | None, today: date, as_of: str) -> PublicLine:
    """The one line for a registered lot. The gravest fact wins; ``as_of`` is the time printed in it."""
    if halt == "recall":
        return PublicLine("recall", f"召回中（{halt_text}）", "stop")
    if halt == "ordered_stop":
        number = halt_text if halt_text.startswith(PENDING_NUMBER) else f"文书号：{halt_text}"
        return PublicLine("ordered_stop", f"监管责令停止经营（{number}）", "stop")
    if halt == "seized":
        return PublicLine("seized", f"监管{halt_text}", "stop")
    if halt == "failed_sampling":
        return PublicLine("failed_sampling", f"监督抽检不合格（公告：{halt_text}）", "stop")
    if halt == "own_stop":
        return PublicLine("own_stop", "企业已停止销售" + (f"：{halt_text}" if halt_text else ""), "stop")
    if state == "voided":
        return PublicLine("voided", "此码已由企业作废，不对应在售批次", "notice")
    if best_before is not None and best_before < today.isoformat():
        return PublicLine("expired", f"已过标签保质期（到 {best_before}）", "stop")
    if state in ("reserved", "awaiting", "held"):
        return PublicLine("awaiting", "企业待放行", "notice")
    return PublicLine("registered", f"已登记，截至 {as_of} 未查到停售或召回信息", "plain")
