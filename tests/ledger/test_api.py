"""The ledger over HTTP on both databases: enter, correct, withdraw, as of a past day, who sees what."""

from __future__ import annotations

import io
from typing import Any

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from sqlalchemy import select
from starlette.testclient import TestClient

from chain.flows import reported_batches, reporting_devices
from chain.ledger import store
from service.app import create_app
from service.database import Database
from tests.fixtures.clock import Clock
from tests.fixtures.databases import make_settings
from tests.fixtures.people import Someone
from trace.parties.store import person

Client = TestClient
People = dict[str, Someone]
PLAN = "/api/v1/plan"
HTML = {"Accept": "text/html"}


@pytest.fixture
def auth(people: People) -> dict[str, str]:
    return people["investor"].auth


def post(client: Client, auth: dict[str, str], path: str, body: dict[str, Any], status: int = 201, **more: str) -> Any:
    answer = client.post(PLAN + path, json=body, headers=auth | more)
    assert answer.status_code == status, answer.text
    return answer.json()


def figure(client: Client, auth: dict[str, str], value: str, status: int = 201, **more: Any) -> Any:
    body = {"measure": "above_scale", "value": value, "unit": "家", "period": "2026 年 1—10 月", "data_date": "2026-10-31",
            "source": "区统计局月报 10 期"} | more  # fmt: skip
    return post(client, auth, "/34/figures", body, status)


def present(client: Client, no: int, key: str, as_of: str = "", auth: dict[str, str] | None = None) -> dict[str, Any]:
    answer = client.get(f"{PLAN}/{no}" + (f"?as_of={as_of}" if as_of else ""), headers=auth or {}).json()
    found: dict[str, Any] = next(one for one in answer["measures"] if one["key"] == key)
    return found


def errors(answer: dict[str, Any]) -> dict[str, str]:
    return {one["pointer"]: one["detail"] for one in answer["errors"]}


def test_a_figure_is_entered_corrected_withdrawn_and_asked_as_of(
    client: Client, auth: dict[str, str], clock: Clock
) -> None:
    assert present(client, 34, "above_scale")["present"] == "未知"
    figure(client, auth, "90")
    found = present(client, 34, "above_scale")
    assert (found["present"], found["counted"], found["source"], found["date"]) == (
        "90 家", "录入", "区统计局月报 10 期", "2026-10-31",
    )  # fmt: skip
    assert found["trial"] is True, "this platform is a demonstration"
    clock.forward(days=2)
    second = figure(client, auth, "98")
    assert present(client, 34, "above_scale")["present"] == "98 家"
    assert present(client, 34, "above_scale", "2026-11-24")["present"] == "90 家"
    clock.forward(days=2)
    post(client, auth, f"/entries/{second['id']}/withdraw", {"reason": "填错了期数"})
    assert present(client, 34, "above_scale")["present"] == "90 家"
    assert present(client, 34, "above_scale", "2026-11-26")["present"] == "98 家"
    history = client.get(f"{PLAN}/34/figures", headers=auth).json()
    assert [(one["body"]["value"], one["standing"], bool(one["withdrawn_by"])) for one in history["items"]] == [
        ("98", False, True), ("90", True, False),
    ]  # fmt: skip
    first = client.get(f"{PLAN}/34/figures?limit=1", headers=auth).json()
    rest = client.get(f"{PLAN}/34/figures?limit=1&cursor={first['next']}", headers=auth).json()
    assert [one["body"]["value"] for one in first["items"] + rest["items"]] == ["98", "90"]
    assert rest["next"] is None
    again = post(client, auth, f"/entries/{second['id']}/withdraw", {"reason": "再撤一次"}, 409)
    assert "已经撤回" in again["detail"]


def test_the_old_shape_has_the_entered_figure_too(client: Client, auth: dict[str, str]) -> None:
    figure(client, auth, "121")
    item = client.get(PLAN).json()["items"][33]
    told = next(one for one in item["figures"] if one["key"] == "above_scale")
    assert (told["present"], told["date"], told["reached"]) == ("121 家", "2026-10-31", True)
    assert item["present"] == "预制菜规上企业 121 家"


@pytest.mark.parametrize(
    ("more", "pointer", "word"),
    [
        ({"value": ""}, "/value", "请填写"),
        ({"value": "约90"}, "/value", "不是数字"),
        ({"value": "-1"}, "/value", "小于 0"),
        ({"value": "9" * 30}, "/value", "位数过多"),
        ({"unit": "个"}, "/unit", "家"),
        ({"unit": ""}, "/unit", "请填写"),
        ({"measure": "nothing"}, "/measure", "nothing"),
        ({"measure": ""}, "/measure", "请填写"),
        ({"period": ""}, "/period", "请填写"),
        ({"source": " "}, "/source", "请填写"),
        ({"data_date": "2026-12-01"}, "/data_date", "晚于今天"),
        ({"data_date": ""}, "/data_date", "请填写"),
    ],
)
def test_a_wrong_figure_is_refused_with_what_to_do(
    client: Client, auth: dict[str, str], db: Database, more: dict[str, str], pointer: str, word: str
) -> None:
    given = {"value": "90"} | more
    answer = figure(client, auth, given.pop("value"), 422, **given)
    assert word in errors(answer)[pointer]
    with db.read() as conn:
        assert store.last_seq(conn) == 0


def test_rows_that_are_not_there_or_not_counted(client: Client, auth: dict[str, str]) -> None:
    for no in ("0", "75", "99999999999999999999"):
        assert client.get(f"{PLAN}/{no}").status_code == 404
        assert client.get(f"/plan/{no}", headers=HTML).status_code == 404
    body = {"measure": "x", "value": "1", "unit": "子", "period": "2026", "data_date": "2026-10-31", "source": "文件"}
    assert "五子" in errors(post(client, auth, "/27/figures", body, 422))["/measure"]
    assert client.get(f"{PLAN}/lists/nothing").status_code == 422
    assert client.get(f"{PLAN}/registers/figure").status_code == 422


def test_the_same_key_enters_once(client: Client, auth: dict[str, str], db: Database) -> None:
    body = {"unit": "区商务委", "data_date": "2026-11-01", "source": "分工表"}
    first = post(client, auth, "/1/owner", body, 201, **{"Idempotency-Key": "a"})
    assert post(client, auth, "/1/owner", body, 201, **{"Idempotency-Key": "a"}) == first
    with db.read() as conn:
        assert store.last_seq(conn) == 1


def test_a_person_in_charge_stands_apart_and_is_for_staff(
    client: Client, auth: dict[str, str], people: People, db: Database
) -> None:
    post(
        client,
        auth,
        "/1/owner",
        {"unit": "区经济信息委", "person": "张三丰", "data_date": "2026-11-01", "source": "分工表"},
    )
    with db.read() as conn:
        bodies = [row.body for row in conn.execute(select(store.entry.c.body))]
        assert "张三丰" not in str(bodies)
        assert "张三丰" in [row.name for row in conn.execute(select(person))]
    assert client.get(f"{PLAN}/1", headers=auth).json()["person"] == "张三丰"
    for headers in ({}, people["clerk"].auth, people["officer"].auth):
        for path in (f"{PLAN}/1", PLAN, f"{PLAN}/report", f"{PLAN}/laggards"):
            assert "张三丰" not in client.get(path, headers=headers).text
        page = client.get("/plan/1", headers=headers | HTML)
        assert page.status_code == 200
        assert "张三丰" not in page.text
    assert "张三丰" in client.get("/plan/1", headers=auth | HTML).text
    assert client.get(f"{PLAN}/1").json()["owner"] == "区经济信息委"


def test_only_investment_staff_enter(client: Client, people: People) -> None:
    for login in ("clerk", "officer", "operator", "expert"):
        assert client.post(f"{PLAN}/1/owner", json={}, headers=people[login].auth).status_code == 403
    assert client.post(f"{PLAN}/1/owner", json={}).status_code == 401


def test_report_steps_follow_each_other_and_a_late_one_lags(client: Client, auth: dict[str, str], clock: Clock) -> None:
    def step(name: str, status: int = 201, half: str = "2026H2") -> Any:
        body = {"half": half, "step": name, "text": "内部说明", "data_date": "2026-11-20", "source": "工作记录"}
        return post(client, auth, "/38/reports", body, status)

    assert "任务" in errors(step("分办", 422))["/step"]
    assert "还没有开始" in errors(step("任务", 422, "2027H1"))["/half"]
    for name in ("任务", "分办", "落实"):
        step(name)
    step("分办")
    told = client.get(f"{PLAN}/38", headers=auth).json()
    assert told["reports"][0]["state"] == "落实"
    assert told["reports"][0]["steps"][0]["text"] == "内部说明"
    assert "内部说明" not in client.get(f"{PLAN}/38").text
    post(client, auth, "/38/owner", {"unit": "区招商中心", "data_date": "2026-11-01", "source": "分工表"})
    assert client.get(f"{PLAN}/laggards").json()["items"] == []
    clock.forward(days=60)
    (late,) = client.get(f"{PLAN}/laggards").json()["items"]
    assert late["no"] == 38
    assert "2027-01-15" in late["reasons"][0]
    assert [one["no"] for one in client.get(f"{PLAN}?state=lagging").json()["items"]] == [38]
    assert "招商中心" in client.get("/plan/laggards", headers=HTML).text


def register(client: Client, auth: dict[str, str], kind: str, status: int = 201, **body: Any) -> Any:
    return post(
        client, auth, f"/registers/{kind}", {"body": body, "data_date": "2026-11-01", "source": "登记表"}, status
    )


def test_registers_feed_their_rows_and_expiring_ones_are_told(client: Client, auth: dict[str, str]) -> None:
    kind = {"what": "绿色食品", "name": "梁平柚", "holder": "柚社", "valid_from": "2024-01-01"}
    register(client, auth, "certificate", number="LB-1", valid_to="2027-01-01", **kind)
    register(client, auth, "certificate", number="LB-2", **kind)
    found = present(client, 42, "green_food")
    assert (found["present"], found["counted"], found["rows"]) == ("2 个", "自动", 2)
    told = client.get(f"{PLAN}/registers/certificate").json()
    assert [one["body"]["number"] for one in told["expiring"]] == ["LB-1"]
    wrong = register(client, auth, "certificate", 422, number="LB-3", valid_to="2023-01-01", **kind)
    assert "早于" in errors(wrong)["/valid_to"]
    stray = register(client, auth, "training", 422, topic="刀工", people="3", teacher="某人")
    assert "没有“teacher”" in errors(stray)["/teacher"]
    half = register(client, auth, "training", 422, topic="刀工", people="3.5")
    assert "整数" in errors(half)["/people"]
    register(client, auth, "menu", year="2026", name="第一版", dishes="卤鸭\n豆干\n\n卤鸭")
    assert present(client, 40, "menu_dishes")["value"] == "2"
    assert "90 天内到期" in client.get("/plan/registers/certificate", headers=HTML).text


def test_single_enterprises_are_for_staff(client: Client, auth: dict[str, str]) -> None:
    made = client.post(
        "/api/v1/chain/statements",
        json={"kind": "subject", "body": {"name": "甲食品厂"}, "data_date": "2026-11-01", "source": "走访"},
        headers=auth,
    ).json()["subject"]
    register(client, auth, "ladder", subject=made, criterion="micro-licence", met="具备", proof="许可证")
    register(client, auth, "ladder", subject=made, criterion="micro-batches", met="不具备", proof="没有登记")
    register(client, auth, "sales", base="甲社", year="2025", value="12000", verified_by="区农业农村委")
    none = register(client, auth, "ladder", 422, subject="1", criterion="micro-licence", met="具备", proof="无")
    assert "没有这个主体" in errors(none)["/subject"]
    (one,) = client.get(f"{PLAN}/registers/ladder", headers=auth).json()["items"]
    assert (one["name"], one["rung"], one["next"], one["lacking"]) == ("甲食品厂", None, "微成长", ["在平台登记批次"])
    public = client.get(f"{PLAN}/registers/ladder").json()
    assert public["items"] == []
    assert {"rung": "未到第一级", "enterprises": 1} in public["rungs"]
    assert present(client, 26, "large_bases")["value"] == "1"
    for path in (
        "/api/v1/plan/26",
        "/api/v1/plan/registers/sales",
        "/plan/26",
        "/plan/registers/sales",
        "/plan/registers/ladder",
    ):
        answer = client.get(path, headers=HTML if path.startswith("/plan") else {})
        assert answer.status_code == 200, path
        told = answer.text
        assert "甲社" not in told
        assert "甲食品厂" not in told
    assert "甲食品厂" in client.get("/plan/registers/ladder", headers=auth | HTML).text


def test_yearly_lists_sites_and_what_goes_up(client: Client, auth: dict[str, str], people: People) -> None:
    told = {
        "year": 2026,
        "name": "预制菜检测平台",
        "unit": "区市场监管局",
        "state": "推进中",
        "data_date": "2026-11-01",
        "source": "清单",
    }
    post(client, auth, "/lists/platforms", told)
    post(client, auth, "/lists/platforms", told | {"state": "已完成", "data_date": "2026-11-20"})
    items = client.get(f"{PLAN}/lists/platforms").json()["items"]
    assert [one["body"]["state"] for one in items] == ["已完成"], "the same matter again is an update"
    assert client.get(f"{PLAN}/lists/reforms").json()["items"] == []
    assert present(client, 68, "list_entries")["value"] == "1"
    site = {"name": "品牌中心", "function": "品牌目录", "state": "在用", "data_date": "2026-11-01", "source": "走访"}
    post(client, auth, "/4/sites", site)
    assert present(client, 4, "brand_centre")["value"] == "1"
    every = {one["name"]: one["entry"] for one in client.get(f"{PLAN}/sites").json()["items"]}
    assert every["品牌中心"]["body"]["state"] == "在用"
    assert every["运营平台"] is None
    assert sum(entry is not None for entry in every.values()) == 1
    assert "品牌中心" in client.get("/plan/sites?type=中心", headers=HTML).text
    unnamed = post(client, auth, "/4/sites", site | {"active": "5"}, 422)
    assert "使用量" in errors(unnamed)["/active_what"]
    voice = {
        "what": "困难问题",
        "text": "检验人员不足",
        "to": "区发展改革委",
        "data_date": "2026-11-02",
        "source": "座谈",
    }
    post(client, auth, "/9/voices", voice)
    assert "检验人员不足" in client.get(f"{PLAN}/report", headers=auth).text
    assert "检验人员不足" in client.get(f"{PLAN}/report", headers=people["operator"].auth).text
    for path in (f"{PLAN}/report", f"{PLAN}/9"):
        assert "检验人员不足" not in client.get(path).text


def test_lists_and_registers_of_a_past_day_on_page_api_and_sheet(
    client: Client, auth: dict[str, str], clock: Clock
) -> None:
    told = {
        "year": 2026,
        "name": "检测平台",
        "unit": "区市场监管局",
        "state": "推进中",
        "data_date": "2026-11-01",
        "source": "清单",
    }
    first = post(client, auth, "/lists/platforms", told)["id"]
    kind = {"what": "绿色食品", "name": "梁平柚", "holder": "柚社", "valid_from": "2024-01-01"}
    register(client, auth, "certificate", number="LB-1", **kind)
    clock.forward(days=2)
    post(client, auth, "/lists/platforms", told | {"name": "后来的平台"})
    post(client, auth, f"/entries/{first}/withdraw", {"reason": "重复登记"})
    register(client, auth, "certificate", number="LB-2", **kind)
    sheets = {"platforms": "listed", "certificate": "certificate"}
    for room, was, now in (("lists/platforms", "检测平台", "后来的平台"), ("registers/certificate", "LB-1", "LB-2")):
        sheet = f"/plan/imports/{sheets[room.partition('/')[2]]}.xlsx"
        page = client.get(f"/plan/{room}?as_of=2026-11-24", headers=HTML | auth).text
        assert was in page, room
        assert now not in page, room
        assert 'value="2026-11-24"' in page, "the form keeps the day"
        assert f"{sheet}?as_of=2026-11-24" in page
        assert f'action="/plan/{room}" novalidate' not in page, "nothing is entered on a past day"
        assert now in client.get(f"/plan/{room}", headers=HTML | auth).text
        items = client.get(f"{PLAN}/{room}?as_of=2026-11-24").json()["items"]
        assert [one["body"]["name"] for one in items] == ["检测平台" if "lists" in room else "梁平柚"]
        then, later = (
            str(list(load_workbook(io.BytesIO(client.get(path, headers=auth).content)).active.values))
            for path in (f"{sheet}?as_of=2026-11-24", sheet)
        )
        assert (was in then, now in then, now in later) == (True, False, True)
        for path, headers in ((f"{PLAN}/{room}", {}), (f"/plan/{room}", HTML), (sheet, auth)):
            assert client.get(f"{path}?as_of=2027-01-01", headers=headers).status_code == 422, path
            assert client.get(f"{path}?as_of=20", headers=headers).status_code == 422, path


def test_the_report_of_a_half_year_as_page_and_workbook(client: Client, auth: dict[str, str]) -> None:
    figure(client, auth, "98")
    figure(client, auth, "70", data_date="2026-06-30")
    voice = {"what": "政策建议", "text": "=1+1", "to": "区发展改革委", "data_date": "2026-11-02", "source": "座谈"}
    post(client, auth, "/9/voices", voice)
    told = client.get(f"{PLAN}/report?half=2026h2").json()
    assert (told["half"], told["figures_as_of"], len(told["items"])) == ("2026H2", "2026-11-24", 74)
    earlier = client.get(f"{PLAN}/report?half=2026H1").json()
    assert earlier["figures_as_of"] == "2026-06-30"
    assert earlier["items"][33]["measures"][0]["present"] == "未知", "entered after the day: not known then"
    book = load_workbook(io.BytesIO(client.get("/plan/report.xlsx?half=2026H2", headers=auth).content))
    assert book.sheetnames == ["方案台账", "四张清单", "困难问题与建议"]
    rows = [row for row in book["方案台账"].iter_rows(values_only=True) if row[5] == "预制菜规上企业"]
    assert (rows[0][8], rows[0][10], rows[0][16]) == (98, "录入", "演示期间录入")
    assert book["困难问题与建议"]["B2"].data_type == "s"
    public = load_workbook(io.BytesIO(client.get("/plan/report.xlsx").content))
    assert public.sheetnames == ["方案台账", "四张清单"]
    for half in ("2026H3", "2027H1", "x"):
        assert client.get(f"{PLAN}/report?half={half}").status_code == 422
    html = client.get("/plan/report?half=2026H2", headers=HTML).text
    assert "98 家" in html
    assert "2026 年上半年" in html


def test_a_real_platform_leaves_out_what_was_entered_in_a_demonstration(
    client: Client, auth: dict[str, str], db: Database, clock: Clock, app: FastAPI
) -> None:
    figure(client, auth, "98")
    database = Database(make_settings(db.settings.database_url, demo=False), clock)
    with TestClient(create_app(database.settings, database=database)) as real:
        assert present(real, 34, "above_scale")["present"] == "未知"
        assert real.get(f"{PLAN}/34/figures").json()["items"] == []
        figure(real, auth, "91")
        found = present(real, 34, "above_scale")
        assert (found["present"], found["trial"]) == ("91 家", False)
    database.close()


def test_two_that_may_be_one_are_counted_from_to_everywhere(
    client: Client, auth: dict[str, str], db: Database, clock: Clock
) -> None:
    database = Database(make_settings(db.settings.database_url, demo=False), clock)
    with TestClient(create_app(database.settings, database=database)) as real:
        for name in ("渝每滋", "渝美滋"):
            body = {"kind": "subject", "subject_kind": "base", "body": {"name": name, "inside": True}}
            answer = real.post(
                "/api/v1/chain/statements", json=body | {"data_date": "2026-11-01", "source": "走访"}, headers=auth
            )
            assert answer.status_code == 201, answer.text
        clock.forward(days=60)
        found = present(real, 26, "registered_bases")
        assert (found["present"], found["value"], found["most"]) == ("1～2 个", "1", "2")
        page = real.get("/plan/26?past=1", headers=HTML).text
        assert page.count("1～2 个") >= 2, "the figure and its history"
        assert "疑为同一" in page
        assert "1～2 个" in real.get("/plan", headers=HTML).text
        rows = load_workbook(io.BytesIO(real.get("/plan/report.xlsx").content))["方案台账"].values
        assert [row[8] for row in rows if row[5] == "已登记的基地"] == ["1～2"]
        items = real.get(f"{PLAN}/26/history").json()["measures"]["registered_bases"]
        assert [one["text"] for one in items] == ["1～2 个"]
    database.close()


def test_two_processes_see_each_other_at_once(client: Client, auth: dict[str, str], db: Database, clock: Clock) -> None:
    database = Database(db.settings, clock)
    with TestClient(create_app(db.settings, database=database)) as other:
        assert present(other, 34, "above_scale")["present"] == "未知"
        figure(client, auth, "98")
        assert present(other, 34, "above_scale")["present"] == "98 家"
    database.close()


def sensor(device: str, event_id: str) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-24T00:00:00Z",
        "epcisBody": {
            "eventList": [
                {
                    "type": "ObjectEvent",
                    "eventID": f"ni:///sha-256;{event_id * 64}?ver=CBV2.0",
                    "action": "OBSERVE",
                    "bizStep": "sensor_reporting",
                    "eventTime": "2026-11-24T00:30:00Z",
                    "eventTimeZoneOffset": "+08:00",
                    "readPoint": {"id": "urn:epc:id:sgln:695012345.001.0"},
                    "sensorElementList": [
                        {
                            "sensorMetadata": {"time": "2026-11-24T00:30:00Z", "deviceID": device},
                            "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}],
                        }
                    ],
                }
            ]
        },
    }


def test_a_smart_factory_counts_while_its_sensors_report(people: People, db: Database, clock: Clock) -> None:
    auth = people["investor"].auth
    database = Database(make_settings(db.settings.database_url, demo=False), clock)
    with TestClient(create_app(database.settings, database=database)) as real:
        register(
            real,
            auth,
            "plant",
            name="一号工厂",
            holder="甲厂",
            what="智能工厂",
            scope="预制菜",
            points="urn:dev:1\nurn:dev:2",
        )
        assert present(real, 44, "smart_factories")["value"] == "0"
        sent = real.post("/epcis/capture", json=sensor("urn:dev:1", "a"), headers=people["clerk"].auth)
        assert sent.status_code == 202, sent.text
        job = real.get(sent.headers["location"], headers=people["clerk"].auth).json()
        assert job["success"], str(job["errors"])
        clock.forward(minutes=0.05)
        assert present(real, 44, "smart_factories")["value"] == "1"
        (plant,) = real.get(f"{PLAN}/registers/plant").json()["items"]
        assert (plant["points_reporting"], plant["points"], plant["counts"]) == (1, 2, True)
        assert "urn:dev:1" not in real.get(f"{PLAN}/registers/plant").text, "devices are for staff"
        clock.forward(days=8)
        assert present(real, 44, "smart_factories")["value"] == "0"
        assert present(real, 44, "smart_factories", "2026-11-24")["value"] == "1"
    with database.read() as conn:
        assert reporting_devices(conn, ["urn:dev:1", "urn:dev:2"], db.now(), include_demo=False).keys() == {"urn:dev:1"}
        assert reported_batches(conn, db.now()) == 0
    database.close()


def test_a_rows_own_list_counts_and_its_past_is_told_with_how_each_number_is_known(
    client: Client, auth: dict[str, str], clock: Clock
) -> None:
    def member(name: str, state: str, status: int = 201, no: int = 24) -> Any:
        body = {"name": name, "unit": "区市场监管局", "state": state, "data_date": "2026-11-01", "source": "接入表"}
        return post(client, auth, f"/{no}/members", body, status)

    assert "名单" in errors(member("甲厂", "已办成", 422, 1))["/no"]
    assert "已办成" in errors(member("甲厂", "好了", 422))["/state"]
    member("甲厂", "已办成")
    clock.forward(days=3)
    member("乙厂", "已办成")
    assert present(client, 24, "open_kitchens")["present"] == "2 家"
    assert present(client, 24, "open_kitchens", "2026-11-25")["present"] == "1 家"
    told = client.get(f"{PLAN}/24/history").json()["measures"]["open_kitchens"]
    assert [(one["date"], one["text"], one["counted"], one["trial"]) for one in told] == [
        ("2026-11-27", "2 家", "自动", True), ("2026-11-24", "1 家", "自动", True),
    ]  # fmt: skip
    staff, public = client.get("/plan/24", headers=auth | HTML).text, client.get("/plan/24", headers=HTML).text
    assert "历次的数（2）" in staff
    assert "历次的数（2）" in public
    assert "乙厂" in staff
    assert "乙厂" not in public
    assert "乙厂" not in client.get(f"{PLAN}/24").text
    assert client.get("/plan/37?past=1", headers=HTML).status_code == 200
