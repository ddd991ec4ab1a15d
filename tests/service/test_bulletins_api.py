"""The JSON API of announcements: upload, import, compare, match, re-test, cases; bad input of every kind."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from service.cli import app as cli
from service.database import Database
from tests.bulletins.test_files import workbook
from tests.fixtures.announced import LEAD, record
from tests.fixtures.people import Someone
from tests.fixtures.scanning import GTIN, District, settle
from trace.bulletins.models import MAX_ROWS
from trace.identifiers.models import encode

API = "/api/v1/bulletins"
HEADERS = ["抽样编号", "食品名称", "不合格项目", "检验结果", "标准值", "公告号", "任务类型"]
ROW = ["S1", "酱卤鸭", "铅", "9.9mg/kg", "≤0.5mg/kg", "一号", "监督抽检"]


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def send(client: TestClient, who: Someone, body: Any, key: str = "", path: str = "") -> Any:
    headers = who.auth | ({"Idempotency-Key": key} if key else {})
    return client.post(API + path, json=body, headers=headers)


def upload(client: TestClient, who: Someone, name: str, content: bytes) -> Any:
    return client.post(API + "/files", files={"file": (name, content)}, headers=who.auth)


def announced(district: District, **more: Any) -> dict[str, Any]:
    with district.db.read() as conn:
        from trace.batches import store

        row = store.batches_by_id(conn, [district.batch.batch_id])[district.batch.batch_id]
    facts = {"食品名称": row.item_name, "标称生产企业名称": row.maker_name, "生产日期": row.produced_on}
    return record(**(facts | more))


def test_from_records_to_a_closed_case(client: TestClient, district: District) -> None:
    officer, second = district.people["officer"], district.people["officer2"]
    path = f"/01/{GTIN}/10/{encode(district.batch.lot)}"
    records = [announced(district), record("S2", 生产日期="2026-13-01"), record("S3")]
    done = send(client, officer, {"records": records}, "import-1")
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["rows"], told["imported"], told["unchanged"], told["refused"]) == (3, 2, 0, 1)
    (error,) = told["errors"]
    assert (error["row"], error["column"], error["value"]) == (2, "生产日期", "2026-13-01")
    again = send(client, officer, {"records": records}, "import-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert send(client, officer, {"records": records}).json()["unchanged"] == 2
    bulletin = told["bulletins"][0]["id"]

    listed = client.get(API, headers=officer.auth).json()
    assert [(one["id"], one["samples"]) for one in listed["items"]] == [(bulletin, 2)]
    assert client.get(f"{API}/{bulletin}", headers=officer.auth).json()["outcomes"]["agree"] == 2

    first = client.get(f"{API}/{bulletin}/samples?limit=1", headers=officer.auth).json()
    assert first["next"]
    rest = client.get(f"{API}/{bulletin}/samples?limit=1&cursor={first['next']}", headers=officer.auth).json()
    assert rest["next"] is None
    assert {first["items"][0]["number"], rest["items"][0]["number"]} == {"S1", "S3"}
    assert client.get(f"{API}/{bulletin}/samples?outcome=disagree", headers=officer.auth).json()["items"] == []

    sample = first["items"][0]["id"]
    whole = client.get(f"{API}/samples/{sample}", headers=officer.auth).json()
    assert whole["row"]["食品名称"] == whole["food"]
    assert whole["judgement"]["items"][0]["status"] == "fail"
    assert whole["notice"] == "系统比对，不是检验结论"
    found = client.get(f"{API}/samples/{sample}/candidates", headers=officer.auth).json()
    assert found["weights"]
    (candidate,) = found["items"]
    assert candidate["batch_id"] == str(district.batch.batch_id)
    assert candidate["reasons"]

    body = {"batch_id": candidate["batch_id"], "reason": "包装照片与登记一致"}
    matched = send(client, officer, body, "m1", f"/samples/{sample}/match")
    case = matched.json()["case_id"]
    assert case
    assert matched.json()["no_case_because"] == ""
    assert send(client, officer, body, "m1", f"/samples/{sample}/match").json() == matched.json()
    public = client.get(path, headers={"Accept": "application/json"}).json()
    assert "监督抽检不合格（公告：试验局 2026 年第 1 号）" in json.dumps(public, ensure_ascii=False)

    today = "2026-11-24"
    asked = {"change": "retest", "told_on": today, "asked_on": today, "reserve": "good", "reason": "企业书面申请复检"}
    assert send(client, second, asked, "", f"/samples/{sample}/status").json()["pending"] == "retest"
    rapid = {"change": "retest_concluded", "conforms": True, "method": "rapid", "reason": "复检机构报告"}
    refusal = send(client, second, rapid, "", f"/samples/{sample}/status")
    assert (refusal.status_code, refusal.json()["code"]) == (409, "rapid_retest")
    concluded = send(client, second, rapid | {"method": "laboratory"}, "", f"/samples/{sample}/status")
    assert concluded.json()["result"] == "overturned"
    public = client.get(path, headers={"Accept": "application/json"}).json()
    assert "监督抽检不合格" not in json.dumps(public, ensure_ascii=False)

    step = {"step": "closed", "reason": "复检符合，结案"}
    assert send(client, officer, step, "", f"/cases/{case}/steps").status_code == 201
    told = client.get(f"{API}/cases/{case}", headers=officer.auth).json()
    assert (told["state"], told["cleared"], told["not_closable"]) == ("closed", True, "")
    assert [one["step"] for one in told["steps"]] == ["retest", "retest", "closed"]
    assert client.get(f"{API}/cases?state=closed", headers=officer.auth).json()["items"][0]["id"] == case
    assert client.get(f"{API}/samples/{sample}", headers=officer.auth).json()["history"][-1]["text"] == "确认批次"


def test_a_workbook_is_uploaded_previewed_and_imported_with_ones_own_columns(
    client: TestClient, people: dict[str, Someone]
) -> None:
    operator = people["operator"]
    heads = ["编号", "菜名", "不合格项目", "检验结果", "标准值"]
    content = workbook([heads, ["1", "酱卤鸭", "铅", "9.9mg/kg", "≤0.5mg/kg"]])
    kept = upload(client, operator, "附件.xlsx", content).json()
    assert kept["missing"] == ["食品名称"]
    assert kept["first_rows"][0]["菜名"] == "酱卤鸭"
    body: dict[str, Any] = {"file_id": kept["file_id"]}
    assert send(client, operator, body).json()["errors"][0]["pointer"] == "/mapping"
    body |= {"mapping": {"food": "菜名", "number": "编号"}, "bulletin": "第 7 号", "task": "监督抽检"}
    done = send(client, operator, body)
    assert done.json()["imported"] == 1, done.text
    assert send(client, people["officer"], body).status_code == 404, "another organisation's upload"
    judged = client.post(f"{API}/{done.json()['bulletins'][0]['id']}/judgement", headers=operator.auth).json()
    assert (judged["samples"], judged["changed"]) == (1, 0)


def test_the_operator_reads_and_imports_but_decides_nothing(client: TestClient, people: dict[str, Someone]) -> None:
    operator = people["operator"]
    bulletin = send(client, operator, {"records": [record()]}).json()["bulletins"][0]["id"]
    sample = client.get(f"{API}/{bulletin}/samples", headers=operator.auth).json()["items"][0]["id"]
    assert client.get(f"{API}/samples/{sample}/judgements", headers=operator.auth).json()["items"]
    assert client.get(f"{API}/samples/{sample}/candidates", headers=operator.auth).status_code == 403
    body = {"batch_id": None, "reason": "不是本平台批次"}
    assert send(client, operator, body, "", f"/samples/{sample}/match").status_code == 403
    assert send(client, operator, {"step": "stop", "reason": "办结了"}, "", "/cases/1/steps").status_code == 403
    for login in ("clerk", "safety", "investor", "expert"):
        assert client.get(API, headers=people[login].auth).status_code == 403
        assert client.get(f"{API}/samples/{sample}", headers=people[login].auth).status_code == 403


def test_a_regulator_opens_cases_only_at_its_stages(client: TestClient, district: District) -> None:
    field = district.people["fieldofficer"]
    bulletin = send(client, field, {"records": [announced(district)]}).json()["bulletins"][0]["id"]
    sample = client.get(f"{API}/{bulletin}/samples", headers=field.auth).json()["items"][0]["id"]
    body = {"batch_id": str(district.batch.batch_id), "reason": "包装照片与登记一致"}
    refusal = send(client, field, body, "", f"/samples/{sample}/match")
    assert refusal.status_code == 403
    assert "移送" in refusal.json()["detail"]


BAD_IMPORTS: list[Any] = [
    ({}, 422, "/file_id"),
    ({"file_id": "1", "records": []}, 422, "/file_id"),
    ({"records": []}, 422, "/file"),
    ({"records": {"a": 1}}, 422, ""),
    ({"records": [1, 2]}, 422, "/mapping"),
    ({"records": [record()], "mapping": {"food": "没有"}}, 422, "/mapping/food"),
    ({"records": [record()], "mapping": {"colour": "食品名称"}}, 422, "/mapping/colour"),
    ({"records": [record()], "task": "抽着玩"}, 422, "/task"),
    ({"records": [record()], "issued_on": "昨天"}, 422, "/issued_on"),
    ({"records": [record()], "bulletin": "号" * 101}, 422, "/bulletin"),
    ({"records": [record()], "colour": "red"}, 422, "/colour"),
    ({"records": [{"x": 1}]}, 422, "/mapping"),
    ({"records": [{}] * (MAX_ROWS + 1)}, 422, "/file"),
    ({"file_id": "99"}, 404, ""),
    ({"file_id": "abc"}, 422, ""),
]


def test_bad_imports(client: TestClient, people: dict[str, Someone]) -> None:
    for body, status, pointer in BAD_IMPORTS:
        answer = send(client, people["officer"], body)
        assert answer.status_code == status, answer.text
        if pointer:
            assert answer.json()["errors"][0]["pointer"].startswith(pointer)


def test_broken_text_in_records_is_a_row_error(client: TestClient, people: dict[str, Someone]) -> None:
    raw = json.dumps({"records": [record(备注="\ud800"), {"食品名称": "鸭", "\udfff": "x", "failed": [LEAD]}]})
    answer = client.post(
        API, content=raw.encode(), headers=people["officer"].auth | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/records/0/备注", "/records/1"}


BAD_UPLOADS: list[Any] = [
    ("a.xlsx", b"", "empty"),
    ("a.pdf", b"%PDF", "unknown_type"),
    ("a.xlsx", base64.b64decode("UEsDBA==") + b"\x00" * 50, "unreadable"),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x07" * 600, "unreadable"),
    ("a.csv", bytes(range(256)), "not_text"),
    ("a.json", b"{]", "bad_json"),
    ("a.csv", b"y" * (5 * 1024 * 1024 + 1), "too_large"),
]


def test_bad_uploads(client: TestClient, people: dict[str, Someone]) -> None:
    for name, content, code in BAD_UPLOADS:
        answer = upload(client, people["officer"], name, content)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == code


def test_an_upload_with_20001_rows(client: TestClient, people: dict[str, Someone]) -> None:
    text = io.StringIO()
    text.write(",".join(HEADERS) + "\n")
    for _ in range(MAX_ROWS + 1):
        text.write(",".join(ROW) + "\n")
    answer = upload(client, people["officer"], "a.csv", text.getvalue().encode())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "too_many_rows")


NOBODY: list[Any] = [
    ("/samples/9/match", {"batch_id": None, "reason": "不是本平台批次"}),
    ("/samples/9/status", {"change": "denial", "reason": "企业书面否认"}),
    ("/cases/9/steps", {"step": "stop", "reason": "已封存完毕"}),
    ("/9/judgement", {}),
]


def test_nobody_is_there(client: TestClient, people: dict[str, Someone]) -> None:
    for path, body in NOBODY:
        assert send(client, people["officer"], body, "", path).status_code == 404


BAD_DECISIONS: list[Any] = [
    ("/samples/9/match", {"batch_id": "x", "reason": "a"}),
    ("/samples/9/match", {}),
    ("/samples/9/status", {"change": "forgive", "reason": "a"}),
    ("/samples/9/status", {"change": "retest", "told_on": "soon", "reason": "a"}),
    ("/samples/9/status", {"change": "retest", "holidays": 99, "reason": "a"}),
    ("/cases/9/steps", {"step": "dance", "reason": "a"}),
    ("/cases/9/steps", {"step": "stop", "state": "?", "reason": "a"}),
]


def test_bad_decisions(client: TestClient, people: dict[str, Someone]) -> None:
    for path, body in BAD_DECISIONS:
        answer = send(client, people["officer"], body, "", path)
        assert answer.status_code == 422
        assert answer.json()["errors"]


def test_cursors_and_unknown_ids(client: TestClient, people: dict[str, Someone]) -> None:
    auth = people["officer"].auth
    for path in ("/9", "/9/samples", "/samples/9", "/samples/9/judgements", "/samples/9/candidates", "/cases/9"):
        assert client.get(API + path, headers=auth).status_code == 404, path
    for path in ("?cursor=x", "/cases?cursor=-1", "/cases?state=odd", "?limit=0", "/x", "/9/samples?outcome=odd"):
        assert client.get(API + path, headers=auth).status_code == 422, path
    assert client.get(API + "?cursor=" + "9" * 20, headers=auth).status_code == 422


def test_the_console_judges_everything_again(
    client: TestClient, people: dict[str, Someone], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    send(client, people["officer"], {"records": [record(), record("S2", 公告号="二号")]})
    monkeypatch.setenv("LIANGPIN_DATABASE_URL", database_url)
    done = CliRunner().invoke(cli, ["judge-bulletins"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1]) == {"bulletins": 2, "samples": 2, "changed": 0}


def test_what_a_regulator_may_not_open_it_may_not_undo_either(client: TestClient, district: District) -> None:
    """A case on a processor's batch: the farm office neither clears it by a re-test nor takes the match away."""
    officer, field = district.people["officer"], district.people["fieldofficer"]
    records = [announced(district), record("S2", 任务类型="风险监测")]
    bulletin = send(client, officer, {"records": records}).json()["bulletins"][0]["id"]
    listed = client.get(f"{API}/{bulletin}/samples", headers=officer.auth).json()["items"]
    first, second = (one["id"] for one in listed)
    match = {"batch_id": str(district.batch.batch_id), "reason": "包装照片与登记一致"}
    assert send(client, officer, match, "", f"/samples/{first}/match").json()["case_id"]
    assert send(client, officer, match, "", f"/samples/{second}/match").status_code == 201
    day = "2026-11-24"
    asked = {"change": "retest", "told_on": day, "asked_on": day, "reserve": "good", "reason": "企业书面申请复检"}
    undone = {"batch_id": None, "reason": "不是本平台批次"}
    for path, body in ((f"/samples/{first}/status", asked), (f"/samples/{second}/match", undone)):
        refusal = send(client, field, body, "", path)
        assert refusal.status_code == 403, refusal.text
        assert "移送" in refusal.json()["detail"]
    assert client.get(f"{API}/samples/{first}", headers=officer.auth).json()["pending"] == ""
    assert client.get(f"{API}/samples/{second}", headers=officer.auth).json()["matched"] == "confirmed"


def test_days_out_of_reach_are_named(client: TestClient, district: District) -> None:
    officer = district.people["officer"]
    bulletin = send(client, officer, {"records": [announced(district)]}).json()["bulletins"][0]["id"]
    sample = client.get(f"{API}/{bulletin}/samples", headers=officer.auth).json()["items"][0]["id"]
    for day in ("9999-12-31", "0001-01-01"):
        body = {"change": "retest", "told_on": day, "asked_on": "2026-11-24", "reserve": "good", "reason": "申请复检"}
        refusal = send(client, officer, body, "", f"/samples/{sample}/status")
        assert refusal.status_code == 422
        assert [one["pointer"] for one in refusal.json()["errors"]] == ["/told_on"]


def test_a_file_that_is_none_and_a_name_that_cannot_be_kept(client: TestClient, people: dict[str, Someone]) -> None:
    answer = client.post(API + "/files", data={"file": "text"}, headers=people["officer"].auth)
    assert answer.status_code == 422
    assert "应为文件" in answer.json()["errors"][0]["detail"]
    content = "\n".join(",".join(line) for line in (HEADERS, ROW)).encode()
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00\x1b.csv"\r\n\r\n' + content + b"\r\n--x--"
    )
    headers = people["officer"].auth | {"Content-Type": "multipart/form-data; boundary=x"}
    kept = client.post(API + "/files", content=body, headers=headers)
    assert kept.status_code == 201, kept.text


def test_a_formula_in_a_cell_comes_back_as_text(client: TestClient, log_in: Any, people: dict[str, Someone]) -> None:
    """The workbook of refused rows holds no formula, whatever the announcement's cells begin with."""
    hostile = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "", ""]
    content = "\n".join("\t".join(line) for line in (HEADERS, hostile)).encode()
    file_id = upload(client, people["officer"], "a.csv", content).json()["file_id"]
    form = {"act": "errors", "csrf_token": log_in("officer")}
    answer = client.post(f"/bulletins/import/{file_id}", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert {cell.value for cell in cells} >= {one for one in hostile if one}
    assert "f" not in {cell.data_type for cell in cells}
