"""An officer's way through an announcement in a real browser: import, compare, match, case; and what the public then sees."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.fixtures.announced import COLONY, LEAD, put_in, record, sample_ids
from tests.fixtures.browser import PHONE, Server, axe_violations
from tests.fixtures.people import PASSWORD, as_actor, make_cast
from tests.fixtures.scanning import GTIN, District, settle
from trace.batches import store as batches
from trace.bulletins import store
from trace.identifiers.models import encode

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = os.environ.get("LIANGPIN_SHOTS")


@pytest.fixture
def district(live: Server) -> District:
    """The running server with the cast and one small district."""
    db = live.app.state.db
    people = make_cast(db)
    return settle(db, people)


def facts(district: District) -> dict[str, str]:
    with district.db.read() as conn:
        row = batches.batches_by_id(conn, [district.batch.batch_id])[district.batch.batch_id]
    return {"食品名称": row.item_name, "标称生产企业名称": row.maker_name, "生产日期": row.produced_on}


def enter(page: Any, live: Server, login: str, then: str) -> None:
    page.goto(f"{live.url}/login?next={then}")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(live.url + then)


def check(page: Any, name: str) -> None:
    """No barrier that axe finds, nothing wider than the screen; a picture where someone wants to look."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"bulletins-{name}.png"), full_page=True)
    assert axe_violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, f"{name} scrolls sideways"


def test_from_a_file_to_a_case(page: Any, live: Server, district: District, tmp_path: Path) -> None:
    rows = [record("S1", **facts(district), failed=[LEAD]), record("S2", 生产日期="2026-13-01", failed=[COLONY])]
    for row in rows:
        row["菜名"] = row.pop("食品名称")
        del row["公告号"], row["任务类型"]
    chosen = tmp_path / "公告附件.json"
    chosen.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    enter(page, live, "officer", "/bulletins")
    check(page, "empty")
    page.click("text=导入第一份公告")
    check(page, "upload")
    page.click("text=上传并预览")
    expect(page.locator(".notice.bad")).to_contain_text("请选择公告文件")
    check(page, "upload-refused")
    page.set_input_files("#file", chosen)
    page.fill("#bulletin", "试验局 2026 年第 8 号")
    page.select_option("#task", "监督抽检")
    page.click("text=上传并预览")

    # the food column has an unknown name: a person says which it is
    expect(page.locator(".notice.warn")).to_contain_text("食品名称")
    page.get_by_label("食品名称").select_option("菜名")
    page.get_by_role("button", name="更新预览").click()
    expect(page.locator(".figures")).to_contain_text(re.compile(r"新样品\s*1"))
    expect(page.locator("table").first).to_contain_text("2026-13-01")
    check(page, "preview")
    with page.expect_download() as download:
        page.click("text=下载待改的行")
    sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).active
    assert sheet is not None
    assert sheet.max_row == 2
    page.click("text=导入 1 个样品")
    expect(page.locator("h1")).to_have_text("导入完成")
    check(page, "imported")

    # the comparison, then the sample with its candidate
    page.click("main >> text=试验局 2026 年第 8 号")
    expect(page.locator("tbody tr")).to_have_count(1)
    check(page, "one")
    page.click("tbody th a")
    expect(page.locator(".candidate").first).to_contain_text("企业名称相同")
    check(page, "sample")
    page.click("#match button[type=submit]")
    expect(page.locator("#match .notice.bad")).to_be_visible()
    page.locator(".candidate input").first.check()
    page.fill("#match-reason", "抽样单照片上的批号与登记一致")
    page.click("#match button[type=submit]")
    page.wait_for_url(re.compile(r"/bulletins/cases/\d+"))
    expect(page.locator(".notice.good")).to_contain_text("立案")
    check(page, "case")
    page.locator(".steps summary").first.click()
    page.fill("#stop-reason", "文书 1 号，封存 20 件")
    page.locator(".steps li").first.get_by_role("button", name="记入案件").click()
    expect(page.locator(".steps li").first).to_contain_text("已完成")
    page.goto(live.url + "/bulletins/cases")
    expect(page.locator("tbody tr")).to_have_count(1)
    check(page, "cases")
    page.goto(live.url + "/bulletins")
    check(page, "list")
    page.watch.assert_clean("422")


def test_the_public_page_says_so_without_script(chromium: Any, page: Any, live: Server, district: District) -> None:
    officer = district.people["officer"].actor
    as_actor(district.db, officer, lambda c: put_in(c, [record(**facts(district))]))
    enter(page, live, "officer", f"/bulletins/samples/{sample_ids(district.db)['S1']}")
    page.locator(".candidate input").first.check()
    page.fill("#match-reason", "抽样单照片上的批号与登记一致")
    page.click("#match button[type=submit]")
    page.wait_for_url(re.compile("/cases/"))
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    consumer = context.new_page()
    consumer.goto(f"{live.url}/01/{GTIN}/10/{encode(district.batch.lot)}")
    expect(consumer.locator("main")).to_contain_text("监督抽检不合格（公告：试验局 2026 年第 1 号）")
    for word in ("比对", "证据", "核对"):
        expect(consumer.locator("main")).not_to_contain_text(word)
    context.close()


def test_every_page_on_a_phone(chromium: Any, live: Server, district: District) -> None:
    officer = district.people["officer"].actor
    rows = [record(**facts(district)), record("S2", 标称生产企业名称="/", failed=[LEAD, COLONY], 任务类型="风险监测")]
    as_actor(district.db, officer, lambda c: put_in(c, rows))
    ids = sample_ids(district.db)
    with district.db.read() as conn:
        bulletin = store.list_bulletins(conn, before=None, limit=1)[0].id
    context = chromium.new_context(viewport=PHONE, locale="zh-CN")
    page = context.new_page()
    enter(page, live, "officer", f"/bulletins/samples/{ids['S1']}")
    check(page, "phone-sample")
    page.locator(".candidate input").first.check()
    page.fill("#match-reason", "抽样单照片上的批号与登记一致")
    page.click("#match button[type=submit]")
    page.wait_for_url(re.compile("/cases/"))
    check(page, "phone-case")
    for path in ("", f"/{bulletin}", f"/samples/{ids['S2']}", "/cases", "/import/new"):
        page.goto(live.url + "/bulletins" + path)
        check(page, "phone" + re.sub(r"\d+", "", path).replace("/", "-"))
    context.close()


def test_the_suggested_panel_on_a_products_page(page: Any, live: Server, district: District) -> None:
    enter(page, live, "clerk", f"/items/{district.item}")
    expect(page.locator("#advice")).to_contain_text("建议检验项目")
    check(page, "advice-empty")
