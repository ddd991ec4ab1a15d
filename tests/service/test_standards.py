"""The standards room over HTTP: what is in force, coverage, one clause, 待核, 试判, evaluate and its refusals."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from trace.standards import load_book
from trace.standards.clauses import STAGES

HTML = {"Accept": "text/html"}
BEEF = {"name": "卤牛肉", "category": "肉制品-酱卤肉制品", "ready_to_eat": True, "prepackaged": True}


def evaluate(client: TestClient, **body: Any) -> Any:
    return client.post("/api/v1/standards/evaluate", json={"product": BEEF, "produced_on": "2026-10-01", **body})


def test_evaluate_says_clause_value_limit_and_why(client: TestClient) -> None:
    answer = evaluate(client, measurements=[{"parameter": "铅", "values": ["0.31"], "unit": "mg/kg"}])
    assert answer.status_code == 200
    told = answer.json()
    assert (told["verdict"], told["notice"]) == ("fail", "系统比对，不是检验结论")
    (finding,) = [f for f in told["findings"] if f.get("measurement") == 0]
    assert (finding["clause_id"], finding["status"], finding["limit"]) == ("PB-07-3", "fail", "≤0.3 mg/kg")
    assert "0.31" in finding["reason"]
    assert told["rulebook"] == load_book().version


@pytest.mark.parametrize(
    ("row", "pointer"),
    [
        ({"parameter": "铅", "values": ["0.1"], "unit": "斤"}, "/measurements/0/unit"),
        ({"parameter": "铅", "values": ["0.1"]}, "/measurements/0/unit"),
        ({"parameter": "铅", "values": ["-0.1"], "unit": "mg/kg"}, "/measurements/0/values/0"),
        ({"parameter": "铅", "values": ["很多"], "unit": "mg/kg"}, "/measurements/0/values/0"),
        ({"parameter": "铅", "values": [], "unit": "mg/kg"}, "/measurements/0/values"),
        ({"parameter": "pH", "values": ["15"], "unit": "pH"}, "/measurements/0/values/0"),
        ({"parameter": "铅", "values": [None], "unit": "mg/kg"}, "/measurements/0/values/0"),
        ({"parameter": "铅", "values": ["2000000"], "unit": "mg/kg"}, "/measurements/0/values/0"),
    ],
)
def test_evaluate_names_the_wrong_field(client: TestClient, row: dict[str, Any], pointer: str) -> None:
    answer = evaluate(client, measurements=[row])
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert all(any("一" <= sign <= "鿿" for sign in error["detail"]) for error in answer.json()["errors"])


def test_evaluate_refuses_the_future_and_too_much(client: TestClient) -> None:
    late = client.post("/api/v1/standards/evaluate", json={"product": BEEF, "produced_on": "2027-01-01"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/produced_on")
    many = evaluate(client, measurements=[{"parameter": "铅", "values": ["0.1"], "unit": "mg/kg"}] * 1001)
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (422, "/measurements")


def test_a_thousand_measurements_are_judged(client: TestClient) -> None:
    answer = evaluate(client, measurements=[{"parameter": "铅", "values": ["0.1"], "unit": "mg/kg"}] * 1000)
    assert answer.status_code == 200
    assert sum(f.get("measurement") is not None for f in answer.json()["findings"]) == 1000


@pytest.mark.parametrize(
    "ten_to_the_fifth", ["10^5", "10⁵", "1×10^5", "1.0×10⁵", "1E5", "１０００００", "1*10^5", "100000"]
)
def test_ten_to_the_fifth_written_many_ways(client: TestClient, ten_to_the_fifth: str) -> None:
    rows = [{"parameter": "菌落总数", "values": [ten_to_the_fifth] * 5, "unit": "CFU/g"}]
    (finding,) = [f for f in evaluate(client, measurements=rows).json()["findings"] if f.get("measurement") == 0]
    assert (finding["status"], finding["clause_id"]) == ("fail", "2726-APC")
    assert "5 件" in finding["reason"]


def test_standing_lists_clauses_with_their_sources(client: TestClient) -> None:
    answer = client.get("/api/v1/standards", params={"on": "2026-10-01", "stage": "加", "category": "熟肉制品"})
    told = answer.json()
    clauses = {clause["id"]: clause for one in told["items"] for clause in one["clauses"]}
    assert {"PB-07-3", "2726-APC", "ADD-SORB-01"} <= clauses.keys()
    assert clauses["PB-07-3"]["source_text"] == "标准原文"
    assert client.get("/api/v1/standards", params={"category": "不存在的类别"}).status_code == 422
    assert client.get("/api/v1/standards", params={"stage": "天"}).status_code == 422
    assert client.get("/api/v1/standards", params={"on": "明天"}).status_code == 422


def test_one_clause_and_an_unknown_one(client: TestClient) -> None:
    assert client.get("/api/v1/standards/clauses/PB-07-3").json()["limit"] == "≤0.3 mg/kg"
    assert client.get("/api/v1/standards/clauses/NOPE").status_code == 404
    assert client.get("/standards/clauses/PB-07-3", headers=HTML).status_code == 200
    assert client.get("/standards/clauses/NOPE", headers=HTML).status_code == 404


def test_every_standard_and_every_clause_has_its_page(client: TestClient) -> None:
    for standard in load_book().standards:
        page = client.get(f"/standards/{standard.file.removesuffix('.yaml').removesuffix('-' + standard.edition)}")
        assert page.status_code == 200, standard.file
    for clause in list(load_book().clauses.values())[::25]:
        page = client.get(f"/standards/clauses/{clause.id}", headers=HTML)
        assert page.status_code == 200, clause.id
        assert clause.id in page.text


def test_coverage_counts_every_stage_and_class(client: TestClient) -> None:
    page = client.get("/standards/coverage", params={"on": "2026-10-01"}, headers=HTML)
    assert page.status_code == 200
    for stage in STAGES.values():
        assert stage in page.text
    for name in ("各类食品", "肉及肉制品", "水产动物及其制品"):
        assert name in page.text
    wrong = client.get("/standards/coverage", params={"on": "明天"}, headers=HTML)
    assert wrong.status_code == 422
    assert "不是日期" in wrong.text


def test_to_verify_names_what_is_unknown_and_who_closes_it(client: TestClient) -> None:
    page = client.get("/standards/to-verify", headers=HTML)
    assert "PB-2022" in page.text
    assert "取得 GB 2762-2022" in page.text


def test_trying_out_shows_findings_and_keeps_what_was_typed(client: TestClient) -> None:
    form = {
        "name": "卤牛肉", "category": "肉制品-酱卤肉制品", "produced_on": "2026-10-01",
        "parameter.0": "铅", "values.0": "0.31", "unit.0": "mg/kg", "lod.0": "",
    }  # fmt: skip
    done = client.post("/standards/try", data=form, headers=HTML)
    assert done.status_code == 200
    assert "比对不符合" in done.text
    assert "系统比对，不是检验结论" in done.text
    wrong = client.post("/standards/try", data=form | {"values.0": "很多"}, headers=HTML)
    assert wrong.status_code == 422
    assert 'value="很多"' in wrong.text
    more = client.post("/standards/try", data=form | {"more": "1"}, headers=HTML)
    assert more.text.count("data-row") > done.text.count("data-row")


def test_a_member_given_twice_is_refused(client: TestClient) -> None:
    """JSON keeps the last: the first, failing result would be gone without a word."""
    row = '{"parameter": "铅", "values": ["0.9"], "values": ["0.1"], "unit": "mg/kg"}'
    body = f'{{"product": {{"name": "卤鸭"}}, "produced_on": "2026-10-01", "measurements": [{row}]}}'
    answer = client.post("/api/v1/standards/evaluate", content=body.encode())
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "repeated_key")
    assert "values" in answer.json()["errors"][0]["detail"]
