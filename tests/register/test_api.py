"""The register over HTTP on both databases: record, history, as-of, withdraw, merge, who may, and that grades follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from chain.register import store
from chain.register.folding import fold
from service.app import create_app
from service.database import Database
from service.demo.register import load_register
from service.register.current import desk_of
from service.settings import Settings
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from trace.parties.store import person

Client = TestClient
People = dict[str, Someone]
CODE = "91350100M000100Y43"
OTHER_CODE = "919999990000900180"
STATEMENTS = "/api/v1/chain/statements"


@pytest.fixture
def auth(people: People) -> dict[str, str]:
    return people["investor"].auth


@pytest.fixture
def chief(people: People) -> dict[str, str]:
    """Staff who also administer their office: they see who deals with whom."""
    return people["director"].auth


def post(client: Client, auth: dict[str, str], path: str, body: dict[str, Any], status: int = 201, **more: str) -> Any:
    answer = client.post(path, json=body, headers=auth | more)
    assert answer.status_code == status, answer.text
    return answer.json()


def say(client: Client, auth: dict[str, str], kind: str, subject: str = "", status: int = 201, **more: Any) -> Any:
    told = {"data_date": "2026-11-20", "source": "企业申报"} | {
        key: more.pop(key) for key in ("data_date", "source", "basis", "subject_kind") if key in more
    }
    return post(client, auth, STATEMENTS, {"kind": kind, "subject": subject, "body": more} | told, status)


def add(client: Client, auth: dict[str, str], name: str, **more: Any) -> str:
    return str(say(client, auth, "subject", name=name, **more)["subject"])


def errors(answer: dict[str, Any]) -> dict[str, str]:
    return {one["pointer"]: one["detail"] for one in answer["errors"]}


def test_a_subject_with_figures_sources_and_history(client: Client, auth: dict[str, str]) -> None:
    made = add(client, auth, "甲厂", code=CODE, controller="某集团")
    say(client, auth, "operates", made, link="M30", low="100", high="200", unit="吨")
    say(client, auth, "licence", made, what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    say(client, auth, "base_size", made, what="柚", low="500", unit="亩")
    found = client.get(f"/api/v1/chain/subjects/{made}", headers=auth).json()
    assert found["operates"][0]["text"] == "100～200 吨"
    assert (found["operates"][0]["source"], found["operates"][0]["data_date"]) == ("企业申报", "2026-11-20")
    assert found["licences"][0]["expired"] is True
    assert found["base_sizes"][0]["text"] == "500 亩"
    assert [one["kind"] for one in found["history"]] == ["base_size", "licence", "operates", "subject"]
    listed = client.get(f"{STATEMENTS}?link=M30", headers=auth).json()["items"]
    assert listed[0]["subject_name"] == "甲厂"
    assert "investor" in listed[0]["recorder"]
    assert len(listed[0]["digest"]) == 64


def test_grades_follow_at_once_and_in_another_process(
    client: Client, auth: dict[str, str], settings: Settings, clock: Clock
) -> None:
    database = Database(settings, clock)
    with TestClient(create_app(settings, database=database)) as other:
        assert grade(other, "M30") == "unknown"
        made = add(client, auth, "甲厂")
        said = say(client, auth, "operates", made, link="M30", low="100", unit="吨")
        clock.forward(minutes=0.05)
        assert grade(other, "M30") == grade(client, "M30") == "single"
        post(client, auth, f"{STATEMENTS}/{said['id']}/withdraw", {"reason": "录错环节"})
        clock.forward(minutes=0.05)
        assert grade(other, "M30") == grade(client, "M30") == "unknown"
    database.close()


def grade(client: Client, link: str) -> str:
    return str(client.get(f"/api/v1/chain/links/{link}").json()["gap"]["grade"])


def test_three_states_and_any_past_day(client: Client, auth: dict[str, str], clock: Clock) -> None:
    def state(as_of: str = "") -> str:
        found = client.get(f"/api/v1/chain/links/U08/register?as_of={as_of}", headers=auth)
        return str(found.json()["state_name"])

    assert state() == "未知"
    say(client, auth, "survey", "U08", where="全区走访")
    assert state() == "有证据缺失"
    clock.forward(days=2)
    made = add(client, auth, "笋社", data_date="2026-11-26", subject_kind="base")
    say(client, auth, "operates", made, link="U08", data_date="2026-11-26")
    assert state() == "有证据存在"
    assert state("2026-11-25") == "有证据缺失"
    assert state("2026-11-23") == "未知"
    assert client.get(f"/api/v1/chain/subjects/{made}?as_of=2026-11-25", headers=auth).status_code == 404
    assert client.get("/api/v1/chain/subjects?as_of=2026-11-25", headers=auth).json()["items"] == []
    refused = client.get("/api/v1/chain/links/U08/register?as_of=2027-01-01", headers=auth)
    assert refused.status_code == 422
    assert "晚于今天" in refused.text


@pytest.mark.parametrize(
    ("kind", "body", "pointer", "words"),
    [
        ("operates", {"link": "M99"}, "/link", ("没有环节", "M99")),
        ("operates", {"link": "M30", "low": "-1", "unit": "吨"}, "/low", ("-1", "小于 0")),
        ("operates", {"link": "M30", "low": "百", "unit": "吨"}, "/low", ("百", "数字")),
        ("operates", {"link": "M30", "low": "1"}, "/unit", ("单位",)),
        ("operates", {"link": "M30", "low": "1", "unit": "斤"}, "/unit", ("斤", "可用")),
        ("operates", {"link": "M30", "low": "9", "high": "1", "unit": "吨"}, "/high", ("下限 9 大于上限 1",)),
        ("operates", {"link": "M30", "low": "1", "unit": "吨", "data_date": ""}, "/data_date", ("请填写数据日期",)),
        ("operates", {"link": "M30", "data_date": "2026-12-01"}, "/data_date", ("2026-12-01", "晚于今天")),
        ("operates", {"link": "M30", "source": " "}, "/source", ("来源",)),
        ("operates", {"link": "M12", "low": "5", "unit": "亩"}, "/unit", ("“吨”", "“乙厂”", "“亩”", "不能相加")),
        ("base_size", {"what": "柚", "low": "5", "unit": "kg"}, "/unit", ("kg", "亩")),
        ("licence", {"what": "证", "number": "1", "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "/valid_to", ("早于",)),
        ("subject", {"name": "甲\u202e厂"}, "/name", ("第 2 个字", "U+202E", "删去")),
        ("subject", {"name": "甲\u200b厂"}, "/name", ("看不见", "U+200B")),
        ("subject", {"name": "甲厂", "controller": "\ufeff甲集团"}, "/controller", ("U+FEFF",)),
        ("subject", {"name": "甲厂", "code": CODE[:-1] + "4"}, "/code", ("校验码", "应为 3")),
        ("subject", {"name": "甲厂", "code": OTHER_CODE}, "/code", (OTHER_CODE, "“乙厂”", "“甲厂”")),
        ("supplies", {"to": "77", "link": "M30"}, "/to", ("没有这个主体",)),
        ("located_in", {"other": ""}, "/other", ("园区",)),
        ("position", {"lon": "", "lat": "30"}, "/lon", ("请填写经度",)),
        ("position", {"lon": "107", "lat": "107.8"}, "/lat", ("107.8", "-90～90", "经度写在了这里")),
        ("position", {"lon": "1e-99999", "lat": "30"}, "/lon", ("1e-99999", "十进制")),
        ("operates", {"link": "M30", "low": "1e-99999", "unit": "吨"}, "/low", ("1e-99999", "位数过多")),
        ("position", {"lon": "107°48′", "lat": "30"}, "/lon", ("107°48′", "十进制")),
        ("position", {"lon": "107", "lat": "30", "datum": "西安80"}, "/datum", ("西安80", "GCJ-02")),
        ("equipment", {"what": "冷库", "count": "两台"}, "/count", ("两台", "数字")),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_nothing_is_written(
    client: Client,
    chief: dict[str, str],
    db: Database,
    kind: str,
    body: dict[str, Any],
    pointer: str,
    words: tuple[str, ...],
) -> None:
    mine = add(client, chief, "甲厂")
    other = add(client, chief, "乙厂", code=OTHER_CODE)
    say(client, chief, "operates", other, link="M12", low="1", unit="吨")
    with db.read() as conn:
        before = store.last_seq(conn)
    answer = say(client, chief, kind, mine, 422, **body)
    for word in words:
        assert word in errors(answer)[pointer]
    with db.read() as conn:
        assert store.last_seq(conn) == before


def test_the_same_key_records_once(client: Client, auth: dict[str, str], db: Database) -> None:
    body = {"kind": "subject", "body": {"name": "甲厂"}, "data_date": "2026-11-20", "source": "走访"}
    first = post(client, auth, STATEMENTS, body, **{"Idempotency-Key": "k1"})
    assert post(client, auth, STATEMENTS, body, **{"Idempotency-Key": "k1"}) == first
    with db.read() as conn:
        assert store.last_seq(conn) == 1


def test_merge_needs_a_code_and_a_person_and_is_undone(client: Client, auth: dict[str, str], db: Database) -> None:
    one, other = add(client, auth, "渝每滋食品"), add(client, auth, "渝美滋", code=CODE)
    listed = client.get("/api/v1/chain/subjects", headers=auth).json()
    assert listed["count"] == "1～2"
    assert all(item["suspected_same"] for item in listed["items"])
    path = f"/api/v1/chain/subjects/{one}/same-as"
    good = {"other": other, "code": CODE, "person": "张三丰", "reason": "核对营业执照"}
    for name, value, pointer in (("code", "", "/code"), ("code", CODE[:-1] + "4", "/code"), ("person", " ", "/person"), ("code", OTHER_CODE, "/code"), ("reason", "是", "/reason")):  # fmt: skip
        assert pointer in errors(post(client, auth, path, good | {name: value}, 422)), (name, value)
    post(client, auth, path, good)
    listed = client.get("/api/v1/chain/subjects", headers=auth).json()
    assert listed["count"] == "1"
    assert {item["counts_as"] for item in listed["items"]} == {other}
    shown = client.get(f"/api/v1/chain/subjects/{one}", headers=auth).json()
    assert shown["same_as"][0]["person"] == "张三丰"
    with db.read() as conn:
        bodies = [row.body for row in conn.execute(select(store.statement.c.body))]
        assert not any("张三丰" in body for body in bodies), "a person's name is in no statement"
        filed = [row.name for row in conn.execute(select(person.c.name)) if row.name == "张三丰"]
        assert len(filed) == 1
    post(client, auth, f"/api/v1/chain/subjects/{other}/apart", {"other": one, "reason": "不是一家，已核实"})
    assert client.get("/api/v1/chain/subjects", headers=auth).json()["count"] == "1～2"
    assert post(client, auth, f"/api/v1/chain/subjects/{other}/apart", {"other": one, "reason": "再来一次看看"}, 404)


def test_two_codes_are_never_merged(client: Client, auth: dict[str, str]) -> None:
    one, other = add(client, auth, "渝每滋", code=OTHER_CODE), add(client, auth, "渝美滋", code=CODE)
    body = {"other": other, "code": CODE, "person": "张三丰", "reason": "核对营业执照"}
    answer = post(client, auth, f"/api/v1/chain/subjects/{one}/same-as", body, 422)
    assert "渝每滋" in errors(answer)["/code"]
    assert OTHER_CODE in errors(answer)["/code"]


def test_who_counts_as_one_has_one_code_and_is_found_once(client: Client, auth: dict[str, str]) -> None:
    one, other, third = add(client, auth, "渝每滋", code=CODE), add(client, auth, "渝美滋"), add(client, auth, "渝滋")
    at = "/api/v1/chain/subjects/{}/{}".format
    told = {"code": CODE, "person": "张三丰", "reason": "核对营业执照"}
    post(client, auth, at(one, "same-as"), told | {"other": other})
    for ends in ((one, other), (other, one)):
        again = post(client, auth, at(ends[0], "same-as"), told | {"other": ends[1]}, 409)
        assert again["code"] == "same_already"
    later = say(client, auth, "subject", other, 422, name="渝美滋", code=OTHER_CODE)
    assert "渝每滋" in errors(later)["/code"]
    say(client, auth, "subject", third, name="渝滋", code=OTHER_CODE)
    wrong = told | {"other": other, "code": OTHER_CODE}
    assert "两个代码" in errors(post(client, auth, at(third, "same-as"), wrong, 422))["/code"], "the whole group counts"
    post(client, auth, at(one, "apart"), {"other": other, "reason": "核对有误"})
    post(client, auth, at(one, "apart"), {"other": other, "reason": "核对有误"}, 404)
    post(client, auth, at(third, "same-as"), wrong)
    answer = client.post(STATEMENTS, content=b"{}", headers=auth | {"Content-Type": "text/plain"})
    assert "application/json" in answer.json()["detail"]
    assert "b'" not in answer.json()["detail"]


def test_a_withdrawal_is_final_and_said_once(client: Client, auth: dict[str, str]) -> None:
    made = add(client, auth, "甲厂")
    said = say(client, auth, "operates", made, link="M30")["id"]
    gone = post(client, auth, f"{STATEMENTS}/{said}/withdraw", {"reason": "录错环节"})["id"]
    assert post(client, auth, f"{STATEMENTS}/{said}/withdraw", {"reason": "录错环节"}, 409)["code"] == "withdrawn"
    assert post(client, auth, f"{STATEMENTS}/{gone}/withdraw", {"reason": "录错环节"}, 409)["code"] == "withdrawal"
    assert post(client, auth, f"{STATEMENTS}/77/withdraw", {"reason": "录错环节"}, 404)
    history = client.get(f"{STATEMENTS}?subject={made}", headers=auth).json()["items"]
    assert [(one["kind"], one["withdrawn_by"]) for one in history] == [
        ("withdraw", None), ("operates", gone), ("subject", None),
    ]  # fmt: skip


def test_pages_of_history_and_subjects_follow_each_other(client: Client, auth: dict[str, str]) -> None:
    made = [add(client, auth, f"第{n}厂") for n in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/api/v1/chain/subjects?limit=2&cursor={cursor}", headers=auth).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == made[::-1]
    first = client.get(f"{STATEMENTS}?limit=3", headers=auth).json()
    rest = client.get(f"{STATEMENTS}?limit=3&cursor={first['next']}", headers=auth).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [3, 2, None]


def test_search_by_name_code_and_initials(client: Client, auth: dict[str, str]) -> None:
    add(client, auth, "奇爽食品", code=CODE)
    add(client, auth, "张鸭子")
    for q in ("奇爽", CODE[:6], "qs"):
        found = client.get("/api/v1/chain/subjects", params={"q": q}, headers=auth).json()["items"]
        assert [item["name"] for item in found] == ["奇爽食品"], q


@pytest.mark.parametrize("login", [None, "clerk", "officer", "expert", "operator"])
def test_only_investment_staff_record(client: Client, people: People, login: str | None) -> None:
    headers = people[login].auth if login else {}
    body = {"kind": "subject", "body": {"name": "甲厂"}, "data_date": "2026-11-20", "source": "走访"}
    assert client.post(STATEMENTS, json=body, headers=headers).status_code == (403 if login else 401)
    assert client.get(STATEMENTS, headers=headers).status_code == (
        200 if login == "operator" else 403 if login else 401
    )


@pytest.fixture
def told(db: Database) -> dict[str, str]:
    return load_register(db)


def test_the_demo_speaks_through_the_register(client: Client, chief: dict[str, str], told: dict[str, str]) -> None:
    auth = chief
    found = client.get("/api/v1/chain/subjects?kind=park", headers=auth).json()
    assert {item["name"][2:7] for item in found["items"]} == {"综合服务区", "示范引领区", "产业集聚区"}
    maker = client.get(f"/api/v1/chain/subjects/{told['demo-maker']}", headers=auth).json()
    assert maker["located_in"]["id"] == told["park-show"]
    assert [one["from"]["id"] for one in maker["supplied_by"]] != []
    supplies = client.get("/api/v1/chain/supplies", headers=auth).json()
    assert supplies["observed"] == []
    assert len(supplies["declared_never_observed"]) == 5
    assert client.get("/api/v1/chain/subjects?as_of=2026-09-30", headers=auth).json()["items"] == []
    past = client.get(f"/api/v1/chain/subjects/{told['demo-maker']}?as_of=2026-10-02", headers=auth).json()
    assert past["operates"][0]["text"] == "6,000 吨"


def test_the_desk_equals_a_fresh_fold(db: Database, told: dict[str, str]) -> None:
    day = date(2026, 11, 24)
    with db.read() as conn, desk_of(db).register(conn, day) as register:
        assert register.facts() == fold(store.after(conn, 0), day).facts()


def test_a_correction_keeps_what_it_does_not_say(
    client: Client, auth: dict[str, str], told: dict[str, str], db: Database
) -> None:
    say(client, auth, "subject", told["demo-maker"], name="良溪鸭掌柜（演示）", code=OTHER_CODE)
    found = client.get(f"/api/v1/chain/subjects/{told['demo-maker']}", headers=auth).json()
    assert (found["name"], found["fields"], found["demo"]) == ("良溪鸭掌柜（演示）", {"登记类型": "企业"}, True)
    with db.read() as conn:
        assert fold(store.after(conn, 0), date(2026, 11, 24), demo=False).facts() == {}
