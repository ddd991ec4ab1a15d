"""Item pages: lists, registration, change with history, recipe, type tests, credentials, and who sees what."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.items import forms
from tests.fixtures.enterprise import Maker, stock_maker
from tests.fixtures.people import Someone
from tests.service.test_forms_batch import HTML, PDF
from trace.items import store as items

PRODUCT = {
    "kind": "product",
    "name": "辣子鸡",
    "base_unit": "H87",
    "storage": "frozen",
    "processing": "heated",
    "ready_to_eat": "no",
    "net_content": "0.35",
    "net_unit": "KGM",
    "shelf_life_days": "270",
}


@pytest.fixture
def maker(db: Database, people: dict[str, Someone]) -> Maker:
    return stock_maker(db, people["clerk"].actor, with_batch=False)


def test_lists_and_credentials(client: TestClient, maker: Maker, log_in: Callable[..., str]) -> None:
    token = {"csrf_token": log_in("clerk")}
    page = client.get("/items", headers=HTML).text
    assert "酱卤鸭" in page
    assert "34 种原料" in page
    assert "SC10499999900113" in page
    assert "红曲米" in client.get("/items?tab=material", headers=HTML).text
    filed = {"kind": "sc", "number": "SC-旧", "valid_from": "2018-01-01", "valid_to": "2026-11-20"}
    assert client.post("/credentials", data=token | filed, headers=HTML).status_code == 303
    soon = filed | {"number": "SC-将", "valid_to": "2026-12-20"}
    assert client.post("/credentials", data=token | soon, headers=HTML).status_code == 303
    page = client.get("/items", headers=HTML).text
    assert "已过期 4 天" in page
    assert "还有 26 天到期" in page
    wrong = client.post("/credentials", data=token | filed | {"valid_to": "2017-01-01"}, headers=HTML)
    assert wrong.status_code == 422
    assert "早于有效期起" in wrong.text
    assert 'value="SC-旧"' in wrong.text


def test_register_change_and_history(
    client: TestClient, maker: Maker, log_in: Callable[..., str], db: Database
) -> None:
    token = {"csrf_token": log_in("clerk")}
    refused = client.post(
        "/items/new", data=token | PRODUCT | {"gtin": "09520000000012", "ready_to_eat": ""}, headers=HTML
    )
    assert refused.status_code == 422
    assert "校验" in refused.text
    assert "请选择是否即食" in refused.text
    assert 'value="辣子鸡"' in refused.text
    made = client.post("/items/new", data=token | PRODUCT | {"gtin": "9520000000011"}, headers=HTML)
    assert made.status_code == 303
    address = made.headers["location"].split("?")[0]
    page = client.get(address, headers=HTML).text
    assert "09520000000011" in page
    values = token | PRODUCT | {"gtin": "09520000000011", "shelf_life_days": "300"}
    silent = client.post(f"{address}/change", data=values, headers=HTML)
    assert silent.status_code == 422
    assert "请写明为什么更改" in silent.text
    assert 'value="300"' in silent.text
    done = client.post(f"{address}/change", data=values | {"reason": "标签改版"}, headers=HTML)
    assert done.status_code == 303
    page = client.get(address, headers=HTML).text
    assert "保质期（天）：270 → 300" in page
    assert "原因：标签改版" in page
    assert "测试clerk" in page
    assert re.search(r"请求 [0-9a-f]{32}", page), "the history names the request"
    again = client.post("/items/new", data=token | PRODUCT | {"gtin": "9520000000011"}, headers=HTML)
    assert again.status_code == 409
    assert "同一条码只能登记一次" in again.text


def test_recipe(client: TestClient, maker: Maker, log_in: Callable[..., str], db: Database) -> None:
    token = {"csrf_token": log_in("clerk")}
    address = f"/items/{maker.product}"
    lines = {
        "lines.0.material_id": str(maker.materials["鸭胚"]),
        "lines.0.per_unit": "480",
        "lines.0.unit": "GRM",
        "lines.3.material_id": str(maker.materials["八角"]),
        "lines.3.per_unit": "一撮",
        "lines.3.unit": "GRM",
        "lines.3.small": "1",
        "lines.5.material_id": "",
        "lines.5.per_unit": "",
        "lines.5.unit": "GRM",
    }
    wrong = client.post(f"{address}/recipe", data=token | lines, headers=HTML)
    assert wrong.status_code == 422
    assert "“一撮”不是数量" in wrong.text
    assert 'value="一撮"' in wrong.text
    assert (
        client.post(f"{address}/recipe", data=token | lines | {"lines.3.per_unit": "0.2"}, headers=HTML).status_code
        == 303
    )
    with db.read() as conn:
        recipe = items.recipe_of(conn, maker.product)
    assert [(r.material_name, r.per_unit, r.unit, r.small, r.version) for r in recipe] == [
        ("鸭胚", 480_000_000, "GRM", False, 2),
        ("八角", 200_000, "GRM", True, 2),
    ]
    assert "第 2 版，2 种原料：鸭胚、八角" in client.get(address, headers=HTML).text


def test_type_report_with_its_file(client: TestClient, maker: Maker, log_in: Callable[..., str]) -> None:
    token = {"csrf_token": log_in("clerk")}
    address = f"/items/{maker.product}"
    report = {"number": "XS-2026-01", "laboratory": "试验检测公司", "issued_on": "2026-10-01"}
    file = {"file": ("型式检验.pdf", PDF, "application/pdf")}
    wrong = client.post(f"{address}/reports", data=token | report, files=file, headers=HTML)
    assert wrong.status_code == 422
    assert "请填写CMA 编号" in wrong.text
    kept = re.search(r'name="attachment_id" value="(\d+)"', wrong.text)
    assert kept, "the file is kept while the form is put right"
    more = {"cma": "230000000001", "attachment_id": kept[1]}
    assert client.post(f"{address}/reports", data=token | report | more, headers=HTML).status_code == 303
    page = client.get(address, headers=HTML).text
    assert "XS-2026-01" in page
    assert "已存" in page


def test_recipes_are_secrets(client: TestClient, maker: Maker, log_in: Callable[..., str]) -> None:
    address = f"/items/{maker.product}"
    log_in("rival")
    assert client.get(address, headers=HTML).status_code == 404
    token = {"csrf_token": log_in("officer")}
    page = client.get(address, headers=HTML).text
    assert "酱卤鸭" in page
    assert "鸭胚" not in page
    assert "保存更改" not in page
    short = client.post(f"{address}/recipe/open", data=token | {"reason": "看看"}, headers=HTML)
    assert short.status_code == 422
    assert "鸭胚" not in short.text
    opened = client.post(f"{address}/recipe/open", data=token | {"reason": "核查铅超标的原料来源"}, headers=HTML)
    assert opened.status_code == 200
    assert "鸭胚" in opened.text
    log_in("clerk")
    own = client.get(address, headers=HTML).text
    assert "查看配方" in own
    assert "核查铅超标的原料来源" in own, "the maker sees who opened its recipe and why"
    log_in("investor")
    assert client.get("/items", headers=HTML).status_code == 403


def test_facts_are_said_in_words() -> None:
    assert forms.shown("net_content", "350000000000") == "350000"
    assert forms.shown("storage", "frozen") == "冷冻"
    assert forms.shown("ready_to_eat", False) == "否"
    assert forms.shown("heating", "") == "（空）"
