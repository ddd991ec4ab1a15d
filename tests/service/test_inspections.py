"""Inspections over HTTP: the JSON API, pages and forms, documents, templates, who sees what."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from starlette.testclient import TestClient

from service.database import Database
from tests.documents.test_rendering import text_of, written
from tests.fixtures.clock import Clock
from tests.fixtures.people import ORGANISATIONS, Someone
from tests.fixtures.photos import picture
from tests.fixtures.scanning import District, settle
from tests.fixtures.web import token_of

HTML = {"Accept": "text/html"}
PUBLIC = "/01/09520000000011/10/A%2F1%252%3Fx"
FINISH = {
    "officers": [{"name": "王甲一", "certificate": "渝执0000001"}, {"name": "李乙二", "certificate": "渝执0000002"}],
    "statement": "无异议",
    "contact": "周现场",
    "phone": "13900000000",
}
SAMPLE = {
    "number": "CY-1", "quantity": "2", "unit": "袋", "seal": "F-001", "storage": "-18 ℃", "taken_at": "2026-11-24T08:30",
    "person": "赵抽样", "reserve": "1 袋", "reserve_seal": "F-002",
}  # fmt: skip


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


class Api:
    """Somebody with a key."""

    def __init__(self, client: TestClient, who: Someone) -> None:
        self.client, self.who = client, who

    def post(self, path: str, body: Any = None, expect: int = 201, **more: Any) -> Any:
        answer = self.client.post(f"/api/v1/inspections{path}", json=body, headers=self.who.auth, **more)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def get(self, path: str, expect: int = 200) -> Any:
        answer = self.client.get(f"/api/v1/inspections{path}", headers=self.who.auth)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def photo(self, path: str, content: bytes, **fields: str) -> Any:
        answer = self.client.post(
            f"/api/v1/inspections{path}/photos", files={"file": ("a.jpg", content)}, data=fields, headers=self.who.auth
        )
        return answer

    def docx(self, path: str, expect: int = 200) -> str:
        answer = self.client.get(f"/api/v1/inspections{path}", headers=self.who.auth)
        assert answer.status_code == expect, answer.text
        return text_of(answer.content) if expect == 200 else ""


def begun(api: Api, district: District) -> tuple[str, list[str]]:
    made = api.post("", {"lot_id": str(district.batch.batch_id), "place": "成品库 2 号冷间"})["id"]
    return made, [one["key"] for one in api.get(f"/{made}")["items"]]


def violated(api: Api, district: District) -> tuple[str, str]:
    made, keys = begun(api, district)
    given = [{"key": keys[0], "answer": "violates", "remark": "没有九月的记录"}]
    api.post(f"/{made}/answers", {"answers": given}, 200)
    return made, keys[0]


def test_the_whole_way(client: TestClient, district: District, people: dict[str, Someone], clock: Clock) -> None:
    officer, maker = Api(client, people["officer"]), Api(client, people["clerk"])
    made, key = violated(officer, district)
    told = officer.get(f"/{made}")
    assert told["tally"] == {"conforms": 0, "violates": 1, "not_applicable": 0, "unchecked": len(told["items"]) - 1}
    assert told["rulebook"].startswith("v")
    sent = officer.photo(f"/{made}", picture(), place="冷间", latitude="29.68", longitude="107.8")
    assert sent.status_code == 201
    [photo] = officer.get(f"/{made}")["photos"]
    assert photo["sha256"] == sent.json()["sha256"]
    assert photo["taken_from"] == "未知"
    assert photo["received_at"].startswith("2026-11-24T09:00")
    sample = officer.post(f"/{made}/samples", SAMPLE)["id"]
    assert officer.get(f"/{made}")["samples"][0]["quantity"] == "2 袋"
    assert "还没有检验机构的接收记录" in officer.get(f"/{made}")["samples"][0]["custody_faults"]
    maker.get(f"/{made}", 404)
    assert maker.get("")["items"] == []
    dates = {"deadline": "2026-12-01", "recheck_on": "2026-12-02"}
    order = officer.post(f"/{made}/orders", {"items": {key: "补齐记录"}, "contact": "周现场"} | dates)["id"]
    seen = maker.get(f"/{made}")
    assert seen["orders"][0]["items"][0]["demand"] == "补齐记录"
    assert "周现场" not in str(seen)
    assert officer.post(f"/{made}/finish", FINISH, 200)["state"] == "finished"
    officer.post(f"/{made}/finish", FINISH, 409)
    for step in ("handed", "received"):
        link = {"step": step, "at": "2026-11-24T09:00", "organisation": "检验院", "person": "孙收样", "condition": "完好", "seal": "intact"}  # fmt: skip
        officer.post(f"/samples/{sample}/custody", link)
    assert officer.get(f"/{made}")["samples"][0]["custody_faults"] == []
    assert maker.photo(f"/orders/{order}", picture("#123"), place="档案室").status_code == 201
    assert Api(client, people["rival"]).photo(f"/orders/{order}", picture("#123"), place="档案室").status_code == 404
    maker.post(f"/orders/{order}/reports", {"text": "已补齐九月记录"})
    assert [one["order_id"] for one in officer.get(f"/{made}")["photos"]] == [None, order]
    assert officer.get("/orders")["items"][0]["reported"] is True
    assert maker.get("/orders")["items"][0]["late"] == ""
    clock.forward(days=20)
    assert "复查已逾期" in officer.get("/orders")["items"][0]["late"]
    officer.post(f"/orders/{order}/recheck", {"results": {key: "corrected"}, "remark": "记录齐全"})
    assert officer.get("/orders")["items"] == []


def test_documents_print_what_is_recorded(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    officer, maker, rival = (Api(client, people[one]) for one in ("officer", "clerk", "rival"))
    made, key = violated(officer, district)
    draft = officer.docx(f"/{made}/documents/inspection_record.docx")
    assert "草稿" in draft
    assert "________" in draft
    officer.post(f"/{made}/samples", SAMPLE)
    order = {"items": {key: "补齐记录"}, "deadline": "2026-12-01", "recheck_on": "2026-12-02"}
    officer.post(f"/{made}/orders", order)
    maker.docx(f"/{made}/documents/inspection_record.docx", 409)
    rival.docx(f"/{made}/documents/inspection_record.docx", 404)
    officer.post(f"/{made}/finish", FINISH | {"number": "良市监检〔2026〕1 号"}, 200)
    final = maker.docx(f"/{made}/documents/inspection_record.docx")
    for text in (
        "良市监检〔2026〕1 号",
        "王甲一",
        "渝执0000002",
        "没有九月的记录",
        "未查",
        "无异议",
        "周现场",
        "F-001",
    ):
        assert text in final, text
    assert "草稿" not in final
    wanted = maker.docx(f"/{made}/documents/rectification_order.docx")
    assert "补齐记录" in wanted
    assert "2026-12-02" in wanted
    assert "草稿" in wanted
    form = officer.docx(f"/{made}/documents/sampling_form.docx")
    for text in ("CY-1", "赵抽样", "A/1%2?x", "备样", ORGANISATIONS["maker"]["name"]):
        assert text in form, text
    officer.docx(f"/{made}/documents/sampling_form.docx?of=9", 404)
    officer.docx(f"/{made}/documents/other.docx", 422)


def test_who_sees_what(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    officer = Api(client, people["officer"])
    made, _ = violated(officer, district)
    officer.photo(f"/{made}", picture(), place="冷间")
    officer.post(f"/{made}/finish", FINISH, 200)
    photo = officer.get(f"/{made}")["photos"][0]["address"]
    for login, status in (
        ("clerk", 200),
        ("boss", 200),
        ("fieldofficer", 200),
        ("rival", 404),
        ("farmer", 404),
        ("investor", 403),
    ):
        Api(client, people[login]).get(f"/{made}", status)
        assert client.get(photo, headers=people[login].auth).status_code == status
    assert client.get(f"/api/v1/inspections/{made}").status_code == 401
    Api(client, people["rival"]).post(f"/{made}/finish", FINISH, 403)
    Api(client, people["fieldofficer"]).post(f"/{made}/finish", FINISH, 404)
    sheet = client.get(f"/batches/{district.batch.batch_id}", headers=people["safety"].auth | HTML).text
    assert "没有九月的记录" in sheet
    public = client.get(PUBLIC, headers=HTML).text
    assert "没有九月的记录" not in public
    assert "检查" not in public
    stranger = client.get(PUBLIC, headers=people["rival"].auth | HTML).text
    assert "没有九月的记录" not in stranger


def test_a_maker_is_not_told_at_whose_place_its_lot_was_inspected(
    client: TestClient, district: District, people: dict[str, Someone]
) -> None:
    officer, maker, rival = (Api(client, people[one]) for one in ("officer", "clerk", "rival"))
    body = {
        "lot_id": str(district.batch.batch_id),
        "party_id": str(people["rival"].actor.org_id),
        "place": "解放路门店",
    }
    made = officer.post("", body)["id"]
    key = officer.get(f"/{made}")["items"][0]["key"]
    given = [{"key": key, "answer": "violates", "remark": "没有进货查验记录"}]
    officer.post(f"/{made}/answers", {"answers": given}, 200)
    officer.photo(f"/{made}", picture(), place="解放路门店")
    order = officer.post(
        f"/{made}/orders", {"items": {key: "补记"}, "deadline": "2026-12-01", "recheck_on": "2026-12-02"}
    )
    officer.post(f"/{made}/finish", FINISH | {"situation": "解放路门店柜台"}, 200)
    shown = maker.get(f"/{made}")
    assert shown["tally"]["violates"] == 1
    assert (shown["party"], shown["party_id"], shown["photos"], shown["orders"]) == ("本批的持有单位", None, [], [])
    page = client.get(f"/inspections/{made}", headers=people["clerk"].auth | HTML)
    listing = client.get("/inspections", headers=people["clerk"].auth | HTML)
    sheet = client.get(f"/batches/{district.batch.batch_id}", headers=people["clerk"].auth | HTML)
    for text in (str(shown), page.text, listing.text, sheet.text):
        for secret in ("解放路", ORGANISATIONS["rival"]["name"], "周现场"):
            assert secret not in text
    assert "没有进货查验记录" in page.text
    maker.docx(f"/{made}/documents/inspection_record.docx", 404)
    maker.post(f"/orders/{order['id']}/reports", {"text": "不是本企业的"}, 404)
    assert rival.get(f"/{made}")["orders"][0]["id"] == order["id"]
    rival.post(f"/orders/{order['id']}/reports", {"text": "已补记查验记录"})


def test_sampling_is_for_the_office_charged_with_the_stage(
    client: TestClient, district: District, people: dict[str, Someone]
) -> None:
    other = Api(client, people["fieldofficer"])
    made, _ = begun(other, district)
    other.post(f"/{made}/samples", SAMPLE, 403)


def test_the_same_key_twice_is_one_inspection(
    client: TestClient, district: District, people: dict[str, Someone]
) -> None:
    body = {"lot_id": str(district.batch.batch_id), "place": "冷间"}
    auth = people["officer"].auth | {"Idempotency-Key": "k1"}
    first, second = (client.post("/api/v1/inspections", json=body, headers=auth).json() for _ in range(2))
    assert first == second
    assert len(Api(client, people["officer"]).get("")["items"]) == 1


def test_lists_have_pages(client: TestClient, district: District, people: dict[str, Someone]) -> None:
    officer = Api(client, people["officer"])
    made = [begun(officer, district)[0] for _ in range(3)]
    first = officer.get("?limit=2")
    assert [one["id"] for one in first["items"]] == made[:0:-1]
    assert [one["id"] for one in officer.get(f"?limit=2&cursor={first['next']}")["items"]] == made[:1]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"place": "冷间"}, "/party_id"),
        ({"place": "", "party_id": "1"}, "/place"),
        ({"place": "冷间", "party_id": "1"}, "/party_id"),
        ({"place": "冷间", "party_id": "1", "latitude": "x", "longitude": "1"}, "/latitude"),
    ],
)
def test_errors_name_the_field(client: TestClient, people: dict[str, Someone], body: Any, pointer: str) -> None:
    told = Api(client, people["officer"]).post("", body, 422)
    assert told["errors"][0]["pointer"] == pointer


def test_forms_keep_what_was_typed(
    client: TestClient, district: District, people: dict[str, Someone], log_in: Callable[..., str]
) -> None:
    token = log_in("officer")
    lot = str(district.batch.batch_id)
    page = client.get(f"/inspections/new?lot={lot}", headers=HTML)
    assert page.status_code == 200
    refused = client.post("/inspections/new", data={"csrf_token": token, "lot_id": lot, "place": ""}, headers=HTML)
    assert refused.status_code == 422
    sent = client.post("/inspections/new", data={"csrf_token": token, "lot_id": lot, "place": "冷间"}, headers=HTML)
    assert sent.status_code == 303
    at = sent.headers["location"].split("?")[0]
    html = client.get(at, headers=HTML).text
    assert " checked" not in html
    token = token_of(html)
    [key] = [one["key"] for one in Api(client, people["officer"]).get(at.removeprefix("/inspections"))["items"]][:1]
    form = {"csrf_token": token, f"answers.{key}": "violates", f"answers.{key}.remark": ""}
    again = client.post(f"{at}/answers", data=form, headers=HTML)
    assert again.status_code == 422
    assert "请填写说明" in again.text
    assert again.text.count(" checked") == 1
    unsure = client.post(f"{at}/finish", data={"csrf_token": token, "statement": "无异议"}, headers=HTML)
    assert unsure.status_code == 422
    assert "请勾选确认" in unsure.text
    assert client.post(f"{at}/photos", data={"csrf_token": token, "place": "冷间"}, headers=HTML).status_code == 422


def test_an_office_uses_its_own_template(
    client: TestClient, district: District, people: dict[str, Someone], log_in: Callable[..., str]
) -> None:
    officer = Api(client, people["officer"])
    made, _ = violated(officer, district)
    at = "/api/v1/documents/templates"
    auth = people["officer"].auth

    def upload(content: bytes, kind: str = "inspection_record") -> Any:
        return client.post(f"{at}/{kind}", files={"file": ("本所.docx", content)}, headers=auth)

    bad = upload(written("{{ party }} {{ colour }}"))
    assert bad.status_code == 422
    assert "colour" in bad.json()["errors"][0]["detail"]
    assert upload(b"x").status_code == 422
    assert upload(written("{{ party }}"), "nothing").status_code == 404
    assert upload(written("本所格式：{{ party }}")).status_code == 201
    assert "本所格式：" in officer.docx(f"/{made}/documents/inspection_record.docx")
    listed = client.get(at, headers=auth).json()["items"]
    assert [one["kind"] for one in listed if one["own"]] == ["inspection_record"]
    own = client.get(f"{at}/inspection_record.docx", headers=auth).content
    assert "本所格式：" in text_of(own)
    assert client.get(at, headers=people["clerk"].auth).status_code == 403
    other = client.get(f"{at}/inspection_record.docx", headers=people["fieldofficer"].auth).content
    assert "本所格式" not in text_of(other)
    token = log_in("officer")
    html = client.get("/documents/templates", headers=HTML).text
    assert "本所.docx" in html
    form = {"csrf_token": token}
    assert client.post("/documents/templates/inspection_record/built-in", data=form, headers=HTML).status_code == 303
    assert client.delete(f"{at}/inspection_record", headers=auth).status_code == 404
    refused = client.post(
        "/documents/templates/stop_order", data=form, files={"file": ("a.docx", written("{{ x }}"))}, headers=HTML
    )
    assert refused.status_code == 422
    assert "没有这个占位符：x" in refused.text
    Document(io.BytesIO(own))


def test_the_officers_to_do_has_open_orders(
    client: TestClient, district: District, people: dict[str, Someone], clock: Clock
) -> None:
    officer = Api(client, people["officer"])
    made, key = violated(officer, district)
    order = {"items": {key: "补齐记录"}, "deadline": "2026-12-01", "recheck_on": "2026-12-02"}
    officer.post(f"/{made}/orders", order)
    clock.forward(days=8)
    assert "改正期限已过 1 天，企业没有报告" in client.get("/supervision", headers=people["officer"].auth | HTML).text
    assert "改正期限已过" not in client.get("/supervision", headers=people["fieldofficer"].auth | HTML).text
    assert (
        "请于 2026-12-01 前改正并报告" in client.get(f"/inspections/{made}", headers=people["clerk"].auth | HTML).text
    )
