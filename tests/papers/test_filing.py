"""Papers of stored batches end to end: filed, judged, replaced, withdrawn, rebuilt, and never anybody else's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.database import Database
from tests.fixtures.papers import LABEL, findings, label, readings, series
from tests.fixtures.record import Org, organisation
from tests.fixtures.rulebooks import braised
from trace.batches import lifecycle
from trace.errors import Conflict, InvalidInput, NotFound
from trace.journal import documents, rebuild
from trace.journal.commands import record_event
from trace.papers import filing, labels, temperatures
from trace.papers.models import NewLabel, NewPaper, NewTimes
from trace.papers.sensors import series_in
from trace.verdicts.facts import gather


def told(org: Org, batch_id: int) -> dict[str, Any]:
    with org.db.read() as conn:
        return findings(conn, batch_id)


def facts_of(org: Org, batch_id: int) -> dict[str, Any]:
    with org.db.read() as conn:
        return dict(gather(conn, [batch_id])[batch_id].facts)


@pytest.fixture
def maker(db: Database) -> Org:
    org = organisation(db)
    org.credential("sc", "SC10499999900113")
    org.product(ingredients="鸭、水、酱油、食用盐", executed_standard="GB 2726")
    return org


def test_nothing_filed_is_named_and_never_passed_over(maker: Org) -> None:
    batch = braised(maker)
    found = told(maker, batch)
    assert "标签、记录、证明文件、过程时间、温度记录未登记，未比对" in found[""]["notes"]
    facts = facts_of(maker, batch)
    assert not {"label", "records", "documents", "events", "temperatures", "any_stage"} & facts.keys()
    checks = {"LBL-01-2011", "CC-04-1", "REC-09", "CAT-05-2"}
    assert not checks & found.keys()


def test_ambient_goods_owe_no_temperature_series(maker: Org) -> None:
    item = maker.product("香辣豆豉", storage="ambient", ready_to_eat=True)
    batch = maker.register(item).batch_id
    assert any(note.startswith("标签、记录、") and "温度" not in note for note in told(maker, batch)[""]["notes"])


# label ----------------------------------------------------------------------------------------------


def test_one_label_serves_every_batch_from_its_day_on(maker: Org) -> None:
    early = braised(maker, produced_on="2026-11-20")
    later = braised(maker, produced_on="2026-11-23")
    item = maker.items["酱卤鸭"]
    maker.do(lambda c: labels.file_label(c, item, label("2026-11-22")))
    assert "LBL-01-2011" not in told(maker, early)
    after = told(maker, later)
    assert after["LBL-ED-2011"]["status"] == after["LBL-01-2011"]["status"] == after["NUT-02"]["status"] == "pass"
    assert after["NUT-04-2011"]["status"] == "pass", after["NUT-04-2011"]["reason"]
    assert after[""]["row"].cause == "label"


def test_the_last_filing_that_was_in_use_stands(maker: Org) -> None:
    item = maker.product()
    first = maker.do(lambda c: labels.file_label(c, item, label("2026-01-01", allergens=["含大豆"])))
    maker.do(lambda c: labels.file_label(c, item, label("2026-11-22", allergens=["含小麦"])))
    old, new = braised(maker, produced_on="2026-11-21"), braised(maker, produced_on="2026-11-22")
    assert facts_of(maker, old)["label"]["allergens"] == ["含大豆"]
    assert facts_of(maker, new)["label"]["allergens"] == ["含小麦"]
    maker.do(lambda c: labels.file_label(c, item, label("2026-02-01", allergens=["含鱼类"])))
    assert facts_of(maker, new)["label"]["allergens"] == ["含鱼类"], "a later filing replaces it from its day on"
    third = maker.do(lambda c: labels.file_label(c, item, label("2026-02-01", allergens=[])))
    maker.do(lambda c: labels.withdraw_label(c, item, third, "登记时选错了产品"))
    assert facts_of(maker, new)["label"]["allergens"] == ["含鱼类"]
    maker.do(lambda c: labels.withdraw_label(c, item, first, "旧版照片不清楚"))
    with pytest.raises(Conflict, match="已经撤回"):
        maker.do(lambda c: labels.withdraw_label(c, item, first, "旧版照片不清楚"))


def test_a_label_without_its_edition_is_missing_evidence(maker: Org) -> None:
    item = maker.product()
    batch = braised(maker)
    maker.do(lambda c: labels.file_label(c, item, label(edition="")))
    found = told(maker, batch)
    assert found["LBL-ED-2011"]["status"] == "insufficient_evidence"
    assert found[""]["status"] != "pass"


def test_dates_are_judged_only_where_somebody_read_a_package(maker: Org) -> None:
    """How the artwork says that dates are printed proves nothing about the batch."""
    item = maker.product()
    maker.do(lambda c: labels.file_label(c, item, label()))
    batch = braised(maker, produced_on="2026-11-23")
    before = told(maker, batch)
    assert not {"LBL-02-2011", "LBL-15-1", "LBL-15-2"} & before.keys()
    assert "包装上印的日期和批号没有逐批核对，未比对" in before[""]["notes"]
    maker.do(lambda c: filing.file_printed(c, batch, {"produced_on": "2026-11-22", "expires_on": "20270522"}))
    after = told(maker, batch)
    assert after["LBL-02-2011"]["status"] == "pass"
    assert after["LBL-15-1"]["status"] == "fail"
    assert "2026-11-22" in after["LBL-15-1"]["reason"]
    assert after[""]["status"] == "fail"


@pytest.mark.parametrize(
    ("new", "pointer", "says"),
    [
        (label(produced_on="2026-11-23"), "/label/produced_on", "每批不同"),
        (label(edition="2019"), "/label/edition", "不认识版本“2019”"),
        (label(nutrition=[{"nutrient": "钠", "amount": "多", "unit": "mg"}]), "/label/nutrition/0/amount", "多"),
        (label(fields={"联系方式": "13812345678"}), "/label/fields/联系方式", "个人手机号"),
        (label("明年"), "/used_from", "明年"),
        (label("2031-01-01"), "/used_from", "两年以后"),
        (NewLabel({}, "2026-01-01"), "/label", "声明的版本"),
        (NewLabel(LABEL, "2026-01-01", attachment_id=9), "/attachment_id", "没有这个附件"),
    ],
)
def test_a_label_that_the_rulebook_cannot_read_is_not_filed(maker: Org, new: NewLabel, pointer: str, says: str) -> None:
    item = maker.product()
    with pytest.raises(InvalidInput) as refused:
        maker.do(lambda c: labels.file_label(c, item, new))
    assert [e.pointer for e in refused.value.errors if says in e.detail] == [pointer]


def test_a_refusal_speaks_the_forms_words_and_leaves_what_was_written(maker: Org) -> None:
    item = maker.product()
    with pytest.raises(InvalidInput) as refused:
        maker.do(
            lambda c: labels.file_label(
                c, item, label(nutrition=[{"nutrient": "钠", "amount": "amount", "unit": "mg"}], area_cm2="-1")
            )
        )
    said = [e.detail for e in refused.value.errors]
    assert any(one.startswith("含量 “amount”不是一个数") for one in said), said
    assert any(one.startswith("最大表面面积 -1 不可能") for one in said), said


def test_the_same_label_twice_is_a_conflict(maker: Org) -> None:
    item = maker.product()
    maker.do(lambda c: labels.file_label(c, item, label()))
    with pytest.raises(Conflict, match="已登记"):
        maker.do(lambda c: labels.file_label(c, item, label()))


# records, documents, times --------------------------------------------------------------------------


def test_a_record_is_judged_and_what_the_record_holds_is_not_asked_again(maker: Org) -> None:
    batch = braised(maker)
    own = {
        "kind": "生产过程控制记录",
        "fields": {"工序设备贮存包装": "卤制 2 h，包装间 12 ℃", "运输交付": "冷链车"},
        "kept_until": "2028-01-31",
    }
    maker.do(lambda c: filing.file_record(c, batch, NewPaper(own)))
    found = told(maker, batch)
    assert found["REC-09"]["status"] == "pass"
    assert "取自本平台登记的内容：投料、检验报告和发货登记" in found["REC-09"]["reason"]
    assert found["REC-06-2"]["status"] == "insufficient_evidence"
    assert "供货者联系方式" in found["REC-06-2"]["reason"], "nobody wrote it down"
    assert "进货日期" not in found["REC-06-2"]["reason"], "the receipt says it"
    assert found["GMP-01"]["status"] == "insufficient_evidence", "owed, and nobody filed it"
    assert "CC-07-1" not in found, "what another stage keeps is not owed here"


def test_a_record_of_another_stage_is_judged_by_its_own_clauses(maker: Org) -> None:
    batch = braised(maker)
    kept = {"kind": "留样记录", "fields": {"品名": "酱卤鸭", "留样量": "100", "留样时间": "18:00", "留样人": "工号 12"}}
    maker.do(lambda c: filing.file_record(c, batch, NewPaper(kept)))
    found = told(maker, batch)
    assert found["CAT-07-1"]["status"] == "pass"
    assert found["CAT-07-2"]["status"] == "fail", "100 g is less than 125 g"


def test_what_was_filed_and_nothing_compares_is_named(maker: Org) -> None:
    batch = braised(maker)
    maker.do(lambda c: filing.file_times(c, batch, NewTimes([{"what": "生产", "at": "2026-11-23T08:00:00+08:00"}])))
    assert "生产已登记，没有可比对的条款或尺度，未比对" in told(maker, batch)[""]["notes"]


def test_times_are_judged_by_dish(maker: Org) -> None:
    batch = braised(maker)
    at = "2026-11-23T{}+08:00".format
    rows = [
        {"what": "烧熟（热链）", "at": at("10:00:00"), "of": "卤鸭"},
        {"what": "食用（热链）", "at": at("13:00:00"), "of": "卤鸭"},
        {"what": "烧熟（热链）", "at": at("10:00:00"), "of": "青笋"},
        {"what": "食用（热链）", "at": at("15:00:00"), "of": "青笋"},
    ]
    first = maker.do(lambda c: filing.file_times(c, batch, NewTimes(rows[:2])))
    assert told(maker, batch)["CAT-05-2"]["status"] == "pass"
    maker.do(lambda c: filing.file_times(c, batch, NewTimes(rows[2:])))
    found = told(maker, batch)
    assert found["CAT-05-2"]["status"] == "fail"
    assert "青笋" in found["CAT-05-2"]["reason"]
    with pytest.raises(InvalidInput) as refused:
        maker.do(lambda c: filing.file_times(c, batch, NewTimes(rows[:1])))
    assert [e.pointer for e in refused.value.errors] == ["/events/0/what"]
    assert "重复" in refused.value.errors[0].detail
    assert "请先撤回" in refused.value.errors[0].detail
    maker.do(lambda c: filing.withdraw_paper(c, batch, first, "时间记错了行"))
    maker.do(lambda c: filing.file_times(c, batch, NewTimes(rows[:1])))


def test_a_time_to_come_is_refused_by_its_row(maker: Org) -> None:
    batch = braised(maker)
    rows = [
        {"what": "生产", "at": "2026-11-23T08:00:00+08:00"},
        {"what": "出厂", "at": "2026-11-24T23:00:00+08:00"},
    ]
    with pytest.raises(InvalidInput) as refused:
        maker.do(lambda c: filing.file_times(c, batch, NewTimes(rows)))
    assert [e.pointer for e in refused.value.errors] == ["/events/1/at"]
    assert "还没有到" in refused.value.errors[0].detail
    assert "events" not in facts_of(maker, batch), "nothing half written"


@pytest.mark.parametrize(
    ("stated", "pointer"),
    [
        ({"kind": "日记", "fields": {"品名": "鸭"}}, "/kind"),
        ({"kind": "留样记录", "fields": {"品名": 3}}, "/fields/品名"),
        ({"kind": "留样记录", "fields": {}}, "/fields"),
        ({"kind": "留样记录", "fields": {"留样人": "张 13912345678"}}, "/fields/留样人"),
        ({"kind": "留样记录", "fields": {"品名": "鸭"}, "made_on": "2026-12-01"}, "/made_on"),
        ({"kind": "留样记录", "fields": {"品名": "鸭"}, "made_on": "11 月"}, "/made_on"),
    ],
)
def test_a_record_that_the_rulebook_cannot_read_is_not_filed(maker: Org, stated: dict[str, Any], pointer: str) -> None:
    batch = braised(maker)
    with pytest.raises(InvalidInput) as refused:
        maker.do(lambda c: filing.file_record(c, batch, NewPaper(stated)))
    assert pointer in {e.pointer for e in refused.value.errors}


def test_a_document_is_judged_on_the_day_of_its_use(maker: Org) -> None:
    batch = braised(maker)
    paper = {"kind": "供货者食品生产许可证", "number": "SC10499999900200", "valid_to": "2026-10-31"}
    made = maker.do(lambda c: filing.file_document(c, batch, NewPaper(paper)))
    assert told(maker, batch)["SUP-01-2"]["status"] == "fail"
    maker.do(lambda c: filing.withdraw_paper(c, batch, made, "录错了有效期"))
    assert "SUP-01-2" not in told(maker, batch)


# temperatures ---------------------------------------------------------------------------------------


def test_a_series_is_an_epcis_sensor_event_and_judged_by_the_stage_it_was_taken_at(maker: Org) -> None:
    batch = braised(maker)
    made = maker.do(lambda c: temperatures.record_series(c, batch, series()))
    found = told(maker, batch)
    assert found["CC-04-1"]["status"] == found["CC-05"]["status"] == found["CC-01"]["status"] == "pass"
    with maker.db.read() as conn:
        from trace.journal import store as journal

        row = journal.get_event(conn, made)
    assert row is not None
    document = json.loads(row.document)
    assert (document["type"], document["action"], document["bizStep"]) == ("ObjectEvent", "OBSERVE", "sensor_reporting")
    report = document["sensorElementList"][0]["sensorReport"][0]
    assert report == {"type": "Temperature", "value": -19.5, "uom": "CEL", "time": "2026-11-23T20:00:00+08:00"}
    assert document["liangpin:place"] == "车厢温度"
    assert document["liangpin:device"] == "TH-0231"


def test_an_excursion_fails_and_a_declaration_takes_it_back(maker: Org) -> None:
    batch = braised(maker)
    made = maker.do(
        lambda c: temperatures.record_series(c, batch, series(("3.5", "9.5", "4.0"), what="冷链配送食品温度"))
    )
    found = told(maker, batch)
    assert found["CAT-06-1"]["status"] == found[""]["status"] == "fail"
    assert "9.5" in found["CAT-06-1"]["reason"]
    maker.do(lambda c: temperatures.withdraw_series(c, batch, made, "探头放错了车"))
    after = told(maker, batch)
    assert "CAT-06-1" not in after
    assert after[""]["status"] != "fail"
    with pytest.raises(Conflict, match="已经撤回"):
        maker.do(lambda c: temperatures.withdraw_series(c, batch, made, "探头放错了车"))


@pytest.mark.parametrize(
    ("new", "pointer", "says"),
    [
        (series(what="冰箱"), "/what", "不认识“冰箱”"),
        (series(("-19", "冷")), "/readings/1/celsius", "第 2 个读数："),
        (series(("-19", "冷"), rows=(2, 3)), "/readings/1/celsius", "第 3 行："),
        (series(("-19", "900")), "/readings/1/celsius", "900"),
        (series(readings=readings(("-19",), "2026-11-24T23:00:00+08:00")), "/readings/0/at", "还没有到"),
        (series(readings=readings(("-19",), "2026-11-22T23:00:00+08:00")), "/readings/0/at", "早于本批生产日期"),
        (
            series(readings=readings(("-19",)) * 2),
            "/readings/1/at",
            "第 2 个读数：2026-11-23T20:00:00+08:00 有两个读数",
        ),
        (series(readings=({"at": "2026-11-23T08:00:00", "celsius": "-19"},)), "/readings/0/at", "时区"),
        (series(readings=()), "/readings", "没有温度读数"),
        (series(readings=readings(("-18",)) * 100_000), "/readings", "一批最多 20000 个"),
        (series(interval_minutes=0), "/interval_minutes", "整数"),
        (series(min_celsius="0", max_celsius="-18"), "/max_celsius", "低于下限"),
    ],
)
def test_a_series_that_cannot_be_is_refused_by_row_and_value(maker: Org, new: Any, pointer: str, says: str) -> None:
    batch = braised(maker, produced_on="2026-11-23")
    with pytest.raises(InvalidInput) as refused:
        maker.do(lambda c: temperatures.record_series(c, batch, new))
    assert any(e.pointer == pointer and says in e.detail for e in refused.value.errors), refused.value.errors
    assert "temperatures" not in facts_of(maker, batch)


def test_the_same_readings_twice_are_a_conflict(maker: Org) -> None:
    batch = braised(maker)
    maker.do(lambda c: temperatures.record_series(c, batch, series()))
    with pytest.raises(Conflict, match="已有登记的读数"):
        maker.do(lambda c: temperatures.record_series(c, batch, series(("-20",))))
    maker.do(lambda c: temperatures.record_series(c, batch, series(("-20",), device="TH-0999")))


def sensor(org: Org, batch_id: int, place: str | None = "车厢温度", uom: str = "CEL") -> dict[str, Any]:
    """An event as a partner's own system captures it: metadata in the element, several reports, no extension but place."""
    from trace.batches.lots import absolute
    from trace.journal import store as journal

    with org.db.read() as conn:
        uri = absolute(str(journal.uri_of(conn, batch_id)), org.db.settings.public_url)
    element = {
        "sensorMetadata": {"time": "2026-11-23T12:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
        "sensorReport": [
            {"type": "gs1:Temperature", "value": -5.5, "uom": uom},
            {"type": "gs1:RelativeHumidity", "value": 12.1, "uom": "A93"},
        ],
    }
    return documents.observed(1_795_435_200_000_000, uri, [element], {"liangpin:place": place} if place else {})


def test_a_captured_event_of_the_owner_counts_and_anybody_elses_does_not(maker: Org, db: Database) -> None:
    batch = braised(maker)
    rival = organisation(db, "demo-rival")
    rival.do(lambda c: record_event(c, sensor(maker, batch)))
    assert "temperatures" not in facts_of(maker, batch)
    maker.do(lambda c: record_event(c, sensor(maker, batch)))
    assert facts_of(maker, batch)["temperatures"] == [
        {"what": "车厢温度", "readings": [{"at": "2026-11-23T20:00:00+08:00", "celsius": "-5.5"}]}
    ]


def test_our_event_is_valid_epcis_and_anothers_prefix_means_the_same(maker: Org) -> None:
    from trace.epcis.validating import faults_of

    batch = braised(maker)
    made = maker.do(lambda c: temperatures.record_series(c, batch, series()))
    with maker.db.read() as conn:
        from trace.journal import store as journal

        row = journal.get_event(conn, made)
    assert row is not None
    document = json.loads(row.document)
    assert list(faults_of(document, maker.db.now())) == []
    other = {name.replace("liangpin:", "lp:"): value for name, value in document.items()}
    other["@context"] = [document["@context"][0], {"lp": document["@context"][1]["liangpin"]}]
    assert series_in(other) == series_in(document) != []
    foreign = other | {"@context": [document["@context"][0], {"lp": "https://example.com/ns/"}]}
    assert [one.series for one in series_in(foreign)] == [None], "another namespace is another word"


@pytest.mark.parametrize(("place", "uom", "says"), [(None, "CEL", "没有写明测温位置"), ("车厢温度", "FAH", "FAH")])
def test_a_captured_event_that_cannot_be_compared_is_named(maker: Org, place: str | None, uom: str, says: str) -> None:
    batch = braised(maker)
    maker.do(lambda c: record_event(c, sensor(maker, batch, place, uom)))
    from trace.verdicts.commands import judge

    maker.do(lambda c: judge(c, batch, "registered"))
    found = told(maker, batch)
    assert any(says in note and "未比对" in note for note in found[""]["notes"])
    assert "CC-04-1" not in found


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"liangpin:minCelsius": "abc"}, "不是一个数"),
        ({"value": 1e300}, "不像温度"),
        ({"value": None}, "没有写时间或数值"),
        ({"time": "2026-11-23 20:00"}, "没有写时间或数值"),
    ],
)
def test_a_captured_event_that_makes_no_sense_breaks_no_verdict(maker: Org, change: dict[str, Any], says: str) -> None:
    batch = braised(maker)
    document = sensor(maker, batch)
    report = document["sensorElementList"][0]["sensorReport"][0]
    for name, value in change.items():
        (document if ":" in name else report)[name] = value
    told_of = series_in(document)
    assert says in told_of[0].why_not
    assert told_of[0].series is None


@pytest.mark.parametrize(("written", "kept"), [("－18.5", "-18.5"), ("１２", "12"), ("1×10^1", "10")])
def test_numbers_as_people_write_them_are_kept_plainly(maker: Org, written: str, kept: str) -> None:
    batch = braised(maker)
    maker.do(lambda c: temperatures.record_series(c, batch, series((written,), min_celsius="－20", max_celsius="50")))
    found = facts_of(maker, batch)["temperatures"][0]
    assert float(found["readings"][0]["celsius"]) == float(kept)
    assert (found["min_celsius"], found["max_celsius"]) == ("-20", "50")


def test_a_place_that_no_clause_knows_goes_to_a_person_and_hides_nothing(maker: Org) -> None:
    batch = braised(maker, "0.9")
    maker.do(lambda c: record_event(c, sensor(maker, batch, "Truck 1")))
    from trace.verdicts.commands import judge

    maker.do(lambda c: judge(c, batch, "registered"))
    found = told(maker, batch)
    assert found[""]["status"] == "fail", "the lead is still above its limit"
    assert "Truck 1" in found[""]["row"].findings
    assert any(
        one["status"] == "needs_review" and "读不懂" in one["reason"] for one in json.loads(found[""]["row"].findings)
    )


# whose ----------------------------------------------------------------------------------------------


def test_papers_belong_to_the_batchs_owner(maker: Org, db: Database) -> None:
    batch, item = braised(maker), maker.items["酱卤鸭"]
    rival = organisation(db, "demo-rival")
    paper = NewPaper({"kind": "留样记录", "fields": {"品名": "鸭"}})
    for act in (
        lambda c: labels.file_label(c, item, label()),
        lambda c: filing.file_record(c, batch, paper),
        lambda c: filing.file_times(c, batch, NewTimes([{"what": "生产", "at": "2026-11-23T08:00:00+08:00"}])),
        lambda c: filing.file_printed(c, batch, {"lot": "A1"}),
        lambda c: temperatures.record_series(c, batch, series()),
        lambda c: temperatures.withdraw_series(c, batch, 1, "不是本企业的批次"),
        lambda c: filing.withdraw_paper(c, batch, 1, "不是本企业的批次"),
    ):
        with pytest.raises(NotFound):
            rival.do(act)


def test_a_voided_batch_and_a_raw_lot_take_no_papers(maker: Org) -> None:
    paper = NewPaper({"kind": "留样记录", "fields": {"品名": "鸭"}})
    raw = maker.receive()
    with pytest.raises(Conflict, match="不作标准比对"):
        maker.do(lambda c: filing.file_record(c, raw.batch_id, paper))
    batch = braised(maker)
    maker.do(lambda c: lifecycle.void(c, batch, "登记重复了"))
    with pytest.raises(Conflict, match="不作标准比对"):
        maker.do(lambda c: temperatures.record_series(c, batch, series()))


def test_a_rebuild_gives_the_same_and_old_facts_stay_readable(maker: Org) -> None:
    item = maker.product()
    batch = braised(maker)
    before = told(maker, batch)[""]["row"]
    maker.do(lambda c: labels.file_label(c, item, label()))
    made = maker.do(lambda c: temperatures.record_series(c, batch, series(("-19", "-3"))))
    maker.do(lambda c: temperatures.withdraw_series(c, batch, made, "探头放错了车"))
    maker.do(lambda c: temperatures.record_series(c, batch, series(device="TH-7")))
    facts = facts_of(maker, batch)

    def look(conn: Any) -> Any:
        first = rebuild.snapshot(conn)
        rebuild.rebuild(conn, maker.db.settings.public_url)
        return first, rebuild.snapshot(conn)

    was, now = maker.db.write(look)
    assert was == now
    assert facts_of(maker, batch) == facts
    from trace.rulebooks.books import book_of_version
    from trace.verdicts import store
    from trace.verdicts.answers import answer

    with maker.db.read() as conn:
        book = book_of_version(conn, before.rulebook)
        old = store.facts_of(conn, batch, before.facts_digest)
    assert book is not None
    assert old is not None
    assert answer(book, json.loads(old))["findings"] == json.loads(before.findings)
