"""How close absent links are, over HTTP: the reason names links, equipment and licences; the file gives the same number."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.demo.register import load_register
from tests.fixtures.people import Someone
from tests.register.test_api import add, say

Client = TestClient
People = dict[str, Someone]
HTML = {"Accept": "text/html"}


def near(client: Client, link: str, auth: dict[str, str] | None = None) -> Any:
    client.app.state.chains = {}  # type: ignore[attr-defined]
    return client.get(f"/api/v1/chain/links/{link}", headers=auth or {}).json()["near"]


def test_equipment_and_licences_of_one_enterprise_bring_a_link_near(client: Client, people: People) -> None:
    auth = people["investor"].auth
    here, far = add(client, auth, "本地速冻厂"), add(client, auth, "外县丸子厂", inside=False)
    say(client, auth, "operates", here, link="M16", low="100", unit="吨")
    say(client, auth, "operates", far, link="M15", low="100", unit="吨")
    assert near(client, "M15", auth) is None, "nothing is known of what goes with it"
    say(client, auth, "equipment", far, what="速冻隧道", count="1")
    say(client, auth, "equipment", far, what="斩拌机", count="1")
    say(client, auth, "licence", far, what="食品生产许可证", number="SC2")
    assert near(client, "M15", auth)["nearness"] == 0
    say(client, auth, "equipment", here, what="速冻隧道", count="1")
    said = say(client, auth, "licence", here, what="SC证", number="SC1")
    found = near(client, "M15", auth)
    assert found["nearness"] == pytest.approx(2 / 3, abs=1e-6)
    assert {(one["kind"], one["name"], *one["links"]) for one in found["items"]} == {
        ("设备", "速冻隧道", "M16"), ("证照", "食品生产许可证", "M16"),
    }  # fmt: skip
    page = client.get("/chain/links/M15", headers=auth | HTML).text
    assert "设备“速冻隧道” 1 家（区内 速冻" in page
    assert "证照“食品生产许可证”" in page
    assert near(client, "M15") is None, "what one enterprise has is not for the public"
    public = client.get("/chain/links/M15", headers=HTML).text
    assert "速冻隧道" not in public
    assert "速冻隧道" not in client.get("/chain/gaps.csv?show=all").text
    client.post(f"/api/v1/chain/statements/{said['id']}/withdraw", json={"reason": "录错了一栏"}, headers=auth)
    assert near(client, "M15", auth)["nearness"] == pytest.approx(1 / 3, abs=1e-6)


def test_the_exported_rows_give_the_nearness(client: Client, people: People, db: Database) -> None:
    load_register(db)
    auth = people["investor"].auth
    listed = client.get("/chain/gaps.csv?show=all", headers=auth).text.lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(listed)))
    told = {row[1]: dict(zip(rows[1], row, strict=False)) for row in rows[2:-1]}
    checked = 0
    for link, item in told.items():
        found = client.get(f"/api/v1/chain/links/{link}", headers=auth).json()["near"]
        assert (item["距离现有产业"] == "") is (found is None)
        if found is None:
            continue
        assert float(item["距离现有产业"]) == pytest.approx(found["nearness"], abs=2e-6)
        own = list(csv.reader(io.StringIO(client.get(f"/chain/links/{link}.csv", headers=auth).text)))
        shares = []
        for row in own:
            if row[0] == "同一企业":
                much = [len([one for one in cell.split("|") if one]) for cell in row[2:6]]
                shares.append((much[1] + much[3]) / (much[0] + much[2]))
                assert float(row[6]) == pytest.approx(shares[-1], abs=2e-6)
        assert sum(shares) / len(shares) == pytest.approx(found["nearness"], abs=2e-6)
        checked += 1
    assert checked >= 3
    assert "速冻隧道" in told["M15"]["距离的依据"]
    assert "食品生产许可证" in told["M15"]["距离的依据"]
    assert "外县鲜丸" not in listed
