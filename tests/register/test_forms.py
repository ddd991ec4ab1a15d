"""Forms of a subject's page on both databases: the other party is found by what one knows of it, and named supplies are
for authorised staff only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from chain.register import store
from service.database import Database
from tests.fixtures.people import Someone
from tests.register.test_api import CODE, STATEMENTS, add, post, say

Client = TestClient
People = dict[str, Someone]
HTML = {"Accept": "text/html"}
DATED = {"data_date": "2026-11-20", "source": "企业申报"}


def test_the_other_party_is_found_chosen_and_taken_back(
    client: Client, people: People, log_in: Callable[..., str], db: Database
) -> None:
    chief = people["director"].auth
    mine, buyer = add(client, chief, "甲厂"), add(client, chief, "奇爽食品", code=CODE)
    add(client, chief, "张鸭子一厂")
    second = add(client, chief, "张鸭子二厂")
    form = DATED | {"csrf_token": log_in("director")}
    there = f"/chain/register/{mine}"

    def send(act: str, status: int = 303, **more: str) -> str:
        answer = client.post(there, data=form | {"act": act} | more, follow_redirects=False)
        assert answer.status_code == status, answer.text
        return answer.text

    def found(q: str) -> str:
        return client.get(f"{there}/parties", params={"kind": "supplies", "find": q}, headers=HTML).text

    for q in ("奇爽", CODE[:8], "qs", buyer):
        assert f'value="{buyer}" selected' in found(q), q
    assert found("张").count("<option") == 3
    assert "甲厂" not in found("甲"), "nobody deals with himself"
    assert "没有符合" in found("没有的厂")

    told = {"link": "M30", "low": "5", "unit": "吨", "what": "五香试验品"}
    several = send("supplies", 422, find="张鸭子", **told | {"low": "百"})
    assert "“百”不是数字" in several, "everything that is wrong is said at once"
    assert "有 2 个主体符合" in several
    assert f'<option value="{second}">' in several
    assert 'value="五香试验品"' in several, "what was typed stays"
    assert "没有找到" in send("supplies", 422, find="没有的厂", **told)
    assert "请选择供给对象" in send("supplies", 422, **told)
    wrong = send("supplies", 422, find="张鸭子", to=second, link="M30", low="百", unit="吨")
    assert "百" in wrong
    assert f'<option value="{second}" selected>' in wrong
    send("supplies", find="qs", **told)
    send("supplies", find="张鸭子", to=second, link="M30")
    send("served_by", find="奇爽食品", what="冷链配送")
    send("equipment", what="速冻隧道", count="2")
    send("position", lon="107.8012", lat="30.6712", datum="gcj02")
    known = client.get(f"/api/v1/chain/subjects/{mine}", headers=chief).json()
    assert {(one["to"]["id"], one["text"]) for one in known["supplies"]} == {(buyer, "5 吨"), (second, "未知")}
    assert [(one["id"], one["what"]) for one in known["served_by"]] == [(buyer, "冷链配送")]
    assert [(one["what"], one["count"]) for one in known["equipment"]] == [("速冻隧道", "2")]
    assert (known["position"]["lon"], known["position"]["datum_name"]) == ("107.8012", "GCJ-02（高德、腾讯地图）")
    send("supplies", find="qs", **told | {"low": "8"})
    page = client.get(there, headers=HTML).text
    for words in ("8 吨", "数量未知", "冷链配送", "速冻隧道", "经度 107.8012"):
        assert words in page, words
    known = client.get(f"/api/v1/chain/subjects/{mine}", headers=chief).json()
    for one in (*known["supplies"], *known["served_by"], *known["equipment"], known["position"]):
        where = f"/chain/register/statements/{one['statement']}/withdraw"
        back = {"csrf_token": form["csrf_token"], "of_subject": mine, "reason": "录错了一栏"}
        assert client.post(where, data=back, follow_redirects=False).status_code == 303
    after = client.get(f"/api/v1/chain/subjects/{mine}", headers=chief).json()
    assert [one["text"] for one in after["supplies"]] == ["5 吨"], "what the correction stood before holds again"
    assert (after["served_by"], after["equipment"], after["position"]) == ([], [], None)


def test_who_deals_with_whom_is_for_authorised_staff(
    client: Client, people: People, log_in: Callable[..., str], db: Database
) -> None:
    chief, staff = people["director"].auth, people["investor"].auth
    mine, buyer = add(client, chief, "甲厂"), add(client, chief, "乙厂")
    body = {"to": buyer, "link": "M30", "low": "5", "unit": "吨", "what": "五香试验品"}
    made = say(client, chief, "supplies", mine, **body)["id"]
    with db.read() as conn:
        before = store.last_seq(conn)
    assert say(client, staff, "supplies", mine, 403, **body)["code"] == "forbidden"
    post(client, staff, f"{STATEMENTS}/{made}/withdraw", {"reason": "录错了一栏"}, 403)
    token = {"csrf_token": log_in("investor")}
    form = token | DATED | {"act": "supplies", "find": "乙厂", "link": "M30"}
    assert client.post(f"/chain/register/{mine}", data=form).status_code == 403
    back = token | {"of_subject": mine, "reason": "录错了一栏"}
    assert client.post(f"/chain/register/statements/{made}/withdraw", data=back).status_code == 403
    with db.read() as conn:
        assert store.last_seq(conn) == before

    def told(auth: dict[str, str]) -> list[Any]:
        one = client.get(f"/api/v1/chain/subjects/{mine}", headers=auth).json()
        listed = client.get(f"{STATEMENTS}?link=M30", headers=auth).json()["items"]
        return [one["supplies"] is None, one["supplied_by"] is None, len(one["history"]), len(listed)]

    assert told(chief) == [False, False, 2, 1]
    for login in ("investor", "operator"):
        assert told(people[login].auth) == [True, True, 1, 0]
        assert client.get(f"{STATEMENTS}?kind=supplies", headers=people[login].auth).status_code == 403
    for path in (f"/chain/register/{mine}", "/chain/register/links/M30"):
        assert "五香试验品" not in client.get(path, headers=HTML).text
        assert "五香试验品" in client.get(path, headers=HTML | chief).text
    assert "商业秘密" in client.get(f"/chain/register/{mine}", headers=HTML).text
    post(client, chief, f"{STATEMENTS}/{made}/withdraw", {"reason": "五香试验品停供"})
    assert told(chief)[2:] == [3, 2]
    assert told(staff)[2:] == [1, 0], "what withdrew a named supply tells that there was one"


def test_the_page_of_a_plot_says_its_conditions_and_takes_them(
    client: Client, people: People, log_in: Callable[..., str]
) -> None:
    """What nobody said is 未知 and not 0; parks have conditions too, enterprises none."""
    chief = people["director"].auth
    plot = add(client, chief, "3 号地块", subject_kind="site")
    maker = add(client, chief, "甲厂")
    there, form = f"/chain/register/{plot}", DATED | {"csrf_token": log_in("director")}

    def told() -> dict[str, str]:
        found = client.get(f"/api/v1/chain/subjects/{plot}", headers=chief).json()["offers"]
        return {one["name"]: one["text"] for one in found}

    def rows() -> str:
        page = client.get(there, headers=HTML).text
        return page.partition('id="offers"')[2].partition("</section>")[0]

    assert told() == dict.fromkeys(("冷库", "排污", "用气", "净高", "用地"), "未知")
    assert rows().count("未知") >= 5
    wrong = client.post(there, data=form | {"act": "offers", "what": "height", "low": "7", "unit": "亩"})
    assert wrong.status_code == 422
    assert "亩" in wrong.text.partition('id="offers"')[2].partition("</section>")[0]
    answer = client.post(
        there, data=form | {"act": "offers", "what": "height", "low": "7", "unit": "米"}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    client.post(there, data=form | {"act": "offers", "what": "gas", "low": "0", "unit": "立方米/日"})
    assert told() == {"冷库": "未知", "排污": "未知", "用气": "0 立方米/日", "净高": "7 米", "用地": "未知"}
    assert "7 米" in rows()
    assert "企业申报" in rows()
    assert "登记条件" not in client.get(f"{there}?as_of=2026-11-24", headers=HTML).text
    assert client.get(f"/api/v1/chain/subjects/{maker}", headers=chief).json()["offers"] is None
    assert 'id="offers"' not in client.get(f"/chain/register/{maker}", headers=HTML).text
    refused = client.post(
        f"/chain/register/{maker}", data=form | {"act": "offers", "what": "height", "low": "7", "unit": "米"}
    )
    assert refused.status_code == 422, "an enterprise is no plot"
