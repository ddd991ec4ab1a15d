"""Ledger entries by Excel: the sheet goes out, comes back mended, says what is wrong, and can be undone whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from starlette.testclient import TestClient

from chain.ledger import store
from chain.ledger.commands import bring_in
from chain.ledger.importing import Plan, columns_of, plan_import
from chain.ledger.kinds import IMPORTABLE
from chain.ledger.loading import load_ladder
from chain.ledger.models import STEPS
from chain.ledger.rules import Checked
from service.database import Database
from service.ledger.importing import sheet_of
from tests.fixtures.clock import Clock
from tests.fixtures.people import Someone, as_actor
from tests.ledger.test_rules import DAY, ROWS, Book, certificate
from trace.errors import InvalidInput

IMPORTS = "/api/v1/plan/imports"
HTML = {"Accept": "text/html"}


SUBJECTS = {"7": ["7"], "甲食品厂": ["7"], "丙厂": ["8", "9"]}


def planned(kind: str, rows: list[dict[str, str]], book: Book | None = None, **defaults: str) -> Plan:
    """Rows under the names of the columns, beside a ledger."""
    mapping = {one.key: one.name for one in columns_of(kind)}
    numbered = [(at, {mapping[key]: value for key, value in row.items()}) for at, row in enumerate(rows, 2)]
    return plan_import(
        kind, numbered, mapping, defaults, ROWS, (book or Book()).ledger(), load_ladder(), DAY,
        lambda name: SUBJECTS.get(name, ()),
    )  # fmt: skip


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
    for step in STEPS[:2]:
        book.add("report", "2026-10-31", 1, half="2026H2", step=step, text=f"已{step}")
    book.add("ladder", "2026-01-01", subject="7", criterion="micro-licence", met="具备", proof="许可证")
    whole = book.whole()
    for kind in IMPORTABLE:
        lines = lines_of(sheet_of(kind, whole))
        mapping = {one.key: one.name for one in columns_of(kind)}
        back = plan_import(
            kind, list(enumerate(lines, 2)), mapping, {}, ROWS, whole.ledger, load_ladder(), DAY, lambda name: [name]
        )
        there = len(whole.ledger.of(kind))
        assert back.same == there, (kind, back.errors[:2])
        assert back.taken == 0, kind
        assert back.refused == 0, (kind, back.errors[:2])
        assert "77" not in str(lines)
    assert len(lines_of(sheet_of("owner", whole))) == 74
    reports = lines_of(sheet_of("report", whole))
    assert len(reports) == 2 + 74, "what stands, and each row's next step"
    assert [(row["步骤"], row["内容"]) for row in reports if row["序号"] == "1"] == [
        (STEPS[0], "已任务"), (STEPS[1], "已分办"), (STEPS[2], ""),
    ]  # fmt: skip
    ladder = lines_of(sheet_of("ladder", whole, {"7": "甲食品厂"}))
    assert [row["条件"] for row in ladder] == list(load_ladder().criteria.values())
    assert {row["企业名称（参考）"] for row in ladder} == {"甲食品厂"}
    assert [row["是否具备"] for row in ladder if row["是否具备"]] == ["具备"]
    assert len(lines_of(sheet_of("ladder", Book().whole()))) == len(load_ladder().criteria), "an empty one to fill in"


def test_steps_of_a_report_may_stand_in_any_order_and_none_is_skipped() -> None:
    book = Book()
    book.add("report", "2026-10-31", 2, half="2026H2", step=STEPS[0], text="下达")

    def row(no: str, step: str, **more: str) -> dict[str, str]:
        return {
            "no": no,
            "half": "2026H2",
            "step": step,
            "text": "已办",
            "data_date": "2026-11-01",
            "source": "函",
        } | more

    told = planned(
        "report",
        [
            row("1", STEPS[2]), row("1", STEPS[0]), row("1", STEPS[1]), row("2", STEPS[1]), row("3", STEPS[1]),
            row("3", STEPS[2]), row("4", STEPS[0], half="明年"), row("4", STEPS[1]), row("5", STEPS[0], text=""),
            row("2", STEPS[0], text="再下达"),
        ],
        book,
    )  # fmt: skip
    assert [(one.no, one.body["step"]) for one in told.entries] == [
        (1, STEPS[0]), (2, STEPS[0]), (1, STEPS[1]), (2, STEPS[1]), (1, STEPS[2]),
    ]  # fmt: skip
    assert (told.rows, told.taken, told.refused, told.empty, told.same) == (10, 5, 4, 1, 0)
    wrong = {one.row: (one.column, one.code) for one in told.errors}
    assert wrong == {6: ("步骤", "skipped"), 7: ("步骤", "skipped"), 8: ("半年", "not_a_half"), 9: ("步骤", "skipped")}
    assert [one.row for one in told.errors] == [6, 7, 8, 9]
    assert "还没有登记“任务”" in told.errors[0].detail


def test_criteria_of_the_ladder_name_the_enterprise_by_number_or_name() -> None:
    criterion = load_ladder().rungs[0].criteria[0]
    good = {"subject": "甲食品厂", "criterion": criterion.name, "met": "具备", "proof": "许可证", "data_date": "2026-11-01",
            "source": "走访"}  # fmt: skip
    told = planned(
        "ladder",
        [
            good, good | {"subject": "7"}, good | {"subject": "乙厂"}, good | {"subject": "丙厂"}, good | {"met": ""},
            good | {"met": "大概"}, good | {"criterion": "大变强：上市或进入上市辅导"}, good | {"criterion": "很大"},
        ],
    )  # fmt: skip
    assert [(one.body["subject"], one.body["criterion"]) for one in told.entries] == [
        ("7", criterion.id), ("7", "large-listed"),
    ]  # fmt: skip
    wrong = {one.row: (one.column, one.code) for one in told.errors}
    assert wrong == {
        3: ("企业（主体编号）", "twice"), 4: ("企业（主体编号）", "no_such_subject"),
        5: ("企业（主体编号）", "several_subjects"), 7: ("是否具备", "not_a_choice"), 9: ("条件", "not_a_choice"),
    }  # fmt: skip
    assert "8、9" in next(one.detail for one in told.errors if one.row == 5)
    assert told.empty == 1, "not filled in is unknown, not 不具备"


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
    assert client.post(f"{IMPORTS}/files?kind=voice", files=files, headers=auth).status_code == 422
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


def test_reports_and_the_ladder_go_out_come_back_and_are_undone(
    client: TestClient, people: dict[str, Someone], log_in: Callable[..., str], clock: Clock
) -> None:
    auth = people["investor"].auth

    def made(name: str, **more: Any) -> str:
        body = {"kind": "subject", "body": {"name": name} | more, "data_date": "2026-11-01", "source": "走访"}
        return str(client.post("/api/v1/chain/statements", json=body, headers=auth).json()["subject"])

    maker = made("甲食品厂", code="91350100M000100Y43")

    def bring(kind: str, content: bytes, which: str = "good") -> Any:
        answer = client.post(f"{IMPORTS}/files?kind={kind}", files={"file": ("表.xlsx", content)}, headers=auth)
        assert answer.status_code == 201, answer.text
        body = {"file_id": answer.json()["file_id"], "kind": kind, "which": which}
        return client.post(IMPORTS, json=body, headers=auth).json()

    head = ["企业", "条件", "是否具备", "证明", "日期", "来源"]
    rows = [[who, criterion.name, "具备", "有", date(2026, 11, 1), "走访"]
            for who, criterion in zip(("91350100m000100y43", maker), load_ladder().rungs[0].criteria, strict=True)]  # fmt: skip
    done = bring(
        "ladder", book_of(head, *rows, ["没有的厂", "在平台登记批次", "具备", "有", date(2026, 11, 1), "走访"])
    )
    assert (done["taken"], done["refused"]) == (2, 1)
    assert "没有的厂" in done["errors"][0]["detail"]
    (one,) = client.get("/api/v1/plan/registers/ladder", headers=auth).json()["items"]
    assert (one["name"], one["rung"]) == ("甲食品厂", "微成长")
    sheet = lines_of(client.get("/plan/imports/ladder.xlsx", headers=auth).content)
    assert {(row["企业（主体编号）"], row["企业名称（参考）"]) for row in sheet} == {(maker, "甲食品厂")}
    undo = client.post(f"{IMPORTS}/{done['id']}/undo", json={"reason": "传错了表"}, headers=auth)
    assert undo.status_code == 201
    assert client.get("/api/v1/plan/registers/ladder", headers=auth).json()["items"] == []

    steps = book_of(["序号", "半年", "步骤", "内容", "日期", "来源"],
                    *([9, "2026H2", step, f"{step}了", date(2026, 11, 1), "函"] for step in STEPS[1::-1]))  # fmt: skip
    done = bring("report", steps, "all")
    assert (done["taken"], done["refused"]) == (2, 0)
    report = client.get("/api/v1/plan/9", headers=auth).json()["reports"][0]
    assert (report["state"], report["steps"][1]["text"]) == (STEPS[1], "分办了")
    template = lines_of(client.get("/plan/imports/report.xlsx", headers=auth).content)
    assert [row["步骤"] for row in template if row["序号"] == "9"] == [*STEPS[:2], STEPS[2]]
    assert "分办了" not in client.get("/api/v1/plan/9").text, "the texts stay for staff"
    client.post(f"{IMPORTS}/{done['id']}/undo", json={"reason": "传错了表"}, headers=auth)
    assert client.get("/api/v1/plan/9", headers=auth).json()["reports"] == []

    log_in("investor")
    for kind in ("report", "ladder"):
        assert client.get(f"/plan/imports/{kind}/new", headers=HTML).status_code == 200
        assert f"/plan/imports/{kind}.xlsx" in client.get("/plan/imports", headers=HTML).text


def test_a_step_withdrawn_meanwhile_stops_the_whole_import(
    db: Database, people: dict[str, Someone], clock: Clock
) -> None:
    """What was checked outside the transaction is looked at again inside: nothing of the file is written."""
    checked = [Checked("report", 9, {"half": "2026H2", "step": STEPS[1], "text": "了"}, date(2026, 11, 1), "函")]
    with pytest.raises(InvalidInput) as refused:
        as_actor(db, people["investor"].actor, lambda ctx: bring_in(
            ctx, checked, "trial", lambda c, name: 0, kind="report", file_name="x", sha256="0", rows=1, refused=0,
        ))  # fmt: skip
    assert refused.value.errors[0].code == "skipped"
    with db.read() as conn:
        assert list(store.after(conn, 0)) == []
