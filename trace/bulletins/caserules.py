"""What a case must go through, and the terms of a recall (食品召回管理办法, facts section 13). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from trace.bulletins.rules import OVERTURNED

STEPS = {
    "stop": "停止经营、封存",
    "trace": "追溯",
    "recall": "召回",
    "retest": "复检、异议",
    "closed": "结案",
}
NEEDED = ("stop", "trace", "recall")
"""Each of these is done, or somebody writes why it need not be, before a case is closed."""
STATES = {"done": "已完成", "not_needed": "不需要", "begun": "进行中"}


@dataclass(frozen=True, slots=True)
class RecallLevel:
    """One level of recall: hours to begin after knowing, working days to complete after the announcement."""

    level: str
    what: str
    begin_hours: int
    complete_working_days: int


RECALL_LEVELS = (
    RecallLevel("一级", "已经或可能导致严重健康损害甚至死亡", 24, 10),
    RecallLevel("二级", "已经或可能导致一般健康损害", 48, 20),
    RecallLevel("三级", "标签、标识虚假标注", 72, 30),
)


def close_refusal(settled: Collection[str], pending: str, result: str) -> str:
    """Why a case cannot be closed yet; '' where it can. ``settled`` are steps done or not needed."""
    if pending:
        return "还有复检或异议没有结论，暂不能结案"
    if result == OVERTURNED:
        return ""
    open_steps = [STEPS[step] for step in NEEDED if step not in settled]
    return f"还没有登记：{'；'.join(open_steps)}。做完登记“已完成”，不需要的写明理由" if open_steps else ""
