"""Over HTTP, on both databases: a licence that runs out shows in the grade, doubtful counts, and names of single points."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from chain.assessment.loading import frame
from chain.staffview import store
from service.database import Database
from service.demo.register import load_register
from tests.fixtures.people import Someone
from tests.fixtures.record import organisation
from tests.register.test_api import CODE, add, say
from tests.service.test_staffview import forget, html

Client = TestClient
LINK = "M18"


@pytest.fixture(autouse=True)
def demo_register(db: Database) -> None:
    load_register(db)


@pytest.fixture
def staff(people: dict[str, Someone]) -> dict[str, str]:
    return people["investor"].auth


@pytest.fixture
def chief(people: dict[str, Someone]) -> dict[str, str]:
    return people["director"].auth


def told(client: Client, auth: dict[str, str], link: str = LINK) -> dict[str, Any]:
    forget(client)
    found: dict[str, Any] = client.get(f"/api/v1/chain/links/{link}", headers=auth).json()
    return found


def rows(client: Client, auth: dict[str, str], link: str = LINK) -> list[dict[str, str]]:
    text = client.get(f"/chain/links/{link}.csv", headers=auth).content.decode("utf-8-sig")
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("类别,"))
    return list(csv.DictReader(io.StringIO("\n".join(lines[start:]))))


def makers(client: Client, staff: dict[str, str], *names: str) -> list[str]:
    made = [add(client, staff, name) for name in names]
    for one in made:
        say(client, staff, "operates", one, link=LINK, low="100", unit="吨")
    say(client, staff, "need", LINK, low="150", unit="吨")
    return made


def test_a_changed_licence_shows_in_the_grade_at_the_next_reading(client: Client, staff: dict[str, str]) -> None:
    made = makers(client, staff, "罐头甲厂", "罐头乙厂")

    def figures() -> dict[str, Any]:
        forget(client)
        items = client.get("/api/v1/chain/gaps", headers=staff).json()["items"]
        return {i["link"]: {k: v for k, v in i.items() if k not in ("rank", "score")} for i in items}

    before = figures()
    assert before[LINK]["grade"] == "stable"
    say(client, staff, "licence", made[0], what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    after = figures()
    assert after[LINK]["grade"] == "unknown", "nor 缺, nor 单点"
    assert after[LINK]["controllers"] == 1
    assert after[LINK]["cover"] == [pytest.approx(100 / 150, abs=1e-6), 1.0]
    assert [link for link in before if before[link] != after[link]] == [LINK], "and no other link moved"
    say(client, staff, "licence", made[0], what="食品生产许可证", number="SC1", valid_to="2031-11-01")
    assert figures()[LINK]["grade"] == "stable", "renewed"


def test_the_day_asked_for_decides(client: Client, staff: dict[str, str]) -> None:
    made = makers(client, staff, "罐头甲厂", "罐头乙厂")
    say(client, staff, "licence", made[0], what="食品生产许可证", number="SC1", valid_to="2026-11-23")
    say(client, staff, "operates", made[1], link=LINK, low="100", unit="吨", data_date="2026-11-19")
    now = told(client, staff)
    assert now["gap"]["grade"] == "unknown"
    one = next(e for e in now["enterprises"] if e["licence_lapsed"]) if "enterprises" in now else None
    assert one is None or one["licence_lapsed"] == "食品生产许可证 SC1 有效期至 2026-11-23"
    assert any("食品生产许可证" in ask["any"] for ask in now["licences"])


def test_the_exported_rows_give_the_counts_in_doubt(
    client: Client, staff: dict[str, str], chief: dict[str, str]
) -> None:
    made = makers(client, staff, "渝香罐", "渝湘罐", "别家厂")
    say(client, staff, "licence", made[2], what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    found = told(client, chief)
    assert found["measures"]["controllers_text"] == "1～3"
    mine = rows(client, chief)
    counted = [r for r in mine if r["类别"] == "在产" and r["所在"] == "区内"]
    out = [r for r in mine if r["类别"] == "证照已到期"]
    assert len(out) == 1
    assert "有效期至 2026-11-01" in out[0]["依据"]
    most = {r["控制方"] for r in counted}
    least = {r["疑为同一"] or r["控制方"] for r in counted}
    assert len(counted) == 2
    told_k = next(r["产能下限"] for r in mine if r["类别"] == "指标：控制方数 k")
    assert told_k == f"{len(least)}～{len(most | {r['控制方'] for r in out})}"
    need = float(next(r for r in mine if r["类别"] == "年需求")["产能下限"])
    low = sum(float(r["产能下限"]) for r in counted) / need
    high = (sum(float(r["产能上限"]) for r in (*counted, *out))) / need
    figure = {r["类别"]: r["产能下限"] for r in mine}
    assert float(figure["指标：覆盖下限"]) == pytest.approx(min(1, low), abs=1e-6)
    assert float(figure["指标：覆盖上限"]) == pytest.approx(min(1, high), abs=1e-6)
    table = html(client, "/chain?view=table", staff)
    assert "1～3" in table


def test_the_only_one_with_a_licence_that_ran_out_is_a_single_point_too(
    client: Client, staff: dict[str, str], chief: dict[str, str]
) -> None:
    made = makers(client, staff, "独苗罐头厂")
    say(client, staff, "licence", made[0], what="食品生产许可证", number="SC999", valid_to="2026-11-01")
    found = told(client, staff)
    assert (found["gap"]["grade"], found["names_withheld"]) == ("unknown", True)
    assert found["operators"]["inside"] == 0
    assert found["operators"]["lapsed"] == 1
    for path in (f"/chain/links/{LINK}", f"/chain/links/{LINK}.csv", "/chain/questions", "/chain/questions.csv",
                 "/api/v1/chain/questions"):  # fmt: skip
        text = client.get(path, headers=staff | {"Accept": "text/html"}).content.decode("utf-8-sig")
        assert "独苗" not in text, path
        assert "SC999" not in text, path
    assert "区内在产 未登记（另有 1 家应有的证照已过有效期" in html(client, f"/chain/links/{LINK}", staff)
    assert "独苗罐头厂" in html(client, f"/chain/links/{LINK}", chief)


def test_the_rows_of_the_families_tell_who_is_in_doubt(
    client: Client, staff: dict[str, str], chief: dict[str, str]
) -> None:
    made = add(client, staff, "卤味丁厂")
    say(client, staff, "operates", made, link="M12", low="100", unit="吨")
    say(client, staff, "licence", made, what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    forget(client)
    text = client.get("/chain/families.csv", headers=chief).content.decode("utf-8-sig")
    mine = [row for row in csv.reader(io.StringIO(text)) if row and row[0] == "证照已到期"]
    assert any(row[3] == "M12" and row[6] == f"subject:{made}" for row in mine)
    hidden = client.get("/chain/families.csv", headers=staff).content.decode("utf-8-sig")
    assert f"subject:{made}" not in hidden
    answer = client.get("/api/v1/chain/completeness", headers=chief).json()
    one = next(f for f in answer["families"] if f["made_at"] == "M12")
    assert one["k_text"].startswith(str(one["k"]))


def test_who_is_behind_a_single_point_is_for_those_authorised(
    client: Client, db: Database, staff: dict[str, str], chief: dict[str, str]
) -> None:
    makers(client, staff, "独一家罐头厂")
    forget(client)
    found = told(client, staff)
    assert found["gap"]["grade"] == "single"
    assert found["names_withheld"] is True
    assert "enterprises" not in found
    page = html(client, f"/chain/links/{LINK}", staff)
    assert "独一家罐头厂" not in page
    assert "只供授权人员" in page
    mine = rows(client, staff)
    assert not any("独一家" in cell for r in mine for cell in r.values() if cell)
    assert [(r["主体代码"], r["控制方"]) for r in mine if r["类别"] == "在产"] == [("主体 1", "主体 1")]
    with db.read() as conn:
        assert store.downloads(conn) == []

    told_chief = told(client, chief)
    assert told_chief["names_withheld"] is False
    assert [e["name"] for e in told_chief["enterprises"]] == ["独一家罐头厂"]
    page = html(client, f"/chain/links/{LINK}", chief)
    assert "独一家罐头厂" in page
    assert page.count("director 2026-11-24") == 2, "across the page and in words"
    text = client.get(f"/chain/links/{LINK}.csv", headers=chief).content.decode("utf-8-sig")
    assert "director 2026-11-24" in text.splitlines()[0]
    assert "独一家罐头厂" in text
    with db.read() as conn:
        assert [row.what for row in store.downloads(conn)] == [f"单点环节 {LINK} 的行，截至 2026-11-24"]
    say(client, staff, "operates", add(client, staff, "不知产能厂"), link="M20")
    say(client, staff, "need", "M20", low="150", unit="吨")
    forget(client)
    for auth, named in ((staff, False), (chief, True)):
        asked = client.get("/api/v1/chain/questions", headers=auth).json()["items"]
        assert ("不知产能厂" in str(asked)) == named, "only asked of by name before those authorised"
        file = client.get("/chain/questions.csv", headers=auth).content.decode("utf-8-sig")
        assert ("不知产能厂" in file) == named
    open_link = told(client, staff, "U12")
    assert open_link["names_withheld"] is False
    assert open_link["enterprises"]


def test_the_registers_page_of_a_single_point_names_it_to_those_authorised_only(
    client: Client, people: dict[str, Someone], staff: dict[str, str], chief: dict[str, str]
) -> None:
    (made,) = makers(client, staff, "独一家罐头厂")
    say(client, staff, "survey", LINK, where="全区走访")
    forget(client)
    path, page = f"/api/v1/chain/links/{LINK}/register", f"/chain/register/links/{LINK}"
    for auth in (staff, people["operator"].auth):
        answer = client.get(path, headers=auth)
        assert answer.json()["operates"] is None
        assert answer.json()["names_withheld"] is True
        assert answer.json()["state"] == "present"
        text = html(client, page, auth)
        for told in (answer.text, text):
            assert "独一家" not in told
            assert made not in told
        assert "只供授权人员" in text
        assert "watermark" not in text
        assert "全区走访" in text, "what names nobody stays in the history"
    assert [one["id"] for one in client.get(path, headers=chief).json()["operates"]] == [made]
    text = html(client, page, chief)
    assert "独一家罐头厂" in text
    assert text.count("director 2026-11-24") >= 2, "across the page and in words"
    assert 'class="watermark"' in text
    assert "独一家罐头厂" in html(client, f"/chain/register/{made}", staff), "data entry goes on"
    assert client.get(f"/api/v1/chain/subjects?link={LINK}", headers=staff).json()["items"]
    say(client, staff, "operates", add(client, staff, "第二家罐头厂"), link=LINK, low="100", unit="吨")
    forget(client)
    assert len(client.get(path, headers=staff).json()["operates"]) == 2
    text = html(client, page, staff)
    assert "独一家罐头厂" in text
    assert "watermark" not in text


def test_the_registers_page_says_why_a_link_is_unknown(
    client: Client, staff: dict[str, str], chief: dict[str, str]
) -> None:
    link = "M20"
    page = f"/chain/register/links/{link}"
    assert "没有主体登记，也没有查过" in html(client, page, chief)
    outside = add(client, staff, "外地罐头厂", inside=False)
    say(client, staff, "licence", outside, what="食品生产许可证", number="SC0", valid_to="2026-10-01")
    say(client, staff, "operates", outside, link=link, low="100", unit="吨")
    forget(client)
    text = html(client, page, chief)
    assert "没有主体登记，也没有查过" not in text
    assert "登记的主体在区外或还在计划中" in text
    made = add(client, staff, "罐头甲厂")
    say(client, staff, "operates", made, link=link, low="100", unit="吨")
    say(client, staff, "licence", made, what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    forget(client)
    text = html(client, page, chief)
    assert "罐头甲厂" in text
    assert "证照已到期，是否在产未知" in text
    assert "没有主体登记" not in text


def test_an_owner_and_its_subsidiary_are_one_controller_until_they_are_not(
    client: Client, staff: dict[str, str], chief: dict[str, str]
) -> None:
    parent, firm = makers(client, staff, "甲集团", "乙食品")
    assert told(client, staff)["measures"]["controllers_text"] == "2"
    say(client, staff, "subject", firm, name="乙食品", controller="甲集团")
    found = told(client, chief)
    assert (found["measures"]["controllers_text"], found["gap"]["grade"]) == ("1", "single")
    assert next(e for e in found["enterprises"] if e["name"] == "乙食品")["controller"] == "甲集团"
    assert "控制方 甲集团" in html(client, f"/chain/links/{LINK}", chief)
    assert {r["控制方"] for r in rows(client, chief) if r["类别"] == "在产"} == {f"subject:{parent}"}
    assert told(client, staff)["names_withheld"] is True
    say(client, staff, "subject", parent, name="甲集团（更名）")
    assert told(client, staff)["measures"]["controllers_text"] == "2", "nobody goes by the owner's name any more"
    say(client, staff, "subject", firm, name="乙食品", controller="甲集团（更名）")
    assert told(client, staff)["measures"]["controllers_text"] == "1"


def test_three_firms_of_two_owners_are_no_three(client: Client, staff: dict[str, str]) -> None:
    made = makers(client, staff, "罐头甲厂", "罐头乙厂", "罐头丙厂")
    forget(client)
    before = client.get(f"/api/v1/chain/links/{LINK}").json()["measures"]
    assert before["cover"] == [1.0, 1.0]
    say(client, staff, "subject", made[1], name="罐头乙厂", controller="罐头甲厂")
    forget(client)
    after = client.get(f"/api/v1/chain/links/{LINK}").json()["measures"]
    assert after["cover"] == [0.0, 1.0], "保密: two controllers"


def test_an_assumed_enterprise_of_an_owner_on_record_is_no_second_controller(
    client: Client, staff: dict[str, str]
) -> None:
    makers(client, staff, "甲集团")
    forget(client)
    for owner, grade in (("甲集团", "单点"), ("丁集团", "稳")):
        answer = client.get(f"/api/v1/chain/what-if?add={LINK}:900吨:{owner}", headers=staff).json()
        one = next(x for x in answer["links"] if x["link"] == LINK)
        assert one["after"]["controllers"] == (1 if owner == "甲集团" else 2), grade


def test_a_licence_is_asked_of_whom_only_its_account_shows_at_the_link(
    client: Client, db: Database, staff: dict[str, str], chief: dict[str, str]
) -> None:
    made = add(client, staff, "甲罐头厂", code=CODE)
    organisation(db, "canner", name="甲罐头厂", uscc=CODE, link_codes=LINK)
    say(client, staff, "need", LINK, low="150", unit="吨")
    found = told(client, chief)
    assert found["gap"]["grade"] == "single"
    say(client, staff, "licence", made, what="食品生产许可证", number="SC1", valid_to="2026-11-01")
    found = told(client, chief)
    assert found["gap"]["grade"] == "unknown", "neither 单点 nor 缺"
    assert found["enterprises"][0]["licence_lapsed"] == "食品生产许可证 SC1 有效期至 2026-11-01"
    assert [r["类别"] for r in rows(client, chief) if r["主体代码"] == CODE] == ["证照已到期"]
    say(client, staff, "licence", made, what="食品生产许可证", number="SC1", valid_to="2031-11-01")
    assert told(client, chief)["gap"]["grade"] == "single"


def test_a_name_of_the_register_and_one_of_an_account_are_a_range(
    client: Client, db: Database, staff: dict[str, str], chief: dict[str, str]
) -> None:
    (made,) = makers(client, staff, "渝每滋")
    organisation(db, "twin", name="渝美滋", link_codes=LINK)
    found = told(client, chief)
    assert found["measures"]["controllers_text"] == "1～2"
    marks = {e["name"]: e["perhaps_same_as"] for e in found["enterprises"]}
    assert marks["渝每滋"] == marks["渝美滋"] is not None
    assert "疑为同一" in html(client, f"/chain/links/{LINK}", chief)
    say(client, staff, "subject", made, name="渝每滋", code=CODE)
    assert told(client, chief)["measures"]["controllers_text"] == "1～2", "the account has no code"
    say(client, staff, "subject", made, name="别的厂", code=CODE)
    assert told(client, chief)["measures"]["controllers_text"] == "2"


def test_two_at_different_links_of_one_need_make_k_a_range(
    client: Client, db: Database, staff: dict[str, str], chief: dict[str, str]
) -> None:
    family, need = next(
        (one, need) for one in frame().graph.families for need in frame().needs[one.id]
        if len(need.links) > 1 and need.necessity != "negligible"
    )  # fmt: skip
    for name, link in zip(("渝每滋", "渝美滋"), need.links, strict=False):
        say(client, staff, "operates", add(client, staff, name), link=link)
    forget(client)
    text = client.get("/chain/families.csv", headers=chief).content.decode("utf-8-sig")
    mine = [row for row in csv.reader(io.StringIO(text)) if row and row[:3] == ["疑为同一", family.name, "不同环节"]]
    assert [row[3] for row in mine] == ["|".join(need.links[:2])]
