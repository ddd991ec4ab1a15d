"""The batch form without JavaScript: fill, add, remove, refuse, register, reserve, keep a draft."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.enterprise import SMALL, Maker, stock_maker
from tests.fixtures.people import Someone
from trace.batches import store as batches
from trace.evidence import store as evidence
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal

HTML = {"Accept": "text/html"}
PDF = b"%PDF-1.4\n%%EOF"


class Fields(HTMLParser):
    """The fields of one form as a browser would send them."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.values: dict[str, str] = {}
        self.select = ""
        self.first = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.inside = a.get("id") == self.form_id
        if not self.inside:
            return
        if tag == "input" and a.get("type") not in ("checkbox", "radio", "file", "submit"):
            self.values[a.get("name", "")] = a.get("value", "")
        elif tag == "select":
            self.select = a.get("name", "")
            self.values[self.select] = ""
            self.first = True
        elif tag == "option" and self.select:  # as a browser: the first, unless another is selected
            if "selected" in a or self.first:
                self.values[self.select] = a.get("value", "")
            self.first = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "select":
            self.select = ""


def fields(html: str, form_id: str = "batch-form") -> dict[str, str]:
    found = Fields(form_id)
    found.feed(html)
    assert found.values.get("csrf_token"), "the form carries its token"
    return found.values


@pytest.fixture
def maker(db: Database, people: dict[str, Someone]) -> Maker:
    return stock_maker(db, people["clerk"].actor)


@pytest.fixture
def send(client: TestClient, log_in: Callable[..., str]) -> Callable[..., Any]:
    log_in("clerk")

    def run(values: dict[str, str], do: str, **more: Any) -> Any:
        return client.post("/batches/new", data=values | {"do": do}, headers=HTML, **more)

    return run


def opened(client: TestClient, query: str = "") -> dict[str, str]:
    answer = client.get(f"/batches/new{query}", headers=HTML)
    assert answer.status_code == 200, answer.text[:2000]
    return fields(answer.text)


def test_opens_with_last_product_and_panel(client: TestClient, maker: Maker, send: Any) -> None:
    values = opened(client)
    assert values["item_id"] == str(maker.product)
    assert values["produced_on"] == "2026-11-24"
    assert values["quantity"] == ""
    assert values["reports.0.number"] == ""
    panel = [
        (values[f"reports.0.measurements.{i}.parameter"], values[f"reports.0.measurements.{i}.unit"]) for i in range(3)
    ]
    assert panel == [("菌落总数", "CFU/g"), ("大肠菌群", "CFU/g"), ("过氧化值", "g/100g")]
    assert values["reports.0.measurements.0.values"] == ""


def test_repeat_batch_round_trip(client: TestClient, maker: Maker, send: Any, db: Database) -> None:
    values = opened(client) | {"quantity": "200"}
    filled = fields(send(values, "fill").text)
    assert filled["inputs.0.quantity"] == "100"
    assert filled["inputs.0.lot_id"] == str(maker.lots["鸭胚"])
    assert filled[f"inputs.{3 + len(SMALL)}.small"] == "1"
    assert filled["inputs.4.unit"] == "GRM"
    filled |= {"reports.0.number": "CC-0002", "reports.0.measurements.0.values": "10 20 < 10, 2.0 × 10^2 未检出"}
    done = send(filled, "register")
    assert done.status_code == 303, done.text[:3000]
    batch_id = int(re.fullmatch(r"/batches/(\d+)\?new=1", done.headers["location"])[1])  # type: ignore[index]
    with db.read() as conn:
        row = batches.get_batch(conn, batch_id)
        edges = genealogy.inputs_of(conn, batch_id)
        report = journal.acts_of(conn, batch_id, ("report",))[0]
        packs = items.open_packs(conn, row.tenant_id)  # type: ignore[union-attr]
    assert row is not None
    assert row.pending == "[]"
    assert row.best_before == "2027-05-23"
    assert len(edges) == 4 + len(SMALL)
    assert {e.basis for e in edges} == {"by_recipe"}
    assert '"values":["10","20","<10","2.0×10^2","未检出"]' in report.body
    assert "过氧化值" not in report.body, "a parameter without a result is not reported"
    assert len(packs) == len(SMALL), "the packs used are the opened ones from now on"
    # the very same form again, as a second press on a slow network sends it
    again = send(filled, "register")
    assert again.headers["location"] == done.headers["location"]


def test_registering_before_filling_fills_first(client: TestClient, maker: Maker, send: Any) -> None:
    answer = send(opened(client) | {"quantity": "50"}, "register")
    assert answer.status_code == 200
    assert "请核对后再登记" in answer.text
    values = fields(answer.text)
    assert values["inputs.0.quantity"] == "25"
    changed = send(values | {"quantity": "60"}, "register")
    assert "已重新推算" in changed.text
    assert fields(changed.text)["inputs.0.quantity"] == "30"
    assert send(fields(changed.text), "register").status_code == 303


def test_weighed_amounts_survive_a_refill(client: TestClient, maker: Maker, send: Any) -> None:
    values = fields(send(opened(client) | {"quantity": "200"}, "fill").text)
    values |= {"inputs.0.quantity": "97.5", "inputs.0.basis": "weighed", "quantity": "300"}
    again = fields(send(values, "fill").text)
    assert again["inputs.0.quantity"] == "97.5"
    assert again["inputs.1.quantity"] == "30"


def test_errors_stand_at_their_fields_and_nothing_is_lost(
    client: TestClient, maker: Maker, send: Any, db: Database
) -> None:
    values = fields(send(opened(client) | {"quantity": "200"}, "fill").text)
    values |= {
        "inputs.2.quantity": "很多",
        "lot": "250101",
        "best_before": "2020-01-01",
        "reports.0.kind": "commissioned",
        "reports.0.number": "",
        "reports.0.measurements.1.values": "<10",
    }
    answer = send(values, "register", files={"reports.0.file": ("报告.pdf", PDF, "application/pdf")})
    assert answer.status_code == 422
    page = answer.text
    again = fields(page)
    assert again["inputs.2.quantity"] == "很多"
    assert again["lot"] == "250101"
    for pointer in ("inputs.2.quantity", "best_before", "reports.0.number", "reports.0.laboratory", "reports.0.cma"):
        assert f'href="#{pointer}"' in page, pointer
    assert "“很多”不是数量" in page
    attachment = int(again["reports.0.attachment_id"])
    with db.read() as conn:
        kept = evidence.get_attachment(conn, attachment)
    assert kept is not None
    assert kept.content == PDF
    panel = {again[f"reports.0.measurements.{i}.parameter"] for i in range(3)}
    assert panel == {"菌落总数", "大肠菌群", "过氧化值"}, "parameters without a result stay in the form"
    restored = opened(client)
    assert restored["inputs.2.quantity"] == "很多", "a refused form is kept as a draft"
    fixed = again | {
        "inputs.2.quantity": "4",
        "best_before": "",
        "reports.0.number": "W-1",
        "reports.0.laboratory": "试验检测公司",
        "reports.0.cma": "230000000001",
    }
    assert send(fixed, "register").status_code == 303
    assert opened(client)["quantity"] == "", "the draft is gone once registered"


def test_a_refused_file_is_named(client: TestClient, maker: Maker, send: Any) -> None:
    values = fields(send(opened(client) | {"quantity": "10"}, "fill").text)
    answer = send(values, "register", files={"reports.0.file": ("报告.docx", b"PK\x03\x04", "application/zip")})
    assert answer.status_code == 422
    assert "“报告.docx”" in answer.text
    assert "文件须是 PDF 或照片" in answer.text


def test_add_by_name_and_lot_code_and_remove(client: TestClient, maker: Maker, send: Any, db: Database) -> None:
    values = opened(client) | {"quantity": "1", "add": "泡椒 PJ-1105"}
    answer = send(values, "add")
    assert "还没有收货登记" in answer.text
    values = fields(answer.text)
    assert (values["inputs.0.material"], values["inputs.0.lot"], values["add"]) == ("泡椒", "PJ-1105", "")
    with db.read() as conn:
        code = journal.short_code_of(conn, maker.lots["大葱"])
    values = fields(send(values | {"add": str(code)}, "add").text)
    assert values["inputs.1.lot_id"] == str(maker.lots["大葱"])
    values = fields(send(values, "remove.0").text)
    assert values["inputs.0.material"] == "大葱"
    assert "inputs.1.material" not in values
    piece = client.post(
        "/batches/new", data=values | {"do": "add", "add": "生姜"}, headers=HTML | {"HX-Request": "true"}
    ).text
    assert "<html" not in piece
    assert 'name="inputs.1.quantity"' in piece, "numbers go on behind the lines that are there"


def test_unknown_input_is_kept_as_pending(client: TestClient, maker: Maker, send: Any, db: Database) -> None:
    values = fields(send(opened(client) | {"quantity": "1"}, "fill").text)
    values = fields(send(values | {"add": "泡椒 厂内五号"}, "add").text)
    last = max(int(k.split(".")[1]) for k in values if k.startswith("inputs."))
    done = send(values | {f"inputs.{last}.quantity": "2"}, "register")
    assert done.status_code == 303, done.text[:2000]
    with db.read() as conn:
        row = batches.get_batch(conn, int(done.headers["location"].split("/")[2].split("?")[0]))
    assert row is not None
    assert "unknown_input" in row.pending


def test_copy_reserve_and_register_a_reserved_lot(client: TestClient, maker: Maker, send: Any, db: Database) -> None:
    copied = opened(client, f"?copy={maker.batch}")
    assert (copied["quantity"], copied["inputs.0.quantity"]) == ("100", "50")
    done = send(opened(client) | {"lot": "老厂批号甲"}, "reserve")
    assert done.status_code == 303, done.text[:2000]
    reserved = done.headers["location"].split("/")[2].split("?")[0]
    values = opened(client, f"?batch={reserved}")
    assert values["lot"] == "261124-02"
    filled = fields(send(values | {"quantity": "5"}, "fill").text)
    assert send(filled, "register").headers["location"] == f"/batches/{reserved}?new=1"
    again = send(filled | {"form_key": "another"}, "register")
    assert again.status_code == 409
    assert "已登记" in again.text


def test_another_product_keeps_quantity_and_day(client: TestClient, maker: Maker, send: Any, db: Database) -> None:
    values = opened(client) | {"quantity": "7", "produced_on": "2026-11-20"}
    piece = client.post("/batches/new", data=values | {"do": "product"}, headers=HTML | {"HX-Request": "true"})
    assert 'value="7"' in piece.text
    assert 'value="2026-11-20"' in piece.text
    assert "保质期 180 天，自动算到 2027-05-19" in piece.text


def test_a_long_form_is_taken_whole(client: TestClient, maker: Maker, send: Any) -> None:
    names = ("material_id", "material", "lot_id", "lot", "code", "quantity", "unit", "basis", "small", "recipe")
    lines = {f"inputs.{i}.{name}": "" for i in range(500) for name in names}
    lines |= {f"inputs.{i}.material": f"料{i}" for i in range(500)} | {f"inputs.{i}.quantity": "1" for i in range(500)}
    answer = send(opened(client) | lines, "fill")
    assert answer.status_code == 200
    assert fields(answer.text)["inputs.499.material"] == "料499"


def test_drafts_over_json(client: TestClient, log_in: Callable[..., str], maker: Maker) -> None:
    token = {"X-CSRF-Token": log_in("clerk")}
    assert client.get("/api/v1/drafts/batch").status_code == 404
    saved = client.put(
        "/api/v1/drafts/batch", json={"fields": {"quantity": "33", "item_id": str(maker.product)}}, headers=token
    )
    assert saved.status_code == 200, saved.text
    assert client.get("/api/v1/drafts/batch").json()["fields"]["quantity"] == "33"
    page = client.get("/batches/new", headers=HTML)
    assert "自动保存的草稿" in page.text
    assert fields(page.text)["quantity"] == "33"
    asked = client.get(f"/batches/new?item={maker.product}", headers=HTML)
    assert fields(asked.text)["quantity"] == "", "a product that is asked for opens afresh"
    assert "继续填那份草稿" in asked.text
    log_in("rival")
    assert client.get("/api/v1/drafts/batch").status_code == 404, "a draft is its writer's alone"
    token = {"X-CSRF-Token": log_in("clerk")}
    assert client.put("/api/v1/drafts/other", json={"fields": {}}, headers=token).status_code == 422
    assert client.delete("/api/v1/drafts/batch", headers=token).status_code == 204
    assert client.get("/api/v1/drafts/batch").status_code == 404


def test_others_lots_and_items_are_not_reachable(
    client: TestClient, maker: Maker, log_in: Callable[..., str], people: dict[str, Someone]
) -> None:
    log_in("rival")
    page = client.get(f"/batches/new?item={maker.product}", headers=HTML)
    assert "先登记产品" in page.text
    assert "酱卤鸭" not in page.text
    log_in("officer")
    assert client.get("/batches/new", headers=HTML).status_code == 403
