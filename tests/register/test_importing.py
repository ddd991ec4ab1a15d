"""Import of name lists: mapping, preview, whole or good rows, errors back, undone whole, many rows."""

from __future__ import annotations

import io
import itertools
import os
import time
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from chain.register import store
from chain.register.folding import Register, fold
from service.database import Database
from service.register import importing
from service.sheets import error_response
from tests.fixtures.people import Someone
from tests.register.test_api import CODE, OTHER_CODE, add, errors, post, say

Client = TestClient
HEADS = "企业名称,统一社会信用代码,环节,年产能,单位,数据日期,来源"
IMPORTS = "/api/v1/chain/imports"
FEW = 3000
MANY = int(os.environ.get("LIANGPIN_IMPORT_ROWS", str(FEW)))
MIXED = "\n".join(
    [
        HEADS,
        "好一厂,,M30,100～200,吨,2026-10-01,走访",
        f"好二厂,{CODE},M30,50,吨,2026-10-01,走访",
        f"坏码厂,{CODE[:-1]}4,M30,5,吨,2026-10-01,走访",
        "无日期厂,,M30,5,吨,,走访",
        "亩产厂,,M30,5,亩,2026-10-01,走访",
        f"同码厂,{CODE},M30,5,吨,2026-10-01,走访",
        "未来厂,,M30,5,吨,2027-10-01,走访",
        "负厂,,M30,-5,吨,2026-10-01,走访",
        "好一厂,,M30,7,吨,2026-10-01,走访",
        "倒\u202e厂,,M30,7,吨,2026-10-01,走访",
        "好零\u200b厂,,M30,7,吨,2026-10-01,走访",
    ]
)


@pytest.fixture
def auth(people: dict[str, Someone]) -> dict[str, str]:
    return people["investor"].auth


def upload(client: Client, auth: dict[str, str], text: str | bytes, name: str = "a.csv", status: int = 201) -> Any:
    content = text.encode() if isinstance(text, str) else text
    answer = client.post(f"{IMPORTS}/files", files={"file": (name, content)}, headers=auth)
    assert answer.status_code == status, answer.text
    return answer.json()


def written(db: Database) -> tuple[int, int, int]:
    with db.read() as conn:
        tables = (store.statement, store.subject, store.imported)
        return tuple(conn.execute(select(func.count()).select_from(t)).scalar_one() for t in tables)  # type: ignore[return-value]


def register_of(db: Database) -> Register:
    """The register as every process would read it anew."""
    with db.read() as conn:
        return fold(store.after(conn, 0), date(2026, 11, 24))


def facts(db: Database) -> Any:
    return register_of(db).facts()


def test_a_preview_tells_every_reason_and_writes_nothing(client: Client, auth: dict[str, str], db: Database) -> None:
    shown = upload(client, auth, MIXED)
    assert shown["counts"] == {"rows": 11, "taken": 2, "refused": 9, "subjects": 2, "statements": 4}
    told = {one["row"]: one["detail"] for one in shown["errors"]}
    for row, words in {
        4: ("校验码",),
        5: ("请填写数据日期",),
        6: ("好一厂", "吨", "亩", "不能相加"),
        7: ("第 3 行", "好二厂", "同码厂"),
        8: ("2027-10-01", "晚于今天"),
        9: ("-5", "小于 0"),
        10: ("第 2 行", "重复"),
    }.items():
        assert all(word in told[row] for word in words), told[row]
    assert shown["mapping"]["name"] == "企业名称"
    assert written(db) == (0, 0, 0)


def test_all_or_nothing_and_good_rows_only(client: Client, auth: dict[str, str], db: Database) -> None:
    kept = upload(client, auth, MIXED)["file_id"]
    refused = post(client, auth, IMPORTS, {"file_id": kept, "which": "all"}, 422)
    assert "没有写入任何一行" in errors(refused)["/which"]
    assert written(db) == (0, 0, 0)
    done = post(client, auth, IMPORTS, {"file_id": kept, "which": "good"})
    assert (done["taken"], done["refused"], done["statements"]) == (2, 9, 4)
    assert written(db) == (4, 2, 1)
    state = client.get("/api/v1/chain/links/M30/register", headers=auth).json()
    assert [(one["name"], one["text"]) for one in state["operates"]] == [("好一厂", "100～200 吨"), ("好二厂", "50 吨")]


def test_an_import_is_undone_whole_by_one_act(client: Client, people: dict[str, Someone]) -> None:
    auth = people["director"].auth  # a link with one operator is named to those authorised only
    mine = add(client, auth, "老厂")
    say(client, auth, "operates", mine, link="M30", low="9", unit="吨")
    before = client.get("/api/v1/chain/links/M30/register", headers=auth).json()
    text = f"{HEADS}\n老厂,{CODE},M30,77,吨,2026-11-21,走访\n新厂,,M30,1,吨,2026-11-21,走访"
    done = post(client, auth, IMPORTS, {"file_id": upload(client, auth, text)["file_id"], "which": "all"})
    after = client.get("/api/v1/chain/links/M30/register", headers=auth).json()
    assert [one["text"] for one in after["operates"]] == ["77 吨", "1 吨"], "a known name is the known subject"
    assert client.get(f"/api/v1/chain/subjects/{mine}", headers=auth).json()["code"] == CODE
    post(client, auth, f"{IMPORTS}/{done['id']}/undo", {"reason": "名单不是今年的"})
    assert client.get("/api/v1/chain/links/M30/register", headers=auth).json() == before
    assert client.get(f"/api/v1/chain/subjects/{mine}", headers=auth).json()["code"] is None
    assert post(client, auth, f"{IMPORTS}/{done['id']}/undo", {"reason": "名单不是今年的"}, 409)
    listed = client.get(IMPORTS, headers=auth).json()["items"]
    assert [(one["id"], one["undone_by"] is not None) for one in listed] == [(done["id"], True)]
    history = client.get(f"/api/v1/chain/statements?subject={mine}", headers=auth).json()["items"]
    assert sum(one["withdrawn_by"] is not None for one in history) == 2, "it stays readable"
    again = post(client, auth, IMPORTS, {"file_id": upload(client, auth, text)["file_id"], "which": "all"})
    assert again["taken"] == 2, "what was undone can come again"


def test_columns_can_be_told(client: Client, auth: dict[str, str]) -> None:
    text = "甲,乙,丙\n某厂,M30,5\n"
    shown = upload(client, auth, text)
    assert shown["missing"] == ["主体名称"]
    body = {"file_id": shown["file_id"], "which": "all", "data_date": "2026-10-01", "source": "名录"}
    assert "主体名称" in errors(post(client, auth, IMPORTS, body, 422))["/mapping"]
    assert "/mapping/colour" in errors(post(client, auth, IMPORTS, body | {"mapping": {"colour": "甲"}}, 422))
    assert "/mapping/name" in errors(post(client, auth, IMPORTS, body | {"mapping": {"name": "丁"}}, 422))
    done = post(client, auth, IMPORTS, body | {"mapping": {"name": "甲", "link": "乙"}})
    assert done["statements"] == 2


def test_codes_and_names_beside_the_register(client: Client, auth: dict[str, str]) -> None:
    add(client, auth, "老厂", code=CODE)
    text = "\n".join([HEADS, f"新名厂,{CODE},,,,2026-10-01,走访", f"老厂,{OTHER_CODE},,,,2026-10-01,走访"])
    told = {one["row"]: one["detail"] for one in upload(client, auth, text)["errors"]}
    assert "老厂" in told[2]
    assert "新名厂" in told[2]
    assert CODE in told[3]
    assert OTHER_CODE in told[3]


def test_supplies_find_their_buyer_in_the_file_or_the_register(
    client: Client, auth: dict[str, str], people: dict[str, Someone]
) -> None:
    old = add(client, auth, "老厂")
    text = "\n".join(
        [
            "企业名称,环节,供给对象,年供给量,供给单位,数据日期,来源",
            "甲,M30,老厂,5,吨,2026-10-01,申报",
            "乙,M30,丙,,,2026-10-01,申报",
            "丙,M30,没有的厂,,,2026-10-01,申报",
            "丁,M30,丁,,,2026-10-01,申报",
        ]
    )
    shown = upload(client, auth, text)
    told = {one["row"]: one["detail"] for one in shown["errors"]}
    assert set(told) == {3, 4, 5}
    assert "没有的厂" in told[4]
    assert "自己的行未能导入" in told[3], "its buyer's own row was refused"
    body = {"file_id": shown["file_id"], "which": "good"}
    assert "管理员" in post(client, auth, IMPORTS, body, 403)["detail"], "who deals with whom is for authorised staff"
    chief = people["director"].auth
    made = post(client, chief, IMPORTS, body)["id"]

    def supplied() -> list[tuple[str, str]]:
        found = client.get(f"/api/v1/chain/subjects/{old}", headers=chief).json()
        return [(one["from"]["name"], one["text"]) for one in found["supplied_by"]]

    assert supplied() == [("甲", "5 吨")]
    why = {"reason": "名单有误，整批撤销"}
    assert post(client, auth, f"{IMPORTS}/{made}/undo", why, 403)["code"] == "forbidden", "nor taken back by others"
    assert supplied() == [("甲", "5 吨")]
    post(client, chief, f"{IMPORTS}/{made}/undo", why)
    assert supplied() == []


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.pdf", b"x", "请用Excel"),
        ("a.json", b"[]", "请用Excel"),
        ("a.csv", b"", "空"),
        ("a.xlsx", b"no", "不是 .xlsx"),
    ],
)
def test_what_is_no_list_is_refused(client: Client, auth: dict[str, str], name: str, content: bytes, word: str) -> None:
    assert word in errors(upload(client, auth, content, name, 422))["/file"]


def test_a_workbook_reads_the_same(client: Client, auth: dict[str, str]) -> None:
    book = openpyxl.Workbook()
    for line in MIXED.splitlines():
        book.active.append(line.split(","))  # type: ignore[union-attr]
    target = io.BytesIO()
    book.save(target)
    assert upload(client, auth, target.getvalue(), "a.xlsx")["counts"]["taken"] == 2


def crowd(rows: int) -> tuple[str, dict[int, str]]:
    """A list whose every second line is wrong, each in one of six ways, with (row of the file → the wrong column)."""
    lines, wrong = [HEADS], {}
    for n in range(rows):
        row = n + 2
        good = [f"第{n}号厂", "", "M30", str(n % 7 + 1), "吨", "2026-10-01", "名录"]
        if n % 4 == 0:  # of those that the register has already, every other one is mended by the file
            good[0] = f"老{n % 200}号厂" if n < 200 else good[0]
        if n % 2:
            column, value = (
                ("年产能", "-1"), ("统一社会信用代码", CODE[:-1] + "4"), ("单位", "亩"), ("数据日期", "2027-10-01"),
                ("环节", "M99"), ("数据日期", ""),
            )[n // 2 % 6]  # fmt: skip
            good[HEADS.replace("企业名称", "name").split(",").index(column)] = value
            wrong[row] = column
        lines.append(",".join(good))
    return "\n".join(lines), wrong


def test_many_rows_half_of_them_wrong(
    client: Client,
    auth: dict[str, str],
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every wrong row is told, in the file of errors too; a write that breaks off leaves nothing; undo restores the
    register exactly. ``make soak`` runs it with 50,000 rows and reads the times."""
    text, wrong = crowd(MANY)
    for n in range(0, 200, 8):
        mine = add(client, auth, f"老{n}号厂")
        say(client, auth, "operates", mine, link="M30", low="9", unit="吨")
    at = [time.perf_counter()]
    before, rows_before = facts(db), written(db)
    kept = upload(client, auth, text)
    at.append(time.perf_counter())
    assert (kept["counts"]["rows"], kept["counts"]["refused"]) == (MANY, len(wrong))
    assert sum(one["count"] for one in kept["reasons"]) == len(wrong)
    assert written(db) == rows_before
    with db.read() as conn:
        table = importing.table_in("a.csv", text.encode())
        found = importing.preview(db, conn, table, {}, importing.read_defaults({}))
    assert {one.row: one.column for one in found.errors} == wrong
    sheet = openpyxl.load_workbook(io.BytesIO(bytes(error_response(found, 1).body)), read_only=True).active
    assert sheet is not None
    names = [str(row[0]) for row in sheet.iter_rows(values_only=True)][1:]
    assert names == [f"第{row - 2}号厂" for row in wrong], "each goes back to be mended"
    body = {"file_id": kept["file_id"], "which": "good"}
    with monkeypatch.context() as broken:
        broken.setattr(store, "insert_import", lambda *_: 1 / 0)
        assert client.post(IMPORTS, json=body, headers=auth).status_code == 500
    assert (facts(db), written(db)) == (before, rows_before), "nothing half written"
    at.append(time.perf_counter())
    done = post(client, auth, IMPORTS, body)
    at.append(time.perf_counter())
    assert (done["taken"], done["refused"]) == (MANY - len(wrong), len(wrong))
    assert facts(db) != before
    listed = {one.name for one in register_of(db).subjects}
    assert {f"第{row - 2}号厂" for row in wrong}.isdisjoint(listed), "no wrong row is half taken"
    at.append(time.perf_counter())
    post(client, auth, f"{IMPORTS}/{done['id']}/undo", {"reason": "整份名单作废"})
    at.append(time.perf_counter())
    assert facts(db) == before
    preview, _, write, _, undo = (later - earlier for earlier, later in itertools.pairwise(at))
    with capsys.disabled():
        if MANY > FEW:
            print(
                f"\n{MANY} rows, {len(wrong)} wrong: preview {preview:.1f} s, import {write:.1f} s, undo {undo:.2f} s"
            )


def test_somebody_who_records_meanwhile_is_not_overwritten(
    client: Client, auth: dict[str, str], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = upload(client, auth, f"{HEADS}\n甲,,M30,5,吨,2026-10-01,走访")["file_id"]
    real = store.last_seq
    monkeypatch.setattr(store, "last_seq", lambda conn: real(conn) + 1)
    assert post(client, auth, IMPORTS, {"file_id": kept, "which": "all"}, 409)["code"] == "changed_meanwhile"
    monkeypatch.setattr(store, "last_seq", real)
    assert written(db) == (0, 0, 0)


def test_a_file_gives_no_second_code_to_who_was_found_to_be_another(client: Client, auth: dict[str, str]) -> None:
    one, other = add(client, auth, "渝每滋", code=CODE), add(client, auth, "渝美滋")
    told = {"other": other, "code": CODE, "person": "张三丰", "reason": "核对营业执照"}
    post(client, auth, f"/api/v1/chain/subjects/{one}/same-as", told)
    text = "\n".join([HEADS, f"渝美滋,{OTHER_CODE},,,,2026-10-01,走访"])
    shown = upload(client, auth, text)
    assert (shown["counts"]["taken"], shown["errors"][0]["code"]) == (0, "other_code")
    assert "渝每滋" in shown["errors"][0]["detail"]


def test_a_planned_row_brings_a_planned_size(client: Client, auth: dict[str, str], db: Database) -> None:
    """A base still to be planted is no base that is."""
    text = "企业名称,主体类型,种养品种,规模,规模单位,依据,数据日期,来源\n新柚园,基地,柚,500,亩,{},2026-10-01,走访"
    for basis in ("计划中", "申报"):
        body = {"file_id": upload(client, auth, text.format(basis))["file_id"], "which": "all"}
        post(client, auth, IMPORTS, body)
    sizes = register_of(db).all_base_sizes
    assert sorted((size.basis, str(size.low)) for size in sizes) == [("declared", "500"), ("planned", "500")]
