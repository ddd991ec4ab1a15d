"""A quality clerk's way through the forms, in a real browser."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import PHONE, Server, axe_violations
from tests.fixtures.enterprise import SMALL, Maker, stock_maker
from tests.fixtures.people import PASSWORD, make_organisation, make_someone
from trace.batches import store as batches
from trace.genealogy import store as genealogy

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LIANGPIN_SHOTS")

RECORD_TOUCHES = """
window.touched = JSON.parse(sessionStorage.getItem("touched") || "[]");
document.addEventListener("input", (event) => {
  const name = event.target.name;
  if (event.isTrusted && name && !window.touched.includes(name)) window.touched.push(name);
  sessionStorage.setItem("touched", JSON.stringify(window.touched));
}, true);
"""


def shoot(page: Any, name: str) -> None:
    """Keep pictures where someone wants to look at them: the first screen and the whole page."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}-screen.png"))
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def maker(live: Server) -> Maker:
    db = live.app.state.db
    org = make_organisation(db, "maker", kind="enterprise", name="良溪鸭掌柜食品有限公司（演示）")
    someone = make_someone(db, org, "clerk", ("clerk", "safety_officer"))
    return stock_maker(db, someone.actor)


def log_in(page: Any, live: Server, login: str = "clerk") -> None:
    page.goto(live.url + "/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("#log-in button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


def test_repeat_batch_with_thirty_small_ingredients(page: Any, live: Server, maker: Maker) -> None:
    """Registered in at most 60 s with at most 12 fields touched."""
    log_in(page, live)
    page.add_init_script(RECORD_TOUCHES)
    started = time.monotonic()
    page.goto(live.url + "/batches/new")
    page.fill("#quantity", "200")
    page.keyboard.press("Tab")
    page.wait_for_selector("#small")
    assert f"{len(SMALL)} 种小料" in page.inner_text("#small > summary")
    page.fill('[name="reports.0.number"]', "CC-0002")
    page.fill('[name="reports.0.measurements.0.values"]', "110 95 <10 80 70")
    page.fill('[name="reports.0.measurements.1.values"]', "<10")
    page.fill('[name="reports.0.measurements.2.values"]', "0.04")
    touched = page.evaluate("window.touched")
    shoot(page, "batch-filled")
    assert axe_violations(page) == []
    page.click("#register")
    page.wait_for_url(re.compile(r"/batches/\d+\?new=1"))
    assert time.monotonic() - started < 60
    assert 0 < len(touched) <= 12, touched
    assert len(touched) == 5
    batch_id = int(page.url.rsplit("/", 1)[1].split("?")[0])
    with live.app.state.db.read() as conn:
        row = batches.get_batch(conn, batch_id)
        edges = genealogy.inputs_of(conn, batch_id)
    assert row is not None
    assert row.pending == "[]"
    assert len(edges) == 4 + len(SMALL)
    page.watch.assert_clean()


def test_batch_form_piece_by_piece(page: Any, live: Server, maker: Maker) -> None:
    log_in(page, live)
    page.goto(live.url + "/batches/new")
    assert axe_violations(page) == []
    shoot(page, "batch-new")
    page.fill("#quantity", "100")
    page.keyboard.press("Enter")
    page.wait_for_selector("#small")
    first = page.locator("[data-line]").first
    first.locator("[data-amount]").fill("49.2")
    assert first.locator("[data-basis]").input_value() == "weighed", "an amount that is typed was weighed"
    page.fill("#quantity", "120")
    page.keyboard.press("Tab")
    expect(page.locator("[data-line] [data-amount]").nth(1)).to_have_value("12")
    assert page.locator("[data-line]").first.locator("[data-amount]").input_value() == "49.2"
    page.fill("#add", "泡椒 PJ-1105")
    page.keyboard.press("Enter")
    page.wait_for_selector("#extra [data-line]")
    assert "还没有收货登记" in page.inner_text("#told")
    assert page.input_value("#add") == ""
    page.keyboard.type("3.5")
    assert page.locator("#extra [data-amount]").input_value() == "3.5"
    page.click("text=加一个检验项目")
    page.fill('[name="reports.0.measurements.3.parameter"]', "挥发性盐基氮")
    page.keyboard.press("Tab")
    assert page.input_value('[name="reports.0.measurements.3.unit"]') == "mg/100g"
    page.locator("[data-drop]").nth(1).click()
    page.select_option('[name="reports.0.kind"]', "commissioned")
    assert page.locator('[name="reports.0.cma"]').is_visible()
    page.click("text=再加一份报告")
    page.wait_for_selector('[name="reports.1.number"]')
    shoot(page, "batch-pieces")
    assert axe_violations(page) == []
    expect(page.locator("#saved")).to_contain_text("草稿已保存")
    page.goto(live.url + "/batches/new")
    assert "自动保存的草稿" in page.inner_text("main")
    assert page.input_value("#quantity") == "120"
    assert page.locator("text=泡椒").count() >= 1
    page.fill('[name="reports.0.measurements.0.values"]', "80")
    page.click("#register")
    page.wait_for_selector("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    shoot(page, "batch-errors")
    assert axe_violations(page) == []
    page.set_viewport_size(PHONE)
    shoot(page, "batch-errors-phone")
    page.watch.assert_clean("422")


def test_recipe_and_receipt_by_hand(page: Any, live: Server, maker: Maker) -> None:
    log_in(page, live)
    page.goto(f"{live.url}/items/{maker.product}")
    page.click("text=修改配方（存为新版本）")
    rows = page.locator(".recipe-row")
    before = rows.count()
    page.click("[data-add-row=lines]")
    assert rows.count() == before + 1
    assert rows.last.locator("select").first.get_attribute("name") == f"lines.{before}.material_id"
    rows.last.locator("select").first.select_option(label="鸭胚")
    rows.last.locator("input[inputmode=decimal]").fill("1")
    page.click("text=保存配方")
    expect(page.locator(".notice.bad")).to_contain_text("重复")
    assert axe_violations(page) == []
    page.goto(live.url + "/receive")
    page.keyboard.type("动物检疫合格证明 编号：5001234567")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.good")).to_contain_text("认出：动物检疫合格证明 5001234567")
    shoot(page, "receive-recognised")
    page.click("text=从几处收来、混在一起的货")
    page.fill("#material", "猪肉")
    page.fill("#quantity", "80")
    page.fill("#supplier", "陈某某")
    page.click("[data-add-row=parts]")
    page.fill('[name="parts.3.origin"]', "一碗水村")
    expect(page.locator("#saved")).to_contain_text("草稿已保存")
    page.goto(live.url + "/receive")
    page.click("text=继续填")
    assert (
        page.input_value('[name="parts.0.origin"]') == "一碗水村"
        or page.input_value('[name="parts.3.origin"]') == "一碗水村"
    )
    page.click("text=登记收货")
    page.wait_for_url(re.compile(r"/batches/\d+\?new=1"))
    shoot(page, "received")
    page.watch.assert_clean("422")


def test_phone(page: Any, live: Server, maker: Maker) -> None:
    page.set_viewport_size(PHONE)
    log_in(page, live)
    for path, name in (
        ("/batches/new", "batch-phone"),
        ("/items", "items-phone"),
        (f"/items/{maker.product}", "item-phone"),
        ("/receive", "receive-phone"),
        ("/receive?source=collector", "receive-collector-phone"),
    ):
        page.goto(live.url + path)
        if name == "batch-phone":
            page.fill("#quantity", "60")
            page.keyboard.press("Tab")
            page.wait_for_selector("#small")
        shoot(page, name)
        assert axe_violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px"
    page.watch.assert_clean()


def test_desk_pages(page: Any, live: Server, maker: Maker) -> None:
    log_in(page, live)
    for path, name in (
        ("/items", "items"),
        ("/items?tab=material", "materials"),
        ("/items/new", "item-new"),
        ("/items/new?kind=material", "material-new"),
        (f"/items/{maker.product}", "item"),
        ("/credentials", "credentials"),
        ("/receive", "receive"),
        ("/receive?source=base", "receive-base"),
        ("/receive?source=smallholder", "receive-smallholder"),
        ("/receive?source=collector", "receive-collector"),
        ("/receive?source=market", "receive-market"),
        ("/receive?source=enterprise", "receive-enterprise"),
        ("/receive?source=import", "receive-import"),
        ("/receive?source=own", "receive-own"),
    ):
        page.goto(live.url + path)
        shoot(page, name)
        assert axe_violations(page) == [], path
    page.watch.assert_clean()
