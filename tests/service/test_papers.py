"""Labels, records, times and temperatures over HTTP and on pages: filed, seen, refused in Chinese, and only by whom."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.papers import LABEL, readings
from tests.fixtures.people import Someone
from tests.fixtures.scanning import District, settle
from tests.service.test_forms_batch import PDF

HTML = {"Accept": "text/html"}


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


@pytest.fixture
def token(log_in: Callable[..., str]) -> dict[str, str]:
    return {"csrf_token": log_in("clerk")}


def api(client: TestClient, who: Someone, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return client.request(method, f"/api/v1{path}", json=body, headers=who.auth | more)


def today_at(district: District, clock: str) -> str:
    from tests.fixtures.scanning import today

    return f"{today(district.db)}T{clock}:00+08:00"


def test_a_label_over_the_api(client: TestClient, district: District) -> None:
    clerk, item = district.people["clerk"], district.item
    body = {"label": LABEL, "used_from": "2026-01-01", "dates_as": "YYYY-MM-DD"}
    made = api(client, clerk, "POST", f"/items/{item}/labels", body, **{"Idempotency-Key": "label-1"})
    again = api(client, clerk, "POST", f"/items/{item}/labels", body, **{"Idempotency-Key": "label-1"})
    assert made.status_code == again.status_code == 201, made.text
    assert made.json() == again.json()
    told = api(client, clerk, "GET", f"/items/{item}/labels").json()["items"]
    assert [one["stands"] for one in told] == [True]
    assert told[0]["label"]["fields"]["食品名称"] == "酱卤鸭"
    verdict = api(client, clerk, "GET", f"/batches/{district.batch.batch_id}/verdict").json()
    assert {"LBL-01-2011", "NUT-04-2011"} <= {one["clause_id"] for one in verdict["findings"]}
    assert verdict["cause"] == "label"
    assert verdict["inputs_judged"]["label"]["edition"] == "2011"
    gone = api(client, clerk, "POST", f"/items/{item}/labels/{made.json()['id']}/withdrawal", {"reason": "选错了产品"})
    assert gone.status_code == 204
    after = api(client, clerk, "GET", f"/batches/{district.batch.batch_id}/verdict").json()
    assert not any(one["clause_id"].startswith("LBL") for one in after["findings"])
    assert any(note.startswith("标签") and note.endswith("未登记，未比对") for note in after["notes"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"label": LABEL | {"edition": "2008"}, "used_from": "2026-01-01"}, "/label/edition"),
        ({"label": LABEL | {"lot": "A1"}, "used_from": "2026-01-01"}, "/label/lot"),
        ({"label": LABEL | {"fields": {"品名": 3}}, "used_from": "2026-01-01"}, "/label/fields/品名"),
        ({"label": LABEL | {"colour": "red"}, "used_from": "2026-01-01"}, "/label/colour"),
        ({"label": LABEL, "used_from": "今天"}, "/used_from"),
    ],
)
def test_a_label_that_is_wrong_is_refused_by_its_field(
    client: TestClient, district: District, body: Any, pointer: str
) -> None:
    answer = api(client, district.people["clerk"], "POST", f"/items/{district.item}/labels", body)
    assert answer.status_code == 422
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert api(client, district.people["clerk"], "GET", f"/items/{district.item}/labels").json()["items"] == []


def test_records_times_and_series_over_the_api(client: TestClient, district: District) -> None:
    clerk, at = district.people["clerk"], f"/batches/{district.batch.batch_id}"
    kept = {
        "kind": "留样记录",
        "fields": {"品名": "酱卤鸭", "留样量": "150 g", "留样时间": "10:00", "留样人": "工号 7"},
    }
    record = api(client, clerk, "POST", f"{at}/records", kept)
    assert record.status_code == 201, record.text
    paper = {"kind": "供货者食品生产许可证", "number": "SC10499999900200", "valid_to": "2027-01-01"}
    assert api(client, clerk, "POST", f"{at}/documents", paper).status_code == 201
    events = [
        {"what": "烧熟（冷链）", "at": today_at(district, "06:00"), "of": "卤鸭"},
        {"what": "食用（冷链）", "at": today_at(district, "08:30"), "of": "卤鸭"},
    ]
    assert api(client, clerk, "POST", f"{at}/times", {"events": events}).status_code == 201
    rows = readings(("3.5", "9.5", "4.0"), today_at(district, "08:00"))
    series = {"what": "冷链配送食品温度", "readings": list(rows), "device": "TH-1", "calibration_due": "2027-06-30"}
    filed = api(client, clerk, "POST", f"{at}/temperatures", series)
    assert filed.status_code == 201
    assert filed.json()["verdict"] == "fail"
    told = api(client, clerk, "GET", f"{at}/papers").json()
    assert [one["kind"] for one in told["papers"]] == ["batch.times", "batch.document", "batch.record"]
    assert told["temperatures"][0] | {"id": ""} == {
        "id": "", "what": "冷链配送食品温度", "device": "TH-1", "calibration_due": "2027-06-30", "range": "≤8 ℃", "count": 3,
        "min_celsius": "3.5", "max_celsius": "9.5", "first": today_at(district, "08:00"), "last": today_at(district, "08:10"),
        "outside": 1, "why_not": "",
    }  # fmt: skip
    verdict = api(client, clerk, "GET", f"{at}/verdict").json()
    found = {one["clause_id"]: one for one in verdict["findings"]}
    assert found["CAT-06-1"]["status"] == "fail"
    assert found["CAT-06-1"]["clause_page"] == "/standards/clauses/CAT-06-1"
    assert found["CAT-06-2"]["status"] == found["CAT-07-1"]["status"] == "pass"
    gone = api(client, clerk, "POST", f"{at}/temperatures/{filed.json()['id']}/withdrawal", {"reason": "放错了车"})
    assert gone.status_code == 200
    assert gone.json()["verdict"] != "fail"
    assert api(client, clerk, "GET", f"{at}/papers").json()["temperatures"] == []
    twice = api(client, clerk, "POST", f"{at}/papers/{record.json()['id']}/withdrawal", {"reason": "抄错了一行"})
    assert twice.status_code == 200
    twice = api(client, clerk, "POST", f"{at}/papers/{record.json()['id']}/withdrawal", {"reason": "抄错了一行"})
    assert twice.status_code == 409


def test_a_partners_way_over_epcis_is_judged_at_once_and_taken_back(client: TestClient, district: District) -> None:
    clerk, at = district.people["clerk"], f"/batches/{district.batch.batch_id}"
    rows = readings(("3.5", "12.5"), today_at(district, "08:00"))
    event = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:5a5d6f1e-0000-4000-8000-00000000a001",
        "eventTime": rows[-1]["at"],
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "transporting",
        "quantityList": [{"epcClass": district.batch.uri}],
        "sensorElementList": [
            {
                "sensorReport": [
                    {"type": "Temperature", "value": float(one["celsius"]), "uom": "CEL", "time": one["at"]}
                    for one in rows
                ],
                "lp:place": "冷链配送食品温度",
            }
        ],
    }
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"lp": "https://liangpin.example/ns/"},
    ]

    def send(one: Any) -> None:
        body = {
            "@context": context, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-24T09:00:00Z",
            "epcisBody": {"eventList": [one]},
        }  # fmt: skip
        answer = client.post("/epcis/capture", json=body, headers=clerk.auth)
        assert answer.status_code == 202, answer.text
        job = client.get(answer.headers["location"], headers=clerk.auth).json()
        assert job["success"], job

    send(event)
    verdict = api(client, clerk, "GET", f"{at}/verdict").json()
    found = {one["clause_id"]: one for one in verdict["findings"]}
    assert found["CAT-06-1"]["status"] == "fail"
    assert "12.5" in found["CAT-06-1"]["reason"]
    send(event | {"errorDeclaration": {"declarationTime": "2026-11-24T00:59:00Z", "reason": "incorrect_data"}})
    after = api(client, clerk, "GET", f"{at}/verdict").json()
    assert "CAT-06-1" not in {one["clause_id"] for one in after["findings"]}


def test_a_hundred_thousand_readings_are_refused_with_the_limit(client: TestClient, district: District) -> None:
    at = f"/batches/{district.batch.batch_id}/temperatures"
    rows = [{"at": "2026-11-24T08:00:00+08:00", "celsius": "-18"}] * 100_000
    answer = api(client, district.people["clerk"], "POST", at, {"what": "车厢温度", "readings": rows})
    assert answer.status_code == 422
    assert "一批最多 20000 个" in answer.text


def test_others_are_told_nothing_and_change_nothing(client: TestClient, district: District) -> None:
    people, at = district.people, f"/batches/{district.batch.batch_id}"
    wanted = [
        ("POST", f"/items/{district.item}/labels", {"label": LABEL, "used_from": "2026-01-01"}),
        ("POST", f"{at}/records", {"kind": "留样记录", "fields": {"品名": "鸭"}}),
        ("POST", f"{at}/documents", {"kind": "供货者营业执照", "number": "1"}),
        ("POST", f"{at}/times", {"events": [{"what": "生产", "at": "2026-11-24T08:00:00+08:00"}]}),
        ("POST", f"{at}/printed", {"lot": "A"}),
        ("POST", f"{at}/temperatures", {"what": "车厢温度", "readings": list(readings(("-18",)))}),
        ("POST", f"{at}/temperatures/1/withdrawal", {"reason": "不是本企业的"}),
        ("POST", f"{at}/papers/1/withdrawal", {"reason": "不是本企业的"}),
    ]
    for method, path, body in wanted:
        assert api(client, people["rival"], method, path, body).status_code == 404, path
        assert api(client, people["officer"], method, path, body).status_code == 403, path
        assert api(client, people["boss"], method, path, body).status_code == 403, path
    for path in (f"/items/{district.item}/labels", f"{at}/papers"):
        assert api(client, people["rival"], "GET", path).status_code == 404
        assert api(client, people["officer"], "GET", path).status_code == 200


def test_the_label_form_is_filled_from_the_product(client: TestClient, district: District, token: Any) -> None:
    address = f"/items/{district.item}/labels/new"
    page = client.get(address, headers=HTML).text
    for known in ("酱卤鸭（半成品）", "SC10499999900113", "SB/T 10379", "180 天", "含大豆、小麦制品", "山城试验食品厂"):
        assert known in page, known
    assert "营养成分表" in page
    assert "饱和脂肪" not in page
    wide = client.get(f"{address}?edition=2025&nutrition_edition=2025", headers=HTML).text
    assert "保质期到期日" in wide
    assert "饱和脂肪" in wide
    assert "儿童青少年应避免过量摄入盐油糖" in wide
    form = token | {
        "edition": "2011", "nutrition_edition": "2011", "audience": "消费者", "used_from": "2026-01-01",
        "fields.食品名称": "酱卤鸭", "fields.配料表": "鸭、水", "shelf_life": "180天", "no_claims": "1", "allergens": "大豆、小麦",
        "panel.0.nutrient": "能量", "panel.0.amount": "820", "panel.0.nrv": "10", "panel.4.nutrient": "钠", "panel.4.amount": "很多",
        "more.0.nutrient": "钙", "more.0.amount": "90",
        "more.0.unit": "mg",
    }  # fmt: skip
    wrong = client.post(address, data=form, files={"file": ("label.pdf", PDF, "application/pdf")}, headers=HTML)
    assert wrong.status_code == 422
    assert "很多" in wrong.text
    assert re.search(r'name="panel.4.amount" value="很多"[^>]*aria-invalid', wrong.text)
    assert "已上传：label.pdf" in wrong.text, "the file is not chosen twice"
    kept = re.search(r'name="attachment_id" value="(\d+)"', wrong.text)
    assert kept
    done = client.post(address, data=form | {"panel.4.amount": "900", "attachment_id": kept[1]}, headers=HTML)
    assert done.status_code == 303, done.text
    told = client.get(f"/api/v1/items/{district.item}/labels", headers=district.people["clerk"].auth).json()["items"][0]
    assert told["attachment_id"] == kept[1]
    assert told["label"]["allergens"] == ["大豆", "小麦"]
    assert told["label"]["claims"] == []
    assert [(one["nutrient"], one["amount"], one["unit"]) for one in told["label"]["nutrition"]] == [
        ("能量", "820", "kJ"), ("钠", "900", "mg"), ("钙", "90", "mg"),
    ]  # fmt: skip
    item = client.get(f"/items/{district.item}", headers=HTML).text
    assert "2026-01-01 启用" in item
    assert "GB 7718-2011" in item
    again = client.get(address, headers=HTML).text
    assert "已填上一份标签的内容" in again
    short = client.post(
        f"/items/{district.item}/labels/{told['id']}/withdraw", data=token | {"reason": "错"}, headers=HTML
    )
    assert short.status_code == 422
    assert "太短" in short.text
    gone = client.post(
        f"/items/{district.item}/labels/{told['id']}/withdraw", data=token | {"reason": "选错产品了"}, headers=HTML
    )
    assert gone.status_code == 303
    assert "已撤回" in client.get(f"/items/{district.item}", headers=HTML).text


def test_a_record_form_has_the_fields_of_its_clauses(client: TestClient, district: District, token: Any) -> None:
    at = f"/batches/{district.batch.batch_id}/papers"
    page = client.get(at, headers=HTML).text
    assert "关键控制点监控记录" in page
    assert "没有登记温度记录，未比对" in page
    form = client.get(f"{at}/new", params={"kind": "关键控制点监控记录"}, headers=HTML).text
    for field in ("监控点位", "监控频次", "监控指标", "限值", "异常处置"):
        assert f'name="fields.{field}"' in form
    assert client.get(f"{at}/new", params={"kind": "日记"}, headers=HTML).status_code == 404
    release = client.get(f"{at}/new", params={"kind": "出厂检验记录"}, headers=HTML).text
    assert "已有：CC-20261124-01" in release, "what the record holds is shown, not asked"
    assert "已有：酱卤鸭（半成品）" in release
    assert "购货者联系方式" in release
    filled = token | {
        "kind": "关键控制点监控记录",
        "fields.监控点位": "卤制",
        "fields.限值": "≥95 ℃",
        "made_on": "昨天",
    }
    wrong = client.post(f"{at}/new", data=filled, headers=HTML)
    assert wrong.status_code == 422
    assert "昨天" in wrong.text
    assert 'value="≥95 ℃"' in wrong.text
    done = client.post(f"{at}/new", data=filled | {"made_on": ""}, headers=HTML)
    assert done.status_code == 303
    page = client.get(done.headers["location"], headers=HTML).text
    assert "已登记，已重新比对" in page
    record = client.get(f"/batches/{district.batch.batch_id}", headers=HTML).text
    assert "监控频次、监控指标、异常处置" in record, "what the clause asks for and the record lacks"
    same = client.post(f"{at}/new", data=filled | {"made_on": ""}, headers=HTML)
    assert same.status_code == 409
    found = re.search(r"/papers/(\d+)/withdraw", page)
    assert found
    gone = client.post(f"{at}/{found[1]}/withdraw", data=token | {"reason": "填错了批次"}, headers=HTML)
    assert gone.status_code == 303
    assert "已撤回" in client.get(at, headers=HTML).text


def test_times_are_beijing_time_and_a_refusal_keeps_them(client: TestClient, district: District, token: Any) -> None:
    at = f"/batches/{district.batch.batch_id}"
    day = today_at(district, "00:00")[:10]
    form = token | {
        "events.0.what": "烧熟（热链）", "events.0.at": f"{day}T03:00", "events.0.of": "卤鸭",
        "events.3.what": "食用（热链）", "events.3.at": f"{day}T23:59", "events.3.of": "卤鸭",
    }  # fmt: skip
    wrong = client.post(f"{at}/times", data=form, headers=HTML)
    assert wrong.status_code == 422
    assert "还没有到" in wrong.text
    assert f'value="{day}T03:00"' in wrong.text
    done = client.post(f"{at}/times", data=form | {"events.3.at": f"{day}T08:00"}, headers=HTML)
    assert done.status_code == 303
    page = client.get(at, headers=HTML).text
    assert "5.00 小时，超过 4 小时" in page


def test_an_interval_belongs_to_its_medicine(client: TestClient, district: District, token: Any) -> None:
    at = f"/batches/{district.batch.batch_id}"
    form = token | {
        "events.0.what": "末次施药", "events.0.at": "2026-11-10T08:00", "events.0.of": "毒死蜱",
        "events.1.what": "采收", "events.1.at": "2026-11-15T08:00",
        "intervals.0.what": "安全间隔期", "intervals.0.days": "七天", "intervals.0.of": "毒死蜱",
    }  # fmt: skip
    wrong = client.post(f"{at}/times", data=form, headers=HTML)
    assert wrong.status_code == 422
    assert "天数 应为 0～3650 的整数" in wrong.text
    assert 'value="七天"' in wrong.text
    assert client.post(f"{at}/times", data=form | {"intervals.0.days": "7"}, headers=HTML).status_code == 303
    assert "毒死蜱：末次施药到采收 5 天，安全间隔期 7 天，间隔不足" in client.get(at, headers=HTML).text


LOG = "设备,TH-0231\n时间,温度(℃)\n{day} 06:00,3.5\n{day} 06:05,9.5\n{day} 06:10,4.0\n"


def choose(client: TestClient, district: District, token: Any, text: str, name: str = "log.csv", **more: str) -> Any:
    at = f"/batches/{district.batch.batch_id}/temperatures"
    facts = {"what": "冷链配送食品温度", "device": "TH-0231", "calibration_due": "2027-06-30", "interval_minutes": "5"}
    return client.post(at, data=token | facts | more, files={"file": (name, text.encode(), "text/csv")}, headers=HTML)


def test_a_logger_file_is_seen_before_it_is_recorded(client: TestClient, district: District, token: Any) -> None:
    at = f"/batches/{district.batch.batch_id}"
    day = today_at(district, "00:00")[:10]
    preview = choose(client, district, token, LOG.format(day=day))
    assert preview.status_code == 200, preview.text
    for shown in ("<dd>3.5</dd>", "<dd>9.5</dd>", "<dd>3</dd>", "<dd>5</dd>", "1 个读数超出 ≤8 ℃", "<svg", "北京时间"):
        assert shown in preview.text, shown
    assert api(client, district.people["clerk"], "GET", f"{at}/papers").json()["temperatures"] == [], "only looked at"
    address = re.search(rf'action="({at}/temperatures/\d+)"', preview.text)
    assert address
    form = token | {
        "act": "record", "what": "冷链配送食品温度", "device": "TH-0231", "calibration_due": "2027-06-30", "interval_minutes": "5",
        "min_celsius": "", "max_celsius": "", "time": "时间", "temperature": "温度(℃)",
    }  # fmt: skip
    done = client.post(address[1], data=form, headers=HTML)
    assert done.status_code == 303, done.text
    page = client.get(done.headers["location"], headers=HTML).text
    assert "温度记录已登记" in page
    record = client.get(at, headers=HTML).text
    assert "超限 9.5 ℃" in record
    assert 'role="img"' in record
    assert "冷链配送食品不高于 8 ℃" in record
    assert "看读数表" in record
    again = client.post(address[1], data=form, headers=HTML)
    assert again.status_code == 409
    assert "已有登记的读数" in again.text
    pdf = client.get(f"{at}/verdict.pdf").content
    text = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(pdf))
    assert "冷链配送食品不高于" in re.sub(r"\s", "", text)
    assert "未登记，未比对" in re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("{day} 06:00,3.5\n{day} 6点,4\n", "第 4 行：时间“{day} 6点”读不懂"),
        ("{day} 06:00,3.5\n{day} 06:05,四\n", "第 4 行：温度“四”不是一个数"),
        ("{day} 06:00,3.5\n{day} 06:05,40°F\n", "第 4 行：温度“40°F”是华氏度"),
        ("{day} 06:00,3.5\n{day} 06:00,4\n", "第 4 行：{day}T06:00:00+08:00 有两个读数"),
        ("{day} 06:00,3.5\n2020-01-01 06:00,4\n", "第 4 行：时间 2020-01-01T06:00:00+08:00 早于本批生产日期"),
        ("{day} 06:00,3.5\n{day} 23:59,4\n", "第 4 行：时间 {day}T23:59:00+08:00 还没有到"),
        ("{day} 06:00,3.5\n{day} 06:05,999\n", "第 4 行：温度 999 不可能"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_can_be_recorded(
    client: TestClient, district: District, token: Any, lines: str, says: str
) -> None:
    day = today_at(district, "00:00")[:10]
    preview = choose(client, district, token, ("设备,TH-0231\n时间,温度\n" + lines).format(day=day))
    assert preview.status_code == 422
    assert says.format(day=day) in preview.text
    assert "登记这段温度" not in preview.text
    address = re.search(r'action="(/batches/\d+/temperatures/\d+)"', preview.text)
    assert address
    forced = token | {"act": "record", "what": "冷链配送食品温度"}
    assert client.post(address[1], data=forced, headers=HTML).status_code == 422
    told = api(client, district.people["clerk"], "GET", f"/batches/{district.batch.batch_id}/papers").json()
    assert told["temperatures"] == []


def test_a_file_that_is_no_log_is_refused_at_the_door(client: TestClient, district: District, token: Any) -> None:
    for name, text, says in (
        ("a.pdf", "%PDF-", "不能读"),
        ("a.csv", "没有表格", "没有找到表格"),
        ("a.csv", "", "空的"),
    ):
        answer = choose(client, district, token, text, name)
        assert answer.status_code == 422, name
        assert says in answer.text
    assert "请选择测温位置" in choose(client, district, token, LOG.format(day="2026-11-24"), what="").text


def test_pages_of_papers_are_for_the_owner_and_regulators(
    client: TestClient, district: District, log_in: Callable[..., str]
) -> None:
    at = f"/batches/{district.batch.batch_id}"
    pages = (
        f"{at}/papers",
        f"{at}/temperatures",
        f"{at}/papers/new?kind=留样记录",
        f"/items/{district.item}/labels/new",
    )
    log_in("rival")
    assert [client.get(one, headers=HTML).status_code for one in pages] == [404] * 4
    log_in("officer")
    assert [client.get(one, headers=HTML).status_code for one in pages] == [200, 403, 403, 403]
    assert "登记过程时间" not in client.get(pages[0], headers=HTML).text
    log_in("clerk")
    assert [client.get(one, headers=HTML).status_code for one in pages] == [200] * 4


def test_a_kept_upload_of_one_maker_is_nobody_elses(
    client: TestClient, district: District, token: Any, log_in: Callable[..., str]
) -> None:
    preview = choose(client, district, token, LOG.format(day=today_at(district, "00:00")[:10]))
    address = re.search(r'action="(/batches/\d+/temperatures/\d+)"', preview.text)
    assert address
    other = {"csrf_token": log_in("rival")}
    form = other | {"act": "record", "what": "车厢温度"}
    assert client.post(address[1], data=form, headers=HTML).status_code == 404


def test_the_public_page_says_nothing_of_papers(client: TestClient, district: District) -> None:
    at = f"/batches/{district.batch.batch_id}"
    series = {"what": "车厢温度", "readings": list(readings(("-2.0",), today_at(district, "06:00")))}
    assert api(client, district.people["clerk"], "POST", f"{at}/temperatures", series).status_code == 201
    page = client.get(district.path, headers=HTML).text
    assert "车厢" not in page
    assert "-2" not in json.dumps(client.get(district.path, headers={"Accept": "application/json"}).json())
