"""Import, judge again, match, re-test and cases on a real database of both kinds."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from service.database import Database
from tests.fixtures.announced import COLONY, LEAD, put_in, reading_of, record, sample_ids
from tests.fixtures.measures import lift, order
from tests.fixtures.record import line, organisation
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.lots import file_alias
from trace.bulletins import commands, importing, store
from trace.bulletins.cases import add_step
from trace.bulletins.rules import Change
from trace.context import local_datetime
from trace.errors import Conflict, InvalidInput, NotFound, Refusal
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot
from trace.standards import load_book

WHY = "包装照片与登记一致"


class Scene:
    """A maker with one batch, a bureau, and an announcement about that maker."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.maker = organisation(db, "demo-maker")
        self.bureau = organisation(db, "demo-bureau", "regulator")
        self.batch = self.maker.register(self.maker.product(), [line(self.maker.receive().batch_id, "50")]).batch_id
        with db.read() as conn:
            row = batches.batches_by_id(conn, [self.batch])[self.batch]
        self.facts = {"食品名称": row.item_name, "标称生产企业名称": row.maker_name, "生产日期": row.produced_on}

    def announce(self, number: str = "S1", **more: Any) -> int:
        self.bureau.do(lambda c: put_in(c, [record(number, **(self.facts | more))]))
        return sample_ids(self.db)[number]

    def match(self, sample: int, batch: int | None = None) -> tuple[int | None, str]:
        found: tuple[int | None, str] = self.bureau.do(
            lambda c: commands.match(c, sample, self.batch if batch is None else batch, WHY)
        )
        return found

    def change(self, sample: int, kind: str, **facts: Any) -> Any:
        return self.bureau.do(lambda c: commands.change(c, sample, Change(kind, **facts), WHY))

    def halt(self) -> tuple[str, str]:
        with self.db.read() as conn:
            row = batches.get_batch(conn, self.batch)
        assert row is not None
        return row.halt, row.halt_text

    def row(self, sample: int) -> Any:
        with self.db.read() as conn:
            return commands.sample_of(conn, sample)


@pytest.fixture
def scene(db: Database) -> Scene:
    return Scene(db)


def counts(db: Database) -> dict[str, int]:
    with db.read() as conn:
        return {
            table.name: conn.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (store.bulletin, store.sample, store.judgement, journal.act)
        }


# import ---------------------------------------------------------------------------------------------


def test_importing_twice_changes_nothing(db: Database) -> None:
    bureau = organisation(db, "demo-bureau", "regulator")
    rows = [record("S1"), record("/", 食品名称="没有编号的鸭"), record("S2", 公告号="另一号")]
    first = bureau.do(lambda c: put_in(c, rows))
    assert (first.imported, first.unchanged, len(first.bulletins)) == (3, 0, 2)
    before = counts(db)
    again = bureau.do(lambda c: put_in(c, rows))
    assert (again.imported, again.unchanged) == (0, 3)
    assert [b["id"] for b in again.bulletins] == [b["id"] for b in first.bulletins]
    assert counts(db) == before
    more = bureau.do(lambda c: put_in(c, [*rows, record("S3")]))
    assert (more.imported, more.unchanged) == (1, 3)


def test_a_sample_is_kept_as_written_with_its_judgement(scene: Scene) -> None:
    row = scene.row(scene.announce(备注="原样"))
    assert json.loads(row.row)["备注"] == "原样"
    assert json.loads(row.failures) == [LEAD]
    told = json.loads(row.judgement)
    assert (row.outcome, told["items"][0]["clause_id"] != "") == ("agree", True)
    assert row.rulebook == load_book().version
    assert (row.status, row.result, row.matched, row.microbial) == ("初检", "failed", "", 0)


def test_other_content_under_a_known_number_is_a_row_error_and_never_an_edit(scene: Scene) -> None:
    scene.announce()
    changed = reading_of([record("S1", **(scene.facts | {"备注": "改了"})), record("S2")])
    with scene.db.read() as conn:
        beside, unchanged = importing.against_record(conn, changed)
    assert [one.number for one in beside.samples] == ["S2"]
    assert [(e.row, e.code) for e in beside.errors] == [(1, "imported_differently")]
    assert unchanged == frozenset()
    with pytest.raises(Conflict):
        scene.bureau.do(lambda c: importing.import_samples(c, changed.samples, {}))


def test_a_failed_import_leaves_nothing(db: Database) -> None:
    bureau = organisation(db, "demo-bureau", "regulator")
    reading = reading_of([record("S1"), record("S2")])
    before = counts(db)
    with pytest.raises(KeyError):
        bureau.do(lambda c: importing.import_samples(c, reading.samples, {}))
    assert counts(db) == before


def test_uploads_are_kept_once_for_their_own_organisation_and_forgotten_unless_imported(scene: Scene) -> None:
    one = scene.bureau.do(lambda c: importing.keep_upload(c, "C:\\x\\公告.csv", b"a"))
    assert scene.bureau.do(lambda c: importing.keep_upload(c, "公告.csv", b"a")) == one
    with scene.db.read() as conn:
        assert importing.upload_of(conn, scene.bureau.id, one).name == "公告.csv"
        with pytest.raises(NotFound):
            importing.upload_of(conn, scene.maker.id, one)
    week = 8 * 86_400_000_000
    kept = scene.bureau.do(lambda c: importing.keep_upload(c, "b.csv", b"b"))
    scene.db.write(lambda conn: store.mark_imported(conn, kept, 1))
    later = scene.db.now() + week
    scene.bureau.do(lambda c: importing.keep_upload(c, "c.csv", b"c"), now=later)
    with scene.db.read() as conn:
        assert store.get_file(conn, one) is None
        assert store.get_file(conn, kept) is not None


def test_judging_again_appends_what_changed_and_only_that(scene: Scene) -> None:
    sample = scene.announce()
    bulletin = scene.row(sample).bulletin_id
    book = load_book()
    assert scene.bureau.do(lambda c: importing.judge_again(c, bulletin, book)) == (1, 0, None)
    new = copy.copy(book)
    new.version = "next"
    assert scene.bureau.do(lambda c: importing.judge_again(c, bulletin, new)) == (1, 1, None)
    with scene.db.read() as conn:
        assert [one.rulebook for one in store.judgements_of(conn, sample)] == [book.version, "next"]
    assert scene.row(sample).rulebook == "next"
    with pytest.raises(NotFound):
        scene.bureau.do(lambda c: importing.judge_again(c, 9, book))


# match and case -------------------------------------------------------------------------------------


def test_candidates_name_the_batch_and_nothing_is_matched_by_itself(scene: Scene) -> None:
    sample = scene.announce()
    other = organisation(scene.db, "other", name="海滨调味品有限公司")
    other.register(other.product(gtin="09520000000028"), [line(other.receive().batch_id, "5")])
    with scene.db.read() as conn:
        found = commands.candidates(conn, commands.sample_of(conn, sample))
    assert [one.lot.batch_id for one in found] == [scene.batch]
    assert scene.row(sample).matched == ""
    assert scene.halt() == ("", "")


def test_a_factory_code_leads_to_its_batch(scene: Scene) -> None:
    scene.maker.do(lambda c: file_alias(c, scene.batch, "other", "厂码-7"))
    sample = scene.announce(生产日期="/", 批号="厂码-7", 食品名称="别的叫法")
    with scene.db.read() as conn:
        (found,) = commands.candidates(conn, commands.sample_of(conn, sample))
    assert "批号相同（厂码-7）" in found.reasons


def test_a_confirmed_failure_opens_a_case_and_halts_the_batch(scene: Scene) -> None:
    sample = scene.announce(发布机关="试验局")
    case, why = scene.match(sample)
    assert case is not None
    assert why == ""
    assert scene.halt() == ("failed_sampling", "试验局 2026 年第 1 号")
    row = scene.row(sample)
    assert (row.matched, row.batch_id, row.case_id) == ("confirmed", scene.batch, case)
    with pytest.raises(Conflict, match="立案"):
        scene.match(sample)
    with pytest.raises(Conflict):
        scene.bureau.do(lambda c: commands.match(c, sample, None, WHY))


@pytest.mark.parametrize("task", ["风险监测", "评价性抽检", "快检"])
def test_no_other_task_decides_a_case_by_itself(scene: Scene, task: str) -> None:
    sample = scene.announce(任务类型=task)
    case, why = scene.match(sample)
    assert case is None
    assert why
    assert scene.halt() == ("", "")
    assert scene.row(sample).matched == "confirmed"


def test_none_of_these_is_an_answer_that_may_be_changed(scene: Scene) -> None:
    sample = scene.announce()
    case, why = scene.bureau.do(lambda c: commands.match(c, sample, None, WHY))
    assert (case, scene.row(sample).matched) == (None, "none")
    assert "不是" in why
    assert scene.match(sample)[0] is not None


def test_what_cannot_be_matched(scene: Scene) -> None:
    sample = scene.announce()
    raw = scene.maker.receive().batch_id
    for batch in (raw, 12345):
        with pytest.raises(InvalidInput):
            scene.match(sample, batch)
    scene.maker.do(lambda c: lifecycle.void(c, scene.batch, "录错了批号"))
    with pytest.raises(InvalidInput):
        scene.match(sample)
    for reason in ("", "同"):
        with pytest.raises(InvalidInput):
            scene.bureau.do(lambda c, r=reason: commands.match(c, sample, None, r))
    with pytest.raises(NotFound):
        scene.match(99)


def test_a_denial_leaves_the_batches_alone_until_it_is_decided(scene: Scene) -> None:
    sample = scene.announce()
    scene.change(sample, "denial")
    assert scene.row(sample).doubted
    with pytest.raises(Conflict, match="真实性待核"):
        scene.match(sample)
    assert scene.halt() == ("", "")
    scene.change(sample, "objection_decided", upheld=False)
    assert scene.match(sample)[0] is not None


def test_a_denial_after_the_case_is_open_ends_no_duty(scene: Scene) -> None:
    sample = scene.announce()
    scene.match(sample)
    scene.change(sample, "denial")
    assert scene.halt()[0] == "failed_sampling"
    scene.change(sample, "objection_decided", upheld=True)
    assert scene.halt() == ("", "")


def test_a_retest_that_conforms_clears_the_batch_and_one_that_does_not_is_final(scene: Scene) -> None:
    day = local_datetime(scene.db.now()).date()
    sample = scene.announce()
    case, _ = scene.match(sample)
    scene.change(sample, "retest", told_on=day, asked_on=day)
    assert scene.halt()[0] == "failed_sampling", "duties go on meanwhile"
    scene.change(sample, "retest_concluded", conforms=True)
    assert scene.halt() == ("", "")
    with scene.db.read() as conn:
        row = store.get_case(conn, case)
        steps = [(one.step, one.state) for one in store.steps_of(conn, case)]
    assert row.cleared
    assert steps == [("retest", "begun"), ("retest", "done")]
    second = scene.announce("S2")
    scene.match(second)
    scene.change(second, "retest", told_on=day, asked_on=day)
    scene.change(second, "retest_concluded", conforms=False)
    assert scene.halt()[0] == "failed_sampling"
    with pytest.raises(Conflict) as caught:
        scene.change(second, "retest", told_on=day, asked_on=day)
    assert caught.value.code == "already_retested"


def test_microbiology_is_not_tested_again(scene: Scene) -> None:
    sample = scene.announce(failed=[COLONY])
    day = local_datetime(scene.db.now()).date()
    with pytest.raises(Conflict) as caught:
        scene.change(sample, "retest", told_on=day, asked_on=day)
    assert caught.value.code == "microbiology"


def test_a_graver_measure_is_never_hidden_and_the_own_stop_survives(scene: Scene) -> None:
    scene.maker.do(lambda c: lifecycle.stop(c, scene.batch, "自查发现漏气", "漏气"))
    first, second = scene.announce(), scene.announce("S2", 公告号="第 2 号")
    scene.match(first)
    assert scene.halt()[0] == "failed_sampling"
    made = order(scene.bureau, scene.batch)
    scene.match(second)
    assert scene.halt() == ("ordered_stop", "文书 1 号")
    lift(scene.bureau, scene.batch, made)
    assert scene.halt() == ("failed_sampling", "试验局 2026 年第 1 号、第 2 号")
    for sample in (first, second):
        scene.change(sample, "objection", ground="method")
        scene.change(sample, "objection_decided", upheld=True)
    assert scene.halt() == ("own_stop", "漏气"), "what the maker stopped itself it must resume itself"


def test_a_case_is_closed_only_when_everything_is_said(scene: Scene) -> None:
    sample = scene.announce()
    case, _ = scene.match(sample)
    assert case is not None

    def step(name: str, state: str = "done", reason: str = "已按文书办结", level: str = "") -> int:
        return int(scene.bureau.do(lambda c: add_step(c, case, name, state, reason, level)))

    with pytest.raises(Conflict, match="停止经营"):
        step("closed")
    step("stop")
    step("trace", "begun")
    with pytest.raises(InvalidInput):
        step("recall")
    step("recall", level="二级")
    with pytest.raises(Conflict, match="追溯"):
        step("closed")
    step("trace")
    for wrong in (
        ("dance", "done", "已按文书办结"),
        ("stop", "maybe", "已按文书办结"),
        ("stop", "done", "好"),
        ("retest", "done", "在样品页"),
    ):
        with pytest.raises(InvalidInput):
            step(*wrong)
    scene.change(sample, "objection", ground="method")
    with pytest.raises(Conflict, match="异议"):
        step("closed")
    scene.change(sample, "objection_decided", upheld=False)
    step("closed")
    with pytest.raises(Conflict, match="已经结案"):
        step("stop")
    with pytest.raises(NotFound):
        scene.bureau.do(lambda c: add_step(c, 5, "stop", "done", WHY))
    with scene.db.read() as conn:
        row = store.get_case(conn, case)
    assert (row.state, row.closed_at is not None) == ("closed", True)
    assert scene.halt()[0] == "failed_sampling", "a closed case does not sell the goods again"


def test_a_rebuild_gives_samples_and_cases_back(scene: Scene) -> None:
    test_a_graver_measure_is_never_hidden_and_the_own_stop_survives(scene)
    case, _ = scene.match(scene.announce("S9"))
    scene.bureau.do(lambda c: add_step(c, case, "recall", "done", WHY, "一级"))
    with scene.db.read() as conn:
        before = snapshot(conn)
    for table in ("sample_state", "case_file", "case_step"):
        assert before[table]
    scene.db.write(lambda conn: rebuild(conn, scene.db.settings.public_url))
    with scene.db.read() as conn:
        assert snapshot(conn) == before


def test_no_name_of_the_announcement_enters_the_journal(scene: Scene) -> None:
    sample = scene.announce(被抽样单位名称="张三的摊位", 备注="联系人李四")
    scene.match(sample)
    scene.change(sample, "denial")
    with scene.db.read() as conn:
        bodies = [row.body for row in conn.execute(select(journal.act.c.body))]
    assert not any("张三" in body or "李四" in body for body in bodies)


def test_what_is_learnt_leaves_out_monitoring_doubts_and_what_fell(scene: Scene) -> None:
    scene.announce("A")
    doubted, fell = scene.announce("C"), scene.announce("D")
    scene.announce("B", 任务类型="风险监测")
    scene.change(doubted, "denial")
    scene.change(fell, "objection", ground="method")
    scene.change(fell, "objection_decided", upheld=True)
    with scene.db.read() as conn:
        assert len(store.seen_failures(conn, ["监督抽检", "快检", "评价性抽检"])) == 1
        stamp = store.newest_change(conn)
    assert stamp[0] > 0
    assert stamp[1] > 0


def test_refusals_leave_no_act(scene: Scene) -> None:
    sample = scene.announce()
    before = counts(scene.db)
    for fn in (
        lambda c: commands.change(c, sample, Change("retest"), WHY),
        lambda c: commands.change(c, sample, Change("denial"), ""),
        lambda c: commands.match(c, sample, 1, WHY),
    ):
        with pytest.raises(Refusal):
            scene.bureau.do(fn)
    assert counts(scene.db) == before
