"""Ledger entries by Excel: the sheet goes out, comes back mended, says what is wrong, and can be undone whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from openpyxl import Workbook, load_workbook
from starlette.testclient import TestClient

from chain.ledger.importing import Plan, columns_of, plan_import
from chain.ledger.kinds import IMPORTABLE
from chain.ledger.loading import load_ladder
from service.ledger.importing import sheet_of
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone
from tests.ledger.test_rules import DAY, ROWS, Book, certificate

IMPORTS = "/api/v1/plan/imports"
HTML = {"Accept": "text/html"}


def planned(kind: str, rows: list[dict[str, str]], book: Book | None = None, **defaults: str) -> Plan:
    """Rows under the names of the columns, beside a ledger."""
    mapping = {one.key: one.name for one in columns_of(kind)}
    numbered = [(at, {mapping[key]: value for key, value in row.items()}) for at, row in enumerate(rows, 2)]
    return plan_import(kind, numbered, mapping, defaults, ROWS, (book or Book()).ledger(), load_ladder(), DAY)


def lines_of(content: bytes) -> list[dict[str, str]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    head, *rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_a_row_is_taken_left_or_refused_and_never_two_of_these() -> None:
    good = {"no": "34", "measure": "预制菜规上企业", "value": "98", "period": "2026 年", "data_date": "2026-10-31",
            "source": "月报"}  # fmt: skip
    told = planned(
        "figure",
        [
            good, good | {"value": ""}, good | {"data_date": "2026-09-30", "value": "9,000"}, good, good | {"no": "75"},
            good | {"no": "27"}, good | {"value": "约90"}, {"no": "1", "value": "300", "period": "x"},
            good | {"measure": "没有的", "unit": "家"}, good | {"unit": "个", "data_date": "2026-08-31"},
        ],
    )  # fmt: skip
    assert [one.body["value"] for one in told.entries] == ["98", "9000"]
    assert {one.body["measure"] for one in told.entries} == {"above_scale"}
    assert (told.rows, told.taken, told.same, told.empty, told.refused) == (10, 2, 0, 1, 7)
    wrong = {one.row: one for one in told.errors}
    assert set(wrong) == {5, 6, 7, 8, 9, 10, 11}
    assert "第 2 行" in wrong[5].detail
    assert "1—74" in wrong[6].detail
    assert wrong[8].column == "数值"
    assert wrong[11].column == "单位"
    assert (
        planned("figure", [{"no": "1", "value": "300", "period": "x"}], data_date="2026-10-31", source="月报").taken
        == 1
    )


def test_what_goes_out_comes_back_as_nothing_new() -> None:
    book = Book()
    certificate(book, "绿色食品", "1", valid_to="2027-01-01")
    book.add("figure", "2026-10-31", 34, measure="above_scale", value="98", unit="家", period="10 月")
    book.add("owner", "2026-10-31", 1, unit="区经济信息委", person="77")
    book.add("menu", "2026-01-01", year="2026", name="第一版", dishes=["甲", "乙"])
    book.add("site", "2026-01-01", 4, name="品牌中心", function="品牌", unit="", interface="", state="在用", active=None,
             active_what="")  # fmt: skip
    book.add("member", "2026-01-01", 24, name="甲厂", unit="", state="已办成", note="")
    whole = book.whole()
    for kind in IMPORTABLE:
        lines = lines_of(sheet_of(kind, whole))
        mapping = {one.key: one.name for one in columns_of(kind)}
        back = plan_import(kind, list(enumerate(lines, 2)), mapping, {}, ROWS, whole.ledger, load_ladder(), DAY)
        there = len(whole.ledger.of(kind))
        assert back.same == there, (kind, back.errors[:2])
        assert back.taken == 0, kind
        assert back.refused == 0, (kind, back.errors[:2])
        assert "77" not in str(lines)
    assert len(lines_of(sheet_of("owner", whole))) == 74


def book_of(headers: list[str], *rows: list[Any]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (headers, *rows):
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_file_is_imported_whole_or_its_good_rows_and_undone(
    client: TestClient, people: dict[str, Someone], clock: Clock
) -> None:
    auth = people["investor"].auth
    headers = ["序号", "指标", "现状", "所指期间", "截至日期", "来源"]
    content = book_of(
        headers,
        [34, "预制菜规上企业", 98, "2026 年", date(2026, 10, 31), "月报"],
        [34, "“专精特新”企业", "四十", "2026 年", date(2026, 10, 31), "月报"],
        [1, "", 310.5, "2026 年", date(2026, 10, 31), "月报"],
    )

    def send(status: int = 201, **more: Any) -> Any:
        answer = client.post(IMPORTS, json={"file_id": kept["file_id"], "kind": "figure"} | more, headers=auth)
        assert answer.status_code == status, answer.text
        return answer.json()

    files = {"file": ("台账.xlsx", content)}
    assert client.post(f"{IMPORTS}/files?kind=figure", files=files, headers=people["clerk"].auth).status_code == 403
    assert client.post(f"{IMPORTS}/files?kind=report", files=files, headers=auth).status_code == 422
    kept = client.post(f"{IMPORTS}/files?kind=figure", files=files, headers=auth).json()
    assert kept["counts"] == {"rows": 3, "taken": 2, "refused": 1, "same": 0, "empty": 0}
    assert "不是数字" in kept["errors"][0]["detail"]
    assert "没有写入任何一行" in send(422, which="all")["errors"][0]["detail"]
    done = send(which="good")
    assert client.get("/api/v1/plan/1").json()["measures"][0]["present"] == "310.5 亿元"
    assert client.get("/api/v1/plan/34").json()["measures"][0]["trial"] is True
    assert send(422, which="good")["errors"][0]["pointer"] == "/file", "nothing new in it"
    (listed,) = client.get(IMPORTS, headers=auth).json()["items"]
    assert (listed["taken"], listed["refused"], listed["undone_by"], listed["kind_name"]) == (2, 1, None, "现状数")
    assert client.get(IMPORTS).status_code == 401
    clock.forward(days=2)
    assert (
        client.post(f"/api/v1/plan/entries/{done['id']}/withdraw", json={"reason": "误传"}, headers=auth).status_code
        == 409
    )
    undo = f"{IMPORTS}/{done['id']}/undo"
    assert client.post(undo, json={"reason": ""}, headers=auth).status_code == 422
    assert client.post(undo, json={"reason": "传错了月份"}, headers=auth).status_code == 201
    assert client.post(undo, json={"reason": "传错了月份"}, headers=auth).status_code == 409
    assert client.get("/api/v1/plan/1").json()["measures"][0]["present"] == "未知"
    assert client.get("/api/v1/plan/1?as_of=2026-11-24").json()["measures"][0]["present"] == "310.5 亿元"
    assert client.get(IMPORTS, headers=auth).json()["items"][0]["undone_by"]
    assert client.get("/plan/imports", headers=HTML | auth).status_code == 200
    sheet = client.get("/plan/imports/figure.xlsx", headers=auth)
    assert len(lines_of(sheet.content)) == sum(len(row.measures) for row in ROWS)
    assert client.get("/plan/imports/figure.xlsx").status_code == 401


def test_the_pages_upload_preview_give_errors_back_import_and_undo(
    client: TestClient, people: dict[str, Someone], log_in: Callable[..., str]
) -> None:
    token = log_in("investor")
    new = "/plan/imports/member/new"
    content = book_of(
        ["序号", "名称", "状态", "承担单位"],
        [24, "甲厂", "已办成", ""],
        [24, "乙厂", "好了", ""],
        [1, "丙厂", "已办成", ""],
    )

    def send(path: str, **form: str) -> Any:
        return client.post(path, data={"csrf_token": token} | form, headers=HTML, follow_redirects=False)

    def upload(content: bytes, **form: str) -> Any:
        files = {"file": ("名单.xlsx", content)}
        return client.post(new, data={"csrf_token": token} | form, files=files, headers=HTML, follow_redirects=False)

    assert client.get(new, headers=HTML).status_code == 200
    assert upload(b"").status_code == 422
    shown = upload(content, data_date="2026-11-01", source="接入表")
    assert shown.status_code == 200
    assert "只导入正确的 1 行" in shown.text
    assert "不按名单计数" in shown.text
    address = re.search(r"/plan/imports/member/files/\d+", shown.text)
    assert address is not None
    given = {"data_date": "2026-11-01", "source": "接入表"}
    mend = lines_of(send(address[0], act="errors", **given).content)
    assert [row["名称"] for row in mend] == ["乙厂", "丙厂"]
    assert send(address[0], act="import_all", **given).status_code == 422
    assert send(address[0], act="import_good").status_code == 422, "no date and no source"
    assert "上传改好的文件" in send(address[0], act="import_good", **given).text
    assert client.get("/api/v1/plan/24").json()["measures"][0]["present"] == "1 家"
    listed = client.get("/plan/imports", headers=HTML).text
    undo = re.search(r"/plan/imports/\d+/undo", listed)
    assert undo is not None
    assert send(undo[0], reason="").status_code == 422
    assert send(undo[0], reason="传错了名单").headers["location"] == "/plan/imports?done=undone"
    assert "已撤销" in client.get("/plan/imports", headers=HTML).text
    assert client.get("/api/v1/plan/24").json()["measures"][0]["present"] == "未知"
