"""Life of a batch: the whole table of acts and states, orders by two officers, voiding and correcting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from service.database import Database
from tests.batches.test_receiving import release
from tests.fixtures.measures import lift, order
from tests.fixtures.record import Org, line, organisation, release_report
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import STATES, InputLine
from trace.batches.registering import reserve
from trace.batches.rules import TRANSITIONS
from trace.context import Context
from trace.errors import Conflict, InvalidInput, NotFound, Refusal
from trace.evidence.models import NewMeasurement, NewReport
from trace.genealogy import store as genealogy
from trace.journal import store as journal
from trace.verdicts import store as verdicts

WHY = "按制度处理，见记录"


@pytest.fixture
def org(db: Database) -> Org:
    return organisation(db)


@pytest.fixture
def bureau(db: Database) -> Org:
    return organisation(db, "demo-bureau", "regulator")


def state_of(org: Org, batch_id: int) -> Any:
    with org.db.read() as conn:
        row = batches.get_batch(conn, batch_id)
    assert row is not None
    return row


def made(org: Org, lot: str = "L1", **more: Any) -> int:
    return org.register(org.product(), [line(org.receive().batch_id, "62.5")], lot=lot, **more).batch_id


def in_state(org: Org, state: str) -> int:
    """A batch brought into a state by the acts that lead there."""
    if state == "reserved":
        product = org.product()
        return org.do(lambda c: reserve(c, product, "L1")).batch_id
    batch_id = made(org)
    if state in ("released", "shipped"):
        release(org, batch_id)
    if state == "shipped":
        org.do(ACTS["ship"](batch_id))
    if state in ("held", "voided"):
        org.do(ACTS[{"held": "hold", "voided": "void"}[state]](batch_id))
    assert state_of(org, batch_id).state == state
    return batch_id


ACTS: dict[str, Callable[[int], Callable[[Context], Any]]] = {
    "release": lambda b: lambda c: lifecycle.release(c, b, WHY),
    "hold": lambda b: lambda c: lifecycle.hold(c, b, WHY),
    "unhold": lambda b: lambda c: lifecycle.unhold(c, b, WHY),
    "ship": lambda b: lambda c: lifecycle.ship(c, b, "1", "", "良溪县第一小学食堂"),
    "void": lambda b: lambda c: lifecycle.void(c, b, WHY),
}
LEADS_TO = {"release": "released", "hold": "held", "unhold": "awaiting", "ship": "shipped", "void": "voided"}


def refused(org: Org, act: Callable[[Context], Any], kind: type[Refusal] = Conflict) -> str:
    """The code of the refusal; nothing may have been written."""
    with org.db.read() as conn:
        before = [len(conn.execute(select(t)).all()) for t in (journal.act, journal.event, verdicts.verdict)]
    with pytest.raises(kind) as caught:
        org.do(act)
    with org.db.read() as conn:
        after = [len(conn.execute(select(t)).all()) for t in (journal.act, journal.event, verdicts.verdict)]
    assert before == after
    return caught.value.code


def test_the_table_names_known_states_and_acts() -> None:
    assert set(TRANSITIONS) == set(ACTS)
    assert set().union(*TRANSITIONS.values()) <= set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_every_act_in_every_state(org: Org, state: str) -> None:
    batch_id = in_state(org, state)
    for act in TRANSITIONS:
        if state in TRANSITIONS[act]:
            continue
        assert refused(org, ACTS[act](batch_id)) == "wrong_state", act
        assert state_of(org, batch_id).state == state


@pytest.mark.parametrize(("act", "state"), [(a, s) for a in TRANSITIONS for s in sorted(TRANSITIONS[a])])
def test_every_allowed_act(org: Org, act: str, state: str) -> None:
    batch_id = in_state(org, state)
    org.do(ACTS[act](batch_id), account_id=42)
    assert state_of(org, batch_id).state == LEADS_TO[act]
    with org.db.read() as conn:
        last = journal.acts_of(conn, batch_id)[-1]
        event = journal.events_of(conn, batch_id)[-1] if act == "ship" else last
    assert (event.actor_id, event.request_id) == (42, "test-request")
    if act != "ship":
        assert last.reason == WHY


@pytest.mark.parametrize("act", ["hold", "unhold", "void"])
@pytest.mark.parametrize("reason", ["", "   ", "忙", "x" * 501, "坏\x00理由啊"])
def test_without_a_reason_nothing_is_done(org: Org, act: str, reason: str) -> None:
    batch_id = in_state(org, "held" if act == "unhold" else "awaiting")
    done = getattr(lifecycle, act)
    refused(org, lambda c: done(c, batch_id, reason), InvalidInput)


def test_strangers_do_not_find_it(org: Org, db: Database) -> None:
    batch_id = made(org)
    other = organisation(db, "demo-other")
    for act in ACTS.values():
        refused(other, act(batch_id), NotFound)
    refused(other, lambda c: lifecycle.stop(c, batch_id, WHY), NotFound)
    refused(other, lambda c: lifecycle.correct_inputs(c, batch_id, [], WHY), NotFound)
    refused(other, lambda c: lifecycle.complete(c, batch_id, ""), NotFound)
    refused(other, lambda c: lifecycle.open_pack(c, batch_id), NotFound)
    refused(other, lambda c: lifecycle.hold(c, 5, WHY), NotFound)


class TestRelease:
    def report(self, values: list[str]) -> NewReport:
        return release_report(measurements=[NewMeasurement("铅(以Pb计)", values, "mg/kg")])

    def test_a_fail_cannot_be_released_until_the_report_is_withdrawn(self, org: Org) -> None:
        batch_id = made(org, reports=[self.report(["9.9"])])
        assert state_of(org, batch_id).verdict == "fail"
        assert refused(org, ACTS["release"](batch_id)) == "finding_fails"
        with org.db.read() as conn:
            (filed,) = journal.acts_of(conn, batch_id, ("report",))
        status = org.do(lambda c: lifecycle.withdraw_report(c, batch_id, filed.id, "小数点录错"))
        assert status != "fail"
        assert state_of(org, batch_id).verdict == status
        with org.db.read() as conn:
            assert [v.status for v in verdicts.verdicts_of(conn, batch_id)] == ["fail", status]
            assert [a.id for a in journal.acts_of(conn, batch_id, ("report",))] == [filed.id]
        again = lambda c: lifecycle.withdraw_report(c, batch_id, filed.id, "小数点录错")  # noqa: E731
        assert refused(org, again) == "already_withdrawn"
        org.do(ACTS["release"](batch_id))

    def test_a_report_filed_later_is_judged(self, org: Org) -> None:
        batch_id = made(org)
        assert org.do(lambda c: lifecycle.add_report(c, batch_id, self.report(["9.9"]))) == "fail"
        assert state_of(org, batch_id).verdict == "fail"

    def test_what_is_not_settled_needs_a_written_basis(self, org: Org) -> None:
        batch_id = made(org)
        assert state_of(org, batch_id).verdict in ("insufficient_evidence", "needs_review")
        for reason in ("", "行", " "):
            refused(org, lambda c, r=reason: lifecycle.release(c, batch_id, r), InvalidInput)  # type: ignore[misc]
        org.do(lambda c: lifecycle.release(c, batch_id, "已核对纸质检验记录"))
        with org.db.read() as conn:
            (act,) = journal.acts_of(conn, batch_id, ("batch.released",))
        assert act.reason == "已核对纸质检验记录"
        assert json.loads(act.body)["verdict"] in ("insufficient_evidence", "needs_review")

    def test_stopped_goods_are_not_released(self, org: Org) -> None:
        batch_id = made(org)
        org.do(lambda c: lifecycle.stop(c, batch_id, WHY))
        assert refused(org, ACTS["release"](batch_id)) == "halted"

    def test_reports_of_another_batch_cannot_be_withdrawn_here(self, org: Org) -> None:
        one, other = made(org, reports=[release_report()]), made(org, "L2")
        with org.db.read() as conn:
            (filed,) = journal.acts_of(conn, one, ("report",))
        refused(org, lambda c: lifecycle.withdraw_report(c, other, filed.id, WHY), NotFound)


class TestShipping:
    def test_only_what_is_on_hand(self, org: Org) -> None:
        batch_id = in_state(org, "released")

        def ship(quantity: str, code: str = "") -> Callable[[Context], int]:
            return lambda c: lifecycle.ship(c, batch_id, quantity, "", "某超市", code)

        assert refused(org, ship("100.000001")) == "not_enough"
        refused(org, ship("0"), InvalidInput)
        refused(org, ship("1", code="nobody"), InvalidInput)
        refused(org, ship("1", code=org.code), InvalidInput)
        refused(org, lambda c: lifecycle.ship(c, batch_id, "1", "kg", "某超市"), InvalidInput)
        refused(org, lambda c: lifecycle.ship(c, batch_id, "1", "", " "), InvalidInput)
        org.do(ship("100"))
        assert refused(org, ship("0.000001")) == "not_enough"
        with org.db.read() as conn:
            assert genealogy.stock_of(conn, [batch_id], org.id) == {batch_id: [(0, "H87")]}

    @pytest.mark.parametrize("halt", ["stop", "recall"])
    def test_halted_goods_stay(self, org: Org, halt: str) -> None:
        batch_id = in_state(org, "released")
        if halt == "stop":
            org.do(lambda c: lifecycle.stop(c, batch_id, WHY))
        else:
            org.do(lambda c: lifecycle.announce_recall(c, batch_id, WHY, "公告", "退回"))
        assert refused(org, ACTS["ship"](batch_id)) == "halted"
        with pytest.raises(InvalidInput) as caught:
            org.register(org.product("拼盘"), [line(batch_id, "1", "件")])
        assert [e.code for e in caught.value.errors] == ["input_halted"]

    def test_expired_goods_stay(self, org: Org) -> None:
        raw = org.receive(received_on="2026-05-01")
        old = org.register(
            org.product(), [line(raw.batch_id, "62.5")], produced_on="2026-05-02", best_before="2026-11-23"
        )
        release(org, old.batch_id)
        refused(org, ACTS["ship"](old.batch_id), InvalidInput)


class TestHalts:
    def test_the_makers_own_stop(self, org: Org) -> None:
        batch_id = in_state(org, "released")
        assert refused(org, lambda c: lifecycle.lift_stop(c, batch_id, WHY)) == "not_stopped"
        org.do(lambda c: lifecycle.stop(c, batch_id, WHY, "包装漏气"))
        row = state_of(org, batch_id)
        assert (row.state, row.halt, row.halt_text) == ("released", "own_stop", "包装漏气")
        org.do(lambda c: lifecycle.lift_stop(c, batch_id, WHY))
        assert (state_of(org, batch_id).halt, state_of(org, batch_id).halt_text) == ("", "")

    def test_the_maker_can_neither_lift_nor_soften_an_order(self, org: Org, bureau: Org) -> None:
        batch_id = in_state(org, "released")
        made = order(bureau, batch_id)
        assert refused(org, lambda c: lifecycle.lift_stop(c, batch_id, WHY)) == "not_stopped"
        assert refused(org, lambda c: lifecycle.stop(c, batch_id, WHY)) == "halted"
        lift(bureau, batch_id, made)
        assert state_of(org, batch_id).halt == ""

    def test_nothing_lighter_hides_a_recall(self, org: Org, bureau: Org) -> None:
        batch_id = in_state(org, "shipped")
        made = order(bureau, batch_id)
        org.do(lambda c: lifecycle.announce_recall(c, batch_id, WHY, "公告 2 号", "退回门店"))
        lift(bureau, batch_id, made)
        assert state_of(org, batch_id).halt == "recall", "the order that is lifted was not the recall"
        order(bureau, batch_id)
        assert state_of(org, batch_id).halt == "recall"

    def test_recall_needs_a_made_batch_a_notice_and_a_way_back(self, org: Org) -> None:
        batch_id = in_state(org, "shipped")
        for notice, returns in (("", "退回"), ("公告", "")):
            refused(
                org,
                lambda c, n=notice, r=returns: lifecycle.announce_recall(c, batch_id, WHY, n, r),  # type: ignore[misc]
                InvalidInput,
            )
        product = org.product("另")
        reserved = org.do(lambda c: reserve(c, product, "L1")).batch_id
        recall = lambda c: lifecycle.announce_recall(c, reserved, WHY, "公告", "退回")  # noqa: E731
        assert refused(org, recall) == "wrong_state"


class TestVoidAndCorrect:
    def stocks(self, org: Org) -> dict[tuple[int, str], int]:
        with org.db.read() as conn:
            rows = conn.execute(select(genealogy.stock).where(genealogy.stock.c.quantity != 0))
            return {(r.lot_id, r.unit): r.quantity for r in rows}

    def test_voiding_takes_back_exactly_what_was_done(self, org: Org) -> None:
        raw = org.receive()
        org.product()
        before = self.stocks(org)
        inputs = [
            line(raw.batch_id, "0.0005", "g"), line(raw.batch_id, "3.000001"), line(raw.batch_id, "0.5", "mg"),
        ]  # fmt: skip
        made_id = org.register(org.product(), inputs, quantity="7").batch_id
        assert self.stocks(org) != before
        org.do(lambda c: lifecycle.void(c, made_id, WHY))
        assert self.stocks(org) == before
        row = state_of(org, made_id)
        assert (row.state, row.lot) == ("voided", "261123-01")
        with org.db.read() as conn:
            assert genealogy.inputs_of(conn, made_id) == []
            original, declaration = journal.events_of(conn, made_id)
        assert original.declaration_time == ""
        assert declaration.event_id == original.event_id
        assert json.loads(declaration.document) == json.loads(original.document) | {
            "errorDeclaration": json.loads(declaration.document)["errorDeclaration"]
        }

    def test_what_others_are_made_from_stays(self, org: Org) -> None:
        batch_id = made(org)
        org.register(org.product("拼盘"), [line(batch_id, "1", "件")])
        assert refused(org, ACTS["void"](batch_id)) == "in_use"

    def test_what_has_left_the_house_is_recalled_not_voided(self, org: Org) -> None:
        batch_id = in_state(org, "shipped")
        org.do(ACTS["hold"](batch_id))
        assert refused(org, ACTS["void"](batch_id)) == "shipped"

    @pytest.mark.parametrize("state", ["awaiting", "released", "held", "shipped"])
    def test_a_correction_keeps_the_state_and_both_events(self, org: Org, state: str) -> None:
        batch_id = in_state(org, state)
        released_at = state_of(org, batch_id).released_at
        before = self.stocks(org)
        old = org.receive().batch_id
        salt = org.receive("盐").batch_id
        told = org.do(
            lambda c: lifecycle.correct_inputs(c, batch_id, [line(old, "60"), line(salt, "2.5", "kg")], "投料批号抄错")
        )
        assert told == []
        row = state_of(org, batch_id)
        assert (row.state, row.pending, row.released_at) == (state, "[]", released_at)
        with org.db.read() as conn:
            edges = {e.input_id: e.quantity for e in genealogy.inputs_of(conn, batch_id)}
            events = [e for e in journal.events_of(conn, batch_id) if e.event_type == "TransformationEvent"]
        assert edges == {old: 60_000_000, salt: 2_500_000}
        assert sorted(bool(e.declaration_time) for e in events) == [False, False, True]
        (declared,) = [e for e in events if e.declaration_time]
        (corrective,) = [e for e in events if e.event_id != declared.event_id]
        assert json.loads(declared.document)["errorDeclaration"]["correctiveEventIDs"] == [corrective.event_id]
        assert row.event_id == corrective.id
        after = self.stocks(org)
        assert after[old, "KGM"] == 40_000_000
        assert after[salt, "KGM"] == 97_500_000
        assert {k: v for k, v in after.items() if k[1] == "H87"} == {k: v for k, v in before.items() if k[1] == "H87"}

    def test_corrected_twice_is_corrected_once_each(self, org: Org) -> None:
        batch_id = made(org)
        raw = org.receive().batch_id
        for amount in ("10", "20"):
            org.do(lambda c, a=amount: lifecycle.correct_inputs(c, batch_id, [line(raw, a)], "用量更正"))  # type: ignore[misc]
        assert self.stocks(org)[raw, "KGM"] == 80_000_000
        assert sorted(q for (_, unit), q in self.stocks(org).items() if unit == "KGM") == [80_000_000, 100_000_000]

    def test_a_correction_refuses_what_a_registration_refuses(self, org: Org) -> None:
        batch_id = made(org)
        bad = [org.receive(best_before="2026-11-22").batch_id, org.receive().batch_id, batch_id]
        org.do(lambda c: lifecycle.stop(c, bad[1], WHY))
        for lot, unit, code in zip(bad, ("kg", "kg", "件"), ("expired", "halted", "own_input"), strict=True):
            with pytest.raises(InvalidInput) as caught:
                org.do(lambda c, x=lot, u=unit: lifecycle.correct_inputs(c, batch_id, [line(x, "1", u)], WHY))  # type: ignore[misc]
            assert code in caught.value.errors[0].code
        refused(org, lambda c: lifecycle.correct_inputs(c, batch_id, [], WHY), InvalidInput)
        refused(org, lambda c: lifecycle.correct_inputs(c, batch_id, [line(bad[0], "1")], ""), InvalidInput)

    def test_an_input_recalled_since_does_not_keep_the_rest_from_being_put_right(self, org: Org) -> None:
        raw = org.receive().batch_id
        batch_id = org.register(org.product(), [line(raw, "62.5")]).batch_id
        org.do(lambda c: lifecycle.announce_recall(c, raw, WHY, "公告", "退回"))
        assert org.do(lambda c: lifecycle.correct_inputs(c, batch_id, [line(raw, "60")], "用量更正")) == []

    @pytest.mark.parametrize("state", ["reserved", "voided"])
    def test_nothing_to_correct(self, org: Org, state: str) -> None:
        batch_id = in_state(org, state)
        lines = [InputLine("1", "kg", material="盐", lot="S")]
        assert refused(org, lambda c: lifecycle.correct_inputs(c, batch_id, lines, WHY)) == "wrong_state"

    def test_a_raw_lot_has_no_inputs_to_correct(self, org: Org) -> None:
        raw, other = org.receive().batch_id, org.receive("盐").batch_id
        correct = lambda c: lifecycle.correct_inputs(c, raw, [line(other, "1")], WHY)  # noqa: E731
        assert refused(org, correct) == "wrong_state"
