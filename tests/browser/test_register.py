"""Investment staff in the register, in a real browser: describe, capacity as a range, merge and apart, survey, import, undo."""

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
CODE = "91350100M000100Y43"


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
    make_someone(live.app.state.db, office, "investor", ("investment_staff", "org_admin"))
    page.goto(live.url + "/login?next=/chain/register")
    page.fill("#login", "investor")
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(re.compile(r"/chain/register$"))
    return page


def add(page: Any, live: Server, name: str, code: str = "") -> str:
    page.goto(live.url + "/chain/register/new")
    page.get_by_label("名称").fill(name)
    page.get_by_label("统一社会信用代码").fill(code)
    page.get_by_label("来源").fill("走访")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_url(re.compile(r"/chain/register/\d+\?done=new"))
    found = re.search(r"register/(\d+)", page.url)
    assert found
    return found.group(1)


def test_describe_say_merge_and_take_apart(staff: Any, live: Server) -> None:
    page = staff
    check(page, "register-empty")
    page.goto(live.url + "/chain/register/new")
    page.get_by_label("名称").fill("甲厂")
    page.get_by_label("统一社会信用代码").fill(CODE[:-1] + "4")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#code-error")).to_contain_text("校验码")
    expect(page.get_by_label("名称")).to_have_value("甲厂")
    check(page, "register-new")

    first = add(page, live, "渝每滋食品")
    page.locator("summary", has_text="登记产能").click()
    page.select_option("#o-link", "M30")
    page.fill("#o-low", "100")
    page.fill("#o-high", "200")
    page.fill("#operates-source", "企业申报")
    page.get_by_role("button", name="登记产能").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("main")).to_contain_text("100～200 吨")
    second = add(page, live, "渝美滋", CODE)
    expect(page.locator(".notice.warn")).to_contain_text("渝每滋食品")
    check(page, "register-suspected")
    page.goto(live.url + "/chain/register")
    expect(page.locator(".count")).to_contain_text("1～2")
    check(page, "register-list")

    page.goto(f"{live.url}/chain/register/{second}")
    page.locator("summary", has_text=re.compile("^认定$")).click()
    expect(page.locator("#m-other")).to_have_value(first)
    page.fill("#m-reason", "核对营业执照")
    page.get_by_role("button", name="认定为同一主体").click()
    expect(page.locator("#m-person-error")).to_contain_text("姓名")
    page.fill("#m-person", "李四")
    page.get_by_role("button", name="认定为同一主体").click()
    page.wait_for_url(re.compile("done=same"))
    expect(page.locator(".notice.info")).to_contain_text("李四")
    check(page, "register-merged")
    page.locator("summary", has_text="撤销认定").click()
    page.locator(".take-back[open] input[name=reason]").fill("不是一家，已核实")
    page.get_by_role("button", name="撤销认定").click()
    page.wait_for_url(re.compile("done=apart"))
    expect(page.locator(".notice.warn")).to_contain_text("疑为同一")
    page.watch.assert_clean("422")


def test_supply_service_equipment_and_place(staff: Any, live: Server) -> None:
    page = staff
    add(page, live, "奇爽食品")
    buyer = add(page, live, "张鸭子", CODE)
    add(page, live, "张鸭子二厂")
    add(page, live, "甲厂")
    page.locator("summary", has_text="登记服务方").click()
    page.locator("#served_by-find").press_sequentially("qs")
    expect(page.locator("#served_by-party option:checked")).to_contain_text("奇爽食品 · 企业")
    page.fill("#v-what", "冷链配送")
    page.fill("#served_by-source", "走访")
    page.get_by_role("button", name="登记服务方").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("#served")).to_contain_text("冷链配送")

    page.locator("summary", has_text="登记供给").click()
    page.locator("#supplies-find").press_sequentially("zyz")
    expect(page.locator("#supplies-party option")).to_have_count(3)
    page.fill("#u-low", "百")
    page.fill("#u-what", "豆干")
    page.fill("#supplies-source", "企业申报")
    page.get_by_role("button", name="登记供给").click()
    expect(page.locator("#supplies-find-error")).to_contain_text("2 个主体符合")
    expect(page.locator("#u-low-error")).to_contain_text("百")
    expect(page.locator("#u-link-error")).to_contain_text("环节")
    expect(page.locator("#u-what")).to_have_value("豆干")
    check(page, "register-supply-refused")
    page.select_option("#supplies-party", buyer)
    page.fill("#u-low", "5")
    page.select_option("#u-link", "M30")
    page.get_by_role("button", name="登记供给").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("#supplies")).to_contain_text("豆干，5 吨")

    page.locator("summary", has_text="登记设备").click()
    page.fill("#e-what", "速冻隧道")
    page.fill("#e-count", "2")
    page.fill("#equipment-source", "走访")
    page.get_by_role("button", name="登记设备").click()
    expect(page.locator("main")).to_contain_text("速冻隧道 2 台（套）")
    page.locator("summary", has_text="登记坐标").click()
    page.fill("#g-lon", "30.6712")
    page.fill("#g-lat", "107.8012")
    page.select_option("#g-datum", "gcj02")
    page.fill("#position-source", "走访")
    page.get_by_role("button", name="登记坐标").click()
    expect(page.locator("#g-lat-error")).to_contain_text("经度写在了这里")
    page.fill("#g-lon", "107.8012")
    page.fill("#g-lat", "30.6712")
    page.get_by_role("button", name="登记坐标").click()
    expect(page.locator("main")).to_contain_text("经度 107.8012，纬度 30.6712 GCJ-02")
    check(page, "register-ties")
    page.locator("#supplies .take-back summary").click()
    page.locator("#supplies .take-back[open] input[name=reason]").fill("不是这一家")
    page.locator("#supplies .take-back[open] button").click()
    page.wait_for_url(re.compile("done=withdrawn"))
    expect(page.locator("#supplies")).to_contain_text("没有申报的供给关系")
    page.watch.assert_clean("422")


def test_a_survey_is_evidence_of_absence(staff: Any, live: Server) -> None:
    page = staff
    page.goto(live.url + "/chain/register/links/U08")
    expect(page.locator(".count")).to_contain_text("未知")
    page.locator("summary", has_text="登记查无记录").click()
    page.fill("#v-where", "全区走访")
    page.fill("#survey-source", "走访")
    page.get_by_role("button", name="查过，区内没有").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator(".count")).to_contain_text("有证据缺失")
    check(page, "register-link")
    page.watch.assert_clean()


def test_a_volume_of_a_family_gives_the_need_of_a_link(staff: Any, live: Server) -> None:
    page = staff
    page.goto(live.url + "/chain/families")
    page.locator("#pomelo").get_by_role("link", name="登记", exact=True).click()
    expect(page.locator("main")).to_contain_text("未知：没有登记")
    page.locator("summary", has_text="登记年产量").click()
    page.fill("#y-low", "三千")
    page.fill("#volume-source", "统计年报")
    page.get_by_role("button", name="登记年产量").click()
    expect(page.locator("#y-low-error")).to_contain_text("三千")
    check(page, "register-volume-refused")
    page.fill("#y-low", "3600")
    page.get_by_role("button", name="登记年产量").click()
    page.wait_for_url(re.compile("done=said"))
    expect(page.locator("main")).to_contain_text("3,600 吨")
    check(page, "register-volume")
    page.get_by_role("link", name=re.compile("M06")).click()
    expect(page.locator("#need")).to_contain_text("3,600 吨，用作年需求")
    check(page, "link-computed-need")
    page.goto(live.url + "/chain/register/links/M06")
    page.locator("summary", has_text="登记年需求").click()
    page.fill("#n-low", "4000")
    page.fill("#need-source", "测算")
    page.get_by_role("button", name="登记年需求").click()
    page.wait_for_url(re.compile("done=said"))
    page.wait_for_timeout(1100)  # what is told of the chain is up to a second old
    page.get_by_role("link", name="按配料单推算的年需求").click()
    expect(page.locator("#need")).to_contain_text("推算比登记少 400 吨")
    page.goto(live.url + "/chain/families#needs")
    expect(page.locator("#needs")).to_contain_text("5,400～10,800 吨，是区间")
    check(page, "families-needs")
    page.goto(live.url + "/chain/register/families/pomelo")
    page.locator(".take-back summary").click()
    page.locator(".take-back[open] input[name=reason]").fill("不是今年的数")
    page.locator(".take-back[open] button").click()
    page.wait_for_url(re.compile("done=withdrawn"))
    expect(page.locator("main")).to_contain_text("未知：没有登记")
    page.watch.assert_clean("422")


def test_import_preview_errors_and_undo(staff: Any, live: Server, tmp_path: Path) -> None:
    page = staff
    file = tmp_path / "名单.csv"
    lines = [
        "企业名称,环节,年产能,单位,数据日期,来源",
        "好厂,M30,5,吨,2026-10-01,走访",
        "坏厂,M30,-5,吨,2026-10-01,走访",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    page.click("text=导入名单")
    check(page, "register-upload")
    page.set_input_files("#file", str(file))
    page.get_by_role("button", name="上传并预览").click()
    expect(page.locator(".figures")).to_contain_text("待改的行")
    expect(page.locator("main")).to_contain_text("不能小于 0")
    check(page, "register-preview")
    page.get_by_role("button", name="全部正确才导入").click()
    expect(page.locator(".notice.bad")).to_contain_text("没有写入任何一行")
    page.get_by_role("button", name=re.compile("只导入正确的 1 行")).click()
    expect(page.locator("h1")).to_have_text("导入完成")
    check(page, "register-imported")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("下载待改的行")).click()
    assert Path(download.value.path()).stat().st_size > 1000
    page.goto(live.url + "/chain/register/imports")
    page.locator("summary", has_text="撤销整次导入").click()
    page.locator("details[open] input[name=reason]").fill("名单不是今年的")
    page.get_by_role("button", name="撤销整次导入").click()
    page.wait_for_url(re.compile("done=undone"))
    expect(page.locator("tbody")).to_contain_text("已撤销")
    check(page, "register-imports")
    page.goto(live.url + "/chain/register")
    expect(page.locator("main")).to_contain_text("没有这样的主体")
    page.watch.assert_clean("422")
