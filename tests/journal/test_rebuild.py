"""Projections can be dropped and rebuilt from the journal, and nothing is then different."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from service.cli import app
from service.database import Database
from tests.fixtures.announced import put_in, record, sample_ids
from tests.fixtures.measures import KIND, TWO, legacy_order, lift, moment, new, order, serve
from tests.fixtures.record import line, organisation, release_report
from tests.fixtures.rulings import ruled_release
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.lots import file_alias
from trace.batches.models import InputLine, NewReceipt
from trace.batches.receiving import receive
from trace.batches.registering import reserve
from trace.bulletins import commands as sampling
from trace.bulletins.cases import add_step
from trace.bulletins.rules import Change
from trace.errors import Refusal
from trace.evidence.models import NewMeasurement
from trace.genealogy import store as genealogy
from trace.identifiers.private_key import private_key
from trace.journal import documents, store
from trace.journal.commands import record_event
from trace.journal.documents import Amount
from trace.journal.rebuild import rebuild, snapshot
from trace.measures import commands as measuring
from trace.measures import serving
from trace.measures.models import Approval, Extension
from trace.parties import store as parties
from trace.quantity import MICRO
from trace.recalls import announcing, answering
from trace.recalls import commands as recalling
from trace.recalls import store as recalls
from trace.recalls.announcing import Announcement
from trace.recalls.answering import Answer, Plan
from trace.recalls.models import NewRecall
from trace.rulebooks import signing
from trace.standards import load_book

WHY = "随机演练的理由"
STEPS = 100
FOREIGN = "https://id.gs1.org/01/09520000000028/10/"


class District:
    """A maker, a dealer, a rival and a bureau that do whatever the dice say."""

    def __init__(self, db: Database, seed: int) -> None:
        self.dice = random.Random(seed)
        self.db = db
        self.maker, self.dealer, self.rival = (organisation(db, f"demo-{c}") for c in ("maker", "dealer", "rival"))
        self.bureau = organisation(db, "demo-bureau", "regulator")
        self.lots: list[int] = []
        self.done: Counter[str] = Counter()

    def any_lot(self) -> int:
        return self.dice.choice(self.lots)

    def lines(self) -> list[InputLine]:
        found = [line(self.any_lot(), str(self.dice.randint(1, 40))) for _ in range(self.dice.randint(0, 3))]
        if self.dice.random() < 0.3:
            found.append(InputLine("2", "kg", material="盐", lot=self.dice.choice(["第一包", "S2", "S3"])))
        if self.dice.random() < 0.2:
            found.append(InputLine("500", "g", code=FOREIGN + self.dice.choice("AB"), basis="by_recipe"))
        return found

    def step(self) -> None:
        name = self.dice.choice([n for n in dir(self) if n.startswith("do_")]) if self.lots else "do_receive"
        try:
            getattr(self, name)()
        except Refusal:
            self.done["refused"] += 1
        else:
            self.done[name] += 1

    def do_receive(self) -> None:
        org = self.dice.choice([self.maker, self.dealer])
        source = self.dice.choice(["base", "smallholder", "market", "own", "collector"])
        name, lot = self.dice.choice([("鸭胚", ""), ("盐", "S2"), ("盐", "第一包"), ("盐", "")])
        self.lots.append(org.receive(name, "100", source=source, lot=lot).batch_id)

    def do_register(self) -> None:
        reports = [release_report(measurements=[NewMeasurement("铅(以Pb计)", ["9.9"], "mg/kg")])]
        made = self.maker.register(
            self.maker.product(), self.lines(), reports=reports if self.dice.random() < 0.2 else ()
        )
        self.lots.append(made.batch_id)

    def do_mix(self) -> None:
        product = self.maker.product("拼盘", base_unit="kg", net_content="", net_unit="")
        self.lots.append(self.maker.register(product, self.lines(), quantity="30", unit="kg").batch_id)

    do_cook = do_register

    def do_reserve(self) -> None:
        product = self.maker.product()
        lot = self.dice.choice(["R1", "R2", "预留批"])
        self.lots.append(self.maker.do(lambda c: reserve(c, product, lot)).batch_id)

    def do_make_reserved(self) -> None:
        self.maker.register(self.maker.product(), self.lines(), lot=self.dice.choice(["R1", "R2", "预留批"]))

    def do_release(self) -> None:
        for lot in self.dice.sample(self.lots, min(6, len(self.lots))):
            self._on(lot, lambda c: ruled_release(c, lot, WHY))  # noqa: B023

    def _on(self, lot: int, act: Callable[[Any], Any]) -> None:
        try:
            self.maker.do(act)
            self.done["acted"] += 1
        except Refusal:
            self.done["refused"] += 1

    def do_hold(self) -> None:
        lot = self.any_lot()
        self.maker.do(lambda c: lifecycle.hold(c, lot, WHY))

    def do_unhold(self) -> None:
        for lot in self.lots:
            self._on(lot, lambda c: lifecycle.unhold(c, lot, WHY))  # noqa: B023

    def do_void(self) -> None:
        lot = self.any_lot()
        self.maker.do(lambda c: lifecycle.void(c, lot, WHY))

    def do_correct(self) -> None:
        lot, lines = self.any_lot(), self.lines()
        self.maker.do(lambda c: lifecycle.correct_inputs(c, lot, lines, WHY))

    def do_complete(self) -> None:
        lot, why = self.any_lot(), self.dice.choice(["", WHY])
        self.maker.do(lambda c: lifecycle.complete(c, lot, why))

    def do_stop(self) -> None:
        lot = self.any_lot()
        self.maker.do(lambda c: lifecycle.stop(c, lot, WHY, "请勿购买"))
        if self.dice.random() < 0.7:
            self.maker.do(lambda c: lifecycle.lift_stop(c, lot, WHY))

    def do_order(self) -> None:
        """What was proposed and confirmed before there was a room of measures; the new lifts the old too."""
        lot, measure = self.any_lot(), self.dice.choice(["stop", "recall"])
        made = legacy_order(self.bureau, lot, measure, confirm=self.dice.random() < 0.6)
        if measure == "stop" and self.dice.random() < 0.6:
            legacy_order(self.bureau, lot, "lift")
        elif self.dice.random() < 0.5:
            lift(self.bureau, lot, made)

    def do_measure(self) -> None:
        """An official measure: drafted, taken first, approved or not, served, extended, lifted, withdrawn."""
        lot, measure = self.any_lot(), self.dice.choice(["stop", "seal", "detain"])
        draft, end = new(measure, ground="unsafe"), self.dice.random()
        if end < 0.4:
            made = order(self.bureau, lot, measure, ground="unsafe")
            if measure != "stop":
                said = Extension("10", "延 1 号", WHY, Approval("郑负责", "局长", moment(self.db.now())))
                self.bureau.do(lambda c: serving.extend(c, made, said), account_id=2)
            if self.dice.random() < 0.7:
                lift(self.bureau, lot, made)
        elif end < 0.6:
            made = self.bureau.do(lambda c: measuring.draft(c, lot, draft), account_id=1)
            self.bureau.do(lambda c: measuring.withdraw(c, made, WHY), account_id=1)
        else:
            made = self.bureau.do(lambda c: measuring.draft(c, lot, draft, TWO), account_id=1)
            if end < 0.8:
                approval = Approval("郑负责", "局长", moment(self.db.now()))
                self.bureau.do(lambda c: serving.approve(c, made, approval, KIND[measure], "急 1 号"), account_id=2)
                self.bureau.do(lambda c: serve(c, made, measure, "急 1 号"), account_id=2)
            else:
                later = self.db.now() + 25 * 3_600_000_000
                self.bureau.do(lambda c: measuring.lapse_due(replace(c, now=later), 10), account_id=2)

    def do_refusal(self) -> None:
        """The maker refuses in writing to recall, and a recall is ordered."""
        lot = self.any_lot()
        self.bureau.do(lambda c: measuring.note_refusal(c, lot, "2026-11-24", "复函 1 号"))
        made = order(self.bureau, lot, "recall")
        if self.dice.random() < 0.5:
            lift(self.bureau, lot, made)

    def do_ship(self) -> None:
        lot = self.any_lot()
        code = self.dice.choice([self.dealer.code, ""])
        self.maker.do(lambda c: lifecycle.ship(c, lot, "1", "", "某超市", code))

    def do_take(self) -> None:
        lot = self.any_lot()
        uri, unit = self.uri(lot), self.dice.choice(["件", "kg"])
        new = NewReceipt("enterprise", "1", unit, code=uri, material=self.dice.choice(["", "半成品"]))
        self.dealer.do(lambda c: receive(c, new))

    def uri(self, lot: int) -> str:
        with self.db.read() as conn:
            stored = str(store.uri_of(conn, lot))
        return self.db.settings.public_url + stored if stored.startswith("/") else stored

    def do_alias(self) -> None:
        lot, code = self.any_lot(), self.dice.choice(["HGZ1", "HGZ2"])
        self.maker.do(lambda c: file_alias(c, lot, "other", code))

    def do_open(self) -> None:
        lot = self.any_lot()
        self.maker.do(lambda c: lifecycle.open_pack(c, lot))

    def do_sign(self) -> None:
        clause = self.dice.choice(sorted(c.id for c in load_book().clauses.values() if not c.unknown)[:3])
        if self.dice.random() < 0.6:
            self.bureau.do(lambda c: signing.sign(c, clause, "GB 2762-2025", "表 1", WHY))
        else:
            self.bureau.do(lambda c: signing.withdraw(c, clause, WHY))

    def do_claim(self) -> None:
        """The rival says that it made the maker's lot, and sometimes takes it back, twice."""
        bad = Amount(FOREIGN + "BAD", MICRO, "KGM")
        event = documents.transformed(self.db.now(), [bad], Amount(self.uri(self.any_lot()), MICRO, "H87"), {}, {})
        self.rival.do(lambda c: record_event(c, event))
        for _ in range(self.dice.randint(0, 2)):
            wrong = documents.declared_wrong(event, self.db.now() + self.dice.randint(1000, 10**9), WHY)
            self.rival.do(lambda c: record_event(c, wrong))  # noqa: B023

    def do_sampling(self) -> None:
        """A sample of some product is announced, matched, doubted, tested again; a case goes on or falls."""
        products = [lot for lot in self.lots if self._made(lot)]
        if not products:
            return
        lot, number = self.dice.choice(products), str(self.db.now())
        self.bureau.do(lambda c: put_in(c, [record(number)]))
        sample = sample_ids(self.db)[number]
        case = self.bureau.do(lambda c: sampling.match(c, sample, lot, WHY))[0]
        self.bureau.do(lambda c: add_step(c, case, "stop", "done", WHY))
        if self.dice.random() < 0.6:
            self.bureau.do(lambda c: sampling.change(c, sample, Change("objection", ground="method"), WHY))
            upheld = self.dice.random() < 0.5
            self.bureau.do(lambda c: sampling.change(c, sample, Change("objection_decided", upheld=upheld), WHY))
            if upheld:
                self.bureau.do(lambda c: add_step(c, case, "closed", "done", WHY))

    def do_recall(self) -> None:
        """A recall of some lot is proposed, changed, announced, answered, its goods destroyed, ended; or a drill is."""
        now = self.db.now()
        products = [one for one in self.lots if self._made(one)]
        if not products:
            return
        new = NewRecall([self.dice.choice(products)], WHY, now, "来电", self.dice.random() < 0.3)
        found = self.maker.do(lambda c: recalling.propose(c, new, self.db.now))
        with self.db.read() as conn:
            lot = next(one for one in recalls.lots_of(conn, found) if one.role == "own").lot_id
        self.maker.do(lambda c: recalling.take_out(c, found, lot, WHY))
        self.maker.do(lambda c: recalling.put_in(c, found, lot, WHY))
        self.maker.do(lambda c: recalling.set_known(c, found, now, "再次来电"))
        if self.dice.random() < 0.1:
            self.maker.do(lambda c: recalling.drop(c, found, WHY))
            return
        self.maker.do(lambda c: recalling.set_level(c, found, "二级", WHY))
        said = Announcement("退回门店", "停止食用", "待查", "电话", "2026-12-31")
        self.maker.do(lambda c: announcing.announce(c, found, said, self.db.now))
        self.maker.do(lambda c: announcing.set_notice(c, found, "公告 1 号", "2026-11-24"))
        with self.db.read() as conn:
            tasks = {one.organisation_id: one.id for one in recalls.tasks_of(conn, found) if one.kind == "holder"}
            lines = {one.lot_id: one for one in recalls.lines_of(conn, found, str(self.maker.id)) if one.quantity > 0}
        if self.maker.id in tasks and self.dice.random() < 0.6:
            kept = {lot_id: {"controlled": "0.5"} for lot_id, one in lines.items() if one.quantity > MICRO}
            self.maker.do(lambda c: answering.answer(c, tasks[self.maker.id], Answer(kept)))
            plan = Plan(next(iter(kept)), "0.25", "controlled", "2026-11-24", "厂区", "焚烧")
            made = self.maker.do(lambda c: answering.plan_destruction(c, found, plan))
            self.maker.do(lambda c: answering.witness_destruction(c, found, made, "孙监督", "", WHY))
        else:
            self.maker.do(lambda c: recalling.take_out(c, found, lot, WHY))
        self.maker.do(lambda c: announcing.close(c, found, WHY))

    def _made(self, lot: int) -> bool:
        with self.db.read() as conn:
            row = batches.get_batch(conn, lot)
        return row is not None and row.kind == "product" and row.state not in ("reserved", "voided")


@pytest.mark.parametrize("seed", range(6))
def test_a_rebuild_changes_nothing(db: Database, seed: int) -> None:
    district = District(db, seed)
    for _ in range(STEPS):
        district.step()
    with db.read() as conn:
        before, read = snapshot(conn), len(conn.execute(select(store.event.c.id)).all())
    for table in ("batch", "stock", "edge", "handover", "event_identifier"):
        assert before[table], f"the scenario left {table} empty"
    again = db.write(lambda conn: rebuild(conn, db.settings.public_url))
    assert again["event"] == read
    with db.read() as conn:
        assert snapshot(conn) == before
    assert len(district.done) > 10, district.done


def test_the_scenarios_reach_every_command(tmp_path: Any, sqlite_template: Any) -> None:
    """Else the test above would show little."""
    import shutil

    from tests.fixtures.clock import Clock
    from tests.fixtures.databases import make_settings

    reached: Counter[str] = Counter()
    kinds: set[str] = set()
    for seed in range(8):
        target = tmp_path / f"{seed}.db"
        shutil.copyfile(sqlite_template, target)
        db = Database(make_settings(f"sqlite:///{target}"), Clock())
        district = District(db, seed)
        for _ in range(STEPS):
            district.step()
        with db.read() as conn:
            kinds |= {row.kind for row in conn.execute(select(store.act.c.kind))}
            states = {row.state for row in conn.execute(select(batches.batch.c.state))}
        reached += district.done
        assert len(states) >= 3
        db.close()
    from trace.journal.act_projection import _ACTS

    elsewhere = ("inspection.", "document.", "claim.")  # test_rebuild_offices.py
    assert kinds >= {kind for kind in _ACTS if not kind.startswith(elsewhere)}
    assert {n for n in dir(District) if n.startswith("do_")} <= set(reached)


def test_a_rebuild_mends_what_was_damaged(db: Database) -> None:
    org = organisation(db)
    org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: conn.execute(genealogy.edge.delete()))
    db.write(lambda conn: conn.execute(batches.batch.update().values(state="released", verdict="pass")))
    with db.read() as conn:
        assert snapshot(conn) != before
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_a_rebuild_does_not_need_the_people(db: Database) -> None:
    """PIPL: after a deletion the rebuild and every proof still hold."""
    org = organisation(db)
    org.receive("白菜", source="smallholder", supplier="赵无名", supplier_phone="13800009999")
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: conn.execute(parties.person.delete()))
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_who_joins_later_changes_no_rebuild(db: Database) -> None:
    """An item or organisation that comes after an event named it."""
    org = organisation(db)
    uri = FOREIGN + "L1"
    other = organisation(db, "demo-first")
    event = documents.shipped(db.now(), Amount(uri, MICRO, "KGM"), "urn:liangpin:party:demo-maker",
                              "urn:liangpin:party:demo-later", {})  # fmt: skip
    org.do(lambda c: record_event(c, documents.commissioned(db.now(), Amount(uri, MICRO, "KGM"), {}, {})))
    org.do(lambda c: record_event(c, event))
    with db.read() as conn:
        before = snapshot(conn)
    organisation(db, "demo-later")
    other.product(gtin="09520000000028", base_unit="kg")
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_a_new_public_address_changes_no_rebuild(db: Database) -> None:
    org = organisation(db)
    org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    elsewhere = f"https://elsewhere.example/id/{private_key(org.product())}/10/L1"
    org.do(lambda c: record_event(c, documents.commissioned(c.now, Amount(elsewhere, MICRO, "H87"), {}, {})))
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, "https://trace.example.org/lp"))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_a_batch_can_be_voided_after_the_public_address_changed(db: Database) -> None:
    org = organisation(db)
    made = org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    org.do(lambda c: lifecycle.void(replace(c, public_url="https://trace.example.org"), made.batch_id, WHY))
    event = documents.shipped(db.now(), Amount(made.uri, MICRO, "H87"), "urn:liangpin:party:demo-maker", "x", {})
    org.do(lambda c: record_event(replace(c, public_url="https://trace.example.org"), event))
    with db.read() as conn:
        stock = {r.unit: r.quantity for r in conn.execute(select(genealogy.stock)).all()}
        assert stock == {"H87": -MICRO, "KGM": 100 * MICRO}, "a code printed with the old address still names the lot"
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, "https://another.example.org"))
    with db.read() as conn:
        assert snapshot(conn) == before


def test_the_command_line_rebuilds(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    org = organisation(db)
    org.register(org.product(), [line(org.receive().batch_id, "62.5")])
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: conn.execute(genealogy.stock.delete()))
    monkeypatch.setenv("LIANGPIN_DATABASE_URL", db.settings.database_url)
    monkeypatch.setenv("LIANGPIN_PUBLIC_URL", db.settings.public_url)
    result = CliRunner().invoke(app, ["rebuild"])
    assert result.exit_code == 0, result.output
    assert '"event": 2' in result.stdout
    with db.read() as conn:
        assert snapshot(conn) == before
