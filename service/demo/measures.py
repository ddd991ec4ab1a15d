"""The demo's official measures: an order to stop that was served, a draft, a seizure with six days left (all fictional)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trace.context import Context, local_datetime
from trace.measures import commands, serving
from trace.measures.models import Approval, NewMeasure, Officer, Service

if TYPE_CHECKING:
    from service.demo.story import Story

OFFICE = "demo-bureau"
TWO = (Officer("YS2026001", "演示执法员甲"), Officer("YS2026002", "演示执法员乙"))
DECIDED_AGO = 24
"""Days since the seizure: six of its thirty are left."""


def tell_order(story: Story, batch_id: int) -> None:
    """A batch is ordered off the market, with everything an order needs."""
    new = NewMeasure("stop", "现场检查标签与记录不一致（演示）", "label")
    _served(story, 20, batch_id, new, "stop_order", "（演示）良市监责停〔2026〕9 号")


def tell_measures(story: Story) -> None:
    """After everything else: a draft on the batch that failed, a seizure of what is left of an older one."""
    draft = NewMeasure("stop", "出厂检验菌落总数超标（演示）", "unsafe", "出厂检验菌落总数超标")
    story.do(OFFICE, 1, lambda c: commands.draft(c, story.marked["failing"].batch_id, draft), "regulator")
    seizure = NewMeasure(
        "seal",
        "封存待查的库存标签日期不清（演示）",
        "label",
        quantity="40",
        unit="袋",
        place="良溪县工业园 1 号冷库（演示）",
    )
    number = "（演示）良市监查〔2026〕3 号"
    _served(story, DECIDED_AGO, story.marked["sound"].batch_id, seizure, "seizure_decision", number)


def _served(story: Story, ago: int, batch_id: int, new: NewMeasure, kind: str, number: str) -> None:
    made = story.do(OFFICE, ago, lambda c: commands.draft(c, batch_id, new), "regulator")

    def serve(ctx: Context) -> None:
        now = f"{local_datetime(ctx.now):%Y-%m-%d %H:%M}"
        approval = Approval("演示负责人", "所长（演示）", now)
        serving.serve(ctx, made, Service(kind, number, approval, TWO, now, "direct"))

    story.do(OFFICE, ago, serve, "regulator2")
