"""Recalls over HTTP: the JSON API, pages and forms, one-time links, the public notice, reports, drills, who sees what."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import ORGANISATIONS, Someone
from tests.fixtures.scanning import District, settle
from tests.fixtures.web import token_of
from trace.batches import lifecycle
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive
from trace.codes import qr
from trace.recalls import store

HTML = {"Accept": "text/html"}
FORBIDDEN = ("可食用", "安全", "放心", "证据不足", "风险待查", "需人工核对")
TOLD = {
    "returns": "到购买处退款",
    "advice": "请立即停止食用",
    "public_reason": "原料可能受致病菌污染",
    "contact": "023-00000000",
    "respond_by": "2026-11-30",
    "brand": "试验牌",
}


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    """The maker's batch is released; 40 are at the rival's, 10 at a shop without an account."""
    found = settle(db, people)
    found.release()
    found.do("clerk", lambda c: lifecycle.ship(c, found.batch.batch_id, "40", "件", "", "rival"))
    found.do("rival", lambda c: receive(c, NewReceipt("enterprise", "40", "件", code=found.batch.uri)))
    found.do("clerk", lambda c: lifecycle.ship(c, found.batch.batch_id, "10", "件", "老街便利店"))
    return found


class Api:
    """Somebody with a key."""

    def __init__(self, client: TestClient, who: Someone) -> None:
        self.client, self.who = client, who

    def post(self, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = self.client.post(f"/api/v1/recalls{path}", json=body or {}, headers=self.who.auth)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def get(self, path: str, expect: int = 200) -> Any:
        answer = self.client.get(f"/api/v1/recalls{path}", headers=self.who.auth)
        assert answer.status_code == expect, answer.text
        return answer.json()


def suspected(district: District, *, mock: bool = False) -> dict[str, Any]:
    return {
        "suspects": [str(district.raw.batch_id)],
        "reason": "供货方通知鸭胚检出沙门氏菌",
        "known_at": "2026-11-24T08:30",
        "known_source": "供货方书面通知",
        "mock": mock,
    }


def announced(api: Api, district: District, *, mock: bool = False) -> str:
    made = str(api.post("", suspected(district, mock=mock), 201)["id"])
    api.post(f"/{made}/level", {"level": "一级", "reason": "致病菌可能导致严重健康损害"})
    api.post(f"/{made}/announcement", TOLD)
    return made


def test_from_a_suspect_lot_to_the_end(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    maker, rival = Api(client, people["safety"]), Api(client, people["rival"])
    proposed = maker.post("", suspected(district), 201)
    assert proposed["lots"] == {"in": 1, "out": 0, "notify": 0, "products": 1}
    found = proposed["id"]
    told = maker.get(f"/{found}")
    [lot] = told["lots"]
    assert lot["lot_id"] == str(district.batch.batch_id)
    assert lot["share"] == "100.0%"
    assert len(lot["path"]) == 2
    assert [(one["name"], one["sums"]) for one in told["holders"]] == [
        (ORGANISATIONS["maker"]["name"], "50 件"), ("老街便利店", "10 件"), (ORGANISATIONS["rival"]["name"], "40 件"),
    ]  # fmt: skip
    assert told["clocks"][0]["text"] == "登记召回级别后开始计时"
    maker.post(f"/{found}/announcement", TOLD, 422)
    maker.post(f"/{found}/level", {"level": "一级", "reason": "致病菌可能导致严重健康损害"})
    assert "24 小时内启动" in maker.get(f"/{found}")["clocks"][0]["text"]
    assert maker.post(f"/{found}/announcement", TOLD)["state"] == "announced"
    maker.post(f"/{found}/announcement", TOLD, 409)
    public = client.get(district.path.replace("A/1%2?x", "A%2F1%252%3Fx"), headers=HTML).text
    assert "本批已召回，请立即停止食用" in public
    assert f'<a href="/recalls/{found}/notice">看召回公告</a>' in public
    maker.post(f"/{found}/notice", {"notice_at": "https://scjg.example.gov.cn/7", "notice_on": "2026-11-24"})
    assert "截止 2026-12-08" in maker.get(f"/{found}")["clocks"][1]["text"]

    [listed] = rival.get("/tasks")["items"]
    task = rival.get(f"/tasks/{listed['id']}")
    maker.get(f"/tasks/{listed['id']}", 404)
    assert [line["quantity"] for line in task["lines"]] == ["40 件"]
    lot_id = task["lines"][0]["lot_id"]
    rival.post(f"/tasks/{task['id']}/answers", {"lines": [{"lot_id": lot_id, "controlled": "41"}]}, 422)
    rival.post(f"/tasks/{task['id']}/answers", {"lines": [{"lot_id": lot_id, "returned": "30", "sold": "10"}]}, 201)
    [total] = maker.get(f"/{found}/accounts")["totals"]
    assert total["made"] == "100 件"
    assert total["places"]["channel"]["returned"] == "30 件"
    assert total["places"]["sold"]["not_reached"] == "10 件"
    plan = {
        "lot_id": lot_id, "quantity": "30", "source": "returned", "planned_on": "2026-11-24", "place": "厂区", "method": "焚烧",
    }  # fmt: skip
    made = maker.post(f"/{found}/destructions", plan, 201)["id"]
    maker.post(f"/{found}/destructions/{made}/witness", {"witness": "周监督", "remark": "三十件全部焚毁"})
    [total] = maker.get(f"/{found}/accounts")["totals"]
    assert total["places"]["channel"]["destroyed"] == "30 件"
    ended = maker.post(f"/{found}/closing", {"reason": "期限已到，余下继续追查"})
    assert ended["state"] == "closed"
    assert any("老街便利店" in one for one in ended["still_open"])


def test_who_sees_what(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    made = announced(Api(client, people["safety"]), district)
    officer = Api(client, people["officer"])
    assert officer.get(f"/{made}")["maker"] == ORGANISATIONS["maker"]["name"]
    assert [one["id"] for one in officer.get("")["items"]] == [made]
    rival = Api(client, people["rival"])
    rival.get(f"/{made}", 404)
    assert rival.get("")["items"] == []
    rival.post(f"/{made}/closing", {"reason": "不是我的召回"}, 404)
    officer.post("", suspected(district), 403)
    Api(client, people["clerk"]).post("", suspected(district), 403)
    Api(client, people["farmer"]).get("/tasks")
    assert client.get(f"/api/v1/recalls/{made}").status_code == 401


def test_the_maker_sees_one_step_down(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    district.do("rival", lambda c: lifecycle.ship(c, district.batch.batch_id, "15", "件", "山脚小店"))
    made = announced(Api(client, people["safety"]), district)
    maker = Api(client, people["safety"]).get(f"/{made}")
    assert "山脚小店" not in str(maker)
    assert {one["name"]: one["sums"] for one in maker["holders"]}["下级单位（由其供货方联系）"] == "15 件"
    assert "山脚小店" in str(Api(client, people["officer"]).get(f"/{made}"))
    far = next(one for one in maker["tasks"] if not one["named"])
    Api(client, people["safety"]).post(f"/{made}/tasks/{far['id']}/link", expect=404)
    link = Api(client, people["rival"]).post(f"/{made}/tasks/{far['id']}/link", expect=201)["link"]
    assert "15 件" in client.get(link, headers=HTML).text


def test_the_one_time_link(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    maker = Api(client, people["safety"])
    made = announced(maker, district)
    task = next(one for one in maker.get(f"/{made}")["tasks"] if one["name"] == "老街便利店")
    link = maker.post(f"/{made}/tasks/{task['id']}/link", expect=201)["link"]
    asked = client.get(link, headers=HTML)
    assert asked.status_code == 200
    assert "应核对 <strong>10 件</strong>" in asked.text
    assert asked.headers["referrer-policy"] == "same-origin"
    lot = f"lines.{district.batch.batch_id}"
    unsigned = client.post(link, data={f"{lot}.all": "1"}, headers=HTML)
    assert unsigned.status_code == 422
    assert "请填写签名" in unsigned.text
    too_much = client.post(link, data={f"{lot}.sold": "11", "signer": "钱无名"}, headers=HTML)
    assert too_much.status_code == 422
    assert 'value="11"' in too_much.text
    png = ("架.png", b"\x89PNG\r\n\x1a\n" + b"0" * 30, "image/png")
    done = client.post(link, data={f"{lot}.all": "1", "signer": "钱无名"}, files={"photo": png}, headers=HTML)
    assert done.status_code == 200, done.text
    assert client.get(link, headers=HTML).status_code == 409
    assert client.post(link, data={f"{lot}.all": "1", "signer": "甲"}, headers=HTML).status_code == 409
    assert client.get("/recalls/answer/nobody-knows-this", headers=HTML).status_code == 404
    told = maker.get(f"/{made}")
    task = next(one for one in told["tasks"] if one["name"] == "老街便利店")
    assert (task["via"], task["answered"], len(task["photos"])) == ("link", True, 1)
    assert client.get(f"/files/{task['photos'][0]}", headers=people["safety"].auth).content.startswith(b"\x89PNG")
    assert client.get(f"/files/{task['photos'][0]}", headers=people["rival"].auth).status_code == 404
    assert told["totals"][0]["places"]["channel"]["controlled"] == "10 件"


def test_the_public_notice_says_published_facts_only(
    client: TestClient, district: District, people: dict[str, Someone]
) -> None:
    maker = Api(client, people["safety"])
    draft = str(maker.post("", suspected(district), 201)["id"])
    assert client.get(f"/recalls/{draft}/notice", headers=HTML).status_code == 404
    made = announced(maker, district)
    told = client.get(f"/recalls/{made}/notice", headers=HTML).text
    for word in (ORGANISATIONS["maker"]["name"], "酱卤鸭", district.batch.lot, "试验牌", "到购买处退款", "一级"):
        assert word in told
    main = told.split("<main", 1)[1].split("</main", 1)[0]
    for word in (*FORBIDDEN, "供货方通知", "老街便利店", ORGANISATIONS["rival"]["name"], "50 件"):
        assert word not in main


def test_a_drill_never_shows_in_public(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    address = district.path.replace("A/1%2?x", "A%2F1%252%3Fx")
    before = re.sub(r"\d\d:\d\d", "", client.get(address, headers=HTML).text)
    maker = Api(client, people["safety"])
    made = announced(maker, district, mock=True)
    assert re.sub(r"\d\d:\d\d", "", client.get(address, headers=HTML).text) == before
    assert client.get(f"/recalls/{made}/notice", headers=HTML).status_code == 404
    told = maker.get(f"/{made}")
    assert told["mock"] is True
    assert told["seconds_to_told"] >= told["seconds_to_scope"] >= 0
    task = next(one for one in told["tasks"] if one["name"] == "老街便利店")
    link = maker.post(f"/{made}/tasks/{task['id']}/link", expect=201)["link"]
    for page in (client.get(link, headers=HTML), client.get(f"/recalls/{made}", headers=HTML | people["safety"].auth)):
        assert "这是召回演练，不是真实召回" in page.text
    [shown] = Api(client, people["rival"]).get("/tasks")["items"]
    assert shown["mock"] is True


def test_the_reports(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    maker = Api(client, people["safety"])
    made = announced(maker, district)
    auth = people["safety"].auth
    assert client.get(f"/recalls/{made}/report.pdf?kind=closing", headers=auth).status_code == 409
    assert client.get(f"/recalls/{made}/report.pdf?kind=no", headers=auth).status_code == 422
    maker.post(f"/{made}/closing", {"reason": "期限已到，余下继续追查"})
    for kind, title in (("daily", "食品召回日报"), ("closing", "食品召回总结报告")):
        pdf = client.get(f"/recalls/{made}/report.pdf?kind={kind}", headers=auth)
        assert pdf.headers["content-type"] == "application/pdf"
        text = "".join(one.get_textpage().get_text_bounded() for one in pypdfium2.PdfDocument(pdf.content))
        for word in (title, "商标", "规格", "生产日期", "试验牌", district.batch.lot, "老街便利店"):
            assert word in text
        excel = client.get(f"/recalls/{made}/report.xlsx?kind={kind}", headers=auth)
        sheet = load_workbook(io.BytesIO(excel.content))["批次与数量"]
        head, row, total = (list(one) for one in sheet.iter_rows(values_only=True))
        assert head[:5] == ["食品名称", "商标", "规格", "生产日期", "批号"]
        assert row[4] == district.batch.lot
        assert row[6] == 100 == sum(row[7:])
        assert total[6:] == row[6:]
    assert client.get(f"/recalls/{made}/report.pdf", headers=people["rival"].auth).status_code == 404


def test_the_forms(client: TestClient, district: District, log_in: Callable[..., str]) -> None:
    log_in("safety")
    page = client.get(f"/recalls/new?lot={district.raw.batch_id}", headers=HTML).text
    assert f'value="{district.raw.batch_id}" checked' in page
    token = token_of(page)

    def send(path: str, expect: int, **fields: str) -> Any:
        answer = client.post(f"/recalls{path}", data={"csrf_token": token, **fields}, headers=HTML)
        assert answer.status_code == expect, answer.text[-2000:]
        return answer

    assert "请填写召回原因" in send("/new", 422, suspect=str(district.raw.batch_id)).text
    assert "不是有效的日期和时间" in send("/new", 422, reason="供货方通知检出", known_at="昨天").text
    made = send("/new", 303, suspect=str(district.raw.batch_id), reason="供货方通知检出沙门氏菌").headers["location"]
    at = made.split("?")[0].removeprefix("/recalls")
    assert "请先确定召回级别" in send(f"{at}/announcement", 422, sure="1", **TOLD).text
    assert "请勾选确认" in send(f"{at}/announcement", 422, **TOLD).text
    send(f"{at}/level", 303, level="二级", reason="一般健康损害，菌落超标")
    assert "晚于现在" in send(f"{at}/known", 422, known_at="2027-01-01T08:00", known_source="电话").text
    send(f"{at}/known", 303, known_at="2026-11-24T08:00", known_source="供货方电话")
    lot = str(district.batch.batch_id)
    assert "太短" in send(f"{at}/lots", 422, lot_id=lot, state="out", reason="否").text
    send(f"{at}/lots", 303, lot_id=lot, state="out", reason="投料记录更正后未用")
    send(f"{at}/lots", 303, lot_id=lot, state="in", reason="再次核对确认用过")
    send(f"{at}/announcement", 303, sure="1", **TOLD)
    send(f"{at}/statutory", 303, notice_at="省平台 2026-7", notice_on="2026-11-24")
    slips = send(f"{at}/links", 200).text
    address = re.search(r"http\S+/recalls/answer/[\w-]{30,}", slips)
    assert address
    assert qr.svg(address[0], "给老街便利店的召回答复链接") in slips
    with district.db.read() as conn:
        tasks = {one.name: one.id for one in store.tasks_of(conn, int(at.strip("/")))}
    shop, own = tasks["老街便利店"], tasks[ORGANISATIONS["maker"]["name"]]
    assert client.get(f"/recalls{at}/tasks/{shop}/phone", headers=HTML).status_code == 200
    assert (
        client.get(f"/recalls{at}/tasks/{tasks[ORGANISATIONS['rival']['name']]}/phone", headers=HTML).status_code == 200
    )
    assert client.get(f"/recalls{at}/tasks/{own}/phone", headers=HTML).status_code == 404
    send(f"{at}/tasks/{shop}/phone", 303, **{f"lines.{lot}.sold": "10", "signer": "店主"})
    send(f"/tasks/{own}", 303, **{f"lines.{lot}.all": "1"})
    send(
        f"{at}/destructions",
        303,
        lot_id=lot,
        source="controlled",
        quantity="50",
        planned_on="2026-11-24",
        place="厂区",
        method="焚烧",
    )
    page = client.get(f"/recalls{at}", headers=HTML).text
    [destruction] = re.findall(r"/destructions/(\d+)/witness", page)
    send(f"{at}/destructions/{destruction}/witness", 303, witness="周监督", remark="全部焚毁，有照片")
    send(f"{at}/closing", 303, reason="余下的继续追查")
    page = client.get(f"/recalls{at}?done=closed", headers=HTML).text
    assert "周监督" in page
    assert "没有答复" in page


def test_bad_input_is_told(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    maker = Api(client, people["safety"])
    for body in (
        {},
        {"suspects": [], "reason": "供货方通知检出"},
        {"suspects": ["9"], "reason": "供货方通知检出"},
        {"suspects": ["x"], "reason": "供货方通知检出"},
        {"suspects": [str(district.raw.batch_id)] * 300, "reason": "供货方通知检出"},
        suspected(district) | {"known_at": "2026-13-45"},
        suspected(district) | {"known_at": "2026-11-24T08:30", "known_source": ""},
        suspected(district) | {"reason": "\x01坏字符"},
    ):
        maker.post("", body, 422)
    for path in ("/9", "/9/accounts"):
        maker.get(path, 404)
    maker.post("/9/level", {"level": "一级", "reason": "致病菌检出"}, 404)
    assert maker.get("?cursor=1")["items"] == []
