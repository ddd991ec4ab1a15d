"""An inspection from its beginning to the re-check on both databases; a rebuild gives the same rows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select

from service.database import Database
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.fixtures.photos import picture
from tests.fixtures.scanning import District, settle
from trace.batches import store as batches
from trace.documents import commands as documents
from trace.documents.store import template_bytes
from trace.errors import Conflict, InvalidInput, NotFound
from trace.inspections import commands, ordering, sampling, store
from trace.inspections.models import Answered, Closing, NewLink, NewOrder, NewPhoto, NewSample, Signature
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot

OFFICERS = (Signature("王甲一", "渝执0000001"), Signature("李乙二", "渝执0000002"))
SECRETS = ("王甲一", "李乙二", "赵抽样", "钱送样", "孙收样", "周现场", "13900000000")


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def begun(district: District) -> int:
    lot = district.batch.batch_id
    return int(district.do("officer", lambda c: commands.begin(c, lot_id=lot, party_id=None, place="成品库 2 号冷间")))


def keys(district: District, made: int) -> list[str]:
    with district.db.read() as conn:
        return [one.key for one in store.items_of(conn, made)]


def answered(district: District, made: int, *given: Answered) -> None:
    district.do("officer", lambda c: commands.answer(c, made, given))


def ordered(district: District, made: int, key: str, *, deadline: str = "2026-12-01", again: str = "2026-12-02") -> int:
    new = NewOrder({key: "补齐记录并保存"}, deadline, again, "周现场", "13900000000")
    return int(district.do("officer", lambda c: ordering.issue(c, made, new)))


def sampled(district: District, made: int, number: str = "CY-1") -> int:
    new = NewSample(
        number, "2", "袋", "F-001", "-18 ℃", "2026-11-24T08:30", "赵抽样", reserve="1 袋", reserve_seal="F-002"
    )
    return int(district.do("officer", lambda c: sampling.take_sample(c, made, new)))


def wrong(fn: Any) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        fn()
    return {f"{one.pointer} {one.code}" for one in caught.value.errors}


def test_from_the_beginning_to_the_recheck(district: District, clock: Clock) -> None:
    before = district.db
    made = begun(district)
    first, second = keys(district, made)[:2]
    answered(district, made, Answered(first, "violates", "没有九月的记录"), Answered(second, "conforms"))
    photo = district.do(
        "officer",
        lambda c: commands.add_photo(c, made, NewPhoto("a.jpg", picture(taken="2026:11:24 08:15:00"), "冷间")),
    )
    sample = sampled(district, made)
    order = ordered(district, made, first)
    district.do(
        "officer",
        lambda c: commands.finish(c, made, Closing(OFFICERS, "无异议", contact="周现场", phone="13900000000")),
    )
    clock.forward(hours=2)
    for step, who in (("handed", "钱送样"), ("received", "孙收样")):
        link = NewLink(step, "2026-11-24T10:00", "试验检验院", who, "冷冻完好", "intact")
        district.do("officer2", lambda c, one=link: sampling.hand_on(c, sample, one))
    district.do(
        "clerk", lambda c: ordering.report(c, order, "已补齐九月记录", [NewPhoto("b.png", picture("#123"), "车间")])
    )
    clock.forward(days=8)
    district.do("officer2", lambda c: ordering.recheck(c, order, {first: "corrected"}, "记录齐全"))
    district.do("officer", lambda c: commands.set_number(c, made, "inspection_record", made, "良市监检〔2026〕1 号"))
    district.do("officer", lambda c: commands.correct(c, made, "检查地点应为 3 号冷间"))
    with before.read() as conn:
        row = store.get_inspection(conn, made)
        assert row is not None
        assert (row.state, row.number, row.violating) == ("finished", "良市监检〔2026〕1 号", 1)
        assert len(json.loads(row.officers)) == 2
        shot = store.get_photo(conn, photo)
        assert shot is not None
        assert (shot.taken, shot.taken_from) == ("2026-11-24 08:15:00", "exif")
        assert shot.sha256 == hashlib.sha256(picture(taken="2026:11:24 08:15:00")).hexdigest()
        assert [one.state for one in store.orders_of(conn, made)] == ["closed"]
        assert [one.kind for one in store.notes_of(conn, made)] == ["rectified", "rechecked", "corrected"]
        assert [one.step for one in store.custody_of(conn, [sample])[sample]] == ["taken", "handed", "received"]
        acts = "".join(f"{one.body}{one.reason}" for one in conn.execute(select(journal.act)))
        then = snapshot(conn)
    assert not [one for one in SECRETS if one in acts]
    assert shot.sha256 in acts
    district.db.write(lambda conn: rebuild(conn, district.db.settings.public_url))
    with district.db.read() as conn:
        assert snapshot(conn) == then


def test_nothing_is_preselected_and_a_violation_needs_a_remark(district: District) -> None:
    made = begun(district)
    with district.db.read() as conn:
        assert {one.answer for one in store.items_of(conn, made)} == {"unchecked"}
    first = keys(district, made)[0]
    assert wrong(lambda: answered(district, made, Answered(first, "violates"))) == {f"/answers/{first}/remark required"}
    assert wrong(lambda: answered(district, made, Answered("NO", "conforms"))) == {"/answers/NO no_such_item"}
    assert wrong(lambda: answered(district, made, Answered(first, "good"))) == {f"/answers/{first} not_a_choice"}
    assert wrong(lambda: answered(district, made)) == {"/answers required"}
    answered(district, made, Answered(first, "conforms"))
    answered(district, made, Answered(first, "unchecked"))
    with district.db.read() as conn:
        assert {one.answer for one in store.items_of(conn, made)} == {"unchecked"}


def test_after_the_end_nothing_changes(district: District) -> None:
    made = begun(district)
    first = keys(district, made)[0]
    district.do("officer", lambda c: commands.finish(c, made, Closing(OFFICERS, "", "拒签，在场人员见证")))
    for fn in (
        lambda: answered(district, made, Answered(first, "conforms")),
        lambda: sampled(district, made),
        lambda: district.do("officer", lambda c: commands.add_photo(c, made, NewPhoto("a", picture(), "x"))),
        lambda: district.do("officer", lambda c: commands.finish(c, made, Closing(OFFICERS, "无"))),
    ):
        with pytest.raises(Conflict):
            fn()


def test_two_different_officers_sign(district: District) -> None:
    made = begun(district)

    def end(*officers: Signature, statement: str = "无异议") -> set[str]:
        return wrong(lambda: district.do("officer", lambda c: commands.finish(c, made, Closing(officers, statement))))

    assert end(OFFICERS[0]) == {"/officers/1/name required", "/officers/1/certificate required"}
    assert end(OFFICERS[0], OFFICERS[0]) == {"/officers/1/certificate same", "/officers/1/name same"}
    assert end(OFFICERS[0], Signature("李乙二", "1")) == {"/officers/1/certificate not_a_certificate"}
    assert end(*OFFICERS, statement="") == {"/statement required"}


def test_an_inspection_changes_no_verdict(district: District) -> None:
    with district.db.read() as conn:
        before = batches.get_batch(conn, district.batch.batch_id)
    made = begun(district)
    answered(district, made, Answered(keys(district, made)[0], "violates", "没有记录"))
    district.do("officer", lambda c: commands.finish(c, made, Closing(OFFICERS, "无异议")))
    with district.db.read() as conn:
        assert batches.get_batch(conn, district.batch.batch_id) == before


def test_only_the_own_office_writes_and_only_the_party_reports(district: District) -> None:
    made = begun(district)
    first = keys(district, made)[0]
    answered(district, made, Answered(first, "violates", "没有记录"))
    order = ordered(district, made, first)
    with pytest.raises(NotFound):
        district.do("fieldofficer", lambda c: commands.answer(c, made, [Answered(first, "conforms")]))
    with pytest.raises(NotFound):
        district.do("rival", lambda c: ordering.report(c, order, "不是我的整改"))
    with pytest.raises(NotFound):
        district.do("fieldofficer", lambda c: ordering.recheck(c, order, {first: "corrected"}, "已改正了"))
    assert wrong(lambda: answered(district, made, Answered(first, "conforms"))) == {f"/answers/{first} ordered"}


def test_what_may_be_ordered_and_when(district: District) -> None:
    made = begun(district)
    first, second = keys(district, made)[:2]
    answered(district, made, Answered(first, "violates", "没有记录"))
    assert wrong(lambda: ordered(district, made, second)) == {f"/items/{second} not_violating"}
    assert wrong(lambda: ordered(district, made, first, deadline="2026-11-23", again="2026-11-20")) == {
        "/deadline past",
        "/recheck_on before_deadline",
    }
    order = ordered(district, made, first)
    assert wrong(lambda: ordered(district, made, first)) == {f"/items/{first} ordered"}
    assert wrong(lambda: district.do("officer", lambda c: ordering.recheck(c, order, {}, "看过了"))) == {
        f"/results/{first} not_a_choice"
    }
    assert wrong(
        lambda: district.do("officer", lambda c: ordering.recheck(c, order, {first: "uncorrected"}, "仍无记录"))
    ) == {"/deadline required", "/recheck_on required"}
    district.do(
        "officer",
        lambda c: ordering.recheck(c, order, {first: "uncorrected"}, "仍无记录", "2026-12-05", "2026-12-06"),
    )
    with district.db.read() as conn:
        one = store.get_order(conn, order)
        assert one is not None
        assert (one.state, one.deadline, one.recheck_on) == ("open", "2026-12-05", "2026-12-06")
    district.do("officer", lambda c: ordering.recheck(c, order, {first: "corrected"}, "记录齐全"))
    with pytest.raises(Conflict):
        district.do("clerk", lambda c: ordering.report(c, order, "又改了一次"))


def test_samples_need_a_lot_a_new_number_and_a_past_time(district: District) -> None:
    made = begun(district)
    sample = sampled(district, made)
    assert wrong(lambda: sampled(district, made)) == {"/number taken"}
    late = NewLink("handed", "2026-11-25T10:00", "检验院", "钱送样", "完好", "intact")
    assert wrong(lambda: district.do("officer", lambda c: sampling.hand_on(c, sample, late))) == {"/at in_future"}
    with pytest.raises(NotFound):
        district.do("fieldofficer", lambda c: sampling.hand_on(c, sample, late))
    maker = district.people["clerk"].actor.org_id
    place = district.do("officer", lambda c: commands.begin(c, lot_id=None, party_id=maker, place="车间"))
    with pytest.raises(Conflict):
        sampled(district, place, "CY-2")


def test_photos_are_photos(district: District) -> None:
    made = begun(district)

    def add(content: bytes, **more: str) -> set[str]:
        return wrong(
            lambda: district.do(
                "officer", lambda c: commands.add_photo(c, made, NewPhoto("a", content, **({"place": "冷间"} | more)))
            )
        )

    assert add(b"%PDF-1.7") == {"/file not_a_photo"}
    assert add(picture(), place="") == {"/place required"}
    assert add(picture(), taken="2026-11-25T10:00") == {"/taken in_future"}
    assert add(picture(), latitude="95", longitude="107") == {"/latitude not_degrees"}
    assert add(picture(), latitude="29.6") == {"/latitude pair"}
    assert add(picture(), item="NO") == {"/item no_such_item"}
    assert add(picture() + b"\0" * (8 << 20)) == {"/file too_large"}


def test_documents_are_numbered_once(district: District) -> None:
    made = begun(district)

    def number(document: str, of: int) -> Any:
        return district.do("officer", lambda c: commands.set_number(c, made, document, of, "1 号"))

    with pytest.raises(Conflict):
        number("inspection_record", made)
    with pytest.raises(NotFound):
        number("sampling_form", made)
    sample = sampled(district, made)
    number("sampling_form", sample)
    with pytest.raises(Conflict):
        number("sampling_form", sample)


def test_templates_are_of_one_office(district: District) -> None:
    district.do("officer", lambda c: documents.set_template(c, "stop_order", "甲.docx", b"one"))
    district.do("officer", lambda c: documents.set_template(c, "stop_order", "乙.docx", b"two"))
    mine, other = (district.people[one].actor.org_id for one in ("officer", "fieldofficer"))
    with district.db.read() as conn:
        assert template_bytes(conn, mine, "stop_order") == b"two"
        assert template_bytes(conn, other, "stop_order") is None
        then = snapshot(conn)
    district.db.write(lambda conn: rebuild(conn, district.db.settings.public_url))
    with district.db.read() as conn:
        assert snapshot(conn) == then
    district.do("officer2", lambda c: documents.drop_template(c, "stop_order"))
    with pytest.raises(NotFound):
        district.do("officer2", lambda c: documents.drop_template(c, "stop_order"))
