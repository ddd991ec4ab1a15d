"""What others say a lot was made from: listed for its owner, without effect until confirmed, gone when withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from tests.epcis.documents import DUCK, SAUCE, WHEN, document, made
from tests.epcis.test_api import ARTICLE
from tests.fixtures.people import Someone
from trace.genealogy import store as genealogy
from trace.journal import store as journal
from trace.journal.rebuild import rebuild, snapshot

LOT = "https://id.gs1.org/01/06950123450173/10/L20261124"
NAME = "urn:uuid:11111111-2222-4333-8444-5555555555"
WHY = "核对了委托加工单 2026-88"


@pytest.fixture
def claimed(client: TestClient, people: dict[str, Someone], db: Database) -> tuple[int, dict[str, Any]]:
    """A lot that its owner commissioned, and another organisation's event that says what it was made from."""
    assert client.post("/api/v1/items", json=ARTICLE, headers=people["clerk"].auth).status_code == 201
    begun = {"type": "ObjectEvent", **WHEN, "action": "ADD", "bizStep": "commissioning", "eventID": NAME + "01",
             "quantityList": [{"epcClass": DUCK, "quantity": 400}]}  # fmt: skip
    claim = made(eventID=NAME + "02")
    for login, event in (("clerk", begun), ("rival", claim)):
        answer = client.post("/epcis/capture", json=document(event), headers=people[login].auth)
        assert answer.status_code == 202, answer.text
    with db.read() as conn:
        return journal.identifiers(conn, [LOT])[LOT], claim


def inputs(db: Database, lot: int) -> list[int]:
    with db.read() as conn:
        return [row.input_id for row in genealogy.inputs_of(conn, lot)]


def test_a_claim_changes_nothing_until_its_owner_confirms_it(
    client: TestClient, people: dict[str, Someone], db: Database, claimed: tuple[int, dict[str, Any]]
) -> None:
    lot, claim = claimed
    auth = people["clerk"].auth
    assert inputs(db, lot) == []
    (one,) = client.get("/api/v1/claims", headers=auth).json()["items"]
    assert (one["state"], one["claimant"], one["batch_id"]) == ("open", "邻县试验食品厂", str(lot))
    assert len(one["inputs"]) == 2
    where = f"/api/v1/batches/{lot}/claims/{one['id']}"
    assert "太短" in client.post(where, json={"answer": "confirmed", "reason": "好"}, headers=auth).text
    assert client.post(where, json={"answer": "confirmed", "reason": WHY}, headers=auth).status_code == 201
    assert len(inputs(db, lot)) == 2
    told = client.get("/api/v1/claims", headers=auth).json()["items"][0]
    assert (told["state"], told["reason"]) == ("confirmed", WHY)
    again = client.post(where, json={"answer": "rejected", "reason": WHY}, headers=auth)
    assert again.status_code == 409
    with db.read() as conn:
        before = snapshot(conn)
    db.write(lambda conn: rebuild(conn, db.settings.public_url))
    with db.read() as conn:
        assert snapshot(conn) == before
    wrong = claim | {"errorDeclaration": {"declarationTime": "2026-11-24T00:50:00Z", "reason": "did_not_occur"}}
    assert client.post("/epcis/capture", json=document(wrong), headers=people["rival"].auth).status_code == 202
    assert inputs(db, lot) == [], "what its maker takes back is taken back"
    assert client.get("/api/v1/claims", headers=auth).json()["items"] == []


def test_a_rejected_claim_stays_without_effect(
    client: TestClient, people: dict[str, Someone], db: Database, claimed: tuple[int, dict[str, Any]],
    log_in: Callable[..., str],
) -> None:  # fmt: skip
    lot, _ = claimed
    token = log_in("clerk")
    page = client.get("/claims", headers={"Accept": "text/html"}).text
    assert "邻县试验食品厂" in page
    assert SAUCE.rsplit("/", 1)[-1] in page or "06950123" in page
    claim = client.get("/api/v1/claims").json()["items"][0]["id"]
    form = {"csrf_token": token, "answer": "rejected", "reason": "好"}
    assert client.post(f"/batches/{lot}/claims/{claim}", data=form).status_code == 422
    assert client.post(f"/batches/{lot}/claims/{claim}", data=form | {"reason": WHY}).status_code == 303
    assert inputs(db, lot) == []
    assert "不认可" in client.get("/claims", headers={"Accept": "text/html"}).text


def test_only_the_owner_sees_and_answers(
    client: TestClient, people: dict[str, Someone], claimed: tuple[int, dict[str, Any]]
) -> None:
    lot, _ = claimed
    claim = client.get("/api/v1/claims", headers=people["clerk"].auth).json()["items"][0]["id"]
    body = {"answer": "confirmed", "reason": WHY}
    assert client.get("/api/v1/claims", headers=people["rival"].auth).json()["items"] == []
    assert (
        client.post(f"/api/v1/batches/{lot}/claims/{claim}", json=body, headers=people["rival"].auth).status_code == 404
    )
    assert client.get("/api/v1/claims", headers=people["officer"].auth).status_code == 403
    none = client.post(f"/api/v1/batches/{lot}/claims/12345", json=body, headers=people["clerk"].auth)
    assert none.status_code == 404
