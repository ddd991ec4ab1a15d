"""The standards room in a real browser: look something up, see coverage, try a product out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import DESK, PHONE, Server, axe_violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = os.environ.get("LIANGPIN_SHOTS")


def check(page: Any, name: str) -> None:
    """No barrier that axe finds, nothing wider than the screen; a picture where someone wants to look."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png"), full_page=False)
    assert axe_violations(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_from_coverage_to_a_clause(live: Server, page: Any, size: Any) -> None:
    page.set_viewport_size(size)
    page.goto(f"{live.url}/standards/coverage?on=2026-10-01")
    check(page, "coverage")
    page.locator("tr", has_text="肉及肉制品").get_by_role("link", name="屠宰与生产加工").click()
    expect(page.get_by_label("食品类别")).to_have_value("肉及肉制品")
    page.get_by_role("searchbox", name="查找").fill("2726-APC")
    page.get_by_role("button", name="查看").click()
    check(page, "standing")
    page.locator(".clause a").first.click()
    expect(page.locator("main")).to_contain_text("GB 2726-2016")
    check(page, "clause")
    page.goto(f"{live.url}/standards/gb-2762")
    check(page, "standard")
    page.goto(f"{live.url}/standards/to-verify")
    check(page, "to-verify")
    page.watch.assert_clean()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_product_is_tried_out(live: Server, page: Any, size: Any) -> None:
    page.set_viewport_size(size)
    page.goto(f"{live.url}/standards/try")
    page.get_by_label("产品名称").fill("小酥肉")
    page.get_by_label("食品类别").fill("速冻食品-速冻调制食品")
    page.get_by_label("生产日期").fill("2026-10-05")
    page.get_by_label("第 1 行项目").fill("过氧化值")
    page.get_by_label("第 1 行项目").press("Tab")
    page.get_by_label("过氧化值结果").fill("0.33")
    expect(page.get_by_label("第 1 行单位")).to_have_value("g/100g")
    check(page, "try")
    page.get_by_role("button", name="比对").click()
    answer = page.locator("#answer")
    expect(answer).to_contain_text("比对不符合")
    expect(answer).to_contain_text("≤0.25")
    expect(answer).to_contain_text("系统比对，不是检验结论")
    check(page, "tried")
    page.watch.assert_clean()
