"""Targets over HTTP on both databases: staff entry, assumptions, imports, sites, the plan's names, who may."""

from __future__ import annotations

import random
from typing import Any

import pytest
from starlette.testclient import TestClient

from chain.assessment.loading import frame
from chain.seedrows import SeedError
from chain.seeds import load_links
from chain.targets.plan import load_plan_targets, parse_plan_targets
from service.database import Database
from service.demo.register import load_plan_names, load_register
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.register.test_api import add, errors, post, say
from tests.register.test_importing import IMPORTS, upload

Client = TestClient
TARGETS = "/api/v1/chain/targets"
SITES = "/api/v1/chain/sites"
DATED = {"data_date": "2026-11-20", "source": "招商走访"}
NEW = {"name": "新厂", "link": "M15", "low": "300", "unit": "吨"} | DATED


@pytest.fixture
def auth(people: dict[str, Someone]) -> dict[str, str]:
    return people["investor"].auth


def get(client: Client, auth: dict[str, str], path: str) -> Any:
    answer = client.get(path, headers=auth)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_before_and_after_with_an_assumed_capacity(client: Client, auth: dict[str, str], clock: Clock) -> None:
    say(client, auth, "survey", "M15", where="全区走访")
    say(client, auth, "need", "M15", low="600", unit="吨")
    made = post(client, auth, TARGETS, NEW)["id"]
    clock.forward(minutes=0.05)
    found = get(client, auth, f"{TARGETS}/{made}")
    change = found["changes"][0]
    assert (change["before"]["grade_name"], change["after"]["grade_name"]) == ("缺", "单点")
    assert (change["before"]["cover"], change["after"]["cover"]) == ([0, 0], [0.5, 0.5])
    assert (change["before"]["controllers"], change["after"]["controllers"]) == (0, 1)
    assert found["links"][0]["capacity"] == "300 吨（假设）"
    assert any("是假设" in said for said in found["why_not"])
    post(client, auth, f"{TARGETS}/{made}/links", {"link": "M15", "low": "600", "unit": "吨"} | DATED)
    clock.forward(minutes=0.05)
    again = get(client, auth, f"{TARGETS}/{made}")["changes"][0]
    assert again["after"]["cover"] == [1, 1]
    assert again["before"] == change["before"], "the register itself is untouched by what is assumed"
    assert get(client, auth, f"{TARGETS}?link=M15")["items"][0]["id"] == made


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"link": "M99"}, "/link"),
        ({"low": "-1"}, "/low"),
        ({"unit": ""}, "/unit"),
        ({"data_date": "2027-01-01"}, "/data_date"),
        ({"source": ""}, "/source"),
        ({"code": "91350100M000100Y44"}, "/code"),
    ],
)
def test_bad_input_writes_nothing(client: Client, auth: dict[str, str], body: dict[str, str], pointer: str) -> None:
    assert pointer in errors(post(client, auth, TARGETS, NEW | body, 422))
    assert get(client, auth, TARGETS)["total"] == 0
    assert get(client, auth, "/api/v1/chain/subjects")["items"] == []


def test_sites_meet_requirements_or_not_or_it_is_unknown(client: Client, auth: dict[str, str]) -> None:
    made = post(client, auth, TARGETS, NEW)["id"]
    site = post(client, auth, SITES, {"name": "3 号地块"} | DATED)["id"]
    for what, low, unit in (("height", "8", "米"), ("land", "30", "亩"), ("cold", "100", "吨")):
        post(client, auth, f"{TARGETS}/{made}/requirements", {"what": what, "low": low, "unit": unit} | DATED)
    for what, low, unit in (("height", "9", "米"), ("land", "10", "亩")):
        post(client, auth, f"{SITES}/{site}/offers", {"what": what, "low": low, "unit": unit} | DATED)
    checks = {one["what"]: one for one in get(client, auth, f"{TARGETS}/{made}")["sites"][0]["checks"]}
    assert {what: one["met_name"] for what, one in checks.items()} == {
        "cold": "未知", "sewage": "未知", "gas": "未知", "height": "满足", "land": "不满足",
    }  # fmt: skip
    assert checks["land"]["reason"] == "要求 30 亩，地块 10 亩"
    assert checks["land"]["offered"]["data_date"] == "2026-11-20"
    told = get(client, auth, f"/api/v1/chain/statements?subject={site}&kind=offers")["items"]
    assert sorted(one["text"] for one in told) == ["净高 9 米", "用地 10 亩"]
    wrong = {"what": "height", "low": "9", "unit": "亩"} | DATED
    assert "/unit" in errors(post(client, auth, f"{SITES}/{site}/offers", wrong, 422))
    offer = {"what": "height", "low": "9", "unit": "米"} | DATED
    assert "/subject" in errors(post(client, auth, f"{SITES}/{made}/offers", offer, 422))


def test_one_hidden_among_200_imported_candidates_is_in_the_first_ten(
    client: Client, auth: dict[str, str], clock: Clock
) -> None:
    say(client, auth, "survey", "M15", where="全区走访")
    say(client, auth, "need", "M15", low="600", unit="吨")
    dice = random.Random(7)
    links = [link.id for link in frame().links]
    rows = [f"名单{n}厂,候选,{dice.choice(links)},,吨,{'' if n % 2 else '500 吨'}" for n in range(200)]
    rows.insert(dice.randrange(200), "藏起来的厂,候选,M15,400～500,吨,")
    head = "企业名称,主体类型,环节,年产能,单位,冷库要求"
    file = upload(client, auth, "\n".join([head, *rows]))
    body = {"file_id": file["file_id"], "which": "all", "source": "招商名单", "data_date": "2026-11-20"}
    post(client, auth, IMPORTS, body)
    clock.forward(minutes=0.05)
    found = get(client, auth, f"{TARGETS}?link=M15&limit=10")
    place = [one["name"] for one in found["items"]].index("藏起来的厂")
    assert place < 10
    assert found["items"][place]["links"][0]["capacity"] == "400～500 吨（假设）"
    assert found["items"][place]["links"][0]["imported"] is True
    assert "现算" in found["order"]
    listed = get(client, auth, f"{TARGETS}?limit=200")
    assert listed["total"] == 201
    assert any(one["requires"].get("cold", {}).get("text") == "500 吨" for one in listed["items"])


def test_the_plans_names_have_a_section_and_no_capacity(client: Client, auth: dict[str, str], db: Database) -> None:
    assert load_plan_names(db) == 3
    assert load_plan_names(db) == 0, "once, however often"
    found = {one["name"]: one for one in get(client, auth, TARGETS)["items"]}
    assert set(found) == {"国联水产", "味知香", "千味央厨"}
    for one in found.values():
        assert one["named"] == "（四）3：2027 年落户梁平"
        assert one["demo"] is False
        assert {wish["capacity"] for wish in one["links"]} == {"未知"}
    known = found["味知香"]
    wish = {"link": known["links"][0]["link"], "low": "100", "unit": "吨"} | DATED
    post(client, auth, f"{TARGETS}/{known['id']}/links", wish)
    assert get(client, auth, f"{TARGETS}/{known['id']}")["named"], "an assumption does not take the mark away"


def test_the_seeds_of_the_plans_names() -> None:
    assert [one.name for one in load_plan_targets(load_links())] == ["国联水产", "味知香", "千味央厨"]
    text = 'basis: a\ndate: "2023-06-09"\nsource: b\ntarget: c\ntargets:\n  - {name: 甲, section: （四）3, quote: d, links: [M99]}\n'
    with pytest.raises(SeedError, match="M99"):
        parse_plan_targets(text, {"M12"})


def test_the_demo_has_five_candidates_and_two_plots(client: Client, auth: dict[str, str], db: Database) -> None:
    load_register(db)
    found = get(client, auth, TARGETS)["items"]
    assert len(found) == 5
    assert all(one["demo"] and one["name"].endswith("（演示）") for one in found)
    assert len([one for one in get(client, auth, SITES)["items"] if one["kind"] == "site"]) == 2


def test_lists_by_day_and_by_page(client: Client, auth: dict[str, str], clock: Clock) -> None:
    made = [post(client, auth, TARGETS, NEW | {"name": f"厂{n}"})["id"] for n in range(3)]
    page = get(client, auth, f"{TARGETS}?limit=2")
    rest = get(client, auth, f"{TARGETS}?limit=2&cursor={page['next']}")
    assert [one["id"] for one in (*page["items"], *rest["items"])] == made
    clock.forward(days=1)
    assert get(client, auth, f"{TARGETS}?as_of=2026-11-23")["total"] == 0
    assert client.get(f"{TARGETS}/{made[0]}?as_of=2026-11-23", headers=auth).status_code == 404
    subject = add(client, auth, "不是目标")
    assert client.get(f"{TARGETS}/{subject}", headers=auth).status_code == 404
    assert client.get(f"{TARGETS}?link=M99", headers=auth).status_code == 404


@pytest.mark.parametrize("login", [None, "clerk", "officer", "operator"])
def test_only_investment_staff_enter(client: Client, people: dict[str, Someone], login: str | None) -> None:
    headers = people[login].auth if login else {}
    assert client.post(TARGETS, json=NEW, headers=headers).status_code == (403 if login else 401)
    assert client.get(TARGETS, headers=headers).status_code == (200 if login == "operator" else 403 if login else 401)
