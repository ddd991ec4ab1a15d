"""The demo's finished drill: a seasoning lot in 40 products and 300 deliveries (模拟), scoped, told, answered, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from service.demo.people import DAY, context
from trace.batches import lifecycle
from trace.batches.models import InputLine, Registered
from trace.context import Context
from trace.items.classifying import classify
from trace.items.commands import create_item
from trace.items.models import NewItem
from trace.recalls import announcing, answering, commands, store
from trace.recalls.announcing import Announcement
from trace.recalls.answering import Answer
from trace.recalls.models import NewRecall

if TYPE_CHECKING:
    from service.demo.story import Story

MAKER = "demo-maker"
EACH = 200
"""Pieces in each of the batches."""


def tell_drill(story: Story) -> None:
    """Before everything else, so that its batches are the oldest of the maker's list."""
    told: Mapping[str, Any] = story.told["drill"]
    seasoning = story.receive(
        MAKER,
        told["made_ago"] + 2,
        source="market",
        material=told["seasoning"],
        quantity="900",
        unit="kg",
        supplier="良溪农贸市场调料行（演示）",
        best_before=story.day(-300),
    )
    lots = _lots(story, told, seasoning)
    _deliver(story, told, lots)
    _drill(story, told, seasoning)


def _lots(story: Story, told: Mapping[str, Any], seasoning: Registered) -> list[Registered]:
    ago = told["made_ago"]
    products = []
    for name in [f"{flavour}{part}（模拟）" for flavour in told["flavours"] for part in told["parts"]]:
        new = NewItem(
            kind="product",
            name=name,
            net_content="0.2",
            net_unit="kg",
            shelf_life_days="90",
            storage="frozen",
            processing="heated",
            ready_to_eat=False,
            heating="彻底加热后食用",
            usual_yield="0.8",
            spec="200 g/袋",
            sc_category="0402",
            food_category="肉制品-酱卤肉制品",
            executed_standard="GB 2726",
            link_code="M12",
            ingredients="鸭副产品、复合卤料、食用盐",
        )
        product = story.do(MAKER, ago + 3, partial(create_item, new=new))
        story.do(MAKER, ago + 3, partial(classify, item_id=product, category="", premade="yes", basis=told["basis"]))
        products.append(product)
    duck = story.receive(
        MAKER, ago + 1, source="market", material="鸭副产品（模拟）", quantity="9000", unit="kg", supplier="演示市场"
    )
    found = []
    for place, item in enumerate(products):
        story.items["drill"] = item
        inputs = [InputLine("45", "kg", lot_id=duck.batch_id), InputLine("1.5", "kg", lot_id=seasoning.batch_id)]
        made = story.register(MAKER, ago, "drill", str(EACH), lot=f"MN-{place + 1:02d}", inputs=inputs)
        story.release(MAKER, ago, made)
        found.append(made)
    return found


def _deliver(story: Story, told: Mapping[str, Any], lots: list[Registered]) -> None:
    def ship(ctx: Context, start: int) -> None:
        for number in range(start, told["deliveries"], 20):
            lot = lots[number % len(lots)]
            if number % 10 == 0:
                lifecycle.ship(ctx, lot.batch_id, "20", "件", "", "demo-market")
            else:
                lifecycle.ship(ctx, lot.batch_id, "20", "件", f"模拟门店{number % told['shops'] + 1:02d}")

    for start in range(20):
        story.do(MAKER, told["made_ago"] - 1, partial(ship, start=start))


def _drill(story: Story, told: Mapping[str, Any], seasoning: Registered) -> None:
    at = story.start - told["drilled_ago"] * DAY
    account, maker = story.people["enterprise"], story.ids[MAKER]

    def do(fn: Callable[[Context, Callable[[], int]], Any], later: int = 0) -> Any:
        begun = story.db.now()

        def clock() -> int:
            return int(at + later + story.db.now() - begun)

        return story.db.write(lambda conn: fn(context(story.db, conn, maker, at + later, account), clock))

    minute = DAY // 1440
    new = NewRecall([seasoning.batch_id], told["reason"], at, told["known_source"], mock=True)
    made = do(lambda c, clock: commands.propose(c, new, clock))
    do(lambda c, _: commands.set_level(c, made, "一级", told["level_reason"]), minute)
    said = Announcement(
        told["returns"], told["advice"], told["public_reason"], told["contact"], story.day(told["drilled_ago"] - 1)
    )
    do(lambda c, clock: announcing.announce(c, made, said, clock), 2 * minute)
    with story.db.read() as conn:
        tasks = store.tasks_of(conn, made)
        lines = {one.holder: store.lines_of(conn, made, one.holder) for one in tasks}
    shops = [one for one in tasks if one.holder.startswith("~")]
    own = next(one for one in tasks if one.organisation_id == maker)
    do(lambda c, _: answering.answer(c, own.id, _all(lines[own.holder])), 20 * minute)

    def phone(ctx: Context, _: Callable[[], int]) -> None:
        for task in shops[: told["answered"]]:
            answer = _all(lines[task.holder], "演示店主")
            answering.answer_by_phone(ctx, made, task.id, answer)

    do(phone, 60 * minute)
    do(lambda c, _: announcing.close(c, made, told["closed"]), 180 * minute)


def _all(lines: list[Any], signer: str = "") -> Answer:
    return Answer({one.lot_id: {"all": "1"} for one in lines if one.quantity > 0}, signer)
