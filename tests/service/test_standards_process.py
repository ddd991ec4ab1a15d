"""Records, labels, temperatures and the rest over HTTP: described, taken, judged, refused by name."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from service.standards.schema import SCHEMA

T = "2026-10-01T08:00:00+08:00"
FULL: dict[str, Any] = {
    "product": {"name": "卤鸭", "category": "肉制品-酱卤肉制品", "shelf_life_days": 90, "storage": "冷藏"},
    "produced_on": "2026-10-01",
    "lot": "L1",
    "records": [
        {"kind": "关键控制点监控记录", "fields": {"监控点位": "卤锅", "监控频次": "每锅", "监控指标": "中心温度"}}
    ],
    "documents": [{"kind": "供货者营业执照", "number": "Y1", "valid_to": "2026-09-30"}],
    "label": {"edition": "2025", "claims": ["零添加防腐剂"], "fields": {"食品名称": "卤鸭"}, "lot": "L2"},
    "temperatures": [{"what": "烧熟中心温度", "readings": [{"at": T, "celsius": "69"}]}],
    "events": [{"what": "末次用药", "of": "恩诺沙星", "at": T}],
    "intervals": [{"what": "休药期", "of": "恩诺沙星", "days": 7}],
    "recall": {"level": "一级", "known_at": T, "started_at": "2026-10-02T09:00:00+08:00"},
    "lineage": [{"lot": "L1", "inputs": ["Y7"]}, {"lot": "Y7", "origin": "田", "documents": ["动物检疫合格证明"]}],
}


def post(client: TestClient, body: dict[str, Any]) -> Any:
    return client.post("/api/v1/standards/evaluate", json=body)


def test_every_member_is_taken_and_judged(client: TestClient) -> None:
    answer = post(client, FULL)
    assert answer.status_code == 200
    told = {f["clause_id"]: f["status"] for f in answer.json()["findings"]}
    assert {
        "GMP-01": "insufficient_evidence",
        "SUP-01-2": "fail",
        "LBL-08": "fail",
        "LBL-15-1": "fail",
        "CAT-02": "fail",
        "VD-WD": "insufficient_evidence",
        "RCL-1-1": "fail",
        "REC-12": "pass",
        "LIN-02": "pass",
    }.items() <= told.items()
    assert answer.json()["verdict"] == "fail"
    assert all(f["reason"] and f["evidence"] and f["source"] for f in answer.json()["findings"] if f["clause_id"])


def test_the_description_names_every_member(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]["/api/v1/standards/evaluate"]["post"]["requestBody"]
    properties = described["content"]["application/json"]["schema"]["properties"]
    assert properties.keys() == SCHEMA["properties"].keys() >= FULL.keys()
    assert set(FULL["label"]) <= set(properties["label"]["properties"])
    assert set(FULL["recall"]) <= set(properties["recall"]["properties"])


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"temperatures": [{"what": "车厢温度", "readings": [{"at": "2026-10-01T08:00:00", "celsius": "1"}]}]},
        "/temperatures/0/readings/0/at",
    ),
    ({"records": [{"kind": "没有的记录"}]}, "/records/0/kind"),
    ({"label": {"edition": "2018"}}, "/label/edition"),
]


def test_a_wrong_member_is_refused_by_name(client: TestClient) -> None:
    for change, pointer in WRONG:
        answer = post(client, FULL | change)
        assert answer.status_code == 422
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_the_page_of_a_clause_says_what_it_asks(client: TestClient) -> None:
    for clause in ("CC-05", "LBL-05", "REC-01", "CAT-05-2", "NUT-04", "RCL-1-2", "LIN-01", "HG-01-1", "ADD-MIX"):
        page = client.get(f"/standards/clauses/{clause}", headers={"Accept": "text/html"})
        told = client.get(f"/api/v1/standards/clauses/{clause}").json()
        assert page.status_code == 200
        assert all(part["label"] in page.text for part in told["asks"])
        assert told["asks"] or clause in ("LIN-01", "ADD-MIX")
