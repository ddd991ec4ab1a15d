"""The announcement pages by form: upload, columns, import, the file of refused rows, decisions, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.announced import COLONY, put_in, record, sample_ids
from tests.fixtures.people import Someone, as_actor
from tests.fixtures.scanning import District, settle
from tests.service.test_bulletins_api import announced
from trace.bulletins import store
from trace.items.commands import create_item
from trace.items.models import NewItem

UNHEARD = {"item": "试验项目甲", "result": "1mg/kg", "limit": "≤0.5mg/kg"}
"""No clause will ever know it."""
HTML = {"Accept": "text/html"}
LogIn = Callable[..., str]


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def upload(client: TestClient, token: str, name: str, content: bytes, **more: str) -> Any:
    files = {"file": (name, content)} if name else {}
    return client.post("/bulletins/import/new", data={"csrf_token": token, **more}, files=files, headers=HTML)


def file_id(html: str) -> str:
    return html.split('action="/bulletins/import/')[1].split('"')[0]


def test_a_file_is_previewed_mended_and_imported(
    client: TestClient, db: Database, people: dict[str, Someone], log_in: LogIn
) -> None:
    token = log_in("officer")
    rows = [
        record("S1"),
        record("S2", 生产日期="2026-13-01"),
        record("S3", failed=[{"item": "20000CFU/g", "result": "n", "limit": "x"}]),
    ]
    for row in rows:
        del row["公告号"], row["任务类型"]
    shown = upload(client, token, "公告.json", json.dumps(rows).encode(), bulletin="第 5 号", task="监督抽检")
    assert shown.status_code == 200
    assert "导入 1 个样品" in shown.text
    assert "2026-13-01" in shown.text
    assert "像检验结果或标准值" in shown.text
    address = f"/bulletins/import/{file_id(shown.text)}"
    assert client.get(address, headers=HTML).status_code == 200
    form = {"csrf_token": token, "bulletin": "第 5 号", "task": "监督抽检"}

    without = client.post(address, data=form | {"act": "preview", "map.food": ""}, headers=HTML)
    assert "还差几列" in without.text
    assert "导入 1 个样品" not in without.text
    refused = client.post(address, data=form | {"act": "import", "map.food": ""}, headers=HTML)
    assert refused.status_code == 422
    assert "食品名称" in refused.text
    odd = client.post(address, data=form | {"act": "preview", "map.food": "没有这列"}, headers=HTML)
    assert odd.status_code == 422
    assert client.post(address, data=form | {"act": "preview", "task": "玩"}, headers=HTML).status_code == 422

    mend = client.post(address, data=form | {"act": "errors"}, headers=HTML)
    assert mend.headers["content-type"].endswith("sheet")
    assert "attachment" in mend.headers["content-disposition"]
    book = load_workbook(io.BytesIO(mend.content))
    sheet = book.active
    assert sheet is not None
    assert sheet.max_row == 3

    done = client.post(address, data=form | {"act": "import"}, headers=HTML)
    assert "导入完成" in done.text
    assert "第 5 号" in done.text
    with db.read() as conn:
        assert [row.samples for row in store.list_bulletins(conn, before=None, limit=5)] == [1]

    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("生产日期") + 1).value = "2026-10-01"
    sheet.delete_rows(3)
    target = io.BytesIO()
    book.save(target)
    again = upload(client, token, "改好.xlsx", target.getvalue(), bulletin="第 5 号", task="监督抽检")
    clean = client.post(f"/bulletins/import/{file_id(again.text)}", data=form | {"act": "import"}, headers=HTML)
    assert clean.status_code == 303
    page = client.get(clean.headers["location"], headers=HTML).text
    assert "公告已导入" in page
    assert "S2" in sample_ids(db)
    named = upload(
        client, token, "a.json", json.dumps(rows[:1]).encode(), bulletin="第 5 号", task="监督抽检", issuer="甲局"
    )
    assert "已有同号公告" in named.text
    assert "第 5 号（未写发布机关）" in named.text


def test_uploads_that_are_refused_say_why(client: TestClient, people: dict[str, Someone], log_in: LogIn) -> None:
    token = log_in("operator")
    for name, content, says in (
        ("", b"", "请选择公告文件"),
        ("a.pdf", b"%PDF", "不能读"),
        ("a.xlsx", b"garbage", "内容不是"),
        ("a.csv", b"\x00", "不是 UTF-8"),
    ):
        answer = upload(client, token, name, content)
        assert answer.status_code == 422
        assert says in answer.text
    good = json.dumps([record()]).encode()
    assert "不是有效日期" in upload(client, token, "a.json", good, issued_on="昨天").text
    assert client.get("/bulletins/import/99", headers=HTML).status_code == 404
    assert client.post("/bulletins/import/99", data={"csrf_token": token}, headers=HTML).status_code == 404


def test_what_a_file_says_is_shown_and_never_run(client: TestClient, people: dict[str, Someone], log_in: LogIn) -> None:
    token = log_in("officer")
    bad = "<script>alert(1)</script>"
    shown = upload(client, token, f"{bad}.json", json.dumps([record(食品名称=bad, **{bad: bad})]).encode())
    assert bad not in shown.text
    assert "&lt;script&gt;" in shown.text


def test_deciding_on_a_sample_and_working_through_its_case(
    client: TestClient, district: District, log_in: LogIn
) -> None:
    officer = district.people["officer"].actor
    as_actor(district.db, officer, lambda c: put_in(c, [announced(district), record("S2", failed=[COLONY])]))
    ids = sample_ids(district.db)
    token = log_in("officer")
    address = f"/bulletins/samples/{ids['S1']}"
    page = client.get(address, headers=HTML).text
    for words in ("核对批次", "企业名称相同", "分数只用来排序", "受理复检申请", "公告原文"):
        assert words in page
    form = {"csrf_token": token, "batch_id": "", "reason": "包装照片与登记一致"}
    refused = client.post(address + "/match", data=form, headers=HTML)
    assert refused.status_code == 422
    assert "请选一个批次" in refused.text
    short = client.post(address + "/match", data=form | {"batch_id": "none", "reason": "否"}, headers=HTML)
    assert "太短" in short.text
    assert "否</textarea>" in short.text, "what was typed is kept"
    done = client.post(address + "/match", data=form | {"batch_id": str(district.batch.batch_id)}, headers=HTML)
    assert done.status_code == 303
    case = done.headers["location"].split("?")[0]
    told = client.get(done.headers["location"], headers=HTML).text
    for words in ("已确认批次并立案", "停止经营、封存", "24 小时内启动", "还没有登记"):
        assert words in told

    steps = {"csrf_token": token, "step": "stop", "state": "done", "reason": "已封存 20 件，文书 1 号"}
    assert client.post(case + "/steps", data=steps, headers=HTML).status_code == 303
    early = client.post(case + "/steps", data=steps | {"step": "closed"}, headers=HTML)
    assert early.status_code == 409
    assert "追溯" in early.text
    level = client.post(case + "/steps", data=steps | {"step": "recall"}, headers=HTML)
    assert "召回级别" in level.text

    late = {"csrf_token": token, "change": "retest", "told_on": "2026-03-02", "asked_on": "2026-03-31", "reserve": "good", "reason": "企业书面申请"}  # fmt: skip
    answer = client.post(address + "/status", data=late, headers=HTML)
    assert answer.status_code == 409
    assert "逾期" in answer.text
    for field, value, says in (("holidays", "x", "应为 0 到 10 的整数"), ("told_on", "昨天", "不是有效日期")):
        answer = client.post(address + "/status", data=late | {field: value}, headers=HTML)
        assert answer.status_code == 422
        assert says in answer.text
    ontime = late | {"told_on": "2026-11-23", "asked_on": "2026-11-24"}
    assert client.post(address + "/status", data=ontime, headers=HTML).status_code == 303
    page = client.get(address, headers=HTML).text
    assert "复检中" in page
    assert "试验市场监管所 · officer" in page, "who did it"
    assert "义务不停" in page
    conclusion = {
        "csrf_token": token,
        "change": "retest_concluded",
        "method": "laboratory",
        "reason": "复检机构报告 9 号",
    }
    assert "请选择结论" in client.post(address + "/status", data=conclusion, headers=HTML).text
    assert (
        client.post(address + "/status", data=conclusion | {"conclusion": "conforms"}, headers=HTML).status_code == 303
    )
    assert "不合格结论已推翻" in client.get(case, headers=HTML).text
    closed = {"csrf_token": token, "step": "closed", "reason": "复检符合，结案"}
    assert client.post(case + "/steps", data=closed, headers=HTML).status_code == 303
    assert "已结案" in client.get("/bulletins/cases?state=closed", headers=HTML).text
    record_page = client.get(f"/batches/{district.batch.batch_id}", headers=HTML).text
    assert "监督抽检不合格，立案" in record_page
    assert "抽检不合格结论已推翻" in record_page

    micro = client.post(f"/bulletins/samples/{ids['S2']}/status", data=ontime, headers=HTML)
    assert "微生物，不予复检" in micro.text

    assert f'href="/batches/{district.batch.batch_id}' in client.get(case, headers=HTML).text
    log_in("operator")
    for shown in (case, address):
        page = client.get(shown, headers=HTML)
        assert page.status_code == 200
        assert 'href="/batches/' not in page.text, "no way to what the operator may not open"


def test_lists_filters_and_judging_again(
    client: TestClient, db: Database, people: dict[str, Someone], log_in: LogIn
) -> None:
    officer = people["officer"].actor
    as_actor(db, officer, lambda c: put_in(c, [record("S1"), record("S2", 食品名称="韭菜", failed=[UNHEARD])]))
    with db.read() as conn:
        bulletin = store.list_bulletins(conn, before=None, limit=1)[0].id
    token = log_in("operator")
    assert "试验局 2026 年第 1 号" in client.get("/bulletins", headers=HTML).text
    address = f"/bulletins/{bulletin}"
    assert "韭菜" not in client.get(address + "?outcome=agree", headers=HTML).text
    assert "酱卤鸭" not in client.get(address + "?q=韭菜", headers=HTML).text
    assert "没有符合条件的样品" in client.get(address + "?q=%25", headers=HTML).text
    again = client.post(address + "/judgement", data={"csrf_token": token}, headers=HTML)
    assert again.headers["location"] == f"{address}?done=judged"
    sample = client.get(f"/bulletins/samples/{sample_ids(db)['S1']}", headers=HTML).text
    assert "核对批次" not in sample, "an operator decides nothing"
    assert client.get("/bulletins/cases", headers=HTML).status_code == 200
    assert client.get("/bulletins/9", headers=HTML).status_code == 404
    assert client.get("/bulletins?before=x", headers=HTML).status_code == 422


def test_a_product_page_suggests_tests_from_announcements_but_not_from_monitoring(
    client: TestClient, district: District, log_in: LogIn
) -> None:
    officer = district.people["officer"].actor
    rows = [
        record("A", 食品分类="速冻食品-速冻调制食品", 公告日期="2026-03-01"),
        record("B", 食品分类="速冻食品-速冻调制食品", 任务类型="风险监测", failed=[COLONY]),
    ]
    as_actor(district.db, officer, lambda c: put_in(c, rows))
    new = NewItem(
        kind="product", name="小酥肉", net_content="0.5", net_unit="kg", shelf_life_days="180", storage="frozen",
        processing="raw_prepared", ready_to_eat=False, food_category="速冻食品-速冻调制食品", heating="油炸熟透",
    )  # fmt: skip
    item = as_actor(district.db, district.people["clerk"].actor, lambda c: create_item(c, new))
    log_in("clerk")
    page = client.get(f"/items/{item}", headers=HTML).text
    advice = page.split('id="advice"')[1].split("</section>")[0]
    assert "公告 1 次" in advice
    assert "25%" in advice
    assert "2026-03-01" in advice
    assert "速冻调理肉制品常检" in advice
    assert "不是不合格率" in advice
    assert "菌落总数" not in advice, "neither monitoring nor what is asked of ready-to-eat only"
    panel = client.get(f"/api/v1/items/{item}/panel", headers=district.people["clerk"].auth).json()
    lead = next(line for line in panel["items"] if line["count"])
    assert (lead["parameter"], lead["share"]) == ("铅", "0.2487")
    assert (panel["samples"], panel["panels"]) == (1, ["速冻调理肉制品"])
    stranger = client.get(f"/api/v1/items/{item}/panel", headers=district.people["rival"].auth)
    assert stranger.status_code == 404
    plain = client.get(f"/items/{district.item}", headers=HTML).text
    assert "请先在资料里填写食品类别" in plain
    as_actor(district.db, officer, lambda c: put_in(c, [record("C", 食品分类="速冻食品-速冻调制食品")]))
    assert "公告 2 次" in client.get(f"/items/{item}", headers=HTML).text, "learnt anew after an import"
