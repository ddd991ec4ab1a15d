"""In a real browser: a clean console, no request to another host, no barrier that axe finds, nothing too wide."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.fixtures.browser import DESK, PHONE, Server, axe_violations
from tests.fixtures.people import CAST, ORGANISATIONS, PASSWORD, make_organisation, make_someone

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def town(live: Server) -> Server:
    """The server with the whole cast."""
    db = live.app.state.db
    ids = {code: make_organisation(db, code, **values) for code, values in ORGANISATIONS.items()}
    for login, (code, roles) in CAST.items():
        make_someone(db, ids[code], login, roles)
    return live


def enter(page: Any, server: Server, login: str, then: str) -> None:
    page.goto(f"{server.url}/login?next={then}")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(server.url + then)


def assert_fits(page: Any) -> None:
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert too_wide <= 0


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_public_pages(live: Server, page: Any, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    for address in ("/", "/login", "/docs", "/docs/errors"):
        page.goto(live.url + address)
        assert axe_violations(page) == [], address
        assert_fits(page)
    page.watch.assert_clean()
    page.goto(live.url + "/nothing")
    assert axe_violations(page) == []
    assert_fits(page)
    page.watch.assert_clean("404 (Not Found)")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_pages_behind_log_in(town: Server, page: Any, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    enter(page, town, "operator", "/account")
    assert axe_violations(page) == []
    assert_fits(page)
    page.goto(town.url + "/admin/accounts")
    assert axe_violations(page) == []
    assert_fits(page)
    page.get_by_role("link", name="山城试验食品厂").first.click()
    page.wait_for_url("**/admin/organisations/*")
    assert axe_violations(page) == []
    assert_fits(page)
    page.watch.assert_clean()


def test_an_operator_registers_an_organisation_and_a_person_who_then_logs_in(town: Server, page: Any) -> None:
    enter(page, town, "operator", "/admin/accounts")
    page.get_by_label("单位名称").fill("新试验厂")
    page.get_by_label("单位代码").fill("BAD CODE")
    page.get_by_label("类别").select_option("enterprise")
    page.get_by_label("登记理由").fill("新入驻")
    page.get_by_role("button", name="登记单位").click()
    assert "BAD CODE" in page.locator("#code-error").inner_text()
    assert page.get_by_label("单位名称").input_value() == "新试验厂", "what was typed is kept"
    page.get_by_label("单位代码").fill("newmaker")
    page.get_by_role("button", name="登记单位").click()
    page.wait_for_url("**/admin/organisations/*")
    page.get_by_label("姓名").fill("张测试")
    page.get_by_label("登录名").fill("zhang")
    page.get_by_label("初始密码").fill(PASSWORD)
    page.get_by_label("登记员：").check()
    page.get_by_label("开通理由").fill("新员工")
    page.get_by_role("button", name="开通账号").click()
    page.get_by_role("rowheader", name="张测试").wait_for()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(town.url + "/")
    enter(page, town, "zhang", "/account")
    assert "新试验厂" in page.content()
    page.watch.assert_clean("422 (Unprocessable")


def test_a_key_is_shown_once_and_revoked(town: Server, page: Any) -> None:
    enter(page, town, "clerk", "/account")
    page.get_by_label("用途").fill("ERP 对接")
    page.get_by_role("button", name="新建密钥").click()
    key = page.locator(".secret").inner_text()
    assert key.startswith("lp_")
    page.goto(town.url + "/account")
    assert key not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile(r"撤销\s*ERP")).click()
    page.wait_for_load_state()
    page.get_by_role("button", name=re.compile(r"撤销\s*ERP")).wait_for(state="detached")
    page.watch.assert_clean()


def test_everything_works_without_script(town: Server, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    enter(page, town, "clerk", "/account")
    page.get_by_role("button", name="退出", exact=True).click()
    page.wait_for_url(town.url + "/")
    page.get_by_label("输入包装上的追溯码").fill("!!")
    page.get_by_role("button", name="查询").click()
    assert page.locator("#code-error").is_visible()
    context.close()


def test_the_keyboard_reaches_the_text_first(live: Server, page: Any) -> None:
    page.goto(live.url + "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
