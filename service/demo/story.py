"""The demo's record: four months of a duck chain, with everything that can go wrong in it once.

All through the commands that real users use, dated back from now, so that the demo never ages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from service.database import Database
from service.demo.claiming import tell_claims
from service.demo.doubts import tell_doubts
from service.demo.drill import tell_drill
from service.demo.filed import tell_papers
from service.demo.inspecting import tell_inspection
from service.demo.measures import tell_measures, tell_order
from service.demo.nights import tell_night
from service.demo.people import DAY, context
from trace.batches import lifecycle
from trace.batches.models import InputLine, NewBatch, NewReceipt, Registered
from trace.batches.receiving import receive
from trace.batches.registering import register
from trace.context import Context, local_datetime
from trace.evidence.models import NewDocument, NewMeasurement, NewReport
from trace.identifiers.gs1 import gtin_check_digit
from trace.items import store as items
from trace.items.classifying import classify
from trace.items.commands import create_item, fill_recipe, set_recipe
from trace.items.models import NewItem, NewRecipeLine
from trace.quantity import MICRO, show

T = TypeVar("T")
SPAN = 110
"""Days of history."""


class Story:
    """Runs commands as one of the demo's organisations at a day of the past."""

    def __init__(
        self, db: Database, told: Mapping[str, Any], ids: Mapping[str, int], people: Mapping[str, int]
    ) -> None:
        self.db = db
        self.told = told
        self.ids = ids
        self.people = people
        self.start = db.now()
        self.items: dict[str, int] = {}
        self.marked: dict[str, Registered] = {}
        """Batches that later chapters come back to."""
        self.serial = 0
        self.officers = {"demo-maker": "enterprise", "demo-base": "base", "demo-workshop": "workshop"}

    def day(self, ago: int) -> str:
        return (local_datetime(self.start).date() - timedelta(days=ago)).isoformat()

    def do(self, org: str, ago: int, fn: Callable[[Context], T], login: str = "") -> T:
        """Run ``fn`` as ``org``, ``ago`` days before now."""
        account = self.people.get(login or self.officers.get(org, ""), 1)
        return self.db.write(lambda conn: fn(context(self.db, conn, self.ids[org], self.start - ago * DAY, account)))

    def number(self, stem: str) -> str:
        self.serial += 1
        return f"{stem}-{self.serial:04d}"

    def tests(self, name: str) -> tuple[NewMeasurement, ...]:
        return tuple(
            NewMeasurement(m["parameter"], tuple(m["values"]), m.get("unit", ""), m.get("lod", ""), m.get("method", ""))
            for m in self.told["tests"][name]
        )

    def report(self, ago: int, tests: str = "") -> NewReport:
        """A maker's own release report (出厂自检)."""
        return NewReport(
            kind="release",
            number=self.number("演示检"),
            issued_on=self.day(ago),
            conclusion="符合",
            measurements=self.tests(tests) if tests else (),
        )

    def receive(self, org: str, ago: int, **facts: Any) -> Registered:
        return self.do(org, ago, lambda c: receive(c, NewReceipt(received_on=self.day(ago), **facts)))

    def register(self, org: str, ago: int, item: str, quantity: str, **facts: Any) -> Registered:
        new = NewBatch(item_id=self.items[item], quantity=quantity, produced_on=self.day(ago), **facts)
        return self.do(org, ago, lambda c: register(c, new))

    def release(self, org: str, ago: int, batch: Registered) -> None:
        why = "出厂检验记录与原料凭证已逐项核对（演示）"
        self.do(org, ago, lambda c: lifecycle.release(c, batch.batch_id, why))

    def ship(self, org: str, ago: int, batch: Registered, quantity: str, unit: str, to: str) -> None:
        self.do(org, ago, lambda c: lifecycle.ship(c, batch.batch_id, quantity, unit, "", to))


def tell(db: Database, told: Mapping[str, Any], ids: Mapping[str, int], people: Mapping[str, int]) -> None:
    """Write the whole demo record."""
    story = Story(db, told, ids, people)
    tell_drill(story)
    _items(story)
    _spices(story)
    _ducks(story)
    _makers(story)
    _workshop(story)
    _kitchen(story)
    tell_night(db, 1)
    tell_doubts(story)
    tell_papers(story)
    tell_inspection(story)
    tell_measures(story)
    tell_claims(story)
    tell_night(db, 0)


def _items(story: Story) -> None:
    for one in story.told["products"]:
        facts = {k: v for k, v in one.items() if k not in ("key", "org", "gtin")}
        gtin = _with_check_digit(one["gtin"]) if one["gtin"] else ""
        new = NewItem(kind="product", gtin=gtin, **facts)
        story.items[one["key"]] = story.do(one["org"], SPAN + 10, partial(create_item, new=new))
    ruled = story.told["classified"]
    duck = story.items[ruled["item"]]
    story.do("demo-maker", SPAN + 10, lambda c: classify(c, duck, "", ruled["premade"], ruled["basis"]))
    live = NewItem(kind="material", name="出栏活鸭", base_unit="件", link_code="U12")
    story.items["live-duck"] = story.do("demo-base", SPAN + 10, lambda c: create_item(c, live))
    veg = NewItem(kind="material", name="青笋", base_unit="kg", link_code="U04")
    story.items["lettuce"] = story.do("demo-veg-1", SPAN + 10, lambda c: create_item(c, veg))
    carcass = NewItem(kind="material", name="鸭胚", base_unit="kg")
    story.items["carcass-material"] = story.do("demo-maker", SPAN + 10, lambda c: create_item(c, carcass))
    rows = story.told["recipe"]
    lines = [NewRecipeLine(story.items["carcass-material"], rows["main"]["per_unit"], rows["main"]["unit"])]
    for name, grams in rows["small"]:
        spice = NewItem(kind="material", name=name, base_unit="kg")
        made = story.do("demo-maker", SPAN + 10, partial(create_item, new=spice))
        story.items[f"spice-{name}"] = made
        lines.append(NewRecipeLine(made, grams, "g", small=True))
    item = story.items[rows["item"]]
    story.do("demo-maker", SPAN + 9, lambda c: set_recipe(c, item, lines))
    for key in ("duck-whole", "duck-neck"):
        kept = NewReport(
            kind="type",
            number=story.number("演示型检"),
            laboratory="良溪食品检验检测中心（演示）",
            cma="演示CMA999999",
            issued_on=story.day(100),
            valid_to=story.day(-265),
            conclusion="符合",
            measurements=story.tests("type"),
        )
        story.do("demo-maker", 99, partial(lifecycle.add_type_report, item_id=story.items[key], new=kept))


def _with_check_digit(body: str) -> str:
    return body + gtin_check_digit(body)


def _spices(story: Story) -> None:
    """Thirty small ingredients from the market, farmers and abroad; one pack of each in use."""
    for index, (name, _grams) in enumerate(story.told["recipe"]["small"]):
        if index % 5 == 0:
            facts: dict[str, Any] = {
                "source": "smallholder",
                "supplier": f"演示农户{index + 1}",
                "origin": "良溪县石桥镇椒香村",
                "documents": [NewDocument("conformity_certificate", story.number("演示合格证"), story.day(SPAN - 1))],
            }
        else:
            facts = {
                "source": "market",
                "supplier": "良溪农贸市场调料行（演示）",
                "origin": "",
                "documents": [
                    NewDocument("market_ticket", story.number("演示票")),
                    NewDocument("test_report", story.number("演示供货检")),
                ],
            }
        lot = story.receive(
            "demo-maker",
            SPAN - 1,
            material_id=story.items[f"spice-{name}"],
            quantity="600",
            unit="kg",
            best_before=story.day(-540),
            **facts,
        )
        story.do("demo-maker", SPAN - 2, partial(lifecycle.open_pack, lot_id=lot.batch_id))


def _ducks(story: Story) -> None:
    """Every ten days a flock leaves the base, is slaughtered and its carcasses go to the maker."""
    for ago in range(SPAN - 3, 6, -10):
        flock = story.receive(
            "demo-base",
            ago,
            source="own",
            material_id=story.items["live-duck"],
            quantity="2000",
            unit="只",
            origin="良溪县青石镇双堰村",
            produced_on=story.day(ago),
        )
        story.ship("demo-base", ago, flock, "2000", "只", "demo-slaughter")
        story.receive(
            "demo-slaughter",
            ago,
            source="enterprise",
            code=flock.uri,
            quantity="2000",
            unit="只",
            documents=[
                NewDocument("quarantine_certificate", story.number("演示检疫"), story.day(ago)),
                NewDocument("conformity_certificate", story.number("演示合格证"), story.day(ago)),
            ],
        )
        carcass = story.register(
            "demo-slaughter",
            ago - 1,
            "duck-carcass",
            "4400",
            inputs=[InputLine("2000", "只", lot_id=flock.batch_id)],
            reports=[story.report(ago - 1)],
        )
        story.marked["carcass"] = carcass
        story.release("demo-slaughter", ago - 1, carcass)
        story.ship("demo-slaughter", ago - 1, carcass, "4300", "kg", "demo-maker")
        story.receive(
            "demo-maker",
            ago - 1,
            source="enterprise",
            code=carcass.short_code,
            material_id=story.items["carcass-material"],
            quantity="4300",
            unit="kg",
            documents=[
                NewDocument("quarantine_certificate", story.number("演示检疫"), story.day(ago - 1)),
                NewDocument("test_report", story.number("演示供货检"), story.day(ago - 1)),
            ],
        )


def _inputs(story: Story, units: str, ago: int) -> list[InputLine]:
    """What the recipe proposes for so many units, as the clerk would accept it."""
    item = story.items["duck-whole"]

    def propose(ctx: Context) -> list[InputLine]:
        lines = fill_recipe(ctx, item, int(units) * MICRO, ctx.today)
        return [
            InputLine(show(p.quantity), p.unit, lot_id=p.lot_id, basis=p.basis if p.small else "weighed")
            for p in lines
            if p.lot_id is not None
        ]

    return story.do("demo-maker", ago, propose)


def _makers(story: Story) -> None:
    """The maker's batches: most in order; one each stopped, ordered to stop, recalled, failing, pending, awaiting."""
    made: list[tuple[int, Registered]] = []
    for ago in range(SPAN - 8, 1, -8):
        batch = story.register(
            "demo-maker",
            ago,
            "duck-whole",
            "1200",
            inputs=_inputs(story, "1200", ago),
            reports=[story.report(ago, "duck_full")],
        )
        story.release("demo-maker", ago, batch)
        story.ship("demo-maker", ago - 1, batch, "500", "袋", "demo-market")
        story.receive("demo-market", ago - 1, source="enterprise", code=batch.uri, quantity="500", unit="件")
        story.ship("demo-maker", ago - 1, batch, "300", "袋", "demo-kitchen")
        story.receive("demo-kitchen", ago - 1, source="enterprise", code=batch.uri, quantity="300", unit="件")
        made.append((ago, batch))
    stopped, ordered, recalled = made[3], made[5], made[7]
    story.do(
        "demo-maker",
        stopped[0] - 5,
        lambda c: lifecycle.stop(
            c, stopped[1].batch_id, "包装封口抽查发现渗漏（演示）", "包装封口问题，可退货（演示）"
        ),
    )
    tell_order(story, ordered[1].batch_id)
    story.marked["sound"] = made[2][1]
    story.do(
        "demo-maker",
        15,
        lambda c: lifecycle.announce_recall(
            c,
            recalled[1].batch_id,
            "标签漏标致敏物质（演示）",
            "（演示）召回公告 2026-9 号",
            "凭包装到原购买门店退货退款",
        ),
    )
    failing = story.register(
        "demo-maker", 4, "duck-whole", "800", inputs=_inputs(story, "800", 4), reports=[story.report(4, "bad")]
    )
    story.do("demo-maker", 3, lambda c: lifecycle.hold(c, failing.batch_id, "出厂检验菌落总数超标，扣留处置（演示）"))
    story.marked["failing"] = failing
    neck = [
        InputLine("150", "kg", material="鸭脖（冷冻）", lot="YB-2026-11"),
        *(line for line in _inputs(story, "100", 2) if line.basis == "by_recipe"),
    ]
    facts: dict[str, Any] = {"inputs": neck, "reports": [story.report(2, "duck_full")]}
    story.marked["neck"] = story.register("demo-maker", 2, "duck-neck", "560", **facts)
    story.marked["newest"] = story.register("demo-maker", 0, "duck-whole", "1000", inputs=_inputs(story, "1000", 0))


def _workshop(story: Story) -> None:
    """A small workshop's bean curd: soybeans from farmers, seven days of shelf life, the older ones expired."""
    for ago in (24, 15, 6, 1):
        beans = story.receive(
            "demo-workshop",
            ago,
            source="smallholder",
            material="大豆",
            quantity="100",
            unit="kg",
            supplier=f"演示豆农{ago}",
            origin="良溪县溪口镇老街村",
            best_before=story.day(ago - 200),
            documents=[NewDocument("purchase_slip", story.number("演示收据"), story.day(ago))],
        )
        batch = story.register(
            "demo-workshop",
            ago,
            "tofu",
            "158",
            inputs=[InputLine("100", "kg", lot_id=beans.batch_id)],
            reports=[story.report(ago, "tofu")],
        )
        if ago > 1:
            story.release("demo-workshop", ago, batch)
            story.ship("demo-workshop", ago, batch, "120", "kg", "demo-market")


def _kitchen(story: Story) -> None:
    """Lettuce from the base, cut by the net-vegetable maker, cooked with duck in the central kitchen."""
    for ago in (30, 12, 1):
        lettuce = story.receive(
            "demo-veg-1",
            ago,
            source="own",
            material_id=story.items["lettuce"],
            quantity="600",
            unit="kg",
            origin="良溪县绿畦镇新田村",
            produced_on=story.day(ago),
        )
        story.ship("demo-veg-1", ago, lettuce, "500", "kg", "demo-netveg-1")
        story.receive(
            "demo-netveg-1",
            ago,
            source="enterprise",
            code=lettuce.uri,
            quantity="500",
            unit="kg",
            documents=[NewDocument("conformity_certificate", story.number("演示合格证"), story.day(ago))],
        )
        cut = story.register(
            "demo-netveg-1",
            ago,
            "net-veg",
            "350",
            inputs=[InputLine("500", "kg", lot_id=lettuce.batch_id)],
            reports=[story.report(ago)],
        )
        story.release("demo-netveg-1", ago, cut)
        story.ship("demo-netveg-1", ago, cut, "200", "袋", "demo-kitchen")
        story.receive("demo-kitchen", ago, source="enterprise", code=cut.uri, quantity="200", unit="袋")
        duck = _duck_at_kitchen(story)
        meal = story.register(
            "demo-kitchen",
            ago,
            "set-meal",
            "260",
            inputs=[InputLine("60", "袋", lot_id=cut.batch_id), *duck],
            reports=[story.report(ago)],
        )
        if ago > 1:
            story.release("demo-kitchen", ago, meal)
            story.ship("demo-kitchen", ago, meal, "260", "份", "demo-canteen")


def _duck_at_kitchen(story: Story) -> Sequence[InputLine]:
    """Braised duck the kitchen has on hand and may use."""
    with story.db.read() as conn:
        rows = items.lots_on_hand(conn, story.ids["demo-kitchen"], [story.items["duck-whole"]])
    lot_id = next(r.lot_id for r in rows if r.halt == "" and r.quantity >= 60 * MICRO)
    return [InputLine("60", "袋", lot_id=lot_id)]
