"""Investment staff find a target, see before and after, make a project of it and take the report, in a real browser."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import DESK, PHONE, Server, axe_violations
from tests.fixtures.people import PASSWORD, make_organisation, make_someone

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LIANGPIN_SHOTS")


def check(page: Any, name: str) -> None:
    """No violation of accessibility, nothing wider than either screen."""
    assert axe_violations(page) == []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{size['width']}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"


@pytest.fixture
def staff(page: Any, live: Server) -> Any:
    office = make_organisation(live.app.state.db, "investment", kind="investment", name="试验招商局")
    make_someone(live.app.state.db, office, "investor", ("investment_staff",))
    page.goto(live.url + "/login?next=/targets")
    page.fill("#login", "investor")
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(re.compile(r"/targets$"))
    return page


def test_from_a_target_to_a_project_and_a_report(staff: Any, live: Server) -> None:
    page = staff
    check(page, "targets-empty")
    page.goto(live.url + "/targets/new?link=M15")
    page.get_by_label("企业名称").fill("新厂")
    page.fill("#new-low", "300")
    page.get_by_role("button", name="登记目标企业").click()
    expect(page.locator("#new-source-error")).to_contain_text("来源")
    expect(page.get_by_label("企业名称")).to_have_value("新厂")
    page.fill("#new-source", "招商走访")
    check(page, "targets-new")
    page.get_by_role("button", name="登记目标企业").click()
    page.wait_for_url(re.compile(r"/targets/\d+\?done=new"))
    address = page.url.partition("?")[0]
    expect(page.locator("main")).to_contain_text("300 吨（假设）")
    expect(page.locator("main")).to_contain_text("来之前 → 来之后")
    page.locator("summary", has_text="登记对场地的要求").click()
    page.select_option("#need-what", "height")
    page.fill("#need-low", "8")
    page.select_option("#need-unit", "米")
    page.fill("#need-source", "企业来函")
    page.get_by_role("button", name="登记要求").click()
    page.wait_for_url(re.compile("done=said"))

    page.goto(live.url + "/targets/sites")
    page.get_by_label("地块名称").fill("3 号地块")
    page.fill("#site-source", "园区资料")
    page.get_by_role("button", name="登记地块").click()
    page.wait_for_url(re.compile("done=site"))
    page.locator("summary", has_text="登记条件").click()
    page.locator("details[open] select[name=what]").select_option("height")
    page.locator("details[open] input[name=low]").fill("7")
    page.locator("details[open] select[name=unit]").select_option("米")
    page.locator("details[open] input[name=source]").fill("园区资料")
    page.locator("details[open]").get_by_role("button", name="登记条件").click()
    page.wait_for_url(re.compile("done=said"))
    check(page, "sites")
    page.get_by_role("link", name="3 号地块").click()
    expect(page.locator("#offers")).to_contain_text("7 米")
    expect(page.locator("#offers")).to_contain_text("未知")
    page.locator("#offers summary", has_text="登记条件").click()
    page.locator("#k-what").select_option("land")
    page.fill("#k-low", "20")
    page.locator("#k-unit").select_option("亩")
    page.fill("#offers-source", "园区资料")
    check(page, "plot")
    page.locator("#offers").get_by_role("button", name="登记条件").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("#offers")).to_contain_text("20 亩")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("要求 8 米，地块 7 米")
    check(page, "target")
    page.goto(live.url + "/targets?link=M15")
    page.locator("tbody summary").click()
    expect(page.locator("tbody")).to_contain_text("是假设")
    check(page, "targets-link")

    page.goto(address)
    page.get_by_role("link", name="立为项目").click()
    page.get_by_label("项目名称").fill("鱼丸厂")
    page.get_by_label("负责人").fill("李四光")
    page.get_by_label("线索来源").fill("展会")
    check(page, "project-new")
    page.get_by_role("button", name="立项").click()
    page.wait_for_url(re.compile(r"/projects/\d+\?done=new"))
    page.get_by_role("button", name="进入「签约」").click()
    expect(page.locator("#proof-error")).to_contain_text("协议编号")
    page.fill("#proof", "协 1 号")
    page.get_by_role("button", name="进入「签约」").click()
    page.wait_for_url(re.compile("done=stage"))
    page.locator("summary", has_text="登记下一步").click()
    page.get_by_label("要做什么").fill("看地")
    page.get_by_label("完成期限").fill("2020-01-02")
    page.locator("details[open]").get_by_role("button", name="登记下一步").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("main")).to_contain_text("已过期")
    check(page, "project")
    page.goto(live.url + "/projects")
    expect(page.locator(".board")).to_contain_text("鱼丸厂")
    check(page, "board")
    page.goto(live.url + "/chain/todo")
    expect(page.locator("main")).to_contain_text("看地")
    for part in ("#expiring", "#stale"):
        expect(page.locator(part)).to_be_visible()
    check(page, "todo")
    page.get_by_label("截至哪一天").fill("2024-01-02")
    page.get_by_role("button", name="看这一天").click()
    page.wait_for_url(re.compile(r"as_of=2024-01-02"))
    expect(page.locator("main")).not_to_contain_text("看地")
    check(page, "todo then")

    page.goto(live.url + "/chain/report")
    check(page, "report")
    for name in ("一页 PDF", "完整 PDF", "表格 xlsx"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert Path(download.value.path()).stat().st_size > 5000
    page.watch.assert_clean("422")
