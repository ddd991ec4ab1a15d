"""Investment staff in the ledger of the plan, in a real browser: enter a figure, see it in the list and in the report."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import DESK, PHONE, Server, axe_violations
from tests.fixtures.people import PASSWORD, make_organisation, make_someone

pytestmark = pytest.mark.browser


def check(page: Any, name: str) -> None:
    """No violation of accessibility, nothing wider than either screen."""
    assert axe_violations(page) == []
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"


@pytest.fixture
def staff(page: Any, live: Server) -> Any:
    office = make_organisation(live.app.state.db, "investment", kind="investment", name="试验招商局")
    make_someone(live.app.state.db, office, "investor", ("investment_staff",))
    page.goto(live.url + "/login?next=/plan")
    page.fill("#login", "investor")
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(re.compile(r"/plan$"))
    return page


def test_a_figure_from_the_form_to_the_report(staff: Any, live: Server) -> None:
    page = staff
    expect(page.locator(".plan-row")).to_have_count(74)
    expect(page.locator("tr.chapter")).to_have_count(10)
    check(page, "plan")
    page.goto(live.url + "/plan/34")
    page.locator("summary", has_text="录入现状数").click()
    page.select_option("#figure-measure", "above_scale")
    page.fill("#figure-value", "约90")
    page.get_by_role("button", name="录入现状数").click()
    expect(page.locator("#figure-value-error")).to_contain_text("不是数字")
    expect(page.locator("#figure-value")).to_have_value("约90")
    check(page, "refused")
    page.fill("#figure-value", "98")
    page.fill("#figure-period", "2026 年 1—10 月")
    page.fill("#figure-source", "区统计局月报")
    page.get_by_role("button", name="录入现状数").click()
    page.wait_for_url(re.compile("done=figure"))
    expect(page.locator("#measure-above_scale .now")).to_contain_text("98 家")
    expect(page.locator("#measure-above_scale")).to_contain_text("区统计局月报")
    check(page, "row")
    page.goto(live.url + "/plan?state=known")
    expect(page.locator(".plan-row")).to_have_count(2)
    expect(page.locator("#row-34")).to_contain_text("98 家")
    expect(page.locator("#row-19")).to_contain_text("规则库里现行的标准")
    for path in (
        "/plan/report",
        "/plan/laggards",
        "/plan/lists/projects",
        "/plan/registers/certificate",
        "/plan/registers/ladder",
    ):
        page.goto(live.url + path)
        check(page, path)
        if path.split("/")[2] in ("lists", "registers"):
            page.get_by_label("截至哪一天").fill("2024-01-02")
            page.get_by_role("button", name="看这一天").click()
            page.wait_for_url(re.compile(r"as_of=2024-01-02"))
            expect(page.locator("main")).to_contain_text("截至 2024-01-02")
            check(page, f"{path} then")
            page.get_by_role("link", name="回到今天").click()
            page.wait_for_url(re.compile(f"{path}$"))
    page.goto(live.url + "/plan/report")
    expect(page.locator("main")).to_contain_text("98 家")
    page.watch.assert_clean("422")
