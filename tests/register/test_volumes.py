"""A family's yearly volume over HTTP on both databases: form, history, withdrawal, days, and the needs that follow."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from itertools import takewhile
from math import prod
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.demo.register import load_register
from tests.fixtures.people import Someone
from tests.register.test_api import STATEMENTS, add, errors, post, say

Client = TestClient
People = dict[str, Someone]
HTML = {"Accept": "text/html"}
DATED = {"data_date": "2026-11-20", "source": "统计年报"}


@pytest.fixture
def auth(people: People) -> dict[str, str]:
    return people["investor"].auth


def need(client: Client, link: str, auth: dict[str, str] | None = None, query: str = "") -> Any:
    client.app.state.chains = {}  # type: ignore[attr-defined]
    return client.get(f"/api/v1/chain/links/{link}{query}", headers=auth or {}).json()["need"]


def of_family(client: Client, auth: dict[str, str], family: str = "pomelo", query: str = "") -> Any:
    answer = client.get(f"/api/v1/chain/families/{family}/register{query}", headers=auth)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_volume_is_said_corrected_and_taken_back(client: Client, auth: dict[str, str]) -> None:
    assert of_family(client, auth)["volume"] is None
    assert need(client, "M06", auth)["conclusion"] == "未知（柚制品的年产量未知）"
    first = say(client, auth, "volume", "pomelo", low="0.36", unit="万吨", data_date="2026-10-01", source="统计年报")
    assert first["subject"] == "pomelo"
    told = of_family(client, auth)
    assert (told["volume"]["text"], told["volume"]["source"]) == ("0.36 万吨", "统计年报")
    assert "U06" in told["links"]
    found = need(client, "M06", auth)
    assert found["used"] is True
    assert found["computed"] == {"low": "3600", "high": "3600", "unit": "吨"}
    assert found["entered"] is None
    (part,) = found["parts"]
    assert (part["volume"]["data_date"], part["volume"]["source"]) == ("2026-10-01", "统计年报")
    second = say(client, auth, "volume", "pomelo", low="4000", high="5000", unit="吨")
    found = need(client, "M06", auth)
    assert (found["used"], found["computed"]["high"]) == (False, "5000")
    assert "区间" in found["conclusion"]
    post(client, auth, f"{STATEMENTS}/{second['id']}/withdraw", {"reason": "录错了一栏"})
    assert need(client, "M06", auth)["used"] is True
    say(client, auth, "volume", "pomelo")
    assert of_family(client, auth)["volume"]["text"] == "未知"
    assert need(client, "M06", auth)["computed"] is None
    listed = client.get(f"{STATEMENTS}?subject=pomelo", headers=auth).json()["items"]
    assert [one["kind"] for one in listed] == ["volume", "withdraw", "volume", "volume"]
    assert listed[2]["withdrawn_by"] == listed[1]["id"]
    assert {one["subject_kind"] for one in listed} == {"family"}
    assert client.get(f"{STATEMENTS}?kind=volume", headers=auth).json()["items"][0]["kind_name"] == "年产量"


def test_an_entered_need_holds_and_both_stand_side_by_side(client: Client, auth: dict[str, str]) -> None:
    say(client, auth, "volume", "pomelo", low="3600", unit="吨")
    say(client, auth, "need", "M06", low="4000", unit="吨")
    found = need(client, "M06", auth)
    assert (found["used"], found["entered"]["quantity"], found["computed"]["low"]) == (False, "4000", "3600")
    assert found["difference"] == "推算比登记少 400 吨"
    say(client, auth, "need", "U06", low="6", unit="千克")
    assert need(client, "U06", auth)["difference"] == "推算比登记多 5,399,994～10,799,994 千克"
    say(client, auth, "need", "U06", low="6", unit="件")
    assert "不能相比" in need(client, "U06", auth)["difference"]
    say(client, auth, "need", "M28", low="100", unit="吨")
    assert need(client, "M28", auth)["difference"] == "已知产量的下限比登记少 100 吨"
    page = client.get("/chain/links/M06", headers=auth | HTML).text
    for words in ("3,600 吨", "推算比登记少 400 吨", "已登记年需求", "在本环节做成"):
        assert words in page, words


def test_a_capacity_follows_and_the_grade_is_the_computed_one(client: Client, auth: dict[str, str]) -> None:
    for n in range(3):
        made = add(client, auth, f"柚厂{n}")
        say(client, auth, "operates", made, link="M06", low="300000", unit="kg")
    before = client.get("/api/v1/chain/links/M06", headers=auth).json()
    assert before["gap"]["grade"] == "unknown"
    say(client, auth, "volume", "pomelo", low="3600", unit="吨")
    client.app.state.chains = {}  # type: ignore[attr-defined]
    after = client.get("/api/v1/chain/links/M06", headers=auth).json()
    assert after["gap"]["grade"] == "weak"
    assert after["measures"]["cover"] == [0.25, 0.25]
    assert after["gap"]["inputs"]["demand"]["source"].startswith("按配料单推算：柚制品")
    assert after["gap"]["inputs"]["capacity_inside"]["value"] == "900"


def test_what_is_wrong_is_told(client: Client, auth: dict[str, str], people: People) -> None:
    told = errors(say(client, auth, "volume", "pomelo", 422, low="5", unit="亩", what="柚"))
    assert "“亩”" in told["/unit"]
    assert "吨" in told["/unit"]
    assert "没有“what”这一栏" in told["/what"]
    assert "/subject" in errors(say(client, auth, "volume", "durian", 422, low="5", unit="吨"))
    assert "/subject" in errors(say(client, auth, "volume", "", 422, low="5", unit="吨"))
    assert "/high" in errors(say(client, auth, "volume", "pomelo", 422, low="5", high="4", unit="吨"))
    assert "/low" in errors(say(client, auth, "volume", "pomelo", 422, low="-1", unit="吨"))
    assert "/low" in errors(say(client, auth, "volume", "pomelo", 422, high="4", unit="吨"))
    assert "/unit" in errors(say(client, auth, "volume", "pomelo", 422, low="4"))
    assert say(client, people["clerk"].auth, "volume", "pomelo", 403, low="5", unit="吨")["code"] == "forbidden"
    for path in ("/api/v1/chain/families/durian/register", "/chain/register/families/durian"):
        assert client.get(path, headers=auth).status_code == 404
    assert client.get("/api/v1/chain/families/pomelo/register").status_code == 401


def test_the_form_its_refusal_and_a_past_day(
    client: Client, people: People, log_in: Callable[..., str], auth: dict[str, str]
) -> None:
    token = {"csrf_token": log_in("investor")}
    there = "/chain/register/families/pomelo"
    assert "未知：没有登记" in client.get(there, headers=HTML).text
    wrong = client.post(there, data=token | DATED | {"low": "三千", "unit": "吨"})
    assert wrong.status_code == 422
    assert "“三千”不是数字" in wrong.text
    assert 'value="三千"' in wrong.text
    made = client.post(there, data=token | DATED | {"low": "3600", "high": "", "unit": "吨"}, follow_redirects=False)
    assert (made.status_code, made.headers["location"]) == (303, f"{there}?done=said")
    page = client.get(there, headers=HTML).text
    assert "3,600 吨" in page
    assert "试验招商" in page or "investor" in page, "who recorded it"
    assert "没有登记" in client.get(f"{there}?as_of=2026-11-01", headers=HTML).text
    assert of_family(client, auth, query="?as_of=2026-11-01")["volume"] is None
    assert need(client, "M06", query="?as_of=2026-11-01")["computed"] is None
    statement = of_family(client, auth)["volume"]["statement"]
    back = token | {"of_family": "pomelo", "what": "volume"}
    where = f"/chain/register/statements/{statement}/withdraw"
    assert client.post(where, data=back | {"reason": ""}).status_code == 422
    gone = client.post(where, data=back | {"reason": "录错了一栏"}, follow_redirects=False)
    assert gone.headers["location"] == f"{there}?done=withdrawn"
    assert of_family(client, auth)["volume"] is None
    assert "已撤回" in client.get(there, headers=HTML).text
    assert client.post("/chain/register/families/durian", data=token | DATED).status_code == 404


# ---- the exported rows --------------------------------------------------------------------------------


def table(text: str) -> list[dict[str, str]]:
    """The rows below the heading of the needs."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    at = next(n for n, row in enumerate(rows) if row[:2] == ["类别", "环节"])
    mine = takewhile(lambda row: len(row) == len(rows[at]), rows[at + 1 :])
    return [dict(zip(rows[at], row, strict=True)) for row in mine]


def by_hand(rows: list[dict[str, str]]) -> tuple[Decimal, Decimal] | None:
    """Σ volume × the product of the amounts on the way; None where a cell of it is 未知."""
    ends = []
    for end in ("下限", "上限"):
        cells = [(row[f"年产量{end}"], row[f"每公斤用量{end}"].split("|")) for row in rows]
        if any("未知" in (made, *used) for made, used in cells):
            return None
        made_of = [prod((Decimal(one) for one in used), start=Decimal(made)) for made, used in cells]
        ends.append(sum(made_of, Decimal(0)))
    return ends[0], ends[1]


def test_the_need_is_worked_out_again_from_the_exported_rows(
    client: Client, auth: dict[str, str], db: Database
) -> None:
    load_register(db)
    families = client.get("/api/v1/chain/completeness").json()["families"]
    for n, family in enumerate(families[:-1], 1):
        say(client, auth, "volume", family["id"], low=str(1000 * n), unit="吨")
    client.app.state.chains = {}  # type: ignore[attr-defined]
    every = table(client.get("/chain/needs.csv", headers=auth).text)
    checked = used = 0
    for link in {row["环节"] for row in every}:
        own = table(client.get(f"/chain/links/{link}.csv", headers=auth).text)
        assert own == [row for row in every if row["环节"] == link], "the link's file has the same rows"
        parts = [row for row in own if row["类别"] == "推算分项"]
        total = next(row for row in own if row["类别"] == "推算合计")
        found, hand = client.get(f"/api/v1/chain/links/{link}", headers=auth).json()["need"], by_hand(parts)
        if hand is None:
            assert total["需求下限"] == total["需求上限"] == "未知"
            assert found["computed"] is None
            continue
        scale = 1 if total["单位"] == "吨" else 1000
        assert [Decimal(total["需求下限"]), Decimal(total["需求上限"])] == [end * scale for end in hand]
        assert [Decimal(found["computed"][end]) for end in ("low", "high")] == [end * scale for end in hand]
        checked += 1
        for row in own:
            if row["类别"] == "年需求（推算）":
                assert Decimal(row["需求下限"]) == hand[0] == hand[1]
                used += 1
    assert checked >= 7
    assert used >= 2
    whole = client.get("/chain/families.csv", headers=auth).text
    assert "产量,柚制品,全年产量,,,,,3000000" in whole
    assert client.get("/chain/needs.csv").status_code == 401
    page = client.get("/chain/families", headers=auth | HTML).text
    for words in ("按配料单推算的年需求", "的年产量未知", "推算比登记", "3,000 吨"):
        assert words in page, words


def test_the_demo_has_computed_needs(client: Client, auth: dict[str, str], db: Database) -> None:
    load_register(db)
    assert need(client, "M06", auth)["used"] is True
    assert need(client, "U08", auth)["computed"] == {"low": "3600", "high": "5940", "unit": "吨"}
    assert need(client, "U06", auth)["difference"].startswith("推算比登记少")
    assert "演示" in need(client, "M06", auth)["parts"][0]["volume"]["source"]


def test_the_volume_of_a_family_that_one_enterprise_makes_is_not_for_the_public(
    client: Client, auth: dict[str, str]
) -> None:
    def public(path: str) -> str:
        client.app.state.chains = {}  # type: ignore[attr-defined]
        return client.get(path, headers=HTML if path.startswith("/chain") else {}).text

    say(client, auth, "operates", add(client, auth, "柚厂甲"), link="M06", low="300", unit="吨")
    say(client, auth, "volume", "pomelo", low="3611", unit="吨")
    paths = ("/chain/links/M06", "/chain/families", "/chain/gaps", "/chain/links/U06", "/api/v1/chain/links/M06",
             "/api/v1/chain/completeness", "/api/v1/chain/gaps", "/api/v1/chain/links/U06")  # fmt: skip
    for path in paths:
        assert "3611" not in public(path).replace(",", ""), path
    assert "保密" in public("/chain/families")
    assert "保密" in public("/chain/links/U06")
    for n, family in enumerate(client.get("/api/v1/chain/completeness").json()["families"]):
        if family["id"] != "pomelo":
            say(client, auth, "volume", family["id"], low=str(500 + 100 * n), unit="吨")
    client.app.state.chains = {}  # type: ignore[attr-defined]
    shown = client.get("/api/v1/chain/completeness").json()
    ends = [sum(f["completeness"][end] for f in shown["families"]) / len(shown["families"]) for end in (0, 1)]
    assert shown["whole"] == pytest.approx(ends, abs=1e-6), "weighed alike: no weight can be worked out of it"
    full = client.get("/api/v1/chain/completeness", headers=auth).json()
    assert full["whole"] != pytest.approx(ends, abs=1e-6)
    assert "3,611 吨" in client.get("/chain/links/M06", headers=auth | HTML).text
    assert need(client, "M06", auth)["used"] is True
    for n in range(2):
        say(client, auth, "operates", add(client, auth, f"柚厂{n}"), link="M06", low="300", unit="吨")
    assert need(client, "M06")["computed"]["low"] == "3611", "of three, nobody's alone"
    assert "3,611 吨" in public("/chain/links/M06")
