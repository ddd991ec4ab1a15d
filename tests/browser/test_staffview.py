"""Staff's further pages in a real browser, on a phone and at a desk: no barrier, nothing wider than the screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from service.demo.register import load_register
from tests.browser.test_investment import check, log_in
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.people import make_organisation, make_someone
from tests.service.test_staffview import BOUNDARY

pytestmark = pytest.mark.browser


@pytest.fixture
def chief(live: Server) -> str:
    db = live.app.state.db
    load_register(db)
    office = make_organisation(db, "investment", kind="investment", name="试验招商局")
    make_someone(db, office, "chief", ("investment_staff", "org_admin"))
    return "chief"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_pages(page: Any, live: Server, chief: str, size: Any) -> None:
    page.set_viewport_size(size)
    log_in(page, live, chief)
    for path in (
        "/chain?layer=M", "/chain?view=table", "/chain?q=jlr", "/chain/links/M12", "/chain/links/M02", "/chain/links/D02", "/chain/risk", "/chain/supplies",
        "/chain/map", "/chain/what-if?add=M12:3000吨&add=U05:200吨",
    ):  # fmt: skip
        page.goto(live.url + path)
        check(page, re.sub(r"\W+", "-", path) + str(size["width"]))


def test_a_licence_that_ran_out_and_a_single_point_on_their_pages(page: Any, live: Server, chief: str) -> None:
    page.set_viewport_size(PHONE)
    log_in(page, live, chief)
    page.goto(live.url + "/chain/links/D02")
    expect(page.locator("main")).to_contain_text("证照已到期")
    expect(page.locator("main")).to_contain_text("故为未知")
    expect(page.locator("svg.watermark")).to_be_visible()
    page.goto(live.url + "/chain/links/U12")
    expect(page.locator("svg.watermark")).to_have_count(0)
    page.goto(live.url + "/chain/links/M02")
    expect(page.locator("main")).to_contain_text("单点环节的名称只供授权人员")
    expect(page.locator("main")).to_contain_text("良溪禽类屠宰有限公司")
    page.context.clear_cookies()
    page.goto(live.url + "/chain/links/M02")
    expect(page.locator("main")).not_to_contain_text("良溪禽类屠宰有限公司")


def test_what_if_from_a_link(page: Any, live: Server, chief: str) -> None:
    log_in(page, live, chief)
    page.goto(live.url + "/chain/links/M12")
    page.click("text=假如没有它 >> nth=0")
    page.wait_for_url(re.compile(r"/chain/what-if\?without="))
    expect(page.locator("main")).to_contain_text("→")
    page.fill("#add", "M12:3000吨")
    page.click("main button:has-text('推算')")
    page.wait_for_url(re.compile("add=M12"))
    expect(page.locator("main")).to_contain_text("假设企业 1")


def test_the_panorama_zooms_and_comes_back(page: Any, live: Server, chief: str) -> None:
    page.set_viewport_size(DESK)
    log_in(page, live, chief)
    page.click("text=缩放查看")
    expect(page.locator(".picture-zoom svg text").first).to_be_visible()
    expect(page.locator(".picture-wide")).to_be_hidden()
    check(page, "panorama-zoom")
    page.click("text=看原图")
    expect(page.locator(".picture-wide")).to_be_visible()


def test_a_boundary_file(page: Any, live: Server, chief: str, tmp_path: Path) -> None:
    log_in(page, live, chief)
    page.goto(live.url + "/chain/map")
    file = tmp_path / "区.geojson"
    file.write_bytes(BOUNDARY)
    page.click("text=上传边界文件")
    page.set_input_files("#file", str(file))
    page.fill("#approval", "渝S(2026)001号")
    page.click("button:has-text('上传')")
    expect(page.locator(".map-drawing svg")).to_contain_text("渝S(2026)001号")
    check(page, "map-drawn")


def test_the_download_of_risks_is_on_the_page(page: Any, live: Server, chief: str) -> None:
    log_in(page, live, chief)
    page.goto(live.url + "/chain/risk")
    with page.expect_download():
        page.click("text=下载 CSV")
    page.reload()
    expect(page.locator("details", has_text="下载记录（1）")).to_be_visible()


def test_an_enterprise_withdraws_its_consent(page: Any, live: Server, chief: str) -> None:
    from chain.staffview.commands import record_consent
    from trace.context import Context

    db = live.app.state.db
    firm = make_organisation(db, "firm", kind="enterprise", name="试验厂")
    make_someone(db, firm, "boss", ("org_admin",))

    def write(conn: Any) -> int:
        ctx = Context(conn, db.now(), db.new_id, 1, 1, "test", "http://127.0.0.1")
        return record_consent(ctx, ["org:firm"], "同〔2026〕1号", "2026-11-01", "2027-11-01")

    db.write(write)
    page.set_viewport_size(PHONE)
    log_in(page, live, "boss")
    page.goto(live.url + "/consents")
    check(page, "consents")
    page.click("main summary:has-text('撤回')")
    page.fill("[name=reason]", "不再同意")
    page.click("main button:has-text('撤回同意')")
    expect(page.locator("main")).to_contain_text("撤回：不再同意")
