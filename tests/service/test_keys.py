"""API keys, and requests that may be sent twice."""

from __future__ import annotations

from starlette.testclient import TestClient

from service.accounts import store
from service.database import Database
from tests.fixtures.people import Someone

People = dict[str, Someone]


def test_me_says_who_and_what_one_may(client: TestClient, people: People) -> None:
    body = client.get("/api/v1/me", headers=people["officer"].auth).json()
    assert body["login"] == "officer"
    assert body["via"] == "key"
    assert body["account_id"] == str(people["officer"].actor.account_id)
    assert body["organisation"]["stages"] == sorted(["市", "加", "餐"])
    assert "enforcement.propose" in body["actions"]
    assert "batch.register" not in body["actions"]


def test_only_the_hash_of_a_key_is_kept_and_its_use_is_noted(client: TestClient, people: People, db: Database) -> None:
    made = client.post("/api/v1/keys", json={"label": "ERP"}, headers=people["clerk"].auth).json()
    with db.read() as conn:
        rows = [dict(row) for row in conn.execute(store.keys.select()).mappings()]
    assert not any(made["key"] in str(row) for row in rows)
    assert client.get("/api/v1/me", headers={"Authorization": f"bearer {made['key']}"}).status_code == 200
    listed = {one["id"]: one for one in client.get("/api/v1/keys", headers=people["clerk"].auth).json()["items"]}
    assert listed[made["id"]]["used_at"] is not None
    assert "key" not in listed[made["id"]]


def test_a_read_key_reads_and_does_not_write(client: TestClient, people: People) -> None:
    made = client.post("/api/v1/keys", json={"label": "看板", "scope": "read"}, headers=people["operator"].auth).json()
    reader = {"Authorization": f"Bearer {made['key']}"}
    assert client.get("/api/v1/me", headers=reader).status_code == 200
    refused = client.post("/api/v1/keys", json={"label": "更多"}, headers=reader)
    assert refused.status_code == 403
    assert "只能读取" in refused.json()["detail"]


def test_wrong_and_revoked_keys_are_refused_even_where_nobody_need_log_in(client: TestClient, people: People) -> None:
    key = people["clerk"].key
    for value in (f"Bearer {key[:-1]}", f"Bearer {key}x", "Bearer ", "Bearer lp_0", "Basic abc", "Bearer é"):
        answer = client.get("/", headers=[("Authorization", value.encode())])
        assert (value, answer.status_code) == (value, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    key_id = client.get("/api/v1/keys", headers=people["clerk"].auth).json()["items"][0]["id"]
    assert client.delete(f"/api/v1/keys/{key_id}", headers=people["clerk"].auth).status_code == 204
    assert client.get("/api/v1/me", headers=people["clerk"].auth).status_code == 401


def test_the_same_idempotency_key_gives_the_same_answer_and_one_organisation(client: TestClient, people: People):
    body = {"code": "twice", "name": "重复提交厂", "kind": "enterprise", "reason": "测试"}
    headers = people["operator"].auth | {"Idempotency-Key": "k-1"}
    first = client.post("/api/v1/organisations", json=body, headers=headers)
    second = client.post("/api/v1/organisations", json=body, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post("/api/v1/organisations", json=body | {"name": "另一厂"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_request_keeps_no_answer(client: TestClient, people: People) -> None:
    """After a refusal the corrected body may use the same key."""
    headers = people["operator"].auth | {"Idempotency-Key": "k-2"}
    body = {"code": "maker", "name": "撞代码厂", "kind": "enterprise", "reason": "测试"}
    assert client.post("/api/v1/organisations", json=body, headers=headers).status_code == 422
    body["code"] = "free-code"
    assert client.post("/api/v1/organisations", json=body, headers=headers).status_code == 201


def test_an_administrator_manages_the_own_organisation_only(client: TestClient, people: People) -> None:
    boss, maker = people["boss"], people["boss"].actor.org_id
    body = {
        "organisation_id": str(maker),
        "login": "newclerk",
        "display_name": "新登记员",
        "password": "a long enough one",
        "roles": ["clerk"],
        "reason": "新员工",
    }
    made = client.post("/api/v1/accounts", json=body, headers=boss.auth)
    assert made.status_code == 201, made.text
    assert "password" not in made.text
    rival = str(people["rival"].actor.org_id)
    theirs = client.post("/api/v1/accounts", json=body | {"organisation_id": rival, "login": "spy"}, headers=boss.auth)
    assert theirs.status_code == 403
    assert client.get(f"/api/v1/organisations/{rival}/accounts", headers=boss.auth).status_code == 403
    wrong = client.post("/api/v1/accounts", json=body | {"login": "off", "roles": ["officer"]}, headers=boss.auth)
    assert wrong.json()["errors"][0]["pointer"] == "/roles"
    again = client.post("/api/v1/accounts", json=body, headers=boss.auth)
    assert (again.status_code, again.json()["code"]) == (409, "login_taken")
    end = f"/api/v1/accounts/{made.json()['id']}/end"
    assert client.post(end, json={"reason": "离职"}, headers=people["rival"].auth).status_code == 403
    assert client.post(end, json={"reason": "离职"}, headers=boss.auth).status_code == 204
    own = f"/api/v1/accounts/{boss.actor.account_id}/end"
    assert client.post(own, json={"reason": "误操作"}, headers=boss.auth).json()["code"] == "own_account"


def test_an_ended_account_is_out_at_once(client: TestClient, people: People) -> None:
    clerk = people["clerk"]
    end = f"/api/v1/accounts/{clerk.actor.account_id}/end"
    assert client.post(end, json={"reason": "离职"}, headers=people["operator"].auth).status_code == 204
    assert client.get("/api/v1/me", headers=clerk.auth).status_code == 401


def test_lists_come_in_pages(client: TestClient, people: People) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        query = f"/api/v1/organisations?limit=3&cursor={cursor}"
        body = client.get(query, headers=people["operator"].auth).json()
        seen += [one["code"] for one in body["items"]]
        if body["next"] is None:
            break
        cursor = body["next"]
    assert len(seen) == len(set(seen)) == 8
    assert client.get("/api/v1/organisations?cursor=x", headers=people["operator"].auth).status_code == 422
