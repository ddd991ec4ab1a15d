"""The genealogy in a real browser: up, down, filters and drill-down on a desk, the table first on a phone, no script needed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from service.tracing import nightly
from tests.browser.test_scan import assert_good, district, enter
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.people import PASSWORD
from tests.fixtures.scanning import District
from trace.batches.models import InputLine

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
__all__ = ["district"]


def top(page: Any, selector: str) -> float:
    return float(page.locator(selector).bounding_box()["y"])


def test_up_down_filter_and_drill(live: Server, district: District, page: Any) -> None:
    district.register(lot="ELSE-1", inputs=[InputLine("2", "kg", lot_id=district.raw.batch_id)])
    page.set_viewport_size(DESK)
    enter(page, live, "officer", f"/batches/{district.batch.batch_id}")
    page.get_by_role("link", name="来源", exact=True).click()
    assert_good(page)
    assert "ELSE-1" not in page.locator("main").inner_text()
    page.get_by_role("link", name="同料还做了什么").click()
    page.get_by_text("ELSE-1").first.wait_for()
    assert top(page, ".trace-picture") < top(page, ".trace-table"), "the picture first on a desk"
    page.locator("svg.trace-graph a", has_text="鸭胚").first.click()
    page.get_by_role("link", name="只看去向").click()
    assert page.locator("table tbody tr").count() == 3
    assert_good(page)
    page.locator(".trace-filter summary").click()
    page.get_by_label("产品", exact=True).select_option(index=1)
    page.get_by_label("生产日期从").fill("2020-01-01")
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_role("link", name="取消筛选").wait_for()
    assert "since=2020-01-01" in page.url
    assert_good(page)
    page.set_viewport_size(PHONE)
    assert top(page, ".trace-table") < top(page, ".trace-picture"), "the table first on a phone"
    assert_good(page)
    page.goto(live.url + "/record-checks")
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert_good(page)
    page.watch.assert_clean()


def test_without_javascript(live: Server, district: District, chromium: Any) -> None:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live.url}/login?next=/batches/{district.batch.batch_id}/trace")
    page.get_by_label("登录名").fill("clerk")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("heading", name="全部谱系").wait_for()
    page.locator(".trace-filter summary").click()
    page.get_by_label("截止", exact=False).or_(page.get_by_label("到", exact=True)).first.fill("2020-01-01")
    page.get_by_role("button", name="筛选", exact=True).click()
    page.get_by_role("link", name="取消筛选").wait_for()
    assert "共 1 批" in page.locator("main").inner_text(), "the lot itself stays"
    page.get_by_role("link", name="只看来源").click()
    assert page.locator("table tbody tr").count() == 2
    context.close()


def test_last_night_and_the_nights_before(live: Server, district: District, page: Any) -> None:
    db = live.app.state.db
    tonight = nightly.tonight(db)
    for ago in (2, 0):
        nightly.keep(db, tonight - timedelta(days=ago), "night" if ago else "late", lambda: None)
    enter(page, live, "officer", "/record-checks")
    page.get_by_role("heading", name="昨夜核对").wait_for()
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert_good(page)
    page.get_by_role("link", name="近 30 夜").click()
    rows = page.locator("table tbody tr")
    assert rows.count() == 3
    assert "没有按时做成" in rows.nth(0).inner_text()
    assert "没有核对" in rows.nth(1).inner_text(), "a night without a report is not passed over"
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert_good(page)
    rows.nth(0).get_by_role("link").click()
    page.get_by_role("heading", name=f"{tonight} 夜间核对").wait_for()
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert_good(page)
    page.watch.assert_clean()
