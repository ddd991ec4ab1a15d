"""Investment staff's way through, in a real browser: panorama, a link, the gap list, a link's page, the plan."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from service.demo.register import load_register
from tests.fixtures.browser import PHONE, Server, axe_violations
from tests.fixtures.people import PASSWORD, make_organisation, make_someone

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LIANGPIN_SHOTS")


def check(page: Any, name: str) -> None:
    """No violation of accessibility, nothing wider than the screen; a picture where someone wants to look."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"


@pytest.fixture(autouse=True)
def demo_register(live: Server) -> None:
    """What the demo district says of itself."""
    load_register(live.app.state.db)


@pytest.fixture
def investor(live: Server) -> str:
    db = live.app.state.db
    office = make_organisation(db, "investment", kind="investment", name="试验招商局")
    make_someone(db, office, "investor", ("investment_staff",))
    return "investor"


def log_in(page: Any, live: Server, login: str) -> None:
    page.goto(live.url + "/login?next=/chain")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(re.compile(r"/chain$"))


def test_from_the_panorama_to_the_plan(page: Any, live: Server, investor: str) -> None:
    log_in(page, live, investor)
    expect(page.locator(".picture-wide svg .chain-node")).to_have_count(88)
    expect(page.locator(".picture-compact")).to_be_hidden()
    check(page, "panorama")

    # the search marks while one types, without asking the server
    page.fill("#q", "鸭")
    expect(page.locator("#q-said")).to_have_text("找到 2 个环节")
    expect(page.locator(".picture-wide .chain-node[data-hit]")).to_have_count(2)
    page.fill("#q", "")
    expect(page.locator("#picture")).not_to_have_class(re.compile("has-hits"))
    page.fill("#q", "没有这样的环节名")
    expect(page.locator("#q-said")).to_have_text("没有这样的环节")
    page.fill("#q", "")

    # a link in the picture shows its streams; its edges stand out under the pointer
    node = page.locator('.picture-wide .chain-node[data-link="M12"]')
    node.hover()
    assert page.locator(".chain-edge.is-near").count() > 0
    node.click()
    page.wait_for_url(re.compile(r"\?link=M12$"))
    expect(page.locator("#chosen-name")).to_contain_text("酱卤肉")
    expect(page.locator(".picture-wide .is-selected").first).to_have_attribute("data-link", "M12")
    assert page.locator(".picture-wide .chain-node.is-upstream").count() == 19
    check(page, "panorama-selected")

    # the gap list, narrowed
    page.goto(live.url + "/chain")
    page.click("text=缺口清单")
    page.wait_for_url(re.compile("/chain/gaps"))
    all_rows = page.locator(".gap-row").count()
    expect(page.locator("main")).to_contain_text("“缺”有两个数")
    check(page, "gaps")
    page.click(".chips >> text=单点")
    page.select_option("#layer", "M")
    page.click(".filters button")
    page.wait_for_url(re.compile("layer=M"))
    assert "kind=" in page.url, "the kind is kept"
    rows = page.locator(".gap-row").count()
    assert 0 < rows < all_rows
    page.click(".gap-row details summary >> nth=0")
    expect(page.locator(".gap-row .evidence").first).to_contain_text("区内控制方")
    check(page, "gaps-narrowed")
    with page.expect_download() as download:
        page.click("text=导出 CSV")
    exported = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert exported.count("单点") >= rows

    # one link, with who stands behind it
    name = page.locator(".gap-row th a").first
    link = name.locator(".mono").inner_text()
    name.click()
    page.wait_for_url(live.url + f"/chain/links/{link}")
    expect(page.locator("main")).to_contain_text("判断所用的数字")
    assert page.locator("tbody tr").count() >= 1, "staff see the enterprises"
    check(page, "link")

    # the plan
    page.click(".nav >> text=方案")
    page.wait_for_url(re.compile("/plan$"))
    expect(page.locator(".plan-row")).to_have_count(74)
    expect(page.locator(".demo-panel")).to_contain_text("不作对照")
    check(page, "plan")
    page.check("[name=numbers]")
    page.click(".filters button")
    page.wait_for_url(re.compile("numbers=1"))
    assert 0 < page.locator(".plan-row").count() < 74
    page.watch.assert_clean()


@pytest.mark.parametrize(
    "path", ["/chain", "/chain?link=M12", "/chain?q=鸭", "/chain/gaps", "/chain/links/M12", "/plan"]
)
def test_readable_on_a_phone_without_login_and_without_script(chromium: Any, live: Server, path: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(live.url + path)
    if path.startswith("/chain?") or path == "/chain":
        assert page.locator(".picture-wide").is_hidden()
        assert page.locator(".picture-compact svg .chain-node").count() == 88
    assert "截至" in page.inner_text("main")
    context.close()
    scripted = chromium.new_context(viewport=PHONE, locale="zh-CN")
    page = scripted.new_page()
    page.goto(live.url + path)
    check(page, "phone" + re.sub(r"\W+", "-", path))
    scripted.close()


def test_the_gap_list_prints_as_a_list(page: Any, live: Server) -> None:
    """On paper: rows, reasons, dates, rules and the mark; no filters and buttons."""
    page.goto(live.url + "/chain/gaps")
    page.emulate_media(media="print")
    for gone in (".filters", ".chips", ".masthead", ".actions"):
        assert page.locator(gone).first.is_hidden()
    for kept in (".gap-row .why p", ".gap-row .day", ".method-card", ".basis .demo-mark"):
        assert page.locator(kept).first.is_visible()
    assert len(page.pdf(prefer_css_page_size=True)) > 20_000
