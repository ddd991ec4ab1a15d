"""Experts sign clauses off from the page and over the API; a food-safety officer classifies a product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import Someone
from tests.fixtures.rulebooks import LEAD
from tests.fixtures.scanning import District, settle
from trace.standards import load_book

HTML = {"Accept": "text/html"}
DOUBTED = min(c.id for c in load_book().clauses.values() if c.confidence == "M" and not c.unknown)
UNKNOWN = min(c.id for c in load_book().clauses.values() if c.unknown)
Log = Callable[..., str]


def test_a_sign_off_from_the_clauses_page(client: TestClient, log_in: Log, people: dict[str, Someone]) -> None:
    at = f"/standards/clauses/{DOUBTED}"
    assert "未核：还没有专家" in client.get(at, headers=HTML).text
    assert "审签这一条</button>" not in client.get(at, headers=HTML).text
    token = log_in("expert")
    page = client.get(at, headers=HTML).text
    digest = page.split('name="digest" value="')[1].split('"')[0]
    values = {"csrf_token": token, "digest": digest, "document": "GB 标准原文", "page": "", "remark": "数值与原文一致"}
    refused = client.post(f"{at}/signoff", data=values, headers=HTML)
    assert refused.status_code == 422
    assert "页码或条号" in refused.text
    assert "数值与原文一致</textarea>" in refused.text, "what was typed is still there"
    done = client.post(f"{at}/signoff", data=values | {"page": "第 5 页 表 2"}, headers=HTML)
    assert (done.status_code, done.headers["location"]) == (303, f"{at}#signoff"), done.text
    page = client.get(at, headers=HTML).text
    assert "已审签，待发布生效" in page
    assert "试验检验院 · expert" in page
    listed = client.get("/standards/to-verify", headers=HTML).text
    assert "已审签，待发布" in listed
    assert "第 5 页 表 2" in listed
    log_in("clerk")
    page = client.get(at, headers=HTML).text
    assert "试验检验院" in page
    assert "· expert" not in page, "log-ins stay inside"
    assert "撤回审签</button>" not in page
    again = {"csrf_token": log_in("expert"), "reason": "页码抄错"}
    assert client.post(f"{at}/signoff/withdraw", data=again | {"reason": ""}, headers=HTML).status_code == 422
    assert client.post(f"{at}/signoff/withdraw", data=again, headers=HTML).status_code == 303
    page = client.get(at, headers=HTML).text
    assert "未核：还没有专家" in page
    assert "审签记录 2 条" in page
    assert "补上数值后才能审签" in client.get(f"/standards/clauses/{UNKNOWN}", headers=HTML).text


def test_sign_offs_over_the_api(client: TestClient, people: dict[str, Someone]) -> None:
    at = f"/api/v1/standards/clauses/{LEAD}/signoff"
    body = {"document": "GB 2762-2025", "page": "表 1", "remark": "限量与原文一致"}
    expert = people["expert"].auth
    for login in ("operator", "officer", "safety"):
        assert client.post(at, json=body, headers=people[login].auth).status_code == 403
    assert client.post(at, json=body | {"digest": "sha256:old"}, headers=expert).status_code == 422
    assert client.post(at, json=body, headers=expert).status_code == 201
    assert client.post(at, json=body, headers=expert).json()["code"] == "already_signed"
    (one,) = client.get("/api/v1/standards/signoffs").json()["items"]
    assert (one["clause_id"], one["by"]) == (LEAD, "试验检验院")
    tried = client.get("/api/v1/rulebooks/candidate", headers=people["operator"].auth).json()
    assert tried["signoffs"] == 1
    made = client.post("/api/v1/rulebooks", json={"reason": "审签一条", "digest": tried["digest"]},
                       headers=people["operator"].auth)  # fmt: skip
    assert made.status_code == 201, made.text
    (one,) = client.get("/api/v1/standards/signoffs").json()["items"]
    assert one["state"] == "published"
    clause = client.get(f"/api/v1/standards/clauses/{LEAD}").json()
    assert "P" in str(clause["source"])
    assert client.post(f"{at}/withdrawal", json={"reason": "原文有勘误"}, headers=expert).status_code == 201
    assert client.post(f"{at}/withdrawal", json={"reason": "原文有勘误"}, headers=expert).status_code == 404
    nowhere = client.post("/api/v1/standards/clauses/none/signoff", json=body, headers=expert)
    assert nowhere.status_code == 404


@pytest.fixture
def district(db: Database, people: dict[str, Someone]) -> District:
    return settle(db, people)


def test_a_product_is_classified_from_its_page(
    client: TestClient, district: District, log_in: Log, people: dict[str, Someone]
) -> None:
    at = f"/items/{district.item}"
    log_in("clerk")
    assert "裁定归类" not in client.get(at, headers=HTML).text
    values: dict[str, Any] = {
        "csrf_token": log_in("safety"),
        "category": "月球食品",
        "premade": "yes",
        "basis": "配料核对",
    }
    refused = client.post(f"{at}/classification", data=values, headers=HTML)
    assert refused.status_code == 422
    assert "类别树中没有“月球食品”" in refused.text
    done = client.post(f"{at}/classification", data=values | {"category": "肉制品-酱卤肉制品"}, headers=HTML)
    assert done.status_code == 303, done.text
    page = client.get(at, headers=HTML).text
    assert "是预制菜" in page
    assert "测试safety" in page
    told = client.get(f"/api/v1/batches/{district.batch.batch_id}/verdict", headers=people["clerk"].auth).json()
    assert told["product"]["overruled"]["who"] == "山城试验食品厂 · safety"
    assert "account_id" not in told["product"]["overruled"]
    assert told["history"][0]["cause_text"] == "产品归类有变动"
    shown = client.get(f"/batches/{district.batch.batch_id}", headers=HTML).text
    assert "食品安全员已裁定归类" in shown
    api = f"/api/v1{at}/classification"
    assert client.post(api, json={"basis": "按自动归类"}, headers=people["clerk"].auth).status_code == 403
    assert client.post(api, json={"basis": "按自动归类"}, headers=people["rival"].auth).status_code == 404
    assert client.post(api, json={"basis": "按自动归类"}, headers=people["safety"].auth).status_code == 201
