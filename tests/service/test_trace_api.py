"""The trace over HTTP, whole, grouped and streamed, as each role gets it; and the record checks."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.people import Someone
from tests.fixtures.statements import statements
from tests.service.test_api_batches import GTIN, RECEIPT, Api, api, registered
from trace.genealogy import commands

__all__ = ["api"]
STREAM = {"Accept": "application/x-ndjson"}


def chain(api: dict[str, Api]) -> dict[str, Any]:
    """Duck → dish (maker) → sold to rival → box (rival)."""
    found = registered(api)
    api["safety"].ok("POST", f"/batches/{found['id']}/release", {"reason": "已核对纸质记录"}, 204)
    taken = {
        "source": "enterprise",
        "code": found["batch"]["uri"],
        "quantity": 40,
        "unit": "件",
        "supplier_code": "maker",
    }
    api["rival"].ok("POST", "/receipts", taken, 201)
    item = {"name": "秘制鸭饭", "net_content": "0.5", "net_unit": "kg", "shelf_life_days": 3, "storage": "chilled",
            "processing": "heated", "ready_to_eat": False}  # fmt: skip
    made = api["rival"].ok("POST", "/items", item, 201)["id"]
    lines = [{"lot_id": found["id"], "quantity": 10, "unit": "件"}]
    body = {"item_id": made, "quantity": 20, "produced_on": "2026-11-24", "inputs": lines}
    found["box"] = api["rival"].ok("POST", "/batches", body, 201)["batch_id"]
    return found


def lines(api: Api, path: str) -> list[dict[str, Any]]:
    answer = api.client.get(f"/api/v1{path}", headers=api.who.auth | STREAM)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    told = [json.loads(one) for one in answer.text.splitlines()]
    assert told[-1]["type"] == "end"
    assert told[-1]["nodes"] == sum(1 for one in told if one["type"] == "node")
    return told[:-1]


def test_nodes_say_who_has_it_where_and_since_when(api: dict[str, Api]) -> None:
    found = chain(api)
    told = api["officer"].ok("GET", f"/trace/{found['raw']['batch_id']}?direction=down&shares=1")
    nodes = {n["id"]: n for n in told["nodes"]}
    raw, dish, box = nodes[found["raw"]["batch_id"]], nodes[found["id"]], nodes[found["box"]]
    assert [(h["name"], h["quantity"]) for h in dish["holders"]] == [
        ("山城试验食品厂", "100 件"),
        ("邻县试验食品厂", "30 件"),
    ]
    assert [(h["from"], h["to"], h["reported"]) for h in dish["handovers"]] == [
        ("山城试验食品厂", "邻县试验食品厂", "received")
    ]
    assert dish["released_at"].startswith("2026-11-24T")
    assert (raw["end"], dish["end"], box["end"]) == ("start", "", "stock")
    assert (raw["share"]["part"], dish["share"]["part"], box["share"]["text"]) == (1.0, 1.0, "100.0%")
    assert "混合均匀" in told["assumption"]
    assert [(b["code"], b["uri"]) for b in told["breaks"]] == [("one_sided", dish["uri"])]
    places = [(e["from_node"], e["to_node"]) for e in told["edges"]]
    assert places == [(0, 1), (1, 2)]
    assert [told["nodes"][a]["uri"] for a, _ in places] == [e["from"] for e in told["edges"]]


def test_json_is_cut_at_its_limit_and_says_so_but_streams_and_groups_are_not(
    api: dict[str, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = chain(api)
    monkeypatch.setattr(commands.lots_of, "__defaults__", (2,))
    monkeypatch.setattr(commands.trace, "__defaults__", (2,))
    root = found["raw"]["batch_id"]
    told = api["officer"].ok("GET", f"/trace/{root}?direction=down")
    assert (len(told["nodes"]), told["truncated"]) == (2, True)
    assert len(lines(api["officer"], f"/trace/{root}?direction=down")) == 3
    grouped = api["officer"].ok("GET", f"/trace/{root}?direction=down&group=item")
    assert (grouped["lots"], grouped["truncated"]) == (3, False)


def test_a_stream_and_the_json_tell_the_same(api: dict[str, Api]) -> None:
    found = chain(api)
    same = (
        "id",
        "uri",
        "name",
        "lot",
        "maker",
        "place",
        "stage",
        "state",
        "halt",
        "verdict",
        "produced_on",
        "best_before",
    )
    for login, root in (("officer", found["id"]), ("clerk", found["id"]), ("rival", found["box"])):
        for way in ("up", "down", "both"):
            whole = api[login].ok("GET", f"/trace/{root}?direction={way}")
            streamed = lines(api[login], f"/trace/{root}?direction={way}&edges=1")
            nodes = [n for n in streamed if n["type"] == "node"]
            shown = {n["id"]: n for n in nodes if not n.get("hidden")}
            assert set(shown) == {n["id"] for n in whole["nodes"] if not n.get("hidden")}, (login, way)
            assert len(nodes) == len(whole["nodes"])
            for n in whole["nodes"]:
                if not n.get("hidden"):
                    assert {k: shown[n["id"]][k] for k in same} == {k: n[k] for k in same}
                    assert [h["name"] for h in shown[n["id"]]["holders"]] == [h["name"] for h in n["holders"]]
            hidden = [n for n in nodes if n.get("hidden")]
            assert all(set(n) == {"type", "uri", "stage", "state", "hidden"} for n in hidden)
            edges = [e for e in streamed if e["type"] == "edge"]
            assert sorted((e["event"], e["quantity"] or "") for e in edges) == sorted(
                (e["event"], e["quantity"] or "") for e in whole["edges"]
            )


def test_what_is_hidden_stays_hidden_in_every_form(api: dict[str, Api]) -> None:
    found = chain(api)
    for path, login, secrets in (
        (f"/trace/{found['id']}?direction=down", "clerk", ("秘制鸭饭", found["box"])),
        (f"/trace/{found['box']}?direction=up", "rival", ("鸭胚", found["raw"]["batch_id"], "62.5")),
    ):
        for form in (
            "",
            "&format=ndjson&edges=1",
            "&format=csv",
            "&group=holder",
            "&group=item",
            "&group=place",
            "&group=state",
        ):
            answer = api[login].call("GET", path + form)
            assert answer.status_code == 200, form
            told = answer.text
            if "ndjson" in form:
                told = json.dumps([json.loads(one) for one in told.splitlines()], ensure_ascii=False)
            for secret in secrets:
                assert secret not in told, (login, form, secret)


def test_groups_name_whom_one_supplied_and_count_the_rest(api: dict[str, Api]) -> None:
    found = chain(api)
    root = f"/trace/{found['raw']['batch_id']}?direction=down&group="
    by_holder = {g["name"]: g for g in api["officer"].ok("GET", root + "holder")["groups"]}
    assert {name: (g["lots"], [q["quantity"] for q in g["quantities"]]) for name, g in by_holder.items()} == {
        "山城试验食品厂": (2, ["100 件", "37.5 kg"]), "邻县试验食品厂": (2, ["50 件"]),
    }  # fmt: skip
    mine = api["clerk"].ok("GET", root + "holder")
    assert mine["lots"] == 3
    first = mine["groups"][0]
    assert (first["name"], first.get("hidden", False), bool(first["quantities"])) == ("山城试验食品厂", False, True)
    assert [(g["name"], g["quantities"]) for g in mine["groups"] if g["name"] == "邻县试验食品厂"] == [
        ("邻县试验食品厂", [])
    ]
    hidden = [g for g in mine["groups"] if g.get("hidden")]
    assert hidden
    assert all(g["quantities"] == [] and g["key"] is None for g in hidden)
    states = api["clerk"].ok("GET", root + "state")["groups"]
    assert sum(g["lots"] for g in states) == 3
    items = api["officer"].ok("GET", root + "item")["groups"]
    assert {g["name"] for g in items} == {
        "酱卤鸭（山城试验食品厂）",
        "鸭胚（山城试验食品厂）",
        "秘制鸭饭（邻县试验食品厂）",
    }
    assert api["officer"].call("GET", root + "colour").status_code == 422
    assert api["rival"].refused("GET", root + "holder", status=404)[""] == "not_found"


def test_a_table_for_a_spreadsheet(api: dict[str, Api]) -> None:
    found = registered(api, lot="=1+1")
    answer = api["officer"].call("GET", f"/trace/{found['id']}?direction=up&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff编码,产品,批号")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert sorted(r["产品"] for r in rows) == ["酱卤鸭", "鸭胚"]
    rows.sort(key=lambda r: r["产品"])
    assert rows[0]["批号"] == "'=1+1", "no formula for the spreadsheet"
    assert (rows[0]["持有单位"], rows[0]["现有量"], rows[0]["状态"]) == ("山城试验食品厂", "100 件", "待检")
    assert api["rival"].call("GET", f"/trace/{found['id']}?format=csv").status_code == 404
    assert api["investor"].call("GET", f"/trace/{found['id']}?format=csv").status_code == 403


def test_each_further_holder_of_a_lot_is_a_row_that_tells_no_more_than_the_first(api: dict[str, Api]) -> None:
    found = chain(api)

    def held(login: str) -> list[tuple[str, str]]:
        answer = api[login].call("GET", f"/trace/{found['id']}?direction=up&format=csv")
        rows = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
        return sorted((row["持有单位"], row["现有量"]) for row in rows if row["产品"] == "酱卤鸭")

    assert held("officer") == [("山城试验食品厂", "100 件"), ("邻县试验食品厂", "30 件")]
    assert held("clerk") == [("山城试验食品厂", "100 件"), ("邻县试验食品厂", "")]
    assert held("rival") == [("不可见（他方商业秘密）", ""), ("邻县试验食品厂", "30 件")]


def test_streams_take_any_form_of_the_code(api: dict[str, Api]) -> None:
    found = registered(api, lot="A/1%?b=c")
    uri = found["batch"]["uri"]
    assert uri == f"https://id.gs1.org/01/{GTIN}/10/{quote('A/1%?b=c', safe='')}"
    for form in (found["id"], uri, quote(uri, safe="")):
        assert {n["lot"] for n in lines(api["clerk"], f"/trace/{form}?direction=up")} == {"A/1%?b=c", "R261120-01"}
    assert api["clerk"].call("GET", "/trace/nothing?format=ndjson").status_code == 404


def test_a_long_trace_takes_few_statements(api: dict[str, Api], db: Database, people: dict[str, Someone]) -> None:
    """No query a lot: no more statements for 62 lots than for two."""
    found = registered(api)
    api["clerk"].ok("POST", "/receipts", RECEIPT | {"quantity": 900}, 201)
    tables = ("edge", "batch", "stock", "handover", "containment")
    with statements(Engine) as seen:

        def count(login: str) -> int:
            seen.clear()
            api[login].ok("GET", f"/trace/{found['raw']['batch_id']}?direction=down")
            return len([s for s in seen if any(table in s for table in tables)])

        few = {login: max(count(login), count(login)) for login in ("clerk", "officer")}
        line = {"lot_id": found["raw"]["batch_id"], "quantity": "0.1", "unit": "kg"}
        body = {"item_id": found["item"], "quantity": 1, "produced_on": "2026-11-23", "inputs": [line]}
        api["clerk"].ok("POST", "/batches/bulk", {"batches": [body | {"lot": f"N{n}"} for n in range(60)]}, 201)
        assert all(count(login) <= few[login] for login in few)


class TestRecordChecks:
    def test_each_sees_its_own(self, api: dict[str, Api]) -> None:
        found = registered(api)
        api["clerk"].ok("POST", "/batches", {
            "item_id": found["item"], "quantity": 100, "produced_on": "2026-11-23", "lot": "B2",
            "inputs": [{"lot_id": found["raw"]["batch_id"], "quantity": 90, "unit": "kg"}],
        }, 201)  # fmt: skip
        for login in ("clerk", "officer"):
            told = api[login].ok("GET", "/record-checks")
            (one,) = [f for f in told["findings"] if f["code"] == "over_used"]
            assert (one["lots"], told["counts"]["over_used"]) == ([found["raw"]["batch_id"]], 1)
            assert "52.5 kg" in one["detail"]
        assert api["rival"].ok("GET", "/record-checks")["findings"] == []
        assert api["investor"].call("GET", "/record-checks").status_code == 403

    def test_the_page(self, api: dict[str, Api], client: TestClient, log_in: Any) -> None:
        found = registered(api)
        log_in("clerk")
        page = client.get("/record-checks", headers={"Accept": "text/html"}).text
        assert "无有效证照" in page
        assert "/credentials" in page
        assert "近 90 天" in page
        log_in("rival")
        assert found["id"] not in client.get("/record-checks?all=1", headers={"Accept": "text/html"}).text


def test_a_trace_is_given_as_the_events_behind_it_whole_or_not_at_all(api: dict[str, Api]) -> None:
    found = chain(api)
    path = f"/trace/{found['id']}?format=epcis"
    told = {who: api[who].ok("GET", path) for who in ("officer", "safety", "rival")}
    events = {who: one["epcisBody"]["queryResults"]["resultsBody"]["eventList"] for who, one in told.items()}
    assert {one["type"] for one in told.values()} == {"EPCISQueryDocument"}
    kinds = {who: sorted({one["type"] + " " + one.get("bizStep", "") for one in some}) for who, some in events.items()}
    assert kinds["officer"] == [
        "ObjectEvent receiving",
        "TransformationEvent creating_class_instance",
    ]
    made = [one for one in events["officer"] if one["type"] == "TransformationEvent"]
    assert len(made) == 2
    mine, theirs = (
        [one["outputQuantityList"][0]["epcClass"] for one in events[who] if one["type"] == "TransformationEvent"]
        for who in ("safety", "rival")
    )
    assert mine == [found["batch"]["uri"]]
    assert found["batch"]["uri"] not in theirs
    assert len(theirs) == 1
