"""The JSON API of items, receipts, batches and traces: the way through, bad input, strangers, regulators."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import Someone
from trace.batches import store as batches
from trace.journal import store as journal

GTIN = "09520000000011"
ITEM = {
    "name": "酱卤鸭", "gtin": GTIN, "net_content": "0.5", "net_unit": "kg", "shelf_life_days": 180, "storage": "frozen",
    "processing": "heated", "ready_to_eat": False, "usual_yield": 0.8,
}  # fmt: skip
RECEIPT = {
    "source": "base", "material": "鸭胚", "quantity": 100, "unit": "kg", "supplier": "青石鸭业合作社",
    "origin": "良溪县青石村", "received_on": "2026-11-20",
}  # fmt: skip

Post = Callable[..., Any]


class Api:
    """One person's calls; ``ok`` demands a status and gives the JSON."""

    def __init__(self, client: TestClient, who: Someone) -> None:
        self.client, self.who = client, who

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = dict(self.who.auth) | ({"Idempotency-Key": key} if key else {})
        content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        return self.client.request(method, f"/api/v1{path}", content=content, headers=headers)

    def ok(self, method: str, path: str, body: Any = None, status: int = 200, key: str = "") -> Any:
        answer = self.call(method, path, body, key)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: Any = None, status: int = 422) -> dict[str, str]:
        """Pointers and codes of a refusal, whose shape is checked."""
        answer = self.call(method, path, body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert problem["code"]
        assert problem["detail"]
        assert problem["detail_en"]
        assert all(e["detail"] and e["code"] for e in problem["errors"])
        return {e["pointer"]: e["code"] for e in problem["errors"]} | {"": problem["code"]}


@pytest.fixture
def api(client: TestClient, people: dict[str, Someone]) -> dict[str, Api]:
    return {login: Api(client, who) for login, who in people.items()}


def registered(api: dict[str, Api], lot: str = "A/1%?", **more: Any) -> dict[str, Any]:
    """A product with one batch from one raw lot, by the clerk; gives the answers by name."""
    found: dict[str, Any] = {}
    known = {i["gtin"]: i["id"] for i in api["clerk"].ok("GET", "/items?kind=product")["items"]}
    found["item"] = known.get(GTIN) or api["clerk"].ok("POST", "/items", ITEM, 201)["id"]
    found["raw"] = api["clerk"].ok("POST", "/receipts", RECEIPT, 201)
    line = {"lot_id": found["raw"]["batch_id"], "quantity": "62.5", "unit": "kg"}
    body = {"item_id": found["item"], "quantity": 100, "produced_on": "2026-11-23", "lot": lot, "inputs": [line]}
    found["batch"] = api["clerk"].ok("POST", "/batches", body | more, 201)
    found["id"] = found["batch"]["batch_id"]
    return found


def count(db: Database, table: Any) -> int:
    with db.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_way_through(api: dict[str, Api], people: dict[str, Someone]) -> None:
    clerk, safety, boss = api["clerk"], api["safety"], api["boss"]
    boss.ok("POST", "/credentials", {"kind": "sc", "number": "SC1", "valid_from": "2024-01-01"}, 201)
    assert [c["number"] for c in clerk.ok("GET", "/credentials")["items"]] == ["SC1"]
    found = registered(api)
    item, batch_id, batch = found["item"], found["id"], found["batch"]
    assert batch["uri"] == f"https://id.gs1.org/01/{GTIN}/10/A%2F1%25%3F"
    assert isinstance(batch["batch_id"], str)
    assert [w["code"] for w in found["raw"]["warnings"]] == ["paper_missing"]
    material = clerk.ok("GET", "/items?kind=material")["items"][0]["id"]
    recipe = {"lines": [{"material_id": material, "per_unit": 0.6, "unit": "kg"}]}
    assert clerk.ok("POST", f"/items/{item}/recipe", recipe, 201) == {"version": 1}
    (line,) = clerk.ok("GET", f"/items/{item}/proposal?quantity=10&produced_on=2026-11-24")["inputs"]
    assert (line["lot_id"], line["quantity"], line["unit"]) == (found["raw"]["batch_id"], "6", "KGM")
    clerk.ok("POST", f"/items/{item}/changes", ITEM | {"spec": "500 g/袋", "reason": "补规格"}, 204)
    assert clerk.ok("GET", f"/items/{item}")["spec"] == "500 g/袋"
    clerk.ok("POST", f"/lots/{found['raw']['batch_id']}/open", status=204)
    report = {"kind": "release", "number": "CC-1", "issued_on": "2026-11-24"}
    assert clerk.ok("POST", f"/batches/{batch_id}/reports", report, 201)["verdict"]
    type_test = report | {"kind": "type", "laboratory": "试验检验院", "cma": "2026001"}
    clerk.ok("POST", f"/items/{item}/reports", type_test, 201)
    clerk.ok("POST", f"/batches/{batch_id}/aliases", {"code": "渝溯源 YSY-1"}, 204)
    assert clerk.ok("POST", f"/batches/{batch_id}/completions", {}) == {"pending": []}
    corrected = {"inputs": [{"lot_id": found["raw"]["batch_id"], "quantity": "60", "unit": "kg"}], "reason": "称重更正"}
    assert clerk.ok("POST", f"/batches/{batch_id}/corrections", corrected) == {"pending": []}
    assert clerk.refused("POST", f"/batches/{batch_id}/release", {"reason": "核对无误"}, 403)[""] == "forbidden"
    said = {"conclusion": "conforms", "basis": "依据充分"}
    assert safety.refused("POST", f"/batches/{batch_id}/rulings", said | {"clause": "GB 1"})["/finding"]
    keys = [
        f["key"] for f in safety.ok("GET", f"/batches/{batch_id}/verdict")["findings"] if f["status"] == "needs_review"
    ]
    if keys:
        safety.ok("POST", f"/batches/{batch_id}/rulings", said | {"findings": keys}, 204)
    safety.ok("POST", f"/batches/{batch_id}/hold", {"reason": "等待复核"}, 204)
    safety.ok("POST", f"/batches/{batch_id}/unhold", {"reason": "复核完成"}, 204)
    safety.ok("POST", f"/batches/{batch_id}/release", {"reason": "已核对纸质记录"}, 204)
    clerk.ok("POST", f"/batches/{batch_id}/shipments", {"quantity": 10, "customer_code": "rival"}, 201)
    api["rival"].ok(
        "POST", "/receipts", {"source": "enterprise", "code": batch["short_code"], "quantity": 10, "unit": "件"}, 201
    )
    safety.ok("POST", f"/batches/{batch_id}/stop", {"reason": "包装漏气", "public_text": "包装漏气"}, 204)
    safety.ok("POST", f"/batches/{batch_id}/lift-stop", {"reason": "重新包装"}, 204)
    safety.ok("POST", f"/batches/{batch_id}/recall", {"reason": "标签错误", "notice": "公告1", "returns": "退店"}, 204)
    record = clerk.ok("GET", f"/batches/{batch_id}")
    assert (record["view"], record["lot"], record["state"]["halt"]) == ("own", "A/1%?", "recall")
    assert record["inputs"][0]["quantity"] == "60 kg"
    assert record["reports"][0]["number"] == "CC-1"
    assert {"scheme": "yusuyuan", "value": "YSY-1"} in record["aliases"]
    kinds = [h["kind"] for h in record["history"]]
    assert kinds[0] == "batch.registered"
    assert kinds[-1] == "recall.announced"
    assert all(h["at"] and h["request_id"] and h["account_id"] and h["organisation"] for h in record["history"])
    verdict = clerk.ok("GET", f"/batches/{batch_id}/verdict")
    assert verdict["notice"] == "系统比对，不是检验结论"
    assert verdict["findings"]
    (report_id,) = [r["id"] for r in record["reports"]]
    clerk.ok("POST", f"/batches/{batch_id}/reports/{report_id}/withdrawal", {"reason": "报告号写错"})
    assert clerk.ok("GET", f"/batches/{batch_id}")["reports"][0]["withdrawn"] is True
    other = registered(api, "A2")["id"]
    clerk.ok("POST", f"/batches/{other}/void", {"reason": "重复登记"}, 204)
    assert clerk.ok("GET", f"/batches/{other}")["state"]["code"] == "voided"


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        ("/batches", {}, {"/item_id", "/quantity", "/produced_on"}),
        ("/batches", [], {""}),
        ("/batches", {"item_id": 5, "quantity": "1", "produced_on": "2026-11-23"}, {"/item_id"}),
        ("/batches", {"item_id": "x", "quantity": "1", "produced_on": "2026-11-23"}, {"/item_id"}),
        ("/batches", {"item_id": "9" * 19, "quantity": "1", "produced_on": "2026-11-23"}, {"/item_id"}),
        ("/batches", {"item_id": "5", "quantity": True, "produced_on": "2026-11-23"}, {"/quantity"}),
        ("/batches", {"item_id": "5", "quantity": {}, "produced_on": None}, {"/quantity", "/produced_on"}),
        ("/batches", {"item_id": "5", "quantity": "1", "produced_on": "x", "lots": "typo"}, {"/lots"}),
        ("/batches", {"item_id": "5", "quantity": "1", "produced_on": "x", "inputs": [{"unit": "kg"}]},
         {"/inputs/0/quantity"}),
        ("/batches", {"item_id": "5", "quantity": "1", "produced_on": "x", "inputs": {}}, {"/inputs"}),
        ("/batches/bulk", {"batches": []}, {"/batches"}),
        ("/receipts", {"source": "base"}, {"/quantity", "/unit"}),
        ("/receipts", RECEIPT | {"quantity": 1e400}, {"/quantity"}),
        ("/receipts", RECEIPT | {"quantity": float("nan")}, {"/quantity"}),
        ("/receipts", RECEIPT | {"quantity": 1e-9}, {"/quantity"}),
        ("/receipts", RECEIPT | {"quantity": 10**40}, {"/quantity"}),
        ("/receipts", RECEIPT | {"unit": "x" * 2001}, {"/unit"}),
        ("/receipts", RECEIPT | {"lot": "批\x01"}, {"/lot"}),
        ("/receipts", RECEIPT | {"documents": [{"kind": "photo", "attachment_id": 7}]}, {"/documents/0/attachment_id"}),
        ("/items", {"name": "鸭", "gtin": GTIN[:-1] + "9"}, {"/gtin", "/storage", "/processing", "/ready_to_eat"}),
        ("/items/5/recipe", {"lines": [{"material_id": "a", "per_unit": "1", "unit": "g"}]}, {"/lines/0/material_id"}),
        ("/credentials", {"kind": "sc"}, {"/number", "/valid_from"}),
    ],
)  # fmt: skip
def test_bad_input_is_a_problem_with_pointers(
    api: dict[str, Api], path: str, body: Any, pointers: set[str], db: Database
) -> None:
    before = count(db, journal.act)
    assert set(api["clerk"].refused("POST", path, body)) | {""} == pointers | {""}
    assert count(db, journal.act) == before


def test_what_is_no_json_is_400(api: dict[str, Api]) -> None:
    for body in (b"{", b'{"a": 1,}', b"\xff\xfe", b"1" * 5000):
        assert api["clerk"].call("POST", "/batches", body).status_code in (400, 422)


def test_a_json_number_is_the_amount_it_says(api: dict[str, Api]) -> None:
    for number, shown in (
        (0.1, "0.1 kg"),
        (1e-06, "0.000001 kg"),
        (1e5, "100000 kg"),
        (12345678.123456, "12345678.123456 kg"),
    ):
        made = api["clerk"].ok("POST", "/receipts", RECEIPT | {"quantity": number}, 201)
        assert api["clerk"].ok("GET", f"/batches/{made['batch_id']}")["quantity"] == shown


class TestSentAgain:
    def test_gives_the_first_answer_and_does_nothing(self, api: dict[str, Api], db: Database) -> None:
        found = registered(api)
        body = {"item_id": found["item"], "quantity": 1, "produced_on": "2026-11-23"}
        first = api["clerk"].call("POST", "/batches", body, "key-1")
        rows = count(db, journal.event)
        again = api["clerk"].call("POST", "/batches", body, "key-1")
        assert (again.status_code, again.text) == (201, first.text)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert count(db, journal.event) == rows
        other = api["clerk"].call("POST", "/batches", body | {"quantity": 2}, "key-1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        theirs = api["safety"].call("POST", "/batches", body, "key-1")
        assert theirs.json()["batch_id"] != first.json()["batch_id"], "a key belongs to its account"

    def test_a_refusal_may_be_mended_under_the_same_key(self, api: dict[str, Api]) -> None:
        found = registered(api)
        body = {"item_id": found["item"], "quantity": 0, "produced_on": "2026-11-23"}
        assert api["clerk"].call("POST", "/batches", body, "key-2").status_code == 422
        assert api["clerk"].call("POST", "/batches", body | {"quantity": 1}, "key-2").status_code == 201

    def test_a_report_is_filed_once(self, api: dict[str, Api]) -> None:
        batch = registered(api)["id"]
        report = {"kind": "release", "number": "CC-1", "issued_on": "2026-11-24"}
        for _ in range(2):
            api["clerk"].ok("POST", f"/batches/{batch}/reports", report, 201, key="r1")
        assert len(api["clerk"].ok("GET", f"/batches/{batch}")["reports"]) == 1


class TestBulk:
    def rows(self, item: str, n: int) -> list[dict[str, Any]]:
        return [{"item_id": item, "quantity": 1, "produced_on": "2026-11-23", "lot": f"B{i}"} for i in range(n)]

    def test_all(self, api: dict[str, Api]) -> None:
        item = registered(api)["item"]
        done = api["clerk"].ok("POST", "/batches/bulk", {"batches": self.rows(item, 5)}, 201)["items"]
        assert [d["lot"] for d in done] == [f"B{i}" for i in range(5)]

    def test_or_none_with_every_row_that_is_wrong(self, api: dict[str, Api], db: Database) -> None:
        item = registered(api)["item"]
        before = count(db, batches.batch), count(db, journal.identifier), count(db, journal.act)
        rows = self.rows(item, 6)
        rows[1]["quantity"] = "x"
        rows[3]["lot"] = "B2"
        rows[4]["item_id"] = "5"
        rows[5]["inputs"] = [{"material": "新料", "quantity": "1", "unit": "kg"}]
        answer = api["clerk"].call("POST", "/batches/bulk", {"batches": rows})
        assert answer.status_code == 422
        errors = {e["pointer"]: e for e in answer.json()["errors"]}
        assert {p: e["code"] for p, e in errors.items()} == {
            "/batches/1/quantity": "not_a_quantity", "/batches/3/lot": "duplicate_lot", "/batches/4": "not_found",
            "/batches/5/inputs/0/lot": "required",
        }  # fmt: skip
        assert errors["/batches/3/lot"]["detail"].startswith("第 4 行")
        assert (count(db, batches.batch), count(db, journal.identifier), count(db, journal.act)) == before


READS = ("/batches/{id}", "/batches/{id}/verdict", "/trace/{id}", "/items/{item}", "/items/{item}/proposal?quantity=1")
ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/batches/{id}/release", {"reason": "核对无误"}), ("/batches/{id}/hold", {"reason": "核对无误"}),
    ("/batches/{id}/unhold", {"reason": "核对无误"}), ("/batches/{id}/stop", {"reason": "核对无误"}),
    ("/batches/{id}/lift-stop", {"reason": "核对无误"}), ("/batches/{id}/void", {"reason": "核对无误"}),
    ("/batches/{id}/completions", {}), ("/batches/{id}/corrections", {"inputs": [], "reason": "核对无误"}),
    ("/batches/{id}/reports", {"kind": "release", "number": "1", "issued_on": "2026-11-24"}),
    ("/batches/{id}/reports/5/withdrawal", {"reason": "核对无误"}),
    ("/batches/{id}/rulings", {"clause": "1", "conclusion": "conforms", "basis": "依据充分"}),
    ("/batches/{id}/recall", {"reason": "核对无误", "notice": "1", "returns": "1"}),
    ("/batches/{id}/aliases", {"code": "ABC"}), ("/batches/{id}/shipments", {"quantity": 1, "customer": "某店"}),
    ("/lots/{id}/open", {}), ("/items/{item}/changes", ITEM | {"reason": "改"}), ("/items/{item}/recipe", {"lines": []}),
    ("/items/{item}/reports", {"kind": "type", "number": "1", "issued_on": "2026-11-24", "laboratory": "x", "cma": "1"}),
    ("/items/{item}/recipe-views", {"reason": "想看配方"}),
)  # fmt: skip


def test_strangers_find_nothing_and_learn_nothing(api: dict[str, Api], db: Database) -> None:
    found = registered(api)
    before = count(db, journal.act), count(db, journal.event)
    for path in READS:
        there = api["rival"].call("GET", path.format(**found))
        nowhere = api["rival"].call("GET", path.format(id="250000000000000000", item="5"))
        assert there.status_code == nowhere.status_code == 404, path
        assert there.json()["detail"] == nowhere.json()["detail"], path
    for path, body in ACTS:
        there = api["rival"].call("POST", path.format(**found), body)
        nowhere = api["rival"].call("POST", path.format(id="250000000000000000", item="5"), body)
        assert there.status_code == nowhere.status_code == 404, (path, there.text)
        assert there.json()["detail"] == nowhere.json()["detail"], path
    assert (count(db, journal.act), count(db, journal.event)) == before
    assert api["rival"].ok("GET", "/batches")["items"] == []
    assert api["rival"].ok("GET", "/items")["items"] == []


def test_a_customer_sees_the_hand_over_and_no_more(api: dict[str, Api]) -> None:
    found = registered(api)
    api["safety"].ok("POST", f"/batches/{found['id']}/release", {"reason": "已核对纸质记录"}, 204)
    taken = {"source": "enterprise", "code": found["batch"]["uri"], "quantity": 4, "unit": "件"}
    api["rival"].ok("POST", "/receipts", taken, 201)
    seen = api["rival"].ok("GET", f"/batches/{found['id']}")
    assert seen["view"] == "partner"
    assert not {"inputs", "quantity", "reports", "verdict", "findings", "history", "aliases"} & set(seen)
    assert [h["quantity"] for h in seen["counterparty"]] == ["4 件"]
    api["rival"].refused("GET", f"/batches/{found['id']}/verdict", status=404)
    trace = api["rival"].ok("GET", f"/trace/{found['id']}")
    (root, raw) = sorted(trace["nodes"], key=lambda n: n.get("hidden", False))
    assert (root["lot"], root["verdict"]) == ("A/1%?", "")
    assert raw == {"uri": None, "stage": "", "state": "released", "hidden": True}
    assert [(e["quantity"], e["share"], e["from"]) for e in trace["edges"]] == [(None, None, None)]
    assert "鸭胚" not in json.dumps(trace, ensure_ascii=False)
    api["rival"].refused("GET", f"/batches/{found['raw']['batch_id']}", status=404)
    api["rival"].refused("GET", f"/trace/{found['raw']['batch_id']}", status=404)


def test_a_regulator_sees_the_record_without_the_recipe(api: dict[str, Api]) -> None:
    found = registered(api)
    officer, item = api["officer"], found["item"]
    record = officer.ok("GET", f"/batches/{found['id']}")
    assert record["view"] == "regulator"
    assert [i["name"] for i in record["inputs"]] == ["鸭胚"]
    assert all("quantity" not in i and "basis" not in i for i in record["inputs"])
    trace = officer.ok("GET", f"/trace/{found['id']}")
    assert [n.get("name") for n in trace["nodes"]] == ["酱卤鸭", "鸭胚"]
    assert [(e["quantity"], e["share"]) for e in trace["edges"]] == [(None, None)]
    assert len(officer.ok("GET", "/batches")["items"]) == 2
    material = api["clerk"].ok("GET", "/items?kind=material")["items"][0]["id"]
    lines = {"lines": [{"material_id": material, "per_unit": "0.6", "unit": "kg"}]}
    api["clerk"].ok("POST", f"/items/{item}/recipe", lines, 201)
    assert "recipe" not in officer.ok("GET", f"/items/{item}")
    assert officer.refused("POST", f"/items/{item}/recipe-views", {"reason": "看"}, 403)[""] == "forbidden"
    opened = officer.ok("POST", f"/items/{item}/recipe-views", {"reason": "核查超范围使用添加剂"})
    assert [(r["material"], r["per_unit"]) for r in opened["recipe"]] == [("鸭胚", "0.6")]


def test_opening_a_recipe_is_recorded(api: dict[str, Api], db: Database, people: dict[str, Someone]) -> None:
    item = registered(api)["item"]
    api["clerk"].ok("POST", f"/items/{item}/recipe-views", {})
    api["officer"].ok("POST", f"/items/{item}/recipe-views", {"reason": "核查超范围使用添加剂"})
    with db.read() as conn:
        (act,) = journal.acts_of(conn, int(item), ("recipe.viewed",))
    assert (act.reason, act.actor_id) == ("核查超范围使用添加剂", people["officer"].actor.account_id)


class TestTraceByIdentifier:
    @pytest.mark.parametrize(
        "lot", ["A/1%?", "100%", "A?b=c", "A/B/C", "%2F", "A+B", "a&b=c", "%25", "x/api/v1/trace/"]
    )
    def test_any_form_of_the_code(self, api: dict[str, Api], lot: str) -> None:
        found = registered(api, lot)
        uri = found["batch"]["uri"]
        assert uri == f"https://id.gs1.org/01/{GTIN}/10/{quote(lot, safe='')}"
        forms = [
            found["id"], uri, quote(uri, safe=""), f"01/{GTIN}/10/{quote(lot, safe='')}", found["batch"]["short_code"],
            quote(f"(01){GTIN}(10){lot}", safe=""), f"http://testserver/01/{GTIN}/10/{quote(lot, safe='')}",
        ]  # fmt: skip
        for form in forms:
            answer = api["clerk"].ok("GET", f"/trace/{form}?direction=up")
            assert answer["root"] == uri, form
            assert len(answer["nodes"]) == 2

    @pytest.mark.parametrize(
        "path", ["nothing", "%01", "%ff%fe", "https:%2F%2Fid.gs1.org%2F01%2F1", "01/%%%", "0" * 19, "9" * 19, "%2e%2e"]
    )
    def test_what_names_no_lot_is_not_found(self, api: dict[str, Api], path: str) -> None:
        assert api["clerk"].refused("GET", f"/trace/{path}", status=404)[""] == "not_found"

    def test_directions(self, api: dict[str, Api]) -> None:
        found = registered(api)
        for way, size in (("up", 2), ("down", 1), ("both", 2)):
            assert len(api["clerk"].ok("GET", f"/trace/{found['id']}?direction={way}")["nodes"]) == size
        assert api["clerk"].call("GET", f"/trace/{found['id']}?direction=sideways").status_code == 422

    def test_a_shared_certificate_leads_everyone_to_the_own_lot(self, api: dict[str, Api]) -> None:
        lots = {
            who: api[who].ok("POST", "/receipts", RECEIPT | {"code": "HGZ-7"}, 201)["uri"] for who in ("clerk", "rival")
        }
        for who, uri in lots.items():
            assert api[who].ok("GET", "/trace/HGZ-7")["root"] == uri


def test_pages_of_a_list(api: dict[str, Api]) -> None:
    item = api["clerk"].ok("POST", "/items", ITEM, 201)["id"]
    rows = [{"item_id": item, "quantity": 1, "produced_on": "2026-11-23", "lot": f"P{n}"} for n in range(7)]
    api["clerk"].ok("POST", "/batches/bulk", {"batches": rows}, 201)
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        page = api["clerk"].ok("GET", f"/batches?limit=3&cursor={cursor}")
        seen += [b["lot"] for b in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"P{n}" for n in reversed(range(7))]
    assert [b["lot"] for b in api["clerk"].ok("GET", "/batches?q=P3")["items"]] == ["P3"]
    assert api["clerk"].ok("GET", "/batches?q=%25")["items"] == []
    assert api["clerk"].ok("GET", "/batches?q=P_")["items"] == []
    assert len(api["clerk"].ok("GET", "/batches?attention=true&limit=200")["items"]) == 7
    assert api["clerk"].ok("GET", "/batches?state=released")["items"] == []
    for bad in ("limit=0", "limit=201", "cursor=abc", "limit=x"):
        assert api["clerk"].call("GET", f"/batches?{bad}").status_code == 422
    assert api["clerk"].ok("GET", "/batches?cursor=99999999999999999999")["items"]


def test_files(api: dict[str, Api], client: TestClient, people: dict[str, Someone]) -> None:
    def send(content: bytes) -> Any:
        return client.post("/api/v1/files", files={"file": ("照片.png", content)}, headers=people["clerk"].auth)

    png = b"\x89PNG\r\n\x1a\n" + b"0" * 100
    first = send(png)
    assert first.status_code == 201
    assert send(png).json() == first.json(), "the same bytes are kept once"
    assert send(b"MZ\x90").status_code == 422
    assert send(b"").status_code == 422
    paper = {"documents": [{"kind": "photo", "attachment_id": first.json()["id"]}]}
    api["clerk"].ok("POST", "/receipts", RECEIPT | paper, 201)
    assert api["rival"].refused("POST", "/receipts", RECEIPT | paper)["/documents/0/attachment_id"] == "unknown_file"
