"""The demo's doubts, once each: a suspicion with its chain, a ruling, a supervisor's note, a signed clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trace.batches import lifecycle
from trace.batches.models import InputLine
from trace.items import store as items
from trace.rulebooks import signing
from trace.suspicion.commands import conclude, of_lot
from trace.verdicts.findings import key_of
from trace.verdicts.rulings import latest_findings, note

if TYPE_CHECKING:
    from service.demo.story import Story


def tell_doubts(story: Story) -> None:
    """After everything else: what it names has been made."""
    told: Mapping[str, Any] = story.told["doubts"]
    _suspicion(story, told["suspicion"])
    _ruling(story, told["ruling"])
    _signoff(story, told["signoff"])


def _suspicion(story: Story, told: Mapping[str, Any]) -> None:
    """A farmer's spice is stopped after it went into a batch that a kitchen then cooked with."""
    chilli = story.receive(
        "demo-maker",
        told["received_ago"],
        source="smallholder",
        material=told["material"],
        quantity="40",
        unit="kg",
        supplier="演示农户三十一",
        origin="良溪县石桥镇椒香村",
        best_before=story.day(-300),
    )
    batch = story.register(
        "demo-maker",
        told["made_ago"],
        "duck-whole",
        "300",
        inputs=[InputLine("250", "kg", lot_id=_carcass(story)), InputLine("5", "kg", lot_id=chilli.batch_id)],
        reports=[story.report(told["made_ago"], "duck_full")],
    )
    story.release("demo-maker", told["made_ago"], batch)
    story.ship("demo-maker", told["made_ago"], batch, "60", "袋", "demo-kitchen")
    story.receive("demo-kitchen", told["made_ago"], source="enterprise", code=batch.uri, quantity="60", unit="件")
    story.register(
        "demo-kitchen", told["made_ago"] - 1, "set-meal", "60", inputs=[InputLine("40", "袋", lot_id=batch.batch_id)]
    )
    ago = told["stopped_ago"]
    story.do("demo-maker", ago, lambda c: lifecycle.stop(c, chilli.batch_id, told["reason"], told["public_text"]))

    def settle(ctx: Any) -> None:
        cause = of_lot(ctx.conn, batch.batch_id).open[0].cause.key
        conclude(ctx, batch.batch_id, cause, "stopped", told["basis"], told["evidence"])

    story.do("demo-maker", ago, lambda c: lifecycle.stop(c, batch.batch_id, "所用干辣椒停用，先行停售（演示）"))
    story.do("demo-maker", ago, settle)


def _carcass(story: Story) -> int:
    """Duck the maker has on hand."""
    with story.db.read() as conn:
        rows = items.lots_on_hand(conn, story.ids["demo-maker"], [story.items["carcass-material"]])
    return int(next(r.lot_id for r in rows if r.halt == "" and r.quantity >= 250_000_000))


def _ruling(story: Story, told: Mapping[str, Any]) -> None:
    """A result the book has no limit for is ruled by the food-safety officer; a supervisor agrees."""
    made = story.register(
        "demo-workshop",
        told["made_ago"],
        "tofu",
        "80",
        inputs=[InputLine("50", "kg", lot_id=_beans(story, told["made_ago"]))],
        reports=[story.report(told["made_ago"], told["tests"])],
    )

    def rule(ctx: Any) -> None:
        open_ = [key_of(f) for f in latest_findings(ctx, made.batch_id) if f["status"] == "needs_review"]
        lifecycle.rule(ctx, made.batch_id, open_, "conforms", told["basis"])

    story.do("demo-workshop", told["made_ago"], rule)
    story.do("demo-bureau", 0, lambda c: note(c, made.batch_id, told["stance"], told["remark"]), "regulator")


def _beans(story: Story, ago: int) -> int:
    beans = story.receive(
        "demo-workshop",
        ago,
        source="smallholder",
        material="大豆",
        quantity="50",
        unit="kg",
        supplier="演示豆农三十二",
        origin="良溪县溪口镇老街村",
        best_before=story.day(ago - 200),
    )
    return beans.batch_id


def _signoff(story: Story, told: Mapping[str, Any]) -> None:
    values = (told["clause"], told["document"], told["page"], told["remark"])
    story.do("demo-institute", told["ago"], lambda c: signing.sign(c, *values), "expert")
