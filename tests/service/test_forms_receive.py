"""The receipt form: sources, scanned codes, papers with files, defaults from the last receipt."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.fixtures.enterprise import Maker, stock_maker
from tests.fixtures.people import Someone, as_actor
from tests.fixtures.rulings import ruled_release
from tests.service.test_forms_batch import HTML, PDF, fields
from trace.batches import lifecycle
from trace.batches import store as batches
from trace.batches.models import SOURCES
from trace.genealogy import store as genealogy
from trace.items import store as items
from trace.journal import store as journal


@pytest.fixture
def maker(db: Database, people: dict[str, Someone], client: TestClient, log_in: Callable[..., str]) -> Maker:
    made = stock_maker(db, people["rival"].actor)
    log_in("clerk")
    return made


def opened(client: TestClient, query: str) -> dict[str, str]:
    answer = client.get(f"/receive{query}", headers=HTML)
    assert answer.status_code == 200, answer.text[:2000]
    return fields(answer.text, "receive-form")


def send(client: TestClient, values: dict[str, str], **more: Any) -> Any:
    return client.post("/receive", data=values, headers=HTML, **more)


def batch_of(answer: Any) -> int:
    assert answer.status_code == 303, answer.text[:3000]
    return int(answer.headers["location"].split("/")[2].split("?")[0])


def test_every_source_has_its_button_and_form(client: TestClient, maker: Maker) -> None:
    start = client.get("/receive", headers=HTML).text
    for source in SOURCES:
        assert f'href="/receive?source={source}' in start
        answer = client.get(f"/receive?source={source}", headers=HTML)
        assert answer.status_code == 200
    own = opened(client, "?source=own")
    assert "supplier" not in own
    assert "supplier_phone" in opened(client, "?source=smallholder")
    assert "parts.2.origin" in opened(client, "?source=collector")


def test_receipt_with_papers_then_defaults(client: TestClient, maker: Maker, db: Database) -> None:
    values = opened(client, "?source=base")
    assert values["documents.0.kind"] == "conformity_certificate"
    values |= {
        "material": "鲜笋",
        "quantity": "320.5",
        "supplier": "试验合作社",
        "origin": "良溪县青石镇双堰村",
        "documents.0.number": "HGZ-77",
    }
    answer = send(client, values, files={"documents.2.file": ("榜单.jpg", b"\xff\xd8\xff\xe0 photo", "image/jpeg")})
    lot = batch_of(answer)
    with db.read() as conn:
        row = batches.get_batch(conn, lot)
        aliases = {(a.scheme, a.value) for a in journal.aliases_of_lot(conn, lot)}
    assert row is not None
    receipt = json.loads(row.receipt)
    kinds = [(d["kind"], d["number"], bool(d["attachment_id"])) for d in receipt["documents"]]
    assert kinds == [("conformity_certificate", "HGZ-77", False), ("other", "", True)]
    assert "organisation" in receipt["supplier"], "a registered base is known by its account"
    assert ("commitment_certificate", "HGZ-77") in aliases
    assert row.warnings == "[]"
    again = opened(client, "?source=base")
    assert (again["material"], again["unit"], again["supplier"], again["origin"]) == (
        "鲜笋",
        "KGM",
        "试验合作社",
        "良溪县青石镇双堰村",
    )
    assert again["quantity"] == ""
    assert opened(client, "?source=smallholder")["material"] == "", "another source has its own last receipt"
    assert send(client, values).status_code == 303


def test_collector_parts_and_a_person_stays_out_of_the_journal(client: TestClient, maker: Maker, db: Database) -> None:
    values = opened(client, "?source=collector") | {
        "material": "土豆",
        "quantity": "900",
        "supplier": "陈某某",
        "supplier_phone": "13800000000",
        "parts.0.origin": "一碗水村",
        "parts.0.quantity": "400",
        "parts.2.origin": "石马村",
        "parts.2.name": "周某某",
    }
    lot = batch_of(send(client, values))
    with db.read() as conn:
        row = batches.get_batch(conn, lot)
        acts = [a.body for a in journal.acts_of(conn, lot)]
        events = [e.document for e in journal.events_of(conn, lot)]
    assert row is not None
    assert json.loads(row.origins) == ["一碗水村", "石马村"]
    assert len(json.loads(row.warnings)) == 2, "two papers of a collector are missing, which is told and blocks nothing"
    assert not any("陈某某" in text or "周某某" in text or "13800000000" in text for text in acts + events)
    again = opened(client, "?source=collector")
    assert (again["supplier"], again["supplier_phone"], again["parts.0.origin"]) == ("陈某某", "13800000000", "")


def test_errors_stand_at_their_fields(client: TestClient, maker: Maker) -> None:
    values = opened(client, "?source=smallholder") | {
        "quantity": "0",
        "documents.1.number": "P-1",
        "documents.1.issued_on": "2030-01-01",
        "origin": "双桂村",
    }
    answer = send(client, values, files={"documents.2.file": ("a.pdf", PDF, "application/pdf")})
    assert answer.status_code == 422
    page = answer.text
    again = fields(page, "receive-form")
    assert again["origin"] == "双桂村"
    assert again["documents.0.kind"] == "conformity_certificate", "rows that say something come first"
    assert again["documents.0.number"] == "P-1"
    assert again["documents.1.attachment_id"].isdigit()
    for pointer in ("quantity", "supplier", "material", "documents.0.issued_on"):
        assert f'href="#{pointer}"' in page, pointer
    assert "晚于今天" in page
    draft = client.get("/receive", headers=HTML)
    assert "没登记完的收货" in draft.text
    assert opened(client, "?draft=1")["origin"] == "双桂村"


def test_another_enterprises_code_is_a_two_field_receipt(
    client: TestClient, maker: Maker, db: Database, people: dict[str, Someone]
) -> None:
    with db.read() as conn:
        code = str(journal.short_code_of(conn, maker.batch))
    waiting = client.get(f"/receive?code={code}", headers=HTML)
    assert "生产企业还没有放行，不能收货" in waiting.text
    as_actor(db, people["rival"].actor, lambda ctx: ruled_release(ctx, maker.batch, "出厂检验项目齐全，同意放行"))
    page = client.get(f"/receive?code={code}", headers=HTML).text
    assert "邻县试验食品厂" in page
    values = fields(page, "receive-form")
    asked = {k for k in values if not k.startswith("documents.")} - {"csrf_token", "form_key", "source", "code"}
    assert asked == {"quantity", "unit", "material", "received_on"}
    lot = batch_of(send(client, values | {"quantity": "20", "material": "卤鸭半成品"}))
    assert lot == maker.batch
    with db.read() as conn:
        held = genealogy.stock_of(conn, [lot], people["clerk"].actor.org_id)
    assert held[lot] == [(20_000_000, "H87")]
    as_actor(db, people["clerk"].actor, lambda ctx: lifecycle.open_pack(ctx, lot))
    with db.read() as conn:
        own = items.item_named(conn, people["clerk"].actor.org_id, "material", "卤鸭半成品")
        packs = items.open_packs(conn, people["clerk"].actor.org_id)
    assert own is not None
    assert packs == {own.id: lot}, "a supplier's pack is opened as the material it serves as"
    assert opened(client, f"?code={code}")["material"] == "卤鸭半成品", "the next receipt knows what it serves as"


def test_codes_that_are_not_lots(client: TestClient, maker: Maker, db: Database) -> None:
    unknown = client.get("/receive?code=https://id.gs1.org/01/09520000000011/10/NONE", headers=HTML).text
    assert "不等于产品有问题" in unknown
    product = client.get("/receive?code=09520000000011", headers=HTML).text
    assert "没有批号" in product
    quarantine = "动物检疫合格证明 编号：5001234567"
    found = client.get("/receive", params={"code": quarantine}, headers=HTML).text
    assert "认出：动物检疫合格证明 5001234567" in found
    values = fields(
        client.get("/receive", params={"source": "market", "code": quarantine}, headers=HTML).text, "receive-form"
    )
    assert (values["documents.0.kind"], values["documents.0.number"]) == ("quarantine_certificate", "5001234567")
    values |= {"material": "猪肉", "quantity": "80", "supplier": "南门市场"}
    lot = batch_of(send(client, values))
    with db.read() as conn:
        assert [a.lot_id for a in journal.lots_of_alias(conn, "5001234567")] == [lot]
    own = client.get("/receive?code=5001234567", headers=HTML).text
    assert "本企业已经登记过" in own


def test_only_makers_receive(client: TestClient, maker: Maker, log_in: Callable[..., str]) -> None:
    log_in("investor")
    assert client.get("/receive", headers=HTML).status_code == 403
    log_in("farmer")
    assert client.get("/receive", headers=HTML).status_code == 200
