"""Official measures on a real database: drafting changes nothing, service does; urgent, seizure, recall, lifting."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from service.database import Database
from service.measures.lapsing import lapse
from tests.fixtures.measures import TWO, WHY, full, legacy_order, lift, moment, new, order, serve
from tests.fixtures.record import NOON, Org, line, organisation
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.errors import Conflict, Forbidden, InvalidInput, NotFound, Refusal
from trace.journal import store as journal
from trace.journal.commands import record_act
from trace.journal.rebuild import rebuild, snapshot
from trace.measures import commands, rules, serving, store
from trace.measures.models import Approval, Extension
from trace.notices.commands import subscribe
from trace.parties import store as parties
from trace.recalls import announcing
from trace.recalls import commands as recalling
from trace.recalls.announcing import Announcement
from trace.recalls.models import NewRecall

HOUR = 3_600_000_000
DAY = 24 * HOUR


class Scene:
    """A maker with one batch, an office with officers 1, 2 and 3; time goes as told."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.maker, self.bureau = organisation(db), organisation(db, "demo-bureau", "regulator")
        self.raw = self.maker.receive().batch_id
        self.batch = self.maker.register(self.maker.product(), [line(self.raw, "62.5")]).batch_id
        self.now = NOON

    def do(self, fn: Any, officer: int = 1, org: Org | None = None) -> Any:
        self.now += 1
        return (org or self.bureau).do(fn, now=self.now, account_id=officer)

    def draft(self, measure: str = "stop", **more: Any) -> int:
        return int(self.do(lambda c: commands.draft(c, self.batch, new(measure, **more))))

    def urgent(self, measure: str = "stop") -> int:
        return int(self.do(lambda c: commands.draft(c, self.batch, new(measure), TWO)))

    def serve(self, made: int, measure: str = "stop", number: str = "文书 1 号", **more: Any) -> None:
        self.do(lambda c: serve(c, made, measure, number, **more), 2)

    def approve(self, made: int, number: str = "") -> None:
        said = Approval("郑负责", "局长", moment(self.now))
        self.do(lambda c: serving.approve(c, made, said, "stop_order" if number else "", number), 2)

    def refused(self, fn: Any, officer: int = 2, kind: type[Refusal] = Conflict) -> str:
        with pytest.raises(kind) as caught:
            self.do(fn, officer)
        return caught.value.code

    def halt(self) -> tuple[str, str]:
        with self.db.read() as conn:
            return batches.halt_of(conn, self.batch)

    def row(self, made: int) -> Any:
        with self.db.read() as conn:
            return store.get_measure(conn, made)

    def code(self, made: int) -> str:
        return rules.standing(self.row(made), self.now).code

    def lapse(self) -> int:
        self.now += 1
        return int(self.bureau.do(lambda c: commands.lapse_due(replace(c, actor_id=0, tenant_id=0), 100), now=self.now))


@pytest.fixture
def scene(db: Database) -> Scene:
    return Scene(db)


def errors(caught: Any) -> dict[str, str]:
    return {one.pointer: one.code for one in caught.value.errors}


def test_a_draft_changes_nothing_and_the_complete_document_does(scene: Scene) -> None:
    made = scene.draft()
    assert scene.halt() == ("", "")
    assert scene.code(made) == "draft"
    scene.serve(made)
    assert scene.halt() == ("ordered_stop", "文书 1 号")
    assert scene.refused(lambda c: serve(c, made)) == "not_open"


def test_every_missing_piece_is_named(scene: Scene) -> None:
    made = scene.draft("seal", quantity="", unit="", place="")
    with pytest.raises(InvalidInput) as caught:
        scene.do(lambda c: serving.serve(c, made, serving.Service()), 2)
    assert set(errors(caught)) == {
        "/document_kind", "/document_no", "/approver", "/position", "/approved_at", "/served_at", "/service",
        "/quantity", "/unit", "/place",
        "/officers/0/number", "/officers/0/name", "/officers/1/number", "/officers/1/name",
    }  # fmt: skip
    assert all(one.detail for one in caught.value.errors)
    for gone in ("document_kind", "document_no", "served_at", "service"):
        with pytest.raises(InvalidInput) as caught:
            scene.serve(made, "seal", quantity="4", unit="kg", place="冷库", **{gone: ""})
        assert set(errors(caught)) == ({"/document_no"} if gone == "document_no" else {f"/{gone}"})
    assert scene.halt() == ("", "")


def test_two_officers_of_one_office(scene: Scene, db: Database) -> None:
    made = scene.draft()
    assert scene.refused(lambda c: serve(c, made), 1, Forbidden) == "two_officers"
    other = organisation(db, "demo-otherbureau", "regulator")
    with pytest.raises(NotFound):
        scene.do(lambda c: serve(c, made), 9, other)
    scene.serve(made)
    assert scene.refused(lambda c: commands.withdraw(c, made, WHY)) == "not_a_draft"


def test_times_are_held(scene: Scene) -> None:
    made = scene.draft()
    for more, wrong in (
        ({"served_at": "2026-11-24T11:00"}, {"/served_at": "before_draft", "/approved_at": "after_service"}),
        ({"served_at": "2026-11-24T13:00"}, {"/served_at": "in_future"}),
        ({"served_at": "gestern"}, {"/served_at": "not_a_moment"}),
        ({"approval": Approval("郑", "局长", "2026-11-25T09:00")}, {"/approved_at": "after_service"}),
    ):
        with pytest.raises(InvalidInput) as caught:
            scene.serve(made, **more)  # type: ignore[arg-type]
        assert errors(caught) == wrong


def test_one_draft_of_a_kind_and_withdrawing_it(scene: Scene) -> None:
    made = scene.draft()
    assert scene.refused(lambda c: commands.draft(c, scene.batch, new()), 3) == "draft_open"
    with pytest.raises(InvalidInput):
        scene.do(lambda c: commands.withdraw(c, made, "错"))
    scene.do(lambda c: commands.withdraw(c, made, "起草有误"))
    assert scene.code(made) == "withdrawn"
    assert scene.refused(lambda c: serve(c, made)) == "not_open"
    scene.draft()


class TestUrgent:
    def test_it_stands_at_once_and_lapses_visibly(self, scene: Scene) -> None:
        made = scene.urgent()
        assert scene.halt() == ("ordered_stop", "紧急措施，文书号待补")
        scene.now = scene.row(made).taken_at + DAY - 10
        assert scene.lapse() == 0
        assert scene.code(made) == "taken"
        scene.now += 100
        assert scene.code(made) == "lapsed", "whoever reads needs no job"
        assert scene.halt()[0] == "ordered_stop", "the batch follows with the job"
        assert scene.refused(lambda c: serve(c, made)) == "lapsed"
        assert scene.refused(lambda c: serving.approve(c, made, Approval("郑", "局长", moment(scene.now)))) == "lapsed"
        assert scene.lapse() == 1
        assert scene.lapse() == 0, "once"
        assert scene.halt() == ("", "")
        with scene.db.read() as conn:
            (act,) = journal.acts_of(conn, scene.batch, ("measure.lapsed",))
        assert (act.tenant_id, act.actor_id) == (scene.bureau.id, 0)

    def test_approval_in_time_keeps_it(self, scene: Scene) -> None:
        made = scene.urgent()
        scene.now += 20 * HOUR
        assert scene.refused(
            lambda c: serving.approve(c, made, Approval("郑", "局长", moment(scene.now))), 1, Forbidden
        ) == "two_officers"  # fmt: skip
        scene.approve(made, "急 1 号")
        assert scene.halt() == ("ordered_stop", "急 1 号")
        scene.now += 30 * HOUR
        assert scene.lapse() == 0
        assert scene.code(made) == "approved"
        scene.do(lambda c: serving.serve(c, made, full(c.now, number="急 1 号", approval=Approval())), 2)
        assert scene.code(made) == "served"
        assert scene.row(made).position == "局长", "the approval that was recorded stands"

    def test_service_within_the_day_is_approval_too(self, scene: Scene) -> None:
        made = scene.urgent()
        scene.now += 23 * HOUR
        scene.serve(made)
        scene.now += 5 * HOUR
        assert scene.lapse() == 0
        assert scene.halt() == ("ordered_stop", "文书 1 号")

    def test_it_needs_two_officers_and_a_measure_that_may_be_urgent(self, scene: Scene) -> None:
        with pytest.raises(InvalidInput) as caught:
            scene.do(lambda c: commands.draft(c, scene.batch, new(), [TWO[0]]))
        assert set(errors(caught)) == {"/officers/1/number", "/officers/1/name"}
        assert scene.halt() == ("", "")
        with scene.db.read() as conn:
            assert store.of_batch(conn, scene.batch) == [], "nothing of it is left"
        ends = order(scene.bureau, scene.batch)
        made = scene.draft("lift", ends=ends)
        assert scene.refused(lambda c: commands.take(c, made, TWO)) == "not_urgent"

    def test_goods_that_the_draft_does_not_name(self, scene: Scene) -> None:
        made = scene.draft("detain", quantity="", unit="", place="")
        with pytest.raises(InvalidInput) as caught:
            scene.do(lambda c: commands.take(c, made, TWO))
        assert set(errors(caught)) == {"/quantity", "/unit", "/place"}
        scene.do(lambda c: commands.take(c, made, TWO, "3", "kg", "冷库"))
        assert (scene.row(made).quantity, scene.row(made).place) == (3_000_000, "冷库")
        with scene.db.read() as conn:
            before = snapshot(conn)
        scene.db.write(lambda conn: rebuild(conn, scene.db.settings.public_url))
        with scene.db.read() as conn:
            assert snapshot(conn) == before

    def test_what_stood_before_stands_after(self, scene: Scene) -> None:
        scene.do(lambda c: lifecycle.stop(c, scene.batch, WHY, "漏气"), org=scene.maker)
        scene.urgent()
        scene.now += 25 * HOUR
        scene.lapse()
        assert scene.halt() == ("own_stop", "漏气")

    def test_the_job_of_the_application(self, db: Database, clock: Any) -> None:
        scene = Scene(db)
        made = scene.bureau.do(lambda c: commands.draft(c, scene.batch, new(), TWO), account_id=1)
        assert lapse(db) == 0
        clock.forward(hours=24, minutes=1)
        assert lapse(db) == 1
        assert lapse(db) == 0
        assert scene.row(made).state == "lapsed"
        assert scene.halt() == ("", "")


class TestSeizure:
    def test_thirty_days_from_the_decision_and_one_extension(self, scene: Scene) -> None:
        made = scene.draft("seal")
        scene.serve(made, "seal")
        assert scene.halt() == ("seized", "查封（文书号：文书 1 号）")
        assert scene.row(made).until == "2026-12-24"
        scene.now += 23 * DAY
        assert scene.code(made) == "due"

        def extend(days: str, officer: int = 2) -> str:
            said = Extension(days, "延 1 号", "检验尚未完成", Approval("郑负责", "局长", moment(scene.now)))
            return str(scene.do(lambda c: serving.extend(c, made, said), officer))

        for bad in ("0", "31", "很多", ""):
            with pytest.raises(InvalidInput) as caught:
                extend(bad)
            assert errors(caught) == {"/days": "days"}
        with pytest.raises(Forbidden):
            extend("10", 1)
        assert extend("30") == "2027-01-23"
        with pytest.raises(Conflict) as again:
            extend("1")
        assert again.value.code == "extended"
        scene.now += 60 * DAY
        assert scene.code(made) == "expired"
        assert scene.halt()[0] == "seized", "nothing is freed by itself"

    def test_no_extension_after_the_end_nor_of_an_order(self, scene: Scene) -> None:
        made = scene.draft("detain")
        scene.serve(made, "detain")
        scene.now += 31 * DAY
        said = Extension("10", "延 1 号", WHY, Approval("郑负责", "局长", moment(scene.now)))
        assert scene.refused(lambda c: serving.extend(c, made, said)) == "expired"
        stop = order(scene.bureau, scene.batch)
        assert scene.refused(lambda c: serving.extend(c, stop, said)) == "not_extendable"

    def test_an_urgent_seizure_counts_from_when_it_was_taken(self, scene: Scene) -> None:
        made = scene.urgent("seal")
        assert scene.halt() == ("seized", "查封（紧急措施，文书号待补）")
        scene.now += 23 * HOUR
        scene.serve(made, "seal")
        assert scene.row(made).until == "2026-12-24"

    def test_the_to_do_reminds(self, scene: Scene) -> None:
        from service.measures.views import maker_to_do, office_to_do

        made = scene.draft("seal")
        scene.serve(made, "seal")

        def lists() -> tuple[list[str], list[str]]:
            with scene.db.read() as conn:
                ctx = scene.bureau.context(conn, scene.now)
                return [o["state"] for o in office_to_do(ctx, scene.bureau.id)], [
                    o["state"] for o in maker_to_do(ctx, scene.maker.id)
                ]

        assert lists() == ([], ["served"])
        scene.now += 22 * DAY
        assert lists() == ([], ["served"])
        scene.now += DAY
        assert lists() == (["due"], ["due"])
        scene.now += 8 * DAY
        assert lists() == (["expired"], ["expired"])


@pytest.mark.parametrize("how", ["seal", "detain", "urgent", "stop"])
def test_goods_under_a_measure_are_neither_shipped_nor_used(scene: Scene, how: str) -> None:
    with scene.db.read() as conn:
        before = batches.halt_of(conn, scene.raw)
    assert before == ("", "")
    scene.batch, product = scene.raw, scene.maker.product()
    if how == "urgent":
        scene.urgent()
    else:
        scene.serve(scene.draft(how), how)
    with pytest.raises(InvalidInput) as caught:
        scene.maker.register(product, [line(scene.raw, "1")])
    assert [one.code for one in caught.value.errors] == ["input_halted"]
    with pytest.raises(Conflict) as refused:
        scene.maker.do(lambda c: lifecycle.ship(c, scene.raw, "1", "kg", "某店"))
    assert refused.value.code == "halted"
    with pytest.raises(Conflict):
        scene.maker.do(lambda c: lifecycle.stop(c, scene.raw, WHY))


class TestLifting:
    def test_it_needs_its_own_document_and_leaves_what_stands_beside(self, scene: Scene) -> None:
        stop = order(scene.bureau, scene.batch)
        seal = order(scene.bureau, scene.batch, "seal", "查 1 号")
        scene.now = scene.db.now()
        made = scene.draft("lift", ends=stop)
        assert scene.halt()[0] == "ordered_stop"
        with pytest.raises(InvalidInput):
            scene.serve(made, "lift", document_no="")
        scene.serve(made, "lift", "解 1 号")
        assert scene.halt() == ("seized", "查封（文书号：查 1 号）")
        assert scene.row(stop).state == "lifted"
        assert scene.row(stop).ended_by == made
        assert scene.code(seal) == "served"

    def test_only_what_is_in_effect_and_one_s_own(self, scene: Scene, db: Database) -> None:
        draft = scene.draft()
        for ends in (None, 5, draft):
            assert (
                scene.refused(lambda c, e=ends: commands.draft(c, scene.batch, new("lift", ends=e))) == "not_in_effect"
            )
        scene.serve(draft)
        other = organisation(db, "demo-otherbureau", "regulator")
        with pytest.raises(Conflict) as caught:
            scene.do(lambda c: commands.draft(c, scene.batch, new("lift", ends=draft)), 9, other)
        assert caught.value.code == "other_office"

    def test_what_was_lifted_meanwhile(self, scene: Scene) -> None:
        stop = order(scene.bureau, scene.batch)
        scene.now = scene.db.now()
        first = scene.draft("lift", ends=stop)
        assert scene.refused(lambda c: commands.draft(c, scene.batch, new("lift", ends=stop)), 3) == "draft_open"
        scene.serve(first, "lift")
        assert scene.refused(lambda c: commands.draft(c, scene.batch, new("lift", ends=stop)), 3) == "not_in_effect"

    def test_an_order_of_before_is_lifted_by_the_new_document(self, scene: Scene) -> None:
        old = legacy_order(scene.bureau, scene.batch)
        assert scene.halt() == ("ordered_stop", "旧 1 号")
        assert scene.row(old).state == "served"
        lift(scene.bureau, scene.batch, old)
        assert scene.halt() == ("", "")
        recall = legacy_order(scene.bureau, scene.batch, "recall")
        assert scene.halt()[0] == "recall"
        lift(scene.bureau, scene.batch, recall, "解 2 号")
        assert scene.halt() == ("", "")

    def test_a_proposal_of_before_goes_on_as_a_draft(self, scene: Scene) -> None:
        old = legacy_order(scene.bureau, scene.batch, confirm=False)
        assert scene.row(old).document_no == "旧 1 号"
        scene.now = scene.db.now()
        scene.serve(old, number="旧 1 号")
        assert scene.halt() == ("ordered_stop", "旧 1 号")


class TestOrderedRecall:
    def test_not_before_it_is_owed(self, scene: Scene) -> None:
        with pytest.raises(Conflict) as caught:
            scene.draft("recall")
        assert caught.value.code == "recall_not_owed"
        assert "没有企业知悉时间" in caught.value.detail
        scene.serve(scene.draft(ground="unsafe"))
        with pytest.raises(Conflict) as caught:
            scene.draft("recall")
        assert "启动时限未到" in caught.value.detail
        scene.now += 72 * HOUR
        made = scene.draft("recall")
        scene.serve(made, "recall", "召 1 号", returns="退店")
        assert scene.halt() == ("recall", "监管责令召回，文书号：召 1 号；退货方式：退店")

    def test_a_written_refusal_suffices(self, scene: Scene) -> None:
        with pytest.raises(InvalidInput):
            scene.do(lambda c: commands.note_refusal(c, scene.batch, "2026-11-25", ""))
        scene.do(lambda c: commands.note_refusal(c, scene.batch, "2026-11-24", "复函 1 号"))
        made = scene.draft("recall")
        scene.serve(made, "recall")
        end = scene.draft("lift", ends=made)
        scene.serve(end, "lift", "结 1 号")
        assert scene.halt() == ("", "")
        assert scene.row(made).state == "lifted"

    def test_the_makers_recall_is_linked_and_closes_the_offer(self, scene: Scene) -> None:
        scene.do(lambda c: commands.note_refusal(c, scene.batch, "2026-11-24", "复函 1 号"))
        first, made = scene.draft("recall"), self.recall(scene)
        with scene.db.read() as conn:
            (linked,) = store.recalls_covering(conn, [scene.batch])[scene.batch]
        assert linked.id == made
        assert scene.refused(lambda c: serve(c, first, "recall")) == "recall_not_owed", "it began meanwhile"
        scene.do(lambda c: commands.withdraw(c, first, "企业已经启动"))
        with pytest.raises(Conflict) as caught:
            scene.draft("recall")
        assert "已在召回中" in caught.value.detail

    def test_it_stands_beside_the_makers_own(self, scene: Scene) -> None:
        scene.do(lambda c: commands.note_refusal(c, scene.batch, "2026-11-24", "复函 1 号"))
        made = scene.draft("recall")
        scene.serve(made, "recall", "召 1 号")
        own = self.recall(scene)
        scene.serve(scene.draft("lift", ends=made), "lift", "结 1 号")
        halt, text = scene.halt()
        assert halt == "recall"
        assert f"/recalls/{own}/notice" in text
        assert "召 1 号" not in text

    def recall(self, scene: Scene) -> int:
        org, now = scene.maker, scene.db.now

        def do(fn: Any) -> Any:
            scene.now += 1
            return org.do(fn, now=scene.now)

        made = do(lambda c: recalling.propose(c, NewRecall([scene.batch], WHY, scene.now, "责令"), now))
        do(lambda c: recalling.set_level(c, made, "二级", "按风险评估"))
        said = Announcement("退店", "停止食用", "质量问题", "电话", "2026-12-31")
        do(lambda c: announcing.announce(c, made, said, now))
        return int(made)


def test_names_stay_out_of_the_journal_and_a_rebuild_needs_no_people(scene: Scene) -> None:
    made = scene.urgent("seal")
    scene.approve(made)
    scene.serve(made, "seal")
    scene.do(lambda c: commands.note_refusal(c, scene.batch, "2026-11-24", "复函"))
    scene.urgent()
    scene.now += 25 * HOUR
    scene.lapse()
    with scene.db.read() as conn:
        told = json.dumps([a.body + a.reason for a in conn.execute(select(journal.act))], ensure_ascii=False)
        before = snapshot(conn)
    assert before["measure"]
    for name in ("周执法", "吴执法", "郑负责"):
        assert name not in told
    assert "YS2026001" in told
    scene.db.write(lambda conn: conn.execute(parties.person.delete()))
    scene.db.write(lambda conn: rebuild(conn, scene.db.settings.public_url))
    with scene.db.read() as conn:
        assert snapshot(conn) == before


def test_webhooks_hear_of_the_alert_the_effect_the_lapse_and_the_lifting(scene: Scene) -> None:
    from trace.notices.store import delivery

    scene.maker.do(lambda c: subscribe(c, "https://erp.example.cn/x", ["stop_sale"], "ERP"))

    def heard() -> list[tuple[str, str, bool]]:
        with scene.db.read() as conn:
            bodies = [json.loads(row.body) for row in conn.execute(select(delivery).order_by(delivery.c.id))]
        return [(one["halt_before"], one["halt"], "alert" in one) for one in bodies]

    made = scene.draft()
    assert heard() == [("", "", True)]
    scene.serve(made)
    lifted = scene.draft("lift", ends=made)
    scene.serve(lifted, "lift")
    scene.urgent()
    scene.now += 25 * HOUR
    scene.lapse()
    plain = [one[:2] for one in heard() if not one[2]]
    assert plain == [("", "ordered_stop"), ("ordered_stop", ""), ("", "ordered_stop"), ("ordered_stop", "")]


def test_unknown_batches_and_voided_ones(scene: Scene) -> None:
    with pytest.raises(NotFound):
        scene.do(lambda c: commands.draft(c, 5, new()))
    scene.do(lambda c: record_act(c, "batch.voided", "batch", scene.batch, {}, WHY), org=scene.maker)
    assert scene.refused(lambda c: commands.draft(c, scene.batch, new())) == "wrong_state"
    with pytest.raises(InvalidInput) as caught:
        scene.do(lambda c: commands.draft(c, scene.raw, new("arrest")))
    assert errors(caught) == {"/measure": "not_a_choice"}
