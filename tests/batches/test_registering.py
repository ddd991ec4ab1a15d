"""Registering: what is refused, what is kept as 待补录, what is warned about."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from service.database import Database
from tests.batches.test_receiving import errors_of, release
from tests.fixtures.record import GTIN, Org, line, organisation, release_report
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.lots import find_lots
from trace.batches.models import InputLine, NewBatch
from trace.batches.registering import register, reserve
from trace.batches.rules import mass_balance
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound
from trace.evidence.models import NewMeasurement
from trace.genealogy import store as genealogy
from trace.items.commands import create_item
from trace.items.models import NewItem
from trace.journal import store as journal
from trace.quantity import MICRO
from trace.verdicts import store as verdicts

FOREIGN = "https://id.gs1.org/01/09520000000028/10/X1"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


def pending_of(org: Org, batch_id: int) -> list[str]:
    with org.db.read() as conn:
        row = batches.get_batch(conn, batch_id)
    assert row is not None
    return [p["code"] for p in json.loads(row.pending)]


def journal_size(org: Org) -> tuple[int, ...]:
    with org.db.read() as conn:
        return tuple(
            conn.execute(select(func.count()).select_from(t)).scalar_one()
            for t in (journal.event, journal.act, journal.identifier, batches.batch, verdicts.verdict, genealogy.edge)
        )


def test_one_transaction_writes_everything(org: Org) -> None:
    product = org.product(gtin=GTIN)
    raw = org.receive()
    done = org.register(product, [line(raw.batch_id, "62.5")], lot="A/1%?", reports=[release_report()])
    assert done.uri == f"https://id.gs1.org/01/{GTIN}/10/A%2F1%25%3F"
    assert (done.pending, done.warnings) == ([], [])
    with org.db.read() as conn:
        row = batches.get_batch(conn, done.batch_id)
        (edge,) = genealogy.inputs_of(conn, done.batch_id)
        kinds = [a.kind for a in journal.acts_of(conn, done.batch_id)]
        verdict = verdicts.latest_verdict(conn, done.batch_id)
        assert genealogy.stock_of(conn, [raw.batch_id, done.batch_id], org.id) == {
            raw.batch_id: [(37_500_000, "KGM")], done.batch_id: [(100_000_000, "H87")],
        }  # fmt: skip
    assert row is not None
    assert (row.state, row.lot, row.produced_on, row.best_before) == ("awaiting", "A/1%?", "2026-11-23", "2027-05-22")
    assert json.loads(row.origins) == ["良溪县青石村"]
    assert (edge.input_id, edge.quantity, edge.unit, edge.basis) == (raw.batch_id, 62_500_000, "KGM", "weighed")
    assert kinds == ["batch.registered", "report"]
    assert verdict is not None
    assert (row.verdict, row.verdict_id) == (verdict.status, verdict.id)


def test_a_wrong_check_digit_is_refused_with_the_right_one(org: Org) -> None:
    with pytest.raises(InvalidInput) as refused:
        org.product(gtin=GTIN[:-1] + "2")
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/gtin", "gtin_check_digit")
    assert "末位应为 1" in error.detail


@pytest.mark.parametrize(
    ("stated", "pointer", "code"),
    [
        ({"quantity": "-1"}, "/quantity", "not_a_quantity"),
        ({"quantity": "NaN"}, "/quantity", "not_a_quantity"),
        ({"produced_on": ""}, "/produced_on", "required"),
        ({"produced_on": "2026-11-25"}, "/produced_on", "in_future"),
        ({"produced_on": "23/11/2026"}, "/produced_on", "not_a_date"),
        ({"best_before": "2026-11-22"}, "/best_before", "before_production"),
        ({"unit": "kg"}, "/unit", "unit_mismatch"),
        ({"unit": "桶"}, "/unit", "unknown_unit"),
        ({"lot": "批\x00"}, "/lot", "control_character"),
        ({"lot": "L1\u202e2"}, "/lot", "invisible_character"),
        ({"inputs": [InputLine("1", "kg")]}, "/inputs/0/material", "required"),
        ({"inputs": [InputLine("x", "kg", material="盐", lot="1")]}, "/inputs/0/quantity", "not_a_quantity"),
        ({"inputs": [InputLine("1", "kg", material="盐")]}, "/inputs/0/lot", "required"),
        ({"inputs": [InputLine("1", "kg", material="盐", lot="坏\x01批")]}, "/inputs/0/lot", "control_character"),
        ({"inputs": [InputLine("1", "kg", lot_id=5)]}, "/inputs/0/lot_id", "unknown_lot"),
        ({"inputs": [InputLine("1", "kg", code="什么码")]}, "/inputs/0/code", "identifier_format"),
        ({"inputs": [InputLine("1", "kg", code=FOREIGN[:-6])]}, "/inputs/0/code", "no_lot"),
        ({"inputs": [InputLine("1", "kg", code="09520000000029")]}, "/inputs/0/code", "gtin_check_digit"),
        ({"inputs": [InputLine("1", "kg", material="盐", lot="1", basis="guessed")]}, "/inputs/0/basis",
         "not_a_choice"),
        ({"inputs": [InputLine("1", "kg", material_id=5, lot="1")]}, "/inputs/0/material_id", "unknown_material"),
        ({"reports": [release_report(kind="commissioned")]}, "/reports/0/cma", "required"),
        ({"reports": [release_report(issued_on="2026-11-25")]}, "/reports/0/issued_on", "in_future"),
        ({"reports": [release_report(measurements=[NewMeasurement("铅", ["  "])])]},
         "/reports/0/measurements/0/values", "required"),
    ],
)  # fmt: skip
def test_what_is_refused_names_its_field(org: Org, stated: dict[str, Any], pointer: str, code: str) -> None:
    product = org.product()
    before = journal_size(org)
    with pytest.raises(InvalidInput) as refused:
        org.register(product, **stated)
    assert errors_of(refused)[pointer] == code
    assert all(e.detail and e.detail_en for e in refused.value.errors)
    assert journal_size(org) == before


def test_a_material_is_no_product_and_anothers_product_does_not_exist(org: Org, db: Database) -> None:
    with pytest.raises(InvalidInput) as refused:
        org.register(org.material("盐"), unit="kg")
    assert errors_of(refused)["/item_id"] == "not_a_product"
    with pytest.raises(NotFound):
        organisation(db, "demo-other").register(org.product())
    without = org.product("无期", shelf_life_days="")
    with pytest.raises(InvalidInput) as refused:
        org.register(without)
    assert errors_of(refused) == {"/best_before": "required"}


def test_a_duplicate_lot_is_a_conflict(org: Org) -> None:
    first = org.register(org.product(), lot="A1")
    before = journal_size(org)
    with pytest.raises(Conflict) as again:
        org.register(org.product(), lot=" A1 ")
    assert again.value.code == "duplicate_lot"
    assert errors_of(again) == {"/lot": "duplicate_lot"}
    assert journal_size(org) == before
    org.do(lambda c: lifecycle.void(c, first.batch_id, "录错了产品"))
    with pytest.raises(Conflict):
        org.register(org.product(), lot="A1")
    assert org.register(org.product(), lot="a1").batch_id != first.batch_id
    assert org.register(org.product("另一产品"), lot="A1").batch_id != first.batch_id


@pytest.mark.parametrize("written", ["十一月二十三日甲班", "2026年11月23日-001", "A" * 21, "A B", "A#1", ".."])
def test_a_factory_code_gets_a_short_lot_and_stays(org: Org, written: str) -> None:
    product = org.product()
    done = org.register(product, lot=written)
    assert done.lot == "261123-01"
    assert org.do(lambda c: find_lots(c, written)) == [done.batch_id]
    with pytest.raises(Conflict):
        org.register(product, lot=written)
    assert org.register(product, lot=written + "乙").lot == "261123-02"


def test_issued_lots_pass_by_what_was_written_by_hand(org: Org) -> None:
    product = org.product()
    org.register(product, lot="261123-02")
    lots = [org.register(product).lot for _ in range(3)]
    assert len({*lots, "261123-02"}) == 4


def test_expired_stopped_recalled_held_and_voided_inputs_are_refused(org: Org) -> None:
    product = org.product()

    def refused(lot_id: int, produced_on: str = "2026-11-23") -> str:
        with pytest.raises(InvalidInput) as caught:
            org.register(product, [line(lot_id, "1")], produced_on=produced_on)
        (found,) = errors_of(caught).items()
        assert found[0] == "/inputs/0/lot_id"
        return found[1]

    old = org.receive(best_before="2026-11-22")
    assert refused(old.batch_id) == "input_expired"
    org.register(product, [line(old.batch_id, "1")], produced_on="2026-11-22")  # its last day
    raw = org.receive()
    org.do(lambda c: lifecycle.stop(c, raw.batch_id, "来源存疑"))
    assert refused(raw.batch_id) == "input_halted"
    org.do(lambda c: lifecycle.lift_stop(c, raw.batch_id, "来源已经核实"))
    org.do(lambda c: lifecycle.hold(c, raw.batch_id, "等待快检结果"))
    assert refused(raw.batch_id) == "input_held"
    org.do(lambda c: lifecycle.void(c, raw.batch_id, "登记重复了"))
    assert refused(raw.batch_id) == "input_voided"
    other = org.receive()
    org.do(lambda c: lifecycle.announce_recall(c, other.batch_id, "供方通知召回", "公告 1 号", "退回供方"))
    assert refused(other.batch_id) == "input_halted"


def test_a_batch_is_not_its_own_input(org: Org) -> None:
    product = org.product()
    reserved = org.do(lambda c: reserve(c, product, "SELF"))
    for own in (line(reserved.batch_id, "1", "件"), InputLine("1", "件", code=reserved.uri)):
        with pytest.raises(InvalidInput) as caught:
            org.register(product, [own], lot="SELF")
        assert errors_of(caught) == {"/inputs/0/lot_id": "own_input"}
    key = reserved.uri.rsplit("/", 1)[0]
    with pytest.raises(InvalidInput) as caught:
        org.register(product, [InputLine("1", "件", code=f"{key}/NEW")], lot="NEW")
    assert errors_of(caught) == {"/inputs/0/lot_id": "own_input"}


class TestPending:
    def test_no_inputs(self, org: Org) -> None:
        done = org.register(org.product())
        assert [p["code"] for p in done.pending] == ["no_inputs"]
        self.cannot_be_released(org, done.batch_id)

    def cannot_be_released(self, org: Org, batch_id: int) -> None:
        with pytest.raises(Conflict) as refused:
            org.do(lambda c: lifecycle.release(c, batch_id, "已经人工核对"))
        assert refused.value.code == "pending"
        with pytest.raises(Conflict) as refused:
            org.do(lambda c: lifecycle.ship(c, batch_id, "1", "", "张记饭店"))
        assert refused.value.code == "wrong_state"

    def completed(self, org: Org, batch_id: int, explanation: str = "") -> None:
        assert org.do(lambda c: lifecycle.complete(c, batch_id, explanation)) == []
        assert pending_of(org, batch_id) == []
        with org.db.read() as conn:
            row = batches.get_batch(conn, batch_id)
        assert row is not None
        assert row.was_pending, "the mark stays"
        release(org, batch_id)

    @pytest.mark.parametrize("lot", ["S-1", "卤料第一包"])
    def test_unknown_input_by_name(self, org: Org, lot: str) -> None:
        done = org.register(org.product(), [InputLine("2", "kg", material="盐", lot=lot)])
        assert [p["code"] for p in done.pending] == ["unknown_input"]
        self.cannot_be_released(org, done.batch_id)
        explained = org.do(lambda c: lifecycle.complete(c, done.batch_id, "说明一下原因"))
        assert [p["code"] for p in explained] == ["unknown_input"], "words do not register a lot"
        assert pending_of(org, done.batch_id) == ["unknown_input"]
        org.receive("盐", "1", lot=lot)
        assert [p["code"] for p in org.do(lambda c: lifecycle.complete(c, done.batch_id, ""))] == ["over_use"]
        org.receive("盐", "1", lot="别的批")
        assert pending_of(org, done.batch_id) == ["over_use"]

    @pytest.mark.parametrize("lot", ["S-1", "卤料第一包"])
    def test_unknown_input_is_completed_by_its_receipt(self, org: Org, lot: str) -> None:
        done = org.register(org.product(), [InputLine("2", "kg", material="盐", lot=lot)])
        org.receive("盐", "5", lot=lot)
        self.completed(org, done.batch_id)

    def test_unknown_input_by_code(self, org: Org) -> None:
        done = org.register(org.product(), [InputLine("2", "kg", code=FOREIGN)])
        assert [p["code"] for p in done.pending] == ["unknown_input"]
        org.receive("外购酱", "5", code=FOREIGN)
        assert pending_of(org, done.batch_id) == ["unknown_input"]
        told = org.do(
            lambda c: lifecycle.correct_inputs(c, done.batch_id, [InputLine("2", "kg", code=FOREIGN)], "补登了收货")
        )
        assert told == []
        self.completed(org, done.batch_id)

    def test_unknown_lots_of_one_material_are_not_mixed_up(self, org: Org) -> None:
        lots = [InputLine("1", "kg", material="盐", lot=f"第{n}包") for n in ("一", "二", "一")]
        done = org.register(org.product(), lots)
        later = org.register(org.product(), [InputLine("1", "kg", material="盐", lot="第三包")])
        with org.db.read() as conn:
            edges = genealogy.inputs_of(conn, done.batch_id)
            other = genealogy.inputs_of(conn, later.batch_id)
        assert sorted(e.quantity for e in edges) == [MICRO, 2 * MICRO]
        assert {e.input_id for e in other}.isdisjoint(e.input_id for e in edges)
        for n in ("一", "二", "三"):
            org.receive("盐", "5", lot=f"第{n}包")
        assert org.do(lambda c: lifecycle.complete(c, done.batch_id, "")) == []
        assert org.do(lambda c: lifecycle.complete(c, later.batch_id, "")) == []

    def test_over_use(self, org: Org) -> None:
        raw = org.receive(quantity="10")
        done = org.register(org.product(), [line(raw.batch_id, "6"), line(raw.batch_id, "4000.001", "g")])
        (over,) = done.pending
        assert over["code"] == "over_use"
        assert "10.000001 kg" in over["detail"], "amounts of one lot on two lines add up"
        self.cannot_be_released(org, done.batch_id)
        told = org.do(lambda c: lifecycle.correct_inputs(c, done.batch_id, [line(raw.batch_id, "10")], "称重记录有误"))
        assert told == []
        self.completed(org, done.batch_id)

    def test_just_enough_is_no_over_use(self, org: Org) -> None:
        raw = org.receive(quantity="10")
        assert org.register(org.product(), [line(raw.batch_id, "10000", "g")]).pending == []

    def test_produced_before_received(self, org: Org) -> None:
        raw = org.receive(received_on="2026-11-22")
        done = org.register(org.product(), [line(raw.batch_id, "10")], produced_on="2026-11-21")
        assert [p["code"] for p in done.pending] == ["before_receipt"]
        self.cannot_be_released(org, done.batch_id)
        assert [p["code"] for p in org.do(lambda c: lifecycle.complete(c, done.batch_id, "忙"))] == ["before_receipt"]
        self.completed(org, done.batch_id, "货先到，单据次日补登")

    def test_an_explanation_holds_until_the_inputs_change(self, org: Org) -> None:
        raw = org.receive(received_on="2026-11-22")
        lines = [line(raw.batch_id, "10"), InputLine("1", "kg", material="盐", lot="S")]
        done = org.register(org.product(), lines, produced_on="2026-11-21")
        told = org.do(lambda c: lifecycle.complete(c, done.batch_id, "货先到，单据次日补登"))
        assert [p["code"] for p in told] == ["unknown_input"]
        org.receive("盐", "1", lot="S", received_on="2026-11-20")
        assert org.do(lambda c: lifecycle.complete(c, done.batch_id, "")) == []
        told = org.do(lambda c: lifecycle.correct_inputs(c, done.batch_id, lines, "用量写错了"))
        assert [p["code"] for p in told] == ["before_receipt"]

    def test_received_the_same_day_is_in_order(self, org: Org) -> None:
        raw = org.receive(received_on="2026-11-23")
        assert org.register(org.product(), [line(raw.batch_id, "10")]).pending == []

    def test_completing_what_is_not_pending_changes_nothing(self, org: Org) -> None:
        raw = org.receive()
        done = org.register(org.product(), [line(raw.batch_id, "60")])
        org.register(org.product(), [line(raw.batch_id, "60")])  # this one uses too much
        product = org.product()
        reserved = org.do(lambda c: reserve(c, product, "R1"))
        before = journal_size(org)
        for lot in (raw.batch_id, done.batch_id, reserved.batch_id):
            assert org.do(lambda c, b=lot: lifecycle.complete(c, b, "")) == []  # type: ignore[misc]
        assert journal_size(org) == before

    def test_a_correction_that_leaves_something_open_sets_the_mark(self, org: Org) -> None:
        raw = org.receive(quantity="10")
        done = org.register(org.product(), [line(raw.batch_id, "5")])
        told = org.do(lambda c: lifecycle.correct_inputs(c, done.batch_id, [line(raw.batch_id, "50")], "称重记录有误"))
        assert [p["code"] for p in told] == ["over_use"]
        with org.db.read() as conn:
            row = batches.get_batch(conn, done.batch_id)
        assert row is not None
        assert row.was_pending


class TestWarnings:
    def codes(self, org: Org, quantity: str, *inputs: InputLine, **item: Any) -> list[str]:
        product = org.product(f"产品{len(org.items)}", **item)
        return [w["code"] for w in org.register(product, inputs, quantity=quantity).warnings]

    def test_mass_balance(self, org: Org) -> None:
        raw = org.receive(quantity="1000").batch_id  # usual yield 0.8, half a kilo each
        assert self.codes(org, "160", line(raw, "100")) == []
        assert self.codes(org, "184", line(raw, "100")) == []  # +15 %
        assert self.codes(org, "136", line(raw, "100000", "g")) == []  # -15 %
        assert self.codes(org, "185", line(raw, "100")) == ["balance_off"]
        assert self.codes(org, "135", line(raw, "100")) == ["balance_off"]
        assert self.codes(org, "1", line(raw, "100"), usual_yield="") == []

    def test_without_net_content_it_says_so(self, org: Org) -> None:
        raw = org.receive(quantity="1000").batch_id
        done = org.register(org.product("散装", net_content="", net_unit=""), [line(raw, "1")])
        (told,) = done.warnings
        assert told["code"] == "balance_unknown"
        assert "无法计算（缺净含量）" in told["detail"]

    def test_pieces_have_no_mass(self, org: Org) -> None:
        eggs = org.receive("鸭蛋", "100", unit="枚").batch_id
        assert self.codes(org, "1", line(eggs, "3", "枚")) == ["balance_unknown"]

    def test_shelf_life_that_differs(self, org: Org) -> None:
        raw = org.receive().batch_id
        done = org.register(org.product(), [line(raw, "62.5")], best_before="2027-05-23")
        assert [w["code"] for w in done.warnings] == ["shelf_life_differs"]

    @given(
        st.lists(st.tuples(st.integers(MICRO, 10**12), st.sampled_from(["KGM", "LTR"])), min_size=1),
        st.integers(10_000, 10 * MICRO),
    )
    def test_the_usual_yield_itself_is_never_warned_about(self, inputs: list[tuple[int, str]], usual: int) -> None:
        total = sum(quantity for quantity, _ in inputs)
        made = total * usual // MICRO
        assert mass_balance(inputs, made, usual) is None
        for wrong in (made * 2, made // 2):
            told = mass_balance(inputs, wrong, usual)
            assert told is not None
            assert ("升按千克计" in told.detail) == any(unit == "LTR" for _, unit in inputs)


class TestReservation:
    def test_registration_keeps_lot_address_and_short_code(self, org: Org) -> None:
        product = org.product()
        reserved = org.do(lambda c: reserve(c, product, "R1", "2026-11-24"))
        with org.db.read() as conn:
            row = batches.get_batch(conn, reserved.batch_id)
            assert genealogy.holders_of(conn, reserved.batch_id) == []
        assert row is not None
        assert row.state == "reserved"
        done = org.register(product, [line(org.receive().batch_id, "62.5")], lot="R1")
        assert (done.batch_id, done.lot, done.uri, done.short_code) == (
            reserved.batch_id, reserved.lot, reserved.uri, reserved.short_code,
        )  # fmt: skip
        assert pending_of(org, done.batch_id) == []
        release(org, done.batch_id)

    @pytest.mark.parametrize("lot", ["R1", "甲班"])
    def test_twice_is_a_conflict(self, org: Org, lot: str) -> None:
        product = org.product()
        org.do(lambda c: reserve(c, product, lot))
        with pytest.raises(Conflict) as again:
            org.do(lambda c: reserve(c, product, lot))
        assert again.value.code == "duplicate_lot"

    def test_a_made_lot_cannot_be_reserved(self, org: Org) -> None:
        org.register(org.product(), lot="A1")
        product = org.product()
        with pytest.raises(Conflict):
            org.do(lambda c: reserve(c, product, "A1"))

    def test_a_chinese_code_finds_its_reservation(self, org: Org) -> None:
        product = org.product()
        reserved = org.do(lambda c: reserve(c, product, "甲班第一锅", "2026-11-24"))
        done = org.register(product, lot="甲班第一锅")
        assert (done.batch_id, done.lot) == (reserved.batch_id, reserved.lot)

    def test_issued_reservations_differ(self, org: Org) -> None:
        product = org.product()
        lots = [org.do(lambda c: reserve(c, product, "")) for _ in range(3)]
        assert len({r.lot for r in lots}) == len({r.short_code for r in lots}) == 3


def race(org: Org, *commands: Callable[[Context], Any]) -> list[Any]:
    """Run commands at the same time; gives results or exceptions in order."""
    found: list[Any] = [None] * len(commands)
    start = threading.Barrier(len(commands))

    def run(index: int) -> None:
        start.wait()
        try:
            found[index] = org.do(commands[index])
        except Exception as error:
            found[index] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(commands))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestAtTheSameTime:
    def test_one_lot_is_registered_once(self, org: Org) -> None:
        product = org.product()
        for round_ in range(3):
            new = NewBatch(product, "1", "2026-11-23", lot=f"RACE{round_}")
            found = race(org, *[lambda c, n=new: register(c, n)] * 4)
            refused = [f for f in found if isinstance(f, Exception)]
            assert len(refused) == 3
            assert all(isinstance(f, Conflict) and f.code == "duplicate_lot" for f in refused), refused

    def test_issued_lots_differ(self, org: Org) -> None:
        product = org.product()
        found = race(org, *[lambda c: register(c, NewBatch(product, "1", "2026-11-23"))] * 4)
        assert len({f.lot for f in found}) == 4

    def test_one_gtin_belongs_to_one(self, org: Org) -> None:
        new = NewItem("product", "鸭", gtin=GTIN, storage="frozen", processing="heated", ready_to_eat=False)
        found = race(org, *[lambda c: create_item(c, new)] * 4)
        refused = [f for f in found if isinstance(f, Exception)]
        assert [type(f) for f in refused] == [Conflict] * 3, refused

    def test_stock_is_not_used_twice_unseen(self, org: Org) -> None:
        raw, product = org.receive(quantity="10").batch_id, org.product()
        new = NewBatch(product, "1", "2026-11-23", inputs=[line(raw, "6")])
        found = race(org, *[lambda c: register(c, new)] * 2)
        assert sorted(len(f.pending) for f in found) == [0, 1]
