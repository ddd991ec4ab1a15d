"""Doubts, rulings, sign-offs and a published rulebook in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.test_scan import assert_good, district, enter
from tests.fixtures.browser import DESK, PHONE, Server
from tests.fixtures.scanning import District
from trace.batches import lifecycle
from trace.standards import load_book

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DOUBTED = min(c.id for c in load_book().clauses.values() if c.confidence == "M" and not c.unknown)
__all__ = ["district"]


def both_sizes(page: Any) -> None:
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert_good(page)


def test_a_ruling_opens_the_way_and_a_doubt_is_concluded(live: Server, district: District, page: Any) -> None:
    district.do("safety", lambda c: lifecycle.stop(c, district.raw.batch_id, "疑似变质待查", "停用一批鸭胚"))
    at = f"/batches/{district.batch.batch_id}"
    enter(page, live, "safety", at)
    both_sizes(page)
    page.get_by_label("裁定依据").fill("配料表与工艺文件已核对")
    page.get_by_role("button", name="记录裁定").click()
    page.get_by_text("食品安全员裁定：符合").first.wait_for()
    page.get_by_role("link", name="看批次链与占比并作出结论").click()
    doubt = page.locator("#suspicions")
    assert "100.0%" in doubt.inner_text()
    doubt.locator("summary", has_text="作出结论").click()
    doubt.get_by_label("结论", exact=True).select_option("unaffected")
    doubt.locator("textarea").fill("逐箱开检未见异常")
    doubt.locator("[name=evidence]").fill("检字 7 号")
    doubt.get_by_role("button", name="记录结论").click()
    page.get_by_text("结论已记录").wait_for()
    assert "经核查本批不受影响" in page.locator("#suspicions").inner_text()
    page.goto(live.url + "/suspicions")
    both_sizes(page)
    page.watch.assert_clean()


def test_a_supervisor_works_through_the_day(live: Server, district: District, page: Any) -> None:
    enter(page, live, "officer", "/supervision")
    page.locator("summary", has_text="怎样排序").click()
    both_sizes(page)
    page.get_by_role("link", name="酱卤鸭（半成品）").click()
    assert page.locator("#review").get_attribute("open") is not None, "the link unfolds the form"
    page.get_by_label("核查意见", exact=False).last.fill("现场查看记录一致")
    page.get_by_role("button", name="记录核查意见").click()
    page.get_by_text("核查意见已记录").wait_for()
    both_sizes(page)
    page.goto(live.url + "/supervision")
    assert "今天的核查做完了" in page.locator("main").inner_text()
    page.watch.assert_clean()


def test_an_expert_signs_and_the_operator_publishes(live: Server, district: District, page: Any) -> None:
    enter(page, live, "expert", f"/standards/clauses/{DOUBTED}")
    both_sizes(page)
    page.get_by_label("页码或条号").fill("第 5 页 表 2")
    page.get_by_label("核对说明").fill("数值与单位逐项核对一致")
    page.get_by_role("button", name="审签这一条").click()
    page.get_by_text("已审签，待发布生效").wait_for()
    page.goto(live.url + "/standards/to-verify")
    both_sizes(page)
    page.get_by_role("button", name="退出").click()
    enter(page, live, "operator", "/rulebooks")
    both_sizes(page)
    page.get_by_role("link", name="试算并发布").click()
    both_sizes(page)
    page.get_by_label("发布理由").fill("首次发布，含一条审签")
    page.get_by_role("button", name=f"发布 v{load_book().number}").click()
    page.wait_for_url(re.compile(r"/rulebooks/\d+$"))
    both_sizes(page)
    page.goto(f"{live.url}/standards/clauses/{DOUBTED}")
    page.get_by_text("已核原文").wait_for()
    page.watch.assert_clean()


def test_a_product_is_classified(live: Server, district: District, page: Any) -> None:
    enter(page, live, "safety", f"/items/{district.item}")
    page.locator("summary", has_text="裁定归类").click()
    both_sizes(page)
    page.get_by_label("是否预制菜").select_option("yes")
    page.locator("#classify-basis").fill("供货方声明酱油不含防腐剂")
    page.get_by_role("button", name="记录归类").click()
    page.locator("#classification").get_by_text("是预制菜").first.wait_for()
    page.watch.assert_clean()
