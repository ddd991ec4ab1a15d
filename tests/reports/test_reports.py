"""The report: every figure with date and address, the names only with a watermark, each taking on record."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import openpyxl
import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from starlette.testclient import TestClient

from service.codes.pages import FONT
from service.database import Database
from service.demo.register import load_register
from tests.fixtures.people import Someone, make_someone
from tests.register.test_api import add, post, say
from trace.codes.typeset import font_name, wrap

Client = TestClient
FILE = "/api/v1/chain/reports/file"
LOG = "/api/v1/chain/reports/log"


@pytest.fixture
def auth(people: dict[str, Someone], db: Database) -> dict[str, str]:
    load_register(db)
    return people["investor"].auth


def take(client: Client, auth: dict[str, str], kind: str, more: str = "") -> bytes:
    answer = client.get(f"{FILE}?kind={kind}{more}", headers=auth)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return bytes(answer.content)


def texts(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    return [document[page].get_textpage().get_text_range() for page in range(len(document))]


def test_one_page_has_the_picture_the_figures_and_addresses(client: Client, auth: dict[str, str]) -> None:
    pages = texts(take(client, auth, "page"))
    assert len(pages) == 1
    said = pages[0]
    for words in ("全链完备度", "/chain/families?as_of=2026-11-24", "竹笋", "单点", "investor 2026-11-24"):
        assert words in said, words
    assert "演示" in said


@pytest.fixture
def chief(people: dict[str, Someone], db: Database) -> dict[str, str]:
    """Somebody who may see named single points."""
    return make_someone(db, people["investor"].actor.org_id, "head", ("investment_staff", "org_admin")).auth


def test_single_points_are_named_to_those_authorised_alone(client: Client, auth: dict[str, str]) -> None:
    last = "".join(texts(take(client, auth, "full"))[-2:])
    assert "保密（只供授权人员）" in last


def test_the_full_report_names_single_points_under_a_watermark(client: Client, chief: dict[str, str]) -> None:
    pages = texts(take(client, chief, "full"))
    for number, said in enumerate(pages, 1):
        assert said.count("head 2026-11-24") >= 2, f"page {number} has no watermark"
    assert all("查询地址" in said for said in pages[1:] if "口径" not in said), (
        "a table that goes on has its heads again"
    )
    last = "".join(pages[-2:])
    assert "单点：只靠一个控制方的环节" in last
    assert "良溪" in last
    whole = "".join(pages)
    assert "（假设）" in whole
    assert whole.count("?as_of=2026-11-24") > 90


def sheets(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


def test_every_row_of_the_workbook_has_date_and_address_and_says_what_the_query_says(
    client: Client, auth: dict[str, str]
) -> None:
    found = sheets(take(client, auth, "tables"))
    links = found["全部环节"]
    assert links[0][-2:] == ("数据日期", "查询地址")
    for row in links[1:]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d|未知", row[-2])
        assert re.search(rf"/chain/links/{row[0]}\?as_of=2026-11-24$", row[-1])
    gaps = client.get("/api/v1/chain/gaps?as_of=2026-11-24", headers=auth).json()["items"]
    assert {row[0]: row[3] for row in links[1:]} == {one["link"]: one["grade_name"] for one in gaps}


def test_no_cell_is_a_formula(client: Client, auth: dict[str, str]) -> None:
    evil = '=HYPERLINK("http://x","y")'
    made = add(client, auth, evil)
    say(client, auth, "operates", made, link="M10")
    project = {"name": evil, "links": ["M10"], "owner": "李四光", "source": "展会", "data_date": "2026-11-01"}
    post(client, auth, "/api/v1/chain/projects", project)
    book = openpyxl.load_workbook(io.BytesIO(take(client, auth, "tables")))
    hits = [cell for sheet in book for row in sheet.iter_rows() for cell in row if evil in str(cell.value)]
    assert hits
    assert {cell.data_type for cell in hits} == {"s"}


def test_each_taking_is_on_record_for_operator_and_administrator(
    client: Client, auth: dict[str, str], chief: dict[str, str], people: dict[str, Someone], db: Database
) -> None:
    full = take(client, chief, "full", "&as_of=2026-11-20")
    take(client, people["operator"].auth, "page")
    admin = make_someone(db, people["investor"].actor.org_id, "chief", ("org_admin",))
    every = client.get(LOG, headers=people["operator"].auth).json()["items"]
    assert [(one["kind"], one["as_of"]) for one in every] == [("page", "2026-11-24"), ("full", "2026-11-20")]
    own = client.get(LOG, headers=admin.auth).json()["items"]
    assert [one["sha256"] for one in own] == [hashlib.sha256(full).hexdigest()]
    assert "head" in own[0]["taken_by"]
    assert own[0]["names"] > 0
    assert client.get(LOG, headers=auth).status_code == 403
    assert client.get(LOG, headers=people["boss"].auth).json()["items"] == []


@pytest.mark.parametrize("login", [None, "clerk", "officer", "expert", "boss"])
def test_only_staff_take_one(client: Client, people: dict[str, Someone], login: str | None) -> None:
    headers = people[login].auth if login else {}
    assert client.get(FILE, headers=headers).status_code == (403 if login else 401)


def test_an_empty_register_gives_a_report_that_says_unknown(client: Client, people: dict[str, Someone]) -> None:
    said = "".join(texts(take(client, people["investor"].auth, "full")))
    assert "未知（0%–100%）" in said
    assert client.get(f"{FILE}?as_of=2027-01-01", headers=people["investor"].auth).status_code == 422


@pytest.mark.parametrize("width", range(30, 120, 7))
def test_no_line_on_paper_begins_with_a_closing_mark(width: int) -> None:
    text = "区内登记 2 家在产，年产能 10,500 吨，年需求 9,800 吨；覆盖 107.1%（数量保密）。「单点」，不得外传！！"
    name = font_name(FONT)
    lines = wrap(text, name, 7.5, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(pdfmetrics.stringWidth(line, name, 7.5) <= width for line in lines)
    assert not [line for line in lines if line[:1] in "，。；）」！"]
