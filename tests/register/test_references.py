"""Reference regions: rows of a table as statements, the quotient at the link, history, as-of and undoing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from chain.measures import location_quotient
from chain.register.folding import fold
from chain.register.models import LINK
from chain.register.referencing import COLUMNS, link_words, read_references
from chain.register.yielding import view_of
from chain.seeds import load_links
from tests.chain.statements import DAY, Book
from tests.fixtures.people import Someone
from tests.register.test_api import errors, post, say

LINKS = load_links()
MAPPING = {column.key: column.name for column in COLUMNS}
GOOD = {"link": "M12", "here": "120", "here_all": "5,000", "there": "3000", "there_all": "400000", "unit": "人",
        "region": "重庆市", "year": "2024年"}  # fmt: skip
NUMBERS = {"here": "120", "here_all": "5000", "there": "3000", "there_all": "400000"}


def rows(*said: dict[str, str]) -> list[tuple[int, dict[str, str]]]:
    return [(n, {MAPPING[key]: value for key, value in one.items()}) for n, one in enumerate(said, 2)]


def test_rows_become_statements_with_source_and_the_years_last_day() -> None:
    running = GOOD | {"link": LINKS[0].name, "year": str(DAY.year), "source": "自己的来源"}
    found = read_references(rows(GOOD, running), MAPPING, "统计年鉴", LINKS, DAY)
    assert found.errors == ()
    one, two = found.statements
    assert (one.kind, one.subject_kind, one.subject, one.link) == ("reference", LINK, "M12", "M12")
    assert one.body == NUMBERS | {"unit": "人", "region": "重庆市", "year": "2024"}
    assert (one.data_date, one.source) == (date(2024, 12, 31), "统计年鉴")
    assert (two.subject, two.data_date, two.source) == (LINKS[0].id, DAY, "自己的来源")
    words = link_words(LINKS)
    codes = {code.code: link.id for link in LINKS for code in link.codes if code.code and len(words[code.code]) == 1}
    code, link = next(iter(codes.items()))
    (only,) = read_references(rows(GOOD | {"link": code}), MAPPING, "年鉴", LINKS, DAY).statements
    assert only.subject == link


@pytest.mark.parametrize(
    ("wrong", "column", "says"),
    [
        ({"link": "没有这个"}, "环节或行业", "没有环节或行业"),
        ({"link": ""}, "环节或行业", "请选择环节"),
        ({"here": "5001"}, "本区该行业", "填反"),
        ({"here": "x"}, "本区该行业", "不是数字"),
        ({"here": "-1"}, "本区该行业", "小于 0"),
        ({"there": "0"}, "参照区该行业", "没有定义"),
        ({"there_all": ""}, "参照区合计", "请填写"),
        ({"year": "24"}, "年份", "四位数"),
        ({"year": "2099"}, "年份", "四位数"),
        ({"unit": ""}, "单位", "单位"),
        ({"region": ""}, "参照区", "参照区"),
        ({"data_date": "2027-01-01"}, "数据日期", "晚于今天"),
    ],
)
def test_a_wrong_cell_is_named(wrong: dict[str, str], column: str, says: str) -> None:
    found = read_references(rows(GOOD | wrong), MAPPING, "年鉴", LINKS, DAY)
    assert found.statements == ()
    assert [(one.row, one.column) for one in found.errors] == [(2, column)]
    assert says in found.errors[0].detail


def test_a_link_stands_once_and_every_row_has_a_source() -> None:
    twice = read_references(rows(GOOD, GOOD), MAPPING, "年鉴", LINKS, DAY)
    assert [one.code for one in twice.errors] == ["twice"]
    assert [one.column for one in read_references(rows(GOOD), MAPPING, "", LINKS, DAY).errors] == ["来源"]


def test_the_latest_data_hold_on_a_day() -> None:
    made = Book()
    body = NUMBERS | {"unit": "人", "region": "重庆市", "year": "2024"}
    made.say("reference", "M12", body, data=date(2024, 12, 31), subject_kind=LINK)
    later = made.say(
        "reference", "M12", body | {"here": "240", "year": "2025"}, data=date(2025, 12, 31), subject_kind=LINK
    )
    assert view_of(fold(made.said, DAY)).references["M12"].here == 240
    made.say("withdraw", "M12", {"reason": "录错"}, withdraws=later.id, subject_kind=LINK)
    register = fold(made.said, DAY)
    assert register.reference("M12").year == 2024  # type: ignore[union-attr]
    assert view_of(register).references["M12"].here == 120


def test_a_table_is_loaded_whole_shown_and_undone(client: TestClient, people: dict[str, Someone]) -> None:
    auth = people["investor"].auth
    page = auth | {"Accept": "text/html"}
    head = "环节,本区该行业,本区合计,参照区该行业,参照区合计,单位,参照区,年份\n"

    def upload(text: str, status: int = 201) -> Any:
        files = {"file": ("参照.csv", text.encode(), "text/csv")}
        answer = client.post("/api/v1/chain/references/files", files=files, headers=auth)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert "年份" in upload("环节,本区该行业\nM12,1\n", 422)["errors"][0]["detail"]
    bad = upload(head + "M12,120,5000,3000,400000,人,重庆市,2024\nM13,9,5,1,2,人,重庆市,2024\n")
    assert [(one["row"], one["column"]) for one in bad["errors"] if one["code"] == "beyond_whole"] == [
        (3, "本区该行业")
    ]
    refused = post(client, auth, "/api/v1/chain/references", {"file_id": bad["file_id"], "source": "年鉴"}, 422)
    assert "第 3 行" in refused["errors"][0]["detail"]
    assert client.get("/api/v1/chain/links/M12", headers=auth).json()["measures"]["location_quotient"] is None
    assert "未载入参照区数据" in client.get("/chain/links/M12", headers=page).text

    good = upload(head + "M12,120,5000,3000,400000,人,重庆市,2024\n")
    made = post(client, auth, "/api/v1/chain/references", {"file_id": good["file_id"], "source": "年鉴 2025"})
    assert made["statements"] == 1
    client.app.state.chains = {}  # type: ignore[attr-defined]
    told = client.get("/api/v1/chain/links/M12", headers=auth).json()["measures"]
    inputs = [float(told["reference"][name]) for name in NUMBERS]
    assert told["location_quotient"] == pytest.approx(location_quotient(*inputs)) == pytest.approx(3.2)
    assert (told["reference"]["source"], told["reference"]["data_date"]) == ("年鉴 2025", "2024-12-31")
    shown = client.get("/chain/links/M12", headers=page).text
    for word in ("3.20", "重庆市 2024 年", "年鉴 2025", "2024-12-31"):
        assert word in shown
    assert "重庆市 2024 年" in client.get("/chain/register/links/M12", headers=page).text
    assert client.get("/api/v1/chain/links/M12?as_of=2026-11-20", headers=auth).json()["measures"]["reference"] is None
    wrong = say(client, auth, "reference", "M12", 422, **NUMBERS | {"there": "0"}, unit="人", region="市", year="2024")
    assert "/there" in errors(wrong)
    post(client, auth, f"/api/v1/chain/imports/{made['id']}/undo", {"reason": "表拿错了"})
    client.app.state.chains = {}  # type: ignore[attr-defined]
    assert client.get("/api/v1/chain/links/M12", headers=auth).json()["measures"]["location_quotient"] is None

    looked = client.post("/chain/register/references", data={"source": "年鉴"}, headers=page,
                         files={"file": ("参照.csv", (head + "M12,120,5000,3000,400000,人,市,2024\n").encode())})  # fmt: skip
    assert "写入 1 行" in looked.text
    assert client.post("/chain/register/references", data={}, headers=page).status_code == 422
    action = looked.text.split('action="/chain/register/references/')[1].split('"')[0]
    taken = client.post(f"/chain/register/references/{action}", data={"source": "年鉴"}, headers=page)
    assert taken.status_code == 303
    assert client.get("/chain/register/references", headers=people["clerk"].auth).status_code == 403
