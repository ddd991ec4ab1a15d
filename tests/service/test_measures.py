"""Official measures through API and pages: who sees what, who has which button, what the public reads when."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.measures.lapsing import lapse
from tests.fixtures.measures import moment
from tests.fixtures.people import CAST, Someone
from tests.fixtures.scanning import District, settle
from tests.service.test_api_batches import Api
from trace.batches import lifecycle
from trace.batches.models import NewReceipt
from trace.batches.receiving import receive

HTML = {"Accept": "text/html"}
OFFICERS = [{"number": "YS2026001", "name": "周执法"}, {"number": "YS2026002", "name": "吴执法"}]
STOP = {"measure": "stop", "reason": "抽检不合格，先行控制"}
FORM = STOP | {"ground": "other"}
BUTTONS = ("发出预警并起草", "登记批准", "措施生效", "立即采取", "延长期限", "撤回", "登记")
"""What the buttons of this room say."""


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


@pytest.fixture
def api(client: TestClient, people: dict[str, Someone]) -> dict[str, Api]:
    return {login: Api(client, who) for login, who in people.items()}


@pytest.fixture
def post(client: TestClient, log_in: Callable[..., str]) -> Callable[..., Any]:
    def run(login: str, path: str, values: dict[str, str] | None = None) -> Any:
        token = log_in(login)
        return client.post(path, data={"csrf_token": token, **(values or {})}, headers=HTML)

    return run


def complete(db: Database, **more: Any) -> dict[str, Any]:
    now = moment(db.now())
    return {
        "document_kind": "stop_order",
        "document_no": "良市监停〔2026〕9号",
        "approver": "郑负责",
        "position": "局长",
        "approved_at": now,
        "officers": OFFICERS,
        "served_at": now,
        "service": "direct",
    } | more


def form_of(told: dict[str, Any]) -> dict[str, str]:
    """The same as a form sends it."""
    flat = {key: str(value) for key, value in told.items() if key != "officers"}
    for place, one in enumerate(told["officers"]):
        flat |= {f"officers.{place}.{key}": value for key, value in one.items()}
    return flat


def public(client: TestClient, district: District) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/s/{district.batch.short_code}", headers={"Accept": "application/json"}).json()
    return found


def test_the_way_of_an_order(client: TestClient, district: District, api: dict[str, Api], db: Database) -> None:
    batch = str(district.batch.batch_id)
    before = {k: v for k, v in public(client, district).items() if k != "as_of"}
    made = api["officer"].ok("POST", f"/batches/{batch}/measures", STOP, 201, key="one")["id"]
    assert api["officer"].ok("POST", f"/batches/{batch}/measures", STOP, 201, key="one")["id"] == made
    assert {k: v for k, v in public(client, district).items() if k != "as_of"} == before, "a draft is not public"
    told = api["clerk"].ok("GET", f"/measures/{made}")
    assert (told["state"], told["in_effect"], told["reason"]) == ("draft", False, STOP["reason"])
    assert api["clerk"].ok("GET", f"/batches/{batch}")["history"][-1]["kind"] == "measure.drafted"
    assert [one["id"] for one in api["safety"].ok("GET", "/measures")["items"]] == [made]
    assert api["rival"].ok("GET", "/measures")["items"] == []
    assert api["rival"].refused("GET", f"/measures/{made}", status=404)[""] == "not_found"
    at = f"/measures/{made}"
    assert api["officer"].refused("POST", f"{at}/service", complete(db), 403)[""] == "forbidden"
    assert api["fieldofficer"].refused("POST", f"{at}/service", complete(db), 404)[""] == "not_found"
    missing = api["officer2"].refused("POST", f"{at}/service", complete(db, document_no="", officers=OFFICERS[:1]))
    assert set(missing) - {""} == {"/document_no", "/officers/1/number", "/officers/1/name"}
    api["officer2"].ok("POST", f"{at}/service", complete(db), 204)
    assert public(client, district)["line"] == "监管责令停止经营（文书号：良市监停〔2026〕9号）"
    told = api["safety"].ok("GET", at)
    assert (told["state"], told["approver"], told["position"], told["service"]) == (
        "served",
        "郑负责",
        "局长",
        "直接送达",
    )
    assert [one["number"] for one in told["officers"]] == ["YS2026001", "YS2026002"]
    assert api["safety"].refused("POST", f"/batches/{batch}/lift-stop", {"reason": "已经整改"}, 409)[""]
    lift = {"measure": "lift", "ends": made, "reason": "复检合格，予以解除"}
    lifting = api["officer"].ok("POST", f"/batches/{batch}/measures", lift, 201)["id"]
    service = complete(db, document_kind="lift_decision", document_no="解 1 号")
    api["officer2"].ok("POST", f"/measures/{lifting}/service", service, 204)
    assert public(client, district)["code"] == "awaiting"
    assert api["clerk"].ok("GET", at)["ended_by"] == lifting


def test_an_urgent_measure_lapses(
    client: TestClient, district: District, api: dict[str, Api], db: Database, clock: Any
) -> None:
    batch = str(district.batch.batch_id)
    body = STOP | {"urgent": True, "officers": OFFICERS}
    made = api["officer"].ok("POST", f"/batches/{batch}/measures", body, 201)["id"]
    assert public(client, district)["line"] == "监管责令停止经营（紧急措施，文书号待补）"
    told = api["clerk"].ok("GET", f"/measures/{made}")
    assert told["state"] == "taken"
    assert told["state_text"] == "紧急措施，24 小时内补办批准"
    clock.forward(hours=24, minutes=1)
    for login in ("clerk", "officer", "officer2"):
        assert api[login].ok("GET", f"/measures/{made}")["state"] == "lapsed", "before any job ran"
    refusal = api["officer2"].refused("POST", f"/measures/{made}/service", complete(db), 409)
    assert refusal[""] == "lapsed"
    assert lapse(db) == 1
    client.app.state.scan_desk.answers.forget()  # type: ignore[attr-defined]
    assert public(client, district)["code"] == "awaiting"
    assert api["clerk"].ok("GET", f"/batches/{batch}")["history"][-1]["kind"] == "measure.lapsed"


def test_approval_extension_withdrawal_by_api(district: District, api: dict[str, Api], db: Database) -> None:
    batch = str(district.batch.batch_id)
    goods = {"quantity": "20", "unit": "件", "place": "成品库"}
    body = STOP | {"measure": "seal", "urgent": True, "officers": OFFICERS} | goods
    made = api["officer"].ok("POST", f"/batches/{batch}/measures", body, 201)["id"]
    approval = {"approver": "郑负责", "position": "局长", "approved_at": moment(db.now())}
    assert api["officer"].refused("POST", f"/measures/{made}/approval", approval, 403)[""] == "forbidden"
    api["officer2"].ok("POST", f"/measures/{made}/approval", approval, 204)
    assert api["officer"].ok("GET", f"/measures/{made}")["state"] == "approved"
    service = complete(db, document_kind="seizure_decision", document_no="查 1 号")
    api["officer2"].ok("POST", f"/measures/{made}/service", service, 204)
    more = approval | {"days": "10", "document_no": "延 1 号", "reason": "检验尚未完成"}
    until = api["officer2"].ok("POST", f"/measures/{made}/extension", more)["until"]
    assert until == "2027-01-03"
    assert api["officer2"].refused("POST", f"/measures/{made}/extension", more, 409)[""] == "extended"
    other = api["officer"].ok("POST", f"/batches/{batch}/measures", STOP, 201)["id"]
    api["officer"].ok("POST", f"/measures/{other}/withdrawal", {"reason": "起草有误"}, 204)
    taken = api["officer"].ok("POST", f"/batches/{batch}/measures", STOP, 201)["id"]
    api["officer"].ok("POST", f"/measures/{taken}/taken", {"officers": OFFICERS}, 204)
    page = api["officer"].ok("GET", "/measures?limit=2")
    assert [one["state"] for one in page["items"]] == ["taken", "withdrawn"]
    assert len(api["officer"].ok("GET", f"/measures?limit=2&cursor={page['next']}")["items"]) == 1


def test_a_recall_is_ordered_only_where_it_is_owed(
    client: TestClient, district: District, api: dict[str, Api], post: Callable[..., Any], db: Database
) -> None:
    batch = district.batch.batch_id
    body = {"measure": "recall", "reason": "企业逾期不召回"}
    answer = api["officer"].call("POST", f"/batches/{batch}/measures", body)
    assert answer.status_code == 409
    assert "没有企业知悉时间的记录" in answer.json()["detail"]
    form = body | {"ground": "unsafe"}
    log = post("officer", f"/batches/{batch}/measures", form)
    assert log.status_code == 409
    assert "责令召回不可选" in log.text
    assert '<option value="recall">' not in log.text
    refusal = {"refused_on": "2026-11-24", "document": "复函 2026-1"}
    assert api["clerk"].refused("POST", f"/batches/{batch}/recall-refusals", refusal, 403)[""] == "forbidden"
    assert post("officer", f"/batches/{batch}/recall-refusals", {"refused_on": "", "document": ""}).status_code == 422
    assert post("officer", f"/batches/{batch}/recall-refusals", refusal).headers["location"].endswith("done=refused")
    assert '<option value="recall">' in client.get(f"/batches/{batch}", headers=HTML).text
    made = post("officer", f"/batches/{batch}/measures", form).headers["location"].split("?")[0]
    service = complete(db, document_kind="recall_order", document_no="召 1 号", returns="凭包装退款")
    assert post("officer2", f"{made}/service", form_of(service)).status_code == 303
    assert public(client, district)["line"] == "召回中（监管责令召回，文书号：召 1 号；退货方式：凭包装退款）"


def test_the_maker_is_told_what_to_do(
    client: TestClient, district: District, post: Callable[..., Any], log_in: Callable[..., str], db: Database
) -> None:
    batch = district.batch.batch_id
    district.release()
    made = post("officer", f"/batches/{batch}/measures", FORM).headers["location"].split("?")[0]
    assert "等待第二名执法人员" in client.get(made, headers=HTML).text
    log_in("safety")
    for path in (f"/batches/{batch}", f"/s/{district.batch.short_code}", "/batches", "/measures", made):
        page = client.get(path, headers=HTML).text
        assert "责令停止经营" in page, path
    page = client.get(f"/batches/{batch}", headers=HTML).text
    assert "尚未生效，公开页没有变化" in page
    assert f'href="/batches/{batch}#stop"' in page
    assert post("officer2", f"{made}/service", form_of(complete(db))).status_code == 303
    assert "措施已生效" in client.get(f"{made}?done=served", headers=HTML).text
    log_in("clerk")
    page = client.get(f"/batches/{batch}", headers=HTML).text
    assert "已生效（文书号 良市监停〔2026〕9号）" in page
    refused = post("officer2", f"{made}/service", form_of(complete(db)))
    assert (refused.status_code, "没有办成" in refused.text) == (409, True)


def test_a_refused_form_keeps_what_was_typed(
    district: District, post: Callable[..., Any], client: TestClient, db: Database
) -> None:
    batch = district.batch.batch_id
    wrong = post("officer", f"/batches/{batch}/measures", FORM | {"reason": "坏"})
    assert wrong.status_code == 422
    assert ">坏</textarea>" in wrong.text
    made = post("officer", f"/batches/{batch}/measures", FORM).headers["location"].split("?")[0]
    short = post("officer2", f"{made}/service", form_of(complete(db, document_no="")))
    assert short.status_code == 422
    assert "请填写文书号" in short.text
    assert 'value="YS2026002"' in short.text


@pytest.mark.parametrize("login", sorted(CAST))
def test_no_other_role_has_these_buttons(
    login: str, client: TestClient, district: District, post: Callable[..., Any], log_in: Callable[..., str]
) -> None:
    batch = district.batch.batch_id
    district.release()
    district.do("clerk", lambda c: lifecycle.ship(c, batch, "30", "H87", "", "rival"))
    code = district.batch.short_code
    district.do("rival", lambda c: receive(c, NewReceipt(source="enterprise", quantity="30", unit="件", code=code)))
    made = post("officer", f"/batches/{batch}/measures", FORM).headers["location"].split("?")[0]
    log_in(login)
    texts = {
        path: client.get(path, headers=HTML).text for path in (f"/batches/{batch}", f"/s/{code}", "/measures", made)
    }
    found = {word for word in BUTTONS for text in texts.values() if f">{word}</button>" in text}
    urls = {
        f'action="{path}'
        for path in (f"/batches/{batch}/measures", made)
        for text in texts.values()
        if f'action="{path}' in text
    }
    if login in ("officer", "officer2"):
        assert "预警并起草文书" in texts[f"/batches/{batch}"]
        assert "预警并起草文书" in texts[f"/s/{code}"]
        assert (">措施生效</button>" in texts[made]) is (login == "officer2")
    else:
        assert found == set(), login
        assert urls == set(), login
    for path in (f"/batches/{batch}/measures", f"{made}/service", f"{made}/taken", f"{made}/withdrawal"):
        status = client.post(path, data={"csrf_token": log_in(login), "measure": "stop"}, headers=HTML).status_code
        assert (status in (403, 404)) is (login not in ("officer", "officer2")) or path.endswith("service"), (
            login,
            path,
        )


def test_the_document(client: TestClient, district: District, api: dict[str, Api], db: Database) -> None:
    batch = str(district.batch.batch_id)
    made = api["officer"].ok("POST", f"/batches/{batch}/measures", STOP, 201)["id"]

    def text(login: str = "officer") -> str:
        answer = api[login].call("GET", f"/measures/{made}/document")
        assert answer.status_code == 200
        assert "wordprocessingml" in answer.headers["content-type"]
        with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
            return "".join(
                package.read(one).decode()
                for one in package.namelist()
                if one.startswith("word/") and one.endswith("xml")
            )

    draft = text()
    assert "草稿" in draft
    assert STOP["reason"] in draft
    assert "山城试验食品厂" in draft
    assert "________" in draft
    api["officer2"].ok("POST", f"/measures/{made}/service", complete(db), 204)
    final = text("clerk")
    for word in ("良市监停〔2026〕9号", "郑负责", "局长", "YS2026001", "吴执法", "直接送达"):
        assert word in final, word
    assert "草稿（" not in final
    assert api["rival"].call("GET", f"/measures/{made}/document").status_code == 404


@pytest.mark.parametrize("measure", ["seal", "detain"])
def test_the_documents_of_seizure_and_lifting(
    measure: str, district: District, api: dict[str, Api], db: Database
) -> None:
    batch = str(district.batch.batch_id)
    goods = {"quantity": "20", "unit": "件", "place": "成品库"}
    made = api["officer"].ok("POST", f"/batches/{batch}/measures", STOP | {"measure": measure} | goods, 201)["id"]
    api["officer2"].ok("POST", f"/measures/{made}/service", complete(db, document_kind="seizure_decision"), 204)
    lift = {"measure": "lift", "ends": made, "reason": "已作出处理决定"}
    lifting = api["officer"].ok("POST", f"/batches/{batch}/measures", lift, 201)["id"]
    for one in (made, lifting):
        assert api["officer"].call("GET", f"/measures/{one}/document").status_code == 200


def test_the_to_do_of_officers(
    client: TestClient, district: District, post: Callable[..., Any], log_in: Callable[..., str], clock: Any
) -> None:
    batch = district.batch.batch_id
    urgent = FORM | {"urgent": "1"} | form_of({"officers": OFFICERS})
    post("officer", f"/batches/{batch}/measures", urgent)
    post("officer", f"/batches/{batch}/measures", FORM | {"measure": "seal"})
    log_in("officer2")
    page = client.get("/supervision", headers=HTML).text
    assert "2 项监管措施待办" in page
    assert "还剩 23 小时 59 分钟" in page
    assert "您可作为第二名执法人员办理" in page
    clock.forward(hours=25)
    log_in("officer2")
    assert "已失效（未在 24 小时内补办批准）" in client.get("/supervision", headers=HTML).text
    log_in("fieldofficer")
    assert "项监管措施待办" not in client.get("/supervision", headers=HTML).text
