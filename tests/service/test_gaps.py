"""The ranked gap list, completeness and the ten questions over HTTP: factors, weights, days, who sees what."""

from __future__ import annotations

import csv
import io
import re

import pytest
from starlette.testclient import TestClient

from service.database import Database
from service.demo.register import load_register
from tests.fixtures.people import Someone

HTML = {"Accept": "text/html"}


@pytest.fixture(autouse=True)
def demo_register(db: Database) -> None:
    """What the demo district says of itself."""
    load_register(db)


def test_moved_weights_reorder_and_the_score_is_the_product(client: TestClient) -> None:
    plain = client.get("/api/v1/chain/gaps").json()
    moved = client.get("/api/v1/chain/gaps?risk=0&local=2").json()
    assert moved["weights"] == {"risk": 0, "lack": 1, "local": 2}
    for item in moved["items"]:
        low, high = item["factors"]["lack"]
        local = item["factors"]["local"] ** 2
        assert item["score"] == pytest.approx([low * local, high * local], abs=2e-6)
    assert [i["link"] for i in moved["items"]] != [i["link"] for i in plain["items"]]
    assert client.get("/api/v1/chain/gaps?risk=4").status_code == 422


def test_both_counts_of_what_is_lacking_stand_beside_each_other(client: TestClient) -> None:
    """A link that only those outside supply is graded 依赖外部 and counted among 缺 too: both pages say so."""
    items = client.get("/api/v1/chain/gaps").json()["items"]
    graded = [one for one in items if one["grade"] == "missing"]
    lacking = [one for one in items if "缺" in one["kinds"]]
    more = len(lacking) - len(graded)
    assert more > 0, "the demo has such links"
    assert {one["grade"] for one in lacking} == {"missing", "external"}
    for path in ("/chain", "/chain/gaps"):
        page = client.get(path, headers=HTML).text
        (note,) = re.findall(r"“缺”有两个数：[^<]*", page)
        assert f"等级为“缺”的 {len(graded)} 个" in note
        assert f"缺口“缺”的 {len(lacking)} 个" in note
        assert f"多出的 {more} 个等级是“依赖外部”" in note
    for layer in "UMDS":
        mine = [one for one in lacking if one["layer"] == layer]
        page = client.get(f"/chain/gaps?layer={layer}", headers=HTML).text
        told = re.findall(r"缺口“缺”的 (\d+) 个", page)
        assert told == ([] if all(one["grade"] == "missing" for one in mine) else [str(len(mine))]), layer


def test_directions_of_the_plan_narrow_the_list_and_keep_the_rank(client: TestClient) -> None:
    every = {i["link"]: i["rank"] for i in client.get("/api/v1/chain/gaps").json()["items"]}
    items = client.get("/api/v1/chain/gaps?direction=equipment").json()["items"]
    assert {i["link"] for i in items} == {"M24", "M25", "M26", "M27"}
    assert all(i["direction"] == "食品装备" and i["rank"] == every[i["link"]] for i in items)
    assert "食品装备" in client.get("/chain/gaps?direction=equipment&show=all", headers=HTML).text


def test_the_exported_rows_give_the_scores(client: TestClient, people: dict[str, Someone]) -> None:
    """Every score can be worked out by hand from its row."""
    text = client.get("/chain/gaps.csv?show=all&risk=2", headers=people["investor"].auth).text.lstrip("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    heads = rows[1]
    body = [dict(zip(heads, row, strict=False)) for row in rows[2:-1]]
    assert len(body) == 88
    assert "停摆影响 2" in rows[-1][1]
    for row in body:
        risk, local = float(row["停摆影响"]), float(row["可本地化"])
        for end in ("下限", "上限"):
            assert float(row[f"得分{end}"]) == pytest.approx(risk**2 * float(row[f"缺口{end}"]) * local, abs=2e-6)
    lows = [float(row["得分下限"]) for row in body]
    assert lows == sorted(lows, reverse=True)


def test_what_would_give_an_enterprise_away_is_unknown_to_the_public(
    client: TestClient, people: dict[str, Someone]
) -> None:
    public = {i["link"]: i for i in client.get("/api/v1/chain/gaps").json()["items"]}
    staff = {i["link"]: i for i in client.get("/api/v1/chain/gaps", headers=people["investor"].auth).json()["items"]}
    assert staff["M12"]["cover"] != [0, 1]
    assert public["M12"]["cover"] == [0, 1], "two operators: amounts are withheld"
    assert public["M12"]["hhi"] is None
    assert public["U01"]["cover"] == staff["U01"]["cover"], "three and none above 70 %"
    assert all(public[link]["grade"] == one["grade"] for link, one in staff.items())


def test_completeness_is_an_interval_and_names_what_lacks(client: TestClient) -> None:
    answer = client.get("/api/v1/chain/completeness").json()
    assert len(answer["families"]) == 8
    low, high = answer["whole"]
    assert 0 <= low < high <= 1
    for family in answer["families"]:
        assert family["basis"] == "团队拟定"
        for name in ("completeness", "dish", "paths"):
            assert 0 <= family[name][0] <= family[name][1] <= 1
        if family["missing"]:
            assert family["dish"] == [0, 0]
            assert family["k"] == 0
    bamboo = next(f for f in answer["families"] if f["name"] == "笋制品")
    assert "鲜笋" in bamboo["missing"], "surveyed and not found"
    page = client.get("/chain/families", headers=HTML).text
    assert "团队拟定" in page
    assert "缺：" in page


def test_an_earlier_day_knows_only_what_was_recorded_by_then(client: TestClient) -> None:
    early = client.get("/api/v1/chain/gaps?as_of=2020-01-01").json()
    assert early["as_of"] == "2020-01-01"
    assert {i["grade"] for i in early["items"]} == {"unknown"}
    future = client.get("/api/v1/chain/gaps?as_of=2099-01-01")
    assert future.status_code == 422
    assert "在今天之后" in future.text
    assert client.get("/api/v1/chain/links/M12?as_of=2020-01-01").json()["measures"]["state"] == "unknown"


def test_ten_questions_are_for_staff_and_can_be_sent_out(client: TestClient, people: dict[str, Someone]) -> None:
    assert client.get("/api/v1/chain/questions").status_code in (401, 403)
    assert client.get("/api/v1/chain/questions", headers=people["clerk"].auth).status_code == 403
    auth = people["investor"].auth
    items = client.get("/api/v1/chain/questions", headers=auth).json()["items"]
    assert 0 < len(items) <= 10
    for one in items:
        assert one["whom"]
        assert one["grades"][0] != one["grades"][1] or one["ranks"][0] != one["ranks"][1]
    page = client.get("/chain/questions", headers=auth | HTML)
    assert page.status_code == 200
    assert items[0]["text"] in page.text
    own = [one for one in items if one["organisation"]]
    assert len(re.findall(r'href="/chain/register/\d+">录入答复', page.text)) == len(own), "a capacity, on its own page"
    rows = list(csv.reader(io.StringIO(client.get("/chain/questions.csv", headers=auth).text.lstrip("\ufeff"))))
    assert [row[2] for row in rows[2:]] == [one["text"] for one in items]


def test_a_link_tells_its_measures_with_their_formulas(client: TestClient, people: dict[str, Someone]) -> None:
    page = client.get("/chain/links/M12", headers=people["investor"].auth | HTML).text
    for word in ("集中度 HHI", "10000 ÷ HHI", "min(1, 区内年产能 ÷ 年需求)", "怎么补"):
        assert word in page
    assert "保密" in client.get("/chain/links/M12", headers=HTML).text
